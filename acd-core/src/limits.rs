//! Every maximum of the engine in one place; each has a named refusal.

use crate::time::Nanos;

/// The latest instant the engine accepts (year 2116): beyond it, [`TimeOutOfRange`].
///
/// [`TimeOutOfRange`]: crate::Rejection::TimeOutOfRange
pub const TIME_MAX: u64 = 1 << 62;
/// The highest number a restored engine may have issued: half of what the order of rule 6 has room
/// for, so that it can go on. Nobody gets there: a thousand million a second take 18 years.
pub const NUMBER_MAX: u64 = 1 << 59;
/// The shortest length of time a definition or command may name:
/// [`BadDuration`](crate::Rejection::BadDuration).
pub const DURATION_MIN: Nanos = Nanos::from_millis(1);
/// The longest: [`BadDuration`](crate::Rejection::BadDuration). 366 days.
pub const DURATION_MAX: Nanos = Nanos::from_secs(366 * 86_400);
/// The most age a contact may be credited with at entry:
/// [`BadAge`](crate::Rejection::BadAge). 7 days.
pub const AGE_MAX: Nanos = Nanos::from_secs(7 * 86_400);
/// The highest priority and band: [`BadPriority`](crate::Rejection::BadPriority).
pub const PRIORITY_MAX: u8 = 9;
/// The highest level of a skill: [`BadLevel`](crate::Rejection::BadLevel).
pub const LEVEL_MAX: u8 = 10;
/// Skills a contact may need, and terms of one alternative:
/// [`TooManyTerms`](crate::Rejection::TooManyTerms).
pub const TERMS_MAX: usize = 16;
/// Alternatives of one step: [`TooManyTerms`](crate::Rejection::TooManyTerms).
pub const ALTERNATIVES_MAX: usize = 16;
/// Steps of one queue: [`BadSteps`](crate::Rejection::BadSteps).
pub const STEPS_MAX: usize = 10;
/// Agents a contact may prefer: [`TooManyPreferred`](crate::Rejection::TooManyPreferred).
pub const PREFERRED_MAX: usize = 8;
/// Contacts of one channel an agent may hold: [`BadCapacity`](crate::Rejection::BadCapacity).
pub const CAPACITY_MAX: u8 = 100;
/// Bytes of a name: [`BadName`](crate::Rejection::BadName).
pub const NAME_BYTES_MAX: usize = 64;
/// Live contacts: [`TooManyContacts`](crate::Rejection::TooManyContacts).
pub const CONTACTS_MAX: usize = 1 << 21;
/// Agents ever defined: [`TooManyDefinitions`](crate::Rejection::TooManyDefinitions).
pub const AGENTS_MAX: usize = 100_000;
/// Queues ever defined: [`TooManyDefinitions`](crate::Rejection::TooManyDefinitions).
pub const QUEUES_MAX: usize = 4_096;
/// Skills ever defined: [`TooManyDefinitions`](crate::Rejection::TooManyDefinitions).
pub const SKILLS_MAX: usize = 4_096;
/// Sites ever defined: [`TooManyDefinitions`](crate::Rejection::TooManyDefinitions).
pub const SITES_MAX: usize = 1_024;
/// Not-ready reasons ever defined: [`TooManyDefinitions`](crate::Rejection::TooManyDefinitions).
pub const REASONS_MAX: usize = 256;
/// Front ends ever seen: [`TooManyFrontEnds`](crate::Rejection::TooManyFrontEnds).
pub const FRONT_ENDS_MAX: usize = 4_096;
/// Transfers in one chain: [`TooManyHops`](crate::Rejection::TooManyHops).
pub const HOPS_MAX: u8 = 16;
/// Bands a queue may promote by, and callback attempts it may allow:
/// [`BadPolicy`](crate::Rejection::BadPolicy).
pub const POLICY_COUNT_MAX: u8 = 9;
/// Deadlines one Tick fires; the rest stay due. Not a refusal: the caller ticks again.
pub const TICK_BUDGET: usize = 64;
/// Abandons in the expected-wait estimate before its two sums are halved. Not a refusal.
pub const ABANDONS_BEFORE_HALVING: u32 = 64;
