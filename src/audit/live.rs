//! The audit of a server that runs, over its socket.

use std::collections::VecDeque;
use std::process::ExitCode;
use std::time::Instant;

use acd_client::{Client, Events, Message, Options};
use acd_proto::request::TakeSnapshot;
use acd_proto::snapshot::Snapshot;
use acd_proto::{Event, Request, Role};
use serde::Serialize;

use super::stream::{Stream, Violation};
use super::{Audit, TOLD_EVERY};
use crate::output::print;
use crate::past::json;

/// How an audit of events went.
#[derive(Serialize)]
struct Heard {
    /// The first event audited.
    from: u64,
    /// The last.
    to: u64,
    /// The first violation, if there is one.
    violation: Option<Violation>,
}

/// A server's events, and the books kept of them.
struct Live {
    client: Client,
    events: Events,
    stream: Stream,
}

impl Audit {
    /// Follows a server's events until a violation, Ctrl-C, or as many as are wanted.
    pub(super) async fn live(&self) -> anyhow::Result<ExitCode> {
        let options = Options::new(Role::Supervisor, "acd-audit");
        let options = Options { token: self.connect.token()?, ..options };
        let (client, mut events) = Client::connect(&self.connect.address()?, &options).await?;
        client.subscribe(&["*".to_owned()], None).await?;
        let (snapshot, early) = snapshot(&client, &mut events).await?;
        let stream = Stream::begin(&snapshot);
        let mut live = Live { client, events, stream };
        let from = live.stream.last() + 1;
        let violation = match live.hear(early) {
            Ok(()) => self.listen(&mut live, from).await?,
            Err(violation) => Some(violation),
        };
        let to = live.stream.last();
        self.tell_heard(&Heard { from, to, violation })
    }

    async fn listen(&self, live: &mut Live, from: u64) -> anyhow::Result<Option<Violation>> {
        let mut told = Instant::now();
        let most = self.events.map_or(u64::MAX, |count| (from - 1).saturating_add(count));
        loop {
            if live.stream.last() >= most {
                return live.compare().await;
            }
            let message = tokio::select! {
                _ = tokio::signal::ctrl_c() => return live.compare().await,
                () = tokio::time::sleep_until((told + TOLD_EVERY).into()) => None,
                message = live.events.next() => Some(message?),
            };
            if let Some(event) = message.map(event).transpose()?.flatten()
                && let Err(violation) = live.stream.follow(&event)
            {
                return Ok(Some(violation));
            }
            if told.elapsed() >= TOLD_EVERY {
                told = Instant::now();
                if let Some(violation) = live.compare().await? {
                    return Ok(Some(violation));
                }
                eprintln!("events {from} to {}: sound so far", live.stream.last());
            }
        }
    }

    fn tell_heard(&self, heard: &Heard) -> anyhow::Result<ExitCode> {
        let Heard { from, to, violation } = heard;
        match violation {
            _ if self.json => print(&json(heard)?)?,
            Some(violation) => print(&format!("{violation}\n"))?,
            None if to < from => print("no events to audit\n")?,
            None => print(&format!("events {from} to {to}: sound\n"))?,
        }
        Ok(if violation.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Live {
    fn hear(&mut self, events: impl IntoIterator<Item = Event>) -> Result<(), Violation> {
        events.into_iter().try_for_each(|event| self.stream.follow(&event))
    }

    /// Compares the books with what the server says there is.
    async fn compare(&mut self) -> anyhow::Result<Option<Violation>> {
        let (snapshot, mut early) = snapshot(&self.client, &mut self.events).await?;
        let later = early.partition_point(|event| event.seq <= snapshot.seq);
        let later = early.split_off(later);
        let mut heard = self.hear(early);
        // What happened before the snapshot may not have been read yet.
        while heard.is_ok() && self.stream.last() < snapshot.seq {
            let event = event(self.events.next().await?)?;
            heard = self.hear(event);
        }
        let compared = heard.and_then(|()| self.stream.compare(&snapshot));
        Ok(compared.and_then(|()| self.hear(later)).err())
    }
}

/// The present state, and the events that came while it was asked for.
async fn snapshot(
    client: &Client,
    events: &mut Events,
) -> anyhow::Result<(Snapshot, VecDeque<Event>)> {
    let of = ["contacts", "agents"].map(str::to_owned).to_vec();
    let request = Request::Snapshot(TakeSnapshot { of });
    let mut early = VecDeque::new();
    let mut asked = std::pin::pin!(client.request(&request));
    loop {
        tokio::select! {
            snapshot = &mut asked => return Ok((snapshot?, early)),
            message = events.next() => early.extend(event(message?)?),
        }
    }
}

/// The event of a message; an error where the server has cut the stream.
fn event(message: Message) -> anyhow::Result<Option<Event>> {
    match message {
        Message::Event(event) => Ok(Some(*event)),
        Message::Notice { method, .. } if method == "gap" || method == "bye" => {
            anyhow::bail!("the server cannot tell every event any more: {method}")
        }
        Message::Notice { .. } => Ok(None),
    }
}
