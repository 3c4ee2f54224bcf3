//! The end of a day: everything is answered, and what the clients know is compared with what the
//! server knows.

use std::collections::BTreeMap;
use std::time::Duration;

use acd_core::{EndCause, Party};
use acd_proto::request::TakeSnapshot;
use acd_proto::snapshot::Snapshot;
use acd_proto::{Request, id};
use acd_sim::{Act, Actor, Move, Source};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::DemoError;
use crate::play::{Day, room};
use crate::player::{Heard, Say};
use crate::report::{Measured, Report};
use crate::wire::ext;

/// How long the server may take to answer everything when the day is over.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

impl Day<'_> {
    /// Waits until everything is answered, compares what the clients know with what the server
    /// knows, and reports.
    pub(crate) async fn close(&mut self) -> Result<Report, DemoError> {
        timeout(ANSWERS_WITHIN, self.settle()).await.map_err(late)??;
        let snapshot = timeout(ANSWERS_WITHIN, self.listen_up_to_snapshot()).await;
        let snapshot = snapshot.map_err(late)??;
        self.compare(&snapshot)?;
        let engine = snapshot.engine.unwrap_or_default();
        self.report(&Measured {
            decision_ns: engine.decision_ns,
            request_to_event_us: engine.request_to_event_us,
            events: engine.events,
            decisions: None,
        })
    }

    /// What the clients know.
    pub(crate) fn report(&self, measured: &Measured) -> Result<Report, DemoError> {
        let tally = self.world.tally();
        if !tally.adds_up() {
            return Err(DemoError::Mismatch("the counts do not add up".into()));
        }
        Ok(Report::new(&self.options, self.config, &tally, measured))
    }

    /// Everybody hangs up and goes home: nothing of the day stays on the server.
    pub(crate) async fn leave(&mut self) -> Result<(), DemoError> {
        let at = self.clock.now();
        let ends = self.world.live().filter_map(|live| {
            let act = Act::End(live.contact?, EndCause::Hangup, Party::Caller);
            Some(Move { at, by: Actor::FrontEnd(Source::of(live.channel)), act })
        });
        let goes = self.players.keys().filter_map(|by| match by {
            Actor::Agent(agent) if self.world.is_signed_in(*agent) => {
                Some(Move { at, by: *by, act: Act::SignOut })
            }
            _ => None,
        });
        let moves: Vec<_> = ends.chain(goes).collect();
        let all = async {
            for next in moves {
                self.say(next);
                self.settle_until(|day| day.held.is_none()).await?;
            }
            self.settle().await
        };
        timeout(ANSWERS_WITHIN, all).await.map_err(late)?
    }

    /// Waits until every request is answered.
    async fn settle(&mut self) -> Result<(), DemoError> {
        self.settle_until(|day| day.players.values().all(|one| one.unanswered.is_empty())).await
    }

    async fn settle_until(&mut self, is_settled: impl Fn(&Self) -> bool) -> Result<(), DemoError> {
        while !is_settled(self) {
            tokio::select! {
                heard = self.heard.recv() => self.take_in(heard)?,
                () = room(self.held.as_ref()), if self.held.is_some() => self.say_held(),
            }
        }
        Ok(())
    }

    /// Takes a snapshot, and hears every event that it includes and none after.
    async fn listen_up_to_snapshot(&mut self) -> Result<Snapshot, DemoError> {
        let request = TakeSnapshot { of: vec!["contacts".into(), "engine".into()] };
        let supervisor = self.supervisor.as_ref().ok_or(DemoError::Died)?;
        let snapshot: Snapshot = supervisor.request(&Request::Snapshot(request)).await?;
        let players: Vec<_> =
            self.players.values().filter_map(|player| player.to_say().cloned()).collect();
        let mut silent = players.len();
        let mut asked = players.into_iter();
        let mut next = asked.next();
        while silent > 0 {
            let heard = tokio::select! {
                heard = self.heard.recv() => heard,
                sent = ping(next.as_ref()), if next.is_some() => {
                    if sent {
                        next = asked.next();
                    }
                    continue;
                }
            };
            match heard {
                Some(Heard::Event(_, event)) if event.seq > snapshot.seq => {}
                Some(Heard::Pong) => silent -= 1,
                Some(heard) => self.hear(heard)?,
                None => return Err(DemoError::Died),
            }
        }
        Ok(snapshot)
    }

    /// Every contact of the players' that is not over is the same, in the same queue and state, on
    /// both sides.
    fn compare(&self, snapshot: &Snapshot) -> Result<(), DemoError> {
        let is_own = |name: &str| Source::ALL.iter().any(|source| source.name() == name);
        let rows = snapshot.contacts.iter().flatten().filter(|row| is_own(&row.frontend));
        let known = rows.map(|row| {
            let what = format!("{} {} in {}", row.contact, row.state, row.queue);
            (row.ext.clone(), what)
        });
        let known: BTreeMap<_, _> = known.collect();
        let believed = self.world.live().map(|live| {
            let contact = live.contact.map_or_else(|| "unknown".into(), id::contact);
            let what =
                format!("{contact} {} in {}", live.phase.name(), self.wire.queue(live.queue));
            (ext(live.visit.visit), what)
        });
        let believed: BTreeMap<_, _> = believed.collect();
        let all = known.keys().chain(believed.keys());
        let differing = all.filter(|ext| known.get(*ext) != believed.get(*ext)).min();
        let Some(first) = differing else { return Ok(()) };
        let say = |what: Option<&String>| what.map_or_else(|| "nothing".into(), Clone::clone);
        let (server, clients) = (say(known.get(first)), say(believed.get(first)));
        Err(DemoError::Mismatch(format!(
            "{first}: the server knows {server}, its client {clients}"
        )))
    }
}

fn late(_: tokio::time::error::Elapsed) -> DemoError {
    DemoError::Mismatch("the server has not answered everything".into())
}

/// Asks a player whether it has heard everything; true once it is asked.
async fn ping(player: Option<&mpsc::Sender<Say>>) -> bool {
    match player {
        Some(player) => player.send(Say::Ping).await.is_ok(),
        None => false,
    }
}
