//! Calls that an agent transfers blindly on the telephone (SIP REFER). Asterisk puts a `Local`
//! channel, whose other half runs the extension, in the agent's place; caller and extension stay
//! in the bridge, and are nobody's contact there.

use acd_proto::request::{ContactTransfer, Request, TransferTarget};

use super::call::Stage;
use super::{About, Id, Output, Translator, say};
use crate::asterisk::ari::Command;
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
    /// A channel takes the place of another. Whether that is an agent's who talks.
    pub(super) fn replaces(
        &mut self,
        channel: &str,
        replaced: &str,
        out: &mut Vec<Output>,
    ) -> bool {
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
        let bridge = ids::bridge(&ext);
        let passed = Passed { other: line.clone(), bridge: bridge.clone() };
        self.passed.insert(successor.clone(), passed);
        self.passed.insert(line, Passed { other: successor.clone(), bridge });
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
}
