//! Records a live sync as a folder that [`Replay`](crate::http::Replay) plays: work without the source, from then on.
//!
//! A [`Recorder`] is a transport around another one, under the gateway: it sees what goes over the wire, redirects and
//! repeated tries included. What it keeps has been redacted first, in memory, before anything could be written:
//!
//! | what | becomes | module |
//! |---|---|---|
//! | secrets of the vault, tokens, cookies, credentials in header fields | a mark, or nothing | `credentials` |
//! | people | invented ones, the same for the same person everywhere | `people`, `personio` |
//! | attributes that the request did not ask for | nothing | `personio` |
//! | departments, teams, offices, positions, statuses | stay: rules and groups hang on them | |
//!
//! **Why a recording always replays.** A request is redacted by the same functions as an answer, so that the recorded
//! request is what a connector asks that has seen the recorded answers. A connector's cursors hold places, not people, so
//! requests do not depend on who answered; the suite holds that by replaying what it recorded.
//!
//! An answer that never came (a broken connection, a timeout) has no place in a recording: the try after it has.
//!
//! Rejected: recording everything and cleaning it up afterwards (a crash in between leaves people on the disk), and
//! redacting by patterns in the text (what looks like no name is then a leak). What this module does not understand is
//! not recorded, and the recording is refused.

mod credentials;
mod exchange;
pub mod folder;
mod people;
mod personio;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::http::cassette::{Exchange, RecordedResponse};
use crate::http::{HttpError, Inbound, Outbound, Transport, Vault};
use people::People;

pub use credentials::{blank_json, is_credential, response_header};
pub use exchange::{body_of, file_name};

/// Why there is no recording. Nothing was written then. Names no person.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The machine gives no random numbers, so that people cannot be invented safely.
    #[error("no key for inventing people: {0}")]
    Key(String),
    /// An exchange holds what this recorder cannot make harmless.
    #[error("this cannot be recorded: {0}")]
    Unrecordable(String),
    /// The folder has something in it.
    #[error("{} is there and not empty: name a new folder, or empty it first", .0.display())]
    Occupied(PathBuf),
    /// The folder cannot be written.
    #[error("the recording cannot be written to {}: {reason}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
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
    /// What the recording has: for a dry run, which then prints no real name either.
    Recorded,
    /// What the source sent: for a run that is applied, which must not make accounts for invented people.
    Source,
}

/// A transport that keeps what goes through it.
pub struct Recorder {
    inner: Arc<dyn Transport>,
    vault: Vault,
    sees: Sees,
    state: Mutex<State>,
}

struct State {
    /// None when people are kept.
    people: Option<People>,
    exchanges: Vec<Exchange>,
    refused: Option<String>,
}

impl Recorder {
    /// A recorder around a transport. The vault is the tenant's: whatever it holds at the end is kept off the disk.
    ///
    /// # Errors
    /// [`RecordError::Key`].
    pub fn new(inner: Arc<dyn Transport>, vault: Vault, persons: Persons, sees: Sees) -> Result<Self, RecordError> {
        let people = match persons {
            Persons::Invent => Some(People::new().map_err(|error| RecordError::Key(error.to_string()))?),
            Persons::Keep => None,
        };
        let state = State { people, exchanges: Vec::new(), refused: None };
        Ok(Self { inner, vault, sees, state: Mutex::new(state) })
    }

    /// What was recorded: file names and texts, for [`folder::write`].
    ///
    /// # Errors
    /// [`RecordError::Unrecordable`], if anything on the way was.
    pub fn files(&self) -> Result<Vec<(String, String)>, RecordError> {
        let state = self.state();
        if let Some(refused) = &state.refused {
            return Err(RecordError::Unrecordable(refused.clone()));
        }
        let mut files = Vec::with_capacity(state.exchanges.len());
        for (index, exchange) in state.exchanges.iter().enumerate() {
            let name = file_name(index, exchange);
            // Once more, with every secret the run came to know.
            let text = self.vault.scrub_text(&exchange::text(exchange)?).into_owned();
            if serde_json::from_str::<Exchange>(&text).is_err() {
                return Err(RecordError::Unrecordable(format!("{name} holds a secret where none may stand")));
            }
            if state.people.as_ref().is_some_and(|people| people.knows_an_address_in(&text)) {
                return Err(RecordError::Unrecordable(format!("{name} would hold somebody's e-mail address")));
            }
            files.push((name, text));
        }
        Ok(files)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps one exchange; gives what the run is to see.
    fn keep(&self, request: &Outbound, answer: Inbound) -> Result<Inbound, String> {
        let mut state = self.state();
        let recorded = exchange::request(request, &self.vault, state.people.as_mut())?;
        let (body, shown) = match state.people.as_mut() {
            Some(people) => personio::answer(request, &answer, people)?,
            None => (credentials::blanked(&answer.body), None),
        };
        let headers = answer.headers.iter().filter(|(name, _)| response_header(name)).cloned().collect();
        let mut response =
            RecordedResponse { status: answer.status, headers, json: None, text: None, base64: None };
        body_of(&body, &mut response)?;
        state.exchanges.push(Exchange { request: recorded, response, repeat: false });
        Ok(match (self.sees, shown) {
            (Sees::Recorded, Some(body)) => Inbound { body, ..answer },
            _ => answer,
        })
    }
}

#[async_trait::async_trait]
impl Transport for Recorder {
    async fn send(&self, request: &Outbound, limit: u64) -> Result<Inbound, HttpError> {
        let answer = self.inner.send(request, limit).await?;
        self.keep(request, answer).map_err(|refused| {
            self.state().refused.get_or_insert_with(|| refused.clone());
            HttpError::Denied(format!("this cannot be recorded: {refused}"))
        })
    }
}
