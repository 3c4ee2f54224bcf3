//! Numbers of things. All count from 1, are never reused, and cannot be mixed up.

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);
    };
}

number!(
    /// A contact's number, in order of entry.
    ContactId, u64
);
number!(
    /// An offer's number, in order of making.
    OfferId, u64
);
number!(
    /// An agent's number, in order of first definition.
    AgentId, u32
);
number!(
    /// A queue's number, in order of first definition.
    QueueId, u32
);
number!(
    /// A skill's number, in order of first definition.
    SkillId, u32
);
number!(
    /// A site's number, in order of first definition.
    SiteId, u32
);
number!(
    /// The number of a reason for being not ready, in order of first definition.
    ReasonId, u32
);
number!(
    /// A front end's number, in order of first appearance.
    FrontEndId, u32
);

/// One skill a contact needs, at a level or better (1..=10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need {
    /// The skill.
    pub skill: SkillId,
    /// The least level that will do.
    pub level: u8,
}
