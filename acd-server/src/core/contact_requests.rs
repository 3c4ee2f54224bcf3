//! Requests of contacts: entering, leaving, changing, held and called back.

use std::collections::BTreeMap;
use std::sync::Arc;

use acd_core::{
    Channel, Command, ContactId, EndCause, FrontEndId, Nanos, Party, Submit, Timestamp,
};
use acd_proto::request::{
    ContactCallback, ContactCause, ContactEnd, ContactNew, ContactUpdate, OneContact,
};
use acd_proto::{ErrorBody, EventBody, Kind, Role, Text as _, id};

use super::connection::Actor;
use super::contacts::{Caller as Resident, Newcomer};
use super::dispatch::Caller;
use super::names::{self, short};
use super::reply::{Answer, Reply};
use super::side::Side;
use super::{Core, WIDGETS, words};
use crate::limits::{ATTRS_BYTES_MAX, ATTRS_MAX, TEXT_BYTES_MAX};
use acd_core::limits::{AGE_MAX, DURATION_MAX};

/// Channels by name.
fn channel_named(name: &str) -> Result<Channel, ErrorBody> {
    words::one_of("channel", name, &Channel::ALL.map(|channel| (channel.name(), channel)))
}

/// What a client says of a contact that enters.
#[derive(Debug, Default)]
pub(super) struct Entering<'a> {
    pub(super) ext: &'a str,
    pub(super) channel: &'a str,
    pub(super) queue: &'a str,
    pub(super) prio: Option<u8>,
    pub(super) from: Option<&'a str>,
    pub(super) needs: Option<&'a BTreeMap<String, u8>>,
    pub(super) prefer: &'a [String],
    pub(super) prefer_ms: Option<u64>,
    pub(super) age_ms: Option<u64>,
    pub(super) name: Option<&'a str>,
    pub(super) reference: Option<&'a str>,
    pub(super) previous: Option<&'a str>,
    pub(super) attrs: BTreeMap<String, String>,
}

/// Who ends a contact, where a client does not say.
pub(super) const fn ender(role: Role) -> Party {
    match role {
        Role::Agent => Party::Agent,
        Role::Widget => Party::Caller,
        _ => Party::FrontEnd,
    }
}

/// A text of a client that is kept.
pub(crate) fn text(field: &str, text: Option<String>) -> Result<Option<Arc<str>>, ErrorBody> {
    if let Some(text) = &text {
        short_text(field, text)?;
    }
    Ok(text.map(Into::into))
}

/// As [`text`], borrowed.
fn kept_text(field: &str, text: Option<&str>) -> Result<Option<Arc<str>>, ErrorBody> {
    text.map(|text| short_text(field, text).map(Into::into)).transpose()
}

/// Refuses a text that is longer than texts may be.
fn short_text<'a>(field: &str, text: &'a str) -> Result<&'a str, ErrorBody> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(ErrorBody::new(Kind::BadParams, format!("`{field}` is too long"))
            .field(field)
            .expected(format!("at most {TEXT_BYTES_MAX} bytes")));
    }
    Ok(text)
}

fn check_attrs(attrs: &BTreeMap<String, String>) -> Result<(), ErrorBody> {
    let bytes: usize = attrs.iter().map(|(key, value)| key.len() + value.len()).sum();
    if attrs.len() > ATTRS_MAX || bytes > ATTRS_BYTES_MAX {
        return Err(ErrorBody::new(Kind::BadParams, "a contact carries fewer attributes")
            .field("attrs")
            .expected(format!("at most {ATTRS_MAX}, of {ATTRS_BYTES_MAX} bytes together")));
    }
    Ok(())
}

/// Milliseconds of a client; what is too long the engine refuses.
pub(crate) const fn length(ms: u64) -> Nanos {
    Nanos::from_millis(ms)
}

impl Core {
    pub(crate) fn contact_new(&mut self, caller: &Caller, params: ContactNew) -> Answer {
        let named = Entering {
            ext: &params.ext,
            channel: &params.channel,
            queue: &params.queue,
            prio: params.prio,
            from: params.from.as_deref(),
            needs: Some(&params.needs),
            prefer: &params.prefer,
            prefer_ms: params.prefer_ms,
            age_ms: params.age_ms,
            name: params.name.as_deref(),
            reference: params.reference.as_deref(),
            previous: params.previous.as_deref(),
            attrs: params.attrs,
        };
        let entered = self.enter(caller, named)?;
        Ok(Reply::Contact(self.contact_result(entered)))
    }

