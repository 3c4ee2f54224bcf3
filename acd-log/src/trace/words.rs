//! Records, effects and verdicts in an auditor's words.

use acd_core::explain::{Before, Explanation, Later, Place, Verdict, View};
use acd_core::{
    AgentId, Command, ContactId, ContactRecord, ContactState, Effect, EndCause, FailCause,
    NotReadyReason, OfferId, Party, Pending, Presence, QueueId, RequeueCause, RevokeCause, SkillId,
    Strategy, Timestamp, TransferTo,
};

/// An instant in UTC to the millisecond.
pub(crate) fn instant(at: Timestamp) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(at.0));
    time.map_or_else(|_| format!("{} ns", at.0), |time| format!("{time:.3}"))
}

/// A length of time in seconds to the millisecond.
pub(crate) fn seconds(ns: u64) -> String {
    format!("{}.{:03} s", ns / 1_000_000_000, ns / 1_000_000 % 1_000)
}

pub(crate) const fn age_ms(contact: &ContactRecord, now: Timestamp) -> i64 {
    (now.signed() - contact.origin) / 1_000_000
}

pub(crate) fn contact(contact: ContactId) -> String {
    format!("c-{:x}", contact.0)
}

pub(crate) fn offer(offer: OfferId) -> String {
    format!("o-{:x}", offer.0)
}

pub(crate) fn agent(view: &dyn View, agent: AgentId) -> String {
    name(&view.names().agents, agent.0, "agent")
}

pub(crate) fn queue(view: &dyn View, queue: QueueId) -> String {
    name(&view.names().queues, queue.0, "queue")
}

fn skill(view: &dyn View, skill: SkillId) -> String {
    name(&view.names().skills, skill.0, "skill")
}

/// A name by number. It comes from a file: what would drive a terminal is taken out.
fn name(names: &[String], number: u32, what: &str) -> String {
    let name = names.get((number as usize).wrapping_sub(1));
    name.map_or_else(|| format!("{what} {number}"), |name| plain(name))
}

fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

pub(crate) const fn strategy(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::LongestIdle => "longest_idle",
        Strategy::BestSkill => "best_skill",
        Strategy::LeastOccupied => "least_occupied",
        Strategy::FewestContacts => "fewest_contacts",
        Strategy::RoundRobin => "round_robin",
        Strategy::Random => "random",
    }
}

pub(crate) fn place(place: &Place) -> String {
    let deadline = u64::try_from(place.deadline)
        .map_or("before 1970".into(), |deadline| instant(Timestamp(deadline)));
    format!("band {}, answer wanted by {deadline}, entry {}", 9 - place.rank.min(9), place.entry)
}

pub(crate) const fn before(before: Before) -> &'static str {
    match before {
        Before::Band => "its band is higher",
        Before::Deadline => "its answer is wanted earlier",
        Before::Entry => "it entered earlier",
    }
}

pub(crate) const fn after(before: Before) -> &'static str {
    match before {
        Before::Band => "its band is lower",
        Before::Deadline => "its answer is wanted later",
        Before::Entry => "it entered later",
    }
}

/// What a contact asks of an agent.
pub(crate) fn asks(explained: &Explanation, view: &dyn View) -> String {
    let record = &explained.contact;
    if !record.prefer.is_empty() {
        let names: Vec<_> = record.prefer.iter().map(|&of| agent(view, of)).collect();
        let until =
            record.prefer_until.map_or(String::new(), |until| format!(" until {}", instant(until)));
        return format!("only {}{until}", names.join(" or "));
    }
    let defined = view.definitions().queues.iter();
    let mut defined = defined.filter(|defined| queue(view, record.queue) == plain(&defined.name));
    let Some(policy) = defined.next() else { return String::new() };
    let number = usize::from(record.step);
    let Some(step) = policy.steps.get(number) else { return String::new() };
    let needs = record.needs.iter().map(|need| (skill(view, need.skill), need.level));
    let needs: Vec<_> = needs.filter(|(name, _)| !step.drops.contains(name)).collect();
    let terms = |terms: &Vec<acd_core::Term>| {
        let own = terms.iter().map(|term| (term.skill.clone(), term.level));
        let all = own.chain(needs.iter().cloned());
        let all: Vec<_> = all.map(|(skill, level)| format!("{skill} {level}")).collect();
        if all.is_empty() { "anybody".into() } else { all.join(" and ") }
    };
    let mut said: Vec<String> = step.alternatives.iter().map(terms).collect();
    said.dedup();
    let sites = match step.sites.as_slice() {
        [] => String::new(),
        sites => format!(", at {}", sites.join(" or ")),
    };
    format!("{}{sites} (step {} of {})", said.join(", or "), number + 1, policy.steps.len())
}

