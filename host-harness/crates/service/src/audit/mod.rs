//! The audit log: every change of state, by whom, as JSON lines, each with the hash of the one before.
//!
//! A line that is changed, taken out or put in breaks the chain from there on. Lines at the end can be cut off unseen by the file
//! alone; the hash of the last one is logged at each start, so that a copy of the logs shows it. A service of one process has it in a
//! file, which can be shipped line by line as it grows; processes that share a database have one chain in it, whose rows nobody changes.
//!
//! The log names users by their address, since that is its purpose; of employees it has IDs at most.

mod file;
mod table;

use std::path::Path;

use connector_database::{Database, Transaction};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use file::read;

/// Puts entries down in a database as they are.
pub(crate) async fn put_all(transaction: &mut Transaction, entries: &[Entry]) -> connector_database::Result<()> {
    for entry in entries {
        table::put(transaction, entry).await?;
    }
    Ok(())
}

/// The hash before the first entry.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry. No `Debug`: it names a user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// When: UTC, RFC 3339.
    pub at: String,
    /// Who: an address, or `service`.
    pub who: String,
    /// In which tenant.
    pub tenant: Option<String>,
    /// What: `integration.create`.
    pub action: String,
    /// What it was done to: an identifier.
    pub subject: String,
    /// The hash of the entry before.
    pub before: String,
    /// The hash of this entry, over all of the above.
    pub hash: String,
}

impl Entry {
    /// The entry after one of this number and hash.
    fn after(
        (number, before): (u64, String),
        at: String,
        who: &str,
        tenant: Option<&str>,
        action: &str,
        subject: &str,
    ) -> Self {
        let mut entry = Self {
            number: number + 1,
            at,
            who: who.to_owned(),
            tenant: tenant.map(str::to_owned),
            action: action.to_owned(),
            subject: subject.to_owned(),
            before,
            hash: String::new(),
        };
        entry.hash = entry.own_hash();
        entry
    }

    /// Whether it is the entry of this number after one with this hash, and unchanged.
    fn fits(&self, number: u64, before: &str) -> bool {
        self.number == number && self.before == before && self.hash == self.own_hash()
    }

    fn own_hash(&self) -> String {
        let mut hash = Sha256::new();
        let number = self.number.to_string();
        let tenant = self.tenant.as_deref().unwrap_or("-");
        for part in [&self.before, &number, &self.at, &self.who, tenant, &self.action, &self.subject] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex::encode(hash.finalize())
    }
}

/// Why the audit log cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the audit log {log} {what}")]
pub struct AuditError {
    log: String,
    what: String,
    /// Whether the disk is full.
    pub is_full: bool,
}

/// The log, open for writing.
pub struct Audit(Kind);

enum Kind {
    File(file::Log),
    Table(Database),
}

impl Audit {
    /// Opens the log in a file, and makes it if it is not there. A last line that was cut off by a crash is taken away.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(path: &Path) -> Result<Self, AuditError> {
        file::Log::open(path).map(|log| Self(Kind::File(log)))
    }

    /// The log in a database that several processes share.
    #[must_use]
    pub const fn in_database(database: Database) -> Self {
        Self(Kind::Table(database))
    }

    /// The hash of the last entry.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn last_hash(&self) -> Result<String, AuditError> {
        match &self.0 {
            Kind::File(log) => Ok(log.last_hash()),
            Kind::Table(database) => table::last_hash(database).await,
        }
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn add(&self, who: &str, tenant: Option<&str>, action: &str, subject: &str) -> Result<(), AuditError> {
        match &self.0 {
            Kind::File(log) => log.add(&Timestamp::now().to_string(), who, tenant, action, subject),
            Kind::Table(database) => table::add(database, who, tenant, action, subject).await,
        }
    }

    /// Every entry, oldest first, and the number of the first that does not fit the one before; none if all do.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read(&self) -> Result<(Vec<Entry>, Option<u64>), AuditError> {
        match &self.0 {
            Kind::File(log) => log.read(),
            Kind::Table(database) => table::read(database).await,
        }
    }
}
