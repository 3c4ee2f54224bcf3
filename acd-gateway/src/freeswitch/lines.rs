//! What FreeSWITCH has of each call: a parked caller and an agent's leg, two channels of their own.

use std::collections::BTreeSet;

use super::wire::{Channel, Said, Told};
use crate::calls::{Board, Command, Ending, Exchange, Means};
use crate::route::{self, Route};
use crate::{Id, ids};

/// What the translation depends on, besides what happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What callers hear while they wait.
    pub music: String,
    /// Where a caller goes whom the server refuses or gives back.
    pub fallback: String,
    /// The context where numbers outside are dialled.
    pub outside: Option<String>,
    /// Which queue a call goes to.
    pub routes: Vec<Route>,
}

/// FreeSWITCH's calls.
#[derive(Debug)]
pub struct FreeSwitch {
    settings: Settings,
    /// Legs that were dialled and have not ended.
    legs: BTreeSet<Id>,
}

impl FreeSwitch {
    /// One without calls.
    pub fn new(settings: Settings) -> Self {
        Self { settings, legs: BTreeSet::new() }
    }

    /// A caller whom the dialplan gives to us; other channels that are parked are not ours.
    fn caller(&self, now: u64, channel: &Channel, board: &mut Board) -> bool {
        let Some(acd) = &channel.acd else { return false };
        if board.is_over(&channel.uuid) {
            return false;
        }
        let args: Vec<String> = acd.split(',').map(str::to_owned).collect();
        let how = "<action application=\"set\" data=\"acd=QUEUE\"/>";
        match route::request(&self.settings.routes, &channel.as_caller(), &args, how) {
            Ok(request) => {
                let since = Some(channel.created).filter(|since| *since > 0).unwrap_or(now);
                board.came(now, request, since);
            }
            Err(why) => board.unclear(&channel.uuid, &why),
        }
        true
    }

    /// A channel that was there when we came.
    fn found(&mut self, now: u64, channel: &Channel, board: &mut Board) {
        if ids::parse(&channel.uuid).is_none() {
            self.caller(now, channel, board);
        } else {
            self.legs.insert(channel.uuid.clone());
            let joined = channel.bridged.is_some();
            board.found_leg(&channel.uuid, channel.answered, joined);
        }
    }

    /// All channels there are: callers and legs that are not among them have ended. The others
    /// are looked at, callers first, since a leg is known by its caller.
    fn channels(&mut self, uuids: &[Id], board: &mut Board, out: &mut Vec<Told>) {
        let there: BTreeSet<&Id> = uuids.iter().collect();
        for ext in board.everyone().iter().filter(|ext| !there.contains(ext)) {
            board.left(ext);
        }
        let gone: Vec<Id> = self.legs.iter().filter(|leg| !there.contains(leg)).cloned().collect();
        for leg in gone {
            self.ended(&leg, "NO_ANSWER", board);
        }
        let (legs, callers): (Vec<&Id>, Vec<&Id>) =
            there.into_iter().partition(|uuid| ids::parse(uuid).is_some());
        out.extend(callers.into_iter().chain(legs).map(|uuid| Told::Dump(uuid.clone())));
        out.push(Told::Echo);
    }

    fn ended(&mut self, leg: &Id, cause: &str, board: &mut Board) {
        if self.legs.remove(leg) {
            board.leg_ended(leg, ending(cause));
        }
    }

    fn dial(&mut self, command: Command, board: &mut Board, out: &mut Vec<Told>) {
        let Command::Dial { leg, device, from, ring_ms, .. } = command else { return };
        self.legs.insert(leg.clone());
        if !is_device(&device) {
            tracing::warn!(device, "an agent's device must be one dial string, such as user/4471");
            self.ended(&leg, "UNALLOCATED_NUMBER", board);
            return;
        }
        let from = if from.chars().all(is_number) { from } else { String::new() };
        out.push(Told::Originate { leg, device, from, timeout: ring_ms.div_ceil(1_000) });
    }

    fn release(&self, ext: &Id, status: &str, to: Option<&str>, out: &mut Vec<Told>) {
        let number = to.filter(|to| !to.is_empty() && to.chars().all(is_number));
        let to = match (number, &self.settings.outside) {
            (Some(number), Some(context)) => format!("{number} XML {context}"),
            _ => self.settings.fallback.clone(),
        };
        out.extend([
            Told::Api(format!("uuid_setvar {ext} acd_status {status}")),
            Told::Api(format!("uuid_transfer {ext} {to}")),
        ]);
    }
}

