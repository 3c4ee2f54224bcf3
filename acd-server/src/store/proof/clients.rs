//! Telephone exchanges and a desktop: what they ask for, what they were answered, and what they
//! therefore know.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Draws;

/// A call as its exchange knows it.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    /// The exchange.
    pub(super) of: usize,
    /// What it was accepted as.
    pub(super) contact: Option<String>,
    pub(super) answered: bool,
    pub(super) ended: bool,
    /// By events: it is over, whoever ended it.
    pub(super) over: bool,
    /// By events: it has an agent.
    pub(super) connected: bool,
    pub(super) age_ms: u64,
    pub(super) pad: usize,
}

/// A request without a reply.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    New(String),
    Answer(String),
    End(String),
    /// Who has hung up, who never was, and who was acknowledged then.
    Reconcile {
        gone: Vec<String>,
        strange: Vec<String>,
        known: Vec<String>,
    },
    Hello,
    Other,
}

/// A client that comes back whenever its connection is cut.
#[derive(Debug, Default)]
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) is_desk: bool,
    pub(super) link: Option<u64>,
    pub(super) epoch: String,
    /// The last event it has taken.
    pub(super) seq: u64,
    pub(super) asked: BTreeMap<u64, Asked>,
    /// Calls whose fate it does not know: asked for again in the same words.
    pub(super) unsure: Vec<String>,
    /// Offers to answer: call and offer.
    pub(super) ringing: Vec<(String, String)>,
    pub(super) has_to_reconcile: bool,
    pub(super) has_to_sign_in: bool,
}

/// Refusals that say nothing against the server.
const FINE: [&str; 10] = [
    "overloaded",
    "offer_over",
    "contact_over",
    "unknown_contact",
    "unknown_offer",
    "wrong_state",
    "not_signed_in",
    "agent_not_free",
    "not_wrapping_up",
    "wrong_answerer",
];

/// Everybody's calls.
pub(super) type Calls = BTreeMap<String, Call>;

impl Client {
    /// The first words of a connection.
    pub(super) fn hello(&mut self) -> (Asked, &'static str, Value) {
        let role = if self.is_desk { "agent" } else { "frontend" };
        let mut params = json!({"role": role, "name": self.name});
        if !self.epoch.is_empty() {
            params["resume"] = json!({"epoch": self.epoch, "seq": self.seq});
        }
        (Asked::Hello, "hello", params)
    }

    /// The connection is gone, and with it what was on its way.
    pub(super) fn cut(&mut self) {
        self.link = None;
        for asked in std::mem::take(&mut self.asked).into_values() {
            if let Asked::New(ext) = asked {
                self.unsure.push(ext);
            }
        }
        self.ringing.clear();
        self.has_to_sign_in = true;
    }

