//! A request to its flow: role, idempotency, the flow itself, the reply, then the events.

use std::sync::Arc;
use std::time::Instant;

use acd_proto::call::{Call, Id};
use acd_proto::reply::Pong;
use acd_proto::{ErrorBody, Kind, Method, Request, Role, allows, encode};

use super::Core;
use super::connection::{Actor, ConnectionId};
use super::reply::{Answer, Json, Reply};
use super::side::Side;

/// Who says a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) id: ConnectionId,
    pub(crate) role: Role,
    pub(crate) name: Arc<str>,
    pub(crate) actor: Actor,
}

impl Core {
    /// Handles one request of a connection that has said `hello`: exactly one reply, and before
    /// its events.
    pub(crate) fn handle(&mut self, id: ConnectionId, call: Call, read_at: Instant) {
        let Some(caller) = self.caller(id) else { return };
        self.advance_for(read_at);
        self.read_at = Some(read_at);
        let idem = call.idem.as_deref().map(|idem| (idem, call.digest));
        let (answer, replayed) = self.answer(&caller, call.request, idem);
        self.reply(id, &call.id, &answer, replayed);
        self.publish();
        self.read_at = None;
    }

    /// Sends the reply to a request.
    pub(crate) fn reply(&mut self, id: ConnectionId, to: &Id, answer: &Answer, replayed: bool) {
        let Some(connection) = self.connections.get(id) else { return };
        connection.out.reply_after(self.gate_of(&connection.out), |out| match answer {
            Ok(reply) => reply.write(out, to, replayed),
            Err(error) => encode::error(out, to, error),
        });
    }

    /// Who is at the other end.
    pub(crate) fn caller(&self, id: ConnectionId) -> Option<Caller> {
        let connection = self.connections.get(id)?;
        Some(Caller {
            id,
            role: connection.role,
            name: Arc::clone(&connection.name),
            actor: connection.actor,
        })
    }

    /// The answer, and whether it was given before.
    fn answer(
        &mut self,
        caller: &Caller,
        request: Request,
        idem: Option<(&str, u64)>,
    ) -> (Answer, bool) {
        if let Err(error) = may(caller.role, request.method()) {
            return (Err(error), false);
        }
        if !reads_only(request.method())
            && let Err(error) = self.journal_takes()
        {
            return (Err(error), false);
        }
        let Some((idem, digest)) = idem else { return (self.flow(caller, request), false) };
        match self.idem.recall(&caller.name, idem, digest, self.now) {
            Ok(Some(result)) => return (Ok(Reply::Again(Json(result))), true),
            Err(error) => return (Err(error), false),
            Ok(None) => {}
        }
        let answer = self.flow(caller, request);
        if let Ok(reply) = &answer {
            let result = serde_json::to_string(reply).expect("results have text keys");
            let client = Arc::clone(&caller.name);
            let (idem, result) = (idem.into(), result.into());
            self.note(Side::Remembered { client, idem, digest, result });
        }
        (answer, false)
    }

    fn flow(&mut self, caller: &Caller, request: Request) -> Answer {
        use Request as R;
        match request {
            R::Ping(_) => Ok(Reply::Pong(Pong { now: self.now.0 / 1_000 })),
            R::Bye(_) => Ok(Reply::done()),
            R::ContactNew(params) => self.contact_new(caller, params),
            R::ContactAbandon(params) => self.contact_abandon(caller, &params),
            R::ContactEnd(params) => self.contact_end(caller, params),
            R::ContactTransfer(params) => self.contact_transfer(caller, &params),
            R::ContactUpdate(params) => self.contact_update(caller, params),
            R::ContactCallback(params) => self.contact_callback(caller, params),
            R::ContactCallbackFailed(params) => self.contact_callback_failed(caller, &params),
            R::ContactHold(params) => self.contact_hold(caller, &params, true),
            R::ContactUnhold(params) => self.contact_hold(caller, &params, false),
            R::ContactRequeue(params) => self.contact_requeue(caller, &params),
            R::ContactGet(params) => self.contact_get(caller, &params),
            R::ContactMessage(params) => self.contact_message(caller, params),
            R::ContactTyping(params) => self.contact_typing(caller, &params),
            R::OfferRinging(params) => self.offer_rings(caller, &params),
            R::OfferAnswered(params) => self.offer_answered(caller, &params),
            R::OfferFailed(params) => self.offer_failed(caller, &params),
            R::OfferAccept(params) => self.offer_accept(caller, &params),
            R::OfferReject(params) => self.offer_reject(caller, &params),
            R::Reconcile(params) => self.reconcile(caller, &params),
            R::AgentLogin(params) => self.agent_login(caller, params),
            R::AgentState(params) => self.agent_says(caller, &params),
            R::AgentLogout(params) => self.agent_logout(caller, &params),
            R::AgentSkills(params) => self.agent_skills(&params),
            R::AgentCapacity(params) => self.agent_capacity(caller, &params),
            R::AgentWrapDone(params) => self.agent_wrap_done(caller, params),
            R::AgentWrapExtend(params) => self.agent_wrap_extend(caller, &params),
            R::Subscribe(params) => self.subscribe(caller, &params),
            R::Snapshot(params) => self.snapshot(caller, &params),
            R::Statistics(params) => self.statistics_here(&params),
            R::Directory(params) => Ok(self.directory(&params)),
            R::Supervise(params) => self.supervise(caller, params),
            R::Via(_) => Err(ErrorBody::new(Kind::NotAllowed, "`via` comes before `hello`")),
            // They wait for something outside the core; the connection's task answers them.
            R::Hello(_) => Err(ErrorBody::new(Kind::HelloFirst, "`hello` was said already")),
            R::ConfigReload(_) | R::Trace(_) => {
                Err(ErrorBody::new(Kind::Internal, "this is answered outside the core"))
            }
        }
    }
}

/// Whether a method changes nothing that is kept.
pub(super) const fn reads_only(method: Method) -> bool {
    use Method as M;
    matches!(
        method,
        M::Hello
            | M::Ping
            | M::Bye
            | M::Via
            | M::ContactGet
            | M::ContactMessage
            | M::ContactTyping
            | M::Subscribe
            | M::Snapshot
            | M::Statistics
            | M::Directory
            | M::Trace
    )
}

/// Whether the role may say the method at all.
pub(crate) fn may(role: Role, method: Method) -> Result<(), ErrorBody> {
    if allows(role, method) {
        return Ok(());
    }
    let message = format!("the role {} may not say {}", role.name(), method.name());
    Err(ErrorBody::new(Kind::NotAllowed, message))
}