/// A verdict in one word, for machines.
pub(crate) const fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::SignedOut => "signed_out",
        Verdict::NotPreferred => "not_preferred",
        Verdict::WrongSite => "wrong_site",
        Verdict::LacksSkill { .. } => "lacks_skill",
        Verdict::TakesNone => "takes_none",
        Verdict::NotReady(_) => "not_ready",
        Verdict::Pending(_) => "pending",
        Verdict::Paused { .. } => "paused",
        Verdict::Offered { .. } => "offered",
        Verdict::Blocked { wrap_up: false, .. } => "busy",
        Verdict::Blocked { wrap_up: true, .. } => "wrap_up",
        Verdict::Full { .. } => "full",
        Verdict::First => "chosen",
        Verdict::Later(Later::LowerLevel { .. }) => "lower_level",
        Verdict::Later(Later::Busier { .. }) => "busier",
        Verdict::Later(Later::MoreContacts { .. }) => "more_contacts",
        Verdict::Later(Later::LaterTurn) => "later_turn",
        Verdict::Later(Later::LargerNumber) => "larger_number",
        Verdict::Later(Later::HeldContact) => "held_contact",
        Verdict::Later(Later::LessIdle) => "less_idle",
    }
}

/// A verdict in words.
pub(crate) fn verdict_text(verdict: &Verdict, view: &dyn View) -> String {
    match *verdict {
        Verdict::SignedOut => "signed out".into(),
        Verdict::NotPreferred => "not one of those preferred".into(),
        Verdict::WrongSite => "sits at no site of the step".into(),
        Verdict::LacksSkill { skill: of, asked, has: 0 } => {
            format!("has no {}, {asked} asked for", skill(view, of))
        }
        Verdict::LacksSkill { skill: of, asked, has } => {
            format!("has {} {has}, {asked} asked for", skill(view, of))
        }
        Verdict::TakesNone => "takes no contacts of the channel".into(),
        Verdict::NotReady(why) => format!("not ready ({})", reason(why, view)),
        Verdict::Pending(Pending::SignOut) => "signs out when its last contact leaves".into(),
        Verdict::Pending(Pending::NotReady(why)) => {
            format!("not ready ({}) when its last contact leaves", reason(why, view))
        }
        Verdict::Paused { until } => format!("paused until {}", instant(until)),
        Verdict::Offered { offer: id, contact: of } => {
            format!("has offer {} of {}", offer(id), contact(of))
        }
        Verdict::Blocked { by, wrap_up: false } => format!("busy with {}", contact(by)),
        Verdict::Blocked { by, wrap_up: true } => format!("in wrap-up of {}", contact(by)),
        Verdict::Full { holds } => format!("holds {holds} of the channel, as many as it may"),
        Verdict::First => "chosen: the first of those eligible".into(),
        Verdict::Later(later) => later_text(later),
    }
}

fn later_text(later: Later) -> String {
    match later {
        Later::LowerLevel { level, best } => format!("eligible; level {level} is below {best}"),
        Later::Busier { share, least } => {
            format!("eligible; worked {share}‰ of its time, the chosen {least}‰")
        }
        Later::MoreContacts { contacts, fewest } => {
            format!("eligible; has had {contacts} contacts, the chosen {fewest}")
        }
        Later::LaterTurn => "eligible; its turn comes later".into(),
        Later::LargerNumber => "eligible; drew a larger random number".into(),
        Later::HeldContact => "eligible; held a contact when it last became idle".into(),
        Later::LessIdle => "eligible; idle for less long".into(),
    }
}

pub(crate) fn reason(why: NotReadyReason, view: &dyn View) -> String {
    match why {
        NotReadyReason::SignedIn => "just signed in".into(),
        NotReadyReason::Unspecified => "no reason given".into(),
        NotReadyReason::Given(reason) => name(&view.names().reasons, reason.0, "reason"),
        NotReadyReason::Rona => "left an offer unanswered".into(),
        NotReadyReason::Lost => "its desktop is gone".into(),
    }
}

