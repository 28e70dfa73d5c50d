//! What runs: the queue, the workers, the schedule.
//!
//! A run waits in the database, so that what was asked for outlives every process; the queue tells a worker of it. One run of an
//! integration is at work at a time: the database's own index says so, and a second request gets the first one's ID.

mod directory;
mod execute;
mod privacy;
mod probe;
mod recover;
mod relay;
mod scheduler;
mod users;
mod worker;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use connector_host::sandbox::Limits;
use connector_queue::{Job, Queue};
use connector_settings::file::ServiceSettings;
use connector_sync::run::Failure;
use connector_sync::work_permits::WorkPermits;
use jiff::Timestamp;
use tokio::sync::{Semaphore, broadcast};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::audit::Audit;
use crate::config::{Config, Files};
use crate::connectors::Connectors;
use crate::db::{Approval, Cause, Db, DbError, Decision, Ended, Integration, NewRun, Run, RunKind, RunState, Scope};
use crate::ids;
use crate::keys::Keys;
use crate::live::LiveWork;
use crate::metrics::Metrics;

pub use directory::{DirectoryProblem, Storage};
pub use execute::secret_place;
pub use privacy::ForgetError;
pub use probe::{Answer, Probe, ProbeKind, ProbeState, Probes, Question, TestFinding};
pub use users::LinkError;

/// After so many faults of the connector itself, one after another, an integration is not started by its schedule any more.
pub const QUARANTINE: i64 = 3;

/// All that runs need, shared by workers, pages and the API.
pub struct Engine {
    /// The database.
    pub db: Db,
    /// The keys for secrets and details.
    pub keys: Keys,
    /// How the service was started.
    pub config: Config,
    /// What the operator has set for all tenants.
    pub settings: ServiceSettings,
    /// The connectors.
    pub connectors: Connectors,
    /// What is going on.
    pub live: Arc<LiveWork>,
    /// Tests and questions.
    pub probes: Probes,
    /// The audit log.
    pub audit: Audit,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// Ends everything.
    pub stop: CancellationToken,
    permits: WorkPermits,
    memory: Option<Arc<Semaphore>>,
    /// Where the directories of accounts are.
    storage: Storage,
    /// What hands out runs.
    pub queue: Arc<dyn Queue>,
    /// This process, among those that share the database.
    worker: String,
    at_work: AtomicU64,
    /// Runs that somebody has asked to stop, from any process.
    stops: broadcast::Sender<String>,
    /// Changes that other processes are to hear of.
    changes: relay::Outgoing,
    claiming: tokio::sync::Mutex<()>,
    /// Places for tests and questions: half of what the sandbox has.
    asking: Semaphore,
}

