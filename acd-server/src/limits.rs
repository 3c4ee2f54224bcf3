//! Every maximum of the server that the configuration does not set, each with what happens there.

use std::time::Duration;

/// Bytes of a frame before `hello`: `bad_frame`.
pub(crate) const FRAME_BYTES_BEFORE_HELLO: usize = 4 * 1024;
/// Bytes of one read. Before `hello` it is [`FRAME_BYTES_BEFORE_HELLO`].
pub(crate) const READ_BYTES: usize = 64 * 1024;
/// Frames of one connection handled before the others have their turn. No refusal.
pub(crate) const FRAMES_PER_TURN: usize = 64;
/// The same of the commonest requests in binary frames, each of which takes a microsecond or less.
pub(crate) const HOT_FRAMES_PER_TURN: usize = 4 * FRAMES_PER_TURN;
/// Bytes of replies that may wait for a connection's reader; while more wait, its requests do.
pub(crate) const REPLY_BYTES_WAITING: usize = 256 * 1024;
/// Bytes of messages that wait for a connection in one buffer of its own; what is more waits in
/// pieces that connections share.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;
/// Such buffers that are kept while no connection uses them.
pub(crate) const SPARE_BUFFERS_MAX: usize = 64;
/// Pieces of one write.
pub(crate) const WRITE_PIECES: usize = 64;
/// How long a connection may take nothing of what waits for it: `slow`.
pub(crate) const WRITE_STALL: Duration = Duration::from_secs(30);
/// How long a connection that is closed may take for its last bytes; then they are dropped.
pub(crate) const FLUSH: Duration = Duration::from_secs(2);
/// How long a connection that is closed waits for the disk, on which its last replies depend;
/// then they are dropped. A disk that stalls for longer has long stopped the server's work.
pub(crate) const FLUSH_HELD: Duration = Duration::from_secs(30);
/// How long a peer of the server's own user, or on loopback, may take for `hello`: people type.
pub(crate) const HELLO_DEADLINE_NEAR: Duration = Duration::from_mins(5);
/// The shortest lease in ms: `bad_params`.
pub(crate) const LEASE_MS_MIN: u64 = 1_000;
/// The longest lease in ms: `bad_params`.
pub(crate) const LEASE_MS_MAX: u64 = 60_000;
/// Bytes of a client's name, an `ext`, a caller's name or number, a reason: `bad_params`.
pub(crate) const TEXT_BYTES_MAX: usize = 256;
/// Attributes of a contact: `bad_params`.
pub(crate) const ATTRS_MAX: usize = 32;
/// Bytes of a contact's attributes, keys and values: `bad_params`.
pub(crate) const ATTRS_BYTES_MAX: usize = 8 * 1024;
/// Topics of one connection, all subscriptions together: `limit`.
pub(crate) const TOPICS_MAX: usize = 256;
/// Idempotency keys remembered: `limit`, naming `idem`.
pub(crate) const IDEM_ENTRIES_MAX: usize = 1_000_000;
/// Residents and requests of whom it is known who spoke with them last: the oldest goes.
pub(crate) const ACQUAINTANCES_MAX: usize = 200_000;
/// Messages of a live chat kept for resume: the oldest goes.
pub(crate) const CHAT_MESSAGES_MAX: usize = 200;
/// Bytes of a live chat's messages kept for resume: the oldest goes.
pub(crate) const CHAT_BYTES_MAX: usize = 64 * 1024;
/// Bytes of one message of a chat: `bad_params`.
pub(crate) const CHAT_TEXT_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a broadcast: `bad_params`.
pub(crate) const BROADCAST_BYTES_MAX: usize = 2 * 1024;
/// Lines of the audit that may wait for the disk: `overloaded`.
pub(crate) const AUDIT_LINES_WAITING: usize = 1_024;
/// Addresses whose failed tokens are remembered: the longest quiet one is forgotten.
pub(crate) const FAILED_ADDRESSES_MAX: usize = 10_000;
/// The first delay after a failed token; it doubles with each.
pub(crate) const FAILED_DELAY_FIRST: Duration = Duration::from_millis(200);
/// The longest delay after a failed token.
pub(crate) const FAILED_DELAY_MAX: Duration = Duration::from_secs(3);
/// After this long without one, failed tokens of an address are forgotten.
pub(crate) const FAILED_FORGOTTEN_AFTER: Duration = Duration::from_mins(10);
/// Tokens verified at the same time; further ones wait.
pub(crate) const VERIFICATIONS_AT_ONCE: usize = 2;
/// Ticks applied in one turn of the timer before the connections have theirs.
pub(crate) const TICKS_PER_TURN: usize = 16;
/// Events that wait for the thread that counts; beyond, the core waits for it.
pub(crate) const EVENTS_UNCOUNTED_MAX: usize = 8_192;
/// Questions that wait for the thread that counts: `overloaded`.
pub(crate) const COUNTS_ASKED_MAX: usize = 64;
/// Live contacts with which an act is previewed, since the state is forked for it: `limit`.
pub(crate) const PREVIEW_CONTACTS_MAX: usize = 20_000;
/// Events that a preview names; how many more there would be it counts.
pub(crate) const PREVIEW_EVENTS_MAX: usize = 50;
/// Stops on a resident's way that are told; a chain of transfers has no more.
pub(crate) const PATH_MAX: usize = 16;
