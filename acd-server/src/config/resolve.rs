//! From the file's form to a [`Config`]: names that must exist, lists that must rise, and every
//! other thing that one value alone cannot show.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use acd_core::{
    AgentDefinition, Definitions, Nanos, QueueDefinition, Step, Term, WrapUpMode, WrapUpPolicy,
    limits,
};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::{self, File, WrapUpModeName};
use super::problem::{Problems, expected};
use super::scalar::{Name, Title};
use super::{AgentDisplay, City, Config, Limits, QueueDisplay, ServiceLevel};

/// The configuration that `file` means. What `problems` then holds makes it invalid.
pub(super) fn resolve(
    file: &File,
    table: &Spanned<DeTable<'_>>,
    problems: &mut Problems<'_>,
) -> Config {
    let mut resolver = Resolver { file, table, problems };
    resolver.unique_names();
    resolver.time_zone();
    let queues = (0..file.queues.len()).map(|index| resolver.queue(index)).collect();
    let agents = (0..file.agents.len()).map(|index| resolver.agent(index)).collect();
    resolver.circles();
    let (hours, web, open311) = (resolver.hours(), resolver.web(), resolver.open311());
    let timetables = resolver.timetables();
    let directory = resolver.directory(&timetables);
    let dispositions = resolver.dispositions();
    Config {
        hours,
        web,
        open311,
        timetables,
        directory,
        dispositions,
        directory_files: file.directory_files.iter().map(Into::into).collect(),
        returning: file.returning.as_ref().map(Into::into),
        city: City { name: file.city.name.0.clone(), time_zone: file.city.time_zone.clone() },
        seed: file.city.seed,
        definitions: Definitions {
            skills: texts(&file.skills),
            sites: texts(&file.sites),
            reasons: texts(&file.reasons),
            queues,
            agents,
            grace: file.server.grace.0,
            orphan_end: file.server.orphan_end.0,
        },
        queues: file.queues.iter().map(queue_display).collect(),
        agents: file.agents.iter().map(agent_display).collect(),
        listen: file.server.listen.iter().map(|listen| listen.0.clone()).collect(),
        tokens: file.server.tokens.as_ref().map(Into::into),
        desk_grace: duration(file.server.desk_grace.0),
        idem_keep: duration(file.server.idem_keep.0),
        limits: Limits {
            connections: file.limits.connections,
            connections_before_hello: file.limits.connections_before_hello,
            connections_before_hello_per_address: file.limits.connections_before_hello_per_address,
            hello_deadline: duration(file.limits.hello_deadline.0),
            out_queue_bytes: file.limits.out_queue_bytes,
            event_ring_entries: file.limits.event_ring_entries,
            event_ring_bytes: file.limits.event_ring_bytes,
        },
    }
}

/// One part of the way from the top of the file to a value.
#[derive(Clone, Copy)]
pub(super) enum At<'n> {
    Key(&'n str),
    Index(usize),
}
use At::{Index, Key};

pub(super) struct Resolver<'f, 'p, 'a> {
    pub(super) file: &'f File,
    table: &'f Spanned<DeTable<'f>>,
    problems: &'p mut Problems<'a>,
}