    /// Takes an event.
    pub(super) fn event(&mut self, event: &Value, calls: &mut Calls) -> Result<(), String> {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let seq = event["seq"].as_u64().unwrap_or(0);
        let again = event["resent"] == true;
        if seq <= self.seq && !again {
            return Err(format!("{} had event {}, and hears {event}", self.name, self.seq));
        }
        self.seq = self.seq.max(seq);
        let (ext, offer) = (text("ext"), text("offer"));
        match event["type"].as_str().unwrap_or_default() {
            "contact.offered" => {
                if self.ringing.iter().any(|(_, known)| *known == offer) {
                    return Err(format!("{} hears twice of {event}", self.name));
                }
                let by_desk = event["answer_by"] == "desktop";
                if by_desk == self.is_desk {
                    self.ringing.push((ext, offer));
                }
            }
            "contact.offer_revoked" => self.ringing.retain(|(_, known)| *known != offer),
            "contact.connected" => {
                self.ringing.retain(|(_, known)| *known != offer);
                if let Some(call) = calls.get_mut(&ext) {
                    call.connected = true;
                }
            }
            "contact.ended" | "contact.abandoned" => {
                self.ringing.retain(|(known, _)| *known != ext);
                if let Some(call) = calls.get_mut(&ext) {
                    call.over = true;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes a reply: from now on it is acknowledged.
    pub(super) fn reply(&mut self, line: &Value, calls: &mut Calls) -> Result<(), String> {
        let Some(asked) = line["id"].as_u64().and_then(|id| self.asked.remove(&id)) else {
            // The second reply to a request that the network doubled.
            return Ok(());
        };
        if let Some(kind) = line["error"]["data"]["kind"].as_str() {
            if let Asked::New(ext) = asked {
                self.unsure.push(ext);
            }
            let fits = FINE.contains(&kind);
            return if fits { Ok(()) } else { Err(format!("{} was answered {line}", self.name)) };
        }
        let result = &line["result"];
        match asked {
            Asked::New(ext) => {
                let call = calls.get_mut(&ext).ok_or("a reply to what nobody asked")?;
                let contact = result["contact"].as_str().map(str::to_owned);
                if call.contact.is_some() && call.contact != contact {
                    return Err(format!("{ext} is {:?}, and now {line}", call.contact));
                }
                call.contact = contact;
            }
            Asked::Answer(ext) => {
                if let Some(call) = calls.get_mut(&ext) {
                    call.answered = true;
                }
            }
            Asked::End(ext) => {
                if let Some(call) = calls.get_mut(&ext) {
                    call.ended = true;
                }
            }
            Asked::Hello => return self.greeted(result),
            Asked::Reconcile { gone, strange, known } => {
                return self.reconciled(result, calls, [&gone, &strange, &known]);
            }
            Asked::Other => {}
        }
        Ok(())
    }

    fn greeted(&mut self, result: &Value) -> Result<(), String> {
        let epoch = result["epoch"].as_str().unwrap_or_default();
        if result["gap"] == true || (!self.epoch.is_empty() && epoch != self.epoch) {
            return Err(format!("{} cannot resume after {}: {result}", self.name, self.seq));
        }
        if self.epoch.is_empty() {
            self.seq = result["seq"].as_u64().unwrap_or(0);
            epoch.clone_into(&mut self.epoch);
        }
        Ok(())
    }

    /// Who was said to be there is kept or named unknown, who was not has ended.
    fn reconciled(
        &mut self,
        result: &Value,
        calls: &mut Calls,
        [gone, strange, known]: [&Vec<String>; 3],
    ) -> Result<(), String> {
        let names = |part: &str| -> Vec<String> {
            let rows = result[part].as_array().into_iter().flatten();
            rows.map(|row| row.as_str().or(row["ext"].as_str()).unwrap_or_default().into())
                .collect()
        };
        let (unknown, ended) = (names("unknown"), names("ended"));
        for ext in strange {
            if !unknown.contains(ext) {
                return Err(format!("{ext} never was a contact: {result}"));
            }
        }
        for ext in gone {
            if let Some(call) = calls.get_mut(ext).filter(|call| !call.over) {
                if !ended.contains(ext) {
                    return Err(format!("{ext} is not there any more, and goes on: {result}"));
                }
                call.ended = true;
            }
        }
        for ext in unknown {
            let Some(call) = calls.get_mut(&ext) else { continue };
            if known.contains(&ext) && !call.over {
                return Err(format!("{ext} is live, and unknown: {result}"));
            }
            // Lost on its way, and not sent again since: brought now, as old as it is.
            if call.contact.is_none() && !call.over && self.unsure.contains(&ext) {
                call.age_ms = 5_000;
            }
        }
        Ok(())
    }

    /// What it asks for next; none where nothing is to be done.
    pub(super) fn next(
        &mut self,
        index: usize,
        calls: &mut Calls,
        next_ext: &mut u64,
        draws: &mut Draws,
    ) -> (Asked, &'static str, Value) {
        if std::mem::take(&mut self.has_to_reconcile) {
            return self.reconcile(index, calls, draws);
        }
        if !self.ringing.is_empty() && !draws.one_in(4) {
            let at = draws.below(self.ringing.len() as u64) as usize;
            let (ext, offer) = self.ringing.remove(at);
            return self.answer(ext, &offer, draws);
        }
        if std::mem::take(&mut self.has_to_sign_in) || self.is_desk && draws.one_in(3) {
            return self.sign_in(draws);
        }
        if self.is_desk {
            return (Asked::Other, "agent.state", json!({"state": "ready"}));
        }
        if let Some(ext) = self.unsure.pop() {
            return bring(ext, calls);
        }
        let mine = |(ext, call): (&String, &Call)| {
            let live = call.of == index && call.contact.is_some() && !call.ended && !call.over;
            live.then(|| (ext.clone(), call.connected || call.answered))
        };
        let live: Vec<(String, bool)> = calls.iter().filter_map(mine).collect();
        if live.len() < 8 && !draws.one_in(3) || live.is_empty() {
            *next_ext += 1;
            let ext = format!("call-{next_ext}");
            let pad = [0, 2_000, 5_000, 7_900][draws.below(4) as usize];
            calls.insert(ext.clone(), Call { of: index, pad, ..Call::default() });
            return bring(ext, calls);
        }
        let (ext, answered) = draws.pick(&live).expect("there is one").clone();
        let contact = calls[&ext].contact.clone();
        match draws.below(6) {
            0 => self.sign_in(draws),
            1 => {
                let prio = draws.below(10);
                (Asked::Other, "contact.update", json!({"contact": contact, "prio": prio}))
            }
            2 if answered => (Asked::Other, "contact.hold", json!({"contact": contact})),
            2 => (Asked::End(ext), "contact.abandon", json!({"contact": contact})),
            3 if answered => (Asked::Other, "contact.requeue", json!({"contact": contact})),
            _ if answered => {
                let params = json!({"contact": contact, "by": "caller", "idem": format!("e{ext}")});
                (Asked::End(ext), "contact.end", params)
            }
            _ => self.sign_in(draws),
        }
    }

    fn sign_in(&mut self, draws: &mut Draws) -> (Asked, &'static str, Value) {
        let wants_login = draws.one_in(2);
        if self.is_desk {
            return if wants_login {
                (Asked::Other, "agent.login", json!({}))
            } else {
                (Asked::Other, "agent.state", json!({"state": "ready"}))
            };
        }
        let agent = if self.name == "pbx-1" { "a1" } else { "a2" };
        if wants_login {
            let params = json!({"agent": agent, "device": format!("SIP/{agent}")});
            return (Asked::Other, "agent.login", params);
        }
        (Asked::Other, "agent.state", json!({"agent": agent, "state": "ready"}))
    }

    fn answer(
        &mut self,
        ext: String,
        offer: &str,
        draws: &mut Draws,
    ) -> (Asked, &'static str, Value) {
        let refuses = draws.one_in(6);
        let params = json!({"offer": offer});
        match (self.is_desk, refuses) {
            (true, false) => (Asked::Answer(ext), "offer.accept", params),
            (true, true) => (Asked::Other, "offer.reject", params),
            (false, false) => (Asked::Answer(ext), "offer.answered", params),
            (false, true) => {
                (Asked::Other, "offer.failed", json!({"offer": offer, "cause": "busy"}))
            }
        }
    }

    /// Says which calls are there: most of those it knows, and one that is nobody's.
    fn reconcile(
        &self,
        index: usize,
        calls: &Calls,
        draws: &mut Draws,
    ) -> (Asked, &'static str, Value) {
        let (mut live, mut gone) = (Vec::new(), Vec::new());
        for (ext, call) in calls.iter().filter(|(_, call)| call.of == index && !call.over) {
            let state = if call.connected || call.answered { "connected" } else { "waiting" };
            if call.ended || call.contact.is_some() && draws.one_in(8) {
                gone.push(ext.clone());
            } else {
                live.push(json!({"ext": ext, "state": state}));
            }
        }
        gone.retain(|ext| !calls[ext].ended);
        let is_known = |(_, call): &(&String, &Call)| call.contact.is_some() && !call.ended;
        let mine = calls.iter().filter(|(_, call)| call.of == index && !call.over);
        let known = mine.filter(is_known).map(|(ext, _)| ext.clone()).collect();
        let strange = vec![format!("strange-{}", self.seq)];
        live.push(json!({"ext": strange[0], "state": "waiting"}));
        (Asked::Reconcile { gone, strange, known }, "reconcile", json!({"live": live}))
    }
}

/// Brings a call, in the same words each time.
fn bring(ext: String, calls: &Calls) -> (Asked, &'static str, Value) {
    let call = &calls[&ext];
    let queue = if ext.ends_with(['1', '3', '5']) { "water" } else { "roads" };
    let mut params = json!({"ext": ext, "channel": "voice", "queue": queue});
    params["idem"] = format!("{ext}-{}", call.age_ms).into();
    if call.age_ms > 0 {
        params["age_ms"] = call.age_ms.into();
    }
    if call.pad > 0 {
        params["attrs"] = json!({"note": "x".repeat(call.pad)});
    }
    (Asked::New(ext), "contact.new", params)
}
