//! What residents ask: to come in, to say something, to leave.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use acd_proto::reply::ContactResult;
use acd_proto::request::{ContactMessage, ContactNew, OneContact, Request};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::inquiry::{Inquiry, State as Standing};
use super::{Door, INQUIRIES_MAX, Key, Problem, TICKET_FOR, link, secret};
use crate::listen::Peer;

/// Bytes of a message's text; the server takes more.
const TEXT_BYTES_MAX: usize = 4_000;
/// Bytes of a name, a language, a reference.
const WORD_BYTES_MAX: usize = 200;
/// Bytes of an idempotency key.
const KEY_BYTES_MAX: usize = 64;

/// The body of a new inquiry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    queue: String,
    #[serde(default)]
    channel: Channel,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    text: Option<String>,
    /// Where an answer to a letter or a form goes.
    #[serde(default)]
    from: Option<String>,
}

/// Ways in.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Channel {
    #[default]
    Chat,
    Kiosk,
    Web,
    Email,
}

impl Channel {
    const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Kiosk => "kiosk",
            Self::Web => "web",
            Self::Email => "email",
        }
    }

    /// Whether nobody waits at the other end: it is read and answered when its turn comes.
    const fn is_lasting(self) -> bool {
        matches!(self, Self::Web | Self::Email)
    }
}

/// The body of a message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
    #[serde(default)]
    id: Option<String>,
}

/// The queues that residents may choose.
pub(super) async fn queues(State(door): State<Arc<Door>>) -> axum::Json<Value> {
    let queues = door.front.queues.iter();
    let queues: Vec<Value> =
        queues.map(|(queue, title)| json!({"queue": queue, "title": title})).collect();
    axum::Json(json!({ "queues": queues }))
}

/// Lets a resident in.
pub(super) async fn create(
    State(door): State<Arc<Door>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let from = door.address(peer, &headers);
    let key = key(from, &headers)?;
    let now = Instant::now();
    let mut known = door.known.lock().await;
    if let Some(before) = key.as_ref().and_then(|key| known.keys.get(key)) {
        if *before.body != *body {
            let message = "this Idempotency-Key came with another body before";
            return Err(Problem::new(StatusCode::CONFLICT, "key_mismatch", message));
        }
        let found = known.inquiries.get(&before.inquiry).cloned();
        let inquiry = found.ok_or_else(Problem::unknown)?;
        let ticket = ticket_of(&mut known, &inquiry)?;
        return Ok(created(StatusCode::OK, &inquiry, &ticket));
    }
    known.buckets.take(from, door.front.inquiries_per_minute, now).map_err(Problem::too_often)?;
    if known.inquiries.len() >= INQUIRIES_MAX {
        return Err(Problem::away());
    }
    let new: New = read(&body)?;
    let lasting = new.channel.is_lasting();
    let request = checked(&door, new)?;
    let (id, password) = (random(26)?, random(52)?);
    let inquiry = Arc::new(Inquiry::new(Arc::clone(&id), password, lasting));
    // Its first events may come before the reply.
    known.inquiries.insert(Arc::clone(&id), Arc::clone(&inquiry));
    if let Some(key) = key {
        known.keys.insert(key, Key { since: now, body: (*body).into(), inquiry: Arc::clone(&id) });
    }
    drop(known);
    let entered = enter(&door, &inquiry, request).await;
    let mut known = door.known.lock().await;
    if let Err(problem) = entered {
        known.inquiries.remove(&id);
        known.keys.retain(|_, key| key.inquiry != id);
        return Err(problem);
    }
    let ticket = ticket_of(&mut known, &inquiry)?;
    Ok(created(StatusCode::CREATED, &inquiry, &ticket))
}

async fn enter(
    door: &Door,
    inquiry: &Arc<Inquiry>,
    (mut contact, text): (ContactNew, Option<String>),
) -> Result<(), Problem> {
    contact.ext = inquiry.id.to_string();
    let place: ContactResult = link::ask(door, &Request::ContactNew(contact)).await?;
    inquiry.set_contact(&place.contact);
    inquiry.stands_at(place.pos, place.ewt_ms);
    if let Some(text) = text {
        send(door, inquiry, text, None).await?;
    }
    Ok(())
}

/// What a request asks for, where it may.
fn checked(door: &Door, new: New) -> Result<(ContactNew, Option<String>), Problem> {
    if !door.front.queues.iter().any(|(queue, _)| *queue == new.queue) {
        let known: Vec<&str> = door.front.queues.iter().map(|(queue, _)| queue.as_str()).collect();
        return Err(Problem::bad(format!("`queue` is none of {}", known.join(", "))));
    }
    for (field, text) in [
        ("name", &new.name),
        ("language", &new.language),
        ("reference", &new.reference),
        ("from", &new.from),
    ] {
        let fits = |text: &String| text.len() <= WORD_BYTES_MAX && !text.contains(char::is_control);
        if !text.as_ref().is_none_or(fits) {
            let message = format!("`{field}` is longer than {WORD_BYTES_MAX} bytes, or no text");
            return Err(Problem::bad(message));
        }
    }
    new.text.as_deref().map_or(Ok(()), check_text)?;
    if new.channel.is_lasting() && new.text.is_none() {
        return Err(Problem::bad(format!("`text` is wanted of channel {}", new.channel.name())));
    }
    let language = new.language.into_iter().map(|language| ("language".to_owned(), language));
    let contact = ContactNew {
        channel: new.channel.name().to_owned(),
        queue: new.queue,
        from: new.from,
        name: new.name,
        reference: new.reference,
        attrs: language.collect::<BTreeMap<_, _>>(),
        ..ContactNew::default()
    };
    Ok((contact, new.text))
}

