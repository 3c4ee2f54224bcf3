//! Lines that define a centre, in the header and below `configure`.

use acd_core::{
    AgentDefinition, Definitions, MaxWait, MaxWaitAction, Nanos, Overflow, QueueDefinition, Step,
    Strategy, Term, WrapUpMode,
};

use super::values::{self, Words};

const STRATEGIES: [Strategy; 6] = [
    Strategy::LongestIdle,
    Strategy::BestSkill,
    Strategy::LeastOccupied,
    Strategy::FewestContacts,
    Strategy::RoundRobin,
    Strategy::Random,
];

/// Definitions in the making: those that were, changed line by line.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    pub(super) definitions: Definitions,
    /// Agents that begin signed in and ready.
    pub(super) ready: Vec<String>,
    /// Queues and agents stated here: a first mention replaces, a second one doubles.
    stated: Vec<String>,
    lists_skills: bool,
    lists_sites: bool,
}

impl Header {
    /// Changes to what is in force.
    pub(super) fn changing(definitions: &Definitions) -> Self {
        Self { definitions: definitions.clone(), ..Self::default() }
    }

    /// One line; false when it is no definition.
    pub(super) fn line(&mut self, text: &str) -> Result<bool, String> {
        let mut words = Words::of(text);
        match words.need("a definition")? {
            "skills" => {
                self.lists_skills = true;
                self.definitions.skills = names(&mut words);
            }
            "sites" => {
                self.lists_sites = true;
                self.definitions.sites = names(&mut words);
            }
            "reasons" => self.definitions.reasons = names(&mut words),
            "grace" => self.definitions.grace = values::length(words.need("a length")?)?,
            "orphan_end" => {
                self.definitions.orphan_end = values::length(words.need("a length")?)?;
            }
            "queue" => self.queue(&mut words)?,
            "step" => self.step(&mut words)?,
            "agent" => self.agent(&mut words)?,
            "remove" => self.remove(&mut words)?,
            "clear" => *self = Self::default(),
            _ => return Ok(false),
        }
        words.finish()?;
        Ok(true)
    }

    fn queue(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let name = values::unquoted(words.need("the queue's name")?);
        let mut queue = QueueDefinition::named(&name);
        queue.steps = if words.value("steps") == Some("none") {
            Vec::new()
        } else {
            vec![self.requirement(Nanos(0), words)?]
        };
        if let Some(text) = words.value("strategy") {
            let found = STRATEGIES.into_iter().find(|strategy| strategy_text(*strategy) == text);
            queue.strategy = found.ok_or_else(|| format!("`{text}` is no strategy"))?;
        }
        lengths(&mut queue, words)?;
        counts(&mut queue, words)?;
        if let Some(text) = words.value("wrap_up") {
            queue.wrap_up.mode = wrap_up(text)?;
        }
        if let Some(text) = words.value("overflow") {
            queue.overflow = Some(overflow(text)?);
        }
        if let Some(text) = words.value("max_wait") {
            queue.max_wait = Some(max_wait(text)?);
        }
        let first = self.first_statement("queue", &name);
        match self.definitions.queues.iter_mut().find(|known| known.name == name) {
            Some(known) if first => *known = queue,
            _ => self.definitions.queues.push(queue),
        }
        Ok(())
    }

    fn step(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let name = words.need("the queue's name")?;
        let after = values::length(words.needed_value("after")?)?;
        let step = self.requirement(after, words)?;
        let queue = self.definitions.queues.iter_mut().rfind(|queue| queue.name == name);
        queue.ok_or_else(|| format!("queue `{name}` is not defined yet"))?.steps.push(step);
        Ok(())
    }

    fn requirement(&mut self, after: Nanos, words: &mut Words<'_>) -> Result<Step, String> {
        let alternatives = match words.value("needs") {
            None => vec![Vec::new()],
            Some("none") => Vec::new(),
            Some(text) => text
                .split('|')
                .map(|terms| if terms == "any" { Ok(Vec::new()) } else { self.terms(terms) })
                .collect::<Result<_, String>>()?,
        };
        let sites = words.value("sites").map_or_else(Vec::new, values::list);
        let drops = words.value("drops").map_or_else(Vec::new, values::list);
        for site in &sites {
            self.mention_site(site);
        }
        for skill in &drops {
            self.mention_skill(skill);
        }
        Ok(Step { after, alternatives, sites, drops })
    }

    fn agent(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let name = values::unquoted(words.need("the agent's name")?);
        let mut agent = AgentDefinition::named(&name);
        if let Some(text) = words.value("skills") {
            agent.skills = self.terms(text)?;
        }
        if let Some(site) = words.value("site") {
            self.mention_site(site);
            agent.site = Some(site.to_string());
        }
        if let Some(text) = words.value("capacity") {
            agent.capacity = values::capacity(text)?;
        }
        if words.flag("ready") {
            self.ready.push(name.clone());
        }
        let first = self.first_statement("agent", &name);
        match self.definitions.agents.iter_mut().find(|known| known.name == name) {
            Some(known) if first => *known = agent,
            _ => self.definitions.agents.push(agent),
        }
        Ok(())
    }

