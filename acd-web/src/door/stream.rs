//! What happens to an inquiry, as server-sent events that go on where they broke off.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Deserialize;
use tokio::sync::watch;

use super::inquiry::{Inquiry, Reader, State as Standing};
use super::{Door, Problem, requests};

/// That something is no longer there.
pub(super) const GAP: &str = "{\"type\":\"gap\"}";
/// How often something is said where nothing happens, so that no proxy hangs up.
pub(super) const STILL_THERE: Duration = Duration::from_secs(15);

/// How a stream is asked for where no header can be set.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    ticket: Option<String>,
    #[serde(default)]
    pub(super) last: Option<u64>,
}

/// Opens a stream: by a ticket, once, or by the secret.
pub(super) async fn events(
    State(door): State<Arc<Door>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let inquiry = whose(&door, &id, &asked, &headers).await?;
    let last = headers.get(HeaderName::from_static("last-event-id"));
    let last = last.and_then(|last| last.to_str().ok()?.parse().ok()).or(asked.last).unwrap_or(0);
    let place = Place::new(&inquiry, last)?;
    let stream = unfold(place, |mut place| async move {
        let event = match place.next().await? {
            Told::Event(id, text) => Event::default().id(id.to_string()).data(&*text),
            Told::Gap => Event::default().data(GAP),
        };
        Some((Ok(event), place))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(STILL_THERE)))
}

/// The inquiry of a stream: by a ticket, or by the secret.
pub(super) async fn whose(
    door: &Door,
    id: &str,
    asked: &Asked,
    headers: &HeaderMap,
) -> Result<Arc<Inquiry>, Problem> {
    let inquiry = match &asked.ticket {
        Some(ticket) => by_ticket(door, id, ticket).await?,
        None => requests::own(door, id, headers).await?,
    };
    inquiry.may_ask().map_err(Problem::too_often)?;
    Ok(inquiry)
}

/// A ticket is taken away where it is shown, whatever comes of it.
async fn by_ticket(door: &Door, id: &str, ticket: &str) -> Result<Arc<Inquiry>, Problem> {
    let mut known = door.known.lock().await;
    let (of, until) = known.tickets.remove(ticket).ok_or_else(Problem::unknown)?;
    if *of != *id || until < Instant::now() {
        return Err(Problem::unknown());
    }
    known.inquiries.get(id).cloned().ok_or_else(Problem::unknown)
}

/// What a stream tells next.
pub(super) enum Told {
    /// An event, with its number.
    Event(u64, Arc<str>),
    /// Something is no longer there.
    Gap,
}

/// Where a stream is.
pub(super) struct Place {
    reader: Reader,
    newest: watch::Receiver<u64>,
    last: u64,
    /// Read and not yet sent, newest first.
    ready: Vec<(u64, Arc<str>)>,
}

impl Place {
    /// After that event, if one more may read.
    pub(super) fn new(inquiry: &Arc<Inquiry>, last: u64) -> Result<Self, Problem> {
        let many = || {
            let message = "as many streams of this inquiry are open as may";
            Problem::new(StatusCode::CONFLICT, "too_many_streams", message)
        };
        let reader = Reader::new(inquiry).ok_or_else(many)?;
        Ok(Self { newest: inquiry.newest(), reader, last, ready: Vec::new() })
    }

    /// What comes next; none after the end. Cancelled, it has lost nothing.
    pub(super) async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some((id, text)) = self.ready.pop() {
                self.last = id;
                return Some(Told::Event(id, text));
            }
            self.newest.borrow_and_update();
            let inquiry = self.reader.inquiry();
            let over = inquiry.state() == Standing::Over;
            let (mut told, gap) = inquiry.after(self.last);
            told.reverse();
            self.ready = told;
            if gap && self.last > 0 {
                // Once: from here on the stream goes on without a hole.
                self.last = self.ready.last().map_or(self.last, |(first, _)| first - 1);
                return Some(Told::Gap);
            }
            if self.ready.is_empty() {
                if over {
                    return None;
                }
                self.newest.changed().await.ok()?;
            }
        }
    }
}
