//! What requests begin, by weight.

use std::fmt;
use std::str::FromStr;

/// Something a request begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A call that is offered, answered and ended.
    Call,
    /// A call that is given up at once.
    Abandon,
    /// A ping.
    Ping,
}

const KINDS: [(&str, Kind); 3] =
    [("call", Kind::Call), ("abandon", Kind::Abandon), ("ping", Kind::Ping)];

/// Weights, as in `call=8,abandon=1,ping=1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mix(Vec<(Kind, u32)>);

impl Default for Mix {
    /// Eight calls, an abandoned one and a ping.
    fn default() -> Self {
        Self(vec![(Kind::Call, 8), (Kind::Abandon, 1), (Kind::Ping, 1)])
    }
}

impl Mix {
    /// What the request of this number begins: the weights, spread evenly.
    pub(crate) fn pick(&self, number: u64) -> Kind {
        let sum: u64 = self.0.iter().map(|(_, weight)| u64::from(*weight)).sum();
        // A step that shares no divisor with the sum visits each place once.
        let step = (sum / 2 + 1..=sum + 1).find(|step| gcd(*step, sum) == 1).unwrap_or(1);
        let mut place = number.wrapping_mul(step) % sum;
        for (kind, weight) in &self.0 {
            let weight = u64::from(*weight);
            if place < weight {
                return *kind;
            }
            place -= weight;
        }
        Kind::Ping
    }
}

const fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What is wrong with the text of a mix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no part of a mix: expected call=N, abandon=N or ping=N, N from 1 to 1000")]
pub struct MixError(String);

impl FromStr for Mix {
    type Err = MixError;

    fn from_str(text: &str) -> Result<Self, MixError> {
        let part = |part: &str| {
            let (name, weight) = part.split_once('=')?;
            let (_, kind) = KINDS.iter().find(|(known, _)| *known == name)?;
            let weight = weight.parse().ok().filter(|weight| (1..=1_000).contains(weight))?;
            Some((*kind, weight))
        };
        let parts = text.split(',').map(|one| part(one).ok_or_else(|| MixError(one.into())));
        Ok(Self(parts.collect::<Result<_, _>>()?))
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (kind, weight)) in self.0.iter().enumerate() {
            let name = KINDS.iter().find(|(_, known)| known == kind).map_or("", |(name, _)| name);
            write!(f, "{}{name}={weight}", if index > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_is_kept_exactly_over_its_sum() {
        for text in ["call=8,abandon=1,ping=1", "call=3,ping=7", "ping=1", "call=12,abandon=8"] {
            let mix: Mix = text.parse().expect(text);
            assert_eq!(mix.to_string(), text);
            let sum: u64 = mix.0.iter().map(|(_, weight)| u64::from(*weight)).sum();
            for (kind, weight) in &mix.0 {
                let picked = (0..sum).filter(|n| mix.pick(*n) == *kind).count();
                assert_eq!(picked as u32, *weight, "{text}");
            }
        }
    }

    #[test]
    fn a_wrong_part_is_named() {
        for (text, part) in [("call", "call"), ("call=1,pong=2", "pong=2"), ("ping=0", "ping=0")] {
            assert_eq!(text.parse::<Mix>(), Err(MixError(part.into())));
        }
    }
}