impl Resolver<'_, '_, '_> {
    /// Adds a problem with the value at `path`, or with what would hold it.
    pub(super) fn problem(&mut self, path: &[At<'_>], message: impl Into<String>) {
        let span = span_of(self.table, path);
        self.problems.add(span, message);
    }

    fn unique_names(&mut self) {
        let file = self.file;
        let lists: [(&str, Option<&str>, Vec<&Name>); 6] = [
            ("timetables", Some("name"), file.timetables.iter().map(|table| &table.name).collect()),
            ("skills", None, file.skills.iter().collect()),
            ("sites", None, file.sites.iter().collect()),
            ("reasons", None, file.reasons.iter().collect()),
            ("queues", Some("name"), file.queues.iter().map(|queue| &queue.name).collect()),
            ("agents", Some("id"), file.agents.iter().map(|agent| &agent.id).collect()),
        ];
        for (list, key, names) in lists {
            let mut first = BTreeMap::new();
            for (index, name) in names.into_iter().enumerate() {
                if first.insert(name, index).is_some() {
                    let path = [Key(list), Index(index)].into_iter().chain(key.map(Key));
                    let message = format!("`{}` stands in {list} twice", name.0);
                    self.problem(&path.collect::<Vec<_>>(), message);
                }
            }
        }
    }

    fn time_zone(&mut self) {
        let file = self.file;
        self.known_zone(&[Key("city"), Key("time_zone")], &file.city.time_zone);
    }

    /// A machine without a time zone database has nothing to check against.
    pub(super) fn known_zone(&mut self, path: &[At<'_>], found: &str) {
        let zones = jiff::tz::db();
        if zones.is_definitively_empty() || zones.get(found).is_ok() {
            return;
        }
        let names: Vec<String> = zones.available().map(|name| name.to_string()).collect();
        let expected = expected(found, names.iter().map(String::as_str));
        self.problem(path, format!("unknown time zone `{found}`; {expected}"));
    }

    /// `name` must be one of the list `kind`s.
    pub(super) fn known(&mut self, path: &[At<'_>], kind: &str, name: &str) {
        let file = self.file;
        let names: Vec<&str> = match kind {
            "skill" => file.skills.iter().map(|name| name.0.as_str()).collect(),
            "site" => file.sites.iter().map(|name| name.0.as_str()).collect(),
            "timetable" => file.timetables.iter().map(|table| table.name.0.as_str()).collect(),
            "queue" => file.queues.iter().map(|queue| queue.name.0.as_str()).collect(),
            _ => unreachable!("only these are referred to"),
        };
        if !names.contains(&name) {
            let expected = expected(name, names.into_iter());
            self.problem(path, format!("unknown {kind} `{name}`; {expected}"));
        }
    }

    fn queue(&mut self, index: usize) -> QueueDefinition {
        let queue = &self.file.queues[index];
        let at = [Key("queues"), Index(index)];
        let mut previous = None;
        let mut steps = Vec::with_capacity(queue.steps.len());
        for (number, step) in queue.steps.iter().enumerate() {
            let path = [at[0], at[1], Key("steps"), Index(number)];
            self.step_rises(&path, previous, step.after.0);
            previous = Some(step.after.0);
            steps.push(self.step(&path, step));
        }
        if let Some(Name(target)) = queue.max_wait.as_ref().and_then(|wait| wait.move_to.as_ref()) {
            self.known(&[at[0], at[1], Key("max_wait"), Key("move_to")], "queue", target);
        }
        QueueDefinition {
            name: queue.name.0.clone(),
            strategy: queue.strategy,
            objective: queue.objective.0,
            steps,
            offer_timeout: queue.offer_timeout.0,
            prefer_for: queue.prefer_for.0,
            pause_rejected: queue.pause.rejected.0,
            pause_busy: queue.pause.busy.0,
            pause_unreachable: queue.pause.unreachable.0,
            pause_no_answer: queue.pause.no_answer.0,
            rona_limit: queue.rona_limit,
            wrap_up: self.wrap_up(&at, &queue.wrap_up),
            promote_after: queue.promote.map(|promote| promote.after.0),
            promote_bands: queue.promote.map_or(1, |promote| promote.bands),
            max_wait: queue.max_wait.as_ref().map(file::LongestWait::policy),
            max_waiting: queue.max_waiting,
            expected_handle: queue.expected_handle.0,
            callback_retry: queue.callback.retry.0,
            callback_attempts: queue.callback.attempts,
            overflow: self.overflow(&at, queue),
        }
    }

    fn overflow(&mut self, queue: &[At<'_>], file: &file::Queue) -> Option<acd_core::Overflow> {
        let overflow = file.overflow?;
        let (join, leave, step) = (overflow.join.0, overflow.leave.0, overflow.step);
        let path = |key| [queue, &[Key("overflow"), Key(key)]].concat();
        if leave > join {
            self.problem(
                &path("leave"),
                "`leave` is longer than `join`: it would never be reached",
            );
        }
        if !(1..file.steps.len()).contains(&usize::from(step)) {
            let last = file.steps.len().saturating_sub(1);
            let message = if last == 0 {
                "`overflow` wants a second step to go to".to_owned()
            } else {
                format!("`step` is {step}: expected 1 to {last}, counted from 0 as steps are")
            };
            self.problem(&path("step"), message);
        }
        Some(acd_core::Overflow { join, leave, step })
    }

    fn step_rises(&mut self, path: &[At<'_>], previous: Option<Nanos>, after: Nanos) {
        let path = [path, &[Key("after")]].concat();
        match previous {
            None if after > Nanos(0) => {
                self.problem(&path, "the first step holds from entry: expected `after = \"0s\"`");
            }
            Some(previous) if after <= previous => {
                self.problem(
                    &path,
                    "steps rise: expected `after` to be later than the step before",
                );
            }
            _ => {}
        }
    }

    fn step(&mut self, path: &[At<'_>], step: &file::Step) -> Step {
        for (index, requirement) in step.any_of.iter().enumerate() {
            let path = [path, &[Key("any_of"), Index(index)]].concat();
            for term in &requirement.0 {
                self.known(&path, "skill", &term.skill);
            }
        }
        for (list, kind, names) in [("sites", "site", &step.sites), ("drops", "skill", &step.drops)]
        {
            for (index, Name(name)) in names.iter().enumerate() {
                self.known(&[path, &[Key(list), Index(index)]].concat(), kind, name);
            }
        }
        Step {
            after: step.after.0,
            alternatives: step.any_of.iter().map(|requirement| requirement.0.clone()).collect(),
            sites: texts(&step.sites),
            drops: texts(&step.drops),
        }
    }

    fn wrap_up(&mut self, queue: &[At<'_>], wrap_up: &file::WrapUp) -> WrapUpPolicy {
        let path = [queue, &[Key("wrap_up")]].concat();
        let maximum = wrap_up.maximum.0;
        let mode = match wrap_up.mode {
            WrapUpModeName::Fixed => {
                let default = file::WrapUp::DEFAULT_LENGTH;
                let length = wrap_up.length.map_or(default.min(maximum), |length| length.0);
                if length > maximum {
                    let path = [path.as_slice(), &[Key("length")]].concat();
                    self.problem(&path, "`length` is longer than the wrap-up's `maximum`");
                }
                WrapUpMode::Fixed { length, mandatory: wrap_up.mandatory.unwrap_or(false) }
            }
            WrapUpModeName::None => WrapUpMode::None,
            WrapUpModeName::Manual => WrapUpMode::Manual,
        };
        if wrap_up.mode != WrapUpModeName::Fixed {
            let given =
                [("length", wrap_up.length.is_some()), ("mandatory", wrap_up.mandatory.is_some())];
            for (key, _) in given.into_iter().filter(|(_, given)| *given) {
                let path = [path.as_slice(), &[Key(key)]].concat();
                self.problem(&path, format!("`{key}` has a meaning only with `mode = \"fixed\"`"));
            }
        }
        WrapUpPolicy { mode, maximum }
    }

    /// Maximum waits must not move contacts in a circle.
    fn circles(&mut self) {
        let file = self.file;
        let target = |queue: &file::Queue| queue.max_wait.as_ref()?.move_to.clone();
        let targets: BTreeMap<&Name, Name> =
            file.queues.iter().filter_map(|queue| Some((&queue.name, target(queue)?))).collect();
        for (index, queue) in file.queues.iter().enumerate() {
            let mut at = &queue.name;
            let mut way = vec![at.0.as_str()];
            while let Some(next) = targets.get(at) {
                way.push(&next.0);
                if *next == queue.name {
                    let path = [Key("queues"), Index(index), Key("max_wait"), Key("move_to")];
                    let message = format!("contacts would move in a circle: {}", way.join(" -> "));
                    self.problem(&path, message);
                }
                if way.len() > file.queues.len() || *next == queue.name {
                    break;
                }
                at = next;
            }
        }
    }

    fn agent(&mut self, index: usize) -> AgentDefinition {
        let agent = &self.file.agents[index];
        let at = [Key("agents"), Index(index)];
        for skill in agent.skills.keys() {
            self.known(&[at[0], at[1], Key("skills"), Key(skill)], "skill", skill);
        }
        if let Some(Name(site)) = &agent.site {
            self.known(&[at[0], at[1], Key("site")], "site", site);
        }
        let term =
            |(skill, level): (&String, &file::Level)| Term { skill: skill.clone(), level: level.0 };
        AgentDefinition {
            name: agent.id.0.clone(),
            site: agent.site.as_ref().map(|site| site.0.clone()),
            skills: agent.skills.iter().map(term).collect(),
            capacity: agent.capacity.capacity(),
        }
    }
}

fn queue_display(queue: &file::Queue) -> QueueDisplay {
    QueueDisplay {
        name: queue.name.0.clone(),
        title: queue
            .title
            .as_ref()
            .map_or_else(|| queue.name.0.clone(), |Title(title)| title.clone()),
        service_level: ServiceLevel {
            threshold: duration(queue.service_level.threshold.0),
            target_percent: queue.service_level.target_percent,
        },
    }
}

fn agent_display(agent: &file::Agent) -> AgentDisplay {
    AgentDisplay {
        id: agent.id.0.clone(),
        name: agent.name.as_ref().map_or_else(|| agent.id.0.clone(), |Title(name)| name.clone()),
    }
}

fn texts(names: &[Name]) -> Vec<String> {
    names.iter().map(|name| name.0.clone()).collect()
}

fn duration(length: Nanos) -> Duration {
    debug_assert!(length <= limits::DURATION_MAX, "the file's form admits no longer one");
    Duration::from_nanos(length.0)
}

/// Where the value at `path` stands, its key if that is the last part; where the value is left
/// out, where the nearest one that would hold it stands.
fn span_of(table: &Spanned<DeTable<'_>>, path: &[At<'_>]) -> Range<usize> {
    let mut span = table.span();
    let Some((Key(first), rest)) = path.split_first() else { return span };
    let mut value = table.get_ref().get(*first);
    let mut rest = rest.iter();
    while let Some(found) = value {
        span = found.span();
        value = match (rest.next(), found.get_ref()) {
            (Some(Key(key)), DeValue::Table(table)) => table.get(*key),
            (Some(Index(index)), DeValue::Array(array)) => array.get(*index),
            _ => None,
        };
    }
    span
}
