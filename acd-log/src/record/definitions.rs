//! Version 1 of definitions.

use acd_core::{
    AgentDefinition, Definitions, MaxWait, MaxWaitAction, Overflow, QueueDefinition, Step,
    Strategy, Term, WrapUpMode, WrapUpPolicy,
};

use super::wire::{DecodeError, Input, Wire, records, variants};

records! {
    Definitions { skills, sites, reasons, queues, agents, grace, orphan_end }
    Overflow { join, leave, step }
    Step { after, alternatives, sites, drops }
    Term { skill, level }
    WrapUpPolicy { mode, maximum }
    MaxWait { after, action }
    AgentDefinition { name, site, skills, capacity }
}

/// Stands before the option of a maximum wait, whose tag is 0 or 1, where there is an overflow; a
/// program that is older refuses it by name.
const OVERFLOW: u8 = 2;

impl Wire for QueueDefinition {
    fn put(&self, out: &mut Vec<u8>) {
        let Self {
            name,
            strategy,
            objective,
            steps,
            offer_timeout,
            prefer_for,
            pause_rejected,
            pause_busy,
            pause_unreachable,
            pause_no_answer,
            rona_limit,
            wrap_up,
            promote_after,
            promote_bands,
            max_wait,
            max_waiting,
            expected_handle,
            callback_retry,
            callback_attempts,
            overflow,
        } = self;
        name.put(out);
        strategy.put(out);
        objective.put(out);
        steps.put(out);
        for length in [offer_timeout, prefer_for, pause_rejected, pause_busy, pause_unreachable] {
            length.put(out);
        }
        pause_no_answer.put(out);
        rona_limit.put(out);
        wrap_up.put(out);
        promote_after.put(out);
        promote_bands.put(out);
        if let Some(overflow) = overflow {
            out.push(OVERFLOW);
            overflow.put(out);
        }
        max_wait.put(out);
        max_waiting.put(out);
        expected_handle.put(out);
        callback_retry.put(out);
        callback_attempts.put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
        let mut queue = Self {
            name: Wire::take(input)?,
            strategy: Wire::take(input)?,
            objective: Wire::take(input)?,
            steps: Wire::take(input)?,
            offer_timeout: Wire::take(input)?,
            prefer_for: Wire::take(input)?,
            pause_rejected: Wire::take(input)?,
            pause_busy: Wire::take(input)?,
            pause_unreachable: Wire::take(input)?,
            pause_no_answer: Wire::take(input)?,
            rona_limit: Wire::take(input)?,
            wrap_up: Wire::take(input)?,
            promote_after: Wire::take(input)?,
            promote_bands: Wire::take(input)?,
            ..Self::named("")
        };
        if input.peek() == Some(OVERFLOW) {
            u8::take(input)?;
            queue.overflow = Some(Wire::take(input)?);
        }
        queue.max_wait = Wire::take(input)?;
        queue.max_waiting = Wire::take(input)?;
        queue.expected_handle = Wire::take(input)?;
        queue.callback_retry = Wire::take(input)?;
        queue.callback_attempts = Wire::take(input)?;
        Ok(queue)
    }
}

variants! {
    "strategy" Strategy {
        0 => LongestIdle {},
        1 => BestSkill {},
        2 => LeastOccupied {},
        3 => FewestContacts {},
        4 => RoundRobin {},
        5 => Random {},
    }
    "mode of wrap-up" WrapUpMode {
        0 => None {},
        1 => Fixed { length: length, mandatory: mandatory },
        2 => Manual {},
    }
    "action of a maximum wait" MaxWaitAction {
        0 => End {},
        1 => Move { 0: queue },
    }
}
