//! A queue in the service's database: one table, in `SQLite` for a service of one process and in `PostgreSQL` for any number.
//!
//! # How it works
//! A job has one time, `due`. Offered, it is when its delay ends; taken, it is when its hold ends. So what may be taken is always
//! what is due, and a worker that vanished needs nobody who notices. Taking is one statement: in `PostgreSQL` with `FOR UPDATE
//! SKIP LOCKED`, so that workers pass each other; in `SQLite` there is one writer at a time anyway. Each time that a job is taken it
//! gets a new holder's number, and whoever has an old one changes nothing.
//!
//! All times are the database's, reckoned in the statements: in `PostgreSQL` there is one clock for all machines.
//!
//! # Waking up
//! An offer sends a [signal](Database::signal), which may get lost. So a worker that waits looks again when the next job is due, and
//! every few seconds. Of the workers of a process, one looks and the others stand in line behind it: an offer causes one query in
//! each process.
//!
//! # What was rejected
//! A job queue from a library: those for Rust bring a schema, a runtime and retries of their own, and each is for one database. The
//! run's own row as the job: a queue with its own table has the same shape as the one in `JetStream`, and one suite tests both.

mod delivery;

use std::time::Duration;

use async_trait::async_trait;
use connector_database::{Component, Database, DatabaseError, Scope, Signal};
use tokio::sync::Mutex;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::health::Health;
use crate::{Delivery, Depth, Job, Queue, QueueError};
use delivery::DatabaseDelivery;

/// The table and its versions.
const COMPONENT: Component =
    Component { name: "queue", sqlite: &[include_str!("sqlite_1.sql")], postgres: &[include_str!("postgres_1.sql")] };

/// The signal that there may be something to do.
const JOBS: &str = "jobs";

/// How long a worker waits at most before it looks again.
const POLL: Duration = Duration::from_secs(5);

/// How long it waits while the database cannot be reached: first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// A queue in the service's database.
pub struct DatabaseQueue {
    database: Database,
    hold: Duration,
    sql: Sql,
    health: Health,
    /// Whose turn it is to look.
    turn: Mutex<()>,
}

impl DatabaseQueue {
    /// Makes the table if it is missing. To be called after the service's own tables were made: it is a part of their database.
    ///
    /// # Errors
    /// When the database does not answer, or was written by a newer version.
    pub async fn open(database: Database, hold: Duration) -> connector_database::Result<Self> {
        database.migrate(&COMPONENT).await?;
        let sql = Sql::of(&database);
        Ok(Self { database, hold, sql, health: Health::new("the database".to_owned()), turn: Mutex::new(()) })
    }

    /// Gives back what is held, so that nobody has to wait for the hold time of workers that have ended. For a process that is alone with
    /// its database, when it starts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn release_all(&self) -> connector_database::Result<u64> {
        let statement = format!("UPDATE jobs SET holder = NULL, due = {} WHERE holder IS NOT NULL", self.sql.now);
        self.database.execute(&Scope::All, &statement, &[]).await
    }

    /// Takes what is due, if there is something.
    async fn next(&self) -> connector_database::Result<Option<DatabaseDelivery>> {
        let holder = fastrand::i64(..);
        let values = [&holder as &dyn connector_database::ToValue, &millis(self.hold)];
        let taken = self.database.one(&Scope::All, &self.sql.take, &values, |row| {
            let job = Job { run: row.get(0)?, tenant: row.get(1)?, integration: row.get(2)? };
            Ok((job, row.get::<u64>(3)?))
        });
        Ok(taken.await?.map(|(job, attempt)| DatabaseDelivery {
            job,
            attempt,
            holder,
            hold: self.hold,
            now: self.sql.now,
            database: self.database.clone(),
        }))
    }

    /// How long there is nothing to do, if nobody offers anything.
    async fn until_due(&self) -> connector_database::Result<Duration> {
        let query = format!("SELECT min(due) - {} FROM jobs", self.sql.now);
        let left: Option<Option<i64>> = self.database.one(&Scope::All, &query, &[], |row| row.get(0)).await?;
        let left = left.flatten().map_or(POLL, |left| Duration::from_millis(u64::try_from(left).unwrap_or(0)));
        // Many workers that look at the same time would get in each other's way.
        Ok(left.min(POLL.mul_f64(0.75 + fastrand::f64() / 2.0)))
    }
}

