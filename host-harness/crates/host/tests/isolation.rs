//! No two tenants share a connection: 100 of them at once against a server that is wrong on purpose, over real sockets.
//!
//! Every tenant is given the same transport, as a platform would. Each has a token of its own, the server answers with what
//! it was sent, and a tenant's own token is scrubbed from its answers: a token in an answer is somebody else's.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
#![cfg(feature = "live")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_host::http::{
    EgressPolicy, Gateway, GuestAuthorization, GuestBody, GuestRequest, HttpError, HttpLimits, Live, Method, Origin,
    SecretHandle, Transport, Vault,
};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

const TENANTS: usize = 100;
const REQUESTS: usize = 4;

/// What is wrong with the server.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    /// Nothing.
    Nothing,
    /// It never reads a body: the next request begins where the body does.
    IgnoresBodies,
    /// It answers before it was asked.
    AnswersEarly,
    /// It answers every request twice.
    AnswersTwice,
    /// It answers once more, later, when nobody asks.
    AnswersNobody,
}

const ALL: [Wrong; 5] =
    [Wrong::Nothing, Wrong::IgnoresBodies, Wrong::AnswersEarly, Wrong::AnswersTwice, Wrong::AnswersNobody];

/// The tenants seen on each connection, by their tokens.
type Seen = Arc<Mutex<BTreeMap<usize, BTreeSet<String>>>>;

async fn serve(wrong: Wrong) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Seen::default();
    let all = Arc::clone(&seen);
    tokio::spawn(async move {
        for connection in 0.. {
            let Ok((socket, _)) = listener.accept().await else { break };
            tokio::spawn(converse(socket, wrong, connection, Arc::clone(&all)));
        }
    });
    (address, seen)
}

/// Answers one connection's requests, each with its own head.
async fn converse(mut socket: TcpStream, wrong: Wrong, connection: usize, seen: Seen) {
    let mut unread = Vec::new();
    let mut last = "nobody yet".to_owned();
    if matches!(wrong, Wrong::AnswersEarly) && socket.write_all(answer(&last).as_bytes()).await.is_err() {
        return;
    }
    while let Some(head) = head(&mut socket, &mut unread).await {
        let tokens = head.split_whitespace().filter(|word| word.starts_with("token-of-"));
        seen.lock().unwrap().entry(connection).or_default().extend(tokens.map(str::to_owned));
        last = head;
        let mut written = answer(&last);
        if matches!(wrong, Wrong::AnswersTwice) {
            written += &answer(&last);
        }
        if socket.write_all(written.as_bytes()).await.is_err() {
            return;
        }
        if matches!(wrong, Wrong::AnswersNobody) {
            let _ = socket.flush().await;
            tokio::task::yield_now().await;
            if socket.write_all(answer(&last).as_bytes()).await.is_err() {
                return;
            }
        }
        if !matches!(wrong, Wrong::IgnoresBodies) {
            let length = last.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
            let length: usize = length.unwrap_or(0);
            while unread.len() < length {
                if !more(&mut socket, &mut unread).await {
                    return;
                }
            }
            unread.drain(..length);
        }
    }
}

fn answer(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

async fn head(socket: &mut TcpStream, unread: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            return Some(String::from_utf8_lossy(&unread.drain(..end + 4).collect::<Vec<_>>()).into_owned());
        }
        if !more(socket, unread).await {
            return None;
        }
    }
}

async fn more(socket: &mut TcpStream, unread: &mut Vec<u8>) -> bool {
    let mut chunk = [0; 4096];
    let Ok(length @ 1..) = socket.read(&mut chunk).await else { return false };
    unread.extend(chunk.iter().take(length));
    true
}

fn request(base: &str, method: Method, token: &SecretHandle, body: GuestBody) -> GuestRequest {
    let authorization = GuestAuthorization::Bearer(token.clone());
    GuestRequest { method, url: format!("{base}/people"), headers: Vec::new(), authorization, body }
}

/// One tenant's sync: everything that it was answered.
async fn sync(number: usize, base: String, transport: Arc<dyn Transport>, start: Arc<Barrier>) -> Vec<String> {
    let origin = Origin::parse(&base).unwrap();
    let vault = Vault::new();
    let token = vault.insert(SecretString::from(format!("token-of-{number:03}")), vec![origin.clone()]);
    let limits = HttpLimits { request_timeout: Duration::from_secs(20), ..HttpLimits::default() };
    let mut gateway = Gateway::new(EgressPolicy::new([], [origin]), transport, vault, limits);
    let mut answers = Vec::new();
    start.wait().await;
    for _ in 0..REQUESTS {
        // A request within a request, by every method that carries a body.
        let hidden = format!("GET /hidden HTTP/1.1\r\nhost: x\r\nx-from: {number:03}\r\n\r\n").into_bytes();
        for (method, body) in [
            (Method::Get, GuestBody::Empty),
            (Method::Post, GuestBody::Bytes(hidden.clone())),
            (Method::Delete, GuestBody::Bytes(hidden)),
        ] {
            // A connection that such a server broke is an error, and no harm.
            if let Ok(answer) = gateway.send(request(&base, method, &token, body)).await {
                answers.push(String::from_utf8(answer.body).unwrap());
            }
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_anothers_bytes_however_wrong_the_server_is() {
    for wrong in ALL {
        let (address, seen) = serve(wrong).await;
        let base = format!("http://{address}");
        let origin = Origin::parse(&base).unwrap();
        let live: Arc<dyn Transport> = Arc::new(Live::new(EgressPolicy::new([], [origin])).unwrap());
        let start = Arc::new(Barrier::new(TENANTS));
        let tasks: Vec<_> = (0..TENANTS)
            .map(|number| tokio::spawn(sync(number, base.clone(), Arc::clone(&live), Arc::clone(&start))))
            .collect();
        let mut answered = 0;
        for (number, task) in tasks.into_iter().enumerate() {
            for answer in task.await.unwrap() {
                answered += 1;
                assert!(!answer.contains("token-of-"), "{wrong:?}: tenant {number} reads {answer}");
                let from = answer.lines().find_map(|line| line.strip_prefix("x-from: "));
                assert!(from.is_none_or(|from| from == format!("{number:03}")), "{wrong:?}: {number} reads {answer}");
            }
        }
        assert!(answered > 0 || matches!(wrong, Wrong::AnswersEarly), "{wrong:?}: nobody was answered at all");
        for (connection, tenants) in seen.lock().unwrap().iter() {
            assert!(tenants.len() <= 1, "{wrong:?}: connection {connection} carried {tenants:?}");
        }
    }
}

/// What such a server is fed by: refused before a byte is sent.
#[tokio::test]
async fn a_get_with_a_body_is_refused_and_never_sent() {
    let (address, seen) = serve(Wrong::IgnoresBodies).await;
    let base = format!("http://{address}");
    let origin = Origin::parse(&base).unwrap();
    let vault = Vault::new();
    let token = vault.insert(SecretString::from("token-of-000"), vec![origin.clone()]);
    let policy = EgressPolicy::new([], [origin]);
    let live = Arc::new(Live::new(policy.clone()).unwrap());
    let mut gateway = Gateway::new(policy, live, vault, HttpLimits::default());
    for method in [Method::Get, Method::Head] {
        let body = GuestBody::Bytes(b"GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n".to_vec());
        let refused = gateway.send(request(&base, method, &token, body)).await.err();
        assert!(matches!(&refused, Some(HttpError::Denied(text)) if text.contains("has a body")), "{refused:?}");
    }
    assert!(seen.lock().unwrap().is_empty());
    assert_eq!(gateway.requests(), 0);
}
