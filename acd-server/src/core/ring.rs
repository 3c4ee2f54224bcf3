//! The newest events, kept for `resume` and `since`: bounded by entries and by bytes.
//!
//! Frames lie one after another in segments that are used again, so that in steady state an event
//! is written once and nothing is allocated for it.
//!
//! ```text
//!  segments   [ frame frame masked frame … ][ frame frame …          ]
//!               ^entry ^entry       ^entry    ^entry ^entry
//!               oldest ………………………………………… newest | told, not yet published
//! ```

use std::collections::{BTreeMap, VecDeque};

use acd_core::OfferId;
use acd_proto::{Event, EventBody, Word, bin1};

use super::audience::Audience;
use crate::mask;

/// Bytes from which on a segment takes no further event.
const SEGMENT_BYTES: usize = 64 * 1024;

/// One event: where its frames lie, and whom it concerns.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The number of its segment, from the first that ever was.
    segment: u64,
    /// Where in it the frame begins.
    at: u32,
    /// Bytes of the frame. It is binary: small, and the line can be made of it again.
    length: u32,
    /// Bytes of the frame behind it, for those who may not see numbers; 0 where it is the same.
    masked: u32,
    /// Whom it concerns.
    pub(crate) audience: Audience,
    /// The offer it makes.
    pub(crate) offer: Option<OfferId>,
}

impl Entry {
    const fn bytes(&self) -> usize {
        size_of::<Self>() + self.length as usize + self.masked as usize
    }
}

/// The newest events, without a gap.
#[derive(Debug)]
pub(crate) struct Ring {
    entries: VecDeque<Entry>,
    segments: VecDeque<Vec<u8>>,
    /// The number of the first segment here.
    first_segment: u64,
    /// A segment that is used again.
    spare: Vec<u8>,
    bytes: usize,
    /// Number of the newest published event; 0 before the first.
    newest: u64,
    /// Events after it, which are told but not yet published.
    told: usize,
    /// Frames of what was told and is not counted yet.
    uncounted: Vec<u8>,
    /// Whether somebody may hear of what is told: then it stays until it is published.
    heard: bool,
    entries_max: usize,
    bytes_max: usize,
}

