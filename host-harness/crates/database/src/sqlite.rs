//! The file.
//!
//! One connection behind a lock: statements take microseconds, and a second connection would only wait in `SQLite`'s own lock. Work is
//! done on threads for blocking work. A future that is dropped in the middle leaves nothing half done: whoever lets go of the
//! connection rolls back what is open.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use connector_host::files;
use rusqlite::{Connection, params_from_iter};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::migrate::{self, Component};
use crate::transaction::{Done, Rows};
use crate::{DatabaseError, Result, ToValue, Value};

/// How long a statement waits for a backup to let go.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct File(Arc<Mutex<Connection>>);

/// The functions of `clock_1.sql` for `SQLite`.
mod clock {
    use jiff::Timestamp;
    use rusqlite::Connection;
    use rusqlite::functions::FunctionFlags;

    pub fn add_functions(connection: &Connection) -> rusqlite::Result<()> {
        let changing = FunctionFlags::SQLITE_UTF8;
        let fixed = changing | FunctionFlags::SQLITE_DETERMINISTIC;
        connection.create_scalar_function("now_utc", 0, changing, |_| Ok(Timestamp::now().to_string()))?;
        connection.create_scalar_function("now_seconds", 0, changing, |_| Ok(Timestamp::now().as_second()))?;
        connection.create_scalar_function("milliseconds_of", 1, fixed, |arguments| {
            let text: Option<String> = arguments.get(0)?;
            // What is no time has none.
            Ok(text.and_then(|text| text.parse::<Timestamp>().ok()).map(Timestamp::as_millisecond))
        })
    }
}

impl File {
    pub fn open(path: &Path, application: u32) -> Result<Self> {
        let unusable = |why: String| DatabaseError::Unusable(format!("{}: {why}", path.display()));
        files::open_private(path).map_err(|error| unusable(format!("cannot be opened: {error}")))?;
        let connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // What is deleted (an erased person, a secret) is overwritten.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.set_prepared_statement_cache_capacity(64);
        clock::add_functions(&connection)?;
        let marked: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if marked != i64::from(application) {
            if marked != 0 || tables > 0 {
                return Err(unusable("this is the database of another application".to_owned()));
            }
            connection.pragma_update(None, "application_id", application)?;
        }
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    async fn held(&self) -> Held {
        Held(Arc::clone(&self.0).lock_owned().await)
    }

    pub async fn migrate(&self, component: &Component) -> Result<()> {
        let component = *component;
        let (_, done) = apart(self.held().await, move |connection| migrate::in_sqlite(connection, &component)).await?;
        done
    }

    pub async fn begin(&self, writes: bool) -> Result<FileTransaction> {
        let statement = if writes { "BEGIN IMMEDIATE" } else { "BEGIN" };
        let (held, begun) = apart(self.held().await, move |connection| connection.execute_batch(statement)).await?;
        begun?;
        Ok(FileTransaction(Some(held)))
    }

    /// Runs one statement, which is a transaction of its own.
    pub async fn alone(&self, statement: &str, values: &[&dyn ToValue]) -> Result<Done> {
        Ok(run(self.held().await, statement, values).await?.1?)
    }
}

/// The connection, for one holder at a time.
struct Held(OwnedMutexGuard<Connection>);

impl Drop for Held {
    fn drop(&mut self) {
        if !self.0.is_autocommit()
            && let Err(error) = self.0.execute_batch("ROLLBACK")
        {
            tracing::error!("what was begun cannot be undone: {error}");
        }
    }
}

/// Does work on a thread that may block, and gives the connection back.
async fn apart<T: Send + 'static>(
    mut held: Held,
    work: impl FnOnce(&mut Connection) -> T + Send + 'static,
) -> Result<(Held, T)> {
    let done = tokio::task::spawn_blocking(move || {
        let done = work(&mut held.0);
        (held, done)
    });
    done.await.map_err(|_| DatabaseError::Failed("the work was interrupted".to_owned()))
}

async fn run(held: Held, statement: &str, values: &[&dyn ToValue]) -> Result<(Held, rusqlite::Result<Done>)> {
    let statement = statement.to_owned();
    let values: Vec<Value> = values.iter().copied().map(ToValue::to_value).collect();
    apart(held, move |connection| run_now(connection, &statement, &values)).await
}

fn run_now(connection: &Connection, statement: &str, values: &[Value]) -> rusqlite::Result<Done> {
    let mut prepared = connection.prepare_cached(statement)?;
    let columns: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    if columns.is_empty() {
        let changed = prepared.execute(params_from_iter(values))?;
        return Ok(Done { changed: changed as u64, rows: Rows { columns, rows: Vec::new() } });
    }
    let width = columns.len();
    let read = |row: &rusqlite::Row<'_>| (0..width).map(|at| cell(row.get_ref(at)?)).collect();
    let rows = prepared.query_map(params_from_iter(values), read)?.collect::<rusqlite::Result<Vec<Vec<Value>>>>()?;
    Ok(Done { changed: rows.len() as u64, rows: Rows { columns, rows } })
}

fn cell(value: rusqlite::types::ValueRef<'_>) -> rusqlite::Result<Value> {
    use rusqlite::types::ValueRef;
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        // No table of ours has a column for it.
        ValueRef::Real(_) => return Err(rusqlite::Error::InvalidQuery),
        ValueRef::Text(_) => Value::Text(value.as_str()?.to_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

/// A transaction in the file. The connection is held until it is dropped.
pub struct FileTransaction(Option<Held>);

impl FileTransaction {
    fn take(&mut self) -> Result<Held> {
        self.0.take().ok_or_else(|| DatabaseError::Failed("the transaction was broken off".to_owned()))
    }

    pub async fn run(&mut self, statement: &str, values: &[&dyn ToValue]) -> Result<Done> {
        let (held, done) = run(self.take()?, statement, values).await?;
        self.0 = Some(held);
        Ok(done?)
    }

    pub async fn commit(mut self) -> Result<()> {
        let (_, done) = apart(self.take()?, |connection| connection.execute_batch("COMMIT")).await?;
        Ok(done?)
    }
}
