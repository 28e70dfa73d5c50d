//! Migrations: numbered steps of named components, forward only.
//!
//! A step is never changed once it was shipped; a later one is a file of its own. How many steps of a component a database has stands
//! in its table `schema_versions`. Several processes may start at once, and processes of the version before may be at work: in
//! `PostgreSQL` the steps are made under a lock, and a step adds, and takes nothing away that the version before needs.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use crate::{DatabaseError, Postgres, Result};

/// A part of a program that has tables of its own.
#[derive(Debug, Clone, Copy)]
pub struct Component {
    /// Its name, which stays.
    pub name: &'static str,
    /// Its steps for `SQLite`, the oldest first.
    pub sqlite: &'static [&'static str],
    /// Its steps for `PostgreSQL`, the oldest first.
    pub postgres: &'static [&'static str],
}

const VERSIONS: &str =
    "CREATE TABLE IF NOT EXISTS schema_versions (component TEXT NOT NULL PRIMARY KEY, version BIGINT NOT NULL)";

/// The steps that are missing.
fn missing(component: &Component, steps: &'static [&'static str], done: i64) -> Result<&'static [&'static str]> {
    let at = usize::try_from(done).unwrap_or(usize::MAX);
    steps.get(at..).ok_or_else(|| {
        DatabaseError::Unusable(format!(
            "the database was written by a newer harness (schema {done} of {}, but this one supports up to {}); use the newer harness",
            component.name,
            steps.len()
        ))
    })
}

pub fn in_sqlite(connection: &mut Connection, component: &Component) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(VERSIONS)?;
    let query = "SELECT version FROM schema_versions WHERE component = ?1";
    let stored: Option<i64> = transaction.query_row(query, [component.name], |row| row.get(0)).optional()?;
    // A file of before there were components has the version of its first one where SQLite itself keeps a number.
    let of_file: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let components: i64 = transaction.query_row("SELECT count(*) FROM schema_versions", [], |row| row.get(0))?;
    let done = stored.unwrap_or(if components == 0 { of_file } else { 0 });
    for step in missing(component, component.sqlite, done)? {
        transaction.execute_batch(step)?;
    }
    let put = "INSERT INTO schema_versions (component, version) VALUES (?1, ?2) ON CONFLICT (component) DO UPDATE SET version = ?2";
    let now = i64::try_from(component.sqlite.len()).unwrap_or(i64::MAX);
    transaction.execute(put, rusqlite::params![component.name, now])?;
    if components == 0 || stored.is_some_and(|stored| stored == of_file) {
        // A harness of before there were components looks here, and refuses what it does not know.
        transaction.pragma_update(None, "user_version", now)?;
    }
    Ok(transaction.commit()?)
}

pub async fn in_postgres(server: &Postgres, component: &Component) -> Result<()> {
    let mut client = server.client().await?;
    let transaction = client.transaction().await?;
    // A worker that reads a table may hold back a step, and the step then everybody: for a short while at most.
    transaction.batch_execute("SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0").await?;
    transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended('connector:migrate', 0))", &[]).await?;
    transaction.batch_execute(VERSIONS).await?;
    let query = "SELECT version FROM schema_versions WHERE component = $1";
    let stored = transaction.query_opt(query, &[&component.name]).await?;
    let done: i64 = stored.map_or(0, |row| row.get(0));
    let missing = missing(component, component.postgres, done)?;
    for step in missing {
        transaction.batch_execute(step).await?;
    }
    if !missing.is_empty() {
        let put = "INSERT INTO schema_versions (component, version) VALUES ($1, $2) ON CONFLICT (component) DO UPDATE SET version = $2";
        let now = i64::try_from(component.postgres.len()).unwrap_or(i64::MAX);
        transaction.execute(put, &[&component.name, &now]).await?;
    }
    Ok(transaction.commit().await?)
}
