//! Directories of accounts in `PostgreSQL`: many tenants' in one database, for services on many machines.
//!
//! A [`Directory`] and [`Store`] like the one in `SQLite`, held to the same conformance suite. What differs:
//!
//! - **Whose rows.** Every statement names its directory. Row-level security says once more that it is this tenant's: each
//!   transaction sets `connector.tenant`, and without it there are no rows at all.
//! - **Who writes.** Writers of one directory come one after the other: a transaction that writes locks the directory's row first. Then it
//!   asks a [`Guard`], through which a service checks that this worker may still write. So a worker that was taken for dead cannot
//!   write late: its transaction began before the other's, or is refused.
//! - **One moment.** A transaction that only reads sees everything as of its beginning, and holds nobody up.
//! - **Round trips.** The server is a network away. Statements carry arrays, and those that do not depend on each other are sent together:
//!   applying a plan takes as many trips for ten thousand actions as for one.
//! - **What may go wrong.** A server that is away, a lock that is held for too long, and a commit whose answer was lost are errors of their
//!   own, because they call for different things: wait, start again, and look into the run log.
//!
//! # What was rejected
//! Writing action by action, as in `SQLite`, costs a trip for each. `SERIALIZABLE` transactions would make every caller repeat whole
//! runs for conflicts that a lock on one row prevents. A schema or database for each tenant: a hundred thousand of them make the
//! server's catalogue the bottleneck, and migrations a night's work. Asking whether a worker may write before the transaction, and not in it,
//! leaves a gap in which it can be paused.

#![forbid(unsafe_code)]

mod apply;
mod erase;
mod error;
mod guard;
mod history;
mod import;
mod issued_plans;
mod links;
mod outbox;
mod runs;
mod session;
mod snapshot;
mod text;
mod transaction;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_database::{Component, Database, Postgres};
use connector_sync::directory::{Directory, DirectoryError, Result, Store, StoreTransaction, Transaction};
use tokio_postgres::types::ToSql;

pub use deadpool_postgres::ClientWrapper as Client;
pub use guard::{Guard, Unguarded};
pub use text::kept as kept_text;

use session::{Session, Statement};
use transaction::PostgresTransaction;

/// The tables and their versions.
pub const COMPONENT: Component =
    Component { name: "directory", sqlite: &[], postgres: &[include_str!("schema_1.sql")] };

/// How long a writer waits for another one of the same directory: a run writes for less than this.
const PATIENCE: Duration = Duration::from_secs(5);

/// The directories in one database.
#[derive(Clone)]
pub struct Directories {
    server: Postgres,
}

impl Directories {
    /// Makes the tables if they are missing.
    ///
    /// # Errors
    /// When the database is a file, does not answer, or was written by a newer version.
    pub async fn open(database: &Database) -> Result<Self> {
        let Some(server) = database.server() else {
            return Err(DirectoryError::Unusable(
                "directories of accounts are kept in files here, and not in a server".to_owned(),
            ));
        };
        database.migrate(&COMPONENT).await.map_err(error::of_database)?;
        Ok(Self { server: server.clone() })
    }

    /// A tenant's directory, which has to be there when it is used.
    #[must_use]
    pub fn directory(&self, tenant: &str, id: &str) -> PostgresDirectory {
        let key = Arc::new(Key { tenant: tenant.to_owned(), directory: id.to_owned() });
        PostgresDirectory {
            server: self.server.clone(),
            key,
            makes: false,
            guard: Arc::new(Unguarded),
            patience: PATIENCE,
            identity: None,
        }
    }

    /// A tenant's directory, which the first transaction that is committed makes, with all that it writes: accounts that are imported
    /// into it are there from the first moment on.
    #[must_use]
    pub fn new_directory(&self, tenant: &str, id: &str) -> PostgresDirectory {
        PostgresDirectory { makes: true, ..self.directory(tenant, id) }
    }

