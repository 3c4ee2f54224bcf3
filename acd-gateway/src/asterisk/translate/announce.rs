//! What a waiting caller is told, at set intervals: the place, and how long it may take.

use acd_proto::reply::ContactResult;
use acd_proto::request::{OneContact, Request};
use serde::Deserialize;

use super::call::Stage;
use super::{About, Answer, Id, Output, Translator, say};
use crate::asterisk::ari::{Command, Playback};
use crate::ids;

/// `[announce]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Announce {
    /// Seconds of waiting before the first.
    pub first_s: u64,
    /// Seconds from the end of one to the next.
    pub every_s: u64,
    /// Whether the caller's place is said.
    pub position: bool,
    /// Whether the expected wait is said, where there is one.
    pub wait: bool,
    /// What is played for it.
    pub sounds: Sounds,
}

/// Sounds by what they say, as `Playback()` of the dialplan names them; an empty one is left out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sounds {
    /// Instead of a place, to whom is next.
    pub next: String,
    /// Before the place.
    pub place: String,
    /// Before the wait.
    pub wait: String,
    /// Between that and one minute, when it is no more.
    pub less_than: String,
    /// After the number one.
    pub minute: String,
    /// After any other number.
    pub minutes: String,
    /// At the end.
    pub thanks: String,
}

impl Default for Announce {
    fn default() -> Self {
        let sounds = Sounds::default();
        Self { first_s: 20, every_s: 60, position: true, wait: true, sounds }
    }
}

impl Default for Sounds {
    /// Those that come with Asterisk for its own queue.
    fn default() -> Self {
        Self {
            next: "queue-youarenext".into(),
            place: "queue-thereare".into(),
            wait: "queue-holdtime".into(),
            less_than: "queue-less-than".into(),
            minute: "queue-minute".into(),
            minutes: "queue-minutes".into(),
            thanks: "queue-thankyou".into(),
        }
    }
}

impl Announce {
    /// What is played, in ARI's words; nothing where there is nothing to say.
    fn media(&self, of: &ContactResult) -> Vec<String> {
        let mut media = Vec::new();
        let sound = |name: &str| (!name.is_empty()).then(|| format!("sound:{name}"));
        let sounds = &self.sounds;
        match of.pos.filter(|_| self.position) {
            Some(1) => media.extend(sound(&sounds.next)),
            Some(place) => {
                media.extend(sound(&sounds.place));
                media.push(format!("number:{place}"));
            }
            None => {}
        }
        if let Some(ewt_ms) = of.ewt_ms.filter(|_| self.wait) {
            let minutes = ewt_ms.div_ceil(60_000).max(1);
            media.extend(sound(&sounds.wait));
            if minutes == 1 {
                media.extend(sound(&sounds.less_than));
            }
            media.push(format!("number:{minutes}"));
            media.extend(sound(if minutes == 1 { &sounds.minute } else { &sounds.minutes }));
        }
        if !media.is_empty() {
            media.extend(sound(&sounds.thanks));
        }
        media
    }
}

impl Translator {
    /// When [`super::Input::Tick`] is due next, in µs UTC.
    pub fn next_deadline(&self) -> Option<u64> {
        self.due.first().map(|(at, _)| *at)
    }

    /// A caller begins to wait: the first announcement is planned, unless one is.
    pub(super) fn plan_announcement(&mut self, ext: &Id) {
        let Some(announce) = &self.settings.announce else { return };
        let at = self.now.saturating_add(announce.first_s.saturating_mul(1_000_000));
        let Some(call) = self.calls.get_mut(ext).filter(|call| call.announce_at.is_none()) else {
            return;
        };
        call.announce_at = Some(at);
        self.due.insert((at, ext.clone()));
    }

    /// Carries out what is due.
    pub(super) fn tick(&mut self, now: u64, out: &mut Vec<Output>) {
        while let Some((at, ext)) = self.due.first().filter(|(at, _)| *at <= now).cloned() {
            self.due.remove(&(at, ext.clone()));
            self.announcement_due(at, &ext, out);
        }
    }

