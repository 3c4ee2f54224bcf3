//! How long things take: the laws that published cases use.

use acd_core::Nanos;

use crate::rng::Stream;

/// Nanoseconds of a case's unit of time, whatever that is.
pub(super) const UNIT: f64 = 1e9;

/// A law of lengths, in the case's unit of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// Memoryless.
    Exponential {
        /// Its mean.
        mean: f64,
    },
    /// Always the same.
    Constant(f64),
    /// Its logarithm is normal.
    Lognormal {
        /// Its mean.
        mean: f64,
        /// Standard deviation over mean.
        cv: f64,
    },
}

impl Law {
    /// Its mean.
    pub const fn mean(self) -> f64 {
        match self {
            Self::Exponential { mean } | Self::Lognormal { mean, .. } => mean,
            Self::Constant(length) => length,
        }
    }

    /// Draws a length, `times` as long as the law says; at least 1 ns.
    pub fn draw(self, stream: &mut Stream, times: f64) -> Nanos {
        let mean = nanos(self.mean() * times);
        let drawn = match self {
            Self::Exponential { .. } => stream.exponential(mean),
            Self::Constant(_) => mean,
            Self::Lognormal { cv, .. } => stream.lognormal(mean, (1.0 + cv * cv).ln().sqrt()),
        };
        Nanos(drawn.0.max(1))
    }
}

/// A length in the case's unit, as the engine counts it.
#[expect(clippy::cast_sign_loss, reason = "lengths are not negative")]
pub(super) fn nanos(length: f64) -> Nanos {
    Nanos((length * UNIT).round() as u64)
}

/// The case's unit of a length of the engine.
#[expect(clippy::cast_precision_loss, reason = "an interval is wider than what is lost")]
pub(super) fn units(length: u64) -> f64 {
    length as f64 / UNIT
}