impl Exchange for FreeSwitch {
    type Said = Said;
    type Told = Told;
    const MEANS: Means = Means { joins_by_itself: false, takes_back: true };

    fn begin(&mut self, out: &mut Vec<Told>) {
        out.extend([Told::Subscribe, Told::Show]);
    }

    fn said(&mut self, now: u64, said: &Said, board: &mut Board, out: &mut Vec<Told>) {
        match said {
            // The telephone was answered, and says so by the event of that too.
            Said::Park(channel) if ids::parse(&channel.uuid).is_some() => {
                board.answered(&channel.uuid);
            }
            Said::Park(channel) => drop(self.caller(now, channel, board)),
            Said::Progress(uuid) => board.rings(uuid),
            Said::Answer(uuid) if ids::parse(uuid).is_some() => board.answered(uuid),
            Said::Hangup { uuid, cause } if ids::parse(uuid).is_some() => {
                self.ended(uuid, cause, board);
            }
            Said::Hangup { uuid, .. } => board.left(uuid),
            Said::Job { job, text } => {
                if let Some(cause) = text.strip_prefix("-ERR") {
                    self.ended(job, cause.trim(), board);
                }
            }
            Said::Channels(uuids) => self.channels(uuids, board, out),
            Said::Dump(Some(channel)) => self.found(now, channel, board),
            Said::Reply { to, text } if text.starts_with("-ERR") => {
                // What follows may be a resident's number.
                let to = to.split(' ').take(2).collect::<Vec<_>>().join(" ");
                tracing::debug!("FreeSWITCH does not: {to}: {text}");
            }
            Said::Answer(_) | Said::Dump(None) | Said::Listed | Said::Reply { .. } => {}
        }
    }

    fn told(&mut self, _: u64, command: Command, board: &mut Board, out: &mut Vec<Told>) {
        match command {
            Command::Wait { ext } => out.extend([
                Told::Api(format!("uuid_break {ext} all")),
                Told::Api(format!("uuid_broadcast {ext} {} aleg", self.settings.music)),
            ]),
            Command::Dial { .. } => self.dial(command, board, out),
            Command::Drop { leg, .. } => {
                self.legs.remove(&leg);
                out.push(Told::Api(format!("uuid_kill {leg}")));
            }
            Command::Join { ext, leg } => out.push(Told::Api(format!("uuid_bridge {ext} {leg}"))),
            Command::Part { ext, .. } => out.extend([
                Told::Api(format!("uuid_transfer {ext} -both park inline")),
                Told::Api(format!("uuid_broadcast {ext} {} aleg", self.settings.music)),
            ]),
            Command::Release { ext, status, to } => {
                self.release(&ext, &status, to.as_deref(), out);
            }
            Command::HangUp { ext, leg } => {
                out.push(Told::Api(format!("uuid_kill {ext}")));
                if self.legs.remove(&leg) {
                    out.push(Told::Api(format!("uuid_kill {leg}")));
                }
            }
        }
    }

    fn tick(&mut self, _: u64, _: &mut Vec<Told>) {}
}

/// Whether a text is one dial string and nothing else of a command.
pub(super) fn is_device(device: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/@.:-_+*#;=%~".contains(letter);
    !device.is_empty() && device.contains('/') && device.chars().all(plain)
}

/// What a telephone number or a user's name is made of.
fn is_number(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "+*#-_.@".contains(letter)
}

/// What a hang-up cause of FreeSWITCH means for an agent's leg.
fn ending(cause: &str) -> Ending {
    match cause {
        "USER_BUSY" => Ending::Normal("busy"),
        "CALL_REJECTED" => Ending::Normal("rejected"),
        "NORMAL_CLEARING" | "NORMAL_UNSPECIFIED" | "NO_ANSWER" | "NO_USER_RESPONSE"
        | "ORIGINATOR_CANCEL" | "ALLOTTED_TIMEOUT" | "PROGRESS_TIMEOUT" | "PICKED_OFF"
        | "LOSE_RACE" | "MANAGER_REQUEST" => Ending::Normal("no_answer"),
        "NETWORK_OUT_OF_ORDER"
        | "DESTINATION_OUT_OF_ORDER"
        | "NORMAL_TEMPORARY_FAILURE"
        | "SWITCH_CONGESTION"
        | "RECOVERY_ON_TIMER_EXPIRE"
        | "MEDIA_TIMEOUT"
        | "PROTOCOL_ERROR" => Ending::Broken,
        _ => Ending::Normal("unreachable"),
    }
}
