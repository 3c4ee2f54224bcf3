//! What Kamailio has of each call: held, or an INVITE on its way to an agent. What the calls want
//! is done when Kamailio can.

use std::collections::{BTreeMap, BTreeSet};

use super::wire::{self, Call, Said, Told};
use crate::calls::{Board, Command, Ending, Exchange, Means};
use crate::route::{self, Route};
use crate::{Id, ids};

/// How often a caller is told that it waits (RFC 3261 13.3.1.1). `kamailio.cfg` gives twice that.
const AGAIN_US: u64 = 60_000_000;

/// How often a call is told to end whose answer the caller has not acknowledged.
const BYES_MAX: u8 = 30;

/// Kamailio's calls.
#[derive(Debug)]
pub struct Kamailio {
    routes: Vec<Route>,
    /// By Call-ID, as Kamailio escapes it.
    lines: BTreeMap<Id, Line>,
    /// By `ext`, the Call-ID.
    callids: BTreeMap<Id, Id>,
    /// When callers are told again that they wait.
    due: BTreeSet<(u64, Id)>,
    /// Answered calls told to end, with how often Kamailio could not, and whether just now.
    byes: BTreeMap<Id, (u8, bool)>,
    /// When Kamailio started.
    boot: Option<u64>,
}

/// A call.
#[derive(Debug)]
struct Line {
    ext: Id,
    cseq: Id,
    ti: u64,
    tl: u64,
    at: At,
    /// What is done once it is held again.
    then: Option<Command>,
    /// When it is told again that it waits.
    due: Option<u64>,
    /// Whether Kamailio has spoken of it since it was asked who is there.
    present: bool,
}

/// Where a call's INVITE is.
#[derive(Debug, PartialEq, Eq)]
enum At {
    /// With Kamailio.
    Held,
    /// On its way to an agent.
    Dialled { leg: Id, dropping: bool },
    /// Answered.
    Answered { leg: Id },
}

impl Kamailio {
    /// One without calls.
    pub fn new(routes: Vec<Route>) -> Self {
        let (lines, callids, due) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { routes, lines, callids, due, byes: BTreeMap::new(), boot: None }
    }

    /// A caller is there.
    fn call(&mut self, now: u64, call: &Call, board: &mut Board) -> bool {
        let ext = call.ext();
        if let Some(line) = self.lines.get_mut(&call.callid).filter(|line| line.ext == ext) {
            line.present = true;
            return true;
        }
        if board.is_over(&ext) {
            return false;
        }
        self.forget(&call.callid, board);
        let plain = call.plain();
        let request = route::request(&self.routes, &plain.caller(&ext), &plain.args, "$var(acd)");
        let (cseq, ti, tl) = (call.cseq.clone(), call.ti, call.tl);
        let (at, then, due) = (At::Held, None, None);
        let line = Line { ext: ext.clone(), cseq, ti, tl, at, then, due, present: true };
        self.lines.insert(call.callid.clone(), line);
        self.callids.insert(ext.clone(), call.callid.clone());
        match request {
            Ok(request) => board.came(now, request, call.since().unwrap_or(now)),
            Err(why) => board.unclear(&ext, &why),
        }
        true
    }

    /// A caller who is there, in a state; a leg that is no longer dialled has failed meanwhile.
    fn has(&mut self, now: u64, state: &str, call: &Call, board: &mut Board) {
        if !self.call(now, call, board) {
            return;
        }
        let Some(line) = self.lines.get_mut(&call.callid) else { return };
        let (word, leg) = state.split_once(' ').unwrap_or((state, ""));
        let leg = long(&line.ext, leg);
        let former = match &line.at {
            At::Dialled { leg, .. } | At::Answered { leg } => Some(leg.clone()),
            At::Held => None,
        };
        line.at = match word {
            "dialled" => At::Dialled { leg: leg.clone(), dropping: false },
            "answered" => At::Answered { leg: leg.clone() },
            _ => At::Held,
        };
        if let Some(former) = former.filter(|former| word == "held" || *former != leg) {
            board.leg_ended(&former, Ending::Normal("no_answer"));
        }
        match word {
            "dialled" => board.found_leg(&leg, false, false),
            "answered" => board.found_leg(&leg, true, false),
            _ => self.arm(&call.callid, now + AGAIN_US),
        }
    }

    /// Everybody who is there has been named.
    fn listed(&mut self, boot: u64, board: &mut Board) {
        let same = self.boot.replace(boot).is_none_or(|former| former == boot);
        // Those who talk go on without Kamailio, and their BYE comes through the one that is there.
        let gone =
            |line: &&Line| !line.present && (same || !matches!(line.at, At::Answered { .. }));
        let gone: Vec<Id> =
            self.lines.iter().filter(|(_, line)| gone(line)).map(|(id, _)| id.clone()).collect();
        for callid in gone {
            self.forget(&callid, board);
        }
    }

