//! Directories of accounts in the tests' `PostgreSQL`.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use connector_database::{Database, PoolOptions};
use connector_store_postgres::{Directories, PostgresDirectory};

use crate::postgres_server::{PostgresServer, TestDatabase};

/// A database for a whole test program: what is in one directory is nobody else's business, and this says so each time.
///
/// # Panics
/// When there is no server.
#[must_use]
#[allow(clippy::panic, reason = "a test without its database is a failed test")]
pub fn shared() -> &'static TestDatabase {
    static SHARED: OnceLock<TestDatabase> = OnceLock::new();
    let make = || PostgresServer::shared().database().unwrap_or_else(|error| panic!("{error:#}"));
    SHARED.get_or_init(make)
}

/// Connects, on the runtime that this is called from, with at most so many connections.
///
/// # Errors
/// When the server does not answer.
pub async fn directories(url: &str, connections: usize) -> Result<Directories> {
    let database = Database::postgres(&url.parse()?, PoolOptions { connections }).await?;
    Ok(Directories::open(&database).await?)
}

/// The ID of a directory that nobody else has in this test program.
#[must_use]
pub fn new_id() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("directory-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A new directory in the shared database.
///
/// # Errors
/// When the server does not answer.
pub async fn new_directory(tenant: &str) -> Result<PostgresDirectory> {
    Ok(directories(&shared().url, 4).await?.new_directory(tenant, &new_id()))
}
