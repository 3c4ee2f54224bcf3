//! One inquiry: where it stands, and what its resident is told, in a bounded list.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::limits::Bucket;

/// Things told that are kept for a stream that comes back.
const TOLD_MAX: usize = 200;
/// Their bytes.
const TOLD_BYTES_MAX: usize = 64 * 1024;
/// Messages a minute of one resident.
const MESSAGES_PER_MINUTE: u32 = 30;
/// Ids of a resident's messages that are remembered, so that none is passed on twice.
const SAID_MAX: usize = 64;
/// Questions a minute about one inquiry: where it stands, tickets, streams.
const QUESTIONS_PER_MINUTE: u32 = 120;

/// Where an inquiry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Connected,
    Over,
}

/// A resident's inquiry.
#[derive(Debug)]
pub(super) struct Inquiry {
    pub(super) id: Arc<str>,
    pub(super) secret: Arc<str>,
    /// Whether it waits without anybody there: a letter, a form.
    lasting: bool,
    inside: Mutex<Inside>,
    newest: watch::Sender<u64>,
    streams: AtomicUsize,
}

#[derive(Debug)]
struct Inside {
    contact: Option<Arc<str>>,
    state: State,
    place: Option<(Option<u32>, Option<u64>)>,
    /// The earlier request that it is about.
    reference: Option<Arc<str>>,
    /// What was last told of that request.
    request: Option<Value>,
    told: VecDeque<(u64, Arc<str>)>,
    bytes: usize,
    /// The newest of what is no longer kept.
    lost: u64,
    /// Whether the newest told is only that the agent writes.
    typing: bool,
    /// City's time of the newest message of the agent's, µs.
    heard: u64,
    /// Since when nobody reads, or it is over.
    since: Instant,
    /// Ids of the resident's newest messages.
    said: VecDeque<String>,
    messages: Bucket,
    questions: Bucket,
}

/// A stream that reads an inquiry; counted until dropped.
#[derive(Debug)]
pub(super) struct Reader(Arc<Inquiry>);

impl Inquiry {
    pub(super) fn new(id: Arc<str>, secret: Arc<str>, lasting: bool) -> Self {
        let now = Instant::now();
        let inside = Inside {
            contact: None,
            state: State::Waiting,
            place: None,
            reference: None,
            request: None,
            told: VecDeque::new(),
            bytes: 0,
            lost: 0,
            typing: false,
            heard: 0,
            since: now,
            said: VecDeque::new(),
            messages: Bucket::full(MESSAGES_PER_MINUTE, now),
            questions: Bucket::full(QUESTIONS_PER_MINUTE, now),
        };
        let (inside, newest) = (Mutex::new(inside), watch::channel(0).0);
        Self { id, secret, lasting, inside, newest, streams: AtomicUsize::new(0) }
    }

    /// The contact it is now; a transfer makes another.
    pub(super) fn contact(&self) -> Option<Arc<str>> {
        self.inside.lock().contact.clone()
    }

    pub(super) fn set_contact(&self, contact: &str) {
        self.inside.lock().contact = Some(contact.into());
    }

    pub(super) fn state(&self) -> State {
        self.inside.lock().state
    }

    /// Whether the resident may say something more now, and if not, when.
    pub(super) fn may_speak(&self) -> Result<(), Duration> {
        self.inside.lock().messages.take(MESSAGES_PER_MINUTE, Instant::now())
    }

    /// Whether the resident has not said that yet, by the id that the page gave it. From now on it
    /// has, until it is [unsaid](Self::unsays).
    pub(super) fn says(&self, id: &str) -> bool {
        let said = &mut self.inside.lock().said;
        if said.iter().any(|known| known == id) {
            return false;
        }
        if said.len() >= SAID_MAX {
            said.pop_front();
        }
        said.push_back(id.to_owned());
        true
    }

    /// What was said was not passed on: it may be said again.
    pub(super) fn unsays(&self, id: &str) {
        self.inside.lock().said.retain(|known| known != id);
    }

    /// Whether something more may be asked about it now, and if not, when.
    pub(super) fn may_ask(&self) -> Result<(), Duration> {
        self.inside.lock().questions.take(QUESTIONS_PER_MINUTE, Instant::now())
    }

