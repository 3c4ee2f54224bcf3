//! How often an address may ask: a bucket of tokens each, refilled with time.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Addresses remembered; beyond it the quietest is forgotten.
const ADDRESSES_MAX: usize = 20_000;
/// After so long every bucket is full again.
const WINDOW: Duration = Duration::from_mins(1);

/// A bucket an address.
#[derive(Debug, Default)]
pub(super) struct Buckets(BTreeMap<IpAddr, Bucket>);

/// Tokens left, and when they were counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    /// A full one.
    pub(super) fn full(most: u32, now: Instant) -> Self {
        Self { left: f64::from(most), at: now }
    }

    /// How long until there is a token.
    fn wait(&mut self, most: u32, now: Instant) -> Option<Duration> {
        let most = f64::from(most.max(1));
        let passed = now.duration_since(self.at).as_secs_f64();
        self.left = (self.left + passed * most / WINDOW.as_secs_f64()).min(most);
        self.at = now;
        (self.left < 1.0)
            .then(|| Duration::from_secs_f64((1.0 - self.left) * WINDOW.as_secs_f64() / most))
    }

    /// Takes a token, or says how long until there is one. `most` come back in a minute.
    pub(super) fn take(&mut self, most: u32, now: Instant) -> Result<(), Duration> {
        if let Some(wait) = self.wait(most, now) {
            return Err(wait);
        }
        self.left -= 1.0;
        Ok(())
    }
}

impl Buckets {
    /// Takes a token of that address.
    pub(super) fn take(&mut self, from: IpAddr, most: u32, now: Instant) -> Result<(), Duration> {
        if self.0.len() >= ADDRESSES_MAX && !self.0.contains_key(&from) {
            let quiet = self.0.iter().min_by_key(|(_, bucket)| bucket.at).map(|(&ip, _)| ip);
            quiet.and_then(|ip| self.0.remove(&ip));
        }
        self.0.entry(from).or_insert_with(|| Bucket::full(most, now)).take(most, now)
    }

    /// How long until that address has a token; none where it has one.
    pub(super) fn wait(&mut self, from: IpAddr, most: u32, now: Instant) -> Option<Duration> {
        self.0.get_mut(&from)?.wait(most, now)
    }

    /// Forgets who has been quiet.
    pub(super) fn forget(&mut self, now: Instant) {
        self.0.retain(|_, bucket| now.duration_since(bucket.at) < WINDOW);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let (mut buckets, now) = (Buckets::default(), Instant::now());
        let one: IpAddr = [127, 0, 0, 1].into();
        for _ in 0..6 {
            assert_eq!(buckets.take(one, 6, now), Ok(()));
        }
        let wait = buckets.take(one, 6, now).expect_err("it is empty");
        assert!((9.9..=10.1).contains(&wait.as_secs_f64()), "{wait:?}");
        assert_eq!(buckets.take([127, 0, 0, 2].into(), 6, now), Ok(()), "another has its own");
        assert_eq!(buckets.take(one, 6, now + Duration::from_secs(11)), Ok(()));
        assert_eq!(buckets.wait(one, 6, now + Duration::from_secs(50)), None);
        assert_eq!(buckets.wait([127, 0, 0, 3].into(), 6, now), None, "nobody knows it");
        buckets.forget(now + Duration::from_mins(2));
        assert!(buckets.0.is_empty());
    }
}
