//! A stand-in for elearnio's accounts: a directory in one `SQLite` file.
//!
//! The edge to the database, and the only place with SQL. What may be written is decided beside it, in
//! [`apply_check`](connector_sync::apply_check). The file uses `SQLite`'s rollback journal with `synchronous = FULL`: after a killed process the
//! next one to open the file undoes the half-written transaction, and at rest there is one file to copy or mail. The
//! write-ahead log was rejected: it leaves two more files beside a killed process' directory, and its one gain, readers
//! beside a writer, is worth nothing to a run that writes once.

mod apply;
#[cfg(test)]
mod conformance;
mod decisions;
mod history;
mod import;
mod issued_plans;
mod open;
mod outbox;
mod runs;
mod snapshot;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use async_trait::async_trait;
use connector_host::contract;
use connector_sync::directory::{
    Accounts, AccountsOf, Approvals, Directory, DirectoryError, Import, ImportedAccount, Invitee, Issue, IssuedPlans,
    Link, Links, Outbox, OutboxCounts, OutboxStatus, Retention, RunLog, Store, StoreTransaction, Transaction,
    Undeliverable,
};
use connector_sync::history::{PastDecision, PersonHistory};
use connector_sync::mail::Mail;
use connector_sync::plan_file::IssuedPlan;
use connector_sync::run::{Failure, Outcome, RunReport, StoredRun};
use connector_sync::work_permits::blocking;
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension};

const READ: &str = "BEGIN DEFERRED";
const WRITE: &str = "BEGIN IMMEDIATE";

/// A directory in one `SQLite` file.
#[derive(Debug)]
pub struct SqliteDirectory {
    connection: Connection,
    /// For messages only.
    path: PathBuf,
}

impl SqliteDirectory {
    /// Every account and group as they are.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn snapshot(&self) -> Result<contract::Directory, DirectoryError> {
        snapshot::read(&self.connection)
    }

    /// The runs on file, oldest first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn runs(&self) -> Result<Vec<StoredRun>, DirectoryError> {
        runs::all(&self.connection).map_err(failed)
    }

    /// The mails that wait to be delivered, oldest first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn queued(&self) -> Result<Vec<Mail>, DirectoryError> {
        outbox::queued(&self.connection)
    }

    /// How many mails wait to be delivered, and how many were delivered.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn outbox(&self) -> Result<(u64, u64), DirectoryError> {
        let OutboxCounts { queued, delivered } = outbox::counts(&self.connection).map_err(failed)?;
        Ok((queued, delivered))
    }

    /// The mails that were dead-lettered, oldest first.
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
    pub fn roles(&self) -> Result<BTreeMap<String, String>, DirectoryError> {
        snapshot::roles(&self.connection).map_err(failed)
    }

    /// `SQLite` works on the calling thread, so each step is announced as blocking.
    fn start(&mut self, begin: &str) -> Result<Box<SqliteTransaction<'_>>, DirectoryError> {
        blocking(|| self.connection.execute_batch(begin))
            .map_err(|error| held(&error).map_or_else(|| failed(error), |()| held_by_another(&self.path)))?;
        Ok(Box::new(SqliteTransaction { connection: &mut self.connection, is_open: true }))
    }
}

#[async_trait]
impl Directory for SqliteDirectory {
    async fn id(&mut self) -> Result<Option<String>, DirectoryError> {
        let read = |row: &rusqlite::Row<'_>| row.get(0);
        self.connection.query_row("SELECT id FROM identity", [], read).optional().map_err(failed)
    }

    async fn read(&mut self) -> Result<Box<dyn Transaction + '_>, DirectoryError> {
        Ok(self.start(READ)?)
    }

    async fn begin(&mut self) -> Result<Box<dyn Transaction + '_>, DirectoryError> {
        Ok(self.start(WRITE)?)
    }
}

#[async_trait]
impl Store for SqliteDirectory {
    async fn inspect(&mut self) -> Result<Box<dyn StoreTransaction + '_>, DirectoryError> {
        Ok(self.start(READ)?)
    }

    async fn administer(&mut self) -> Result<Box<dyn StoreTransaction + '_>, DirectoryError> {
        Ok(self.start(WRITE)?)
    }
}

/// One transaction; dropping it undoes it.
///
/// Begun and ended by statements: `rusqlite`'s own type cannot go to another thread, as a task of the runtime may.
struct SqliteTransaction<'a> {
    connection: &'a mut Connection,
    is_open: bool,
}

impl Drop for SqliteTransaction<'_> {
    fn drop(&mut self) {
        // A transaction that cannot be undone now is undone when the file is opened next: see the module's doc.
        if self.is_open && self.connection.execute_batch("ROLLBACK").is_err() {
            tracing::warn!("a transaction could not be rolled back; the next to open the directory does it");
        }
    }
}

#[async_trait]
impl Transaction for SqliteTransaction<'_> {
    async fn commit(mut self: Box<Self>) -> Result<(), DirectoryError> {
        blocking(|| self.connection.execute_batch("COMMIT")).map_err(failed)?;
        self.is_open = false;
        Ok(())
    }
}

