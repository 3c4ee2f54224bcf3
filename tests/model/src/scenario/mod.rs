//! The scenario language: one behaviour a file, commands on the left, what happens on the right.
//!
//! ```text
//! # RONA: an unanswered offer returns to the head of its queue.
//! queue roads needs=roads:3 offer_timeout=15
//! agent ana skills=roads:5 ready
//!
//!  1  contact c1 submit voice queue=roads  -> queued c1 in roads; offer c1 ana until 16
//!  2  contact c2 submit voice queue=roads  -> queued c2 in roads position 1
//! 16  tick
//!     -> failed c1 ana no_answer; requeued c1 offer_failed position 1; not_ready ana rona
//! expect waiting roads is c1,c2
//! ```
//!
//! Every line runs against the engine and against the [model](crate::Model), which must agree.
//! Instants and lengths are seconds with up to nine decimals; `m`, `h` and `d` stand for minutes,
//! hours and days (`max_wait=10m:end`). A `#` followed by a space begins a comment.
//!
//! # Header
//! The lines before the first command define the centre; what is not said has its default. Skills
//! and sites that are mentioned are defined, unless a `skills` or `sites` line lists them.
//!
//! * `seed N` · `front_end pbx kiosk` (those present at the start; one, `pbx`, if not said) ·
//!   `grace LENGTH` · `orphan_end LENGTH` · `skills NAME…` · `sites NAME…` · `reasons NAME…`
//! * `queue NAME` with `needs=` (alternatives separated by `|`, each `skill:level,…` or `any`),
//!   `sites=`, `drops=` for its first step; `strategy=longest_idle|best_skill|least_occupied|`
//!   `fewest_contacts|round_robin|random`, `objective=`, `offer_timeout=`, `prefer_for=`,
//!   `pause_rejected=`, `pause_busy=`, `pause_unreachable=`, `pause_no_answer=`, `rona_limit=`,
//!   `wrap_up=none|manual|fixed:LENGTH|mandatory:LENGTH`, `wrap_up_max=`, `promote_after=`,
//!   `promote_bands=`, `max_wait=LENGTH:end|LENGTH:move:QUEUE`, `max_waiting=`,
//!   `expected_handle=`, `callback_retry=`, `callback_attempts=`,
//!   `overflow=JOIN:LEAVE:STEP`; `steps=none` begins without one
//! * `step QUEUE after=LENGTH needs= sites= drops=`: its next step (`needs=none`: no alternative)
//! * `agent NAME skills=roads:5,es:3 site=north capacity=voice:2,chat:0`; with `ready` at its end
//!   it has signed in and is ready at 0
//!
//! # Commands
//! `TIME COMMAND -> OUTCOME`; the outcome may stand on the next line, and
//! go on after a `;` at the beginning of a line. Things have the names of the
//! header; contacts are called as at their submission, or `c1`, `c2`, … by number; `#7` is the
//! seventh of anything, defined or not.
//!
//! * `contact C submit CHANNEL queue=` `prio=` `needs=` `prefer=ana,bo` `prefer_for=` `age=`
//!   `front_end=` · `abandon` · `end [CAUSE] [by PARTY]` · `requeue` · `hold` · `unhold` ·
//!   `transfer queue=Q|agent=A [queue=Q] [attended]|outside [as=NAME] [needs=…] [new_age]` ·
//!   `move queue=` · `callback [at=INSTANT]` · `callback_failed` · `prioritise N` · `offer_to A`
//! * `agent A sign_in [capacity=…]` · `sign_out` · `ready` · `not_ready [REASON]` · `lost` ·
//!   `set_skills set=… unset=…` · `skill_for LENGTH set=…` · `set_capacity chat:1,…` ·
//!   `wrap_done C` · `wrap_extend C LENGTH` · `answer C` · `reject C` · `busy C` ·
//!   `unreachable C` · `no_answer C` · `ringing C` (the last offer of that contact to that agent)
//! * `offer N answer|reject|busy|unreachable|no_answer|ringing`
//! * `queue Q open` · `queue Q close [end|move=Q]` · `front_end F lost|back` · `tick` · `resume`
//! * `configure`, followed by indented header lines that change the definitions, and by
//!   `remove queue|agent|skill|site|reason NAME` or `clear`
//!
//! # Outcomes
//! `ok`: accepted, whatever the effects · `nothing`: accepted, without effect · `refused REASON` ·
//! or all effects in order, separated by `;`, where `...` stands for any number of them. Read the
//! words of an effect in `words.rs`. `?` is filled in by `ACD_BLESS=1`.
//!
//! # Expectations
//! `expect WHAT is VALUE`: `position C`, `wait C` (expected, in seconds), `next_wait Q`,
//! `waiting Q`, `contact C`, `agent A`, `queue Q`, `channel C`, `step C`, `promotions C`, `hops C`,
//! `first C`, `previous C`, `attempts C`, `level A SKILL`, `capacity A CHANNEL`, `handle Q`,
//! `deadline`.

mod command;
mod expect;
mod header;
mod names;
mod print;
mod run;
mod values;
mod words;

pub use print::print;
pub use run::{Mistake, Run, bless, run};
