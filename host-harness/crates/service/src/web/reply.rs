//! What a handler gives, and how it becomes an answer: with the headers that every answer has.

use std::pin::Pin;
use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use connector_console::assets;
use connector_console::model::{ErrorKind, Flash};
use sha2::{Digest, Sha256};
use tokio_stream::Stream;

/// What a handler gives.
pub enum Reply {
    /// A page.
    Page(String),
    /// A page with another status than 200, such as a form with mistakes.
    PageWith(u16, String),
    /// Somewhere else on this site, by its path without the base; with a message for the page there.
    Go(String, Option<Flash>),
    /// A mail as it was sent: it brings its own styles, and can do nothing.
    Mail(String),
    /// Something to save.
    Download {
        /// The file's name.
        name: String,
        /// Its media type.
        media_type: &'static str,
        /// What is in it.
        bytes: Vec<u8>,
    },
    /// A style sheet or a script: it never changes under its address.
    Asset(assets::Asset),
    /// Text for a machine.
    Text(u16, &'static str, String),
    /// JSON of the API.
    Json(u16, String),
    /// Events, for as long as there are any.
    Events(Pin<Box<dyn Stream<Item = Result<Bytes, std::convert::Infallible>> + Send>>),
    /// Somewhere else, with cookies: signing in and out.
    Cookies(Box<Reply>, Vec<String>),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oops {
    /// Nobody is signed in.
    SignIn,
    /// There is nothing, or it is another tenant's.
    NotFound,
    /// The form is too old, or from another site.
    FormExpired,
    /// The request cannot be understood.
    BadRequest,
    /// The one-time link was used, or is too old.
    LinkExpired,
    /// Somebody was faster.
    Conflict,
    /// The form is too large.
    TooLarge,
    /// There is no such method.
    WrongMethod,
    /// Too much at once.
    TooMany,
    /// A fault of the service.
    Internal,
    /// The disk is full.
    DiskFull,
}

impl Oops {
    /// The page for it.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::SignIn | Self::NotFound => ErrorKind::NotFound,
            Self::FormExpired => ErrorKind::FormExpired,
            Self::BadRequest => ErrorKind::BadRequest,
            Self::LinkExpired => ErrorKind::LinkExpired,
            Self::Conflict => ErrorKind::Conflict,
            Self::TooLarge => ErrorKind::TooLarge,
            Self::WrongMethod => ErrorKind::MethodNotAllowed,
            Self::TooMany => ErrorKind::TooManyRequests,
            Self::Internal => ErrorKind::Internal,
            Self::DiskFull => ErrorKind::Unavailable,
        }
    }
}

/// What changes when an asset does.
#[must_use]
pub fn assets_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut hash = Sha256::new();
        for asset in assets::ALL {
            hash.update(asset.text);
        }
        hex::encode(hash.finalize()).chars().take(12).collect()
    })
}

/// A mail's own styles are inline; nothing in it runs, and nothing is fetched.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; \
    base-uri 'none'; form-action 'none'; sandbox allow-popups";

/// An answer with a body.
fn with_body(status: u16, media_type: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    put(&mut response, header::CONTENT_TYPE, media_type);
    response
}

/// Sets a header; one whose value cannot be sent is left out.
pub fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

impl Reply {
    /// As an answer of a site under this base.
    #[must_use]
    pub fn into_response(self, base: &str) -> Response {
        const HTML: &str = "text/html; charset=utf-8";
        let mut response = match self {
            Self::Page(html) => with_body(200, HTML, html.into()),
            Self::PageWith(status, html) => with_body(status, HTML, html.into()),
            Self::Go(path, _) => {
                let mut response = with_body(303, "text/plain", Body::empty());
                put(&mut response, header::LOCATION, &format!("{base}{path}"));
                response
            }
            Self::Mail(html) => {
                let mut response = with_body(200, HTML, html.into());
                put(&mut response, header::CONTENT_SECURITY_POLICY, MAIL_POLICY);
                response
            }
            Self::Download { name, media_type, bytes } => {
                let mut response = with_body(200, media_type, bytes.into());
                put(&mut response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
                response
            }
            Self::Asset(asset) => {
                let mut response = with_body(200, asset.media_type, asset.text.into());
                put(&mut response, header::CACHE_CONTROL, "public, max-age=31536000, immutable");
                response
            }
            Self::Text(status, media_type, text) => with_body(status, media_type, text.into()),
            Self::Json(status, json) => with_body(status, "application/json", json.into()),
            Self::Events(events) => {
                let mut response = with_body(200, "text/event-stream", Body::from_stream(events));
                // A proxy that collects the answer would hold the events back.
                put(&mut response, HeaderName::from_static("x-accel-buffering"), "no");
                response
            }
            Self::Cookies(reply, cookies) => {
                let mut response = reply.into_response(base);
                for cookie in cookies {
                    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                        response.headers_mut().append(header::SET_COOKIE, cookie);
                    }
                }
                return response;
            }
        };
        harden(&mut response);
        response
    }
}

/// The headers that every answer has, unless it has its own.
fn harden(response: &mut Response) {
    let defaults = [
        (header::CONTENT_SECURITY_POLICY, assets::CONTENT_SECURITY_POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in defaults {
        if !response.headers().contains_key(&name) {
            put(response, name, value);
        }
    }
}
