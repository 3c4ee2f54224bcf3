//! The shape of a weekday: how many residents turn to the city in each quarter of an hour, and
//! how many seats are staffed for them.
//!
//! After the published figures of North American 3-1-1 centres: 4,500 contacts a weekday, 450 of
//! them in the busy hour from ten, and few at night; on the worst day calls were 4.6 times as many.

use acd_core::{Nanos, Timestamp};

use crate::rng::{Purpose, Seed, Stream};

/// Contacts of a weekday, on average.
pub const CONTACTS_A_DAY: u64 = 4_500;
/// A quarter of an hour.
pub const QUARTER: Nanos = Nanos::from_secs(900);
/// An hour.
pub const HOUR: Nanos = Nanos::from_secs(3_600);
/// A storm's calls, in thousandths of the usual.
pub const STORM_PER_MILLE: u64 = 4_600;

/// Thousandths of a day's contacts that arrive in each hour.
const HOURS: [i32; 24] =
    [6, 5, 4, 4, 5, 8, 18, 40, 72, 92, 100, 94, 80, 84, 86, 80, 70, 48, 32, 24, 18, 13, 10, 7];

/// Contacts expected in a quarter of an hour, counted from midnight of the first day, in
/// thousandths. Within an hour the quarters lean towards its neighbours; their sum is the hour's.
pub fn expected_milli(quarter: u64) -> u64 {
    let hour = (quarter / 4 % 24) as usize;
    let slope = HOURS[(hour + 1) % 24] - HOURS[(hour + 23) % 24];
    let place = 2 * (quarter % 4) as i32 - 3;
    // share / 4 + slope / 32 * place / 2, over the common denominator 64.
    let share_by_64 = 16 * HOURS[hour] + slope * place;
    let share_by_64 = u64::try_from(share_by_64).expect("no quarter of the table leans below 0");
    CONTACTS_A_DAY * share_by_64 / 64
}

/// Seats staffed in an hour (counted from midnight of the first day), of `agents`. All of them in
/// the busiest hours, and a few at night.
pub fn seats(hour: u64, agents: usize) -> usize {
    let share = HOURS[(hour % 24) as usize].unsigned_abs() as usize;
    (agents * (share + 3)).div_ceil(95).min(agents)
}

/// Instants at which residents arrive in a quarter, in order: `expected_milli` thousandths of a
/// resident on average, each instant as likely as another.
pub fn arrivals(
    seed: Seed,
    purpose: Purpose,
    quarter: u64,
    expected_milli: u64,
) -> impl Iterator<Item = Timestamp> {
    let mut stream: Stream = seed.stream(purpose, quarter, 0);
    let start = Timestamp(quarter * QUARTER.0);
    let end = start.after(QUARTER);
    let gap = (QUARTER.0 * 1_000).checked_div(expected_milli).map(Nanos);
    let mut at = start;
    core::iter::from_fn(move || {
        at = at.after(stream.exponential(gap?));
        (at < end).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_4500_contacts_and_450_in_the_busy_hour() {
        let day: u64 = (0..96).map(expected_milli).sum();
        assert!((4_499_900..=4_500_000).contains(&day), "{day}");
        let hour = |h: u64| (4 * h..4 * h + 4).map(expected_milli).sum::<u64>();
        assert!((449_990..=450_000).contains(&hour(10)), "{}", hour(10));
        assert!((0..24).all(|h| hour(h) <= hour(10)), "ten is the busy hour");
        assert!(hour(3) < 20_000, "nights are quiet");
    }

    #[test]
    fn seats_follow_the_day() {
        assert_eq!(seats(10, 42), 42);
        assert!((2..=5).contains(&seats(3, 42)), "{}", seats(3, 42));
        assert!(seats(8, 42) < 42 && seats(8, 42) > 24);
        assert_eq!(seats(10, 0), 0);
    }

    #[test]
    fn arrivals_come_in_order_within_their_quarter() {
        let all: Vec<_> = arrivals(Seed(3), Purpose::Arrivals, 41, 112_500).collect();
        assert!(all.is_sorted());
        assert!(all.iter().all(|at| at.0 / QUARTER.0 == 41));
        assert!((70..160).contains(&all.len()), "{}", all.len());
        assert_eq!(arrivals(Seed(3), Purpose::Arrivals, 41, 0).count(), 0);
    }
}
