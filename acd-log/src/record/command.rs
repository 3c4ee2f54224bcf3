//! Version 1 of every command. Tags are never reused.

use acd_core::{
    Channel, Command, EndCause, FailCause, Need, Party, Submit, Transfer, TransferTo,
    WaitingOnClose,
};

use super::wire::{records, variants};

variants! {
    // 0 stands for no command, in a record that has only the server's side.
    "command" Command {
        1 => Tick {},
        2 => Submit { 0: submit },
        3 => Abandon { contact: contact },
        4 => End { contact: contact, cause: cause, by: by },
        5 => Requeue { contact: contact },
        6 => Hold { contact: contact },
        7 => Unhold { contact: contact },
        8 => Transfer { 0: transfer },
        9 => Move { contact: contact, queue: queue },
        10 => Callback { contact: contact, at: at_time },
        11 => CallbackFailed { contact: contact },
        12 => Prioritise { contact: contact, prio: prio },
        13 => OfferTo { contact: contact, agent: agent },
        14 => OfferRinging { offer: offer },
        15 => Answer { offer: offer },
        16 => OfferFailed { offer: offer, cause: cause },
        17 => SignIn { agent: agent, capacity: capacity },
        18 => SignOut { agent: agent },
        19 => Ready { agent: agent },
        20 => NotReady { agent: agent, reason: reason },
        21 => AgentLost { agent: agent },
        22 => SetSkills { agent: agent, set: set, unset: unset },
        23 => SkillFor { agent: agent, set: set, length: length },
        24 => SetCapacity { agent: agent, set: set },
        25 => WrapDone { agent: agent, contact: contact },
        26 => WrapExtend { agent: agent, contact: contact, by: by },
        27 => OpenQueue { queue: queue },
        28 => CloseQueue { queue: queue, waiting: waiting },
        29 => Configure { 0: definitions },
        30 => FrontEndLost { front_end: front_end },
        31 => FrontEndBack { front_end: front_end },
        32 => Resume {},
        33 => Seed { seed: seed },
    }
    "target of a transfer" TransferTo {
        0 => Queue { 0: queue },
        1 => Agent { agent: agent, queue: queue, attended: attended },
        2 => Outside {},
    }
    "choice for those that wait" WaitingOnClose {
        0 => Keep {},
        1 => End {},
        2 => Move { 0: queue },
    }
    "channel" Channel {
        0 => Voice {},
        1 => Callback {},
        2 => Kiosk {},
        3 => Chat {},
        4 => Email {},
        5 => Web {},
    }
    "cause of a failure" FailCause {
        0 => Rejected {},
        1 => Busy {},
        2 => Unreachable {},
        3 => NoAnswer {},
    }
    "cause of an end" EndCause {
        0 => Hangup {},
        1 => Completed {},
        2 => ExitKey {},
        3 => Abandoned {},
        4 => Transferred {},
        5 => Timeout {},
        6 => Withdrawn {},
        7 => QueueClosed {},
        8 => CallbackFailed {},
        9 => LostByFrontEnd {},
        10 => Lost {},
    }
    "party" Party {
        0 => Caller {},
        1 => Agent {},
        2 => Supervisor {},
        3 => FrontEnd {},
        4 => System {},
    }
}

records! {
    Submit { front_end, channel, queue, prio, needs, prefer, prefer_for, age }
    Transfer { contact, to, needs, keep_age }
    Need { skill, level }
}
