//! One client of the demo: a front end or an agent's desktop, with its own connection.

use std::collections::VecDeque;

use acd_client::{Client, ClientError, Events, Message, Options, Reply};
use acd_proto::request::{ContactEnd, Empty, Place, TakeSnapshot};
use acd_proto::snapshot::Snapshot;
use acd_proto::{Address, Event, Kind, Request, Role};
use acd_sim::{Actor, Move};
use serde_json::Value;
use tokio::sync::mpsc;

/// What one player may have to say before it gets an answer; the play waits with more.
const TO_SAY_MAX: usize = 256;
/// Events held for a player: those of all that is put aside before it begins, too.
const EVENTS_MAX: usize = 65_536;

/// What a player is to say.
#[derive(Debug)]
pub(crate) enum Say {
    /// A request that is a move.
    Move(Box<Request>),
    /// That it is there; when the answer is heard, so is every event before it.
    Ping,
}

/// What a player heard.
#[derive(Debug)]
pub(crate) enum Heard {
    /// An event.
    Event(Actor, Box<Event>),
    /// Its oldest move without an answer was carried out, with this result.
    Done(Actor, Value),
    /// Its oldest move without an answer was refused.
    Refused(Actor, Kind),
    /// The answer to a ping.
    Pong,
    /// Its connection is lost, or makes no sense.
    Lost(Actor, ClientError),
}

/// A player, whether it is connected or not.
#[derive(Debug)]
pub(crate) struct Player {
    who: Actor,
    name: String,
    /// Moves without an answer, in order.
    pub(crate) unanswered: VecDeque<Move>,
    /// The last event heard.
    place: Option<Place>,
    to_say: Option<mpsc::Sender<Say>>,
}

impl Player {
    /// One that has not come yet.
    pub(crate) fn new(who: Actor, name: &str) -> Self {
        Self { who, name: name.to_owned(), unanswered: VecDeque::new(), place: None, to_say: None }
    }

    /// Connects it. Whether it goes on from the last event heard, or begins: then whatever the
    /// server still holds under a front end's name is ended.
    pub(crate) async fn connect(
        &mut self,
        address: &Address,
    ) -> Result<(Client, Events, bool), ClientError> {
        let role = match self.who {
            Actor::FrontEnd(_) => Role::Frontend,
            Actor::Agent(_) => Role::Agent,
        };
        let mut options = Options::new(role, &self.name);
        options.events = EVENTS_MAX;
        options.resume.clone_from(&self.place);
        let (client, events) = Client::connect(address, &options).await?;
        let goes_on = self.place.is_some() && client.hello().gap != Some(true);
        if !goes_on {
            self.place = Some(client.place());
            if role == Role::Frontend {
                end_all(&client).await?;
            }
        }
        Ok((client, events, goes_on))
    }

    /// From now on it says `first` and whatever else it is told to; what it hears goes to `heard`.
    pub(crate) fn begin(
        &mut self,
        (client, events): (Client, Events),
        first: Vec<Request>,
        heard: mpsc::Sender<Heard>,
    ) {
        let (to_say, says) = mpsc::channel(TO_SAY_MAX.max(first.len()));
        for request in first {
            to_say.try_send(Say::Move(Box::new(request))).expect("there is room for them");
        }
        self.to_say = Some(to_say);
        tokio::spawn(play(self.who, client, events, says, heard));
    }

    /// Where it is told what to say; nowhere while it is not connected.
    pub(crate) fn to_say(&self) -> Option<&mpsc::Sender<Say>> {
        self.to_say.as_ref()
    }

    /// Its connection is no more.
    pub(crate) fn leave(&mut self) {
        self.to_say = None;
    }

    /// An event was heard; one that is told again is older than the last.
    pub(crate) fn has_heard(&mut self, event: &Event) {
        if let Some(place) = &mut self.place {
            place.seq = place.seq.max(event.seq);
        }
    }
}

/// Ends every contact that this front end has.
async fn end_all(client: &Client) -> Result<(), ClientError> {
    let request = TakeSnapshot { of: vec!["contacts".into()] };
    let snapshot: Snapshot = client.request(&Request::Snapshot(request)).await?;
    for row in snapshot.contacts.unwrap_or_default() {
        let end = ContactEnd { contact: row.contact, by: None, cause: None, disposition: None };
        match client.request::<Value>(&Request::ContactEnd(end)).await {
            // It may have ended by itself.
            Ok(_) | Err(ClientError::Refused(_)) => {}
            Err(lost) => return Err(lost),
        }
    }
    Ok(())
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
                let is_move = waits.take().is_some_and(|(_, is_move)| is_move);
                match reply {
                    Ok(result) if is_move => Heard::Done(who, result),
                    Ok(_) => Heard::Pong,
                    Err(ClientError::Refused(error)) if is_move => {
                        Heard::Refused(who, error.data.kind)
                    }
                    Err(lost) => Heard::Lost(who, lost),
                }
            }
            say = says.recv(), if waits.is_none() => {
                let Some(say) = say else { return };
                let (request, is_move) = match say {
                    Say::Move(request) => (*request, true),
                    Say::Ping => (Request::Ping(Empty {}), false),
                };
                match client.send(&request, None).await {
                    Ok(reply) => {
                        waits = Some((reply, is_move));
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

/// The reply that is waited for, and whether it is to a move.
type Waits = Option<(Reply<Value>, bool)>;

async fn answer(waits: &mut Waits) -> Result<Value, ClientError> {
    match waits {
        Some((reply, _)) => reply.await.map(|answer| answer.result),
        None => std::future::pending().await,
    }
}
