//! Records a live sync as a folder that [`Replay`](crate::Replay) can replay, so that work continues without the source.
//!
//! A [`Recorder`] is a transport around another one, under the gateway: it sees what goes over the wire, redirects and
//! repeated tries included. What it keeps has been redacted first, in memory, before anything could be written:
//!
//! | what | becomes | module |
//! |---|---|---|
//! | secrets of the vault, tokens, cookies, credentials in header fields | a mark, or nothing | `exchange`, [`masked`](crate::redact_request) |
//! | people | invented ones, the same for the same person everywhere | `people`, `personio` |
//! | attributes that the request did not ask for | nothing | `personio` |
//! | the client ID | a made-up one | [`masked`](crate::redact_request) |
//! | header fields | what such a field has to be, and nothing else | `answer` |
//! | departments, teams, offices, positions, statuses of one word, labels | stay, since rules and groups hang on them, unless one may be about somebody | `last_look` |
//!
//! **Why a cassette always replays.** A request is masked by the same function when it is recorded and when it is compared,
//! and people in it are replaced by the same function as in an answer: the recorded request is what a connector asks that
//! has seen the recorded answers. A redirect leads where the recorded next request goes. What would not match again, such as
//! a secret as plain text in a URL, is refused. The suite holds that by replaying what it recorded.
//!
//! **What this is not.** A cassette is pseudonymised, not anonymous: somebody who knows the company may recognise people by
//! their department, position and supervisor. Its maker has to protect it.
//!
//! An answer that never came (a broken connection, a timeout) has no place in a cassette: the next attempt has.
//!
//! Rejected: recording everything and cleaning it up afterwards (a crash in between leaves people on the disk), and
//! redacting by patterns in the text (what looks like no name is then a leak). What this module does not understand is not
//! recorded, and the cassette is refused.

mod answer;
mod exchange;
pub mod folder;
mod last_look;
mod people;
mod personio;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cassette::Exchange;
use connector_host::http::{HttpError, Inbound, Outbound, Transport, Vault};
use people::People;
pub(crate) use personio::beginning;

/// Why recording failed. Nothing was written, and the message names nobody.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The machine gives no random numbers, so that people cannot be invented safely.
    #[error("no key can be made for the pseudonyms: {0}")]
    Key(String),
    /// An exchange holds what this recorder cannot make harmless.
    #[error("this cannot be recorded: {0}")]
    Unrecordable(String),
    /// The folder has something in it.
    #[error("{} is not empty; name a new folder, or empty it first", .0.display())]
    Occupied(PathBuf),
    /// The folder cannot be written.
    #[error("the cassette cannot be written to {}: {reason}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        #[source]
        reason: std::io::Error,
    },
}

/// What becomes of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persons {
    /// Invented ones stand in their place.
    Invent,
    /// They are recorded as they are.
    Keep,
}

/// Whom the run that is being recorded sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// What the cassette has: for a dry run, which then prints no real name either.
    Recorded,
    /// What the source sent: for a run that is applied, which must not make accounts for invented people.
    Source,
}

/// What was recorded so far. No `Debug`: with people kept, it is full of them.
pub struct CassetteWriter {
    vault: Vault,
    /// None when people are kept.
    people: Option<People>,
    exchanges: Vec<Exchange>,
}

impl CassetteWriter {
    /// An empty tape. The vault is the tenant's: whatever it holds at the end is kept off the disk.
    ///
    /// # Errors
    /// [`RecordError::Key`].
    pub fn new(vault: Vault, persons: Persons) -> Result<Self, RecordError> {
        let people = match persons {
            Persons::Invent => Some(People::new().map_err(|error| RecordError::Key(error.to_string()))?),
            Persons::Keep => None,
        };
        Ok(Self { vault, people, exchanges: Vec::new() })
    }

