//! A transaction on a connection of its own: how it begins, what is sent together, and how it ends.

use std::time::Duration;

use connector_database::Postgres;
use connector_sync::directory::{DirectoryError, Result};
use deadpool_postgres::Object;
use futures_util::future::{join, join_all, join3};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::error::{failed, of_commit, of_database};
use crate::{Guard, Key};

/// How long the server may take to undo what was begun, before the connection is given up instead.
const UNDO: Duration = Duration::from_secs(5);

/// How many connections that the server has closed meanwhile are put aside before a transaction gives up.
const STALE: usize = 4;

const MAKE: &str = "INSERT INTO directories (id, tenant) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
/// Nobody may change what others refer to meanwhile; what only refers to the directory need not wait.
const LOCK: &str = "SELECT 1 FROM directories WHERE id = $1 AND tenant = $2 FOR NO KEY UPDATE";

type Parameter<'a> = &'a (dyn ToSql + Sync);

/// A statement with its values.
pub struct Statement<'a> {
    sql: &'static str,
    values: Vec<Parameter<'a>>,
}

impl<'a> Statement<'a> {
    pub fn new(sql: &'static str, values: &[Parameter<'a>]) -> Self {
        Self { sql, values: values.to_vec() }
    }
}

/// An open transaction; dropping it undoes it.
pub struct Session {
    /// None once it has ended.
    client: Option<Open>,
    /// A statement has failed: the server answers a commit with an end, and not with an error.
    is_broken: bool,
}

/// A connection with a transaction in it, which must not go back to the pool.
struct Open(Option<Object>);

impl Drop for Open {
    fn drop(&mut self) {
        // The server undoes what a closed connection has begun.
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}

impl Session {
    /// Begins a transaction that only reads, with the answer to its first statement: one trip.
    pub async fn read(server: &Postgres, key: &Key, first: Statement<'_>) -> Result<(Self, Vec<Row>)> {
        let begin = format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}", of_tenant(&key.tenant));
        let mut tries = 0..STALE;
        loop {
            let session = Self::from_pool(server).await?;
            let answer = async {
                let object = session.object()?;
                let prepared = prepare(object, &[first.sql]).await?;
                let [prepared] = prepared.as_slice() else { return Err(broken_off()) };
                trip(3);
                let (opened, rows) = join(object.batch_execute(&begin), object.query(prepared, &first.values)).await;
                opened.map_err(failed)?;
                rows.map_err(failed)
            };
            match answer.await {
                Err(DirectoryError::Unreachable(_)) if tries.next().is_some() => {}
                answer => return Ok((session, answer?)),
            }
        }
    }

    /// Begins a transaction that writes: it has the directory's lock, and its guard has been asked. None if there is no such
    /// directory.
    pub async fn write(
        server: &Postgres,
        key: &Key,
        makes: bool,
        patience: Duration,
        guard: &dyn Guard,
    ) -> Result<Option<Self>> {
        let milliseconds = patience.as_millis().max(1);
        let begin = format!("BEGIN; {}; SET LOCAL lock_timeout = {milliseconds}", of_tenant(&key.tenant));
        let values = [key.directory(), key.tenant()];
        let first = if makes { [MAKE, LOCK].as_slice() } else { &[LOCK] };
        let mut tries = 0..STALE;
        loop {
            let session = Self::from_pool(server).await?;
            let answer = async {
                let object = session.object()?;
                let prepared = prepare(object, first).await?;
                let statements = join_all(prepared.iter().map(|prepared| object.query(prepared, &values)));
                trip(first.len() + 3);
                // The guard is asked in the same trip. Its statement is behind the one that waits for the lock.
                let (opened, locked, guarded) =
                    join3(object.batch_execute(&begin), statements, guard.check(object)).await;
                opened.map_err(failed)?;
                let locked = locked.into_iter().collect::<std::result::Result<Vec<_>, _>>().map_err(failed)?;
                guarded?;
                Ok(locked.last().is_some_and(|rows| !rows.is_empty()))
            };
            match answer.await {
                Err(DirectoryError::Unreachable(_)) if tries.next().is_some() => {}
                answer => return Ok(answer?.then_some(session)),
            }
        }
    }

