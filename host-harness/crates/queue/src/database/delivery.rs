//! A job in the hands of a worker: its row, and the number that it was taken with.

use std::time::Duration;

use async_trait::async_trait;
use connector_database::{Database, DatabaseError, Scope};

use super::{JOBS, millis, unavailable};
use crate::{Delivery, Job, QueueError};

/// See the module.
pub struct DatabaseDelivery {
    pub(super) job: Job,
    pub(super) attempt: u64,
    pub(super) holder: i64,
    pub(super) hold: Duration,
    /// What the database calls now.
    pub(super) now: &'static str,
    pub(super) database: Database,
}

impl DatabaseDelivery {
    /// True if the row was still this delivery's.
    async fn change(&self, statement: &str, span: Option<Duration>) -> Result<bool, DatabaseError> {
        let span = span.map(millis);
        let mut values: Vec<&dyn connector_database::ToValue> = vec![&self.job.run, &self.holder];
        values.extend(span.iter().map(|span| span as &dyn connector_database::ToValue));
        Ok(self.database.execute(&Scope::All, statement, &values).await? > 0)
    }

    async fn hold_until(&self, holder: &str, span: Duration) -> Result<(), QueueError> {
        let now = self.now;
        let statement = format!(
            "UPDATE jobs SET due = {now} + CAST(?3 AS BIGINT), holder = {holder} WHERE run = ?1 AND holder = ?2"
        );
        held(self.change(&statement, Some(span)).await)
    }
}

fn held(changed: Result<bool, DatabaseError>) -> Result<(), QueueError> {
    if changed.map_err(unavailable)? { Ok(()) } else { Err(QueueError::HoldLost) }
}

#[async_trait]
impl Delivery for DatabaseDelivery {
    fn job(&self) -> &Job {
        &self.job
    }

    fn attempt(&self) -> u64 {
        self.attempt
    }

    async fn in_progress(&self) -> Result<(), QueueError> {
        self.hold_until("holder", self.hold).await
    }

    async fn done(&self) -> Result<(), QueueError> {
        held(self.change("DELETE FROM jobs WHERE run = ?1 AND holder = ?2", None).await)
    }

    async fn hand_back(&self, delay: Duration) -> Result<(), QueueError> {
        self.hold_until("NULL", delay).await?;
        // If nobody hears it, somebody looks a little later.
        let _ = self.database.signal(JOBS).await;
        Ok(())
    }
}
