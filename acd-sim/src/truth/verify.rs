//! Replications until the intervals are narrow, and the verdicts.
//!
//! *The rule:* at least ten replications, until every metric's 95 % half-width is at most 1 % of it
//! (2 % of a probability below 0.05). A metric passes when it differs from an exact value by at
//! most 1.5 half-widths, from a simulated one by at most 1.5 × the root of the sum of both
//! half-widths squared. A percentile passes when the share that waited at most as long is within
//! 0.3 points of it.
//!
//! *A miss is looked at twice:* of a hundred metrics one misses by chance, so that a case with a
//! miss is played on with twice, then four times the replications, and judged by all of them; what
//! differs in truth differs the more clearly then.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;

use super::case::Case;
use super::centre::{Centre, Tally};
use super::measure::Kind;
use super::statistics::interval;
use crate::rng::Seed;

/// Replications that a case begins with.
const FIRST: u32 = 10;
/// As many have the arrivals that a case's source thinks are needed.
const WHOLE: u32 = 20;
/// Replications by which the intervals must be narrow.
const MOST: u32 = 640;
/// How often the replications of a case with a miss are doubled.
const DOUBLED: u32 = 2;
/// Half-widths a metric may differ by.
const WIDTHS: f64 = 1.5;
/// Points a percentile's share may differ by.
const PERCENTILE_WITHIN: f64 = 0.003;

/// How a case is played.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Where every draw comes from.
    pub seed: u64,
    /// Replications played side by side. The results are the same whatever it is.
    pub jobs: usize,
}

/// What was found of a case.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The worst of its metrics.
    pub verdict: Verdict,
    /// In the order of the file.
    pub metrics: Vec<MetricResult>,
    /// Replications played.
    pub replications: u32,
    /// Contacts that came in them.
    pub arrivals: u64,
}

/// What was found of a metric.
#[derive(Clone, Debug)]
pub struct MetricResult {
    /// As the file calls it.
    pub name: String,
    /// What is known.
    pub expected: f64,
    /// Of a reference that was simulated.
    pub reference_half_width: Option<f64>,
    /// What the engine's centre has; of a percentile, the share that waited at most as long.
    pub simulated: f64,
    /// Its 95 % half-width.
    pub half_width: f64,
    /// Whether they agree.
    pub verdict: Verdict,
}

/// Whether the engine's centre is as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The engine does not claim to be like it.
    NotClaimed,
    /// It is.
    Pass,
    /// The interval did not become narrow.
    Imprecise,
    /// It is not.
    Miss,
}

impl Verdict {
    /// As people and machines read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotClaimed => "not claimed",
            Self::Pass => "pass",
            Self::Imprecise => "imprecise",
            Self::Miss => "MISS",
        }
    }
}

/// Plays a case. `progress` is told the contacts played so far, and those expected.
pub fn verify(case: &Case, effort: Effort, mut progress: impl FnMut(u64, f64)) -> Outcome {
    let mut of = Played { case, effort, tallies: Vec::new() };
    if case.not_claimed.is_some() {
        return of.outcome();
    }
    let mut until = FIRST;
    let mut doubled = 0;
    loop {
        of.play_until(until, &mut progress);
        let outcome = of.outcome();
        let wanted = of.wanted();
        if wanted > until && until < MOST {
            until = wanted.min(MOST);
        } else if outcome.verdict == Verdict::Miss && doubled < DOUBLED {
            doubled += 1;
            until = (until * 2).min(MOST);
        } else {
            return outcome;
        }
    }
}

struct Played<'c> {
    case: &'c Case,
    effort: Effort,
    tallies: Vec<Tally>,
}

