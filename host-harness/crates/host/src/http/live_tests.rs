//! The live transport against a server on loopback, over a real socket.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method as AxumMethod, StatusCode, Uri, header};
use axum::response::IntoResponse as _;
use axum::routing::any;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;

use super::*;
use crate::http::{Gateway, GuestAuthorization, GuestBody, GuestRequest, GuestValue, HttpLimits, Method, Vault};

const BOMB: usize = 1 << 20;

async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/echo", any(echo))
        .route("/redirect", any(|| async { (StatusCode::FOUND, [(header::LOCATION, "/echo")]) }))
        .route("/bomb", any(|| async { ([(header::CONTENT_ENCODING, "gzip")], gzip(BOMB)) }))
        .route("/slow", any(|| tokio::time::sleep(Duration::from_mins(1))))
        .route("/brotli", any(|| async { ([(header::CONTENT_ENCODING, "br")], "?") }))
        .route("/cookie", any(|| async { ([(header::SET_COOKIE, "session=1")], "") }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Says what it was sent.
async fn echo(method: AxumMethod, uri: Uri, headers: HeaderMap, body: Bytes) -> axum::response::Response {
    let mut text = format!("{method} {uri}\n");
    for (name, value) in &headers {
        writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
    }
    text += std::str::from_utf8(&body).unwrap();
    let authorization = headers.get(header::AUTHORIZATION).cloned();
    let echoed: HeaderMap =
        authorization.into_iter().map(|value| (header::HeaderName::from_static("x-echo"), value)).collect();
    (echoed, text).into_response()
}

fn gzip(length: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b'x'; length]).unwrap();
    encoder.finish().unwrap()
}

fn allowing(origin: &str) -> Live {
    Live::new(EgressPolicy::new([], [Origin::parse(origin).unwrap()])).map_err(|error| error.to_string()).unwrap()
}

fn get(url: &str) -> Outbound {
    Outbound {
        method: Method::Get,
        url: Url::parse(url).unwrap(),
        headers: Vec::new(),
        authorization: Authorization::None,
        body: OutboundBody::Empty,
    }
}

fn text(answer: Result<Inbound, HttpError>) -> String {
    String::from_utf8(answer.map_err(|error| error.to_string()).unwrap().body).unwrap()
}

#[tokio::test]
async fn a_request_arrives_as_it_was_described() {
    let base = format!("http://{}", serve().await);
    let live = allowing(&base);
    let secret = Arc::new(SecretString::from("s3cret & more"));
    let request = Outbound {
        method: Method::Post,
        url: Url::parse(&format!("{base}/echo?a[]=1&a[]=2")).unwrap(),
        headers: vec![("X-Personio-App-ID".into(), "ELEARNIO".into())],
        authorization: Authorization::Basic { user: "papi".into(), password: Arc::clone(&secret) },
        body: OutboundBody::Form(vec![
            ("client id".into(), Value::Text("ä".into())),
            ("client_secret".into(), Value::Secret(secret)),
        ]),
    };
    let echoed = text(live.send(&request, 10_000).await);
    for part in [
        "POST /echo?a[]=1&a[]=2\n",
        "x-personio-app-id: ELEARNIO\n",
        "authorization: Basic cGFwaTpzM2NyZXQgJiBtb3Jl\n",
        "content-type: application/x-www-form-urlencoded\n",
        "accept-encoding: gzip\n",
        concat!("user-agent: elearnio-connector-harness/", env!("CARGO_PKG_VERSION"), "\n"),
        "client+id=%C3%A4&client_secret=s3cret+%26+more",
    ] {
        assert!(echoed.contains(part), "{part}\n{echoed}");
    }
}

#[tokio::test]
async fn redirects_are_answers_and_cookies_are_not_kept() {
    let base = format!("http://{}", serve().await);
    let live = allowing(&base);
    let answer = live.send(&get(&format!("{base}/redirect")), 100).await.map_err(|e| e.to_string()).unwrap();
    assert_eq!(answer.status, 302);
    assert!(answer.headers.contains(&("location".to_owned(), "/echo".to_owned())));
    live.send(&get(&format!("{base}/cookie")), 1000).await.map_err(|e| e.to_string()).unwrap();
    assert!(!text(live.send(&get(&format!("{base}/echo")), 10_000).await).contains("cookie"));
}

