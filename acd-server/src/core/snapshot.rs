//! `snapshot`: the present state as rows, narrowed and masked by role.

use std::collections::BTreeMap;
use std::sync::Arc;

use acd_core::{AgentId, AgentRecord, Channel, ContactRecord, ContactState, QueueId, Staff};
use acd_proto::request::TakeSnapshot;
use acd_proto::snapshot::{AgentRow, ContactRow, EngineRow, HeldRow, QueueRow, Snapshot};
use acd_proto::{ErrorBody, Role, id};
use acd_stats::{Brief, QueueBrief};

use super::connection::Actor;
use super::contacts::Contact;
use super::dispatch::Caller;
use super::query::{owns, state_word};
use super::reply::{Answer, Reply};
use super::{Core, words};
use crate::mask;

/// What the configuration says of an agent.
#[derive(Clone, Copy, Default)]
struct Person<'a> {
    name: Option<&'a str>,
    site: Option<&'a str>,
}

/// A part of the state.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Queues,
    Agents,
    Contacts,
    Engine,
    Decisions,
    Choices,
}

const PARTS: [(&str, Part); 6] = [
    ("queues", Part::Queues),
    ("agents", Part::Agents),
    ("contacts", Part::Contacts),
    ("engine", Part::Engine),
    ("decisions", Part::Decisions),
    ("choices", Part::Choices),
];

impl Core {
    pub(crate) fn snapshot(&mut self, caller: &Caller, params: &TakeSnapshot) -> Answer {
        let named = params.of.iter().map(|name| words::one_of("of", name, &PARTS));
        let named = named.collect::<Result<Vec<Part>, ErrorBody>>()?;
        let wants = |part| named.is_empty() || named.contains(&part);
        let counted = wants(Part::Queues) || wants(Part::Agents);
        let brief =
            if counted { self.statistics.brief(self.now.0 / 1_000) } else { Arc::default() };
        Ok(Reply::Snapshot(Box::new(Snapshot {
            epoch: self.epoch.as_ref().into(),
            seq: self.ring.newest(),
            now: self.now.0 / 1_000,
            queues: wants(Part::Queues).then(|| self.queue_rows(&brief)),
            agents: wants(Part::Agents).then(|| self.agent_rows(caller, &brief)),
            contacts: wants(Part::Contacts).then(|| self.contact_rows(caller)),
            engine: wants(Part::Engine).then(|| self.engine_row()),
            decisions: named.contains(&Part::Decisions).then(|| self.metrics.decisions()),
            choices: named.contains(&Part::Choices).then(|| self.choices()),
        })))
    }

    fn queue_rows(&self, brief: &Brief) -> Vec<QueueRow> {
        let names = self.config.queues.iter().map(|display| display.name.as_str());
        let defined = names.filter_map(|name| Some((self.engine.queue_named(name)?, name)));
        let (queues, names): (Vec<_>, Vec<_>) = defined.unzip();
        let staff = self.engine.staff(&queues);
        let rows = queues.into_iter().zip(names).zip(&staff);
        rows.filter_map(|((queue, name), staff)| self.queue_row(queue, name, staff, brief))
            .collect()
    }

    fn queue_row(
        &self,
        queue: QueueId,
        name: &str,
        staff: &Staff,
        brief: &Brief,
    ) -> Option<QueueRow> {
        let record = self.engine.queue(queue)?;
        let goal = self.statistics.goal(name)?;
        let none = QueueBrief::none();
        let counted = brief.queues.get(name).unwrap_or(&none);
        let now = self.now;
        let age_ms =
            |origin: i64| now.signed().saturating_sub(origin).max(0).cast_unsigned() / 1_000_000;
        let waiting = self.engine.waiting_count(queue);
        // Rule 19 estimates a wait; who finds a ready agent and nobody ahead has none.
        let at_once = waiting == 0 && staff.ready > 0;
        let ewt_us = if at_once { Some(0) } else { self.engine.expected_wait_of_next_us(queue) };
        Some(QueueRow {
            queue: name.into(),
            open: record.open,
            waiting,
            longest_ms: self.engine.oldest_origin(queue).map(age_ms),
            ewt_ms: ewt_us.map(|us| us / 1_000),
            ready: staff.ready,
            busy: staff.busy,
            wrap_up: staff.wrap_up,
            not_ready: staff.absent.len() as u32,
            not_ready_by: self.reasons(&staff.absent),
            threshold_ms: goal.threshold.as_millis(),
            target: f64::from(goal.target_percent),
            interval: counted.interval,
            today: counted.today,
            depth: counted.depth.clone(),
            no_answers: counted.no_answers,
            longest_call_ms: counted.longest_call_ms,
        })
    }

    /// Why these agents are not ready, counted.
    fn reasons(&self, absent: &[AgentId]) -> BTreeMap<String, u32> {
        let mut reasons = BTreeMap::new();
        for &agent in absent {
            let told = self.agent_state(agent);
            let reason = match &told.reason {
                Some(reason) => reason.as_ref(),
                None if told.state == "not_ready" => "unspecified",
                None if told.paused_until.is_some() => "paused",
                None => "pending",
            };
            *reasons.entry(reason.to_owned()).or_insert(0) += 1;
        }
        reasons
    }

    fn agent_rows(&self, caller: &Caller, brief: &Brief) -> Vec<AgentRow> {
        let people = self.people();
        self.engine
            .agents()
            .filter(|record| match caller.actor {
                Actor::Agent(own) => record.agent == own,
                _ => true,
            })
            .map(|record| {
                let row = self.agent_row(&record, &people);
                let no_answers = brief.no_answers.get(row.agent.as_str()).copied().unwrap_or(0);
                AgentRow { no_answers, ..row }
            })
            .collect()
    }

