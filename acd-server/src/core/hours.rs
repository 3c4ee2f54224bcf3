//! Opening hours at work: the timers that open and close queues, and supervisors who say otherwise.
//!
//! The engine knows only `OpenQueue` and `CloseQueue`; when to say them is worked out here, and
//! each is a command like any other. A queue with hours has [`Timer::Hours`], due at its next
//! change, which is written down: after a restart what was missed is overdue, and is done first.

use acd_core::{Channel, Command, QueueId, Rejection, Timestamp, WaitingOnClose};
use acd_proto::{ErrorBody, Kind};

use super::commit::refusal;
use super::contact_requests::length;
use super::side::Side;
use super::timers::Timer;
use super::{Core, names};
use crate::hours::{AtClosing, QueueHours, Timetable};

/// A deadline that never comes.
const NEVER: Timestamp = Timestamp(u64::MAX);

impl Core {
    /// Brings queues in line with hours that are new, and sets when they change next.
    pub(super) fn follow_hours(&mut self) {
        let names = self.engine.definitions().queues.iter();
        let queues: Vec<QueueId> =
            names.filter_map(|queue| self.engine.queue_named(&queue.name)).collect();
        for queue in queues {
            let timer = Timer::Hours(queue);
            let set = self.timers.due_of(&timer);
            match self.timetable(queue).map(|timetable| timetable.next_change(self.now)) {
                // The plan is the one that was followed: what a supervisor opened stays open.
                Some(next) if set.is_some() && set == Some(next.unwrap_or(NEVER)) => {}
                None if set.is_none() => {}
                next => {
                    self.set_by_hours(queue, self.is_in_hours(queue, self.now));
                    let due = next.map(|next| next.unwrap_or(NEVER));
                    self.note(Side::Timer { timer, due });
                }
            }
        }
    }

    /// The hours of a queue change now, or changed at `due` while the server was down.
    pub(super) fn hours_change(&mut self, queue: QueueId, due: Timestamp) {
        let Some(timetable) = self.timetable(queue) else { return };
        let (open, next) = (timetable.is_open(due), timetable.next_change(due));
        let due = Some(next.unwrap_or(NEVER));
        self.set_by_hours(queue, open);
        self.note(Side::Timer { timer: Timer::Hours(queue), due });
    }

    /// An emergency close is over: the queue is as its hours say.
    pub(super) fn reopen(&mut self, queue: QueueId) {
        if self.engine.queue(queue).is_some() {
            self.set_by_hours(queue, self.is_in_hours(queue, self.now));
        }
    }

    /// A supervisor has closed it: hours do not open it, for that long or until somebody does.
    pub(super) fn hold_closed(&mut self, queue: QueueId, ms: Option<u64>) {
        let due = ms.map_or(NEVER, |ms| self.now.after(length(ms)));
        self.note(Side::Timer { timer: Timer::Reopen(queue), due: Some(due) });
    }

    /// A supervisor's close holds no more.
    pub(super) fn release_closed(&mut self, queue: QueueId) {
        let timer = Timer::Reopen(queue);
        if self.timers.is_set(&timer) {
            self.note(Side::Timer { timer, due: None });
        }
    }

    /// Whether its hours, if it has any, say that a queue is open.
    pub(super) fn is_in_hours(&self, queue: QueueId, at: Timestamp) -> bool {
        self.timetable(queue).is_none_or(|timetable| timetable.is_open(at))
    }

    /// The queue that takes a newcomer in: the one named, or the one that closed queues send to.
    ///
    /// A queue that only the engine has to refuse is given as it is.
    pub(super) fn entrance(&self, named: QueueId, channel: Channel) -> Result<QueueId, ErrorBody> {
        let mut queue = named;
        for _ in 0..=self.config.hours.len() {
            let is_open = self.engine.queue(queue).is_none_or(|record| record.open);
            if is_open && self.opens_to(queue, channel) {
                return Ok(queue);
            }
            let next = self.hours_of(queue).and_then(|hours| hours.closed_to.as_deref());
            let Some(next) = next.and_then(|name| self.engine.queue_named(name)) else { break };
            queue = next;
        }
        if self.opens_to(named, channel) {
            Ok(named)
        } else {
            Err(self.closed_until(named, channel))
        }
    }