    /// A call is over.
    fn forget(&mut self, callid: &str, board: &mut Board) {
        if let Some(line) = self.lines.remove(callid) {
            self.callids.remove(&line.ext);
            board.left(&line.ext);
        }
    }

    fn failed(
        &mut self,
        now: u64,
        callid: &Id,
        leg: &str,
        code: u16,
        board: &mut Board,
        out: &mut Vec<Told>,
    ) {
        let Some(line) = self.lines.get_mut(callid) else { return };
        let leg = long(&line.ext, leg);
        if !matches!(&line.at, At::Dialled { leg: rung, .. } if *rung == leg) {
            return;
        }
        line.at = At::Held;
        let then = line.then.take();
        self.arm(callid, now + AGAIN_US);
        board.leg_ended(&leg, Ending::Normal(cause(code)));
        if let Some(command) = then {
            self.told(now, command, board, out);
        }
    }

    fn answered(&mut self, callid: &Id, leg: &str, board: &mut Board) {
        let Some(line) = self.lines.get_mut(callid) else { return };
        let leg = long(&line.ext, leg);
        if matches!(&line.at, At::Dialled { leg: rung, .. } if *rung == leg) {
            line.at = At::Answered { leg: leg.clone() };
            line.then = None;
            board.answered(&leg);
        }
    }

    /// Somebody has hung up after the answer.
    fn bye(&mut self, callid: &Id, by: &str, board: &mut Board) {
        let Some(line) = self.lines.get(callid) else { return };
        if let (At::Answered { leg }, "agent") = (&line.at, by) {
            board.leg_ended(leg, Ending::Normal("no_answer"));
        }
        self.forget(callid, board);
    }

    /// The caller is told again that it waits, when that is due and it is held.
    fn arm(&mut self, callid: &Id, at: u64) {
        let Some(line) = self.lines.get_mut(callid) else { return };
        if let Some(former) = line.due.replace(at) {
            self.due.remove(&(former, callid.clone()));
        }
        self.due.insert((at, callid.clone()));
    }

    fn hold(&mut self, now: u64, callid: &Id, out: &mut Vec<Told>) {
        let Some(line) = self.lines.get(callid).filter(|line| line.at == At::Held) else { return };
        let (ti, tl) = (line.ti, line.tl);
        out.push(Told::Hold { callid: callid.clone(), ti, tl });
        self.arm(callid, now + AGAIN_US);
    }

    fn dial(&mut self, callid: &Id, command: Command, board: &mut Board, out: &mut Vec<Told>) {
        let Some(line) = self.lines.get_mut(callid) else { return };
        let Command::Dial { leg, device, ring_ms, .. } = &command else { return };
        match &mut line.at {
            At::Held if is_uri(device) => {
                line.at = At::Dialled { leg: leg.clone(), dropping: false };
                let (ti, tl, leg) = (line.ti, line.tl, short(leg));
                let (callid, uri, ring_ms) = (callid.clone(), device.clone(), *ring_ms);
                out.push(Told::Dial { callid, ti, tl, leg, uri, ring_ms });
            }
            At::Held => {
                tracing::warn!(
                    device,
                    "an agent's device must be a SIP URI, such as sip:4471@10.0.0.7"
                );
                board.leg_ended(leg, Ending::Normal("unreachable"));
            }
            At::Dialled { .. } => line.then = Some(command),
            At::Answered { .. } => {}
        }
    }

    fn let_go(&mut self, callid: &Id, leg: &Id, out: &mut Vec<Told>) {
        let Some(line) = self.lines.get_mut(callid) else { return };
        if matches!(&line.then, Some(Command::Dial { leg: next, .. }) if next == leg) {
            line.then = None;
        }
        if let At::Dialled { leg: rung, dropping } = &mut line.at
            && rung == leg
            && !std::mem::replace(dropping, true)
        {
            let (callid, cseq, leg) = (callid.clone(), line.cseq.clone(), short(leg));
            out.push(Told::Drop { callid, cseq, leg });
        }
    }

    fn release(&mut self, callid: &Id, command: Command, out: &mut Vec<Told>) {
        let Some(line) = self.lines.get_mut(callid) else { return };
        let Command::Release { ext, status, .. } = &command else { return };
        match &line.at {
            At::Held => {
                let (ti, tl, status) = (line.ti, line.tl, status.clone());
                out.push(Told::Release { callid: callid.clone(), ti, tl, status });
                self.callids.remove(ext);
                self.lines.remove(callid);
            }
            At::Dialled { .. } => line.then = Some(command),
            At::Answered { .. } => {}
        }
    }
}

