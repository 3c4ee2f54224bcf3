//! A connection that comes back: it resumes where it was, or says that it cannot.

use std::time::Duration;

use acd_proto::Address;
use acd_proto::request::Place;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::client::{Client, Options};
use crate::error::{ClientError, Lost};
use crate::events::{Events, Message};

/// Updates held for a slow consumer.
const UPDATES_MAX: usize = 64;

/// How long to wait before the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Before the first try.
    pub first: Duration,
    /// Doubled from try to try up to this.
    pub most: Duration,
}

impl Default for Backoff {
    /// 100 ms to 5 s.
    fn default() -> Self {
        Self { first: Duration::from_millis(100), most: Duration::from_secs(5) }
    }
}

impl Backoff {
    /// The wait before a try, counted from 1; `chance` in 0..=255 spreads clients that were cut
    /// off together over the last quarter of it.
    pub fn before(&self, tries: u32, chance: u8) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(tries - 1).unwrap_or(u32::MAX));
        let whole = doubled.min(self.most);
        whole * (1020 - u32::from(chance)) / 1020
    }
}

/// How a new connection goes on from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continued {
    /// There was none before: take a snapshot.
    First,
    /// Nothing is missed and nothing comes twice; so many events come again, at once.
    Resumed(u64),
    /// Some events are no longer to be had: take a snapshot.
    Gap,
}

/// What a [`Watch`] sees.
#[derive(Debug)]
pub enum Update {
    /// A connection stands.
    Connected {
        /// To ask with.
        client: Client,
        /// What becomes of what was known before.
        continued: Continued,
    },
    /// The server said something unasked.
    Message(Message),
    /// There is no connection. Comes again at each failed try.
    Lost {
        /// Since when.
        since: Instant,
        /// Tries that failed since.
        tries: u32,
        /// When the next one begins.
        next: Instant,
        /// What happened last.
        why: ClientError,
    },
    /// There will be none any more: the server refused the hello, or another connection took
    /// this one's name, and coming back would only take it away in turn.
    Over(ClientError),
}

/// A client that reconnects. Dropped, it closes.
#[derive(Debug)]
pub struct Watch {
    updates: mpsc::Receiver<Update>,
    client: watch::Receiver<Option<Client>>,
    task: JoinHandle<()>,
}

impl Watch {
    /// What happens next; none after [`Update::Over`]. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Update> {
        self.updates.recv().await
    }

    /// The present connection, to ask with from another task.
    pub fn client(&self) -> Option<Client> {
        self.client.borrow().clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Connects, subscribes to `topics` and comes back when the connection is lost, until the [`Watch`]
/// is dropped. The topics go on from the last event passed on, and first from [`Options::resume`];
/// without any, the events that a front end or an agent gets unasked do.
pub fn watch(address: Address, options: Options, topics: Vec<String>, backoff: Backoff) -> Watch {
    let (updates, receiver) = mpsc::channel(UPDATES_MAX);
    let (present, client) = watch::channel(None);
    let place = options.resume.clone();
    let keeper = Keeper { address, options, topics, backoff, place, updates, present };
    Watch { updates: receiver, client, task: tokio::spawn(keeper.run()) }
}

/// The task behind a [`Watch`].
struct Keeper {
    address: Address,
    options: Options,
    topics: Vec<String>,
    backoff: Backoff,
    /// The last event passed on.
    place: Option<Place>,
    updates: mpsc::Sender<Update>,
    present: watch::Sender<Option<Client>>,
}

/// Nobody takes updates any more.
struct Unwatched;

impl Keeper {
    async fn run(mut self) {
        let mut since = Instant::now();
        let mut tries = 0;
        loop {
            let why = match self.connect().await {
                Ok((client, events, continued)) => {
                    tries = 0;
                    match self.follow(client, events, continued).await {
                        Ok(why) => {
                            since = Instant::now();
                            why.into()
                        }
                        Err(Unwatched) => return,
                    }
                }
                Err(why) => {
                    tries += 1;
                    why
                }
            };
            if why.is_final() {
                // Whoever watched may be gone.
                drop(self.updates.send(Update::Over(why)).await);
                return;
            }
            let next = Instant::now() + self.backoff.before(tries + 1, chance());
            if self.updates.send(Update::Lost { since, tries, next, why }).await.is_err() {
                return;
            }
            tokio::time::sleep_until(next).await;
        }
    }

    async fn connect(&mut self) -> Result<(Client, Events, Continued), ClientError> {
        // With topics the place is that of the subscription. Resuming twice would have events come
        // again before the subscription is answered, and nobody takes them until then.
        self.options.resume = self.place.clone().filter(|_| self.topics.is_empty());
        let (client, events) = Client::connect(&self.address, &self.options).await?;
        let mut gap = client.hello().gap == Some(true);
        let mut replayed = client.hello().resumed.unwrap_or(0);
        if !self.topics.is_empty() {
            // A place of another log means nothing to this one; it says so itself.
            let subscribed = client.subscribe(&self.topics, self.place.clone()).await?;
            gap |= subscribed.gap;
            replayed += subscribed.replayed;
        }
        let continued = match (&self.place, gap) {
            (None, _) => Continued::First,
            (Some(_), true) => Continued::Gap,
            (Some(_), false) => Continued::Resumed(replayed),
        };
        Ok((client, events, continued))
    }

    /// Passes on what comes until the connection ends; returns why it did.
    async fn follow(
        &mut self,
        client: Client,
        mut events: Events,
        continued: Continued,
    ) -> Result<Lost, Unwatched> {
        self.place = Some(client.place());
        self.present.send_replace(Some(client.clone()));
        let connected = Update::Connected { client: client.clone(), continued };
        self.updates.send(connected).await.map_err(|_| Unwatched)?;
        let why = loop {
            match events.next().await {
                Ok(message) => {
                    let place = client.place();
                    self.updates.send(Update::Message(message)).await.map_err(|_| Unwatched)?;
                    self.place = Some(place);
                }
                Err(why) => break why,
            }
        };
        self.present.send_replace(None);
        Ok(why)
    }
}

/// Different from client to client; the keys of the hasher are random.
fn chance() -> u8 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish().to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_most_and_are_spread_downwards() {
        let backoff = Backoff::default();
        let wait = |tries, chance| backoff.before(tries, chance).as_millis();
        assert_eq!(
            [1, 2, 3, 6, 7, 40].map(|tries| wait(tries, 0)),
            [100, 200, 400, 3200, 5000, 5000]
        );
        assert_eq!(wait(1, 255), 75);
        assert_eq!(wait(40, 255), 3750);
    }
}
