//! The pages that residents see, as files of the program: nothing comes from elsewhere.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// What a page of the door may load and do: only what is the door's own. A site that embeds the
/// widget has a policy of its own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     connect-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'self'";

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The pages, by path.
pub(crate) fn routes() -> Router {
    let page =
        |body: &'static str, kind: &'static str| get(move || async move { file(body, kind) });
    Router::new()
        .route("/widget.js", page(include_str!("../pages/widget.js"), SCRIPT))
        .route("/widget", page(include_str!("../pages/widget.html"), HTML))
        .route("/kiosk", page(include_str!("../pages/kiosk.html"), HTML))
        .route("/kiosk.js", page(include_str!("../pages/kiosk.js"), SCRIPT))
        .route("/desk", page(include_str!("../pages/desk.html"), HTML))
        .route("/desk.css", page(include_str!("../pages/desk.css"), STYLE))
        .route("/desk.js", page(include_str!("../pages/desk.js"), SCRIPT))
        .route("/contact.js", page(include_str!("../pages/contact.js"), SCRIPT))
        .route("/offer.js", page(include_str!("../pages/offer.js"), SCRIPT))
        .route("/link.js", page(include_str!("../pages/link.js"), SCRIPT))
        .route("/parts.js", page(include_str!("../pages/parts.js"), SCRIPT))
        .route("/favicon.ico", get(|| async { axum::http::StatusCode::NO_CONTENT }))
        .route("/talk.js", page(include_str!("../pages/talk.js"), SCRIPT))
        .route("/words.js", page(include_str!("../pages/words.js"), SCRIPT))
        .route("/docs", page(include_str!("../pages/docs.html"), HTML))
        .route("/docs.js", page(include_str!("../pages/docs.js"), SCRIPT))
        .route("/openapi.json", page(include_str!("../pages/openapi.json"), "application/json"))
}

fn file(body: &'static str, kind: &'static str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
    if kind == SCRIPT {
        // Scripts are read by other sites' pages; what they may ask, the list of origins says.
        let any = HeaderValue::from_static("*");
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
        let everywhere = HeaderValue::from_static("cross-origin");
        headers.insert("cross-origin-resource-policy", everywhere);
    }
    response
}
