//! Version 1 of the records of a state.

use acd_core::{
    AgentRecord, ContactRecord, ContactState, Counters, FrontEndRecord, Names, NotReadyReason,
    OfferRecord, Pending, Presence, QueueRecord, TemporarySkill, WrapUpRecord,
};

use super::wire::{Cause, DecodeError, Input, Wire, records, variants};

records! {
    Counters { contacts, offers, entries, idle_numbers, random }
    Names { skills, sites, reasons, queues, agents }
    FrontEndRecord { front_end, lost_at }
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

/// Whether it is open is bit 0 of its byte, whether it overflows bit 1, which older logs lack.
impl Wire for QueueRecord {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { queue, open, cursor, handle_us, waits_us, abandons, overflowing } = self;
        queue.put(out);
        out.push(u8::from(*open) | u8::from(*overflowing) << 1);
        cursor.put(out);
        handle_us.put(out);
        waits_us.put(out);
        abandons.put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
        let queue = Wire::take(input)?;
        let at = input.position();
        let flags = u8::take(input)?;
        if flags > 3 {
            let cause = Cause::Variant { what: "flags of a queue", tag: flags.into() };
            return Err(Input::wrong(at, cause));
        }
        Ok(Self {
            queue,
            open: flags & 1 != 0,
            cursor: Wire::take(input)?,
            handle_us: Wire::take(input)?,
            waits_us: Wire::take(input)?,
            abandons: Wire::take(input)?,
            overflowing: flags & 2 != 0,
        })
    }
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
