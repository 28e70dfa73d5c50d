//! No two tenants share a connection over HTTP/2 either, where one connection carries many requests at once: 100 of them
//! against a server that is wrong on purpose. `tests/isolation.rs` does the same over HTTP/1.1.
//!
//! The server is written by hand, frame by frame, since no library can be made to break the protocol. It answers each request
//! with all bodies that came over the same connection: another tenant's number in an answer is another tenant's connection.
//! It is here, beside what it tests, because only here a client can be made to trust a certificate of the test's own.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::*;
use crate::http::{Gateway, GuestAuthorization, GuestBody, GuestRequest, HttpLimits, Method, Vault};

const TENANTS: usize = 100;
const REQUESTS: usize = 4;

/// What is wrong with the server.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    /// Nothing.
    Nothing,
    /// It answers the first stream before there is one.
    AnswersEarly,
    /// It answers every stream twice.
    AnswersTwice,
    /// It answers a stream that nobody has opened yet: the next one.
    AnswersNobody,
    /// It pushes an answer that nobody asked for.
    Pushes,
}

const ALL: [Wrong; 5] = [Wrong::Nothing, Wrong::AnswersEarly, Wrong::AnswersTwice, Wrong::AnswersNobody, Wrong::Pushes];

/// The tenants seen on each connection, by their numbers.
type Seen = Arc<Mutex<BTreeMap<usize, BTreeSet<String>>>>;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
/// `:status: 200`, from HPACK's static table.
const OK: &[u8] = &[0x88];
/// `GET`, `https` and `/`, from the same.
const GET: &[u8] = &[0x82, 0x87, 0x84];

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn answer(stream: u32, body: &[u8]) -> Vec<u8> {
    [frame(HEADERS, END_HEADERS, stream, OK), frame(DATA, END_STREAM, stream, body)].concat()
}

async fn read_frame(socket: &mut TlsStream<TcpStream>) -> Option<Frame> {
    let mut head = [0; 9];
    socket.read_exact(&mut head).await.ok()?;
    let [a, b, c, kind, flags, stream @ ..] = head;
    let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
    socket.read_exact(&mut payload).await.ok()?;
    Some(Frame { kind, flags, stream: u32::from_be_bytes(stream), payload })
}

/// Answers one connection's streams.
async fn converse(mut socket: TlsStream<TcpStream>, wrong: Wrong, connection: usize, seen: Seen) -> Option<()> {
    assert_eq!(socket.get_ref().1.alpn_protocol(), Some(&b"h2"[..]), "HTTP/2 was not negotiated");
    let mut preface = [0; PREFACE.len()];
    socket.read_exact(&mut preface).await.ok()?;
    assert_eq!(preface, PREFACE);
    socket.write_all(&frame(SETTINGS, 0, 0, &[])).await.ok()?;
    let mut heard = Vec::new();
    if let Wrong::AnswersEarly = wrong {
        socket.write_all(&answer(1, b"nobody yet")).await.ok()?;
    }
    loop {
        let Frame { kind, flags, stream, payload } = read_frame(&mut socket).await?;
        let mut written = Vec::new();
        match kind {
            SETTINGS if flags & ACK == 0 => written = frame(SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => written = frame(PING, ACK, 0, &payload),
            DATA => {
                seen.lock().unwrap().entry(connection).or_default().insert(String::from_utf8_lossy(&payload).into());
                heard.extend(payload);
            }
            _ => {}
        }
        if matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
            if let Wrong::Pushes = wrong {
                let promised = [&2_u32.to_be_bytes()[..], GET].concat();
                written.extend(frame(PUSH_PROMISE, END_HEADERS, stream, &promised));
                written.extend(answer(2, &heard));
            }
            written.extend(answer(stream, &heard));
            match wrong {
                Wrong::AnswersTwice => written.extend(answer(stream, &heard)),
                Wrong::AnswersNobody => written.extend(answer(stream + 2, &heard)),
                Wrong::Nothing | Wrong::AnswersEarly | Wrong::Pushes => {}
            }
        }
        socket.write_all(&written).await.ok()?;
    }
}

/// A server with a certificate of its own, and a transport that trusts it.
async fn serve(wrong: Wrong) -> (SocketAddr, Seen, Live) {
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (certified.cert.der().clone(), certified.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], rustls::pki_types::PrivatePkcs8KeyDer::from(key).into())
        .unwrap();
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Seen::default();
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        for connection in 0.. {
            let Ok((socket, _)) = listener.accept().await else { break };
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&shared));
            tokio::spawn(async move { converse(acceptor.accept(socket).await.ok()?, wrong, connection, seen).await });
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let trusting = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let origin = Origin::parse(&format!("https://{address}")).unwrap();
    let policy = Arc::new(EgressPolicy::new([], [origin]));
    let verified = OnceLock::from(with_http2(trusting));
    (address, seen, Live::of(Arc::new(Shared { policy, lookup: Arc::new(System), provider, verified })))
}

/// One tenant's sync: everything that it was answered.
async fn sync(number: usize, base: String, transport: Arc<dyn Transport>, start: Arc<Barrier>) -> Vec<String> {
    let origin = Origin::parse(&base).unwrap();
    let limits = HttpLimits { request_timeout: Duration::from_secs(20), ..HttpLimits::default() };
    let mut gateway = Gateway::new(EgressPolicy::new([], [origin]), transport, Vault::new(), limits);
    let mut answers = Vec::new();
    start.wait().await;
    for _ in 0..REQUESTS {
        let request = GuestRequest {
            method: Method::Post,
            url: format!("{base}/people"),
            headers: Vec::new(),
            authorization: GuestAuthorization::None,
            body: GuestBody::Bytes(format!("<{number:03}>").into_bytes()),
        };
        // A connection that such a server broke is an error, and no harm.
        if let Ok(answer) = gateway.send(request).await {
            answers.push(String::from_utf8(answer.body).unwrap());
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_anothers_bytes_over_http2_either() {
    for wrong in ALL {
        let (address, seen, live) = serve(wrong).await;
        let live: Arc<dyn Transport> = Arc::new(live);
        let (base, start) = (format!("https://{address}"), Arc::new(Barrier::new(TENANTS)));
        let tasks: Vec<_> = (0..TENANTS)
            .map(|number| tokio::spawn(sync(number, base.clone(), Arc::clone(&live), Arc::clone(&start))))
            .collect();
        let mut answered = 0;
        for (number, task) in tasks.into_iter().enumerate() {
            let own = format!("<{number:03}>");
            for answer in task.await.unwrap() {
                answered += 1;
                let others = answer.replace(&own, "");
                assert!(others.is_empty() || others == "nobody yet", "{wrong:?}: tenant {number} reads {answer}");
            }
        }
        let all = matches!(wrong, Wrong::Nothing).then_some(TENANTS * REQUESTS);
        assert!(all.is_none_or(|all| answered == all), "{wrong:?}: {answered} answers");
        let seen = seen.lock().unwrap();
        assert!(seen.len() >= TENANTS, "{wrong:?}: {} connections", seen.len());
        for (connection, tenants) in seen.iter() {
            assert!(tenants.len() <= 1, "{wrong:?}: connection {connection} carried {tenants:?}");
        }
    }
}