/// Where an inquiry stands.
pub(super) async fn show(
    State(door): State<Arc<Door>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<axum::Json<Value>, Problem> {
    let inquiry = own(&door, &id, &headers).await?;
    inquiry.may_ask().map_err(Problem::too_often)?;
    Ok(axum::Json(inquiry.shown()))
}

/// Passes a message on to the agent.
pub(super) async fn message(
    State(door): State<Arc<Door>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let inquiry = own(&door, &id, &headers).await?;
    let Text { text, id } = read(&body)?;
    say(&door, &inquiry, text, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Passes on what a resident says, if it may be.
pub(super) async fn say(
    door: &Door,
    inquiry: &Inquiry,
    text: String,
    id: Option<String>,
) -> Result<(), Problem> {
    check_text(&text)?;
    if id.as_ref().is_some_and(|id| id.len() > KEY_BYTES_MAX) {
        return Err(Problem::bad(format!("`id` is longer than {KEY_BYTES_MAX} bytes")));
    }
    // A page whose line broke says again what it does not know to be heard.
    if id.as_ref().is_some_and(|id| !inquiry.says(id)) {
        return Ok(());
    }
    let sent = match inquiry.may_speak() {
        Ok(()) => send(door, inquiry, text, id.clone()).await,
        Err(wait) => Err(Problem::too_often(wait)),
    };
    if let (Err(_), Some(id)) = (&sent, &id) {
        inquiry.unsays(id);
    }
    sent
}

async fn send(
    door: &Door,
    inquiry: &Inquiry,
    text: String,
    id: Option<String>,
) -> Result<(), Problem> {
    let contact = going_on(inquiry)?;
    let message = ContactMessage { contact, id: id.clone(), text: text.clone() };
    let _: link::Yes = link::ask(door, &Request::ContactMessage(message)).await?;
    // Told back, so that a page that comes again has the whole conversation.
    inquiry.say(json!({"type": "message", "by": "resident", "text": text, "message_id": id}));
    Ok(())
}

/// Shows the agent that the resident writes.
pub(super) async fn typing(
    State(door): State<Arc<Door>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let inquiry = own(&door, &id, &headers).await?;
    writes(&door, &inquiry).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Shows the agent that the resident writes.
pub(super) async fn writes(door: &Door, inquiry: &Inquiry) -> Result<(), Problem> {
    inquiry.may_ask().map_err(Problem::too_often)?;
    let contact = going_on(inquiry)?;
    let _: link::Yes = link::ask(door, &Request::ContactTyping(OneContact { contact })).await?;
    Ok(())
}

/// The resident goes.
pub(super) async fn leave(
    State(door): State<Arc<Door>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let inquiry = own(&door, &id, &headers).await?;
    link::leave(&door, &inquiry).await;
    Ok(StatusCode::NO_CONTENT)
}

/// A new ticket for a stream.
pub(super) async fn ticket(
    State(door): State<Arc<Door>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<axum::Json<Value>, Problem> {
    let inquiry = own(&door, &id, &headers).await?;
    inquiry.may_ask().map_err(Problem::too_often)?;
    let ticket = ticket_of(&mut *door.known.lock().await, &inquiry)?;
    Ok(axum::Json(json!({"ticket": &*ticket})))
}

/// The inquiry, if the request shows its secret.
pub(super) async fn own(
    door: &Door,
    id: &str,
    headers: &HeaderMap,
) -> Result<Arc<Inquiry>, Problem> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|shown| shown.to_str().ok());
    let shown = shown.and_then(|shown| shown.strip_prefix("Bearer ")).unwrap_or_default();
    let inquiry = door.inquiry(id).await.ok_or_else(Problem::unknown)?;
    if secret::same(&inquiry.secret, shown) { Ok(inquiry) } else { Err(Problem::unknown()) }
}

fn going_on(inquiry: &Inquiry) -> Result<String, Problem> {
    let over = || Problem::new(StatusCode::GONE, "over", "the conversation is over");
    let contact = inquiry.contact().filter(|_| inquiry.state() != Standing::Over);
    contact.map(|contact| contact.to_string()).ok_or_else(over)
}

fn check_text(text: &str) -> Result<(), Problem> {
    if text.is_empty() || text.len() > TEXT_BYTES_MAX {
        return Err(Problem::bad(format!("`text` must have 1 to {TEXT_BYTES_MAX} bytes")));
    }
    Ok(())
}

fn ticket_of(known: &mut super::Known, inquiry: &Inquiry) -> Result<Arc<str>, Problem> {
    let ticket = random(52)?;
    let until = Instant::now() + TICKET_FOR;
    known.tickets.insert(Arc::clone(&ticket), (Arc::clone(&inquiry.id), until));
    Ok(ticket)
}

fn created(status: StatusCode, inquiry: &Inquiry, ticket: &str) -> Response {
    let mut body = inquiry.shown();
    body["secret"] = (&*inquiry.secret).into();
    body["ticket"] = ticket.into();
    body["events"] = format!("/v1/inquiries/{}/events", inquiry.id).into();
    (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}

fn random(letters: usize) -> Result<Arc<str>, Problem> {
    secret::random(letters).ok_or_else(Problem::away)
}

/// The body as JSON of that form; what it holds is not said back.
fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let what = if error.is_data() { "does not have the form asked for" } else { "is no JSON" };
        Problem::bad(format!("the body {what}, byte {}", error.column()))
    })
}

/// The key of this address; another's is another.
fn key(from: IpAddr, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    match key.to_str() {
        Ok(key) if (1..=KEY_BYTES_MAX).contains(&key.len()) => Ok(Some(format!("{from} {key}"))),
        _ => Err(Problem::bad(format!("Idempotency-Key must have 1 to {KEY_BYTES_MAX} letters"))),
    }
}
