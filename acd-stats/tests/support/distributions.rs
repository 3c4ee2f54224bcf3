//! Distributions since midnight, from all that was recorded one by one.

use serde_json::Value;

use super::{How, Oracle, What};

/// The ways in which a length comes to be recorded, as rows call them.
const KINDS: [&str; 4] = ["waits", "abandon_waits", "handle", "hand_off"];

/// The length that is recorded, in ms, and as what.
fn recorded(what: What) -> Option<(&'static str, u64)> {
    match what {
        What::Left { how: How::Answered, wait } => Some(("waits", wait / 1_000)),
        What::Left { how: How::Abandoned, wait } => Some(("abandon_waits", wait / 1_000)),
        What::Handled { ms } => Some(("handle", ms)),
        What::HandedOff { ms } => Some(("hand_off", ms)),
        _ => None,
    }
}

/// Compares the distributions of a row, each quantile within 1 %, the longest exact.
pub(super) fn check(row: &Value, oracle: &Oracle, (from, to): (u64, u64)) {
    let queue = row["queue"].as_str();
    for kind in KINDS {
        let of_day = oracle.facts.iter().filter(|fact| (from..to).contains(&fact.at));
        let asked = of_day.filter(|fact| queue.is_none_or(|queue| queue == fact.queue));
        let lengths = asked.filter_map(|fact| recorded(fact.what).filter(|(of, _)| *of == kind));
        let mut lengths: Vec<u64> = lengths.map(|(_, ms)| ms).collect();
        lengths.sort_unstable();
        let told = |member: &str| row[kind][member].as_u64().unwrap();
        let what = format!("{kind} of {queue:?}: {} of {lengths:?}", row[kind]);
        assert_eq!(told("count"), lengths.len() as u64, "{what}");
        assert_eq!(told("max_ms"), lengths.last().copied().unwrap_or(0), "{what}");
        for (percent, member) in [(50, "p50_ms"), (90, "p90_ms"), (99, "p99_ms")] {
            // The least length that so many of 100 do not exceed.
            let rank = (lengths.len() * percent).div_ceil(100);
            let exact = rank.checked_sub(1).map_or(0, |index| lengths[index]);
            let allowed = exact..=exact + exact.div_ceil(100);
            assert!(allowed.contains(&told(member)), "{member} is not {exact}: {what}");
        }
    }
}