    /// Takes a contact in.
    pub(super) fn enter(
        &mut self,
        caller: &Caller,
        named: Entering<'_>,
    ) -> Result<ContactId, ErrorBody> {
        if named.ext.is_empty() {
            return Err(ErrorBody::new(Kind::BadParams, "`ext` is empty").field("ext"));
        }
        let (front_end, widget) = self.source(caller)?;
        let ext = short_text("ext", named.ext)?;
        self.refuse_known(front_end, widget.as_ref(), ext)?;
        let channel = channel_named(named.channel)?;
        let queue = names::queue(&self.engine, "queue", named.queue)?;
        let needs = named.needs.map(|needs| names::needs(&self.engine, "needs", needs));
        let needs = needs.transpose()?.unwrap_or_default();
        let prefer = named.prefer.iter().map(|name| names::agent(&self.engine, "prefer", name));
        let mut prefer = prefer.collect::<Result<Vec<_>, _>>()?;
        let prio = names::prio(named.prio.unwrap_or(5))?;
        if let Some(age_ms) = named.age_ms {
            names::within("age_ms", age_ms, 0, AGE_MAX.as_millis())?;
        }
        if let Some(prefer_ms) = named.prefer_ms {
            names::within("prefer_ms", prefer_ms, 1, DURATION_MAX.as_millis())?;
        }
        check_attrs(&named.attrs)?;
        let from = kept_text("from", named.from)?;
        let newcomer = Newcomer {
            ext: ext.into(),
            front_end,
            widget,
            channel,
            number: from.clone().filter(|_| channel == Channel::Callback),
            caller: Resident {
                from,
                name: kept_text("name", named.name)?,
                reference: kept_text("reference", named.reference)?,
                attrs: named.attrs,
            },
            previous: self.earlier(named.previous)?,
            chat: super::chat::Chat::default(),
        };
        let mut prefer_for = named.prefer_ms.map(length);
        if prefer.is_empty()
            && let Some((agent, time)) = self.acquaintance(&newcomer.caller)
        {
            prefer.push(agent);
            prefer_for.get_or_insert(time);
        }
        let queue = self.entrance(queue, channel)?;
        let submit = Command::Submit(Submit {
            front_end,
            channel,
            queue,
            prio,
            needs,
            prefer,
            prefer_for,
            age: named.age_ms.map_or(Nanos(0), length),
        });
        self.submit_with(submit, Side::Newcomer(newcomer)).map_err(|error| {
            if error.data.kind == Kind::QueueClosed {
                self.closed_until(queue, channel)
            } else {
                error
            }
        })?;
        Ok(self.entered.take().expect("a submission that is accepted is queued"))
    }

    /// The front end, and the widget if it is one, that a contact comes from.
    fn source(&self, caller: &Caller) -> Result<(FrontEndId, Option<Arc<str>>), ErrorBody> {
        match caller.actor {
            Actor::FrontEnd(front_end) => Ok((front_end, None)),
            Actor::Widget => {
                let widgets = self.front_ends.number(WIDGETS);
                if let Some(&own) = self.contacts.of_widget(&caller.name).first() {
                    let mut error =
                        ErrorBody::new(Kind::Limit, "a widget has one contact at a time")
                            .field("ext");
                    error.data.contact = Some(id::contact(own));
                    return Err(error);
                }
                Ok((widgets, Some(Arc::clone(&caller.name))))
            }
            _ => Err(ErrorBody::new(Kind::NotAllowed, "only front ends bring contacts")),
        }
    }

    fn refuse_known(
        &self,
        front_end: FrontEndId,
        widget: Option<&Arc<str>>,
        ext: &str,
    ) -> Result<(), ErrorBody> {
        let Some(known) = self.contacts.by_ext(front_end, widget, ext) else { return Ok(()) };
        let message = "a live contact of this front end has this `ext`";
        let mut error = ErrorBody::new(Kind::ExtInUse, message).field("ext").got(short(ext));
        error.data.contact = Some(id::contact(known));
        Err(error)
    }

    /// The earlier contact that a new one continues.
    fn earlier(&self, previous: Option<&str>) -> Result<Option<Arc<str>>, ErrorBody> {
        let Some(text) = previous else { return Ok(None) };
        match id::parse_contact(text) {
            Some(known) if known.0 <= self.engine.counters().contacts => Ok(Some(text.into())),
            _ => Err(ErrorBody::new(Kind::UnknownContact, "no contact has this id")
                .field("previous")
                .got(short(text))),
        }
    }

    pub(crate) fn contact_abandon(&mut self, caller: &Caller, params: &OneContact) -> Answer {
        let contact = self.own_contact(caller, &params.contact)?;
        self.submit(Command::Abandon { contact })?;
        Ok(Reply::done())
    }

