//! A supervisor hears an agent's call: silently, with a word to the agent alone, or as a third.

use super::call::Stage;
use super::{Id, Output, Translator, say};
use crate::asterisk::ari::Command;
use crate::ids;

/// A supervisor's telephone, dialled for one agent's call.
#[derive(Debug)]
pub(super) struct Ear {
    /// The caller.
    ext: Id,
    /// The agent's leg.
    leg: Id,
    /// `listen`, `whisper` or `barge`.
    mode: Id,
    /// The channel that hears the agent's.
    snoop: Id,
}

impl Translator {
    /// A supervisor's wish: their telephone is dialled. `seq` tells one wish from another.
    pub(super) fn listen(
        &mut self,
        (agent, mode, who): (&Id, &Id, &Id),
        seq: u64,
        out: &mut Vec<Output>,
    ) {
        let Some(epoch) = self.epoch.clone() else { return };
        let found = self.calls.iter().find_map(|(ext, call)| match &call.stage {
            Stage::Talking { leg } if call.agent.as_ref() == Some(agent) => {
                Some((ext.clone(), leg.clone()))
            }
            _ => None,
        });
        let Some((ext, leg)) = found else {
            return tracing::warn!(%agent, "asked to listen in, and there is no call");
        };
        let (ear, snoop) = ids::ear(&ext, seq, &epoch);
        if self.ears.contains_key(&ear) || self.over.contains(&ear) {
            return;
        }
        let command = Command::Originate {
            leg: ear.to_string(),
            endpoint: self.settings.listen.replace("{who}", who),
            app: self.settings.app.clone(),
            caller: ext.to_string(),
            originator: Some(leg.to_string()),
            caller_id: agent.to_string(),
            timeout: 30,
        };
        say(&ear, command, out);
        self.ears.insert(ear, Ear { ext, leg, mode: mode.clone(), snoop });
    }

    /// A supervisor has answered, or the channel that hears is there. Whether it was one of them.
    pub(super) fn ear_answered(&mut self, channel: &str, out: &mut Vec<Output>) -> bool {
        if let Some((id, ear)) = self.ears.get_key_value(channel) {
            if &*ear.mode == "barge" {
                let (bridge, channels) = (ids::bridge(&ear.ext), vec![id.to_string()]);
                say(&ear.ext, Command::AddToBridge { bridge, channels }, out);
            } else {
                let command = Command::Snoop {
                    channel: ear.leg.to_string(),
                    snoop: ear.snoop.to_string(),
                    app: self.settings.app.clone(),
                    whispers: &*ear.mode == "whisper",
                };
                say(id, command, out);
            }
            return true;
        }
        let Some((id, _)) = self.ears.iter().find(|(_, ear)| *ear.snoop == *channel) else {
            return false;
        };
        let channels = vec![id.to_string(), channel.to_owned()];
        say(id, Command::CreateBridge { bridge: id.to_string() }, out);
        say(id, Command::AddToBridge { bridge: id.to_string(), channels }, out);
        true
    }

    /// Whether a channel is one of these.
    pub(super) fn knows_ear(&self, channel: &str) -> bool {
        self.ears.iter().any(|(id, ear)| **id == *channel || *ear.snoop == *channel)
    }

    /// A supervisor has hung up, or the channel that hears is gone.
    pub(super) fn ear_ended(&mut self, channel: &str, out: &mut Vec<Output>) {
        if self.ears.contains_key(channel) {
            self.end_ear(&channel.into(), false, out);
        } else if let Some((id, _)) = self.ears.iter().find(|(_, ear)| *ear.snoop == *channel) {
            let id = id.clone();
            self.end_ear(&id, true, out);
        }
    }

    /// An agent's call is over for those who hear it.
    pub(super) fn deafen(&mut self, leg: &Id, out: &mut Vec<Output>) {
        let of_leg = self.ears.iter().filter(|(_, ear)| ear.leg == *leg).map(|(id, _)| id.clone());
        for id in of_leg.collect::<Vec<_>>() {
            self.end_ear(&id, true, out);
        }
    }

    fn end_ear(&mut self, id: &Id, hang_up: bool, out: &mut Vec<Output>) {
        let Some(ear) = self.ears.remove(id) else { return };
        self.over.insert(id);
        self.over.insert(&ear.snoop);
        if hang_up {
            say(id, Command::Hangup { channel: id.to_string() }, out);
        }
        if &*ear.mode != "barge" {
            say(id, Command::DestroyBridge { bridge: id.to_string() }, out);
            say(id, Command::Hangup { channel: ear.snoop.to_string() }, out);
        }
    }
}
