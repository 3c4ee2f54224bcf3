//! Random numbers in keyed streams, the same on every machine.
//!
//! What contact 17 draws is a function of the seed, the purpose and 17: it does not depend on what
//! others drew, nor on the order in which things happened. A day can therefore be changed in one
//! place, or played at another pace, and stays the same day everywhere else.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "draws are below 2^53 or rounded anyway, and lengths are not negative"
)]

use acd_core::Nanos;

/// The increment of splitmix64 (Steele, Lea, Flood 2014).
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Where every stream of a world comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

/// What a stream is for. Streams of different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// When contacts arrive in a quarter of an hour.
    Arrivals = 1,
    /// When the storm's calls arrive in a quarter of an hour.
    Storm,
    /// What an arriving resident wants.
    Visit,
    /// How long a resident waits, and what they do meanwhile.
    Patience,
    /// What becomes of an offer.
    Offer,
    /// How a conversation goes.
    Talk,
    /// How long an agent writes after it.
    WrapUp,
    /// How an agent is as a person.
    Temper,
    /// When an agent comes, goes and rests.
    Shift,
    /// What happens in a centre whose numbers are known.
    Truth,
}

impl Seed {
    /// The stream of `purpose` for the `nth` time that `of` needs it.
    #[must_use]
    pub fn stream(self, purpose: Purpose, of: u64, nth: u32) -> Stream {
        let keyed = mix(self.0 ^ mix((purpose as u64) << 32 | u64::from(nth)));
        Stream { state: mix(keyed ^ mix(of.wrapping_add(GAMMA))) }
    }
}

/// One sequence of draws.
#[derive(Clone, Debug)]
pub struct Stream {
    state: u64,
}

impl Stream {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// A whole number less than `n`, which is at least 1.
    pub fn below(&mut self, n: u64) -> u64 {
        debug_assert!(n > 0, "there is a number below n");
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// True `share` times in 1,000.
    pub fn per_mille(&mut self, share: u64) -> bool {
        self.below(1_000) < share
    }

    /// An index drawn in proportion to its weight; none when all weights are 0.
    pub fn pick(&mut self, weights: impl Iterator<Item = u64> + Clone) -> Option<usize> {
        let total: u64 = weights.clone().sum();
        if total == 0 {
            return None;
        }
        let mut left = self.below(total);
        for (index, weight) in weights.enumerate() {
            if left < weight {
                return Some(index);
            }
            left -= weight;
        }
        unreachable!("what is drawn is less than the sum of the weights")
    }

    /// A length between two numbers of milliseconds, evenly; `from` when they are not in order.
    pub fn between_ms(&mut self, from: u64, to: u64) -> Nanos {
        let span = to.saturating_sub(from).max(1) * 1_000_000;
        Nanos(from * 1_000_000 + self.below(span))
    }

    /// A length whose end is equally likely in every instant, with this mean.
    pub fn exponential(&mut self, mean: Nanos) -> Nanos {
        Nanos((-ln(self.unit()) * mean.0 as f64) as u64)
    }

    /// A length whose logarithm is normal: many short ones, few long ones, with this mean.
    /// `sigma` is the logarithm's standard deviation.
    pub fn lognormal(&mut self, mean: Nanos, sigma: f64) -> Nanos {
        let log = sigma * self.normal() - sigma * sigma / 2.0;
        Nanos((exp(log) * mean.0 as f64) as u64)
    }

    /// A number in (0, 1].
    fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// A standard normal number (Marsaglia's polar method).
    fn normal(&mut self) -> f64 {
        loop {
            let x = 2.0 * self.unit() - 1.0;
            let y = 2.0 * self.unit() - 1.0;
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * ln(square) / square).sqrt();
            }
        }
    }
}

/// The finalizer of splitmix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The natural logarithm of a positive, normal number. The system's differs between machines in
/// the last digit; sums and products do not.
fn ln(x: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let exponent = (bits >> 52).cast_signed() - 1_023;
    let mantissa = f64::from_bits(bits & MANTISSA | 1_023 << 52);
    // ln m = 2 artanh((m - 1) / (m + 1)); for m in [1, 2) the argument is at most 1/3.
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let square = t * t;
    let series = (0..14).rev().fold(0.0, |sum, k| sum * square + 1.0 / f64::from(2 * k + 1));
    2.0 * t * series + exponent as f64 * core::f64::consts::LN_2
}

/// e to the power of a number between -700 and 700, for the same reason.
fn exp(x: f64) -> f64 {
    let twos = (x / core::f64::consts::LN_2).round();
    let rest = x - twos * core::f64::consts::LN_2;
    let series = (1..=16).rev().fold(1.0, |sum, k| 1.0 + sum * rest / f64::from(k));
    series * f64::from_bits(((twos as i64) + 1_023).cast_unsigned() << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_its_key_alone() {
        let draw = |purpose, of, nth| Seed(311).stream(purpose, of, nth).bits();
        assert_eq!(draw(Purpose::Talk, 17, 0), draw(Purpose::Talk, 17, 0));
        assert_ne!(draw(Purpose::Talk, 17, 0), draw(Purpose::Talk, 17, 1));
        assert_ne!(draw(Purpose::Talk, 17, 0), draw(Purpose::Talk, 18, 0));
        assert_ne!(draw(Purpose::Talk, 17, 0), draw(Purpose::Offer, 17, 0));
        assert_ne!(draw(Purpose::Talk, 17, 0), Seed(312).stream(Purpose::Talk, 17, 0).bits());
    }

    #[test]
    fn logarithm_and_power_agree_with_the_system() {
        for k in 1..2_000_u32 {
            let x = f64::from(k) * 0.037;
            assert!((ln(x) - x.ln()).abs() < 1e-12, "ln {x}");
            let y = f64::from(k) * 0.01 - 10.0;
            assert!((exp(y) / y.exp() - 1.0).abs() < 1e-12, "exp {y}");
        }
    }

    #[test]
    fn means_and_shares_are_as_asked() {
        const N: u64 = 200_000;
        let mut stream = Seed(1).stream(Purpose::Talk, 0, 0);
        let mean = |mut draw: Box<dyn FnMut() -> Nanos + '_>| {
            (0..N).map(|_| draw().0 / 1_000_000).sum::<u64>() / N
        };
        let asked = Nanos::from_secs(270);
        // Within four standard errors: 270 s / sqrt(200,000) is 0.6 s.
        let exponential = mean(Box::new(|| stream.exponential(asked)));
        assert!((267_600..=272_400).contains(&exponential), "{exponential}");
        let lognormal = mean(Box::new(|| stream.lognormal(asked, 0.6)));
        assert!((268_400..=271_600).contains(&lognormal), "{lognormal}");
        let hits = (0..N).filter(|_| stream.per_mille(125)).count();
        assert!((24_400..=25_600).contains(&hits), "{hits}");
    }

    #[test]
    fn a_pick_follows_the_weights() {
        let mut stream = Seed(2).stream(Purpose::Visit, 0, 0);
        let mut counts = [0_u32; 3];
        for _ in 0..10_000 {
            counts[stream.pick([1, 0, 3].into_iter()).unwrap()] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((2_300..2_700).contains(&counts[0]), "{counts:?}");
        assert_eq!(stream.pick([0, 0].into_iter()), None);
    }
}
