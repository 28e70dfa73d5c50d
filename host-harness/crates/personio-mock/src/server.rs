//! The socket: HTTP/1.1 on the loopback address, and nothing else.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, Method, Uri};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::admin::{self, Admin};
use super::connection::{Line, Lines};
use super::service::{Asked, Seen, Service};
use super::{MockError, MockOptions, wire_faults};

/// A running stand-in. It ends when this is dropped.
pub struct Server {
    address: SocketAddr,
    admin: Admin,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts listening; when this is back, requests are answered.
    ///
    /// # Errors
    /// When the port cannot be had, or an attribute to hide does not exist.
    pub async fn start(options: MockOptions) -> Result<Self, MockError> {
        let port = options.port;
        let admin = Admin::new(Service::new(options)?);
        let unusable = |error| MockError::Port { port, error };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        let router: Router = admin::routes().fallback(answer).with_state(admin.clone());
        let service = router.into_make_service_with_connect_info::<Line>();
        let task = tokio::spawn(async move {
            // Serving ends with the task; accepting tries again whatever happens.
            let _ = axum::serve(Lines(listener), service).await;
        });
        Ok(Self { address, admin, task })
    }

    /// Where it answers, such as `http://127.0.0.1:4010`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What can be changed while it runs.
    #[must_use]
    pub const fn admin(&self) -> &Admin {
        &self.admin
    }

    /// The requests so far, the oldest first; of very many, the last ones.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.admin.requests()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State(admin): State<Admin>,
    ConnectInfo(line): ConnectInfo<Line>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: HeaderName| {
        headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
    };
    let asked = Asked {
        method: method.as_str().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        authorization: header(AUTHORIZATION),
        content_type: header(CONTENT_TYPE),
        body: body.into(),
    };
    let (answer, faults) = admin.desk().answer(&asked, Instant::now());
    wire_faults::response(answer, &faults, line)
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
