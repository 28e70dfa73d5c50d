//! Personio's stand-in: acme's answers, with everything in them that must not be recorded.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use connector_cassette::cassette::read_folder;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use whole_system_tests::fixture;

pub const SECRET: &str = "a-live-secret-0815-of-acme";
pub const TOKEN: &str = "papi-live-token-4711-of-acme";
pub const COOKIE: &str = "personio-session-cookie-1234";
/// What the source tells although nobody asked for it.
pub const UNASKED: &str = "DE02-1203-0000";

/// A session that a redirect puts into a query.
pub const SESSION: &str = "live-session-of-acme-9911";

/// What goes wrong with a request for employees.
#[derive(Clone, Copy)]
pub enum Mishap {
    /// A page that names somebody.
    Html,
    /// An error that names somebody.
    Error,
    /// It has moved, to an address with a session in it.
    Moved,
}

/// Personio's stand-in: acme's answers, with everything in them that must not be recorded.
#[derive(Clone)]
pub struct Source {
    pub attributes: Json,
    pub employees: Arc<Mutex<Json>>,
    pub requests: Arc<AtomicUsize>,
    /// What goes wrong with the first requests for employees.
    pub mishaps: &'static [Mishap],
    pub refuses: bool,
    /// What its list of employees says that it is.
    pub content_type: &'static str,
}

impl Source {
    pub fn acme() -> Self {
        let exchanges = read_folder(&fixture("acme").join("exchanges")).unwrap();
        let answer = |at: usize| serde_json::from_slice::<Json>(exchanges[at].1.response.body()).unwrap();
        let mut employees = answer(2);
        for row in employees["data"].as_array_mut().unwrap() {
            row["attributes"]["iban"] = json!({"label": "IBAN", "value": UNASKED});
        }
        let employees = Arc::new(Mutex::new(employees));
        Self {
            attributes: answer(1),
            employees,
            requests: Arc::default(),
            mishaps: &[Mishap::Html],
            refuses: false,
            content_type: "application/json",
        }
    }

    /// Everybody leaves.
    pub fn everybody_leaves(&self) {
        for row in self.employees.lock().unwrap()["data"].as_array_mut().unwrap() {
            row["attributes"]["status"]["value"] = "inactive".into();
        }
    }

    /// Words that tell who somebody is: names, addresses, IDs.
    pub fn people(&self) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        for row in self.employees.lock().unwrap()["data"].as_array().unwrap() {
            let text = |key: &str| {
                let value = &row["attributes"][key]["value"];
                value.as_str().map_or_else(|| value.to_string(), str::to_owned)
            };
            words.extend(["id", "first_name", "last_name", "email"].map(|key| text(key).trim().to_lowercase()));
        }
        words.remove("");
        words.remove("null");
        assert!(words.len() > 40, "{words:?}");
        words
    }
}

async fn log_in(State(source): State<Source>, body: String) -> Response {
    source.requests.fetch_add(1, Ordering::SeqCst);
    if source.refuses || !body.contains(SECRET) {
        let error = json!({"success": false, "error": {"code": 0, "message": "Wrong credentials"}});
        return (StatusCode::UNAUTHORIZED, axum::Json(error)).into_response();
    }
    let cookie = [(header::SET_COOKIE, COOKIE.to_owned()), (header::AUTHORIZATION, format!("Bearer {TOKEN}"))];
    (cookie, axum::Json(json!({"success": true, "data": {"token": TOKEN, "expires_in": 86400}}))).into_response()
}

async fn attributes(State(source): State<Source>) -> Response {
    axum::Json(source.attributes).into_response()
}

/// What goes wrong at first; then everybody, with the secret and the token in a header field.
async fn employees(State(source): State<Source>, uri: Uri) -> Response {
    // The log-in was the first.
    let before = source.requests.fetch_add(1, Ordering::SeqCst).saturating_sub(1);
    match source.mishaps.get(before) {
        Some(Mishap::Html) => {
            return (StatusCode::BAD_GATEWAY, "<html>Katharina Böhm broke the proxy</html>").into_response();
        }
        Some(Mishap::Error) => {
            let error = json!({"success": false, "error": {"code": 500, "message": "Katharina Böhm is in the way"}});
            return (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(error)).into_response();
        }
        Some(Mishap::Moved) => {
            let target = format!("{uri}&session={SESSION}");
            return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target)], "moved").into_response();
        }
        None => {}
    }
    let fields = [("x-echo", format!("{SECRET} {TOKEN}")), ("content-type", source.content_type.to_owned())];
    (fields, source.employees.lock().unwrap().to_string()).into_response()
}

pub async fn serve(source: &Source) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/v1/auth", post(log_in))
        .route("/v1/company/employees/attributes", get(attributes))
        .route("/v1/company/employees", get(employees))
        .with_state(source.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}