    /// Agents' names and sites by id.
    fn people(&self) -> BTreeMap<&str, Person<'_>> {
        let mut people: BTreeMap<&str, Person<'_>> = BTreeMap::new();
        for agent in &self.config.agents {
            people.entry(&agent.id).or_default().name = Some(&agent.name);
        }
        for agent in &self.engine.definitions().agents {
            people.entry(&agent.name).or_default().site = agent.site.as_deref();
        }
        people
    }

    fn agent_row(&self, record: &AgentRecord, people: &BTreeMap<&str, Person<'_>>) -> AgentRow {
        let id = self.names.agent(record.agent);
        let person = people.get(id.as_ref()).copied().unwrap_or_default();
        let told = self.agent_state(record.agent);
        let desk = self.desks.get(record.agent);
        let skills = record.skills.iter();
        let total = record.work.0.saturating_add(record.idle.0);
        AgentRow {
            agent: id.as_ref().into(),
            name: person.name.unwrap_or(&id).into(),
            site: person.site.map(Into::into),
            state: told.state.into(),
            reason: told.reason.as_deref().map(Into::into),
            pending: told.pending.map(Into::into),
            paused_until: told.paused_until.map(|until| until.0 / 1_000),
            device: desk.and_then(|desk| desk.device.as_deref()).map(Into::into),
            skills: skills.map(|&(id, n)| (self.names.skill(id).as_ref().into(), n)).collect(),
            capacity: Channel::ALL
                .map(|channel| (channel.name().to_owned(), record.capacity[channel]))
                .into(),
            held: self.held_rows(record.agent),
            since: desk.map_or(0, |desk| desk.since.0 / 1_000),
            connected: record.connected,
            occupancy: (total > 0)
                .then(|| (u128::from(record.work.0) * 100 / u128::from(total)) as u32),
            no_answers: 0,
        }
    }

    fn held_rows(&self, agent: AgentId) -> Vec<HeldRow> {
        let mut rows = Vec::new();
        if let Some(offer) = self.engine.offer_of(agent) {
            let live = self.desks.offer(offer.offer);
            let channel = self.contacts.get(offer.contact).map(|contact| contact.channel);
            rows.push(HeldRow {
                contact: id::contact(offer.contact),
                channel: channel.map_or("", Channel::name).into(),
                state: "offered".into(),
                since: live.map_or(0, |live| live.made_at.0 / 1_000),
            });
        }
        for contact in self.engine.held(agent) {
            let Some(record) = self.engine.contact(contact) else { continue };
            let (ContactState::Connected { since, .. } | ContactState::Parked { since, .. }) =
                record.state
            else {
                continue;
            };
            rows.push(HeldRow {
                contact: id::contact(contact),
                channel: record.channel.name().into(),
                state: state_word(record.state).into(),
                since: since.0 / 1_000,
            });
        }
        for wrap_up in self.engine.wrap_ups_of(agent) {
            let since = self.contacts.ended(wrap_up.contact).map(|ended| ended.since);
            rows.push(HeldRow {
                contact: id::contact(wrap_up.contact),
                channel: wrap_up.channel.name().into(),
                state: "wrap_up".into(),
                since: since.map_or(0, |since| since.0 / 1_000),
            });
        }
        rows
    }

    fn contact_rows(&self, caller: &Caller) -> Vec<ContactRow> {
        self.engine
            .contacts()
            .filter_map(|record| {
                let entry = self.contacts.get(record.contact)?;
                owns(caller, entry).then(|| self.contact_row(&record, entry, caller))
            })
            .collect()
    }

    fn contact_row(&self, record: &ContactRecord, entry: &Contact, caller: &Caller) -> ContactRow {
        let masks = caller.role == Role::Monitor;
        let from = entry.caller.from.as_deref();
        ContactRow {
            contact: id::contact(entry.of.contact),
            ext: entry.of.ext.as_ref().into(),
            frontend: self.front_ends.name(entry.front_end).as_ref().into(),
            channel: record.channel.name().into(),
            queue: entry.of.queue.as_ref().into(),
            state: state_word(record.state).into(),
            prio: record.prio,
            wait_ms: self.wait_with_age_ms(entry, record.origin),
            step: record.step,
            agent: entry.agent.map(|agent| self.names.agent(agent).as_ref().into()),
            offer: entry.offer.map(id::offer),
            suspended: record.orphan_at.is_some(),
            from: from.map(|from| if masks { mask::number(from) } else { from.into() }),
            name: entry.caller.name.as_deref().map(Into::into),
            reference: entry.caller.reference.as_deref().map(Into::into),
            attrs: if masks { BTreeMap::new() } else { entry.caller.attrs.clone() },
            needs: record
                .needs
                .iter()
                .map(|need| (self.names.skill(need.skill).as_ref().into(), need.level))
                .collect(),
            path: self.path_rows(record.contact),
            why: match caller.actor {
                Actor::Agent(agent) => self.why(record, agent),
                _ => None,
            },
        }
    }

    fn engine_row(&self) -> EngineRow {
        let mut connections = BTreeMap::new();
        for (_, connection) in self.connections.iter() {
            *connections.entry(connection.role.name().to_owned()).or_insert(0) += 1;
        }
        EngineRow {
            server: crate::SERVER.into(),
            uptime_ms: u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(u64::MAX),
            decision_ns: self.metrics.decision_ns(),
            request_to_event_us: self.metrics.request_to_event_us(),
            commands: self.metrics.commands,
            rejections: self.metrics.rejections,
            events: self.ring.newest(),
            connections,
            slow: self.metrics.slow,
            rss: resident_bytes(),
        }
    }
}

/// Resident memory, as the operating system counts it; 0 where it does not say.
fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten();
    pages.unwrap_or(0) * page.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(4_096)
}
