//! One way to speak SQL to `SQLite` and to `PostgreSQL`.
//!
//! The service keeps the same tables in a file or in a server, and a query that stood in two places would soon say two things. So
//! statements are written once, in the SQL that both understand, with `?1`, `?2`, … for their values; [`Transaction`] runs them. What
//! differs (types of columns, triggers, policies) stands in the migrations, which each database has of its own.
//!
//! A transaction has a [`Scope`]. `PostgreSQL` is told of it, and its row-level security shows no other tenant's rows, whatever the
//! query says. `SQLite` has nothing of the kind: there the query's own condition is all, and the tests hold each query to it.
//!
//! [`Signal`]s say that something has changed, to every process that shares the database. They may get lost, so whoever waits for
//! one also looks now and then.
//!
//! Rejected: sqlx's `Any`, which binds another version of the same C library as the directories of accounts do, and an ORM, whose
//! queries nobody can read beside the schema.

#![forbid(unsafe_code)]

mod error;
mod migrate;
mod postgres;
mod signal;
mod sqlite;
mod transaction;
mod value;

use std::path::Path;
use std::sync::Arc;

pub use error::DatabaseError;
pub use migrate::Component;
pub use postgres::{PoolOptions, Postgres, PostgresUrl};
pub use signal::Signal;
pub use transaction::{Row, Transaction};
pub use value::{FromValue, ToValue, Value};

use signal::Signals;

/// The answer of everything that asks a database.
pub type Result<T> = std::result::Result<T, DatabaseError>;

/// Whose things a query may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's: the operator, and the service itself.
    All,
    /// One tenant's.
    Tenant(String),
}

impl Scope {
    /// The tenant, as a parameter of `(tenant = ?n OR ?n IS NULL)`.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Tenant(tenant) => Some(tenant),
        }
    }
}

/// What this crate itself needs in a server: functions for times.
const CLOCK: Component = Component { name: "clock", sqlite: &[], postgres: &[include_str!("clock_1.sql")] };

/// A database: a file, or a server.
#[derive(Clone)]
pub struct Database(Arc<Kind>);

enum Kind {
    Sqlite { file: sqlite::File, signals: Signals },
    Postgres { server: Postgres, signals: Signals },
}

impl Database {
    /// Opens a file, or makes it. `application` marks it as ours (`PRAGMA application_id`).
    ///
    /// # Errors
    /// When it cannot be opened, or is something else.
    pub fn sqlite(path: &Path, application: u32) -> Result<Self> {
        let file = sqlite::File::open(path, application)?;
        Ok(Self(Arc::new(Kind::Sqlite { file, signals: Signals::local() })))
    }

    /// Connects to a server.
    ///
    /// # Errors
    /// When it does not answer, refuses, or is too old.
    pub async fn postgres(url: &PostgresUrl, options: PoolOptions) -> Result<Self> {
        let server = Postgres::connect(url, options).await?;
        migrate::in_postgres(&server, &CLOCK).await?;
        let signals = Signals::of_server(&server);
        Ok(Self(Arc::new(Kind::Postgres { server, signals })))
    }

    /// The server, if it is one: for what only a server can do.
    #[must_use]
    pub fn server(&self) -> Option<&Postgres> {
        match &*self.0 {
            Kind::Sqlite { .. } => None,
            Kind::Postgres { server, .. } => Some(server),
        }
    }

    /// Brings the tables of a component to the newest version: all missing steps, or none.
    ///
    /// # Errors
    /// When they are newer than this program, or a step fails.
    pub async fn migrate(&self, component: &Component) -> Result<()> {
        match &*self.0 {
            Kind::Sqlite { file, .. } => file.migrate(component).await,
            Kind::Postgres { server, .. } => migrate::in_postgres(server, component).await,
        }
    }

    /// Starts a transaction that only reads, in a scope.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(&self, scope: &Scope) -> Result<Transaction> {
        match &*self.0 {
            Kind::Sqlite { file, .. } => Ok(Transaction::of_file(file.begin(false).await?)),
            Kind::Postgres { server, .. } => Ok(Transaction::of_server(server.begin(scope, false).await?)),
        }
    }

    /// Starts a transaction that writes, in a scope. Of those in one scope there is one at a time: what it has read still holds when it
    /// writes. Dropping it without [`Transaction::commit`] undoes it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write(&self, scope: &Scope) -> Result<Transaction> {
        match &*self.0 {
            Kind::Sqlite { file, .. } => Ok(Transaction::of_file(file.begin(true).await?)),
            Kind::Postgres { server, .. } => Ok(Transaction::of_server(server.begin(scope, true).await?)),
        }
    }

    /// Executes one statement on its own; gives how many rows it changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn execute(&self, scope: &Scope, statement: &str, values: &[&dyn ToValue]) -> Result<u64> {
        match &*self.0 {
            Kind::Sqlite { file, .. } => file.alone(statement, values).await.map(|done| done.changed),
            Kind::Postgres { server, .. } => server.alone(scope, statement, values).await.map(|done| done.changed),
        }
    }

    /// The rows of one query on its own, one thing each.
    ///
    /// # Errors
    /// When the database fails, or a row cannot be read.
    pub async fn all<T>(
        &self,
        scope: &Scope,
        query: &str,
        values: &[&dyn ToValue],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let rows = match &*self.0 {
            Kind::Sqlite { file, .. } => file.alone(query, values).await?.rows,
            Kind::Postgres { server, .. } => server.alone(scope, query, values).await?.rows,
        };
        rows.each(read)
    }

    /// The first row of one query on its own, if there is one.
    ///
    /// # Errors
    /// When the database fails, or the row cannot be read.
    pub async fn one<T>(
        &self,
        scope: &Scope,
        query: &str,
        values: &[&dyn ToValue],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.all(scope, query, values, read).await?.into_iter().next())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        self.execute(&Scope::All, "SELECT 1", &[]).await.map(|_| ())
    }

    /// Seconds since 1970 by the database's clock: the one clock that all machines share. A file has that of its machine. A statement
    /// has it too: `now_seconds()`, and as RFC 3339 in UTC `now_utc()`; `milliseconds_of(…)` makes a number of such a text.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn now(&self) -> Result<i64> {
        let now = self.one(&Scope::All, "SELECT now_seconds()", &[], |row| row.get(0)).await?;
        now.ok_or_else(|| DatabaseError::Failed("it has no clock".to_owned()))
    }

    /// What changes from now on. A signal may get lost, with a connection or because nobody reads; [`Signal::Missed`] says so where
    /// that is known.
    #[must_use]
    pub fn signals(&self) -> tokio::sync::broadcast::Receiver<Signal> {
        self.of_signals().subscribe()
    }

    /// Says to everybody who shares the database that something has changed: a short word, without anybody's data.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn signal(&self, word: &str) -> Result<()> {
        match &*self.0 {
            Kind::Sqlite { signals, .. } => {
                signals.announce(word);
                Ok(())
            }
            Kind::Postgres { server, .. } => server.notify(word).await,
        }
    }

    fn of_signals(&self) -> &Signals {
        match &*self.0 {
            Kind::Sqlite { signals, .. } | Kind::Postgres { signals, .. } => signals,
        }
    }
}
