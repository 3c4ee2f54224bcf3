//! Who waits, by age.

use std::collections::BTreeMap;

use acd_proto::snapshot::ContactRow;

use super::{DEFERRED, QueueLine};
use crate::clock::Real;
use crate::judge::{self, Severity};
use crate::model::Picture;
use crate::safe;

/// How many wait in one range of ages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgeRange {
    /// Waiting.
    pub waiting: u32,
    /// Of those, over their own queue's threshold.
    pub late: u32,
    /// Of those, over twice.
    pub very_late: u32,
}

/// Who waits, by age.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    /// By [`AGE_LIMITS_MS`], and one range beyond.
    pub ranges: [AgeRange; AGE_LIMITS_MS.len() + 1],
    /// The oldest of these: contact, safe to draw; queue, as the server names it; age.
    pub oldest: Option<(String, String, u64)>,
    /// The threshold, when the queues shown agree on one.
    pub threshold_ms: Option<u64>,
    /// Emails and web inquiries waiting, and the oldest's age.
    pub deferred: (u32, u64),
}

/// Ends of the ranges of age.
pub const AGE_LIMITS_MS: [u64; 4] = [10_000, 20_000, 60_000, 120_000];

/// Sorts who waits in the queues of `lines` by age.
pub fn ages(picture: &Picture, real: Real, lines: &[QueueLine]) -> Ages {
    let contacts =
        picture.snapshot.as_ref().and_then(|s| s.contacts.as_deref()).unwrap_or_default();
    let thresholds: BTreeMap<&str, u64> =
        lines.iter().map(|line| (line.raw.as_str(), line.threshold_ms)).collect();
    let since_ms = picture.since_snapshot_ms(real);
    let mut ages = Ages::default();
    let mut agreed: Option<u64> = None;
    let mut agree = true;
    let mut oldest: Option<(&ContactRow, u64)> = None;
    for contact in contacts.iter().filter(|contact| contact.state == "queued") {
        let Some(threshold_ms) = thresholds.get(contact.queue.as_str()).copied() else { continue };
        let age_ms = contact.wait_ms.saturating_add(since_ms);
        if DEFERRED.contains(&contact.channel.as_str()) {
            ages.deferred = (ages.deferred.0 + 1, ages.deferred.1.max(age_ms));
            continue;
        }
        agree &= *agreed.get_or_insert(threshold_ms) == threshold_ms;
        let at = AGE_LIMITS_MS.iter().take_while(|limit| age_ms >= **limit).count();
        let range = &mut ages.ranges[at];
        range.waiting += 1;
        match judge::wait(Some(age_ms), threshold_ms) {
            Severity::Calm => {}
            Severity::Warn => range.late += 1,
            Severity::Critical => {
                range.late += 1;
                range.very_late += 1;
            }
        }
        if oldest.is_none_or(|(_, longest)| age_ms > longest) {
            oldest = Some((contact, age_ms));
        }
    }
    ages.threshold_ms = agreed.filter(|_| agree);
    ages.oldest =
        oldest.map(|(contact, ms)| (safe::text(&contact.contact), contact.queue.clone(), ms));
    ages
}