#[async_trait]
impl Queue for DatabaseQueue {
    async fn offer(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        let values = [&job.run as &dyn connector_database::ToValue, &job.tenant, &job.integration, &millis(delay)];
        let is_new = self.database.execute(&Scope::All, &self.sql.offer, &values).await.map_err(unavailable)? > 0;
        if is_new {
            // If nobody hears it, somebody looks a little later.
            let _ = self.database.signal(JOBS).await;
        }
        Ok(())
    }

    async fn take(&self) -> Result<Box<dyn Delivery>, QueueError> {
        // Before anybody looks, so that nothing is missed in between.
        let mut signals = self.database.signals();
        let _turn = self.turn.lock().await;
        let mut pause = FIRST_PAUSE;
        loop {
            let looked = async {
                match self.next().await? {
                    Some(delivery) => Ok(Ok(delivery)),
                    None => Ok(Err(self.until_due().await?)),
                }
            };
            let looked: connector_database::Result<_> = looked.await;
            match looked {
                Ok(Ok(delivery)) => {
                    self.health.up();
                    return Ok(Box::new(delivery));
                }
                Ok(Err(wait)) => {
                    self.health.up();
                    pause = FIRST_PAUSE;
                    // A moment more: the database's milliseconds are not this clock's.
                    let _ = tokio::time::timeout(wait + Duration::from_millis(1), offered(&mut signals)).await;
                }
                Err(error) => {
                    self.health.down(&error.to_string());
                    tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
                    pause = (pause * 2).min(POLL);
                }
            }
        }
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        let depth = self.database.one(&Scope::All, &self.sql.depth, &[], |row| {
            let age: Option<u64> = row.get(2)?;
            Ok(Depth { waiting: row.get(0)?, at_work: row.get(1)?, oldest: age.map(Duration::from_millis) })
        });
        Ok(depth.await.map_err(unavailable)?.unwrap_or_default())
    }

    fn is_available(&self) -> bool {
        self.health.is_up()
    }
}

/// Waits until somebody may have offered something.
async fn offered(signals: &mut Receiver<Signal>) {
    loop {
        match signals.recv().await {
            Ok(Signal::Word(word)) if word != JOBS => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// The statements in the words of the database.
struct Sql {
    /// Milliseconds since 1970.
    now: &'static str,
    offer: String,
    take: String,
    depth: String,
}

impl Sql {
    fn of(database: &Database) -> Self {
        let (now, lock) = match database.server() {
            Some(_) => {
                ("CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS BIGINT)", "FOR UPDATE SKIP LOCKED")
            }
            None => ("CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)", ""),
        };
        Self {
            now,
            offer: format!(
                "INSERT INTO jobs (run, tenant, integration, due, attempts)
                 VALUES (?1, ?2, ?3, {now} + CAST(?4 AS BIGINT), 0) ON CONFLICT (run) DO NOTHING"
            ),
            take: format!(
                "UPDATE jobs SET holder = ?1, attempts = attempts + 1, due = {now} + CAST(?2 AS BIGINT)
                 WHERE id = (SELECT id FROM jobs WHERE due <= {now} ORDER BY due, id LIMIT 1 {lock})
                 RETURNING run, tenant, integration, attempts"
            ),
            // A job that was taken waits again when its hold is over.
            depth: format!(
                "SELECT count(*) FILTER (WHERE holder IS NULL OR due <= {now}),
                        count(*) FILTER (WHERE holder IS NOT NULL AND due > {now}),
                        {now} - min(due) FILTER (WHERE due <= {now})
                 FROM jobs"
            ),
        }
    }
}

/// As the database reckons. What is longer than it can reckon with is a thousand years.
fn millis(span: Duration) -> i64 {
    const LONGEST: i64 = 1000 * 366 * 24 * 3600 * 1000;
    i64::try_from(span.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

#[allow(clippy::needless_pass_by_value, reason = "it is what an error is mapped with")]
fn unavailable(error: DatabaseError) -> QueueError {
    QueueError::Unavailable(error.to_string())
}