    pub(crate) fn contact_end(&mut self, caller: &Caller, params: ContactEnd) -> Answer {
        let contact = self.own_contact(caller, &params.contact)?;
        let by = match params.by.as_deref() {
            Some(by) => words::one_of(
                "by",
                by,
                &[
                    ("caller", Party::Caller),
                    ("agent", Party::Agent),
                    ("front_end", Party::FrontEnd),
                    ("system", Party::System),
                ],
            )?,
            None => ender(caller.role),
        };
        let cause = words::one_of(
            "cause",
            params.cause.as_deref().unwrap_or("hangup"),
            &[
                ("hangup", EndCause::Hangup),
                ("completed", EndCause::Completed),
                ("exit_key", EndCause::ExitKey),
                ("timeout", EndCause::Timeout),
            ],
        )?;
        let disposition = self.disposition(contact, params.disposition)?;
        let command = Command::End { contact, cause, by };
        match disposition {
            text @ Some(_) => self.submit_with(command, Side::Disposition { contact, text })?,
            None => self.submit(command)?,
        }
        Ok(Reply::done())
    }

    /// What came of a contact, as its queue's list has it. Of one that is over, the engine says so.
    pub(super) fn disposition(
        &self,
        contact: ContactId,
        said: Option<String>,
    ) -> Result<Option<Arc<str>>, ErrorBody> {
        let said = text("disposition", said)?;
        if let (Some(text), Some((of, _))) = (&said, self.contacts.address(contact)) {
            let listed = &self.config.dispositions;
            of.queue.with(|queue| names::disposition(listed, queue, text))?;
        }
        Ok(said)
    }

    pub(crate) fn contact_hold(
        &mut self,
        caller: &Caller,
        params: &OneContact,
        hold: bool,
    ) -> Answer {
        let contact = self.own_contact(caller, &params.contact)?;
        let command = if hold { Command::Hold { contact } } else { Command::Unhold { contact } };
        self.submit(command)?;
        Ok(Reply::done())
    }

    pub(crate) fn contact_requeue(&mut self, caller: &Caller, params: &ContactCause) -> Answer {
        let contact = self.own_contact(caller, &params.contact)?;
        self.submit(Command::Requeue { contact })?;
        Ok(Reply::Contact(self.contact_result(contact)))
    }

    pub(crate) fn contact_update(&mut self, caller: &Caller, params: ContactUpdate) -> Answer {
        let contact = self.own_contact(caller, &params.contact)?;
        text("reason", params.reason)?;
        let mut attrs = self.known(contact).caller.attrs.clone();
        let attrs_change = !params.attrs.is_empty();
        attrs.extend(params.attrs);
        check_attrs(&attrs)?;
        if let Some(prio) = params.prio {
            let prio = names::prio(prio)?;
            self.submit(Command::Prioritise { contact, prio })?;
        }
        if attrs_change {
            self.note(Side::Attrs { contact, attrs, tell: true });
        }
        Ok(Reply::Contact(self.contact_result(contact)))
    }

    /// What a contact is about has changed.
    pub(super) fn attrs_change(
        &mut self,
        contact: ContactId,
        attrs: BTreeMap<String, String>,
        tell: bool,
    ) {
        let Some(entry) = self.contacts.get_mut(contact) else { return };
        entry.caller.attrs.clone_from(&attrs);
        if tell {
            let prio = self.engine.contact(contact).map_or(0, |record| record.prio);
            self.tell_of(contact, |of| EventBody::Updated { of, prio, attrs });
        }
    }

    pub(crate) fn contact_callback(&mut self, caller: &Caller, params: ContactCallback) -> Answer {
        let contact = self.own_contact(caller, &params.contact)?;
        self.turn_callback(contact, params.number, params.at)?;
        Ok(Reply::Contact(self.contact_result(contact)))
    }

    /// Turns a contact into a callback to this number, or to where it came from.
    pub(crate) fn turn_callback(
        &mut self,
        contact: ContactId,
        number: Option<String>,
        at: Option<u64>,
    ) -> Result<(), ErrorBody> {
        let number = self.number_to_call(contact, number)?;
        let at = at.map(|us| Timestamp(us.saturating_mul(1_000)));
        let beside = Side::Number { contact, number: Some(number) };
        self.submit_with(Command::Callback { contact, at }, beside)
    }

    /// The number that a callback would call: the one given, or where the contact came from.
    pub(crate) fn number_to_call(
        &self,
        contact: ContactId,
        number: Option<String>,
    ) -> Result<Arc<str>, ErrorBody> {
        let given = text("number", number)?;
        let known = || {
            let entry = self.contacts.get(contact)?;
            entry.number.clone().or_else(|| entry.caller.from.clone())
        };
        given.or_else(known).filter(|number| !number.is_empty()).ok_or_else(|| {
            let message = "`number` is missing, and the contact came without one";
            ErrorBody::new(Kind::BadParams, message).field("number")
        })
    }

    pub(crate) fn contact_callback_failed(
        &mut self,
        caller: &Caller,
        params: &ContactCause,
    ) -> Answer {
        let contact = self.own_contact(caller, &params.contact)?;
        self.submit(Command::CallbackFailed { contact })?;
        Ok(Reply::Contact(self.contact_result(contact)))
    }
}