#[tokio::test]
async fn the_size_limit_counts_what_comes_out_of_gzip() {
    let base = format!("http://{}", serve().await);
    let live = allowing(&base);
    let limit = u64::try_from(BOMB).unwrap();
    assert!(limit > 100 * u64::try_from(gzip(BOMB).len()).unwrap(), "not much of a bomb");
    let request = get(&format!("{base}/bomb"));
    let answer = live.send(&request, 2 * limit).await.map_err(|error| error.to_string()).unwrap();
    let limit = limit + u64::try_from(answer::length(&answer.headers)).unwrap();
    assert_eq!(text(live.send(&request, limit).await).len(), BOMB);
    assert_eq!(live.send(&request, limit - 1).await.err(), Some(HttpError::TooLarge(limit - 1)));
}

#[tokio::test]
async fn the_size_limit_counts_header_fields() {
    let base = format!("http://{}", serve().await);
    let live = allowing(&base);
    let request = get(&format!("{base}/redirect"));
    let answer = live.send(&request, 1000).await.map_err(|error| error.to_string()).unwrap();
    let limit = u64::try_from(answer::length(&answer.headers)).unwrap();
    assert!(answer.body.is_empty() && limit > 0);
    assert!(live.send(&request, limit).await.is_ok());
    assert_eq!(live.send(&request, limit - 1).await.err(), Some(HttpError::TooLarge(limit - 1)));
}

#[tokio::test]
async fn a_coding_that_was_not_asked_for_is_refused() {
    let base = format!("http://{}", serve().await);
    let result = allowing(&base).send(&get(&format!("{base}/brotli")), 100).await;
    assert!(matches!(result, Err(HttpError::Other(text)) if text.contains("coding")));
}

#[tokio::test]
async fn a_name_that_leads_to_loopback_is_refused_unless_the_platform_allowed_it() {
    let port = serve().await.port();
    let https = format!("https://localhost:{port}");
    let live = Live::new(EgressPolicy::new([Origin::parse(&https).unwrap()], [])).map_err(|e| e.to_string()).unwrap();
    let error = live.send(&get(&format!("{https}/echo?email=a@b.example")), 100).await.err();
    let Some(HttpError::Denied(text)) = error else { panic!("{error:?}") };
    assert!(
        text.contains("leads to a private address") && text.ends_with(&format!("--allow-origin {https}")),
        "{text}"
    );
    assert!(!text.contains("email"), "{text}");

    let http = format!("http://localhost:{port}");
    assert!(text_of_echo(&allowing(&http), &http).await.starts_with("GET /echo"));
}

async fn text_of_echo(live: &Live, base: &str) -> String {
    text(live.send(&get(&format!("{base}/echo")), 10_000).await)
}

/// Leads to the first address once, and to the second ever after.
struct Rebinding(std::sync::atomic::AtomicUsize);

#[async_trait::async_trait]
impl Lookup for Rebinding {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<std::net::IpAddr>> {
        assert_eq!(host, "source.example");
        let asked = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ok(vec![if asked == 0 { [127, 0, 0, 1] } else { [127, 0, 0, 2] }.into()])
    }
}

#[tokio::test]
async fn a_name_that_changes_its_address_leads_to_the_address_that_was_checked() {
    let address = serve().await;
    let elsewhere = TcpListener::bind(("127.0.0.2", address.port())).await.unwrap();
    let base = format!("http://source.example:{}", address.port());
    let lookup = Arc::new(Rebinding(std::sync::atomic::AtomicUsize::new(0)));
    let policy = EgressPolicy::new([], [Origin::parse(&base).unwrap()]);
    let live = Live::with_lookup(policy, Arc::clone(&lookup) as _).map_err(|error| error.to_string()).unwrap();
    assert!(text_of_echo(&live, &base).await.starts_with("GET /echo"));
    assert_eq!(lookup.0.load(std::sync::atomic::Ordering::SeqCst), 1, "asked once, before the judgement");
    let nobody = tokio::time::timeout(Duration::ZERO, elsewhere.accept()).await;
    assert!(nobody.is_err(), "the other address was connected to");
}

