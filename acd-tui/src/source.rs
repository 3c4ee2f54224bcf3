//! Where messages come from: one connection that comes back, a snapshot a second, the events.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use acd_client::{Backoff, Client, ClientError, Continued, Update, Watch, watch};
use acd_proto::Address;
use acd_proto::reply::{Previewed, Supervised};
use acd_proto::request::{AskStatistics, OneContact, Request, Supervise, TakeSnapshot};
use acd_proto::snapshot::Snapshot;
use acd_proto::statistics::Statistics;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::acts::Outcome;
use crate::ask::{ASKS_MAX, Ask};
use crate::message::{Connected, Message};
use crate::model::{Resumed, Who};
use crate::trace::Trace;

/// How often a snapshot is taken.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(1);
/// And where the city's time is compressed.
const SNAPSHOT_EVERY_COMPRESSED: Duration = Duration::from_millis(250);
/// From the first try to connect again to the last.
const BACKOFF: Backoff =
    Backoff { first: Duration::from_millis(250), most: Duration::from_secs(5) };
/// Every event. What makes no line is dropped here rather than by topic.
const TOPICS: [&str; 1] = ["*"];

/// Why nothing can be asked for.
const NO_CONNECTION: &str = "there is no connection";

/// A wish being done.
type Wish = Pin<Box<dyn Future<Output = Message> + Send>>;

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

/// Sends messages until nobody takes them (`Ok`) or the server will have none of us (`Err`), and
/// asks the server what it is asked to.
pub async fn follow(
    address: Address,
    client: acd_client::Options,
    mut asks: mpsc::Receiver<Ask>,
    messages: mpsc::Sender<Message>,
) -> Result<(), ClientError> {
    let mut watch = watch(address, client, TOPICS.map(String::from).to_vec(), BACKOFF);
    let mut clock = every(SNAPSHOT_EVERY);
    let mut asked: Option<Asked> = None;
    let mut wishes = FuturesUnordered::<Wish>::new();
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
            Some(ask) = asks.recv(), if wishes.len() < ASKS_MAX => {
                wishes.extend(wish(watch.client(), ask));
                None
            }
            Some(message) = wishes.next(), if !wishes.is_empty() => Some(message),
        };
        if let Some(message) = message
            && messages.send(message).await.is_err()
        {
            return Ok(());
        }
    }
}

/// A wish being done; none of what is not asked of a server.
fn wish(client: Option<Client>, ask: Ask) -> Option<Wish> {
    match ask {
        Ask::Trace(contact) => Some(Box::pin(async move {
            let told = match client {
                Some(client) => trace(&client, &contact).await,
                None => Err(NO_CONNECTION.to_owned()),
            };
            Message::Traced { contact, told }
        })),
        Ask::Preview { mut request, idem } => Some(Box::pin(async move {
            request.preview = true;
            let told = match client {
                Some(client) => preview(&client, *request).await,
                None => Err(NO_CONNECTION.to_owned()),
            };
            Message::Previewed { idem, told }
        })),
        Ask::Act { request, idem } => Some(Box::pin(async move {
            let outcome = match client {
                Some(client) => act(&client, *request, &idem).await,
                None => Outcome::Refused(NO_CONNECTION.to_owned()),
            };
            Message::Acted { idem, outcome: Box::new(outcome) }
        })),
        Ask::Statistics => Some(Box::pin(async move {
            let told = match client {
                Some(client) => statistics(&client).await,
                None => Err(NO_CONNECTION.to_owned()),
            };
            Message::Counted(told)
        })),
        Ask::Copy(_) | Ask::Save { .. } | Ask::Bell => None,
    }
}

async fn trace(client: &Client, contact: &str) -> Result<Box<Trace>, String> {
    let ask = Request::Trace(OneContact { contact: contact.to_owned() });
    client.request(&ask).await.map_err(|why| sentence(&why))
}

async fn statistics(client: &Client) -> Result<Box<Statistics>, String> {
    let of = vec!["queues".to_owned()];
    let ask = AskStatistics { of, series: true, ..AskStatistics::default() };
    client.request(&Request::Statistics(ask)).await.map_err(|why| sentence(&why))
}

async fn preview(client: &Client, request: Supervise) -> Result<Box<Previewed>, String> {
    client.request(&Request::Supervise(request)).await.map_err(|why| sentence(&why))
}

async fn act(client: &Client, request: Supervise, idem: &str) -> Outcome {
    match client.request_once::<Supervised>(&Request::Supervise(request), idem).await {
        Ok(answer) => Outcome::Done(answer.result),
        Err(why @ ClientError::Lost(_)) => Outcome::Unknown(why.to_string()),
        Err(why) => Outcome::Refused(sentence(&why)),
    }
}

/// Why, with what the server expected.
fn sentence(why: &ClientError) -> String {
    let ClientError::Refused(body) = why else { return why.to_string() };
    let field = body.data.field.as_ref().map(|field| format!(" ({field})")).unwrap_or_default();
    let expected = body.data.expected.as_ref();
    let expected = expected.map(|expected| format!(": expected {expected}")).unwrap_or_default();
    format!("{}{field}{expected}", body.message)
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
