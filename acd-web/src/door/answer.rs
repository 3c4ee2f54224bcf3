//! How the door says no, and to whose pages it speaks at all.

use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{Door, GUESSES_PER_MINUTE};
use crate::listen::Peer;

/// Why a request is refused.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    kind: &'static str,
    message: String,
    retry_after_s: Option<u64>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), retry_after_s: None }
    }

    /// A member of the body is wrong.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// No inquiry, or not this one's secret: which, a guesser is not told.
    pub(super) fn unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_inquiry", "no inquiry has this id and secret")
    }

    /// The server behind is away.
    pub(super) fn away() -> Self {
        let message = "the city's desk cannot be reached at the moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message).after(5)
    }

    /// A page of a site that is not on the list.
    pub(crate) fn origin() -> Self {
        let message = "pages of this site may not ask here";
        Self::new(StatusCode::FORBIDDEN, "unknown_origin", message)
    }

    /// Too often.
    pub(super) fn too_often(wait: std::time::Duration) -> Self {
        let message = "too many requests from this address";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_often", message).after(wait.as_secs() + 1)
    }

    /// As a member of an answer.
    pub(super) fn shown(&self) -> serde_json::Value {
        json!({"kind": self.kind, "message": self.message})
    }

    /// When to try again.
    fn after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The server's refusal, as a resident may see it.
    pub(super) fn refused(error: &acd_client::ClientError) -> Self {
        use acd_proto::Kind as K;
        let acd_client::ClientError::Refused(body) = error else { return Self::away() };
        match body.data.kind {
            K::QueueClosed => {
                let until = body.data.expected.as_deref().unwrap_or("later");
                let message = format!("the desk is closed; try again {until}");
                Self::new(StatusCode::CONFLICT, "queue_closed", message)
            }
            K::QueueFull | K::Overloaded | K::Limit => Self::away(),
            K::ContactOver | K::UnknownContact => {
                Self::new(StatusCode::GONE, "over", "the conversation is over")
            }
            _ => Self::bad(body.message.clone()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({"error": self.shown()});
        let mut response = (self.status, axum::Json(body)).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Looks up nothing more for who has asked for too much that is not there: an address that guesses
/// learns as little from a right guess as from a wrong one.
pub(super) async fn no_guessing(
    State(door): State<Arc<Door>>,
    Extension(peer): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let from = door.address(peer, request.headers());
    let now = Instant::now();
    let waits = door.known.lock().await.guesses.wait(from, GUESSES_PER_MINUTE, now);
    if let Some(wait) = waits {
        return Problem::too_often(wait).into_response();
    }
    let response = next.run(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        let _ = door.known.lock().await.guesses.take(from, GUESSES_PER_MINUTE, now);
    }
    response
}

/// Lets pages of the sites named in, and no others. There are no cookies: a page that has no secret
/// can do nothing in a resident's name, wherever it comes from.
pub(super) async fn cross_origin(
    State(door): State<Arc<Door>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return next.run(request).await;
    };
    if !is_known(&door, &origin, request.headers()) {
        return Problem::origin().into_response();
    }
    let preflight = request.method() == Method::OPTIONS;
    let mut response =
        if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    if preflight {
        let methods = HeaderValue::from_static("GET, POST, DELETE");
        let names =
            HeaderValue::from_static("authorization, content-type, idempotency-key, last-event-id");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, 600.into());
    }
    response
}

/// A site of the list, or the door's own pages.
pub(super) fn is_known(door: &Door, origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let own = origin.split_once("://").map(|(_, name)| name);
    door.front.origins.iter().any(|known| known == origin) || (own.is_some() && own == host)
}