#[tokio::test]
async fn an_address_in_the_url_is_checked_too() {
    let port = serve().await.port();
    for host in ["127.0.0.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"] {
        let base = format!("https://{host}:{port}");
        let live =
            Live::new(EgressPolicy::new([Origin::parse(&base).unwrap()], [])).map_err(|e| e.to_string()).unwrap();
        let error = live.send(&get(&base), 100).await.err();
        assert!(
            matches!(&error, Some(HttpError::Denied(text)) if text.contains("private address")),
            "{host}: {error:?}"
        );
    }
}

#[tokio::test]
async fn without_a_server_the_origin_is_named_and_nothing_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = allowing(&base).send(&get(&format!("{base}/people?email=a@b.example")), 100).await.err();
    let Some(HttpError::Unreachable(text)) = error else { panic!("{error:?}") };
    assert!(text.starts_with(&format!("{base} cannot be reached: ")), "{text}");
    assert!(!text.contains("email") && !text.contains("people"), "{text}");
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_body_is_unreachable_not_an_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 1024]).await;
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
    });
    let error = allowing(&base).send(&get(&base), 1000).await.err();
    assert!(
        matches!(&error, Some(HttpError::Unreachable(text)) if text.contains("closed the connection early")),
        "{error:?}"
    );
}

#[test]
fn a_proxy_from_the_environment_is_not_asked() {
    // In a process of its own: a variable belongs to all tests of a process.
    let executable = std::env::current_exe().unwrap();
    let name = "http::live::tests::a_request_arrives_as_it_was_described";
    let output = std::process::Command::new(executable)
        .args(["--exact", name])
        .env("http_proxy", "http://127.0.0.1:9")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("ALL_PROXY", "http://127.0.0.1:9")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::test]
async fn the_gateway_follows_scrubs_and_times_out_over_a_real_socket() {
    let base = format!("http://{}", serve().await);
    let origin = Origin::parse(&base).unwrap();
    let policy = EgressPolicy::new([], [origin.clone()]);
    let vault = Vault::new();
    let secret = vault.insert(SecretString::from("s3cret/& more"), vec![origin]);
    let live: Arc<dyn Transport> = Arc::new(Live::new(policy.clone()).map_err(|e| e.to_string()).unwrap());
    let mut gateway = Gateway::new(policy.clone(), Arc::clone(&live), vault.clone(), HttpLimits::default());
    let mut request = GuestRequest {
        method: Method::Post,
        url: format!("{base}/echo"),
        headers: Vec::new(),
        authorization: GuestAuthorization::Basic("papi".into(), secret.clone()),
        body: GuestBody::Bytes(b"client_secret=s3cret%2F%26+more".to_vec()),
    };
    let answer = gateway.send(request.clone()).await.map_err(|e| e.to_string()).unwrap();
    let echoed = String::from_utf8(answer.body).unwrap();
    assert!(echoed.ends_with("client_secret=[secret]"), "{echoed}");
    let body = GuestBody::Form(vec![("client_secret".into(), GuestValue::Secret(secret))]);
    let log_in = gateway.send(GuestRequest { body, ..request.clone() }).await.map_err(|e| e.to_string()).unwrap();
    assert!(log_in.body.is_empty(), "of a log-in's answer nothing is left that is not known");
    assert!(answer.headers.iter().any(|(name, value)| name == "x-echo" && value.contains("[secret]")));

    request.url = format!("{base}/redirect");
    let answer = gateway.send(request.clone()).await.map_err(|e| e.to_string()).unwrap();
    assert!(answer.body.starts_with(b"GET /echo\n"));

    request.url = format!("{base}/slow");
    let limits = HttpLimits { request_timeout: Duration::from_millis(50), ..HttpLimits::default() };
    let mut hasty = Gateway::new(policy, live, vault, limits);
    assert_eq!(hasty.send(request).await.err(), Some(HttpError::TimedOut));
}