    async fn from_pool(server: &Postgres) -> Result<Self> {
        let client = server.client().await.map_err(of_database)?;
        Ok(Self { client: Some(Open(Some(client))), is_broken: false })
    }

    fn object(&self) -> Result<&Object> {
        self.client.as_ref().ok_or_else(broken_off)?.object()
    }

    /// The rows of one statement: one trip.
    pub async fn query(&mut self, sql: &'static str, values: &[Parameter<'_>]) -> Result<Vec<Row>> {
        let [rows] = self.all([Statement::new(sql, values)]).await?;
        Ok(rows)
    }

    /// The rows of statements that are sent together, in this order: one trip for all.
    pub async fn all<const N: usize>(&mut self, statements: [Statement<'_>; N]) -> Result<[Vec<Row>; N]> {
        let rows = self.each(&statements).await?;
        let broken = |_| DirectoryError::Failed("a statement has no answer".to_owned());
        rows.try_into().map_err(broken)
    }

    /// The same for any number of them.
    pub async fn each(&mut self, statements: &[Statement<'_>]) -> Result<Vec<Vec<Row>>> {
        let answered = self.try_each(statements).await;
        self.is_broken |= answered.is_err();
        answered
    }

    async fn try_each(&self, statements: &[Statement<'_>]) -> Result<Vec<Vec<Row>>> {
        let client = self.object()?;
        let texts: Vec<&'static str> = statements.iter().map(|statement| statement.sql).collect();
        let prepared = prepare(client, &texts).await?;
        trip(statements.len());
        let queries = prepared.iter().zip(statements);
        let answers = join_all(queries.map(|(prepared, statement)| client.query(prepared, &statement.values))).await;
        // Once one has failed, those behind it fail for that: the first error is the reason.
        answers.into_iter().collect::<std::result::Result<_, _>>().map_err(failed)
    }

    /// Makes everything lasting.
    pub async fn commit(mut self) -> Result<()> {
        if self.is_broken {
            return Err(DirectoryError::Failed("a statement of this transaction has failed".to_owned()));
        }
        let mut open = self.client.take().ok_or_else(broken_off)?;
        trip(1);
        open.object()?.batch_execute("COMMIT").await.map_err(of_commit)?;
        // The connection is fit for the next one.
        drop(open.0.take());
        Ok(())
    }

    /// Ends a transaction that only has read.
    pub async fn end(mut self) -> Result<()> {
        let open = self.client.take().ok_or_else(broken_off)?;
        open.undo().await.map_err(failed)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(open) = self.client.take() else { return };
        // A connection that is closed is made again for the next transaction, which costs far more than a word to the server.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if !matches!(timeout(UNDO, open.undo()).await, Ok(Ok(()))) {
                    tracing::debug!("a transaction was not undone in time; its connection is closed, which does it");
                }
            });
        }
    }
}

impl Open {
    fn object(&self) -> Result<&Object> {
        self.0.as_ref().ok_or_else(broken_off)
    }

    /// Undoes the transaction, and gives the connection back.
    async fn undo(mut self) -> std::result::Result<(), tokio_postgres::Error> {
        if let Some(client) = &self.0 {
            trip(1);
            client.batch_execute("ROLLBACK").await?;
        }
        drop(self.0.take());
        Ok(())
    }
}

fn broken_off() -> DirectoryError {
    DirectoryError::Failed("the transaction was broken off".to_owned())
}

/// Statements that are known to the connection already take no trip, and those that are not take one together.
async fn prepare(client: &Object, texts: &[&'static str]) -> Result<Vec<tokio_postgres::Statement>> {
    let known = client.statement_cache.size();
    let prepared = join_all(texts.iter().map(|text| client.prepare_cached(text))).await;
    if client.statement_cache.size() > known {
        trip(0);
    }
    prepared.into_iter().collect::<std::result::Result<_, _>>().map_err(failed)
}

/// What takes time is the way to the server and back: each is an event for whoever looks for what is slow.
fn trip(statements: usize) {
    tracing::trace!(statements, "a trip to the database");
}

/// Tells row-level security whose rows there are, until the transaction ends.
pub fn of_tenant(tenant: &str) -> String {
    format!("SELECT set_config('connector.tenant', '{}', true)", tenant.replace('\'', "''"))
}
