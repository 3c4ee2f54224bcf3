//! One thing beside another, in pairs of turns: by how much they differ, and how sure that is.

use std::fmt;

use serde::Serialize;

/// Ratios of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Paired {
    /// How many.
    pub pairs: usize,
    /// The median ratio.
    pub median: f64,
    /// In 95 of 100 measurements like this one the true median lies between this, …
    pub low: f64,
    /// … and this. Of fewer than six pairs these are the least and the most.
    pub high: f64,
}

impl Paired {
    /// Own to other, pair by pair. The interval is the sign test's: it asks nothing of the
    /// distribution but that pairs do not hang together.
    #[expect(clippy::cast_precision_loss, reason = "ratios are shown to three digits")]
    pub(crate) fn of(own: &[u64], other: &[u64]) -> Self {
        let ratio = |(own, other): (&u64, &u64)| *own as f64 / (*other).max(1) as f64;
        let mut ratios: Vec<f64> = own.iter().zip(other).map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        let pairs = ratios.len();
        let Some(last) = pairs.checked_sub(1) else {
            return Self { pairs, median: 1.0, low: 1.0, high: 1.0 };
        };
        let median = f64::midpoint(ratios[last / 2], ratios[pairs / 2]);
        let outside = ranks_outside(pairs);
        Self { pairs, median, low: ratios[outside], high: ratios[last - outside] }
    }
}

/// How many ratios at either end the true median may be taken not to lie among: as many as so many
/// fair coins show at most one side of in less than 2.5 of 100 throws.
fn ranks_outside(pairs: usize) -> usize {
    let coins = i32::try_from(pairs).unwrap_or(i32::MAX);
    // The chance of so many heads, and of so many or fewer.
    let (mut exactly, mut at_most) = (0.5_f64.powi(coins), 0.0);
    for heads in 0..coins {
        at_most += exactly;
        if at_most > 0.025 {
            return usize::try_from(heads - 1).unwrap_or(0);
        }
        exactly *= f64::from(coins - heads) / f64::from(heads + 1);
    }
    0
}

impl fmt::Display for Paired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pairs, median, low, high } = self;
        write!(f, "{median:.3}x, 95 % in [{low:.3}..{high:.3}], {pairs} pairs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_tables_of_the_sign_test() {
        // For a two-sided 5 %: with 6 pairs the extremes, with 20 the sixth, with 100 the 40th.
        for (pairs, outside) in [(1, 0), (5, 0), (6, 0), (8, 0), (9, 1), (20, 5), (100, 39)] {
            assert_eq!(ranks_outside(pairs), outside, "{pairs} pairs");
        }
    }

    #[test]
    fn a_median_and_what_it_lies_between() {
        let own: Vec<u64> = (0..20).map(|n| 1_000 + n * 10).collect();
        let paired = Paired::of(&own, &[1_000; 20]);
        assert!((paired.median - 1.095).abs() < 1e-9, "{paired}");
        assert_eq!((paired.low, paired.high), (1.05, 1.14));
        assert_eq!(Paired::of(&[], &[]).pairs, 0);
    }
}
