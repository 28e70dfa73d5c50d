//! Answers requests from recorded exchanges: the transport for tests, for the demo, and for work without a source.
//!
//! Strict: a request that no exchange has is an error that shows the nearest one and the difference. What is compared:
//!
//! | part of a request | must match | does not matter |
//! |---|---|---|
//! | method | exactly | |
//! | URL | scheme, host, port and path; each query parameter with all its values | the order of the query; the fragment |
//! | header fields | those that the exchange lists, by value | the case of names; every field it does not list |
//! | authorization | the kind: none, bearer or basic | the token, the user and the password |
//! | form | every field with all its values | the order of fields; the values of secrets |
//! | JSON body | by value: `1` and `1.0` are two | the order of keys; white space |
//! | any other body | byte by byte | |
//! | a field of any of these that is a credential by its name | that it is there | its value |
//!
//! Both sides go through [`redact_request`], as a cassette did when it was made: what is a credential by its name (`token`,
//! `session`, …) has the same mark in both.
//!
//! **Volatile parts**, which change from run to run, are those of the last column: tokens, secrets, cookies, dates and
//! whatever a client adds by itself. None of them is recorded, so there is nothing to configure and nothing to ignore. A
//! connector that puts a time or a random number into a URL or a body cannot be replayed, and the difference says which
//! field it is.
//!
//! **Which one answers**: among equals, in the order of the files, each exchange once; so a source that was busy and then
//! was not is recorded as two. `"repeat": true` makes one answer every time. A request whose exchange has answered before is
//! told apart from one that was never recorded.
//!
//! What was asked for in vain ([`Replay::misses`]) and what was never asked for ([`Replay::unused`]) is kept: a cassette
//! that replays with neither is the run it was made of. Rejected: matching the nearest exchange. A test that passes on
//! almost the right request proves nothing.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cassette::{CassetteError, Exchange, RecordedResponse, read_folder};
use super::mismatch::{Mismatch, Sent, mismatches, place};
use super::redact_request;
use connector_host::http::{HttpError, Inbound, Method, Outbound, Transport};

/// A cassette that is played.
pub struct Replay {
    recording: Arc<Recording>,
    state: Mutex<State>,
}

struct Recording {
    exchanges: Vec<(String, Exchange)>,
    /// By method and URL without query: a long recording is not searched from its start for every request.
    index: HashMap<(&'static str, String), Vec<usize>>,
}

#[derive(Default)]
struct State {
    used: Vec<bool>,
    misses: Vec<String>,
}

impl Replay {
    /// Reads a folder of recorded exchanges.
    ///
    /// # Errors
    /// When the folder cannot be read or a file is not an exchange: [`CassetteError`] names file and line.
    pub fn open(folder: &Path) -> Result<Self, CassetteError> {
        Ok(Self::of(read_folder(folder)?))
    }

    /// Plays exchanges that are in memory, each with a name for messages.
    #[must_use]
    pub fn of(mut exchanges: Vec<(String, Exchange)>) -> Self {
        for (_, exchange) in &mut exchanges {
            redact_request::mask(&mut exchange.request);
        }
        let mut index: HashMap<_, Vec<usize>> = HashMap::new();
        for (number, (_, exchange)) in exchanges.iter().enumerate() {
            index.entry(key(exchange.request.method, &exchange.request.url)).or_default().push(number);
        }
        Self::start(Arc::new(Recording { exchanges, index }))
    }

    /// The same recording from its start; nothing is read again.
    #[must_use]
    pub fn rewound(&self) -> Self {
        Self::start(Arc::clone(&self.recording))
    }

    /// The file names of the exchanges that answered nothing so far.
    #[must_use]
    pub fn unused(&self) -> Vec<String> {
        let state = self.state();
        let names = self.recording.exchanges.iter().map(|(name, _)| name);
        names.zip(&state.used).filter(|(_, used)| !**used).map(|(name, _)| name.clone()).collect()
    }

    /// What was asked for in vain, as the error said it. A guest may make its own error of it; this is for the person who
    /// wonders why.
    #[must_use]
    pub fn misses(&self) -> Vec<String> {
        self.state().misses.clone()
    }

    fn start(recording: Arc<Recording>) -> Self {
        let state = State { used: vec![false; recording.exchanges.len()], misses: Vec::new() };
        Self { recording, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Outbound, limit: u64) -> Result<Inbound, HttpError> {
        let asked = Sent::of(request);
        let mut state = self.state();
        let mut spent = None;
        for number in self.recording.index.get(&key(asked.request.method, &asked.request.url)).into_iter().flatten() {
            let Some((name, exchange)) = self.recording.exchanges.get(*number) else { continue };
            let Some(used) = state.used.get_mut(*number) else { continue };
            if !mismatches(&exchange.request, &asked).is_empty() {
                continue;
            }
            if *used && !exchange.repeat {
                spent = Some(name);
                continue;
            }
            *used = true;
            return inbound(&exchange.response, limit);
        }
        let text = self.miss(&asked, spent.map(String::as_str));
        state.misses.push(text.clone());
        Err(HttpError::Other(text))
    }

    fn miss(&self, asked: &Sent<'_>, spent: Option<&str>) -> String {
        let (method, url) = (asked.request.method.as_str(), &asked.request.url);
        let mut text = format!("no recorded exchange for {method} {url}");
        if let Some(name) = spent {
            let _ = write!(text, "\n  {name} was already used: add `\"repeat\": true` if it should answer again");
            return text;
        }
        let weigh = |found: &Vec<Mismatch>| found.iter().map(|difference| difference.weight).sum::<u32>();
        let all = self.recording.exchanges.iter();
        let nearest =
            all.map(|(name, exchange)| (name, mismatches(&exchange.request, asked))).min_by_key(|(_, d)| weigh(d));
        if let Some((name, found)) = nearest {
            let _ = write!(text, "\n  nearest: {name}");
            for difference in found {
                let _ = write!(text, "\n    {}", difference.text);
            }
        }
        text
    }
}

fn key(method: Method, url: &url::Url) -> (&'static str, String) {
    (method.as_str(), place(url))
}

fn inbound(response: &RecordedResponse, limit: u64) -> Result<Inbound, HttpError> {
    let body = response.body();
    if u64::try_from(body.len()).is_ok_and(|length| length > limit) {
        return Err(HttpError::TooLarge(limit));
    }
    let headers = response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
    Ok(Inbound { status: response.status, headers, body: body.to_vec() })
}

#[async_trait::async_trait]
impl Transport for Replay {
    async fn send(&self, request: &Outbound, limit: u64) -> Result<Inbound, HttpError> {
        self.answer(request, limit)
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