impl Engine {
    /// Puts the parts together. Nothing runs until [`Engine::run`].
    #[allow(clippy::too_many_arguments, reason = "the parts, each once")]
    #[must_use]
    pub fn new(
        db: Db,
        keys: Keys,
        config: Config,
        settings: ServiceSettings,
        connectors: Connectors,
        audit: Audit,
        queue: Arc<dyn Queue>,
        storage: Storage,
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            asking: Semaphore::new((connector_fleet::room(config.parallel) / 2).max(1)),
            permits: WorkPermits::of(config.parallel),
            memory: config.memory_mib.map(|mib| Arc::new(Semaphore::new(mib as usize))),
            live: Arc::new(LiveWork::new(stop.clone())),
            probes: Probes::default(),
            metrics: Arc::clone(&connectors.metrics),
            worker: ids::id().unwrap_or_else(|_| format!("process-{}", std::process::id())),
            at_work: AtomicU64::new(0),
            stops: broadcast::Sender::new(64),
            changes: relay::Outgoing::default(),
            queue,
            storage,
            claiming: tokio::sync::Mutex::default(),
            db,
            keys,
            config,
            settings,
            connectors,
            audit,
            stop,
        })
    }

    /// Where things are.
    #[must_use]
    pub fn files(&self) -> Files {
        self.config.files()
    }

    /// The URL of a page, from the path under the base.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        self.config.page(path)
    }

    /// Works, and plans what is due, until it is stopped; then what is being applied is finished.
    ///
    /// # Errors
    /// When the database fails at the start.
    pub async fn run(self: Arc<Self>) -> Result<(), DbError> {
        if !self.is_shared() {
            self.recover().await?;
        }
        let mut beside = JoinSet::new();
        beside.spawn(Arc::clone(&self).relay());
        beside.spawn(Arc::clone(&self).report());
        if self.config.schedules {
            beside.spawn(Arc::clone(&self).schedule());
        }
        if self.config.parallel > 0 {
            self.work().await;
        } else {
            self.stop.cancelled().await;
        }
        self.leave().await;
        beside.abort_all();
        Ok(())
    }

    /// Whether other processes may share the database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.db.is_shared()
    }

    /// What tells this process from the others.
    #[must_use]
    pub fn worker(&self) -> &str {
        &self.worker
    }

    /// How many runs this process has at work.
    #[must_use]
    pub fn at_work(&self) -> u64 {
        self.at_work.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Stops a run: one that waits is over at once, one that is at work stops at its next safe point. False if it is over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stop_run(&self, run: &Run) -> Result<bool, DbError> {
        let _claiming = self.claiming.lock().await;
        let is_stopping = if let Some(watched) = self.live.find(&run.id) {
            watched.stop();
            true
        } else {
            let ended = Ended { verdict: "stopped".to_owned(), counts: "{}".to_owned(), ..Ended::default() };
            self.db.end_waiting_run(run, &ended).await? || self.stop_elsewhere(run).await?
        };
        self.announce(&run.tenant, &run.id);
        Ok(is_stopping)
    }

    /// Stops what waits or is at work in these integrations.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stop_runs(&self, scope: &Scope, integration: Option<&str>) -> Result<(), DbError> {
        for run in self.db.last_runs(scope).await? {
            if run.state != RunState::Ended && integration.is_none_or(|id| id == run.integration) {
                self.stop_run(&run).await?;
            }
        }
        Ok(())
    }

    /// Queues a run of an integration; gives its ID, or that of the one that waits or is at work already, and whether it is new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn start(
        &self,
        integration: &Integration,
        kind: RunKind,
        cause: Cause,
        slot: Option<i64>,
    ) -> Result<(String, bool), DbError> {
        let new = NewRun { slot, ..new_run(integration, kind, cause) };
        let (run, is_new) = self.db.queue_run(new).await?;
        if is_new {
            self.offer(&job(integration, &run), Duration::ZERO).await;
        }
        self.announce(&integration.tenant, &run);
        Ok((run, is_new))
    }

    /// Approves the plan of a run of an integration, and queues the run that applies it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approve(
        &self,
        integration: &Integration,
        run: &Run,
        by: String,
        decision: Decision,
    ) -> Result<Approval, DbError> {
        let new = new_run(integration, RunKind::Apply, Cause::User(by));
        let approved = self.db.approve(NewRun { plan_of: Some(run.id.clone()), ..new }, &decision).await?;
        if let Approval::By(id) = &approved {
            self.offer(&job(integration, id), Duration::ZERO).await;
            self.announce(&integration.tenant, id);
            self.announce(&integration.tenant, &run.id);
        }
        Ok(approved)
    }

    /// The limits of a tenant: what the operator has set for it, under the platform's.
    ///
    /// # Errors
    /// When one is above the platform's.
    pub async fn limits(&self, tenant: &str) -> Result<Limits, Failure> {
        let stored = self.db.tenant(tenant).await.map_err(|error| service_failed(&error))?;
        let mut limits = Limits::default();
        let own: std::collections::BTreeMap<String, u64> =
            stored.and_then(|tenant| serde_json::from_str(&tenant.limits).ok()).unwrap_or_default();
        for (key, value) in own {
            limits.set(&key, value);
        }
        limits.under(&self.settings.limits).map_err(|error| Failure {
            code: crate::codes::LIMIT_REACHED.to_owned(),
            subject: None,
            message: error.to_string(),
            remedy: "Ask the platform's operator to correct the limits of your organisation.".to_owned(),
        })
    }
}

fn job(integration: &Integration, run: &str) -> Job {
    Job { run: run.to_owned(), tenant: integration.tenant.clone(), integration: integration.id.clone() }
}

fn new_run(integration: &Integration, kind: RunKind, cause: Cause) -> NewRun {
    NewRun {
        id: connector_sync::run::id(Timestamp::now()),
        tenant: integration.tenant.clone(),
        integration: integration.id.clone(),
        kind,
        cause,
        slot: None,
        plan_of: None,
    }
}

/// A fault of the service's own database.
#[must_use]
pub fn service_failed(error: &DbError) -> Failure {
    if error.is_away() {
        return Failure {
            code: crate::codes::DATABASE_AWAY.to_owned(),
            subject: None,
            message: format!("{error}."),
            remedy: "You need not do anything. If it goes on, tell the platform's operator.".to_owned(),
        };
    }
    Failure {
        code: crate::codes::SERVICE_FAILED.to_owned(),
        subject: None,
        message: format!("The service's own data cannot be used: {error}."),
        remedy: "Try again later; if it stays, tell the platform's operator.".to_owned(),
    }
}

impl Ended {
    /// A run that failed, of which nothing else is known.
    #[must_use]
    pub fn failed() -> Self {
        Self { verdict: "failed".to_owned(), counts: "{}".to_owned(), ..Self::default() }
    }

    /// A run that failed for one reason.
    #[must_use]
    pub fn because(failure: Failure) -> Self {
        Self { failures: vec![failure], ..Self::failed() }
    }
}
