//! The service's database: one `SQLite` file, and the only place with its SQL.
//!
//! One connection behind a lock: statements take microseconds, and a second connection would only wait in `SQLite`'s own lock. Work
//! is done on a thread for blocking work. Every query about a tenant's things takes a [`Scope`], so that a query across tenants is
//! something somebody has to ask for.

mod connectors;
mod decisions;
mod details;
mod integrations;
mod run_model;
mod runs;
mod tenants;
mod users;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connector_host::files;
use rusqlite::{Connection, OptionalExtension, ToSql};

pub use connectors::StoredConnector;
pub use integrations::{Integration, StoredSecret};
pub use run_model::{Approval, Cause, Decided, Decision, Ended, NewRun, Run, RunFilter, RunKind, RunOrder, RunState};
pub use tenants::Tenant;
pub use users::{ApiToken, User};

/// The steps that make a database; how many a file has is its `user_version`.
const STEPS: [&str; 1] = [include_str!("sqlite_1.sql")];
/// `PRAGMA application_id`: "elsv".
const APPLICATION: i64 = 0x656c_7376;
/// How long a statement waits for a backup to let go.
const PATIENCE: Duration = Duration::from_secs(10);

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// It cannot be opened.
    #[error("{0}")]
    Unusable(String),
    /// The disk is full.
    #[error("the disk is full; free some space, and try again")]
    DiskFull,
    /// A statement failed. `SQLite`'s words name tables and columns, never values.
    #[error("the service's database failed: {0}")]
    Failed(String),
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            Some(rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen) => {
                Self::Unusable("the service's database cannot be written; check who owns the data folder".to_owned())
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Whose things a query may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's: the operator.
    All,
    /// One tenant's.
    Tenant(String),
}

impl Scope {
    /// The tenant, as a parameter of `(?n IS NULL OR tenant = ?n)`.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Tenant(tenant) => Some(tenant),
        }
    }
}

/// The database.
#[derive(Clone)]
pub struct Db(Arc<Mutex<Connection>>);

impl Db {
    /// Opens the file, and makes or completes it.
    ///
    /// # Errors
    /// When it is something else, is from a newer version, or cannot be written.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        let name = path.display();
        let unusable = |why: String| DbError::Unusable(format!("{name}: {why}"));
        files::open_private(path).map_err(|error| unusable(format!("cannot be opened: {error}")))?;
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // What is deleted (an erased person, a secret) is overwritten.
        connection.pragma_update(None, "secure_delete", true)?;
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let (application, version) = (pragma("application_id")?, pragma("user_version")?);
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if application != APPLICATION && (application != 0 || tables > 0) {
            return Err(unusable("this is the database of another application".to_owned()));
        }
        let done = usize::try_from(version).unwrap_or(usize::MAX);
        let Some(missing) = STEPS.get(done..) else {
            let supported = STEPS.len();
            return Err(unusable(format!(
                "written by a newer harness (schema {version}, but this one supports up to {supported}); use the newer harness"
            )));
        };
        if !missing.is_empty() {
            let transaction = connection.transaction()?;
            for step in missing {
                transaction.execute_batch(step)?;
            }
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", i64::try_from(STEPS.len()).unwrap_or(i64::MAX))?;
            transaction.commit()?;
        }
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Does work with the connection, on a thread for blocking work.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let connection = Arc::clone(&self.0);
        let work = move || {
            // A panic elsewhere has rolled its transaction back.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut connection)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| DbError::Failed("the work was interrupted".to_owned()))?
    }

    /// Does work that is one transaction: all of it, or nothing.
    async fn transact<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        self.with(move |connection| {
            let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
        .await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.with(|connection| Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?)).await
    }
}

/// The rows of a query, one thing each.
fn all<T>(
    connection: &Connection,
    query: &str,
    parameters: &[&dyn ToSql],
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, DbError> {
    let mut statement = connection.prepare_cached(query)?;
    let rows = statement.query_map(parameters, read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The one row of a query, if there is one.
fn one<T>(
    connection: &Connection,
    query: &str,
    parameters: &[&dyn ToSql],
    read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, DbError> {
    Ok(connection.prepare_cached(query)?.query_row(parameters, read).optional()?)
}

/// Executes a statement; true if it changed something.
fn execute(connection: &Connection, statement: &str, parameters: &[&dyn ToSql]) -> Result<bool, DbError> {
    Ok(connection.prepare_cached(statement)?.execute(parameters)? > 0)
}