    /// The refusal of a closed queue, with when it opens if that is known.
    pub(super) fn closed_until(&self, queue: QueueId, channel: Channel) -> ErrorBody {
        let error = refusal(Rejection::QueueClosed).field("queue");
        let held = self.timers.due_of(&Timer::Reopen(queue));
        let hours = self.hours_of(queue);
        let of_channel = hours.and_then(|hours| table_of(hours, channel));
        let table = of_channel.filter(|table| !table.is_open(self.now));
        let Some(table) = table.or_else(|| self.timetable(queue)) else { return error };
        let opens = table.next_change(self.now).filter(|_| !table.is_open(self.now));
        match (held, opens) {
            (Some(_), _) | (_, None) => error,
            (None, Some(opens)) => error.expected(format!("after {}", table.written(opens))),
        }
    }

    fn opens_to(&self, queue: QueueId, channel: Channel) -> bool {
        let table = self.hours_of(queue).and_then(|hours| table_of(hours, channel));
        table.is_none_or(|table| table.is_open(self.now))
    }

    fn hours_of(&self, queue: QueueId) -> Option<&QueueHours> {
        self.config.hours.get(&*self.names.queue(queue))
    }

    fn timetable(&self, queue: QueueId) -> Option<&Timetable> {
        self.hours_of(queue)?.of_queue.as_ref()
    }

    /// Opens or closes a queue as its hours say, unless a supervisor has closed it.
    fn set_by_hours(&mut self, queue: QueueId, open: bool) {
        let held = self.timers.due_of(&Timer::Reopen(queue)).is_some();
        let is_open = self.engine.queue(queue).is_none_or(|record| record.open);
        if held || is_open == open {
            return;
        }
        let name = self.names.queue(queue);
        tracing::info!(queue = %name, open, "a queue goes by its hours");
        let done = self.commit(self.to_be(queue, open));
        if let Err(rejection) = done {
            tracing::error!(queue = %name, ?rejection, "a queue could not go by its hours");
        }
    }

    /// What a queue's hours would have done now, once no supervisor holds it closed.
    pub(super) fn command_by_hours(&self, queue: QueueId) -> Option<Command> {
        let open = self.is_in_hours(queue, self.now);
        let is_open = self.engine.queue(queue)?.open;
        (is_open != open).then(|| self.to_be(queue, open))
    }

    /// The command that opens or closes a queue by its hours.
    fn to_be(&self, queue: QueueId, open: bool) -> Command {
        if open {
            Command::OpenQueue { queue }
        } else {
            Command::CloseQueue { queue, waiting: self.waiting_at_closing(queue) }
        }
    }

    /// What becomes of those who wait; they stay where the target is closed too.
    fn waiting_at_closing(&self, queue: QueueId) -> WaitingOnClose {
        let hours = self.hours_of(queue);
        match hours.map_or(AtClosing::Keep, |hours| hours.at_closing) {
            AtClosing::Keep => WaitingOnClose::Keep,
            AtClosing::End => WaitingOnClose::End,
            AtClosing::Move => {
                let target = hours.and_then(|hours| hours.closed_to.as_deref());
                let target = target.and_then(|name| self.engine.queue_named(name));
                target
                    .filter(|&target| {
                        target != queue && self.engine.queue(target).is_some_and(|q| q.open)
                    })
                    .map_or(WaitingOnClose::Keep, WaitingOnClose::Move)
            }
        }
    }
}

fn table_of(hours: &QueueHours, channel: Channel) -> Option<&Timetable> {
    hours.of_channels.iter().find(|(of, _)| *of == channel).map(|(_, table)| table)
}

/// A length that a supervisor gives an emergency close.
pub(super) fn checked_length(ms: Option<u64>) -> Result<Option<u64>, ErrorBody> {
    if let Some(ms) = ms {
        names::within("ms", ms, 1, acd_core::limits::DURATION_MAX.as_millis())?;
    }
    Ok(ms)
}

/// The queue has no hours to follow.
pub(super) fn no_hours(name: &str) -> ErrorBody {
    ErrorBody::new(Kind::WrongState, format!("{} has no hours to follow", names::short(name)))
        .field("queue")
}
