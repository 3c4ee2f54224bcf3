//! Version 1 of definitions.

use acd_core::{
    AgentDefinition, Definitions, MaxWait, MaxWaitAction, QueueDefinition, Step, Strategy, Term,
    WrapUpMode, WrapUpPolicy,
};

use super::wire::{records, variants};

records! {
    Definitions { skills, sites, reasons, queues, agents, grace, orphan_end }
    QueueDefinition {
        name, strategy, objective, steps, offer_timeout, prefer_for, pause_rejected, pause_busy,
        pause_unreachable, pause_no_answer, rona_limit, wrap_up, promote_after, promote_bands,
        max_wait, max_waiting, expected_handle, callback_retry, callback_attempts,
    }
    Step { after, alternatives, sites, drops }
    Term { skill, level }
    WrapUpPolicy { mode, maximum }
    MaxWait { after, action }
    AgentDefinition { name, site, skills, capacity }
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