    /// Keeps one exchange; gives the body as it is recorded if a run can do with it instead of the source's: not at a
    /// login, which needs the real token.
    ///
    /// # Errors
    /// [`RecordError::Unrecordable`]: nothing of it was kept.
    pub fn keep(&mut self, request: &Outbound, answer: &Inbound) -> Result<Option<Vec<u8>>, RecordError> {
        let recorded =
            exchange::request(request, &self.vault, self.people.as_mut()).map_err(RecordError::Unrecordable)?;
        let (body, shown) = match self.people.as_mut() {
            Some(people) => personio::answer(request, answer, people).map_err(RecordError::Unrecordable)?,
            None => (answer::blanked(request, answer), None),
        };
        let headers = self.headers(request, answer).map_err(RecordError::Unrecordable)?;
        let response = exchange::response(answer.status, headers, &body);
        self.exchanges.push(Exchange { request: recorded, response, repeat: false });
        Ok(shown)
    }

    fn headers(&mut self, request: &Outbound, answer: &Inbound) -> Result<BTreeMap<String, String>, String> {
        let mut headers = BTreeMap::new();
        for (name, value) in answer.headers.iter().filter(|(name, _)| answer::keeps(name)) {
            let value = if name.eq_ignore_ascii_case("location") {
                exchange::location(&request.url, value, self.people.as_mut())?
            } else if self.people.is_some() {
                answer::header(name, value)
            } else {
                value.clone()
            };
            if value.is_empty() {
                continue;
            }
            headers.insert(name.clone(), value);
        }
        Ok(headers)
    }

    /// Lets a caller that knows more than the wire format shows change the last exchange.
    pub fn last(&mut self) -> Option<&mut Exchange> {
        self.exchanges.last_mut()
    }

    /// What was recorded: file names and texts, for [`folder::write`].
    ///
    /// # Errors
    /// [`RecordError::Unrecordable`], if a file would hold what it must not.
    pub fn files(&self) -> Result<Vec<(String, String)>, RecordError> {
        self.exchanges.iter().enumerate().map(|(index, exchange)| self.file(index, exchange)).collect()
    }

    fn file(&self, index: usize, exchange: &Exchange) -> Result<(String, String), RecordError> {
        let name = exchange::file_name(index, exchange);
        // Once more, with every secret the run came to know.
        let mut exchange = exchange.clone();
        if let Some(people) = &self.people {
            last_look::replace(&mut exchange, people);
        }
        let exchange = &exchange;
        let text = self.vault.scrub_text(&exchange::text(exchange)?).into_owned();
        if serde_json::from_str::<Exchange>(&text).is_err() {
            return Err(RecordError::Unrecordable(format!("{name} holds a secret in a place where none is allowed")));
        }
        if self.people.as_ref().is_some_and(|people| people.knows_an_address_in(&text)) {
            return Err(RecordError::Unrecordable(format!("{name} would hold somebody's e-mail address")));
        }
        Ok((name, text))
    }
}

/// A transport that keeps what goes through it.
pub struct Recorder {
    inner: Arc<dyn Transport>,
    sees: Sees,
    state: Mutex<State>,
}

struct State {
    tape: CassetteWriter,
    /// The first thing that could not be recorded.
    refused: Option<String>,
}

impl Recorder {
    /// A recorder around a transport.
    #[must_use]
    pub fn new(inner: Arc<dyn Transport>, tape: CassetteWriter, sees: Sees) -> Self {
        Self { inner, sees, state: Mutex::new(State { tape, refused: None }) }
    }

    /// What was recorded.
    ///
    /// # Errors
    /// As [`CassetteWriter::files`]; and if anything on the way could not be recorded.
    pub fn files(&self) -> Result<Vec<(String, String)>, RecordError> {
        let state = self.state();
        match &state.refused {
            Some(refused) => Err(RecordError::Unrecordable(refused.clone())),
            None => state.tape.files(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Transport for Recorder {
    async fn send(&self, request: &Outbound, limit: u64) -> Result<Inbound, HttpError> {
        let answer = self.inner.send(request, limit).await?;
        let mut state = self.state();
        match state.tape.keep(request, &answer) {
            Ok(Some(body)) if self.sees == Sees::Recorded => Ok(Inbound { body, ..answer }),
            Ok(_) => Ok(answer),
            Err(error) => {
                let refused = match error {
                    RecordError::Unrecordable(what) => what,
                    other => other.to_string(),
                };
                state.refused.get_or_insert_with(|| refused.clone());
                Err(HttpError::Denied(format!("this cannot be recorded: {refused}")))
            }
        }
    }
}

#[cfg(test)]
mod tests;
