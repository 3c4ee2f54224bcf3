//! The thread that counts: it folds the events that the core hands over, and answers what was
//! counted. The core never waits for its answers.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use acd_proto::{Event, bin1};
use acd_stats::{Ask, Brief, Goal, Statistics};
use rtrb::{Consumer, Producer, PushError, RingBuffer};
use tokio::sync::oneshot;

use crate::limits::{COUNTS_ASKED_MAX, EVENTS_UNCOUNTED_MAX};

/// How long the thread gathers events before it counts them: a wake a turn would cost the core
/// more than the counting.
const GATHER: Duration = Duration::from_millis(20);

/// What the core hands over, in the order in which it happened.
#[derive(Debug)]
pub enum Told {
    /// Something happened.
    Event(Event),
    /// Queues have these goals, and agents sit there.
    Configured(Vec<Goal>, Vec<(Arc<str>, Arc<str>)>),
}

impl Told {
    /// Counts it.
    pub fn count(self, statistics: &mut Statistics) {
        match self {
            Self::Event(event) => statistics.fold(&event),
            Self::Configured(goals, sites) => {
                statistics.configure(&goals);
                statistics.sit(sites);
            }
        }
    }
}

/// As it is handed over.
#[derive(Debug)]
pub(super) enum Handed {
    /// Anything.
    Told(Told),
    /// Events as their binary frames, one after another: they are read where they are counted.
    Frames(Box<[u8]>),
}

impl Handed {
    fn count(self, statistics: &mut Statistics) {
        match self {
            Self::Told(told) => told.count(statistics),
            Self::Frames(frames) => count_all(&frames, statistics),
        }
    }
}

/// Counts the events of these frames, which are this server's own.
pub(super) fn count_all(of: &[u8], statistics: &mut Statistics) {
    for frame in frames(of) {
        match bin1::read_event(frame) {
            Some(event) => statistics.fold(&event),
            None => event_of(frame).iter().for_each(|event| statistics.fold(event)),
        }
    }
}

/// The events of these frames, which are this server's own.
pub(super) fn events(of: &[u8]) -> impl Iterator<Item = Event> {
    frames(of).filter_map(event_of)
}

fn frames(mut of: &[u8]) -> impl Iterator<Item = bin1::Frame<'_>> {
    std::iter::from_fn(move || {
        let (frame, length) = bin1::split(of, usize::MAX).ok()??;
        of = &of[length..];
        Some(frame)
    })
}

fn event_of(frame: bin1::Frame<'_>) -> Option<Event> {
    let Ok(bin1::Message::Event(event)) = bin1::read(frame) else { return None };
    Some(*event)
}

/// A question, with where its answer goes. It is answered once all is counted that was handed
/// over before.
#[derive(Debug)]
pub(crate) enum Question {
    /// What a snapshot needs.
    Brief(u64, oneshot::Sender<Arc<Brief>>),
    /// Rows, as the JSON of a result.
    Rows { ask: Ask, epoch: Arc<str>, now_us: u64, to: oneshot::Sender<String> },
}

/// The core's end.
#[derive(Debug)]
pub(crate) struct Counter {
    events: Producer<Handed>,
    questions: SyncSender<Question>,
    shared: Arc<Shared>,
    thread: Thread,
    handle: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The thread sleeps until it is woken: nothing was there.
    asleep: AtomicBool,
    stops: AtomicBool,
}

impl Counter {
    /// Counts on with what was counted so far.
    pub(crate) fn start(statistics: Statistics) -> io::Result<Self> {
        let (events, handed) = RingBuffer::new(EVENTS_UNCOUNTED_MAX);
        let (questions, asked) = sync_channel(COUNTS_ASKED_MAX);
        let shared = Arc::<Shared>::default();
        let mut work = Work { statistics, handed, asked, shared: Arc::clone(&shared) };
        let thread = std::thread::Builder::new().name("acd-statistics".into());
        let handle = thread.spawn(move || work.run())?;
        let thread = handle.thread().clone();
        Ok(Self { events, questions, shared, thread, handle: Some(handle) })
    }

