//! Changing the faults while the stand-in runs: in a test by [`Admin`], over HTTP at `/_admin/faults`.
//!
//! | request | what happens |
//! |---|---|
//! | `GET /_admin/faults` | the rules in force |
//! | `POST /_admin/faults` | one rule more, or several as a list; see [`parse`](super::faults::parse) |
//! | `DELETE /_admin/faults` | nothing goes wrong any more |
//! | `GET /_admin/requests` | the requests so far, with what went wrong |
//!
//! It asks for no password: the stand-in listens on the loopback address alone, and holds nobody's data. What a web page
//! could make a browser send there is refused: a `POST` must say that it is JSON, which a page of another origin cannot.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::faults::Rule;
use super::faults::parse::WrittenRule;
use super::service::{Seen, Service};

/// A running stand-in, from inside the process. Clones are the same.
#[derive(Clone)]
pub struct Admin(Arc<Mutex<Service>>);

impl Admin {
    pub(super) fn new(desk: Service) -> Self {
        Self(Arc::new(Mutex::new(desk)))
    }

    /// One rule more; it counts requests from here.
    pub fn add_fault(&self, rule: Rule) {
        self.desk().schedule.add(rule);
    }

    /// Nothing goes wrong any more. Who joined or left stays joined or gone.
    pub fn clear_faults(&self) {
        self.desk().schedule.clear();
    }

    /// The rules that may still make something go wrong.
    #[must_use]
    pub fn faults(&self) -> Vec<Rule> {
        self.desk().schedule.rules().collect()
    }

    /// The requests so far, the oldest first; of very many, the last ones.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.desk().seen()
    }

    /// A panic in another test's thread says nothing about the data.
    pub(super) fn desk(&self) -> MutexGuard<'_, Service> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The endpoint's routes.
pub(super) fn routes() -> Router<Admin> {
    Router::new().route("/_admin/faults", get(faults).post(add).delete(clear)).route("/_admin/requests", get(requests))
}

/// What is posted.
#[derive(Deserialize)]
#[serde(untagged)]
enum Posted {
    One(WrittenRule),
    Several(Vec<WrittenRule>),
}

async fn faults(State(admin): State<Admin>) -> Json<Value> {
    let rules: Vec<WrittenRule> = admin.faults().into_iter().map(WrittenRule::from).collect();
    Json(json!({ "fault": rules }))
}

async fn add(State(admin): State<Admin>, headers: HeaderMap, body: Bytes) -> Response {
    let is_json = |value: &[u8]| value.starts_with(b"application/json");
    if !headers.get(CONTENT_TYPE).is_some_and(|value| is_json(value.as_bytes())) {
        return refuse("send a rule as JSON, with `content-type: application/json`");
    }
    let written = match serde_json::from_slice(&body) {
        Ok(Posted::One(rule)) => vec![rule],
        Ok(Posted::Several(rules)) => rules,
        Err(_) => return refuse(r#"write a rule as in {"fault":"busy","value":7,"on":"employees","at":2,"times":3}"#),
    };
    match written.into_iter().map(Rule::try_from).collect::<Result<Vec<_>, _>>() {
        Ok(rules) => rules.into_iter().for_each(|rule| admin.add_fault(rule)),
        Err(error) => return refuse(&error.to_string()),
    }
    faults(State(admin)).await.into_response()
}

async fn clear(State(admin): State<Admin>) -> StatusCode {
    admin.clear_faults();
    StatusCode::NO_CONTENT
}

async fn requests(State(admin): State<Admin>) -> Json<Value> {
    let line = |seen: Seen| {
        let faults: Vec<&str> = seen.faults.iter().map(|fault| fault.name()).collect();
        json!({ "request": seen.request, "query": seen.query, "status": seen.status, "faults": faults })
    };
    Json(admin.requests().into_iter().map(line).collect())
}

fn refuse(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": message }))).into_response()
}
