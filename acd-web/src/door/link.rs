//! Between the door and the server: one front end, whose contacts are the inquiries.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acd_client::{Backoff, Client, ClientError, Continued, Message, Options, Update, watch};
use acd_proto::reply::{ContactResult, Done, Reconciled};
use acd_proto::request::{ContactEnd, LiveContact, OneContact, Reconcile, Request};
use acd_proto::{Address, Event, EventBody, Role};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch as present;

use super::Door;
use super::inquiry::{Inquiry, State};

/// The front end's name.
const NAME: &str = "web";
/// How often places are asked for, and of how many who wait in one round.
const PLACES_EVERY: Duration = Duration::from_secs(2);
const PLACES_A_ROUND: usize = 500;

/// The connection of the door.
#[derive(Debug)]
pub(super) struct FrontEnd {
    core: Address,
    token: Option<String>,
    client: present::Sender<Option<Client>>,
}

impl FrontEnd {
    pub(super) fn new(core: Address, token: Option<String>) -> Self {
        Self { core, token, client: present::channel(None).0 }
    }

    /// To ask with, while there is a connection.
    pub(super) fn client(&self) -> Option<Client> {
        self.client.borrow().clone()
    }
}

/// Follows the server's events for ever.
pub(super) async fn follow(door: Arc<Door>) {
    let front_end = &door.front_end;
    let options = Options { token: front_end.token.clone(), ..Options::new(Role::Frontend, NAME) };
    let mut updates = watch(front_end.core.clone(), options, Vec::new(), Backoff::default());
    while let Some(update) = updates.next().await {
        match update {
            Update::Connected { client, continued } => {
                front_end.client.send_replace(Some(client.clone()));
                // Until it has answered, its events wait; so this waits elsewhere.
                if !matches!(continued, Continued::Resumed(_)) {
                    tokio::spawn(reconcile(Arc::clone(&door), client));
                }
            }
            Update::Message(Message::Event(event)) => happened(&door, &event).await,
            Update::Message(Message::Notice { method, params }) if method == "message" => {
                if let Some(params) = params {
                    said(&door, params.get()).await;
                }
            }
            Update::Message(_) => {}
            Update::Lost { why, tries, .. } => {
                if front_end.client.send_replace(None).is_some() || tries == 1 {
                    tracing::warn!(%why, "the residents' door has no connection");
                }
            }
            Update::Over(why) => {
                front_end.client.send_replace(None);
                tracing::error!(%why, "the server refuses the residents' door");
            }
        }
    }
}

/// Tells the server which inquiries there are, and ends those that it no longer knows.
async fn reconcile(door: Arc<Door>, client: Client) {
    let known = door.known.lock().await;
    let going_on = known.inquiries.values().filter(|inquiry| inquiry.contact().is_some());
    let live = going_on.filter_map(|inquiry| {
        let state = match inquiry.state() {
            State::Waiting => "waiting",
            State::Connected => "connected",
            State::Over => return None,
        };
        Some(LiveContact { ext: inquiry.id.to_string(), state: state.to_owned() })
    });
    let request = Request::Reconcile(Reconcile { live: live.collect() });
    drop(known);
    match client.request::<Reconciled>(&request).await {
        Ok(reconciled) => {
            for ext in reconciled.unknown {
                if let Some(inquiry) = door.inquiry(&ext).await {
                    inquiry.becomes(State::Over, json!({"type": "ended", "cause": "lost"}));
                }
            }
        }
        Err(error) => tracing::warn!(%error, "the inquiries could not be reconciled"),
    }
}

/// What an event of the server's means to a resident.
async fn happened(door: &Door, event: &Event) {
    let Some(of) = event.body.contact() else { return };
    let Some(inquiry) = door.inquiry(&of.ext).await else { return };
    match &event.body {
        EventBody::Queued { of, previous, reference, .. } => {
            inquiry.set_contact(&of.contact);
            if let Some(reference) = reference {
                inquiry.refers_to(reference);
            }
            if previous.is_some() {
                inquiry.becomes(State::Waiting, json!({"type": "waiting", "queue": &*of.queue}));
            }
        }
        EventBody::Connected { of, .. } => {
            inquiry.set_contact(&of.contact);
            inquiry.becomes(State::Connected, json!({"type": "agent_joined"}));
        }
        EventBody::Requeued { .. } if inquiry.state() == State::Connected => {
            inquiry.becomes(State::Waiting, json!({"type": "waiting"}));
        }
        EventBody::Updated { attrs, .. } => {
            if let Some(request) = request(attrs) {
                inquiry.request_stands(request);
            }
        }
        // The contact that goes on is told of next.
        EventBody::Ended { cause, .. } if &**cause == "transferred" => {}
        EventBody::Ended { cause, .. } => {
            inquiry.becomes(State::Over, json!({"type": "ended", "cause": &**cause}));
        }
        _ => {}
    }
}

