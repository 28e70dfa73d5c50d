//! The gateway over a real socket: names that resolve to internal addresses, and redirects to them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use connector_host::http::resolve::Lookup;
use connector_host::http::{EgressPolicy, Live, Origin};
use tokio::net::TcpListener;

use super::fixture::{SECRET, World, configured, told};
use super::guest_log::Caught;

/// A server on loopback, and how often it was asked.
async fn serve() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let router = Router::new().fallback(answer).with_state(Arc::clone(&asked));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, asked)
}

/// Redirects to its query, if there is one; else sends the credentials back.
async fn answer(State(asked): State<Arc<AtomicUsize>>, uri: Uri, headers: HeaderMap) -> Response {
    asked.fetch_add(1, Ordering::Relaxed);
    match uri.query() {
        Some(target) => (StatusCode::FOUND, [("location", target.to_owned())]).into_response(),
        None => format!("echo {:?}", headers.get("authorization").map(|value| value.to_str().unwrap())).into_response(),
    }
}

/// A tenant on the network, with these origins from a manifest and these from the platform.
fn world(manifest: &[&str], allowed: &[&str]) -> World {
    let parse = |texts: &[&str]| texts.iter().map(|text| Origin::parse(text).unwrap()).collect::<Vec<_>>();
    let (manifest, allowed) = (parse(manifest), parse(allowed));
    let policy = EgressPolicy::new(manifest.clone(), allowed.clone());
    let bound = [manifest, allowed].concat();
    World { transport: Arc::new(Live::new(policy.clone()).unwrap()), policy, bound }
}

#[tokio::test]
async fn a_manifest_cannot_reach_internal_addresses_by_name_or_number() {
    let (address, asked) = serve().await;
    let port = address.port();
    let inside = "leads to a private address";
    for (host, words) in [
        ("https://localhost", inside),
        ("https://127.0.0.1", inside),
        ("https://0x7f.1", inside),
        ("https://2130706433", inside),
        ("https://[::1]", inside),
        ("https://[::ffff:127.0.0.1]", inside),
        ("https://169.254.169.254", inside),
        ("https://192.168.0.1", inside),
        // Plain http is for the platform to allow.
        ("http://localhost", "is plain http"),
    ] {
        let origin = format!("{host}:{port}");
        let answer = told(&mut configured(world(&[&origin], &[])).await, &format!("bearer-secret {origin}/")).await;
        assert!(answer.starts_with("Error::Denied(") && answer.contains(words), "{origin}: {answer}");
        assert!(answer.contains("--allow-origin "), "{origin}: {answer}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

/// Knows one name, of a machine inside.
struct Inside;

#[async_trait::async_trait]
impl Lookup for Inside {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(vec![[10, 1, 2, 3].into()])
    }
}

#[tokio::test]
async fn a_guest_does_not_learn_what_a_name_means_inside_and_the_operator_does() {
    let origin = Origin::parse("https://intern.example.com").unwrap();
    let policy = EgressPolicy::new([origin.clone()], []);
    let transport = Arc::new(Live::with_lookup(policy.clone(), Arc::new(Inside)).unwrap());
    let (caught, guard) = Caught::start();
    let mut guest = configured(World { policy, transport, bound: Vec::new() }).await;
    let answer = told(&mut guest, "send https://intern.example.com/").await;
    drop(guard);
    assert!(answer.contains("https://intern.example.com leads to a private address"), "{answer}");
    assert!(!answer.contains("10.1.2.3"), "{answer}");
    let log = caught.all();
    let line = log.iter().find(|line| line.starts_with("WARN") && line.contains("address=10.1.2.3"));
    assert!(line.is_some_and(|line| line.contains("origin=https://intern.example.com")), "{log:?}");
}

#[tokio::test]
async fn a_name_that_the_platform_allowed_leads_inside_and_its_echo_is_scrubbed() {
    let (address, _) = serve().await;
    let origin = format!("http://localhost:{}", address.port());
    let answer = told(&mut configured(world(&[], &[&origin])).await, &format!("bearer-secret {origin}/")).await;
    assert!(answer.contains("echo Some(\"Bearer [secret]\")") && !answer.contains(SECRET), "{answer}");
}

#[tokio::test]
async fn a_redirect_leads_only_where_a_request_may_go() {
    let (address, asked) = serve().await;
    let origin = format!("http://{address}");
    let by_name = format!("http://localhost:{}/", address.port());
    let targets = [
        "http://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/latest/meta-data/",
        "http://2852039166/latest/",
        "http://0xa9fea9fe/latest/",
        "http://[fd00:ec2::254]/latest/",
        "http://[::ffff:169.254.169.254]/",
        &by_name,
        "https://elsewhere.example/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "gopher://127.0.0.1/",
    ];
    for target in targets {
        let mut guest = configured(world(&[], &[&origin])).await;
        let answer = told(&mut guest, &format!("bearer-secret {origin}/?{target}")).await;
        assert!(answer.starts_with("Error::Denied("), "{target}: {answer}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), targets.len(), "each was redirected once and went nowhere");
    // The redirect itself works.
    let answer = told(&mut configured(world(&[], &[&origin])).await, &format!("send {origin}/?/here")).await;
    assert!(answer.starts_with("200"), "{answer}");
}