impl Played<'_> {
    /// Plays on until there are so many replications. Each has its own number, and with it its own
    /// draws.
    fn play_until(&mut self, end: u32, progress: &mut impl FnMut(u64, f64)) {
        let (case, seed) = (self.case, Seed(self.effort.seed ^ key(&self.case.id)));
        let arrivals = case.arrivals / f64::from(WHOLE);
        let next = AtomicU32::new(self.tallies.len() as u32);
        let jobs = self.effort.jobs.max(1);
        let (sender, played) = mpsc::sync_channel(jobs);
        let mut tallies: Vec<(u32, Tally)> = Vec::new();
        thread::scope(|scope| {
            for _ in 0..jobs {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    loop {
                        let replication = next.fetch_add(1, Ordering::Relaxed);
                        if replication >= end {
                            return;
                        }
                        let tally = Centre::play(case, seed, replication, arrivals);
                        // The receiver lives as long as the scope.
                        let _ = sender.send((replication, tally));
                    }
                });
            }
            drop(sender);
            let mut arrived: u64 = self.tallies.iter().map(|tally| tally.arrivals).sum();
            for (replication, tally) in played {
                arrived += tally.arrivals;
                progress(arrived, arrivals * f64::from(end));
                tallies.push((replication, tally));
            }
        });
        tallies.sort_unstable_by_key(|(replication, _)| *replication);
        self.tallies.extend(tallies.into_iter().map(|(_, tally)| tally));
    }

    fn outcome(&self) -> Outcome {
        let metrics: Vec<_> = if self.case.not_claimed.is_some() {
            Vec::new()
        } else {
            (0..self.case.expected.len()).map(|at| self.metric(at)).collect()
        };
        let worst = metrics.iter().map(|metric| metric.verdict).max();
        Outcome {
            verdict: worst.unwrap_or(Verdict::NotClaimed),
            metrics,
            replications: self.tallies.len() as u32,
            arrivals: self.tallies.iter().map(|tally| tally.arrivals).sum(),
        }
    }

    fn metric(&self, at: usize) -> MetricResult {
        let expected = &self.case.expected[at];
        let of = |tally| expected.measure.of(self.case, tally);
        let values: Vec<f64> = self.tallies.iter().filter_map(of).collect();
        let (simulated, half_width) = interval(&values).unwrap_or((f64::NAN, f64::NAN));
        let verdict = match expected.measure.kind {
            Kind::Percentile { share, .. } => percentile(simulated, share, expected.value),
            // Where nothing was counted there is no number.
            _ if half_width.is_nan() => Verdict::Imprecise,
            _ if half_width > narrow(simulated, expected.measure.is_share()) => Verdict::Imprecise,
            _ => {
                let reference = expected.reference_half_width.unwrap_or(0.0);
                let within = WIDTHS * half_width.hypot(reference);
                let differs = (simulated - expected.value).abs();
                if differs <= within { Verdict::Pass } else { Verdict::Miss }
            }
        };
        MetricResult {
            name: expected.name.clone(),
            expected: expected.value,
            reference_half_width: expected.reference_half_width,
            simulated,
            half_width,
            verdict,
        }
    }

    /// Replications after which every interval is narrow: it narrows with their root.
    #[expect(clippy::cast_sign_loss, reason = "a square")]
    fn wanted(&self) -> u32 {
        let played = self.tallies.len() as u32;
        let wanted = self.outcome().metrics.into_iter().zip(&self.case.expected);
        let wanted = wanted.map(|(metric, expected)| {
            let narrow = narrow(metric.simulated, expected.measure.is_share());
            if metric.verdict != Verdict::Imprecise {
                played
            } else if metric.half_width.is_nan() || narrow <= 0.0 {
                MOST
            } else {
                let ratio = metric.half_width / narrow;
                // A little more, so that it need not be asked again.
                ((f64::from(played) * ratio * ratio * 1.05).ceil() as u32).max(played + 2)
            }
        });
        wanted.max().unwrap_or(played)
    }
}

/// The half-width that is narrow enough.
fn narrow(mean: f64, is_share: bool) -> f64 {
    let share = if is_share && mean < 0.05 { 0.02 } else { 0.01 };
    share * mean.abs()
}

/// A percentile at 0 is one of more than its share.
fn percentile(simulated: f64, share: f64, expected: f64) -> Verdict {
    let near = (simulated - share).abs() <= PERCENTILE_WITHIN;
    let at_zero = expected <= 0.0 && simulated >= share - PERCENTILE_WITHIN;
    if near || at_zero { Verdict::Pass } else { Verdict::Miss }
}

/// A number of a name (FNV-1a), so that cases do not share draws.
fn key(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
