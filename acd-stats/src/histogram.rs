//! Distributions of lengths in milliseconds: within 1 % of what was recorded, the maximum exact.

use acd_proto::statistics::Distribution;
use hdrhistogram::Histogram as Hdr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Significant digits: a quantile is within 1 % of the length it stands for.
const DIGITS: u8 = 2;
/// Longer lengths count as this long (31 days); the maximum stays exact.
const LONGEST_MS: u64 = 31 * 86_400_000;

/// Lengths of one kind. Takes no room while empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    recorded: Option<Box<Hdr<u32>>>,
    longest_ms: u64,
}

impl Histogram {
    /// Something took so long.
    pub(crate) fn record(&mut self, ms: u64) {
        let empty = || {
            let made = Hdr::new_with_bounds(1, LONGEST_MS, DIGITS);
            Box::new(made.expect("the bounds are constants that a histogram takes"))
        };
        self.recorded.get_or_insert_with(empty).saturating_record(ms.min(LONGEST_MS));
        self.longest_ms = self.longest_ms.max(ms);
    }

    /// Adds what another has recorded.
    pub(crate) fn add(&mut self, other: &Self) {
        let Some(theirs) = &other.recorded else { return };
        match &mut self.recorded {
            Some(ours) => ours.add(&**theirs).expect("all have the same bounds"),
            none => *none = Some(theirs.clone()),
        }
        self.longest_ms = self.longest_ms.max(other.longest_ms);
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        if let Some(recorded) = &mut self.recorded {
            recorded.reset();
        }
        self.longest_ms = 0;
    }

    /// Its quantiles; all 0 while empty.
    pub(crate) fn told(&self) -> Distribution {
        let Some(recorded) = self.recorded.as_ref().filter(|recorded| !recorded.is_empty()) else {
            return Distribution::default();
        };
        let quantile = |q| recorded.value_at_quantile(q).min(self.longest_ms);
        Distribution {
            p50_ms: quantile(0.50),
            p90_ms: quantile(0.90),
            p99_ms: quantile(0.99),
            max_ms: self.longest_ms,
            count: recorded.len(),
        }
    }
}

/// As it is written down: lengths and how often, and the longest.
type Plain = (Vec<(u64, u32)>, u64);

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let recorded = self.recorded.iter().flat_map(|recorded| recorded.iter_recorded());
        let all = recorded.map(|at| (at.value_iterated_to(), at.count_at_value())).collect();
        (Plain::from((all, self.longest_ms))).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (all, longest_ms) = Plain::deserialize(from)?;
        let mut histogram = Self::default();
        for (ms, count) in all {
            histogram.record(ms);
            if let Some(recorded) = histogram.recorded.as_mut().filter(|_| count > 1) {
                recorded.saturating_record_n(ms.min(LONGEST_MS), count - 1);
            }
        }
        histogram.longest_ms = longest_ms;
        Ok(histogram)
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        let all = |histogram: &Self| -> Vec<(u64, u32)> {
            let recorded = histogram.recorded.iter().flat_map(|recorded| recorded.iter_recorded());
            recorded.map(|at| (at.value_iterated_to(), at.count_at_value())).collect()
        };
        self.longest_ms == other.longest_ms && all(self) == all(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_one_percent_and_the_maximum_exact() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.told(), Distribution::default());
        for s in 1..=1_000 {
            histogram.record(s * 1_000);
        }
        let told = histogram.told();
        assert_eq!((told.count, told.max_ms), (1_000, 1_000_000));
        for (got, exact) in [(told.p50_ms, 500_000), (told.p90_ms, 900_000), (told.p99_ms, 990_000)]
        {
            assert!(got.abs_diff(exact) <= exact / 100, "{got} is not within 1 % of {exact}");
        }
        histogram.record(u64::MAX);
        assert_eq!(histogram.told().max_ms, u64::MAX);
    }

    #[test]
    fn written_down_and_read_back_it_is_the_same() {
        let mut histogram = Histogram::default();
        for ms in [0, 1, 7, 7, 7, 12_345, 99_999_999_999] {
            histogram.record(ms);
        }
        let text = serde_json::to_string(&histogram).expect("plain data");
        let back: Histogram = serde_json::from_str(&text).expect("what was written");
        assert_eq!((&back, back.told()), (&histogram, histogram.told()));
        let mut twice = back;
        twice.add(&histogram);
        assert_eq!(twice.told().count, 14);
        twice.clear();
        assert_eq!(twice.told(), Distribution::default());
    }
}
