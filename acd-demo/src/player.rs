//! One client of the demo: a front end or an agent's desktop, with its own connection.

use acd_client::{Client, ClientError, Events, Message, Options, Reply};
use acd_proto::request::Empty;
use acd_proto::{Address, Event, Kind, Request, Role};
use acd_sim::{Act, Actor};
use tokio::sync::mpsc;

use crate::DemoError;

/// What one player may have to say before it gets an answer; the play waits with more.
const TO_SAY_MAX: usize = 256;

/// What a player is to say.
#[derive(Debug)]
pub(crate) enum Say {
    /// A request, and the move that it is.
    Move(Box<Request>, Act),
    /// That it is there; when the answer is heard, so is every event before it.
    Ping,
}

/// What a player heard.
#[derive(Debug)]
pub(crate) enum Heard {
    /// An event.
    Event(Actor, Box<Event>),
    /// A move was carried out.
    Done,
    /// A move was refused.
    Refused(Act, Kind),
    /// The answer to a ping.
    Pong,
    /// Its connection is lost, or makes no sense.
    Lost(Actor, ClientError),
}

/// Connects a player; what it is to say goes into what is returned, what it hears to `heard`.
pub(crate) async fn connect(
    address: &Address,
    who: Actor,
    name: &str,
    heard: mpsc::Sender<Heard>,
) -> Result<mpsc::Sender<Say>, DemoError> {
    let role = match who {
        Actor::FrontEnd(_) => Role::Frontend,
        Actor::Agent(_) => Role::Agent,
    };
    let (client, events) = Client::connect(address, &Options::new(role, name)).await?;
    let (to_say, says) = mpsc::channel(TO_SAY_MAX);
    tokio::spawn(play(who, client, events, says, heard));
    Ok(to_say)
}

/// Says one thing after the other, and passes on everything heard, in order: an event before any
/// reply that came after it.
async fn play(
    who: Actor,
    client: Client,
    mut events: Events,
    mut says: mpsc::Receiver<Say>,
    heard: mpsc::Sender<Heard>,
) {
    let mut waits = None;
    loop {
        let news = tokio::select! {
            biased;
            message = events.next() => match message {
                Ok(Message::Event(event)) => Heard::Event(who, event),
                Ok(Message::Notice { .. }) => continue,
                Err(lost) => Heard::Lost(who, lost.into()),
            },
            reply = answer(&mut waits), if waits.is_some() => {
                let act = waits.take().and_then(|(_, act)| act);
                match (reply, act) {
                    (Ok(()), Some(_)) => Heard::Done,
                    (Ok(()), None) => Heard::Pong,
                    (Err(ClientError::Refused(error)), Some(act)) => {
                        Heard::Refused(act, error.data.kind)
                    }
                    (Err(lost), _) => Heard::Lost(who, lost),
                }
            }
            say = says.recv(), if waits.is_none() => {
                let Some(say) = say else { return };
                let (request, act) = match say {
                    Say::Move(request, act) => (*request, Some(act)),
                    Say::Ping => (Request::Ping(Empty {}), None),
                };
                match client.send(&request, None).await {
                    Ok(reply) => {
                        waits = Some((reply, act));
                        continue;
                    }
                    Err(lost) => Heard::Lost(who, lost),
                }
            }
        };
        let is_over = matches!(news, Heard::Lost(..));
        if heard.send(news).await.is_err() || is_over {
            return;
        }
    }
}

/// The reply that is waited for, and the move that it answers.
type Waits = Option<(Reply<serde_json::Value>, Option<Act>)>;

async fn answer(waits: &mut Waits) -> Result<(), ClientError> {
    match waits {
        Some((reply, _)) => reply.await.map(|_| ()),
        None => std::future::pending().await,
    }
}