/// The contact that an effect is about.
pub(crate) const fn about(effect: &Effect) -> Option<ContactId> {
    match *effect {
        Effect::Queued { contact, .. }
        | Effect::Offered { contact, .. }
        | Effect::OfferFailed { contact, .. }
        | Effect::OfferRevoked { contact, .. }
        | Effect::Connected { contact, .. }
        | Effect::Requeued { contact, .. }
        | Effect::TurnedCallback { contact }
        | Effect::Scheduled { contact, .. }
        | Effect::Moved { contact, .. }
        | Effect::Reprioritised { contact, .. }
        | Effect::Promoted { contact, .. }
        | Effect::StepReached { contact, .. }
        | Effect::PreferenceEnded { contact }
        | Effect::Parked { contact }
        | Effect::Resumed { contact }
        | Effect::Held { contact }
        | Effect::Unheld { contact }
        | Effect::Suspended { contact }
        | Effect::Unsuspended { contact }
        | Effect::Orphaned { contact }
        | Effect::Abandoned { contact }
        | Effect::Transferred { contact, .. }
        | Effect::Ended { contact, .. }
        | Effect::WrapUp { contact, .. }
        | Effect::WrapUpExtended { contact, .. }
        | Effect::WrapUpOver { contact, .. } => Some(contact),
        Effect::OfferRinging { .. }
        | Effect::OfferExtended { .. }
        | Effect::AgentState { .. }
        | Effect::AgentSkills { .. }
        | Effect::AgentCapacity { .. }
        | Effect::QueueState { .. }
        | Effect::Overflow { .. }
        | Effect::Configured
        | Effect::FrontEnd { .. } => None,
    }
}

/// The offer that an effect is about, where it names no contact.
pub(crate) const fn about_offer(effect: &Effect) -> Option<OfferId> {
    match *effect {
        Effect::OfferRinging { offer } | Effect::OfferExtended { offer, .. } => Some(offer),
        _ => None,
    }
}

/// An effect of a contact, as events call it and in words.
pub(crate) fn effect(
    effect: &Effect,
    record: &ContactRecord,
    view: &dyn View,
) -> (&'static str, String) {
    match *effect {
        Effect::Queued { queue: id, .. } => ("contact.queued", queued(id, record, view)),
        Effect::Offered { offer: id, agent: to, until, .. } => {
            let until = instant(until);
            (
                "contact.offered",
                format!("offered to {}: {}, until {until}", agent(view, to), offer(id)),
            )
        }
        Effect::OfferRinging { .. } => ("offer.ringing", "the agent's device rings".into()),
        Effect::OfferFailed { agent: of, cause, .. } => {
            ("contact.offer_revoked", format!("{} {}", agent(view, of), failed(cause)))
        }
        Effect::OfferRevoked { cause, .. } => {
            ("contact.offer_revoked", format!("offer taken back: {}", revoked(cause)))
        }
        Effect::OfferExtended { until, .. } => {
            ("contact.offer_extended", format!("offer extended until {}", instant(until)))
        }
        Effect::Connected { agent: to, .. } => {
            ("contact.connected", format!("connected to {}", agent(view, to)))
        }
        Effect::Requeued { cause, .. } => {
            ("contact.requeued", format!("waits again in its place: {}", requeued(cause)))
        }
        Effect::Moved { queue: to, .. } => {
            ("contact.moved", format!("moved to {}", queue(view, to)))
        }
        Effect::Scheduled { until, .. } => {
            ("contact.scheduled", format!("not matched until {}", instant(until)))
        }
        Effect::Reprioritised { prio, .. } => ("contact.updated", format!("priority {prio}")),
        Effect::Promoted { promotions, .. } => {
            ("contact.promoted", format!("has risen {promotions} bands by age"))
        }
        Effect::StepReached { step, .. } => {
            ("contact.step", format!("asks for step {}", u16::from(step) + 1))
        }
        ref other => rest(other, view),
    }
}

fn queued(id: QueueId, record: &ContactRecord, view: &dyn View) -> String {
    let credit = (record.entered_at.signed() - record.origin).unsigned_abs();
    let aged =
        if credit > 0 { format!(", {} old already", seconds(credit)) } else { String::new() };
    let priority = record.prio;
    format!("enters {} with priority {priority}{aged}", queue(view, id))
}

