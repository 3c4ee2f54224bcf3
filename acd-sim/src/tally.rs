//! What was counted of a day. A visit counts once, by its last contact, in that contact's queue.

/// The counts of one queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueTally {
    /// Refused at entry.
    pub refused: u64,
    /// Left before an answer.
    pub abandoned: u64,
    /// Over otherwise: after a conversation, or before the answer in another way than giving up.
    pub ended: u64,
    /// Without an answer at the moment: waiting, scheduled or offered.
    pub waiting: u64,
    /// With an agent at the moment.
    pub in_progress: u64,
    /// Waits of those that were answered, whatever became of them, in ms.
    pub waits_ms: Vec<u64>,
}

impl QueueTally {
    /// All of them.
    pub const fn submitted(&self) -> u64 {
        self.refused + self.abandoned + self.ended + self.waiting + self.in_progress
    }

    /// Those that were answered.
    pub const fn answered(&self) -> u64 {
        self.waits_ms.len() as u64
    }

    /// Those that were answered within a threshold.
    pub fn answered_within(&self, threshold_ms: u64) -> u64 {
        self.waits_ms.iter().filter(|wait| **wait <= threshold_ms).count() as u64
    }
}

/// The counts of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Residents who turned to the city, counted when they did.
    pub submitted: u64,
    /// Contacts that went on elsewhere.
    pub transfers: u64,
    /// Requests that came too late or found something changed, submissions aside.
    pub overtaken: u64,
    /// By queue number less one.
    pub queues: Vec<QueueTally>,
}

impl Tally {
    /// A tally of nothing, for so many queues.
    pub fn new(queues: usize) -> Self {
        Self { queues: vec![QueueTally::default(); queues], ..Self::default() }
    }

    /// The sum of something over all queues.
    pub fn total(&self, of: impl Fn(&QueueTally) -> u64) -> u64 {
        self.queues.iter().map(of).sum()
    }

    /// Whether everybody who came is accounted for once.
    pub fn adds_up(&self) -> bool {
        self.submitted == self.total(QueueTally::submitted)
    }
}
