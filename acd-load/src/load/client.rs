//! One front end of the load: what it has on its way, and what comes of it.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use acd_proto::bin1::{Message, Outcome};
use acd_proto::request::{
    AgentLogin, AgentState, AgentWrapDone, ContactEnd, ContactNew, Empty, OneContact, OneOffer,
};
use acd_proto::{EventBody, Request};

use super::mix::Kind;
use super::report::{Op, Ops};
use crate::LoadError;
use crate::talk::{Encoding, Talk};

/// A request on its way.
struct Asked {
    op: Op,
    planned: Instant,
    /// Of `contact.new`: whether it is given up once it is in.
    gives_up: bool,
}

/// A front end.
pub(super) struct Client {
    pub(super) talk: Talk,
    name: String,
    queues: Vec<String>,
    encoding: Encoding,
    talks_for: Duration,
    entered: u64,
    asked: VecDeque<Asked>,
    /// Ends of calls that are due later, in order: all talk equally long.
    ends: VecDeque<(Instant, String)>,
    /// When the contact that has this `ext` was planned to enter.
    newcomers: BTreeMap<String, Instant>,
    out: Vec<u8>,
}

impl Client {
    pub(super) fn new(
        talk: Talk,
        name: String,
        queues: Vec<String>,
        encoding: Encoding,
        talks_for: Duration,
    ) -> Self {
        Self {
            talk,
            name,
            queues,
            encoding,
            talks_for,
            entered: 0,
            asked: VecDeque::new(),
            ends: VecDeque::new(),
            newcomers: BTreeMap::new(),
            out: Vec::new(),
        }
    }

    /// Signs agents in, ready for calls at a device.
    pub(super) fn sign_in(
        &mut self,
        agents: impl Iterator<Item = String>,
    ) -> Result<(), LoadError> {
        let requests: Vec<Request> = agents
            .flat_map(|agent| {
                let device = Some(format!("PJSIP/{agent}"));
                let agent = Some(agent);
                let login = AgentLogin { agent: agent.clone(), device, ..AgentLogin::default() };
                let ready = AgentState { agent, state: "ready".into(), reason: None };
                [Request::AgentLogin(login), Request::AgentState(ready)]
            })
            .collect();
        self.talk.ask_all(&requests)
    }

    /// Begins something that was due then.
    pub(super) fn begin(&mut self, kind: Kind, planned: Instant) {
        if kind == Kind::Ping {
            return self.ask(Op::Ping, planned, &Request::Ping(Empty {}), false);
        }
        self.entered += 1;
        let ext = format!("{}.{}", self.name, self.entered);
        let queue = &self.queues[(self.entered % self.queues.len() as u64) as usize];
        let contact = ContactNew {
            ext: ext.clone(),
            channel: "voice".into(),
            queue: queue.clone(),
            ..ContactNew::default()
        };
        let gives_up = kind == Kind::Abandon;
        if !gives_up {
            self.newcomers.insert(ext, planned);
        }
        self.ask(Op::New, planned, &Request::ContactNew(contact), gives_up);
    }

    fn ask(&mut self, op: Op, planned: Instant, request: &Request, gives_up: bool) {
        let id = self.talk.next_id();
        self.encoding.write(&mut self.out, id, request);
        self.asked.push_back(Asked { op, planned, gives_up });
    }

    /// Reads what is there, does what is due, writes all of it at once.
    pub(super) fn turn(&mut self, ops: &mut Ops) -> Result<(), LoadError> {
        while self.talk.fill()? {
            while let Some(message) = self.talk.take()? {
                self.heard(message, ops);
            }
        }
        let now = Instant::now();
        while let Some((due, contact)) = self.ends.pop_front_if(|(due, _)| *due <= now) {
            let end = ContactEnd { contact, ..ContactEnd::default() };
            self.ask(Op::End, due, &Request::ContactEnd(end), false);
        }
        if !self.out.is_empty() || self.talk.has_unsent() {
            let out = std::mem::take(&mut self.out);
            self.talk.send_some(&out)?;
            self.out = out;
            self.out.clear();
        }
        Ok(())
    }

    fn heard(&mut self, message: Message, ops: &mut Ops) {
        let now = Instant::now();
        match message {
            Message::Reply { result, .. } => {
                let Some(asked) = self.asked.pop_front() else { return };
                ops.answered(asked.op, now.duration_since(asked.planned), result.as_ref().err());
                if let Some(contact) = result.ok().filter(|_| asked.gives_up).and_then(entered) {
                    let request = Request::ContactAbandon(OneContact { contact });
                    self.ask(Op::Abandon, now, &request, false);
                }
            }
            Message::Event(event) => match event.body {
                EventBody::Offered { of, offer, .. } => {
                    if let Some(planned) = self.newcomers.remove(&*of.ext) {
                        ops.offered(now.duration_since(planned));
                        let offer = offer.as_ref().into();
                        let request = Request::OfferAnswered(OneOffer { offer });
                        self.ask(Op::Answered, now, &request, false);
                    }
                }
                EventBody::Connected { of, .. } => {
                    self.ends.push_back((now + self.talks_for, of.contact.as_ref().into()));
                }
                EventBody::WrapUp { of, agent, .. } => {
                    let contact = of.contact.as_ref().into();
                    let agent = Some(agent.as_ref().into());
                    let done = AgentWrapDone { agent, contact, disposition: None };
                    self.ask(Op::WrapDone, now, &Request::AgentWrapDone(done), false);
                }
                EventBody::Ended { of, .. } => drop(self.newcomers.remove(&*of.ext)),
                _ => {}
            },
            Message::Notice { .. } => {}
        }
    }

    /// When the next of its own words is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.ends.front().map(|(due, _)| *due)
    }

    /// Requests not answered, and calls not ended.
    pub(super) fn on_their_way(&self) -> usize {
        self.asked.len() + self.ends.len()
    }
}

/// The contact of a reply to `contact.new`.
fn entered(outcome: Outcome) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Entered {
        contact: String,
    }
    match outcome {
        Outcome::Contact(result) => Some(result.contact.as_str().into()),
        Outcome::Json(raw) => serde_json::from_str::<Entered>(raw.get()).ok().map(|it| it.contact),
        _ => None,
    }
}