    /// Whether a tenant has this directory.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has(&self, tenant: &str, id: &str) -> Result<bool> {
        Ok(self.directory(tenant, id).look_up().await?.is_some())
    }

    /// The directories that have mails to be delivered, each by its tenant and ID: what was left by workers that have ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn with_mail(&self) -> Result<Vec<(String, String)>> {
        outbox::directories(&self.server).await
    }

    /// Erases a directory with everything in it; one that is not there is erased.
    ///
    /// # Errors
    /// When the database does not answer, or somebody writes to the directory.
    pub async fn erase(&self, tenant: &str, id: &str) -> Result<()> {
        let directory = self.directory(tenant, id);
        erase::directory(&directory.server, &directory.key, directory.patience).await
    }

    /// Erases all directories of a tenant.
    ///
    /// # Errors
    /// As [`erase`](Self::erase).
    pub async fn erase_tenant(&self, tenant: &str) -> Result<()> {
        for id in erase::directories_of(&self.server, tenant).await? {
            self.erase(tenant, &id).await?;
        }
        Ok(())
    }
}

/// Which directory: what every statement names.
#[derive(Debug)]
struct Key {
    tenant: String,
    directory: String,
}

impl Key {
    /// None in particular: row-level security shows all of them.
    fn of_everybody() -> Self {
        Self { tenant: "*".to_owned(), directory: String::new() }
    }

    /// The first parameter of every statement that reads.
    fn directory(&self) -> &(dyn ToSql + Sync) {
        &self.directory
    }

    /// The second parameter of every statement that makes rows.
    fn tenant(&self) -> &(dyn ToSql + Sync) {
        &self.tenant
    }
}

/// A directory in a database.
pub struct PostgresDirectory {
    server: Postgres,
    key: Arc<Key>,
    makes: bool,
    guard: Arc<dyn Guard>,
    patience: Duration,
    /// It never changes, and is asked for in every run.
    identity: Option<String>,
}

impl PostgresDirectory {
    /// Asks a guard in every transaction that writes, whether it still may.
    #[must_use]
    pub fn guarded(self, guard: Arc<dyn Guard>) -> Self {
        Self { guard, ..self }
    }

    /// How long a writer waits for another one, at most; otherwise five seconds.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    async fn look_up(&self) -> Result<Option<String>> {
        const IDENTITY: &str = "SELECT identity FROM directories WHERE id = $1 AND tenant = $2";
        let key = Arc::clone(&self.key);
        let look = Statement::new(IDENTITY, &[key.directory(), key.tenant()]);
        let (session, rows) = Session::read(&self.server, &key, look).await?;
        session.end().await?;
        rows.first().map(|row| text::read(row, 0)).transpose()
    }

    async fn reading(&self) -> Result<Box<PostgresTransaction>> {
        const LOOK: &str = "SELECT 1 FROM directories WHERE id = $1 AND tenant = $2";
        let look = Statement::new(LOOK, &[self.key.directory(), self.key.tenant()]);
        let (session, rows) = Session::read(&self.server, &self.key, look).await?;
        if rows.is_empty() && !self.makes {
            return Err(self.absent());
        }
        Ok(Box::new(PostgresTransaction::new(session, &self.key)))
    }

    async fn writing(&self) -> Result<Box<PostgresTransaction>> {
        let session = Session::write(&self.server, &self.key, self.makes, self.patience, &*self.guard).await?;
        let session = session.ok_or_else(|| self.absent())?;
        Ok(Box::new(PostgresTransaction::new(session, &self.key)))
    }

    fn absent(&self) -> DirectoryError {
        let Key { tenant, directory } = &*self.key;
        DirectoryError::Unusable(format!(
            "the tenant {tenant} has no directory of accounts {directory}; it was erased, or never made"
        ))
    }
}

#[async_trait]
impl Directory for PostgresDirectory {
    async fn id(&mut self) -> Result<Option<String>> {
        if self.identity.is_none() {
            self.identity = self.look_up().await?;
        }
        Ok(self.identity.clone())
    }

    async fn read(&mut self) -> Result<Box<dyn Transaction + '_>> {
        Ok(self.reading().await?)
    }

    async fn begin(&mut self) -> Result<Box<dyn Transaction + '_>> {
        Ok(self.writing().await?)
    }
}

#[async_trait]
impl Store for PostgresDirectory {
    async fn inspect(&mut self) -> Result<Box<dyn StoreTransaction + '_>> {
        Ok(self.reading().await?)
    }

    async fn administer(&mut self) -> Result<Box<dyn StoreTransaction + '_>> {
        Ok(self.writing().await?)
    }
}