impl Ring {
    pub(crate) const fn new(entries_max: usize, bytes_max: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            segments: VecDeque::new(),
            first_segment: 0,
            spare: Vec::new(),
            bytes: 0,
            newest: 0,
            told: 0,
            uncounted: Vec::new(),
            heard: false,
            entries_max,
            bytes_max,
        }
    }

    /// Number of the newest published event; 0 before the first.
    pub(crate) const fn newest(&self) -> u64 {
        self.newest
    }

    /// Number of the oldest event still here; one more than the newest when none is.
    pub(crate) fn oldest(&self) -> u64 {
        self.newest + 1 + self.told as u64 - self.entries.len() as u64
    }

    /// How many events were told and not yet published.
    pub(crate) const fn told(&self) -> usize {
        self.told
    }

    /// Whether not all of so many new events will stay, whatever they are.
    pub(crate) const fn overflows(&self, coming: usize) -> bool {
        coming > self.entries_max
    }

    /// Numbers so many events, more than are kept, that nobody makes; those before them go.
    pub(crate) fn pass(&mut self, count: usize) {
        if count > 0 {
            self.entries.clear();
            self.bytes = 0;
            self.drop_segments();
            self.told += count;
        }
    }

    /// Says whether anybody is there to hear of what is told from now on.
    pub(crate) const fn set_heard(&mut self, heard: bool) {
        self.heard = heard;
    }

    /// Appends what has happened at that time (µs UTC); returns its number.
    pub(crate) fn tell(
        &mut self,
        ts: u64,
        body: EventBody<Word<'_>>,
        audience: Audience,
        offer: Option<OfferId>,
    ) -> u64 {
        let seq = self.next();
        let event = Event { seq, ts, body };
        let segment = self.segment_with_room();
        let at = segment.len();
        bin1::event(segment, &event);
        let length = segment.len() - at;
        mask_into(segment, &event);
        let masked = segment.len() - at - length;
        // A restart suspends everybody who waits, and nothing counts it.
        if !matches!(event.body, EventBody::Suspended { .. }) {
            self.count(at, length);
        }
        self.push(at, [length, masked], audience, offer);
        seq
    }

    /// As [`tell`](Self::tell), of something that was read again.
    pub(crate) fn tell_read(&mut self, ts: u64, body: EventBody, audience: Audience) {
        let event = Event { seq: self.next(), ts, body };
        let segment = self.segment_with_room();
        let at = segment.len();
        bin1::event(segment, &event);
        let length = segment.len() - at;
        self.count(at, length);
        self.push(at, [length, 0], audience, None);
    }

    fn count(&mut self, at: usize, length: usize) {
        let segment = self.segments.back().expect("a frame was written into it just now");
        self.uncounted.extend_from_slice(&segment[at..at + length]);
    }

    const fn next(&self) -> u64 {
        self.newest + self.told as u64 + 1
    }

    /// Appends an event as it was kept.
    pub(crate) fn put_back(
        &mut self,
        frame: &[u8],
        masked: Option<&[u8]>,
        audience: Audience,
        offer: Option<OfferId>,
    ) {
        let segment = self.segment_with_room();
        let at = segment.len();
        segment.extend_from_slice(frame);
        segment.extend_from_slice(masked.unwrap_or_default());
        let lengths = [frame.len(), masked.map_or(0, <[u8]>::len)];
        self.push(at, lengths, audience, offer);
    }

    /// From now on the last of all events has that number, and is published.
    pub(crate) fn number_from(&mut self, newest: u64) {
        (self.newest, self.told) = (newest, 0);
        self.trim();
    }

    /// What was told is published; the oldest events go where a maximum is passed.
    pub(crate) fn published(&mut self) {
        self.newest += self.told as u64;
        self.told = 0;
        self.trim();
    }

    /// The frames of what was told since [`counted`](Self::counted), whether it is still here or
    /// not.
    pub(crate) fn uncounted(&self) -> &[u8] {
        &self.uncounted
    }

    /// What was told is counted.
    pub(crate) fn counted(&mut self) {
        self.uncounted.clear();
        self.uncounted.shrink_to(SEGMENT_BYTES);
    }

    /// The event of that number.
    pub(crate) fn get(&self, seq: u64) -> Option<&Entry> {
        let index = seq.checked_sub(self.oldest())?;
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// What is here, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The binary frame of an event that is here.
    pub(crate) fn frame(&self, entry: &Entry) -> &[u8] {
        &self.from(entry)[..entry.length as usize]
    }

    /// Its frame for those who may not see numbers, where that differs.
    pub(crate) fn masked(&self, entry: &Entry) -> Option<&[u8]> {
        let masked = &self.from(entry)[entry.length as usize..][..entry.masked as usize];
        (!masked.is_empty()).then_some(masked)
    }

    fn from(&self, entry: &Entry) -> &[u8] {
        &self.segments[(entry.segment - self.first_segment) as usize][entry.at as usize..]
    }

    fn push(&mut self, at: usize, lengths: [usize; 2], audience: Audience, offer: Option<OfferId>) {
        let segment = self.first_segment + self.segments.len() as u64 - 1;
        let [length, masked] = lengths.map(|length| length as u32);
        let entry = Entry { segment, at: at as u32, length, masked, audience, offer };
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
        self.told += 1;
        if !self.heard {
            self.trim();
        }
    }

    fn segment_with_room(&mut self) -> &mut Vec<u8> {
        if self.segments.back().is_none_or(|last| last.len() >= SEGMENT_BYTES) {
            self.segments.push_back(std::mem::take(&mut self.spare));
        }
        self.segments.back_mut().expect("there is one, or it was made just now")
    }

    fn trim(&mut self) {
        while self.entries.len() > self.entries_max || self.bytes > self.bytes_max {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.bytes();
            self.drop_segments();
        }
    }

    /// Lets go of segments in which no event lies any more.
    fn drop_segments(&mut self) {
        let first = self.entries.front().map_or(u64::MAX, |entry| entry.segment);
        while self.first_segment < first && self.segments.len() > 1 {
            self.spare = self.segments.pop_front().unwrap_or_default();
            self.spare.clear();
            self.first_segment += 1;
        }
    }
}

