//! The transport of the checks: plays a cassette over and over, and keeps an eye on what goes through.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connector_cassette::Replay;
use connector_host::http::{HttpError, Inbound, Origin, Outbound, OutboundBody, Transport, Value, credentials};

/// What was seen, over all instances.
#[derive(Default)]
pub(super) struct Sight {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    contacted: BTreeSet<String>,
    tokens: BTreeSet<String>,
    leaks: BTreeSet<String>,
}

impl Sight {
    /// Origins that requests were sent to.
    pub fn contacted(&self) -> BTreeSet<String> {
        self.state().contacted.clone()
    }

    /// What the source gave out under a credential's name.
    pub fn tokens(&self) -> BTreeSet<String> {
        self.state().tokens.clone()
    }

    /// Where a secret went as plain text.
    pub fn leaks(&self) -> BTreeSet<String> {
        self.state().leaks.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(&self, request: &Outbound, secret: &str) {
        let mut state = self.state();
        state.contacted.extend(Origin::of(&request.url).map(|origin| origin.to_string()));
        let texts = plain_texts(request);
        let secrets: Vec<String> = state.tokens.iter().cloned().chain([secret.to_owned()]).collect();
        for (place, text) in texts {
            if secrets.iter().any(|secret| text.contains(secret)) {
                state.leaks.insert(format!("{place} of a request to {}", request.url.path()));
            }
        }
    }

    fn answer(&self, answer: &Inbound) {
        let tokens = serde_json::from_slice(&answer.body).map(credentials::take).unwrap_or_default();
        self.state().tokens.extend(tokens.into_iter().filter(|token| token.len() >= 8));
    }
}

/// What of a request is text that the guest wrote itself.
fn plain_texts(request: &Outbound) -> Vec<(&'static str, String)> {
    let mut texts = vec![("the URL", request.url.to_string())];
    texts.extend(request.headers.iter().map(|(_, value)| ("a header field", value.clone())));
    match &request.body {
        OutboundBody::Empty => {}
        OutboundBody::Bytes(bytes) => texts.push(("the body", String::from_utf8_lossy(bytes).into_owned())),
        OutboundBody::Form(fields) => texts.extend(fields.iter().filter_map(|(_, value)| match value {
            Value::Text(text) => Some(("a form field", text.clone())),
            Value::Secret(_) => None,
        })),
    }
    texts
}

/// What answers one instance: a cassette, from its start again whenever it is used up, for a check asks for every page more
/// than once; or, from when it is told to, one answer to everything.
pub(super) struct Script {
    state: Mutex<Answers>,
}

struct Answers {
    replay: Option<Arc<Replay>>,
    instead: Option<Inbound>,
    last: Option<Inbound>,
}

impl Script {
    pub fn of(replay: Option<Replay>) -> Self {
        Self { state: Mutex::new(Answers { replay: replay.map(Arc::new), instead: None, last: None }) }
    }

    /// Answers every request with this one from now on.
    pub fn answer_with(&self, answer: Inbound) {
        self.state().instead = Some(answer);
    }

    /// The last answer there was.
    pub fn last(&self) -> Option<Inbound> {
        self.state().last.clone()
    }

    fn state(&self) -> MutexGuard<'_, Answers> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: &Outbound, limit: u64) -> Result<Inbound, HttpError> {
        let replay = {
            let state = self.state();
            if let Some(answer) = &state.instead {
                return Ok(answer.clone());
            }
            state.replay.clone().ok_or_else(|| HttpError::Other("there is no recorded traffic".to_owned()))?
        };
        let answer = match replay.send(request, limit).await {
            Err(HttpError::Other(_)) => {
                let again = Arc::new(replay.rewound());
                self.state().replay = Some(Arc::clone(&again));
                again.send(request, limit).await
            }
            answer => answer,
        }?;
        self.state().last = Some(answer.clone());
        Ok(answer)
    }
}

/// One instance's transport.
pub(super) struct Watch {
    pub sight: Arc<Sight>,
    pub secret: &'static str,
    pub source: Arc<Script>,
}

#[async_trait::async_trait]
impl Transport for Watch {
    async fn send(&self, request: &Outbound, limit: u64) -> Result<Inbound, HttpError> {
        self.sight.request(request, self.secret);
        let answer = self.source.answer(request, limit).await?;
        self.sight.answer(&answer);
        Ok(answer)
    }
}
