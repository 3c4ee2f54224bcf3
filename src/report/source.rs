//! Where the events of a report come from: a log, or a recorded stream.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use acd_proto::Event;
use acd_server::config::Config;
use acd_server::heard::{Told, hear};
use acd_stats::Goal;
use anyhow::{Context, bail};
use serde_json::Value;

use super::event_of;

/// Bytes of a recorded line: a snapshot of a large centre is a few MiB.
const LINE_BYTES_MAX: usize = 64 << 20;

/// Events, and what else is known of where they come from.
pub(super) enum Source {
    /// The directory of a log.
    Log(PathBuf),
    /// A recording, read whole.
    Stream { told: Vec<Told>, zone: Option<String> },
}

impl Source {
    /// Reads a recording: a JSON object a line. Events are taken with or without their frame;
    /// `hello` tells the time zone, a snapshot the goals. Goals of the configuration hold where
    /// one was named.
    pub(super) fn stream(file: &Path, config: &Config, named: bool) -> anyhow::Result<Self> {
        let shown = || format!("--from {}", file.display());
        let mut reader: Box<dyn BufRead> = if file == Path::new("-") {
            Box::new(stdin().lock())
        } else {
            Box::new(BufReader::new(File::open(file).with_context(shown)?))
        };
        let mut stream = Recorded::default();
        let mut line = String::new();
        for number in 1.. {
            line.clear();
            if reader.read_line(&mut line).with_context(shown)? == 0 {
                break;
            }
            if line.len() > LINE_BYTES_MAX {
                bail!("{}, line {number}: more than {LINE_BYTES_MAX} bytes", shown());
            }
            if !line.trim().is_empty() {
                let value = serde_json::from_str(&line);
                stream.line(&value.with_context(|| format!("{}, line {number}", shown()))?);
            }
        }
        if stream.events.is_empty() {
            bail!("{} holds no event", shown());
        }
        if named {
            stream.goals = config
                .queues
                .iter()
                .map(|queue| Goal {
                    queue: queue.name.as_str().into(),
                    threshold_us: queue.service_level.threshold.as_micros() as u64,
                    target_percent: queue.service_level.target_percent,
                })
                .collect();
        }
        Ok(stream.done(config))
    }

    /// The city's time zone.
    pub(super) fn zone<'a>(&'a self, config: &'a Config) -> &'a str {
        match self {
            Self::Stream { zone: Some(zone), .. } => zone,
            _ => &config.city.time_zone,
        }
    }

    /// Gives everything to `take`, in order, and what has come of it.
    pub(super) fn each<M: 'static>(
        self,
        config: &Config,
        mut made: M,
        mut take: impl FnMut(&mut M, Told) + 'static,
    ) -> anyhow::Result<M> {
        match self {
            Self::Stream { told, .. } => {
                for told in told {
                    take(&mut made, told);
                }
                Ok(made)
            }
            Self::Log(directory) => {
                let shared = Rc::new(RefCell::new(Some(made)));
                let inside = Rc::clone(&shared);
                let heard = move |told| {
                    if let Some(made) = inside.borrow_mut().as_mut() {
                        take(made, told);
                    }
                };
                hear(&directory, config, heard)
                    .with_context(|| format!("--data {}", directory.display()))?;
                shared.take().context("the log was read")
            }
        }
    }
}

/// A recording as it is read.
#[derive(Default)]
struct Recorded {
    events: Vec<Event>,
    goals: Vec<Goal>,
    sites: BTreeMap<String, String>,
    zone: Option<String>,
}

impl Recorded {
    fn line(&mut self, line: &Value) {
        if let Some(event) = event_of(line) {
            self.events.push(event);
            return;
        }
        // A reply, or a row of a recording that says what it is.
        let said = [&line["result"], &line["snapshot"], &line["hello"], line];
        for said in said.into_iter().filter(|said| said.is_object()) {
            if let Some(zone) = said["time_zone"].as_str() {
                self.zone = Some(zone.to_owned());
            }
            for row in said["queues"].as_array().into_iter().flatten() {
                self.queue(row);
            }
            for row in said["agents"].as_array().into_iter().flatten() {
                if let (Some(agent), Some(site)) = (row["agent"].as_str(), row["site"].as_str()) {
                    self.sites.insert(agent.to_owned(), site.to_owned());
                }
            }
        }
    }

    fn queue(&mut self, row: &Value) {
        let (Some(queue), Some(threshold_ms)) =
            (row["queue"].as_str(), row["threshold_ms"].as_u64())
        else {
            return;
        };
        let target = row["target"].as_f64().unwrap_or(0.0).clamp(0.0, 100.0);
        #[expect(clippy::cast_sign_loss, reason = "it lies between 0 and 100")]
        let target_percent = target as u8;
        let goal = Goal {
            queue: queue.into(),
            threshold_us: threshold_ms.saturating_mul(1_000),
            target_percent,
        };
        match self.goals.iter_mut().find(|known| known.queue == goal.queue) {
            Some(known) => *known = goal,
            None => self.goals.push(goal),
        }
    }

    /// Goals first: a recording tells them when it can, and they hold for all of it. Sites are
    /// those of the configuration where the recording tells none.
    fn done(self, config: &Config) -> Source {
        let mut sites: Vec<_> = self
            .sites
            .iter()
            .map(|(agent, site)| (agent.as_str().into(), site.as_str().into()))
            .collect();
        if sites.is_empty() {
            let agents = config.definitions.agents.iter();
            sites = agents
                .filter_map(|agent| {
                    Some((agent.name.as_str().into(), agent.site.as_deref()?.into()))
                })
                .collect();
        }
        let mut told = vec![Told::Configured(self.goals, sites)];
        told.extend(self.events.into_iter().map(Told::Event));
        Source::Stream { told, zone: self.zone }
    }
}
