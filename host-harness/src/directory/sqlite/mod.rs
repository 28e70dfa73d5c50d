//! elearnio's stand-in: a directory in one `SQLite` file.
//!
//! The edge to the database, and the only place with SQL. What may be written is decided beside it, in
//! [`decide`](super::decide). The file uses `SQLite`'s rollback journal with `synchronous = FULL`: after a killed process the
//! next one to open the file undoes the half-written transaction, and at rest there is one file to copy or mail. The
//! write-ahead log was rejected: it leaves two more files beside a killed process' directory, and its one gain, readers
//! beside a writer, is worth nothing to a run that writes once.

mod apply;
mod open;
mod outbox;
mod runs;
mod snapshot;
mod store;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior};

pub use outbox::Undeliverable;
pub use runs::StoredRun;
pub(super) use store::Store;

use super::{Changes, Directory, DirectoryError, Invitee};
use crate::contract;
use crate::mail::Mail;
use crate::run::{Outcome, RunReport};

/// A directory in one `SQLite` file.
#[derive(Debug)]
pub struct SqliteDirectory {
    connection: Connection,
    /// For messages only.
    path: PathBuf,
}

impl SqliteDirectory {
    /// Starts a transaction that may write, or says who holds the file.
    fn transaction(&mut self) -> Result<Transaction<'_>, DirectoryError> {
        let path = &self.path;
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|error| {
            match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DirectoryError::Unusable(format!(
                    "{} is held by another run; wait until that one is done, then start again",
                    path.display()
                )),
                _ => failed(error),
            }
        })
    }

    /// Starts a transaction that stores whole accounts: an import.
    pub(super) fn store(&mut self) -> Result<Store<'_>, DirectoryError> {
        self.transaction().map(Store::new)
    }

    /// The runs on file, oldest first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn runs(&self) -> Result<Vec<StoredRun>, DirectoryError> {
        runs::all(&self.connection).map_err(failed)
    }

    /// How many mails wait to be delivered, and how many were delivered.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn outbox(&self) -> Result<(u64, u64), DirectoryError> {
        outbox::counts(&self.connection).map_err(failed)
    }

    /// The mails that were set aside, oldest first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn undeliverable(&self) -> Result<Vec<Undeliverable>, DirectoryError> {
        outbox::undeliverable(&self.connection).map_err(failed)
    }

    /// Each account's role, by account ID.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn roles(&self) -> Result<std::collections::BTreeMap<String, String>, DirectoryError> {
        snapshot::roles(&self.connection).map_err(failed)
    }
}

impl Directory for SqliteDirectory {
    fn id(&self) -> Result<Option<String>, DirectoryError> {
        let read = |row: &rusqlite::Row<'_>| row.get(0);
        self.connection.query_row("SELECT id FROM identity", [], read).optional().map_err(failed)
    }

    fn snapshot(&self) -> Result<contract::Directory, DirectoryError> {
        snapshot::read(&self.connection)
    }

    fn begin(&mut self) -> Result<Box<dyn Changes + '_>, DirectoryError> {
        Ok(Box::new(SqliteChanges(self.transaction()?)))
    }

    fn approval_used(&self, plan_hash: &str) -> Result<bool, DirectoryError> {
        runs::approval_used(&self.connection, plan_hash).map_err(failed)
    }

    fn queued(&self) -> Result<Vec<Mail>, DirectoryError> {
        outbox::queued(&self.connection)
    }

    fn delivered(&mut self, message_id: &str) -> Result<(), DirectoryError> {
        outbox::delivered(&self.connection, message_id).map_err(failed)
    }

    fn set_aside(&mut self, message_id: &str, why: &str) -> Result<(), DirectoryError> {
        outbox::set_aside(&self.connection, message_id, why).map_err(failed)
    }
}

/// One run's transaction; dropping it undoes it.
struct SqliteChanges<'a>(Transaction<'a>);

impl Changes for SqliteChanges<'_> {
    fn apply(&mut self, actions: &[contract::Action]) -> Result<Vec<Outcome>, DirectoryError> {
        apply::apply(&self.0, actions)
    }

    fn invitee(&self, employee: &str) -> Result<Option<Invitee>, DirectoryError> {
        outbox::invitee(&self.0, employee)
    }

    fn record(&mut self, run: &RunReport) -> Result<(), DirectoryError> {
        runs::record(&self.0, run).map_err(failed)
    }

    fn enqueue(&mut self, mail: &Mail) -> Result<(), DirectoryError> {
        outbox::enqueue(&self.0, mail)
    }

    fn replace(&mut self, mail: &Mail) -> Result<(), DirectoryError> {
        outbox::replace(&self.0, mail)
    }

    fn commit(self: Box<Self>) -> Result<(), DirectoryError> {
        self.0.commit().map_err(failed)
    }
}

/// A database error for the person who reads it. `SQLite`'s own texts name tables and columns, never values.
#[allow(clippy::needless_pass_by_value, reason = "the shape `map_err` asks for")]
pub(super) fn failed(error: rusqlite::Error) -> DirectoryError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DirectoryError::Unusable(
            "another program holds the directory file; wait until it is done, then start again".to_owned(),
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => DirectoryError::Unusable(
            "the directory file cannot be written; make the file and its folder writable, then start again".to_owned(),
        ),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => DirectoryError::Corrupt(
            "the directory file is damaged; restore it from a copy, or start with a new one".to_owned(),
        ),
        Some(ErrorCode::DiskFull) => DirectoryError::Failed("the disk is full".to_owned()),
        _ => DirectoryError::Failed(error.to_string()),
    }
}
