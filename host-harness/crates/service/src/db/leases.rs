//! Who works on an integration: a lease, with a number that grows each time somebody takes it.
//!
//! A queue delivers at least once, and a worker that was thought dead may only have been slow. So whoever takes a run takes the lease
//! on its integration with it, and whoever writes asks, in the transaction that writes, whether the lease is still theirs. The number
//! (a fencing number) is never given twice, so a worker that comes back late finds another one. Times are the database's: clocks of
//! machines differ.

use connector_database::{Result, Transaction};

use super::runs::{COLUMNS, run};
use super::{Db, DbError, Run, RunState, Scope, execute, of};

/// The right to work on an integration, while it is extended in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Whose integration it is.
    pub tenant: String,
    /// The integration.
    pub integration: String,
    /// The number that nobody else was given.
    pub fence: i64,
}

/// What came of asking for a run.
pub enum Claim {
    /// It is the asker's now.
    Mine {
        /// The run.
        run: Box<Run>,
        /// The right to work on its integration.
        lease: Lease,
        /// Whether somebody had begun it.
        was_begun: bool,
    },
    /// Somebody else works on the integration, for so many seconds at least.
    Held(u64),
    /// There is nothing to do any more.
    Over,
}

/// Whether a lease goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extended {
    /// It does.
    Held,
    /// It does, and somebody has asked the run to stop.
    Stopping,
    /// It is somebody else's by now.
    Lost,
}

/// A run that a worker could take, and a queue may not know of.
pub struct Waiting {
    /// The run.
    pub run: String,
    /// Whose.
    pub tenant: String,
    /// Of which integration.
    pub integration: String,
    /// For how many seconds it is not to be taken yet.
    pub delay: u64,
}

impl Lease {
    pub(super) async fn is_held(&self, transaction: &mut Transaction) -> Result<bool> {
        let held = "SELECT 1 FROM leases WHERE integration = ?1 AND fence = ?2";
        Ok(transaction.one(held, &[&self.integration, &self.fence], |_| Ok(())).await?.is_some())
    }

    pub(super) async fn give_back(&self, transaction: &mut Transaction) -> Result<()> {
        let back = "UPDATE leases SET until = 0, run = NULL, worker = NULL WHERE integration = ?1 AND fence = ?2";
        execute(transaction, back, &[&self.integration, &self.fence]).await.map(|_| ())
    }
}

/// Takes the lease on an integration that nobody has.
async fn take(
    transaction: &mut Transaction,
    tenant: &str,
    integration: &str,
    run: Option<&str>,
    worker: &str,
    seconds: i64,
) -> Result<Lease> {
    let take = "INSERT INTO leases (integration, tenant, fence, run, worker, until) \
         VALUES (?1, ?2, 1, ?3, ?4, now_seconds() + ?5) ON CONFLICT (integration) DO UPDATE SET \
         fence = leases.fence + 1, run = excluded.run, worker = excluded.worker, until = excluded.until RETURNING fence";
    let fence = transaction.one(take, &[&integration, &tenant, &run, &worker, &seconds], |row| row.get(0)).await?;
    let fence = fence.ok_or_else(|| DbError::Failed("a lease has no number".to_owned()))?;
    Ok(Lease { tenant: tenant.to_owned(), integration: integration.to_owned(), fence })
}

impl Db {
    /// For how many seconds somebody has the lease on an integration, at least; none if nobody has it. Whoever writes under a lease holds
    /// its row until their transaction ends, which takes long if their machine was stopped: they have the lease, and nobody waits for them.
    async fn held_for(&self, transaction: &mut Transaction, integration: &str) -> Result<Option<u64>> {
        // SQLite has one writer at a time.
        let lock = if self.is_shared() { "FOR UPDATE SKIP LOCKED" } else { "" };
        let left = format!("SELECT until - now_seconds() FROM leases WHERE integration = ?1 {lock}");
        if let Some(left) = transaction.one(&left, &[&integration], |row| row.get::<i64>(0)).await? {
            return Ok(u64::try_from(left).ok().filter(|left| *left > 0));
        }
        let known = "SELECT 1 FROM leases WHERE integration = ?1";
        Ok(transaction.one(known, &[&integration], |_| Ok(())).await?.map(|()| 1))
    }

