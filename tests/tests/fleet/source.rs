//! Acme's cassette as a server on loopback that can be slow or busy for some tenants. It tells tenants apart by their client
//! ID, which it makes part of their token.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use whole_system_tests::fixture;
use whole_system_tests::tenants::Tenants;

/// The server; it ends with the test.
pub struct Source {
    /// Where it is.
    pub origin: String,
    moods: Arc<Moods>,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Default)]
struct Moods {
    slow: Mutex<HashMap<String, Duration>>,
    busy: Mutex<HashSet<String>>,
}

impl Source {
    /// Starts it.
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let moods = Arc::new(Moods::default());
        let routes = Router::new()
            .route("/v1/auth", post(log_in))
            .route(
                "/v1/company/employees/attributes",
                get(|| async { recorded("0002-get-v1-company-employees-attributes") }),
            )
            .route("/v1/company/employees", get(employees))
            .with_state(Arc::clone(&moods));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self { origin, moods, _runtime: runtime }
    }

    /// Answers a tenant's request for employees only after this time.
    pub fn slow(&self, tenant: &str, delay: Duration) {
        self.moods.slow.lock().unwrap().insert(tenant.to_owned(), delay);
    }

    /// Asks a tenant to wait three seconds, once.
    pub fn busy_once(&self, tenant: &str) {
        self.moods.busy.lock().unwrap().insert(tenant.to_owned());
    }
}

/// Gives a tenant a client ID of its own: its name.
pub fn tell_apart(tenants: &Tenants, name: &str) {
    let path = tenants.tenant(name).join("settings.toml");
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, settings.replace("papi-acme-elearnio", name)).unwrap();
}

async fn log_in(form: String) -> Response {
    let id = form.split('&').find_map(|field| field.strip_prefix("client_id=")).unwrap_or_default();
    let token =
        serde_json::json!({ "success": true, "data": { "token": format!("token-of-{id}"), "expires_in": 86400 } });
    token.to_string().into_response()
}

async fn employees(State(moods): State<Arc<Moods>>, headers: HeaderMap) -> Response {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let tenant = token.strip_prefix("Bearer token-of-").unwrap_or_default();
    if moods.busy.lock().unwrap().remove(tenant) {
        return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "3")]).into_response();
    }
    let delay = moods.slow.lock().unwrap().get(tenant).copied().unwrap_or_default();
    tokio::time::sleep(delay).await;
    recorded("0003-get-v1-company-employees").into_response()
}

fn recorded(name: &str) -> String {
    let file = fixture("acme").join(format!("exchanges/{name}.json"));
    let exchange: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    exchange["response"]["json"].to_string()
}