    /// Its place has changed, or has not.
    pub(super) fn stands_at(&self, position: Option<u32>, wait_ms: Option<u64>) {
        let mut inside = self.inside.lock();
        if inside.state != State::Waiting || inside.place == Some((position, wait_ms)) {
            return;
        }
        inside.place = Some((position, wait_ms));
        self.tell(&mut inside, place(position, wait_ms));
    }

    /// It is about that earlier request.
    pub(super) fn refers_to(&self, reference: &Arc<str>) {
        self.inside.lock().reference = Some(Arc::clone(reference));
    }

    /// That request stands so: told where it is news.
    pub(super) fn request_stands(&self, mut told: Value) {
        let mut inside = self.inside.lock();
        if let Some(reference) = &inside.reference {
            told["reference"] = (&**reference).into();
        }
        if inside.state != State::Over && inside.request.as_ref() != Some(&told) {
            inside.request = Some(told.clone());
            told["type"] = "request".into();
            self.tell(&mut inside, told);
        }
    }

    /// It goes on to another state; what is told of it.
    pub(super) fn becomes(&self, state: State, told: Value) {
        let mut inside = self.inside.lock();
        if inside.state == State::Over {
            return;
        }
        inside.state = state;
        inside.place = None;
        inside.since = Instant::now();
        self.tell(&mut inside, told);
    }

    /// The agent said something at that time, or is said to have: once each.
    pub(super) fn agent_said(&self, ts: u64, told: Value) {
        let mut inside = self.inside.lock();
        if ts > inside.heard {
            inside.heard = ts;
            self.tell(&mut inside, told);
        }
    }

    /// The agent writes. Only the newest of these is kept, and only until something is said: they
    /// must not push out what was said.
    pub(super) fn agent_writes(&self) {
        let mut inside = self.inside.lock();
        if inside.state == State::Connected {
            self.tell(&mut inside, json!({"type": "typing"}));
            inside.typing = true;
        }
    }

    /// Tells the resident.
    pub(super) fn say(&self, told: Value) {
        self.tell(&mut self.inside.lock(), told);
    }

    fn tell(&self, inside: &mut Inside, mut told: Value) {
        let id = *self.newest.borrow() + 1;
        told["id"] = id.into();
        let text: Arc<str> = told.to_string().into();
        if std::mem::take(&mut inside.typing)
            && let Some((_, old)) = inside.told.pop_back()
        {
            inside.bytes -= old.len();
        }
        inside.bytes += text.len();
        inside.told.push_back((id, text));
        while inside.told.len() > TOLD_MAX || inside.bytes > TOLD_BYTES_MAX {
            let Some((id, old)) = inside.told.pop_front() else { break };
            inside.bytes -= old.len();
            inside.lost = id;
        }
        self.newest.send_replace(id);
    }

    /// What was told after that, and whether something of it is no longer there.
    pub(super) fn after(&self, last: u64) -> (Vec<(u64, Arc<str>)>, bool) {
        let inside = self.inside.lock();
        let gap = last < inside.lost;
        let after = inside.told.iter().filter(|(id, _)| *id > last).cloned().collect();
        (after, gap)
    }

    /// Wakes whoever waits for what is told.
    pub(super) fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// What a `GET` shows.
    pub(super) fn shown(&self) -> Value {
        let inside = self.inside.lock();
        let state = match inside.state {
            State::Waiting => "waiting",
            State::Connected => "connected",
            State::Over => "over",
        };
        let (position, wait_ms) = inside.place.unwrap_or((None, None));
        json!({"inquiry": &*self.id, "state": state, "position": position,
            "expected_wait_ms": wait_ms, "request": inside.request,
            "last_event": *self.newest.borrow()})
    }

    /// Whether it has been over for so long.
    pub(super) fn is_over_for(&self, length: Duration) -> bool {
        let inside = self.inside.lock();
        inside.state == State::Over && inside.since.elapsed() >= length
    }

    /// Whether it goes on and nobody has read it for so long.
    pub(super) fn is_absent_for(&self, length: Duration) -> bool {
        let inside = self.inside.lock();
        !self.lasting
            && inside.state != State::Over
            && self.streams.load(Ordering::Relaxed) == 0
            && inside.since.elapsed() >= length
    }
}

