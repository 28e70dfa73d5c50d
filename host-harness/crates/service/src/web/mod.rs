//! Pages and API over HTTP.
//!
//! One table has every route with who may use it ([`routes`]); one function asks who is there ([`identify`]), checks it, and calls the
//! handler ([`dispatch`]). A handler gets an [`Ask`] and gives a [`Reply`]: it sees no header, no cookie and nobody else's tenant.

#![allow(clippy::unused_async, reason = "every handler has the one shape that the table of routes asks for")]

mod account;
pub mod api;
mod ask;
mod body;
mod conflicts;
mod cookies;
mod dispatch;
mod entry;
mod events;
mod health;
mod history;
mod identify;
mod integration_form;
mod integrations;
mod limiter;
mod operator;
mod people;
mod reply;
pub mod routes;
mod run_page;
mod runs;
mod streams;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{ConnectInfo, RawPathParams, Request, State};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use std::net::SocketAddr;

use crate::engine::Engine;
use crate::password::Passwords;
use limiter::SignInLimiter;
use streams::Streams;

pub use ask::Ask;
pub use entry::address_key;
pub use reply::{Oops, Reply};

/// What the pages need beside the engine.
pub struct Site {
    /// What runs.
    pub engine: Arc<Engine>,
    /// Slows down password guessing.
    limiter: SignInLimiter,
    /// Who follows how much.
    streams: Streams,
    /// Checks passwords, a few at a time.
    passwords: Passwords,
    /// What every path begins with: nothing, or `/hr`.
    pub base: String,
    /// Whether cookies are for TLS alone.
    pub secure: bool,
}

impl Site {
    /// The site of an engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Arc<Self> {
        let url = engine.config.url.as_ref();
        let base = url.map_or("", |url| url.path()).trim_end_matches('/').to_owned();
        let secure = url.is_some_and(|url| url.scheme() == "https");
        let (limiter, streams, passwords) = (SignInLimiter::default(), Streams::default(), Passwords::default());
        Arc::new(Self { engine, limiter, streams, passwords, base, secure })
    }
}

/// The router of all pages and of the API.
pub fn router(site: &Arc<Site>) -> Router {
    let mut app: Router<Arc<Site>> = Router::new();
    for route in routes::ALL {
        let answer = move |State(site): State<Arc<Site>>,
                           ConnectInfo(peer): ConnectInfo<SocketAddr>,
                           parameters: Result<RawPathParams, RawPathParamsRejection>,
                           request: Request| async move {
            dispatch::dispatch(site, route, peer, parameters, request).await
        };
        let filter = if route.is_get() { MethodFilter::GET } else { route.filter() };
        let method: MethodRouter<Arc<Site>> = on(filter, answer);
        app = app.route(&format!("{}{}", site.base, route.path), method);
    }
    let missing = |State(site): State<Arc<Site>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| async move {
        dispatch::missing(site, peer, request).await
    };
    let wrong_method = |State(site): State<Arc<Site>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| async move {
        dispatch::wrong_method(site, peer, request).await
    };
    app.fallback(missing).method_not_allowed_fallback(wrong_method).with_state(Arc::clone(site))
}

/// An answer that has nothing to do with a page.
fn plain(status: u16, text: String) -> Response {
    let mut response = Response::new(axum::body::Body::from(text));
    *response.status_mut() = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    response
}

/// What a process shows that only works: that it is there, and its figures. Whoever reaches it may see them.
pub fn figures(engine: &Arc<Engine>) -> Router {
    let shown = Arc::clone(engine);
    let figures = move || {
        let engine = Arc::clone(&shown);
        async move {
            let text = engine.figures().await.unwrap_or_default();
            ([(axum::http::header::CONTENT_TYPE, health::FIGURES)], text)
        }
    };
    Router::new().route("/healthz", axum::routing::get(async || "ok\n")).route("/metrics", axum::routing::get(figures))
}
