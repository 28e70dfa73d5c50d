//! Whether the user may do all that the queue does, asked before anything is made.
//!
//! A server that refuses a message does not answer it. It says so on the connection, without saying which message it was. So
//! each permission is tried with a message that changes nothing, one after the other, and either its answer or the refusal
//! comes. Without this, a missing permission would show as a queue that does not answer, when the first job comes.

use std::time::Duration;

use async_nats::header::NATS_EXPECTED_STREAM;
use async_nats::{Client, HeaderMap, RequestError, RequestErrorKind};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::error::StartProblem;
use super::stream::{CONSUMER, Found};

/// What the server says when a permission is missing (NATS protocol, `-ERR`).
const VIOLATION: &str = "permissions violation for ";

/// How long a server may think about a message. A refusal comes at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a refusal takes from the connection to whoever waits for it, at most.
const HANDOVER: Duration = Duration::from_millis(200);

/// True if this is a refusal for want of a permission.
pub fn is_violation(error: &str) -> bool {
    error.to_ascii_lowercase().starts_with(VIOLATION)
}

/// Tries every permission that is needed, given what there is.
///
/// # Errors
/// [`StartProblem::MissingRights`] with all that are missing.
pub async fn check(
    client: &Client,
    refusals: &broadcast::Sender<String>,
    stream: &str,
    found: &Found,
) -> Result<(), StartProblem> {
    let mut missing = Vec::new();
    for permission in permissions(stream, *found) {
        if !is_given(client, refusals, stream, &permission).await? {
            missing.push(format!("publish to `{}`", permission.shown));
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
    let request = client.request(subject.clone(), "".into());
    tokio::select! {
        answer = tokio::time::timeout(PATIENCE, request) => match answer {
            Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => Err(StartProblem::NoJetStream("on the server")),
            Ok(Err(error)) => Err(StartProblem::NoAnswer(error.to_string())),
            Ok(Ok(_)) => Ok(()),
            Err(_) => Err(StartProblem::NoAnswer(format!("no answer in {} s", PATIENCE.as_secs()))),
        },
        refusal = refusal(&mut refused) => Err(StartProblem::MissingRights(
            if refusal.to_ascii_lowercase().contains("subscription") {
                "subscribe to `_INBOX.>`".to_owned()
            } else {
                format!("publish to `{subject}`")
            },
        )),
    }
}

/// A permission to publish.
struct Permission {
    /// What has to be allowed.
    shown: String,
    /// What is tried.
    subject: String,
    probe: Probe,
}

/// What is tried.
enum Probe {
    /// No JSON: the server says so and does nothing.
    Malformed,
    /// A message for a stream of another name, which the server does not keep.
    OtherStream,
    /// Nobody listens there, and the server says so.
    Unheard,
    /// Nobody listens there, and the server does not say so: servers of 2.9 do not, for a consumer that is not there. What is sent
    /// after it is answered after its refusal.
    Unanswered,
}

fn permissions(stream: &str, found: Found) -> Vec<Permission> {
    let of_api = |subject: String| Permission { shown: subject.clone(), subject, probe: Probe::Malformed };
    let mut permissions = vec![
        Permission {
            shown: format!("{stream}.>"),
            subject: format!("{stream}.rights.check"),
            probe: Probe::OtherStream,
        },
        of_api(format!("$JS.API.STREAM.MSG.GET.{stream}")),
        of_api(format!("$JS.API.CONSUMER.CREATE.{stream}.{CONSUMER}")),
        of_api(format!("$JS.API.CONSUMER.INFO.{stream}.{CONSUMER}")),
        Permission {
            probe: if found.consumer { Probe::Malformed } else { Probe::Unanswered },
            ..of_api(format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{CONSUMER}"))
        },
        Permission {
            shown: format!("$JS.ACK.{stream}.{CONSUMER}.>"),
            // An acknowledgement has more parts.
            subject: format!("$JS.ACK.{stream}.{CONSUMER}.rights"),
            probe: Probe::Unheard,
        },
    ];
    if !found.stream {
        permissions.push(of_api(format!("$JS.API.STREAM.CREATE.{stream}")));
    }
    permissions
}

async fn is_given(
    client: &Client,
    refusals: &broadcast::Sender<String>,
    stream: &str,
    permission: &Permission,
) -> Result<bool, StartProblem> {
    let mut refused = refusals.subscribe();
    let mut headers = HeaderMap::new();
    let payload = match permission.probe {
        Probe::Malformed => "{",
        Probe::OtherStream => {
            headers.insert(NATS_EXPECTED_STREAM, "none");
            ""
        }
        Probe::Unheard | Probe::Unanswered => "",
    };
    let subject = permission.subject.clone();
    let request = async {
        if let Probe::Unanswered = permission.probe {
            let sent = client.publish(subject, payload.into()).await;
            sent.map_err(|error| RequestError::with_source(RequestErrorKind::Other, error))?;
            client.request(format!("$JS.API.STREAM.INFO.{stream}"), "".into()).await?;
            tokio::time::sleep(HANDOVER).await;
            return Ok(());
        }
        client.request_with_headers(subject, headers, payload.into()).await.map(drop)
    };
    tokio::select! {
        answer = tokio::time::timeout(PATIENCE, request) => match answer {
            Ok(Ok(())) => Ok(true),
            // It was sent, and nobody was there to answer.
            Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => Ok(true),
            Ok(Err(error)) => Err(StartProblem::NoAnswer(error.to_string())),
            Err(_) => Err(StartProblem::NoAnswer(format!("no answer in {} s", PATIENCE.as_secs()))),
        },
        _ = refusal(&mut refused) => Ok(false),
    }
}

/// Waits for the server to refuse something, and gives what it says.
async fn refusal(refused: &mut broadcast::Receiver<String>) -> String {
    loop {
        match refused.recv().await {
            Ok(text) => return text,
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
