//! Whether the user may do all that the queue does, asked before anything is made.
//!
//! A server that refuses a message does not answer it. It says so on the connection, without saying which message it was. So
//! each permission is tried with a message that changes nothing, one after the other, and either its answer or the refusal
//! comes. Without this, a missing permission would show as a queue that does not answer, when the first job comes.

use std::time::Duration;

use async_nats::header::NATS_EXPECTED_STREAM;
use async_nats::{Client, HeaderMap, RequestErrorKind};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::error::StartProblem;
use super::stream::CONSUMER;

/// What the server says when a permission is missing (NATS protocol, `-ERR`).
const VIOLATION: &str = "permissions violation for ";

/// How long a server may think about a message. A refusal comes at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// True if this is a refusal for want of a permission.
pub fn is_violation(error: &str) -> bool {
    error.to_ascii_lowercase().starts_with(VIOLATION)
}

/// Tries every permission that is needed, given whether the stream is there.
///
/// # Errors
/// [`StartProblem::MissingRights`] with all that are missing.
pub async fn check(
    client: &Client,
    refusals: &broadcast::Sender<String>,
    stream: &str,
    has_stream: bool,
) -> Result<(), StartProblem> {
    let mut missing = Vec::new();
    for (subject, probe) in probes(stream, has_stream) {
        match attempt(client, refusals, subject.clone(), probe).await? {
            Attempt::Allowed => {}
            Attempt::Refused => missing.push(format!("publish to `{subject}`")),
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(StartProblem::MissingRights(missing.join(" and "))) }
}

/// Asks whether the server answers this user at all: the first request of a connection.
///
/// # Errors
/// [`StartProblem::MissingRights`] if answers cannot be received, or requests of the API cannot be sent.
pub async fn check_answers(
    client: &Client,
    refusals: &broadcast::Sender<String>,
    stream: &str,
) -> Result<(), StartProblem> {
    let subject = format!("$JS.API.STREAM.INFO.{stream}");
    let mut refused = refusals.subscribe();
    let request = client.request(subject, "".into());
    tokio::select! {
        answer = tokio::time::timeout(PATIENCE, request) => match answer {
            Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => Err(StartProblem::NoJetStream("on the server")),
            Ok(Err(error)) => Err(StartProblem::NoAnswer(error.to_string())),
            Ok(Ok(_)) => Ok(()),
            Err(_) => Err(StartProblem::NoAnswer(format!("no answer in {} s", PATIENCE.as_secs()))),
        },
        refusal = refusal(&mut refused) => Err(StartProblem::MissingRights(refusal)),
    }
}

/// What is tried, and with which payload.
enum Probe {
    /// No JSON: the server says so and does nothing.
    Malformed,
    /// A message for a stream of another name, which the server does not keep.
    OtherStream,
    /// Nobody listens there.
    Unheard,
}

fn probes(stream: &str, has_stream: bool) -> Vec<(String, Probe)> {
    let mut probes = vec![
        (format!("{stream}.rights.check"), Probe::OtherStream),
        (format!("$JS.API.CONSUMER.CREATE.{stream}.{CONSUMER}"), Probe::Malformed),
        (format!("$JS.API.CONSUMER.INFO.{stream}.{CONSUMER}"), Probe::Malformed),
        (format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{CONSUMER}"), Probe::Malformed),
        (format!("$JS.API.STREAM.MSG.GET.{stream}"), Probe::Malformed),
        // An acknowledgement has more parts; nobody listens to this.
        (format!("$JS.ACK.{stream}.{CONSUMER}.rights"), Probe::Unheard),
    ];
    if !has_stream {
        probes.push((format!("$JS.API.STREAM.CREATE.{stream}"), Probe::Malformed));
    }
    probes
}

enum Attempt {
    Allowed,
    Refused,
}

async fn attempt(
    client: &Client,
    refusals: &broadcast::Sender<String>,
    subject: String,
    probe: Probe,
) -> Result<Attempt, StartProblem> {
    let mut refused = refusals.subscribe();
    let (headers, payload) = match probe {
        Probe::Malformed => (HeaderMap::new(), "{"),
        Probe::OtherStream => {
            let mut headers = HeaderMap::new();
            headers.insert(NATS_EXPECTED_STREAM, "none");
            (headers, "")
        }
        Probe::Unheard => (HeaderMap::new(), ""),
    };
    let request = client.request_with_headers(subject, headers, payload.into());
    tokio::select! {
        answer = tokio::time::timeout(PATIENCE, request) => match answer {
            Ok(Ok(_)) => Ok(Attempt::Allowed),
            // It was sent, and nobody was there to answer.
            Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => Ok(Attempt::Allowed),
            Ok(Err(error)) => Err(StartProblem::NoAnswer(error.to_string())),
            Err(_) => Err(StartProblem::NoAnswer(format!("no answer in {} s", PATIENCE.as_secs()))),
        },
        _ = refusal(&mut refused) => Ok(Attempt::Refused),
    }
}

/// Waits for the server to refuse something, and gives what it refuses.
async fn refusal(refused: &mut broadcast::Receiver<String>) -> String {
    loop {
        match refused.recv().await {
            Ok(text) => return text,
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
