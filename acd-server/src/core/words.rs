//! The engine's enums as the words of the protocol, and back.

use acd_core::{EndCause, FailCause, Party, Pending, RequeueCause, RevokeCause};
use acd_proto::near::nearest;
use acd_proto::{ErrorBody, Kind};

pub(crate) const fn fail_cause(cause: FailCause) -> &'static str {
    match cause {
        FailCause::Rejected => "rejected",
        FailCause::Busy => "busy",
        FailCause::Unreachable => "unreachable",
        FailCause::NoAnswer => "no_answer",
    }
}

pub(crate) const fn revoke_cause(cause: RevokeCause) -> &'static str {
    match cause {
        RevokeCause::Abandoned => "abandoned",
        RevokeCause::Ended => "ended",
        RevokeCause::Moved => "moved",
        RevokeCause::Callback => "callback",
        RevokeCause::AgentLost => "agent_lost",
        RevokeCause::Attended => "attended",
        RevokeCause::FrontEndAbsent => "front_end_absent",
    }
}

pub(crate) const fn requeue_cause(cause: RequeueCause) -> &'static str {
    match cause {
        RequeueCause::OfferFailed => "offer_failed",
        RequeueCause::OfferRevoked => "offer_revoked",
        RequeueCause::AgentLegLost => "agent_leg_lost",
        RequeueCause::CallbackDue => "callback_due",
    }
}

pub(crate) const fn end_cause(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Hangup => "hangup",
        EndCause::Completed => "completed",
        EndCause::ExitKey => "exit_key",
        EndCause::Abandoned => "abandoned",
        EndCause::Transferred => "transferred",
        EndCause::Timeout => "timeout",
        EndCause::Withdrawn => "withdrawn",
        EndCause::QueueClosed => "queue_closed",
        EndCause::CallbackFailed => "callback_failed",
        EndCause::LostByFrontEnd => "lost_by_front_end",
        EndCause::Lost => "lost",
    }
}

pub(crate) const fn party(party: Party) -> &'static str {
    match party {
        Party::Caller => "caller",
        Party::Agent => "agent",
        Party::Supervisor => "supervisor",
        Party::FrontEnd => "front_end",
        Party::System => "system",
    }
}

pub(crate) const fn pending(pending: Pending) -> &'static str {
    match pending {
        Pending::NotReady(_) => "not_ready",
        Pending::SignOut => "signed_out",
    }
}

/// One of a few words, or `bad_params` with what would do.
pub(crate) fn one_of<T: Copy>(field: &str, got: &str, words: &[(&str, T)]) -> Result<T, ErrorBody> {
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == got) {
        return Ok(*value);
    }
    let near = nearest(got, words.iter().map(|(word, _)| *word)).map(str::to_owned);
    let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    Err(ErrorBody::new(Kind::BadParams, format!("`{field}` is none of its values"))
        .field(field)
        .got(super::names::short(got))
        .expected(all.join(", "))
        .near(near))
}
