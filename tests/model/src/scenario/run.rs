//! Runs a scenario against a tested side and the model, line by line.

use std::fmt;

use acd_core::{Command, Effects, FrontEndId, Rejection, Timestamp};

use super::header::Header;
use super::names::{self, Names};
use super::values::{self, snake};
use super::words::Speaker;
use super::{command, expect};
use crate::lockstep::{Lockstep, TimedCommand};
use crate::model::Model;
use crate::side::Side;

/// Where a scenario and the truth part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// A scenario that ran to its end.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Every command, those of the header included.
    pub commands: Vec<TimedCommand>,
    /// Outcomes of the lines that asked for them by `?`: line from 1, and words.
    pub asked: Vec<(usize, String)>,
}

/// Runs a scenario; `tested` makes the side under test from the seed.
///
/// # Errors
/// The first line that cannot be read, on which the sides differ, or that expects something else.
pub fn run<A: Side>(text: &str, tested: impl Fn(u64) -> A) -> Result<Run, Mistake> {
    let lines = statements(text);
    let seed = lines.iter().find_map(|(_, line)| line.trim().strip_prefix("seed "));
    let seed = seed.and_then(|seed| seed.trim().parse().ok()).unwrap_or(1);
    let mut runner = Runner {
        lockstep: Lockstep::new(tested(seed), Model::new(seed)),
        names: Names::default(),
        run: Run::default(),
        header: Some(Header::default()),
    };
    let mut at = 0;
    while at < lines.len() {
        let (number, line) = &lines[at];
        at += 1;
        // A `configure` takes the indented lines after it, up to one that bears an outcome.
        let mut block = Vec::new();
        if line.split_whitespace().nth(1) == Some("configure") {
            while lines.get(at).is_some_and(|(_, line)| line.starts_with(' ')) {
                block.push(lines[at].1.as_str());
                at += 1;
            }
        }
        let done = runner.line(*number, line, &block);
        done.map_err(|what| Mistake { line: *number, what })?;
    }
    Ok(runner.run)
}

/// Fills in every `?` of a scenario by what the model does.
///
/// # Errors
/// As [`run`].
pub fn bless(text: &str) -> Result<String, Mistake> {
    let run = run(text, Model::new)?;
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    for (number, outcome) in run.asked {
        let line = lines[number - 1..].iter_mut().find(|line| line.trim_end().ends_with("-> ?"));
        let line = line.expect("the outcome asked for stands here");
        let start = line.trim_end().trim_end_matches("-> ?").trim_end().to_string();
        let width = start.chars().count() + outcome.chars().count() + 4;
        *line = if start.is_empty() {
            wrapped(&outcome)
        } else if width <= 100 {
            format!("{start} -> {outcome}")
        } else {
            format!("{start}\n{}", wrapped(&outcome))
        };
    }
    Ok(lines.join("\n") + "\n")
}

/// An outcome on lines of its own, none of them long.
fn wrapped(outcome: &str) -> String {
    let mut text = String::from("    -> ");
    let mut width = text.len();
    for (index, effect) in outcome.split("; ").enumerate() {
        if index > 0 && width + effect.len() > 94 {
            text += "\n     ; ";
            width = 7;
        } else if index > 0 {
            text += "; ";
        }
        width += effect.len() + 2;
        text += effect;
    }
    text
}

/// Lines with their numbers, without comments, an outcome joined to its command.
fn statements(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split("# ").next().unwrap_or("").trim_end();
        let is_comment = line.trim_start() == "#";
        if line.trim_start().starts_with("->") || line.trim_start().starts_with(';') {
            let open = all.iter_mut().rfind(|(_, line)| !line.starts_with(' '));
            if let Some((_, open)) = open {
                open.push(' ');
                open.push_str(line.trim_start());
            }
        } else if !line.trim().is_empty() && !is_comment {
            let starts_with_digit = line.trim_start().starts_with(|c: char| c.is_ascii_digit());
            let line = if starts_with_digit { line.trim_start() } else { line };
            all.push((index + 1, line.to_string()));
        }
    }
    all
}

struct Runner<A> {
    lockstep: Lockstep<A, Model>,
    names: Names,
    run: Run,
    /// The header's definitions, until the first command.
    header: Option<Header>,
}

impl<A: Side> Runner<A> {
    fn line(&mut self, number: usize, line: &str, block: &[&str]) -> Result<(), String> {
        if let Some(question) = line.strip_prefix("expect ") {
            self.begin()?;
            return self.expect(question);
        }
        let Some((time, rest)) = line.split_once(char::is_whitespace) else {
            return Err(format!("`{line}` is not a line of a scenario"));
        };
        if !time.starts_with(|c: char| c.is_ascii_digit()) {
            return self.header_line(time, rest, line);
        }
        self.begin()?;
        let now = Timestamp(values::length(time)?.0);
        let (said, outcome) = rest.split_once("->").unwrap_or((rest, "ok"));
        let said = if said.split_whitespace().next() == Some("configure") {
            let command = self.configure(block)?;
            command::Said { command, new_contact: None }
        } else {
            command::parse(said, &self.names, &self.lockstep.state)?
        };
        let result = self.apply(now, said.command)?;
        if let (Some(name), Ok(effects)) = (&said.new_contact, &result)
            && effects.iter().any(|effect| matches!(effect, acd_core::Effect::Queued { .. }))
        {
            let contact = acd_core::ContactId(self.lockstep.state.counters.contacts);
            self.names.bind(name, contact)?;
        }
        self.judge(number, outcome.trim(), &result)
    }

