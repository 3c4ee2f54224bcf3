//! The engine's matching as one side of a bench, with no more beside it than the naive scan has.

use acd_core::alone::MatchingAlone;
use acd_core::{AgentId, Command, ContactId, Effect, Effects, Engine, OfferId, Timestamp};

use crate::centre::Side;

/// An agent, as far as matching does not know it.
#[derive(Clone, Copy, Debug, Default)]
struct Seat {
    free: bool,
    busy: bool,
    not_ready: bool,
    /// Becomes not ready with the end of its contact.
    pending: bool,
}

/// The engine's matching, without its checks, records, timers and statistics.
#[derive(Debug, Default)]
pub struct Alone {
    /// None before there are definitions.
    matching: Option<MatchingAlone>,
    seats: Vec<Seat>,
    /// By contact: to whom it went.
    takers: Vec<AgentId>,
    offers: u64,
}

impl Side for Alone {
    fn apply(&mut self, now: Timestamp, command: Command, effects: &mut Effects) {
        match command {
            Command::Configure(definitions) => {
                self.seats = vec![Seat::default(); definitions.agents.len()];
                let plain = definitions.queues.iter().all(|queue| {
                    queue.wrap_up.mode == acd_core::WrapUpMode::None && queue.steps.len() == 1
                });
                assert!(plain, "contacts neither relax nor leave a wrap-up here");
                let mut engine = Engine::new(1);
                let configured = engine.apply(now, Command::Configure(definitions), effects);
                configured.expect("the definitions are good");
                self.matching = Some(engine.into_matching());
            }
            Command::Submit(submit) => {
                self.takers.push(AgentId(0));
                let pair = self.matching().contact_comes(now, submit.queue);
                self.offer(pair, now, effects);
            }
            Command::End { contact, .. } => {
                let agent = self.takers[contact.0 as usize - 1];
                let seat = self.seat(agent);
                seat.busy = false;
                seat.not_ready |= std::mem::take(&mut seat.pending);
                self.free_again(agent, now, effects);
            }
            Command::Ready { agent } => {
                let seat = self.seat(agent);
                (seat.not_ready, seat.pending) = (false, false);
                self.free_again(agent, now, effects);
            }
            Command::NotReady { agent, .. } => {
                let seat = self.seat(agent);
                (seat.pending, seat.not_ready) = (seat.busy, !seat.busy);
                if std::mem::take(&mut seat.free) {
                    self.matching().agent_goes(agent);
                }
            }
            Command::SignIn { agent, .. } => self.seat(agent).not_ready = true,
            Command::FrontEndBack { .. } | Command::Answer { .. } => {}
            other => unreachable!("no bench of matching alone plays {other:?}"),
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        None
    }
}

impl Alone {
    fn matching(&mut self) -> &mut MatchingAlone {
        self.matching.as_mut().expect("definitions come first")
    }

    fn seat(&mut self, agent: AgentId) -> &mut Seat {
        &mut self.seats[agent.0 as usize - 1]
    }

    fn free_again(&mut self, agent: AgentId, now: Timestamp, effects: &mut Effects) {
        let seat = self.seat(agent);
        if seat.busy || seat.not_ready {
            return;
        }
        seat.free = true;
        let pair = self.matching().agent_is_free(agent);
        self.offer(pair, now, effects);
    }

    fn offer(&mut self, pair: Option<(ContactId, AgentId)>, now: Timestamp, effects: &mut Effects) {
        let Some((contact, agent)) = pair else { return };
        let seat = self.seat(agent);
        (seat.free, seat.busy) = (false, true);
        self.takers[contact.0 as usize - 1] = agent;
        self.offers += 1;
        let offer = OfferId(self.offers);
        effects.push(Effect::Offered { contact, offer, agent, until: now });
    }
}
