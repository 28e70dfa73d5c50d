//! The service's own tables, and the only place with their SQL: in a `SQLite` file, or in `PostgreSQL`.
//!
//! Every query about a tenant's things takes a [`Scope`], so that a query across tenants is something somebody has to ask for. The
//! database's clock is the one for what several machines compare: `now_utc()` and `now_seconds()` in a statement.

mod connectors;
mod decisions;
mod details;
mod integrations;
mod leases;
mod run_model;
mod runs;
mod shared;
mod tenants;
mod users;
mod workers;

use std::path::Path;

use connector_database::{Component, Database, Result, Row, ToValue, Transaction};

pub use connector_database::{DatabaseError as DbError, Scope};
pub use connectors::StoredConnector;
pub use integrations::{Integration, StoredSecret};
pub use leases::{Claim, Extended, Lease, Waiting};
pub use run_model::{Approval, Cause, Decided, Decision, Ended, NewRun, Run, RunFilter, RunKind, RunOrder, RunState};
pub use tenants::Tenant;
pub use users::{ApiToken, User};
pub use workers::Worker;

/// The service's tables.
const TABLES: Component = Component {
    name: "service",
    sqlite: &[include_str!("sqlite_1.sql"), include_str!("sqlite_2.sql")],
    postgres: &[include_str!("postgres_1.sql")],
};
/// `PRAGMA application_id`: "elsv".
const APPLICATION: u32 = 0x656c_7376;

/// The service's tables in a database.
#[derive(Clone)]
pub struct Db(Database);

impl Db {
    /// Opens a file, and makes or completes it.
    ///
    /// # Errors
    /// When it is something else, is from a newer version, or cannot be written.
    pub async fn open(path: &Path) -> Result<Self> {
        let open = async { Self::in_database(Database::sqlite(path, APPLICATION)?).await };
        open.await.map_err(|error| match error {
            DbError::Unusable(why) if !why.starts_with(&path.display().to_string()) => {
                DbError::Unusable(format!("{}: {why}", path.display()))
            }
            error => error,
        })
    }

    /// Makes or completes the tables in a database.
    ///
    /// # Errors
    /// When they are from a newer version, or cannot be made.
    pub async fn in_database(database: Database) -> Result<Self> {
        database.migrate(&TABLES).await?;
        Ok(Self(database))
    }

    /// The database itself.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.0
    }

    /// The rows of a query about everybody's things.
    async fn all<T>(
        &self,
        query: &str,
        values: &[&dyn ToValue],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.0.all(&Scope::All, query, values, read).await
    }

    /// The one row of a query about everybody's things, if there is one.
    async fn one<T>(
        &self,
        query: &str,
        values: &[&dyn ToValue],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.0.one(&Scope::All, query, values, read).await
    }

    /// Executes a statement; true if it changed something.
    async fn execute(&self, statement: &str, values: &[&dyn ToValue]) -> Result<bool> {
        Ok(self.0.execute(&Scope::All, statement, values).await? > 0)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        self.0.ping().await
    }

    /// How many bytes the database has, as it says; 0 for a file, whose size the folder tells.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn bytes(&self) -> Result<u64> {
        if !self.is_shared() {
            return Ok(0);
        }
        let size = self.one("SELECT pg_database_size(current_database())", &[], |row| row.get(0)).await?;
        Ok(size.unwrap_or_default())
    }

    /// Seconds since 1970 by the database's clock.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn now(&self) -> Result<i64> {
        self.0.now().await
    }
}

/// A scope that is one tenant's.
fn of(tenant: &str) -> Scope {
    Scope::Tenant(tenant.to_owned())
}

/// Executes a statement of a transaction; true if it changed something.
async fn execute(transaction: &mut Transaction, statement: &str, values: &[&dyn ToValue]) -> Result<bool> {
    Ok(transaction.execute(statement, values).await? > 0)
}
