//! What can be chosen about a log: sizes, and when a record counts as committed.

/// When a record counts as committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// After `fdatasync`: survives the loss of power. Replies wait for it.
    #[default]
    Fsync,
    /// Written and synced as in [`Durability::Fsync`], but nobody waits: the loss of power may
    /// take the last groups.
    Async,
    /// Written, and synced only when a segment is full: survives the end of the process, not the
    /// loss of power.
    None,
}

/// Sizes and modes of a log.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes of a segment file, zeroed before it is used.
    pub segment_bytes: u64,
    /// Bytes of records that may wait for the log's thread; more is back-pressure.
    pub ring_bytes: usize,
    /// Bytes that one group may take before it is synced.
    pub group_bytes: usize,
    /// When a record counts as committed.
    pub durability: Durability,
    /// Faults that a simulation plants and must find; none anywhere else.
    #[doc(hidden)]
    pub planted: Planted,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            ring_bytes: 8 << 20,
            group_bytes: 1 << 20,
            durability: Durability::Fsync,
            planted: Planted::default(),
        }
    }
}

/// A bug put in on purpose: the proof that the simulation would find it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planted {
    /// The watermark moves before the disk has the records.
    pub ack_before_fsync: bool,
    /// A renamed segment's directory entry is not synced.
    pub forget_directory_fsync: bool,
    /// A frame's checksum does not cover the checksum of the record before it.
    pub drop_previous_crc: bool,
}

impl Options {
    /// Whether a group is synced before it counts.
    pub(crate) fn syncs_group(&self) -> bool {
        self.durability != Durability::None && !self.planted.ack_before_fsync
    }
}