    /// Hands something over. Where the thread is as far behind as may be, waits for it.
    pub(super) fn push(&mut self, told: Handed) {
        let mut told = told;
        while let Err(PushError::Full(back)) = self.events.push(told) {
            if self.events.is_abandoned() {
                return;
            }
            told = back;
            self.thread.unpark();
            std::thread::yield_now();
        }
        if self.shared.asleep.swap(false, Ordering::SeqCst) {
            self.thread.unpark();
        }
    }

    /// Asks; gives the question back where too many wait, or the thread is gone.
    pub(crate) fn ask(&self, question: Question) -> bool {
        let asked = self.questions.try_send(question).is_ok();
        self.shared.asleep.store(false, Ordering::SeqCst);
        self.thread.unpark();
        asked
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.shared.stops.store(true, Ordering::SeqCst);
        self.thread.unpark();
        if let Some(handle) = self.handle.take()
            && handle.join().is_err()
        {
            tracing::error!("the thread that counts has failed");
        }
    }
}

/// The thread's end.
struct Work {
    statistics: Statistics,
    handed: Consumer<Handed>,
    asked: Receiver<Question>,
    shared: Arc<Shared>,
}

impl Work {
    fn run(&mut self) {
        while !self.shared.stops.load(Ordering::SeqCst) {
            // A question is taken before what was handed over is counted: all that came before
            // the question is there by then.
            let question = self.asked.try_recv().ok();
            let counted = self.count();
            match question {
                Some(question) => self.answer(question),
                None if counted => std::thread::park_timeout(GATHER),
                None => self.sleep(),
            }
        }
    }

    /// Counts what is there; says whether there was anything.
    fn count(&mut self) -> bool {
        let mut counted = false;
        while let Ok(told) = self.handed.pop() {
            told.count(&mut self.statistics);
            counted = true;
        }
        counted
    }

    /// Sleeps until somebody wakes it, unless something has come meanwhile.
    fn sleep(&mut self) {
        self.shared.asleep.store(true, Ordering::SeqCst);
        if self.handed.is_empty() && !self.shared.stops.load(Ordering::SeqCst) {
            match self.asked.try_recv() {
                Ok(question) => {
                    self.count();
                    self.answer(question);
                }
                Err(_) if self.shared.asleep.load(Ordering::SeqCst) => std::thread::park(),
                Err(_) => {}
            }
        }
        self.shared.asleep.store(false, Ordering::SeqCst);
    }

    /// Answers; who asked may be gone.
    fn answer(&mut self, question: Question) {
        match question {
            Question::Brief(now_us, to) => {
                let _ = to.send(Arc::new(self.statistics.brief(now_us)));
            }
            Question::Rows { ask, epoch, now_us, to } => {
                let mut rows = self.statistics.told(ask, now_us);
                rows.epoch = epoch.as_ref().into();
                let text = serde_json::to_string(&rows).expect("rows have text keys");
                let _ = to.send(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use acd_proto::{ContactRef, EventBody};

    fn queued(seq: u64) -> Told {
        let of = ContactRef {
            contact: format!("c-{seq:x}").into(),
            ext: "1".into(),
            queue: "roads".into(),
        };
        let body = EventBody::Queued {
            of,
            channel: "voice".into(),
            prio: 5,
            frontend: "pbx".into(),
            pos: None,
            previous: None,
            reference: None,
        };
        Told::Event(Event { seq, ts: 1_000_000 + seq, body })
    }

    #[test]
    fn a_question_is_answered_with_all_that_was_handed_over_before() {
        let mut counter = Counter::start(Statistics::new("UTC")).expect("a thread");
        let mut seq = 0;
        // More than the ring holds: the core waits, and nothing is lost.
        for events in [0, 1, 1_000, EVENTS_UNCOUNTED_MAX as u64 + 1_000] {
            for _ in 0..events {
                seq += 1;
                counter.push(Handed::Told(queued(seq)));
            }
            let (to, told) = oneshot::channel();
            assert!(counter.ask(Question::Brief(2_000_000 + seq, to)));
            let brief = told.blocking_recv().expect("an answer");
            let entered = brief.queues.get("roads").map_or(0, |queue| queue.today.entered);
            assert_eq!(entered, seq);
        }
    }
}
