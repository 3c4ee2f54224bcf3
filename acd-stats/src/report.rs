//! A report over days: the rows of every interval in which something was counted.

use std::collections::BTreeSet;
use std::sync::Arc;

use acd_proto::statistics::{AgentFigures, Figures};
use serde::Serialize;

use crate::agent::{Agent, AgentFacts};
use crate::book::Statistics;
use crate::calendar::{self, Length, Span};
use crate::facts::Facts;
use crate::line::Line;
use crate::queue::Attribution;
use crate::rows::figures;

/// What one interval of one queue, agent or site gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row<F> {
    /// The interval, in µs UTC.
    #[serde(skip)]
    pub span: Span,
    /// Its first instant, as people of the city write it.
    pub from: String,
    /// The first instant after it.
    pub to: String,
    /// Of what: a queue, an agent, a site, or `total`.
    pub of: String,
    /// What happened.
    #[serde(flatten)]
    pub figures: F,
}

impl Statistics {
    /// Each queue, interval by interval; with `together`, all as one.
    pub fn queue_rows(
        &mut self,
        length: Length,
        by: Attribution,
        together: bool,
    ) -> Vec<Row<Figures>> {
        self.settle();
        let all = self.book.queues.iter();
        let lines: Vec<(Arc<str>, &Line<Facts>)> =
            all.map(|(name, queue)| (Arc::clone(name), queue.line(by))).collect();
        let groups = if together { vec![("total".into(), lines)] } else { apart(lines) };
        self.rows(length, &groups, figures)
    }

    /// Each agent, interval by interval; with `by_site`, those of a site as one.
    pub fn agent_rows(&mut self, length: Length, by_site: bool) -> Vec<Row<AgentFigures>> {
        self.settle();
        let now = self.newest_us();
        self.book.agents.values_mut().for_each(|agent| agent.count_to(now));
        let all = self.book.agents.iter();
        let line = |(name, agent)| -> (Arc<str>, _) { (Arc::clone(name), line_of(agent)) };
        let lines: Vec<_> = all.map(line).collect();
        let groups = if by_site {
            let sites: BTreeSet<&Arc<str>> = self.sites.values().collect();
            let at = |site: &Arc<str>| {
                let is_there = |(name, _): &&(Arc<str>, _)| self.sites.get(name) == Some(site);
                (Arc::clone(site), lines.iter().filter(is_there).cloned().collect())
            };
            sites.into_iter().map(at).collect()
        } else {
            apart(lines)
        };
        self.rows(length, &groups, AgentFacts::figures)
    }

    fn rows<F, T>(
        &self,
        length: Length,
        groups: &[Group<'_, F>],
        told: impl Fn(&F) -> T,
    ) -> Vec<Row<T>>
    where
        F: Copy + Default + PartialEq + std::ops::AddAssign,
    {
        let began = groups.iter().flat_map(|(_, lines)| lines.iter());
        let began = began.filter_map(|(_, line)| line.began()).min();
        let mut rows = Vec::new();
        for span in self.spans(began, length) {
            for (name, lines) in groups {
                let mut sum = F::default();
                for (_, line) in lines {
                    sum += line.span(span);
                }
                if sum != F::default() {
                    rows.push(Row {
                        span,
                        from: calendar::written(span.from, &self.zone),
                        to: calendar::written(span.to, &self.zone),
                        of: name.as_ref().into(),
                        figures: told(&sum),
                    });
                }
            }
        }
        rows
    }

    /// Every interval from the first instant to the newest event.
    fn spans(&self, began: Option<u64>, length: Length) -> Vec<Span> {
        let newest = self.newest_us();
        let mut spans = Vec::new();
        let mut next = began;
        while let Some(at) = next.filter(|&at| at <= newest) {
            let day = calendar::day_of(at, &self.zone);
            spans.extend(calendar::intervals(day, length, newest, &self.zone));
            next = (day.to > at).then_some(day.to);
        }
        spans
    }

    /// An instant as people of the city write it.
    pub fn written(&self, at: u64) -> String {
        calendar::written(at, &self.zone)
    }
}

/// Lines that are told as one, under their name.
type Group<'a, F> = (Arc<str>, Vec<(Arc<str>, &'a Line<F>)>);

fn apart<F>(lines: Vec<(Arc<str>, &Line<F>)>) -> Vec<Group<'_, F>> {
    lines.into_iter().map(|(name, line)| (Arc::clone(&name), vec![(name, line)])).collect()
}

const fn line_of(agent: &Agent) -> &Line<AgentFacts> {
    &agent.line
}