    fn announcement_due(&mut self, at: u64, ext: &Id, out: &mut Vec<Output>) {
        let Some(announce) = &self.settings.announce else { return };
        let next = self.now.saturating_add(announce.every_s.saturating_mul(1_000_000));
        let Some(call) = self.calls.get_mut(ext).filter(|call| call.announce_at == Some(at)) else {
            return;
        };
        if matches!(call.stage, Stage::Talking { .. }) {
            // Planned anew if it waits again.
            call.announce_at = None;
            return;
        }
        call.announce_at = Some(next);
        let contact = call.contact.as_deref().map(str::to_owned);
        let waits = call.stage == Stage::Waiting && call.playing.is_none() && call.line.is_some();
        self.due.insert((next, ext.clone()));
        if let Some(contact) = contact.filter(|_| waits) {
            self.ask(Request::ContactGet(OneContact { contact }), About::Place(ext.clone()), out);
        }
    }

    /// The server says where a caller stands.
    pub(super) fn place_answered(&mut self, ext: &Id, answer: &Answer, out: &mut Vec<Output>) {
        let (Answer::Done(result), Some(announce)) = (answer, &self.settings.announce) else {
            return;
        };
        let media = announce.media(result);
        let Some(call) = self.calls.get_mut(ext) else { return };
        if media.is_empty() || call.stage != Stage::Waiting || call.playing.is_some() {
            return;
        }
        call.said += 1;
        let playback = ids::playback(ext, call.said);
        call.playing = Some(playback.clone());
        self.to_line(ext, |channel| Command::StopMusic { channel }, out);
        self.to_line(ext, |channel| Command::Play { channel, playback, media }, out);
    }

    /// Something was played to its end: music again.
    pub(super) fn played(&mut self, playback: &Playback, out: &mut Vec<Output>) {
        let Some(channel) = playback.target_uri.strip_prefix("channel:") else { return };
        let ext = self.legs.get(channel).cloned().unwrap_or_else(|| channel.into());
        let Some(call) = self.calls.get_mut(&ext) else { return };
        if call.playing.as_ref() != Some(&playback.id) {
            return;
        }
        call.playing = None;
        // From its end on, so that there is music in between however long it was.
        if let Some(announce) = &self.settings.announce {
            let next = self.now.saturating_add(announce.every_s.saturating_mul(1_000_000));
            call.announce_at = Some(next);
            self.due.insert((next, ext.clone()));
        }
        self.music(&ext, out);
    }

    /// What a caller hears ends: an announcement, and the music.
    pub(super) fn quiet(&mut self, ext: &Id, out: &mut Vec<Output>) {
        if let Some(playback) = self.calls.get_mut(ext).and_then(|call| call.playing.take()) {
            say(ext, Command::StopPlayback { playback }, out);
        }
        self.to_line(ext, |channel| Command::StopMusic { channel }, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pos: Option<u32>, ewt_ms: Option<u64>) -> String {
        let result = ContactResult { pos, ewt_ms, ..ContactResult::default() };
        Announce::default().media(&result).join(" ").replace("sound:queue-", "")
    }

    #[test]
    fn place_and_wait_are_said_as_far_as_they_are_known() {
        assert_eq!(said(Some(1), None), "youarenext thankyou");
        assert_eq!(said(Some(12), None), "thereare number:12 thankyou");
        let soon = "youarenext holdtime less-than number:1 minute thankyou";
        assert_eq!(said(Some(1), Some(1_000)), soon);
        let late = "thereare number:3 holdtime number:2 minutes thankyou";
        assert_eq!(said(Some(3), Some(60_001)), late);
        assert_eq!(said(None, None), "");
    }

    #[test]
    fn what_is_not_wanted_is_not_said() {
        let result =
            ContactResult { pos: Some(2), ewt_ms: Some(90_000), ..ContactResult::default() };
        let said = |text: &str| toml::from_str::<Announce>(text).unwrap().media(&result).join(" ");
        assert_eq!(said("wait = false\nsounds.thanks = \"\""), "sound:queue-thereare number:2");
        let own = "position = false\nsounds = { wait = \"city/wait\", thanks = \"\" }";
        assert_eq!(said(own), "sound:city/wait number:2 sound:queue-minutes");
        assert_eq!(said("position = false\nwait = false"), "");
    }
}
