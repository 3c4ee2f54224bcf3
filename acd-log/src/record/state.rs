//! Version 1 of the records of a state.

use acd_core::{
    AgentRecord, ContactRecord, ContactState, Counters, FrontEndRecord, Names, NotReadyReason,
    OfferRecord, Pending, Presence, QueueRecord, TemporarySkill, WrapUpRecord,
};

use super::wire::{records, variants};

records! {
    Counters { contacts, offers, entries, idle_numbers, random }
    Names { skills, sites, reasons, queues, agents }
    FrontEndRecord { front_end, lost_at }
    QueueRecord { queue, open, cursor, handle_us, waits_us, abandons }
    AgentRecord {
        agent, presence, pending, paused_until, capacity, skills, temporary, idle_number,
        idle_holds_none, idle_occupancy, idle_contacts, idle_random, connected, no_answers, work,
        idle,
    }
    TemporarySkill { skill, former, until }
    ContactRecord {
        contact, front_end, channel, queue, prio, needs, prefer, prefer_until, origin, entry,
        entered_at, promotions, step, state, held, wait_counted, orphaned, orphan_at, first,
        previous, hops, attempts,
    }
    OfferRecord { offer, contact, agent, until, ringing }
    WrapUpRecord { contact, agent, channel, queue, connected_at, until, latest, mandatory }
}

variants! {
    "presence" Presence {
        0 => SignedOut {},
        1 => NotReady { 0: reason },
        2 => Ready {},
    }
    "reason for being not ready" NotReadyReason {
        0 => SignedIn {},
        1 => Unspecified {},
        2 => Given { 0: reason },
        3 => Rona {},
        4 => Lost {},
    }
    "pending request" Pending {
        0 => NotReady { 0: reason },
        1 => SignOut {},
    }
    "state of a contact" ContactState {
        0 => Waiting {},
        1 => Scheduled { until: until },
        2 => Offered { offer: offer },
        3 => Connected { agent: agent, since: since },
        4 => Parked { agent: agent, since: since },
    }
}
