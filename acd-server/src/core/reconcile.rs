//! `reconcile`: the front end is the truth for live calls, the server for place and wait.

use std::collections::BTreeSet;

use acd_core::{Channel, Command, ContactId, EndCause, Party};
use acd_proto::reply::{KeptContact, Reconciled};
use acd_proto::request::Reconcile;
use acd_proto::{ErrorBody, Kind, id};

use super::connection::Actor;
use super::dispatch::Caller;
use super::query::state_word;
use super::reply::{Answer, Reply};
use super::{Core, words};

impl Core {
    pub(crate) fn reconcile(&mut self, caller: &Caller, params: &Reconcile) -> Answer {
        let Actor::FrontEnd(front_end) = caller.actor else {
            return Err(ErrorBody::new(Kind::NotAllowed, "only front ends have live calls"));
        };
        let mut live = BTreeSet::new();
        for (index, contact) in params.live.iter().enumerate() {
            let field = format!("live[{index}].state");
            words::one_of(
                &field,
                &contact.state,
                &[("waiting", ()), ("ringing", ()), ("connected", ())],
            )?;
            live.insert(contact.ext.as_str());
        }
        let calls: Vec<(ContactId, String)> = self
            .contacts
            .iter()
            .filter(|(_, contact)| contact.front_end == front_end && takes_part(contact.channel))
            .map(|(id, contact)| (id, contact.of.ext.as_ref().to_owned()))
            .collect();
        let mut result = Reconciled::default();
        for (contact, ext) in calls {
            if live.remove(ext.as_str()) {
                result.kept.extend(self.kept_contact(contact, ext));
            } else if self.end_lost(contact)? {
                result.ended.push(ext);
            }
        }
        // A live contact of a channel that takes no part is known all the same.
        result.unknown = live
            .into_iter()
            .filter(|ext| self.contacts.by_ext(front_end, None, ext).is_none())
            .map(str::to_owned)
            .collect();
        Ok(Reply::Reconciled(result))
    }

    fn kept_contact(&self, contact: ContactId, ext: String) -> Option<KeptContact> {
        let state = state_word(self.engine.contact(contact)?.state).into();
        Some(KeptContact { ext, contact: id::contact(contact), state })
    }

    /// Ends what the front end no longer has; false where it ended by itself meanwhile.
    fn end_lost(&mut self, contact: ContactId) -> Result<bool, ErrorBody> {
        let (cause, by) = (EndCause::LostByFrontEnd, Party::FrontEnd);
        match self.submit(Command::End { contact, cause, by }) {
            Ok(()) => Ok(true),
            Err(error) if error.data.kind == Kind::ContactOver => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Only live calls do.
const fn takes_part(channel: Channel) -> bool {
    matches!(channel, Channel::Voice | Channel::Callback | Channel::Kiosk)
}