#[async_trait]
impl Accounts for SqliteTransaction<'_> {
    async fn snapshot(&mut self) -> Result<contract::Directory, DirectoryError> {
        blocking(|| snapshot::read_within(self.connection))
    }

    async fn apply(&mut self, actions: &[contract::Action]) -> Result<Vec<Outcome>, DirectoryError> {
        blocking(|| apply::apply(self.connection, actions))
    }

    async fn invitee(&mut self, employee: &str) -> Result<Option<Invitee>, DirectoryError> {
        outbox::invitee(self.connection, employee)
    }
}

#[async_trait]
impl Approvals for SqliteTransaction<'_> {
    async fn approval_used(&mut self, plan_hash: &str) -> Result<bool, DirectoryError> {
        runs::approval_used(self.connection, plan_hash).map_err(failed)
    }
}

#[async_trait]
impl IssuedPlans for SqliteTransaction<'_> {
    async fn issue(&mut self, plan: &IssuedPlan, at: Timestamp) -> Result<(), DirectoryError> {
        issued_plans::issue(self.connection, plan, at).map_err(failed)
    }

    async fn issued(&mut self, plan: &IssuedPlan) -> Result<Issue, DirectoryError> {
        issued_plans::issued(self.connection, plan).map_err(failed)
    }

    async fn use_up(&mut self, plan: &IssuedPlan) -> Result<(), DirectoryError> {
        issued_plans::use_up(self.connection, plan).map_err(failed)
    }
}

#[async_trait]
impl RunLog for SqliteTransaction<'_> {
    async fn record(&mut self, run: &RunReport) -> Result<(), DirectoryError> {
        blocking(|| runs::record(self.connection, run)).map_err(failed)
    }

    async fn note_for_platform(&mut self, notice: &Failure, day: &str) -> Result<bool, DirectoryError> {
        runs::note_for_platform(self.connection, notice, day).map_err(failed)
    }

    async fn runs(&mut self) -> Result<Vec<StoredRun>, DirectoryError> {
        blocking(|| runs::all(self.connection)).map_err(failed)
    }

    async fn find_run(&mut self, id: &str) -> Result<Option<StoredRun>, DirectoryError> {
        blocking(|| runs::find(self.connection, id)).map_err(failed)
    }

    async fn history(&mut self, employee: &str) -> Result<PersonHistory, DirectoryError> {
        blocking(|| history::of(self.connection, employee)).map_err(failed)
    }
}

#[async_trait]
impl Outbox for SqliteTransaction<'_> {
    async fn enqueue(&mut self, mail: &Mail) -> Result<(), DirectoryError> {
        outbox::enqueue(self.connection, mail)
    }

    async fn replace(&mut self, mail: &Mail) -> Result<(), DirectoryError> {
        outbox::replace(self.connection, mail)
    }

    async fn queued(&mut self) -> Result<Vec<Mail>, DirectoryError> {
        blocking(|| outbox::queued(self.connection))
    }

    async fn delivered(&mut self, message_id: &str) -> Result<(), DirectoryError> {
        outbox::delivered(self.connection, message_id).map_err(failed)
    }

    async fn dead_letter(&mut self, message_id: &str, why: &str) -> Result<(), DirectoryError> {
        outbox::dead_letter(self.connection, message_id, why).map_err(failed)
    }
}

#[async_trait]
impl Links for SqliteTransaction<'_> {
    async fn link(&mut self, account: &str) -> Result<Option<Link>, DirectoryError> {
        decisions::link(self.connection, account).map_err(failed)
    }

    async fn accounts_of(&mut self, employee: &str) -> Result<AccountsOf, DirectoryError> {
        decisions::accounts_of(self.connection, employee).map_err(failed)
    }

    async fn set_link(&mut self, account: &str, link: &Link) -> Result<(), DirectoryError> {
        decisions::set_link(self.connection, account, link).map_err(failed)
    }

    async fn file_decision(&mut self, decision: &PastDecision) -> Result<(), DirectoryError> {
        decisions::file(self.connection, decision).map_err(failed)
    }
}

#[async_trait]
impl Import for SqliteTransaction<'_> {
    async fn roles(&mut self) -> Result<BTreeMap<String, String>, DirectoryError> {
        blocking(|| snapshot::roles(self.connection)).map_err(failed)
    }

    async fn put_groups(&mut self, groups: &[contract::Group]) -> Result<(), DirectoryError> {
        blocking(|| import::put_groups(self.connection, groups)).map_err(failed)
    }

    async fn put_accounts(&mut self, accounts: &[ImportedAccount]) -> Result<(), DirectoryError> {
        blocking(|| import::put_accounts(self.connection, accounts)).map_err(failed)
    }
}

#[async_trait]
impl Retention for SqliteTransaction<'_> {
    async fn forget_changes(&mut self, employee: &str) -> Result<(), DirectoryError> {
        history::forget(self.connection, employee).map_err(failed)
    }
}

#[async_trait]
impl OutboxStatus for SqliteTransaction<'_> {
    async fn outbox_counts(&mut self) -> Result<OutboxCounts, DirectoryError> {
        outbox::counts(self.connection).map_err(failed)
    }

    async fn undeliverable(&mut self) -> Result<Vec<Undeliverable>, DirectoryError> {
        outbox::undeliverable(self.connection).map_err(failed)
    }
}

/// Something if another connection holds the file.
fn held(error: &rusqlite::Error) -> Option<()> {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)).then_some(())
}

fn held_by_another(path: &std::path::Path) -> DirectoryError {
    DirectoryError::Unusable(format!(
        "{} is in use by another run; wait until that one is done, then start again",
        path.display()
    ))
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
