//! Directories of accounts in the tests' `PostgreSQL`.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use connector_database::{Database, PoolOptions};
use tokio_postgres::NoTls;

use crate::apart::apart;
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

/// A new directory in the shared database, over connections that this test program keeps, on a runtime of their own: to be worked
/// with [`apart`] from the test's.
///
/// # Panics
/// When there is no server.
#[must_use]
#[allow(clippy::panic, reason = "a test without its database is a failed test")]
pub fn directory_apart(tenant: &str, id: &str) -> PostgresDirectory {
    static ALL: OnceLock<Directories> = OnceLock::new();
    let connect = || apart(directories(&shared().url, 8)).unwrap_or_else(|error| panic!("{error:#}"));
    ALL.get_or_init(connect).new_directory(tenant, id)
}

/// Makes a directory that is like another one, its identity included.
///
/// # Errors
/// When the server does not answer.
pub fn copy(database: &TestDatabase, from: &str, to: &str) -> Result<()> {
    with_tables(database, async |client, tables| {
        let take = |table: &str, key: &str| {
            format!(
                "INSERT INTO connector.{table} OVERRIDING SYSTEM VALUE \
                 SELECT (jsonb_populate_record(t, jsonb_build_object('{key}', '{to}'))).* FROM connector.{table} AS t \
                 WHERE {key} = '{from}'"
            )
        };
        // Whatever order they come in, at the end they fit together as the others do.
        let mut statements = vec!["SET session_replication_role = replica".to_owned(), take("directories", "id")];
        statements.extend(tables.iter().map(|table| take(table, "directory")));
        Ok(client.batch_execute(&statements.join(";")).await?)
    })
}

/// Does something with the tables that hold directories, by the catalogue, as somebody whom row-level security does not hold.
fn with_tables<T>(
    database: &TestDatabase,
    work: impl AsyncFnOnce(&tokio_postgres::Client, &[String]) -> Result<T>,
) -> Result<T> {
    const TABLES: &str = "SELECT table_name::text FROM information_schema.columns \
         WHERE table_schema = 'connector' AND column_name = 'directory' ORDER BY 1";
    apart(async {
        let (client, connection) = tokio_postgres::connect(&database.superuser_url, NoTls).await?;
        let connection = tokio::spawn(connection);
        let tables: Vec<String> = client.query(TABLES, &[]).await?.iter().map(|row| row.get(0)).collect();
        let done = work(&client, &tables).await?;
        drop(client);
        connection.await??;
        Ok(done)
    })
}

/// All that is in a directory, table by table as the catalogue has them.
///
/// # Errors
/// When the server does not answer.
pub fn content(database: &TestDatabase, id: &str) -> Result<Vec<u8>> {
    with_tables(database, async |client, tables| {
        let mut content = Vec::new();
        for table in tables {
            let rows = format!("SELECT t::text FROM connector.{table} AS t WHERE directory = $1 ORDER BY 1");
            for row in client.query(&rows, &[&id]).await? {
                content.extend_from_slice(row.get::<_, String>(0).as_bytes());
                content.push(b'\n');
            }
        }
        Ok(content)
    })
}