impl Reader {
    /// Counts a stream, of which there may be four.
    pub(super) fn new(inquiry: &Arc<Inquiry>) -> Option<Self> {
        let before = inquiry.streams.fetch_add(1, Ordering::Relaxed);
        let reader = Self(Arc::clone(inquiry));
        (before < 4).then_some(reader)
    }

    pub(super) fn inquiry(&self) -> &Arc<Inquiry> {
        &self.0
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.inside.lock().since = Instant::now();
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

fn place(position: Option<u32>, wait_ms: Option<u64>) -> Value {
    json!({"type": "place", "position": position, "expected_wait_ms": wait_ms})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inquiry() -> Inquiry {
        Inquiry::new("i".into(), "s".into(), false)
    }

    #[test]
    fn a_letter_waits_without_anybody_there() {
        let letter = Inquiry::new("i".into(), "s".into(), true);
        assert!(!letter.is_absent_for(Duration::ZERO));
        assert!(inquiry().is_absent_for(Duration::ZERO));
    }

    #[test]
    fn what_is_said_again_is_known_until_it_is_unsaid() {
        let inquiry = inquiry();
        assert!(inquiry.says("1") && !inquiry.says("1"));
        inquiry.unsays("1");
        assert!(inquiry.says("1"));
        assert!((2..=65).all(|n| inquiry.says(&n.to_string())));
        assert!(inquiry.says("1"), "of so many only the newest are known");
    }

    #[test]
    fn that_the_agent_writes_pushes_nothing_out() {
        let inquiry = inquiry();
        inquiry.becomes(State::Connected, json!({"type": "agent_joined"}));
        for _ in 0..1_000 {
            inquiry.agent_writes();
        }
        let (told, gap) = inquiry.after(1);
        assert_eq!((told.len(), told[0].0, gap), (1, 1_001, false), "the newest one only");
        inquiry.agent_said(5, json!({"text": "a"}));
        let (told, gap) = inquiry.after(0);
        let ids: Vec<u64> = told.iter().map(|(id, _)| *id).collect();
        assert_eq!((ids, gap), (vec![1, 1_002], false));
    }

    #[test]
    fn how_a_request_stands_is_told_when_it_changes() {
        let inquiry = inquiry();
        inquiry.refers_to(&"SR-77".into());
        for status in ["unreachable", "open", "open"] {
            inquiry.request_stands(json!({"status": status}));
        }
        let told: Vec<_> = inquiry.after(0).0.iter().map(|(_, text)| text.to_string()).collect();
        let open = r#"{"id":2,"reference":"SR-77","status":"open","type":"request"}"#;
        assert_eq!((told.len(), told[1].as_str()), (2, open));
        assert_eq!(inquiry.shown()["request"], json!({"reference": "SR-77", "status": "open"}));
    }

    #[test]
    fn what_was_missed_is_told_once_and_what_is_lost_is_a_gap() {
        let inquiry = inquiry();
        for n in 0..250 {
            inquiry.say(json!({"n": n}));
        }
        let (told, gap) = inquiry.after(240);
        assert_eq!((told.len(), told[0].0, gap), (10, 241, false));
        let (told, gap) = inquiry.after(10);
        assert_eq!((told.len(), told[0].0, gap), (TOLD_MAX, 51, true));
    }

    #[test]
    fn long_texts_are_bounded_by_their_bytes() {
        let inquiry = inquiry();
        for _ in 0..50 {
            inquiry.say(json!({"text": "x".repeat(4_000)}));
        }
        let (told, _) = inquiry.after(0);
        assert!(told.len() < 17, "{}", told.len());
    }

    #[test]
    fn a_message_that_comes_again_is_told_once_and_nothing_after_the_end() {
        let inquiry = inquiry();
        inquiry.agent_said(5, json!({"text": "a"}));
        inquiry.agent_said(5, json!({"text": "a"}));
        inquiry.becomes(State::Over, json!({"type": "ended"}));
        inquiry.becomes(State::Waiting, json!({"type": "waiting"}));
        inquiry.stands_at(Some(1), None);
        assert_eq!(inquiry.after(0).0.len(), 2);
    }
}
