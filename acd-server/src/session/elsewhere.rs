//! Requests whose answers come from elsewhere: the connection waits for them, and the core does
//! not.

use std::time::Instant;

use acd_proto::call::{Call, Id};
use acd_proto::request::AskStatistics;
use acd_proto::{ErrorBody, Kind, Request};

use super::Session;
use crate::core::{Json, Reply};

/// Whether the answer to a request comes from outside the core.
pub(super) const fn waits(request: &Request) -> bool {
    use Request as R;
    matches!(
        request,
        R::Hello(_) | R::ConfigReload(_) | R::Trace(_) | R::Statistics(_) | R::Snapshot(_)
    )
}

impl Session {
    /// Takes a request whose answer comes from elsewhere.
    pub(super) async fn wait_for(&mut self, call: Call) {
        match call.request {
            Request::Hello(params) => self.hello(&call.id, params).await,
            _ if !self.greeted => self.refuse_before_hello(&call.id),
            Request::ConfigReload(_) => self.reload(&call).await,
            Request::Trace(ref params) => self.trace(&call.id, &params.contact).await,
            Request::Statistics(ref params) => self.statistics(&call.id, params).await,
            _ => self.snapshot(call).await,
        }
    }

    /// Reads the configuration again, off the core's thread, and applies it.
    async fn reload(&self, call: &Call) {
        let allowed = self.common.core.borrow_mut().may_reload(self.id);
        let answer = match allowed {
            Ok(()) => crate::run::reload(&self.common).await,
            Err(error) => Err(error),
        };
        let mut core = self.common.core.borrow_mut();
        core.reply(self.id, &call.id, &answer, false);
        core.publish();
    }

    /// Tells a contact's life from the log, off the core's thread.
    async fn trace(&self, id: &Id, contact: &str) {
        let asked = self.common.core.borrow_mut().may_trace(self.id, contact);
        let answer = match (asked, &self.common.past) {
            (Ok((contact, written)), Some(past)) => past.trace(contact, written).await,
            (Ok(_), None) => {
                let error = ErrorBody::new(Kind::WrongState, "this server keeps no log");
                Err(error.expected("a server started with --data"))
            }
            (Err(error), _) => Err(error),
        };
        let mut core = self.common.core.borrow_mut();
        core.reply(self.id, id, &answer, false);
        core.publish();
    }

    /// Tells what was counted, off the core's thread.
    async fn statistics(&self, id: &Id, params: &AskStatistics) {
        let asked = self.common.core.borrow_mut().ask_statistics(self.id, params);
        let answer = match asked {
            Ok(Some(told)) => match told.await {
                Ok(text) => Ok(Reply::Told(Json(text.into()))),
                Err(_) => Err(ErrorBody::new(Kind::Internal, "nothing is counted any more")),
            },
            Ok(None) => self.common.core.borrow_mut().statistics_here(params),
            Err(error) => Err(error),
        };
        let mut core = self.common.core.borrow_mut();
        core.reply(self.id, id, &answer, false);
        core.publish();
    }

    /// Takes a snapshot. What was counted is told by its thread first; then all is said at once,
    /// so that no event comes between.
    async fn snapshot(&self, call: Call) {
        let asked = self.common.core.borrow_mut().ask_brief();
        if let Some(told) = asked
            && let Ok(brief) = told.await
        {
            self.common.core.borrow_mut().set_brief(brief);
        }
        self.common.core.borrow_mut().handle(self.id, call, Instant::now());
    }
}
