//! What an act would do, said before it is done: from where to where, who is touched, and what the
//! server would refuse.

use acd_proto::snapshot::{AgentRow, ContactRow, QueueRow, Snapshot};

use super::{Act, FieldName, Form, Says};
use crate::format::{duration, duration_or_dash};
use crate::judge::Severity;
use crate::model::Model;
use crate::safe;
use crate::words::agent_name;

/// One consequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consequence {
    /// How much it hurts.
    pub severity: Severity,
    /// Safe to draw.
    pub text: String,
}

/// What is known of what is acted on.
struct Facts<'a> {
    form: &'a Form,
    snapshot: &'a Snapshot,
    contact: Option<&'a ContactRow>,
    agent: Option<&'a AgentRow>,
    queue: Option<&'a QueueRow>,
    /// The contact's age by now.
    wait_ms: u64,
}

/// What would happen: as the server says, once it is asked; else by what is known here.
pub fn preview(form: &Form, model: &Model) -> Vec<Consequence> {
    let snapshot = model.live.snapshot.as_ref();
    match &form.says {
        Says::Told(told) => return super::told::lines(told, snapshot),
        Says::Refused(why) => {
            let text = format!("the server would refuse: {}", safe::text(why));
            return vec![Consequence { severity: Severity::Critical, text }];
        }
        Says::Unasked | Says::Asked => {}
    }
    let picture = &model.live;
    let Some(snapshot) = &picture.snapshot else { return Vec::new() };
    let contacts = snapshot.contacts.as_deref().unwrap_or_default();
    let contact = contacts.iter().find(|row| Some(&row.contact) == form.about.contact.as_ref());
    let agents = snapshot.agents.as_deref().unwrap_or_default();
    let agent = agents.iter().find(|row| Some(&row.agent) == form.about.agent.as_ref());
    let wait_ms = contact.map_or(0, |row| row.wait_ms + picture.since_snapshot_ms(model.real));
    let mut facts = Facts { form, snapshot, contact, agent, queue: None, wait_ms };
    facts.queue = form.about.queue.as_deref().and_then(|queue| facts.queue_row(queue));
    let mut lines = Vec::new();
    match form.act {
        Act::ForceState => facts.force_state(&mut lines),
        Act::SkillFor => facts.skill_for(&mut lines),
        Act::Listen => facts.listen(&mut lines),
        Act::Prioritise => facts.prioritise(&mut lines),
        Act::Move => facts.moved(&mut lines),
        Act::OfferTo => facts.offer_to(&mut lines),
        Act::Callback => facts.callback(&mut lines),
        Act::Withdraw => facts.withdraw(&mut lines),
        Act::OpenQueue => facts.open_queue(&mut lines),
        Act::CloseQueue => facts.close_queue(&mut lines),
        Act::FollowHours => say(&mut lines, "open or closed as its hours say, from now on"),
        Act::Broadcast => facts.broadcast(&mut lines),
    }
    lines
}

fn add(lines: &mut Vec<Consequence>, severity: Severity, text: impl Into<String>) {
    lines.push(Consequence { severity, text: text.into() });
}

fn say(lines: &mut Vec<Consequence>, text: impl Into<String>) {
    add(lines, Severity::Calm, text);
}

fn warn(lines: &mut Vec<Consequence>, text: impl Into<String>) {
    add(lines, Severity::Warn, text);
}