    fn remove(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let (kind, name) = (words.need("what to remove")?, words.need("its name")?);
        let definitions = &mut self.definitions;
        match kind {
            "queue" => definitions.queues.retain(|queue| queue.name != name),
            "agent" => definitions.agents.retain(|agent| agent.name != name),
            "skill" => definitions.skills.retain(|skill| skill != name),
            "site" => definitions.sites.retain(|site| site != name),
            "reason" => definitions.reasons.retain(|reason| reason != name),
            _ => return Err(format!("`{kind}` cannot be removed")),
        }
        self.lists_skills |= kind == "skill";
        Ok(())
    }

    fn terms(&mut self, text: &str) -> Result<Vec<Term>, String> {
        let mut terms = Vec::new();
        for (skill, level) in values::pairs(text)? {
            self.mention_skill(skill);
            terms.push(Term { skill: skill.to_string(), level });
        }
        Ok(terms)
    }

    fn mention_skill(&mut self, skill: &str) {
        let skills = &mut self.definitions.skills;
        if !self.lists_skills && !skills.iter().any(|known| known == skill) {
            skills.push(skill.to_string());
        }
    }

    fn mention_site(&mut self, site: &str) {
        let sites = &mut self.definitions.sites;
        if !self.lists_sites && !sites.iter().any(|known| known == site) {
            sites.push(site.to_string());
        }
    }

    fn first_statement(&mut self, kind: &str, name: &str) -> bool {
        let statement = format!("{kind} {name}");
        let first = !self.stated.contains(&statement);
        self.stated.push(statement);
        first
    }
}

fn names(words: &mut Words<'_>) -> Vec<String> {
    words.rest().into_iter().map(values::unquoted).collect()
}

pub(super) fn strategy_text(strategy: Strategy) -> String {
    values::snake(&format!("{strategy:?}"))
}

fn lengths(queue: &mut QueueDefinition, words: &mut Words<'_>) -> Result<(), String> {
    for (key, length) in [
        ("objective", &mut queue.objective),
        ("offer_timeout", &mut queue.offer_timeout),
        ("prefer_for", &mut queue.prefer_for),
        ("pause_rejected", &mut queue.pause_rejected),
        ("pause_busy", &mut queue.pause_busy),
        ("pause_unreachable", &mut queue.pause_unreachable),
        ("pause_no_answer", &mut queue.pause_no_answer),
        ("wrap_up_max", &mut queue.wrap_up.maximum),
        ("expected_handle", &mut queue.expected_handle),
        ("callback_retry", &mut queue.callback_retry),
    ] {
        if let Some(text) = words.value(key) {
            *length = values::length(text)?;
        }
    }
    if let Some(text) = words.value("promote_after") {
        queue.promote_after = Some(values::length(text)?);
    }
    Ok(())
}

fn counts(queue: &mut QueueDefinition, words: &mut Words<'_>) -> Result<(), String> {
    for (key, count) in [
        ("rona_limit", &mut queue.rona_limit),
        ("promote_bands", &mut queue.promote_bands),
        ("callback_attempts", &mut queue.callback_attempts),
    ] {
        if let Some(text) = words.value(key) {
            *count = values::number(text)?;
        }
    }
    if let Some(text) = words.value("max_waiting") {
        queue.max_waiting = values::number(text)?;
    }
    Ok(())
}

fn wrap_up(text: &str) -> Result<WrapUpMode, String> {
    let (kind, length) = text.split_once(':').unwrap_or((text, ""));
    match kind {
        "none" => Ok(WrapUpMode::None),
        "manual" => Ok(WrapUpMode::Manual),
        "fixed" | "mandatory" => Ok(WrapUpMode::Fixed {
            length: values::length(length)?,
            mandatory: kind == "mandatory",
        }),
        _ => Err(format!("`{text}` is no way to wrap up")),
    }
}

/// `JOIN:LEAVE:STEP`.
fn overflow(text: &str) -> Result<Overflow, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let [join, leave, step] = parts[..] else {
        return Err(format!("`{text}` is no overflow: expected JOIN:LEAVE:STEP"));
    };
    let (join, leave) = (values::length(join)?, values::length(leave)?);
    Ok(Overflow { join, leave, step: values::number(step)? })
}

fn max_wait(text: &str) -> Result<MaxWait, String> {
    let (after, action) =
        text.split_once(':').ok_or_else(|| format!("`{text}` is not LENGTH:end|move:QUEUE"))?;
    let after = values::length(after)?;
    match action.split_once(':') {
        None if action == "end" => Ok(MaxWait { after, action: MaxWaitAction::End }),
        Some(("move", queue)) => {
            Ok(MaxWait { after, action: MaxWaitAction::Move(queue.to_string()) })
        }
        _ => Err(format!("`{action}` is neither end nor move:QUEUE")),
    }
}