/// What the city's system says of the resident's earlier request; of all else that a contact
/// carries, nothing is theirs to see.
fn request(attrs: &BTreeMap<String, String>) -> Option<Value> {
    let known = ["status", "service", "agency", "note", "updated", "expected"];
    let known = known.into_iter().filter_map(|name| {
        let text = attrs.get(&format!("request.{name}"))?;
        Some((name.to_owned(), text.as_str().into()))
    });
    let known: serde_json::Map<_, _> = known.collect();
    known.contains_key("status").then_some(Value::Object(known))
}

/// A line of a chat.
#[derive(Deserialize)]
struct Said {
    ext: Arc<str>,
    by: String,
    ts: u64,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    typing: bool,
}

async fn said(door: &Door, params: &str) {
    let Ok(said) = serde_json::from_str::<Said>(params) else { return };
    if said.by != "agent" {
        return;
    }
    let Some(inquiry) = door.inquiry(&said.ext).await else { return };
    match said.text {
        Some(text) => {
            inquiry.agent_said(said.ts, json!({"type": "message", "by": "agent", "text": text}));
        }
        None if said.typing => inquiry.agent_writes(),
        None => {}
    }
}

/// Asks for the places of those who wait, a bounded number a round, each in its turn.
pub(super) async fn keep_places_fresh(door: Arc<Door>) {
    let mut from: Arc<str> = "".into();
    loop {
        tokio::time::sleep(PLACES_EVERY).await;
        let Some(client) = door.front_end.client() else { continue };
        let round = next_round(&door, &mut from).await;
        for inquiry in round {
            let Some(contact) = inquiry.contact() else { continue };
            let ask = Request::ContactGet(OneContact { contact: contact.to_string() });
            let Ok(found) = client.request::<ContactResult>(&ask).await else { break };
            if matches!(found.state.as_str(), "queued" | "offered") {
                inquiry.stands_at(found.pos, found.ewt_ms);
            }
        }
    }
}

async fn next_round(door: &Door, from: &mut Arc<str>) -> Vec<Arc<Inquiry>> {
    let known = door.known.lock().await;
    let after = known
        .inquiries
        .range::<str, _>((std::ops::Bound::Excluded(&**from), std::ops::Bound::Unbounded));
    let waiting = after.map(|(_, inquiry)| inquiry).filter(|i| i.state() == State::Waiting);
    let round: Vec<_> = waiting.take(PLACES_A_ROUND).cloned().collect();
    *from = match round.last() {
        Some(last) if round.len() == PLACES_A_ROUND => Arc::clone(&last.id),
        _ => "".into(),
    };
    round
}

/// The resident goes: abandoned before the answer, ended after it.
pub(super) async fn leave(door: &Door, inquiry: &Inquiry) {
    let state = inquiry.state();
    let (Some(client), Some(contact)) = (door.front_end.client(), inquiry.contact()) else {
        return;
    };
    if state == State::Over {
        return;
    }
    let contact = contact.to_string();
    let request = if state == State::Waiting {
        Request::ContactAbandon(OneContact { contact })
    } else {
        let (by, cause) = (Some("caller".to_owned()), Some("hangup".to_owned()));
        Request::ContactEnd(ContactEnd { contact, by, cause, disposition: None })
    };
    // Where it was answered just now, or has ended, the event says so.
    if let Err(error) = client.request::<Done>(&request).await {
        tracing::debug!(%error, "an inquiry could not be left");
    }
}

/// Asks the server over the door's connection.
pub(super) async fn ask<T: serde::de::DeserializeOwned>(
    door: &Door,
    request: &Request,
) -> Result<T, super::Problem> {
    let client = door.front_end.client().ok_or_else(super::Problem::away)?;
    let asked = tokio::time::timeout(Duration::from_secs(5), client.request::<T>(request)).await;
    let asked: Result<T, ClientError> = asked.map_err(|_| super::Problem::away())?;
    asked.map_err(|error| super::Problem::refused(&error))
}

/// A value that says nothing, for requests whose answer is only yes.
pub(super) type Yes = Value;