impl<'a> Facts<'a> {
    fn queue_row(&self, name: &str) -> Option<&'a QueueRow> {
        self.snapshot.queues.as_deref()?.iter().find(|row| row.queue == name)
    }

    fn agent_row(&self, id: &str) -> Option<&'a AgentRow> {
        self.snapshot.agents.as_deref()?.iter().find(|row| row.agent == id)
    }

    fn force_state(&self, lines: &mut Vec<Consequence>) {
        let Some(agent) = self.agent else { return };
        let to = self.form.picked(FieldName::State).unwrap_or_default();
        let said = |state: &str| safe::text(&state.replace('_', " "));
        say(lines, format!("{} -> {}", said(&agent.state), said(&to)));
        let held = |states: &[&str]| {
            agent.held.iter().filter(|held| states.contains(&held.state.as_str())).count()
        };
        let (offers, busy) = (held(&["offered"]), held(&["connected", "parked", "wrap_up"]));
        if to == "ready" {
            if let Some(pending) = &agent.pending {
                say(lines, format!("cancels: {} after this contact", said(pending)));
            }
            say(lines, "may be offered the next contact at once");
            if agent.state == "signed_out" {
                warn(lines, "signed out: the server will refuse");
            }
            return;
        }
        if offers > 0 {
            warn(lines, "its live offer counts as refused: that contact goes to another agent");
        }
        match busy {
            0 => say(lines, "at once: it holds no contact"),
            1 => warn(lines, "pending: takes effect when the contact it holds leaves"),
            n => warn(lines, format!("pending: takes effect when the {n} contacts it holds leave")),
        }
        if to == "signed_out" && agent.state == "signed_out" {
            warn(lines, "signed out already: the server will refuse");
        }
    }

    fn skill_for(&self, lines: &mut Vec<Consequence>) {
        let Some(agent) = self.agent else { return };
        let typed = self.form.typed(FieldName::Skills).unwrap_or_default();
        let minutes = self.form.typed(FieldName::Minutes).unwrap_or_default();
        if let Ok(set) = super::form::levels(&typed) {
            for (skill, level) in set {
                let had = agent.skills.get(&skill).map_or("none".into(), ToString::to_string);
                let (skill, minutes) = (safe::text(&skill), safe::text(&minutes));
                say(lines, format!("{skill}: {had} -> {level} for {minutes} min, then back"));
            }
        }
        let has: Vec<_> =
            agent.skills.iter().map(|(skill, n)| format!("{}{n}", safe::text(skill))).collect();
        say(
            lines,
            format!("has now: {}", if has.is_empty() { "none".into() } else { has.join(" ") }),
        );
        say(lines, "what it is offered or holds stays with it");
    }

    fn listen(&self, lines: &mut Vec<Consequence>) {
        let Some(agent) = self.agent else { return };
        let on_call = |channel: &str| ["voice", "callback", "kiosk"].contains(&channel);
        let call =
            agent.held.iter().find(|held| held.state == "connected" && on_call(&held.channel));
        match call {
            Some(held) => {
                let contacts = self.snapshot.contacts.as_deref().unwrap_or_default();
                let row = contacts.iter().find(|row| row.contact == held.contact);
                let front_end = row.map_or("its front end".into(), |row| safe::text(&row.frontend));
                let call = safe::text(&held.contact);
                say(lines, format!("{front_end} is asked to join you to {call}"));
            }
            None => warn(lines, "it holds no call: the server will refuse"),
        }
    }

    fn prioritise(&self, lines: &mut Vec<Consequence>) {
        let Some(contact) = self.contact else { return self.gone(lines) };
        let Some(prio) = self.form.typed(FieldName::Prio).and_then(|p| p.parse::<u8>().ok()) else {
            return say(lines, format!("priority now: {}", contact.prio));
        };
        say(lines, format!("priority {} -> {prio}; its age stays", contact.prio));
        let rivals = self.snapshot.contacts.as_deref().unwrap_or_default();
        let rivals = rivals.iter().filter(|row| {
            row.queue == contact.queue && row.state == "queued" && row.contact != contact.contact
        });
        let (mut passed, mut passing, mut all) = (0, 0, 0);
        for rival in rivals {
            all += 1;
            let ahead = |prio: u8| (rival.prio, rival.wait_ms) > (prio, contact.wait_ms);
            passed += u32::from(ahead(contact.prio) && !ahead(prio));
            passing += u32::from(!ahead(contact.prio) && ahead(prio));
        }
        let queue = safe::text(&contact.queue);
        if passed > 0 {
            say(lines, format!("goes ahead of about {passed} of {all} others waiting in {queue}"));
        }
        if passing > 0 {
            warn(lines, format!("about {passing} of {all} others in {queue} go ahead of it"));
        }
    }

    fn moved(&self, lines: &mut Vec<Consequence>) {
        let Some(contact) = self.contact else { return self.gone(lines) };
        let state = |queue: &str| {
            self.queue_row(queue).map_or_else(String::new, |row| {
                format!(
                    "{} waiting, {} ready, expected wait {}",
                    row.waiting,
                    row.ready,
                    duration_or_dash(row.ewt_ms)
                )
            })
        };
        let to = self.form.picked(FieldName::To).unwrap_or_default();
        say(lines, format!("from {}: {}", safe::text(&contact.queue), state(&contact.queue)));
        say(lines, format!("to   {}: {}", safe::text(&to), state(&to)));
        say(lines, format!("keeps its age of {}", duration(self.wait_ms)));
        if contact.state == "offered" {
            warn(lines, "its live offer is taken back");
        }
        if self.queue_row(&to).is_some_and(|row| !row.open) {
            warn(lines, "that queue is closed: the server will refuse");
        }
        self.only_waiting(lines);
    }

    fn offer_to(&self, lines: &mut Vec<Consequence>) {
        if self.contact.is_none() {
            return self.gone(lines);
        }
        let id = self.form.picked(FieldName::Agent).unwrap_or_default();
        let Some(agent) = self.agent_row(&id) else { return };
        let name = agent_name(&id, Some(self.snapshot));
        say(lines, format!("rings {name} now, whatever its skills and whoever waits before"));
        if agent.state != "ready" || !agent.held.is_empty() {
            let state = safe::text(&agent.state.replace('_', " "));
            warn(lines, format!("it is {state}: the server may refuse"));
        }
        self.only_waiting(lines);
    }

    fn callback(&self, lines: &mut Vec<Consequence>) {
        if self.contact.is_none() {
            return self.gone(lines);
        }
        say(lines, "keeps its place and its age; an agent calls when its turn comes");
        warn(lines, "the front end lets the caller go now");
        if self.form.typed(FieldName::Number).is_none() {
            warn(lines, "no number is known: the server will refuse");
        }
        self.only_waiting(lines);
    }

    fn withdraw(&self, lines: &mut Vec<Consequence>) {
        let Some(contact) = self.contact else { return self.gone(lines) };
        let state = safe::text(&contact.state);
        let age = duration(self.wait_ms);
        add(lines, Severity::Critical, format!("ends it for good: {state}, {age} old"));
        if let Some(agent) = &contact.agent {
            let name = agent_name(agent, Some(self.snapshot));
            warn(lines, format!("it is taken from {name}"));
        } else {
            say(lines, "counts as flow-out, neither answered nor abandoned");
        }
    }

    fn open_queue(&self, lines: &mut Vec<Consequence>) {
        if self.queue.is_some_and(|row| row.open) {
            say(lines, "it is open already");
        } else {
            say(lines, "closed -> open, until its hours change next");
        }
    }

    fn close_queue(&self, lines: &mut Vec<Consequence>) {
        let Some(queue) = self.queue else { return };
        let n = queue.waiting;
        say(lines, "takes no new contacts, moves or transfers; those with agents stay");
        match self.form.picked(FieldName::Waiting).as_deref() {
            Some("end") => add(lines, Severity::Critical, format!("{n} who wait are sent home")),
            Some("move") => {
                let to = self.form.picked(FieldName::To).unwrap_or_default();
                warn(lines, format!("{n} who wait go to {} with their age", safe::text(&to)));
                if self.queue_row(&to).is_some_and(|row| !row.open) {
                    warn(lines, "that queue is closed: the server will refuse");
                }
            }
            _ => say(lines, format!("{n} who wait are still served")),
        }
        match self.form.typed(FieldName::Minutes) {
            Some(minutes) => say(lines, format!("for {} min", safe::text(&minutes))),
            None => say(lines, "until somebody opens it, whatever its hours say"),
        }
        if !queue.open {
            say(lines, "it is closed already");
        }
    }

    fn broadcast(&self, lines: &mut Vec<Consequence>) {
        let agents = self.snapshot.agents.as_deref().unwrap_or_default();
        let there = agents.iter().filter(|row| row.state != "signed_out").count();
        match self.form.picked(FieldName::Whom) {
            Some(queue) => {
                let row = self.queue_row(&queue);
                let n = row.map_or(0, |r| r.ready + r.busy + r.wrap_up + r.not_ready);
                let queue = safe::text(&queue);
                say(lines, format!("shown on the desktops of about {n} agents of {queue}"));
            }
            None => say(lines, format!("shown on the desktops of {there} agents signed in")),
        }
    }

    /// Only what still waits can be moved, offered or called back.
    fn only_waiting(&self, lines: &mut Vec<Consequence>) {
        let state = self.contact.map_or("", |row| row.state.as_str());
        if ["connected", "parked"].contains(&state) {
            warn(lines, format!("it is {state}: the server will refuse"));
        }
    }

    fn gone(&self, lines: &mut Vec<Consequence>) {
        warn(lines, "it is over by now: the server will refuse");
        debug_assert!(self.contact.is_none(), "said only of what is not there");
    }
}