impl Exchange for Kamailio {
    type Said = Said;
    type Told = Told;
    const MEANS: Means = Means { joins_by_itself: true, takes_back: false };

    fn begin(&mut self, out: &mut Vec<Told>) {
        for line in self.lines.values_mut() {
            line.present = false;
        }
        out.push(Told::List);
    }

    fn said(&mut self, now: u64, said: &Said, board: &mut Board, out: &mut Vec<Told>) {
        match said {
            Said::Call(call) => drop(self.call(now, call, board)),
            Said::Has { state, call } => self.has(now, state, call, board),
            Said::Listed { boot } => self.listed(*boot, board),
            Said::Ringing { callid, leg } => {
                if let Some(line) = self.lines.get(callid) {
                    board.rings(&long(&line.ext, leg));
                }
            }
            Said::Answered { callid, leg } => self.answered(callid, leg, board),
            Said::Failed { callid, leg, code } => self.failed(now, callid, leg, *code, board, out),
            Said::Bye { callid, by } => self.bye(callid, by, board),
            Said::Cancelled { callid, cseq } => {
                let ext = wire::ext(callid, cseq);
                board.left(&ext);
                self.drop_line(&ext);
            }
            Said::Fallback { callid, cseq } => {
                let ext = wire::ext(callid, cseq);
                board.gone_on(&ext);
                self.drop_line(&ext);
            }
            // A telephone that no longer rings has said so itself.
            Said::Gone { wanted, .. } if wanted == "drop" => {}
            Said::Gone { callid, wanted, .. } if wanted == "bye" => {
                if let Some((tries, again)) = self.byes.get_mut(callid) {
                    *again = *tries < BYES_MAX;
                }
            }
            Said::Gone { callid, .. } => self.forget(callid, board),
            Said::Pong | Said::Checked { .. } => {}
        }
    }

    fn told(&mut self, now: u64, command: Command, board: &mut Board, out: &mut Vec<Told>) {
        let (Command::Wait { ext }
        | Command::Dial { ext, .. }
        | Command::Drop { ext, .. }
        | Command::Join { ext, .. }
        | Command::Part { ext, .. }
        | Command::Release { ext, .. }
        | Command::HangUp { ext, .. }) = &command;
        let Some(callid) = self.callids.get(ext).cloned() else { return };
        match command {
            Command::Wait { .. } => self.hold(now, &callid, out),
            Command::Dial { .. } => self.dial(&callid, command, board, out),
            Command::Drop { leg, .. } => self.let_go(&callid, &leg, out),
            Command::Release { .. } => self.release(&callid, command, out),
            Command::HangUp { ext, .. } => {
                self.byes.insert(callid.clone(), (0, false));
                out.push(Told::Bye { callid });
                self.drop_line(&ext);
            }
            // The two talk without us, and music on hold is the telephones'.
            Command::Join { .. } | Command::Part { .. } => {}
        }
    }

    fn tick(&mut self, now: u64, out: &mut Vec<Told>) {
        self.byes.retain(|_, (_, again)| *again);
        for (callid, (tries, again)) in &mut self.byes {
            (*tries, *again) = (*tries + 1, false);
            out.push(Told::Bye { callid: callid.clone() });
        }
        while let Some((at, callid)) = self.due.first().cloned().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, callid.clone()));
            if let Some(line) = self.lines.get_mut(&callid).filter(|line| line.due == Some(at)) {
                line.due = None;
                self.hold(now, &callid, out);
            }
        }
    }
}

impl Kamailio {
    /// Kamailio has nothing of this caller any more.
    fn drop_line(&mut self, ext: &Id) {
        if let Some(callid) = self.callids.remove(ext) {
            self.lines.remove(&callid);
        }
    }
}

/// A leg as Kamailio is told it: without the call, which it knows.
fn short(leg: &Id) -> Id {
    ids::parse(leg)
        .map_or_else(|| leg.clone(), |said| format!("{}~{}", said.offer, said.epoch).into())
}

/// The same as the calls name it.
fn long(ext: &str, leg: &str) -> Id {
    let (offer, epoch) = leg.split_once('~').unwrap_or((leg, ""));
    ids::leg(ext, offer, epoch)
}

/// Whether a device can be dialled.
pub(super) fn is_uri(device: &str) -> bool {
    let known = ["sip:", "sips:", "tel:"].iter().any(|scheme| device.starts_with(scheme));
    known && !device.contains(|letter: char| letter.is_control() || " <>\"".contains(letter))
}

/// Why a telephone was not answered, from a SIP status.
fn cause(code: u16) -> &'static str {
    match code {
        486 | 600 => "busy",
        403 | 603 => "rejected",
        // 408 also when the telephone rang for too long; 487 when we let go of it.
        408 | 480 | 487 => "no_answer",
        _ => "unreachable",
    }
}
