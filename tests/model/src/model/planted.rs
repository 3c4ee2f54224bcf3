//! Faults that tests plant into the model to see that a comparison finds them.

/// One rule broken, each in a way that a reader could overlook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// Rule 3: matching stops after two offers.
    Rule3StopsEarly,
    /// Rule 4: a voice contact in wrap-up does not block chat.
    Rule4WrapUpDoesNotBlock,
    /// Rule 5: of one skill twice, the queue's level counts, not the higher.
    Rule5NeedsDoNotRaise,
    /// Rule 6: equal deadlines go by contact number, not by entry number.
    Rule6ContactNumber,
    /// Rule 7: `least_occupied` looks at the share of work now, not at the fixed one.
    Rule7OccupancyDrifts,
    /// Rule 8: a revoked offer costs the agent its idle number.
    Rule8RevocationBlames,
    /// Rule 9: a refused offer sets the count of unanswered ones back.
    Rule9RejectionForgives,
    /// Rule 10: `ready` leaves a pause standing.
    Rule10ReadyKeepsPause,
    /// Rule 11: parked contacts resume while the call that parked them is in wrap-up.
    Rule11ResumesInWrapUp,
    /// Rule 12: an extension may pass the maximum.
    Rule12ExtendsForEver,
    /// Rule 13: a contact that lost its agent's leg goes to the end of its class.
    Rule13RequeueForgetsEntry,
    /// Rule 14: `keep_age` keeps the origin and draws a new entry number.
    Rule14NewEntry,
    /// Rule 15: the last failed callback is scheduled once more.
    Rule15OneAttemptMore,
    /// Rule 16: `max_waiting` counts offered contacts.
    Rule16CountsOffered,
    /// Rule 17: an orphaned contact's last hour counts from the loss.
    Rule17HourFromLoss,
    /// Rule 18: a queue that overflows stops below `join`, not below `leave`.
    Rule18LeavesAtJoin,
}

impl Planted {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Rule3StopsEarly,
        Self::Rule4WrapUpDoesNotBlock,
        Self::Rule5NeedsDoNotRaise,
        Self::Rule6ContactNumber,
        Self::Rule7OccupancyDrifts,
        Self::Rule8RevocationBlames,
        Self::Rule9RejectionForgives,
        Self::Rule10ReadyKeepsPause,
        Self::Rule11ResumesInWrapUp,
        Self::Rule12ExtendsForEver,
        Self::Rule13RequeueForgetsEntry,
        Self::Rule14NewEntry,
        Self::Rule15OneAttemptMore,
        Self::Rule16CountsOffered,
        Self::Rule17HourFromLoss,
        Self::Rule18LeavesAtJoin,
    ];
}