/// Appends the frame with its numbers masked, where it has any.
fn mask_into(out: &mut Vec<u8>, event: &Event<Word<'_>>) {
    let Event { seq, ts, ref body } = *event;
    match body {
        EventBody::Offered { number: Some(Word::Text(number)), .. } => {
            let number = mask::number(number);
            let mut body = body.clone();
            if let EventBody::Offered { number: shown, .. } = &mut body {
                *shown = Some(Word::Text(&number));
            }
            bin1::event(out, &Event { seq, ts, body });
        }
        EventBody::Updated { of, prio, attrs } if !attrs.is_empty() => {
            let body = EventBody::Updated { of: *of, prio: *prio, attrs: BTreeMap::new() };
            bin1::event(out, &Event { seq, ts, body });
        }
        EventBody::Transferred { to: Word::Text(to), .. } => {
            let Some(outside) = to.strip_prefix("outside:") else { return };
            let to = format!("outside:{}", mask::number(outside));
            let mut body = body.clone();
            if let EventBody::Transferred { to: shown, .. } = &mut body {
                *shown = Word::Text(&to);
            }
            bin1::event(out, &Event { seq, ts, body });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::audience::Subject;
    use super::*;

    /// Tells an event whose frame is longer by that many bytes.
    fn tell(ring: &mut Ring, more: usize) -> usize {
        let text = "x".repeat(more);
        let body = EventBody::Broadcast { queue: None, text: Word::Text(&text), who: "w".into() };
        ring.tell(0, body, Audience::subscribers(Subject::Config), None);
        ring.entries.back().map_or(0, |entry| entry.length as usize)
    }

    #[test]
    fn the_oldest_go_first_and_numbers_stay() {
        let mut ring = Ring::new(3, 1 << 20);
        assert_eq!((ring.oldest(), ring.newest()), (1, 0));
        let lengths: Vec<usize> = (1..=5)
            .map(|more| {
                let length = tell(&mut ring, more);
                ring.published();
                length
            })
            .collect();
        assert_eq!((ring.oldest(), ring.newest()), (3, 5));
        assert!(ring.get(2).is_none());
        for seq in 3..=5 {
            let entry = ring.get(seq).expect("it is here");
            assert_eq!(ring.frame(entry).len(), lengths[seq as usize - 1]);
            assert_eq!(ring.masked(entry), None);
        }
        assert!(ring.get(6).is_none());
    }

    #[test]
    fn bytes_are_bounded_too() {
        let length = tell(&mut Ring::new(1, 1 << 20), 100);
        let mut ring = Ring::new(1_000, 3 * (size_of::<Entry>() + length) + 50);
        for _ in 0..10 {
            tell(&mut ring, 100);
            ring.published();
        }
        assert_eq!((ring.oldest(), ring.newest()), (8, 10));
        tell(&mut ring, 10_000);
        ring.published();
        assert_eq!((ring.oldest(), ring.newest()), (12, 11));
    }

    #[test]
    fn segments_are_used_again_and_what_is_here_stays_readable() {
        let mut ring = Ring::new(1_000, 1 << 30);
        for round in 0..20_000_u64 {
            tell(&mut ring, (round % 300) as usize);
            ring.published();
            assert!(ring.segments.len() <= 12, "{} segments", ring.segments.len());
        }
        assert_eq!((ring.oldest(), ring.newest()), (19_001, 20_000));
        for seq in ring.oldest()..=ring.newest() {
            let frame = ring.frame(ring.get(seq).expect("it is here"));
            let (frame, _) = bin1::split(frame, usize::MAX).expect("a frame").expect("whole");
            assert_eq!(frame.header.id, seq);
        }
    }

    #[test]
    fn what_somebody_may_hear_stays_until_it_is_published() {
        let mut ring = Ring::new(3, 1 << 20);
        ring.set_heard(true);
        for _ in 0..5 {
            tell(&mut ring, 1);
        }
        assert_eq!((ring.oldest(), ring.newest(), ring.told()), (1, 0, 5));
        ring.published();
        assert_eq!((ring.oldest(), ring.newest(), ring.told()), (3, 5, 0));
        ring.set_heard(false);
        for _ in 0..5 {
            tell(&mut ring, 1);
        }
        assert_eq!((ring.oldest(), ring.newest(), ring.told()), (8, 5, 5));
    }
}