fn rest(effect: &Effect, view: &dyn View) -> (&'static str, String) {
    match *effect {
        Effect::TurnedCallback { .. } => ("contact.callback", "becomes a callback".into()),
        Effect::PreferenceEnded { .. } => {
            ("contact.preference_ended", "others than those preferred may take it".into())
        }
        Effect::Parked { .. } => ("contact.parked", "set aside for an interrupting one".into()),
        Effect::Resumed { .. } => ("contact.resumed", "taken up again".into()),
        Effect::Held { .. } => ("contact.held", "on hold".into()),
        Effect::Unheld { .. } => ("contact.unheld", "off hold".into()),
        Effect::Suspended { .. } => {
            ("contact.suspended", "its front end is absent: not offered to anybody".into())
        }
        Effect::Unsuspended { .. } => ("contact.unsuspended", "its front end is back".into()),
        Effect::Orphaned { .. } => {
            ("contact.orphaned", "its front end stayed away longer than grace".into())
        }
        Effect::Abandoned { .. } => ("contact.abandoned", "the resident leaves".into()),
        Effect::Transferred { next, .. } => {
            let to = next.map_or("another centre".into(), contact);
            ("contact.transferred", format!("goes on as {to}"))
        }
        Effect::Ended { cause, by, .. } => {
            ("contact.ended", format!("over: {} by {}", end_cause(cause), party(by)))
        }
        Effect::WrapUp { agent: of, until, .. } => {
            let until = instant(until);
            ("contact.wrap_up", format!("{} wraps up until {until}", agent(view, of)))
        }
        Effect::WrapUpExtended { until, .. } => {
            ("contact.wrap_up_extended", format!("wrap-up until {}", instant(until)))
        }
        Effect::WrapUpOver { agent: of, handle, .. } => {
            let handled = seconds(handle.0);
            ("contact.wrap_up_over", format!("{} is free of it after {handled}", agent(view, of)))
        }
        _ => ("other", format!("{effect:?}")),
    }
}

const fn failed(cause: FailCause) -> &'static str {
    match cause {
        FailCause::Rejected => "refuses",
        FailCause::Busy => "is busy on its device",
        FailCause::Unreachable => "cannot be reached",
        FailCause::NoAnswer => "does not answer",
    }
}

const fn revoked(cause: RevokeCause) -> &'static str {
    match cause {
        RevokeCause::Abandoned => "the resident left",
        RevokeCause::Ended => "the contact ended",
        RevokeCause::Moved => "the contact was moved",
        RevokeCause::Callback => "the contact became a callback",
        RevokeCause::AgentLost => "the agent's desktop is gone",
        RevokeCause::Attended => "the agent took another contact in person",
        RevokeCause::FrontEndAbsent => "the contact's front end is absent",
    }
}

const fn requeued(cause: RequeueCause) -> &'static str {
    match cause {
        RequeueCause::OfferFailed => "its offer failed",
        RequeueCause::OfferRevoked => "its offer was taken back",
        RequeueCause::AgentLegLost => "the agent's leg is lost",
        RequeueCause::CallbackDue => "its time to be called has come",
    }
}

const fn end_cause(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Hangup => "hangup",
        EndCause::Completed => "completed",
        EndCause::ExitKey => "exit key",
        EndCause::Abandoned => "abandoned",
        EndCause::Transferred => "transferred",
        EndCause::Timeout => "waited as long as may be",
        EndCause::Withdrawn => "withdrawn",
        EndCause::QueueClosed => "its queue closed",
        EndCause::CallbackFailed => "the last callback failed",
        EndCause::LostByFrontEnd => "its front end lost it",
        EndCause::Lost => "its front end never came back",
    }
}

const fn party(party: Party) -> &'static str {
    match party {
        Party::Caller => "the resident",
        Party::Agent => "the agent",
        Party::Supervisor => "a supervisor",
        Party::FrontEnd => "the front end",
        Party::System => "the system",
    }
}