    fn header_line(&mut self, word: &str, rest: &str, line: &str) -> Result<(), String> {
        let Some(header) = &mut self.header else {
            return Err(format!("`{line}` belongs before the first command"));
        };
        match word {
            "seed" => Ok(()),
            "front_end" => {
                self.names.front_ends.extend(rest.split_whitespace().map(String::from));
                Ok(())
            }
            _ if header.line(line)? => Ok(()),
            _ => Err(format!("`{word}` defines nothing")),
        }
    }

    /// Applies what the header defines, if anything, before the first command.
    fn begin(&mut self) -> Result<(), String> {
        let Some(header) = self.header.take() else { return Ok(()) };
        let defines = header.definitions != acd_core::Definitions::default();
        if defines {
            if self.names.front_ends.is_empty() {
                self.names.front_ends.push("pbx".into());
            }
            let definitions = Box::new(header.definitions);
            let result = self.apply(Timestamp(0), Command::Configure(definitions))?;
            result.map_err(|reason| format!("the header is refused: {reason:?}"))?;
        }
        for number in 1..=self.names.front_ends.len() as u32 {
            let command = Command::FrontEndBack { front_end: FrontEndId(number) };
            let result = self.apply(Timestamp(0), command)?;
            result.map_err(|reason| format!("the front ends are refused: {reason:?}"))?;
        }
        for name in &header.ready {
            let agent = names::agent(name, &self.lockstep.state)?;
            for command in [Command::SignIn { agent, capacity: None }, Command::Ready { agent }] {
                let result = self.apply(Timestamp(0), command)?;
                result.map_err(|reason| format!("{name} is not ready: {reason:?}"))?;
            }
        }
        Ok(())
    }

    fn configure(&self, block: &[&str]) -> Result<Command, String> {
        let mut header = Header::changing(&self.lockstep.state.definitions);
        for line in block {
            if !header.line(line.trim())? {
                return Err(format!("`{}` defines nothing", line.trim()));
            }
        }
        Ok(Command::Configure(Box::new(header.definitions)))
    }

    fn apply(
        &mut self,
        now: Timestamp,
        command: Command,
    ) -> Result<Result<Effects, Rejection>, String> {
        let result = self.lockstep.apply(now, &command)?;
        self.run.commands.push((now, command));
        if let Ok(effects) = &result {
            self.names.follow(effects);
        }
        Ok(result)
    }

    fn judge(
        &mut self,
        number: usize,
        expected: &str,
        result: &Result<Effects, Rejection>,
    ) -> Result<(), String> {
        let got = self.outcome(result);
        let as_expected = match (expected, result) {
            ("?", _) => {
                self.run.asked.push((number, got.clone()));
                true
            }
            ("ok", Ok(_)) => true,
            (_, Err(_)) => expected == got,
            (_, Ok(_)) => fits(expected, &got),
        };
        if as_expected {
            return Ok(());
        }
        Err(format!("\n  expected {expected}\n  got      {got}"))
    }

    fn outcome(&self, result: &Result<Effects, Rejection>) -> String {
        let effects = match result {
            Err(reason) => return format!("refused {}", snake(&format!("{reason:?}"))),
            Ok(effects) if effects.is_empty() => return "nothing".into(),
            Ok(effects) => effects,
        };
        let position = |contact| self.lockstep.model.position(contact);
        let speaker = Speaker { names: &self.names, state: &self.lockstep.state, position };
        let said: Vec<String> = effects.iter().map(|effect| speaker.say(effect)).collect();
        said.join("; ")
    }

    fn expect(&self, question: &str) -> Result<(), String> {
        let (question, expected) =
            question.split_once(" is ").ok_or("expected `expect WHAT is VALUE`")?;
        let got = expect::answer(question, &self.names, &self.lockstep.model)?;
        let expected = words(expected);
        if expected == words(&got) {
            return Ok(());
        }
        Err(format!("{question}\n  expected {}\n  got      {got}", expected.join(" ")))
    }
}

/// Whether all effects are as expected, in order; `...` is any number of them.
fn fits(expected: &str, got: &str) -> bool {
    let expected: Vec<_> = expected.split(';').map(words).collect();
    let got: Vec<_> = got.split(';').map(words).collect();
    fits_from(&expected, &got)
}

fn fits_from(expected: &[Vec<String>], got: &[Vec<String>]) -> bool {
    match expected.split_first() {
        None => got.is_empty(),
        Some((any, rest)) if any.len() == 1 && any[0] == "..." => {
            (0..=got.len()).any(|skipped| fits_from(rest, &got[skipped..]))
        }
        Some((first, rest)) => {
            got.split_first().is_some_and(|(said, left)| said == first && fits_from(rest, left))
        }
    }
}

/// Words, with numbers written alike: `16.000` is `16`.
fn words(text: &str) -> Vec<String> {
    let words = text.split_whitespace();
    words
        .map(|word| match values::length(word) {
            Ok(length) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                values::seconds(length.0)
            }
            _ => word.to_string(),
        })
        .collect()
}
