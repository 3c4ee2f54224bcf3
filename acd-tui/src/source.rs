//! Where messages come from: one connection that comes back, a snapshot a second, the events.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use acd_client::{Backoff, Client, ClientError, Continued, Update, Watch, watch};
use acd_proto::Address;
use acd_proto::request::{Request, TakeSnapshot};
use acd_proto::snapshot::Snapshot;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::message::{Connected, Message};
use crate::model::{Resumed, Who};

/// How often a snapshot is taken.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(1);
/// And where the city's time is compressed.
const SNAPSHOT_EVERY_COMPRESSED: Duration = Duration::from_millis(250);
/// From the first try to connect again to the last.
const BACKOFF: Backoff =
    Backoff { first: Duration::from_millis(250), most: Duration::from_secs(5) };
/// Every event. What makes no line is dropped here rather than by topic.
const TOPICS: [&str; 1] = ["*"];

/// A snapshot asked for.
type Asked = Pin<Box<dyn Future<Output = Result<Snapshot, ClientError>> + Send>>;

/// Every part of a snapshot.
pub const EVERYTHING: [&str; 4] = ["queues", "agents", "contacts", "engine"];

/// What to ask for.
fn request(parts: &[&str]) -> Request {
    Request::Snapshot(TakeSnapshot { of: parts.iter().copied().map(String::from).collect() })
}

/// Asks once, and leaves.
pub async fn fetch(
    address: &Address,
    options: &acd_client::Options,
    parts: &[&str],
) -> Result<(Connected, Snapshot), ClientError> {
    let (client, _events) = Client::connect(address, options).await?;
    let snapshot = client.request(&request(parts)).await?;
    let hello = connected(&client, Continued::First);
    client.close().await?;
    Ok((hello, snapshot))
}

/// Sends messages until nobody takes them (`Ok`) or the server will have none of us (`Err`).
pub async fn follow(
    address: Address,
    client: acd_client::Options,
    messages: mpsc::Sender<Message>,
) -> Result<(), ClientError> {
    let mut watch = watch(address, client, TOPICS.map(String::from).to_vec(), BACKOFF);
    let mut clock = every(SNAPSHOT_EVERY);
    let mut asked: Option<Asked> = None;
    loop {
        let message = tokio::select! {
            update = watch.next() => match update {
                Some(Update::Over(why)) => return Err(why),
                Some(update) => {
                    if let Update::Connected { client, .. } = &update {
                        asked = None;
                        clock = every(match client.hello().speed {
                            0 | 1 => SNAPSHOT_EVERY,
                            _ => SNAPSHOT_EVERY_COMPRESSED,
                        });
                    }
                    told(update)
                }
                None => return Ok(()),
            },
            snapshot = answer(&mut asked) => taken(snapshot)?,
            _ = clock.tick(), if asked.is_none() => {
                asked = ask(&watch);
                None
            }
        };
        if let Some(message) = message
            && messages.send(message).await.is_err()
        {
            return Ok(());
        }
    }
}

/// Ticks at once and then after each such time; ticks missed are not made up for.
fn every(period: Duration) -> Interval {
    let mut clock = interval(period);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    clock
}

fn ask(watch: &Watch) -> Option<Asked> {
    let client = watch.client()?;
    Some(Box::pin(async move { client.request(&request(&EVERYTHING)).await }))
}

/// The answer, once there is one; never, when nothing was asked.
async fn answer(asked: &mut Option<Asked>) -> Result<Snapshot, ClientError> {
    match asked {
        Some(answer) => {
            let snapshot = answer.await;
            *asked = None;
            snapshot
        }
        None => std::future::pending().await,
    }
}

/// A lost connection is told by the watch, and a server short of breath is asked again.
fn taken(snapshot: Result<Snapshot, ClientError>) -> Result<Option<Message>, ClientError> {
    match snapshot {
        Ok(snapshot) => Ok(Some(Message::Snapshot(Box::new(snapshot)))),
        Err(ClientError::Refused(error)) if error.data.retry => Ok(None),
        Err(ClientError::Lost(_)) => Ok(None),
        Err(why) => Err(why),
    }
}

fn told(update: Update) -> Option<Message> {
    match update {
        Update::Connected { client, continued } => {
            Some(Message::Connected(Box::new(connected(&client, continued))))
        }
        Update::Message(acd_client::Message::Event(event)) => Some(Message::Event(event)),
        Update::Message(acd_client::Message::Notice { .. }) | Update::Over(_) => None,
        Update::Lost { tries, next, why, .. } => Some(Message::Disconnected {
            why: reason(&why),
            attempt: tries + 1,
            retry_in: next.saturating_duration_since(Instant::now()),
        }),
    }
}

/// Why, without the address, which the banner names already.
fn reason(why: &ClientError) -> String {
    match why {
        ClientError::Connect { source, .. } => source.to_string(),
        why => why.to_string(),
    }
}

/// What the server said at hello, for the model.
pub fn connected(client: &Client, continued: Continued) -> Connected {
    let hello = client.hello();
    let resumed = |events| Some(Resumed { seq: hello.seq, events });
    Connected {
        who: Who { city: hello.city.clone(), role: hello.role.clone(), name: hello.name.clone() },
        time_zone: hello.time_zone.clone(),
        speed: hello.speed,
        now: hello.now,
        resumed: match continued {
            Continued::First => None,
            Continued::Resumed(events) => resumed(Some(events)),
            Continued::Gap => resumed(None),
        },
    }
}