/// Where a contact is; none when it is over.
pub(crate) fn state(record: Option<&ContactRecord>, view: &dyn View) -> Option<String> {
    let record = record?;
    let place = queue(view, record.queue);
    Some(match record.state {
        ContactState::Waiting if record.orphaned => format!("orphaned in {place}"),
        ContactState::Waiting => format!("waits in {place}"),
        ContactState::Scheduled { until } => format!("scheduled for {}", instant(until)),
        ContactState::Offered { offer: id } => {
            let offers = view.agents().filter_map(|agent| view.offer_of(agent.agent));
            let to = offers.into_iter().find(|live| live.offer == id);
            let to = to.map_or("nobody".into(), |live| agent(view, live.agent));
            format!("offered to {to}")
        }
        ContactState::Connected { agent: of, .. } => format!("connected to {}", agent(view, of)),
        ContactState::Parked { agent: of, .. } => format!("parked by {}", agent(view, of)),
    })
}

/// A command in words: what made a decision due.
pub(crate) fn command(command: &Command, view: &dyn View) -> String {
    use Command as C;
    let of = |id: AgentId| agent(view, id);
    match command {
        C::Tick => "a deadline came".into(),
        C::Submit(_) => "a contact entered".into(),
        C::Abandon { contact: id } => format!("{} left", contact(*id)),
        C::End { contact: id, .. } => format!("{} ended", contact(*id)),
        C::Requeue { contact: id } => format!("the agent's leg of {} was lost", contact(*id)),
        C::Hold { contact: id } => format!("{} was put on hold", contact(*id)),
        C::Unhold { contact: id } => format!("{} was taken off hold", contact(*id)),
        C::Transfer(transfer) => {
            let to = match transfer.to {
                TransferTo::Queue(id) => queue(view, id),
                TransferTo::Agent { agent: id, .. } => of(id),
                TransferTo::Outside => "another centre".into(),
            };
            format!("{} was transferred to {to}", contact(transfer.contact))
        }
        C::Move { contact: id, queue: to } => {
            format!("{} was moved to {}", contact(*id), queue(view, *to))
        }
        C::Callback { contact: id, .. } => format!("{} became a callback", contact(*id)),
        C::CallbackFailed { contact: id } => format!("the callback of {} failed", contact(*id)),
        C::Prioritise { contact: id, prio } => format!("{} got priority {prio}", contact(*id)),
        C::OfferTo { contact: id, agent } => {
            format!("a supervisor offered {} to {}", contact(*id), of(*agent))
        }
        C::OfferRinging { offer: id } => format!("{} rang", offer(*id)),
        C::Answer { offer: id } => format!("{} was answered", offer(*id)),
        C::OfferFailed { offer: id, cause } => {
            format!("{}: the agent {}", offer(*id), failed(*cause))
        }
        C::SetSkills { agent, .. } | C::SkillFor { agent, .. } => {
            format!("the skills of {} were changed", of(*agent))
        }
        C::SetCapacity { agent, .. } => format!("the capacity of {} was changed", of(*agent)),
        C::SignIn { agent, .. } => format!("{} signed in", of(*agent)),
        C::SignOut { agent } => format!("{} signed out", of(*agent)),
        C::Ready { agent } => format!("{} became ready", of(*agent)),
        C::NotReady { agent, .. } => format!("{} asked to be not ready", of(*agent)),
        C::AgentLost { agent } => format!("the desktop of {} was lost", of(*agent)),
        C::WrapDone { agent, contact: id } => {
            format!("{} ended the wrap-up of {}", of(*agent), contact(*id))
        }
        C::WrapExtend { agent, .. } => format!("{} extended a wrap-up", of(*agent)),
        C::OpenQueue { queue: id } => format!("{} was opened", queue(view, *id)),
        C::CloseQueue { queue: id, .. } => format!("{} was closed", queue(view, *id)),
        C::Configure(_) => "the configuration was replaced".into(),
        C::FrontEndLost { front_end } => format!("front end {} was lost", front_end.0),
        C::FrontEndBack { front_end } => format!("front end {} came", front_end.0),
        C::Resume => "the server was started again".into(),
        C::Seed { seed } => format!("the numbers of chance start from {seed}"),
    }
}

/// An agent's presence in words.
pub(crate) fn presence(presence: Presence, view: &dyn View) -> String {
    match presence {
        Presence::SignedOut => "signed out".into(),
        Presence::Ready => "ready".into(),
        Presence::NotReady(why) => format!("not ready ({})", reason(why, view)),
    }
}
