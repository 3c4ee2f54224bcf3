//! Calls that an agent transfers on the telephone (SIP REFER). Asterisk puts a `Local` channel in
//! the agent's place; caller and channel stay in the bridge, and are nobody's contact there.
//!
//! A blind transfer: the channel's other half runs the extension. An attended one, where the agent
//! had called somebody first: the other half takes the place of the agent's second call. Where that
//! waits in a queue, or talks to another agent, it goes on as the contact that it was.

use acd_proto::request::{ContactNew, ContactTransfer, Request, TransferTarget};

use super::call::{Call, Stage};
use super::{About, Id, Output, Translator, say};
use crate::asterisk::ari::{Bridge, Channel, Command, micros};
use crate::ids;

/// One of two in a bridge.
#[derive(Debug)]
pub(super) struct Passed {
    /// The other.
    other: Id,
    /// Where they are.
    bridge: String,
}

impl Translator {
    /// A channel takes the place of another. Whether that is an agent's who talks, or a caller's.
    pub(super) fn replaces(
        &mut self,
        channel: &str,
        replaced: &str,
        out: &mut Vec<Output>,
    ) -> bool {
        if self.legs.contains_key(channel) || self.passed.contains_key(channel) {
            return true; // Told twice.
        }
        if let Some(ext) = self.on_line(replaced) {
            self.line_moves(&ext, channel, out);
            return true;
        }
        let Some(ext) = self.legs.get(replaced) else { return false };
        let Some(call) = self.calls.get_mut(ext) else { return false };
        if !matches!(&call.stage, Stage::Talking { leg } if **leg == *replaced) {
            return false;
        }
        call.successor = Some(channel.into());
        if let Some(exten) = call.sent_to.take() {
            self.passed_on(replaced, &exten, out);
        }
        true
    }

    /// The call in which this is the resident's channel.
    pub(super) fn on_line(&self, channel: &str) -> Option<Id> {
        let ext = self.legs.get(channel).cloned().unwrap_or_else(|| channel.into());
        let line = self.calls.get(&ext)?.line.as_deref();
        (line == Some(channel)).then_some(ext)
    }

    /// Somebody else is on the line from now on.
    fn line_moves(&mut self, ext: &Id, channel: &str, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        if let Some(former) = call.line.replace(channel.into()) {
            self.legs.remove(&former);
            self.over.insert(&former);
        }
        self.legs.insert(channel.into(), ext.clone());
        if self.over.contains(channel) {
            self.caller_gone(ext, out);
        }
    }

    /// Somebody has joined the two calls of their telephone. One of them is an agent's contact, or
    /// both are.
    pub(super) fn joined(&mut self, one: &Channel, other: &Channel, out: &mut Vec<Output>) {
        self.passed_on(&one.id, dialled(other), out);
        self.passed_on(&other.id, dialled(one), out);
    }

    /// An agent has sent the caller to an extension.
    pub(super) fn passed_on(&mut self, leg: &str, exten: &str, out: &mut Vec<Output>) {
        let Some(ext) = self.legs.get(leg).cloned() else { return };
        let Some(call) = self.calls.get_mut(&ext) else { return };
        let Stage::Talking { leg } = &call.stage else { return };
        let Some(successor) = &call.successor else {
            call.sent_to = Some(exten.into());
            return;
        };
        let (leg, successor) = (leg.clone(), successor.clone());
        let line = call.line.clone().unwrap_or_else(|| ext.clone());
        if let Some(contact) = call.contact.as_deref().map(str::to_owned) {
            let to = TransferTarget { outside: Some(exten.into()), ..TransferTarget::default() };
            let request = ContactTransfer { contact, to, ..ContactTransfer::default() };
            self.ask(Request::ContactTransfer(request), About::Nothing, out);
        }
        self.drop_leg(&leg, out);
        self.forget(&ext);
        self.together(line, successor.clone(), &ext);
        // The extension may have ended the call before this was told.
        if self.over.contains(&successor) {
            self.passed_ended(&successor, out);
        }
    }

    /// One of two is gone: so is the other.
    pub(super) fn passed_ended(&mut self, channel: &str, out: &mut Vec<Output>) {
        let Some(Passed { other, bridge }) = self.passed.remove(channel) else { return };
        self.passed.remove(&other);
        say(&other, Command::Hangup { channel: other.to_string() }, out);
        say(&other, Command::DestroyBridge { bridge }, out);
    }

    /// What was joined and sent on before an earlier run ended, or while nobody told: bridges tell.
    pub(super) fn found_passed(
        &mut self,
        channels: &[Channel],
        bridges: &[Bridge],
        out: &mut Vec<Output>,
    ) {
        let row = |id: &str| channels.iter().find(|channel| channel.id == id);
        for bridge in bridges {
            let Some(ext) = ids::of_bridge(&bridge.id) else { continue };
            let agents = |id: &str| ids::parse(id).is_some_and(|leg| leg.is_agents());
            let talks = bridge.channels.iter().any(|channel| agents(channel));
            let members = bridge.channels.iter().filter(|channel| ids::parse(channel).is_none());
            let others: Vec<&Channel> = members.filter_map(|channel| row(channel)).collect();
            match others[..] {
                [line] if talks && *line.id != *ext => self.found_line(&ext, line, out),
                [one, other] if !talks => self.found_pair(&ext, (one, other), out),
                _ => {}
            }
        }
    }

    /// An agent talks to somebody who has taken a caller's place.
    fn found_line(&mut self, ext: &Id, line: &Channel, out: &mut Vec<Output>) {
        if !self.calls.contains_key(ext) && !self.over.contains(ext) {
            let (ext, channel) = (ext.to_string(), "voice".into());
            let request = ContactNew { ext, channel, ..ContactNew::default() };
            let since = micros(&line.creationtime).unwrap_or(self.now);
            self.calls.insert(request.ext.as_str().into(), Call::new(request, since));
        }
        if self.on_line(&line.id).is_none() {
            self.line_moves(ext, &line.id, out);
        }
    }

    /// Two are in a bridge that was a caller's and an agent's.
    fn found_pair(&mut self, ext: &Id, pair: (&Channel, &Channel), out: &mut Vec<Output>) {
        let (one, other) = pair;
        if self.passed.contains_key(one.id.as_str()) {
            return;
        }
        let (line, successor) =
            if self.on_line(&other.id).as_ref() == Some(ext) { (other, one) } else { (one, other) };
        let leg = match self.calls.get_mut(ext) {
            Some(call) if call.line.as_deref() == Some(&line.id) => {
                call.successor = Some(successor.id.as_str().into());
                call.leg()
            }
            _ => None,
        };
        match leg {
            Some(leg) => self.passed_on(&leg, dialled(successor), out),
            None => self.together(one.id.as_str().into(), other.id.as_str().into(), ext),
        }
    }

    /// These two are in a call's bridge, and nobody's contact.
    fn together(&mut self, one: Id, other: Id, ext: &Id) {
        let bridge = ids::bridge(ext);
        self.passed.insert(one.clone(), Passed { other: other.clone(), bridge: bridge.clone() });
        self.passed.insert(other, Passed { other: one, bridge });
    }
}

/// What somebody has called on a channel, as far as it says.
fn dialled(channel: &Channel) -> &str {
    match &*channel.dialplan.exten {
        "" | "s" if !channel.caller.number.is_empty() => &channel.caller.number,
        "" | "s" => &channel.name,
        exten => exten,
    }
}