    /// Takes a run and the lease on its integration, for so many seconds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_run(&self, tenant: &str, id: &str, worker: &str, seconds: i64) -> Result<Claim> {
        let mut transaction = self.0.write(&of(tenant)).await?;
        let query = format!("SELECT {COLUMNS} FROM runs WHERE id = ?1 AND tenant = ?2");
        let found = transaction.one(&query, &[&id, &tenant], run).await?;
        let Some(found) = found.filter(|found| found.state != RunState::Ended) else { return Ok(Claim::Over) };
        if let Some(left) = self.held_for(&mut transaction, &found.integration).await? {
            return Ok(Claim::Held(left));
        }
        let lease = take(&mut transaction, tenant, &found.integration, Some(id), worker, seconds).await?;
        let start = format!(
            "UPDATE runs SET state = 'running', started = coalesce(started, now_utc()), deliveries = deliveries + 1, \
             progress = NULL WHERE id = ?1 RETURNING {COLUMNS}"
        );
        let taken = transaction.one(&start, &[&id], run).await?;
        transaction.commit().await?;
        let Some(taken) = taken else { return Ok(Claim::Over) };
        Ok(Claim::Mine { run: Box::new(taken), lease, was_begun: found.started.is_some() })
    }

    /// Takes the lease on an integration at which no run is at work, for something that is no run; none if somebody has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_lease(
        &self,
        tenant: &str,
        integration: &str,
        worker: &str,
        seconds: i64,
    ) -> Result<Option<Lease>> {
        let mut transaction = self.0.write(&of(tenant)).await?;
        let known = "SELECT 1 FROM integrations WHERE id = ?1 AND tenant = ?2";
        if transaction.one(known, &[&integration, &tenant], |_| Ok(())).await?.is_none()
            || self.held_for(&mut transaction, integration).await?.is_some()
        {
            return Ok(None);
        }
        let lease = take(&mut transaction, tenant, integration, None, worker, seconds).await?;
        transaction.commit().await?;
        Ok(Some(lease))
    }

    /// Gives a lease back that was taken for something that is no run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_lease(&self, lease: &Lease) -> Result<()> {
        let mut transaction = self.0.write(&of(&lease.tenant)).await?;
        lease.give_back(&mut transaction).await?;
        transaction.commit().await
    }

    /// Keeps a lease for so many seconds from now on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn extend_lease(&self, lease: &Lease, seconds: i64) -> Result<Extended> {
        let extend = "UPDATE leases SET until = now_seconds() + ?3 WHERE integration = ?1 AND fence = ?2 RETURNING \
             (SELECT stop_asked FROM runs WHERE runs.id = leases.run)";
        let stop = self
            .0
            .one(&of(&lease.tenant), extend, &[&lease.integration, &lease.fence, &seconds], |row| {
                row.get::<Option<bool>>(0)
            })
            .await?;
        Ok(match stop {
            None => Extended::Lost,
            Some(Some(true)) => Extended::Stopping,
            Some(_) => Extended::Held,
        })
    }

    /// Gives a run back to the queue, and its lease with it; false if the lease is lost. A worker that gives it back has not failed: the
    /// delivery does not count. One that its source has postponed is not taken for so many seconds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_back(&self, lease: &Lease, run: &str, postponed: Option<u64>) -> Result<bool> {
        let mut transaction = self.0.write(&of(&lease.tenant)).await?;
        if !lease.is_held(&mut transaction).await? {
            return Ok(false);
        }
        let back = "UPDATE runs SET state = 'queued', progress = NULL, not_before = now_seconds() + ?2, \
             deliveries = deliveries - 1, postponed = postponed + ?3 WHERE id = ?1 AND state = 'running'";
        let (delay, times) = (postponed.unwrap_or_default(), u64::from(postponed.is_some()));
        execute(&mut transaction, back, &[&run, &delay, &times]).await?;
        lease.give_back(&mut transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Asks a run that is at work somewhere to stop; false if none of this ID is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask_to_stop(&self, run: &Run) -> Result<bool> {
        let ask = "UPDATE runs SET stop_asked = 1 WHERE id = ?1 AND state = 'running'";
        Ok(self.0.execute(&of(&run.tenant), ask, &[&run.id]).await? > 0)
    }

    /// The runs that wait, and those whose worker is gone: what a queue that lost everything is to be told again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_runs(&self) -> Result<Vec<Waiting>> {
        let query = "SELECT id, tenant, integration, \
             CASE WHEN coalesce(not_before, 0) > now_seconds() THEN not_before - now_seconds() ELSE 0 END \
             FROM runs WHERE state = 'queued' OR (state = 'running' AND NOT EXISTS \
             (SELECT 1 FROM leases WHERE leases.integration = runs.integration AND until > now_seconds()))";
        self.all(query, &[], |row| {
            Ok(Waiting { run: row.get(0)?, tenant: row.get(1)?, integration: row.get(2)?, delay: row.get(3)? })
        })
        .await
    }

    /// Frees every lease: those that a process has left behind which alone had this database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn free_all_leases(&self) -> Result<()> {
        self.0.execute(&Scope::All, "UPDATE leases SET until = 0, run = NULL, worker = NULL", &[]).await.map(|_| ())
    }
}
