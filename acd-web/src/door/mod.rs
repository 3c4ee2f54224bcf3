//! The residents' door: an inquiry becomes a contact, and a conversation over HTTP.
//!
//! *Invariant:* what is said is in memory only, bounded per inquiry, and gone with it; no text, no
//! ticket and no secret is ever logged. A resident who does not read holds up nobody: the server's
//! events go into the inquiry's own bounded list, and each stream reads from there.

mod answer;
mod inquiry;
mod limits;
mod link;
mod requests;
mod secret;
mod socket;
mod stream;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, header};
use axum::middleware;
use axum::routing::{get, post};
use tokio::sync::Mutex;

pub(crate) use self::answer::Problem;
use self::inquiry::Inquiry;
use self::limits::Buckets;
use self::link::FrontEnd;
use crate::Settings;
use crate::listen::Peer;

/// Bytes of a request's body.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// Inquiries in memory at once, ended ones too until they are forgotten.
const INQUIRIES_MAX: usize = 50_000;
/// How long a ticket waits to be used.
const TICKET_FOR: Duration = Duration::from_secs(30);
/// How long an inquiry without an open stream is kept.
const ABSENT_FOR: Duration = Duration::from_mins(1);
/// How long an inquiry that is over can still be read.
const ENDED_FOR: Duration = Duration::from_mins(1);
/// Wrong secrets, tickets and ids a minute from one address; beyond it nothing is looked up.
const GUESSES_PER_MINUTE: u32 = 60;
/// How long an idempotency key is remembered.
const KEY_FOR: Duration = Duration::from_mins(10);

/// What residents may ask for, and how often.
#[derive(Clone, Debug)]
pub struct Front {
    /// Queues that they may choose, with what people call them.
    pub queues: Vec<(String, String)>,
    /// Sites whose pages may ask: `https://www.city.example`.
    pub origins: Vec<String>,
    /// Inquiries a minute from one address.
    pub inquiries_per_minute: u32,
    /// Whether the address is the last one that a proxy in front names.
    pub behind_proxy: bool,
}

/// The door, shared by every request.
#[derive(Debug)]
pub(crate) struct Door {
    front: Front,
    front_end: FrontEnd,
    known: Mutex<Known>,
}

/// Everything that changes.
#[derive(Debug, Default)]
struct Known {
    inquiries: BTreeMap<Arc<str>, Arc<Inquiry>>,
    tickets: BTreeMap<Arc<str>, (Arc<str>, Instant)>,
    keys: BTreeMap<String, Key>,
    buckets: Buckets,
    /// Of who asks for what is not theirs, or is not.
    guesses: Buckets,
}

/// A request that came under an idempotency key.
#[derive(Clone, Debug)]
struct Key {
    since: Instant,
    body: Arc<[u8]>,
    inquiry: Arc<str>,
}

impl Door {
    /// Opens it. The tasks behind it end with the runtime.
    pub(crate) fn open(settings: &Settings, front: Front) -> Arc<Self> {
        let front_end = FrontEnd::new(settings.core.clone(), settings.front_end_token.clone());
        let door = Arc::new(Self { front, front_end, known: Mutex::default() });
        tokio::spawn(link::follow(Arc::clone(&door)));
        tokio::spawn(link::keep_places_fresh(Arc::clone(&door)));
        tokio::spawn(tidy(Arc::clone(&door)));
        door
    }

    /// What it answers.
    pub(crate) fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/v1/queues", get(requests::queues))
            .route("/v1/inquiries", post(requests::create))
            .route("/v1/inquiries/{id}", get(requests::show).delete(requests::leave))
            .route("/v1/inquiries/{id}/messages", post(requests::message))
            .route("/v1/inquiries/{id}/typing", post(requests::typing))
            .route("/v1/inquiries/{id}/tickets", post(requests::ticket))
            .route("/v1/inquiries/{id}/events", get(stream::events))
            .route("/v1/inquiries/{id}/socket", get(socket::open))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .layer(middleware::from_fn_with_state(Arc::clone(self), answer::cross_origin))
            .layer(middleware::from_fn_with_state(Arc::clone(self), answer::no_guessing))
            .with_state(Arc::clone(self))
    }

    /// Whether there is a connection to let residents in by.
    pub(crate) fn is_open(&self) -> bool {
        self.front_end.client().is_some()
    }

    /// Who asks, as the proxy in front says if there is one.
    pub(crate) fn address(&self, peer: Peer, headers: &HeaderMap) -> IpAddr {
        let forwarded = || {
            let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
            last.rsplit(',').next()?.trim().parse().ok()
        };
        let named = if self.front.behind_proxy { forwarded() } else { None };
        named.unwrap_or(peer.0.ip())
    }

    /// Whether the page that asks, if a page does, is one of a site that may.
    pub(crate) fn may_ask(&self, headers: &HeaderMap) -> bool {
        headers.get(header::ORIGIN).is_none_or(|origin| answer::is_known(self, origin, headers))
    }

    async fn inquiry(&self, id: &str) -> Option<Arc<Inquiry>> {
        self.known.lock().await.inquiries.get(id).cloned()
    }
}

/// Lets go of those who have gone, and of what nobody may use any more.
async fn tidy(door: Arc<Door>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = Instant::now();
        let mut known = door.known.lock().await;
        known.tickets.retain(|_, (_, until)| *until > now);
        known.keys.retain(|_, key| now.duration_since(key.since) < KEY_FOR);
        known.buckets.forget(now);
        known.guesses.forget(now);
        known.inquiries.retain(|_, inquiry| !inquiry.is_over_for(ENDED_FOR));
        let inquiries = known.inquiries.values();
        let gone: Vec<_> =
            inquiries.filter(|inquiry| inquiry.is_absent_for(ABSENT_FOR)).cloned().collect();
        drop(known);
        for inquiry in gone {
            link::leave(&door, &inquiry).await;
        }
    }
}
