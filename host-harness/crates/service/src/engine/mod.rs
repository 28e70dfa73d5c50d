//! What runs: the queue, the workers, the schedule.
//!
//! A run waits in the database and is claimed there, so that what was asked for outlives the process. One run of an integration is
//! at work at a time: the database's own index says so, and a second request gets the first one's ID.

mod directory;
mod execute;
mod privacy;
mod probe;
mod recover;
mod scheduler;
mod users;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use connector_fleet::steps::broken;
use connector_host::sandbox::Limits;
use connector_settings::file::ServiceSettings;
use connector_sync::run::Failure;
use connector_sync::work_permits::WorkPermits;
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::audit::Audit;
use crate::config::{Config, Files};
use crate::connectors::Connectors;
use crate::db::{Cause, Db, DbError, Ended, Integration, NewRun, Run, RunKind};
use crate::keys::Keys;
use crate::live::LiveWork;
use crate::metrics::Metrics;

pub use directory::DirectoryProblem;
pub use execute::secret_place;
pub use privacy::ForgetError;
pub use probe::{Answer, Probe, ProbeKind, ProbeState, Probes, Question, TestFinding};
pub use users::LinkError;

/// How many runs may have begun for each that works: most of them wait for their source.
const BEGUN_PER_PERMIT: usize = connector_fleet::STARTED_PER_PERMIT;
/// How long a worker sleeps when nothing waits and nobody wakes it.
const IDLE: Duration = Duration::from_secs(30);
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
    pub metrics: Metrics,
    /// Ends everything.
    pub stop: CancellationToken,
    permits: WorkPermits,
    memory: Option<Arc<Semaphore>>,
    wake: Notify,
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
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            permits: WorkPermits::of(config.parallel),
            memory: config.memory_mib.map(|mib| Arc::new(Semaphore::new(mib as usize))),
            live: Arc::new(LiveWork::new(stop.clone())),
            probes: Probes::default(),
            metrics: Metrics::default(),
            wake: Notify::new(),
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

    /// Works until it is stopped; then what is being applied is finished.
    ///
    /// # Errors
    /// When the database fails at the start.
    pub async fn run(self: Arc<Self>) -> Result<(), DbError> {
        self.recover().await?;
        let schedule = tokio::spawn(Arc::clone(&self).schedule());
        let mut runs = JoinSet::new();
        let room = Arc::new(Semaphore::new(self.config.parallel.max(1).saturating_mul(BEGUN_PER_PERMIT)));
        while let Some(Ok(place)) = self.stop.run_until_cancelled(Arc::clone(&room).acquire_owned()).await {
            while runs.try_join_next().is_some() {}
            match self.db.claim_run().await {
                Ok(Some(run)) => {
                    let engine = Arc::clone(&self);
                    runs.spawn(async move {
                        engine.supervise(run).await;
                        drop(place);
                    });
                }
                Ok(None) => {
                    drop(place);
                    let _ = self.stop.run_until_cancelled(tokio::time::timeout(IDLE, self.wake.notified())).await;
                }
                Err(error) => {
                    tracing::error!("the queue cannot be read: {error}");
                    let _ = self.stop.run_until_cancelled(tokio::time::sleep(Duration::from_secs(1))).await;
                }
            }
        }
        while runs.join_next().await.is_some() {}
        schedule.abort();
        Ok(())
    }

    /// Brings a run to its end, whatever happens in it: a panic is that run's failure.
    async fn supervise(self: Arc<Self>, run: Run) {
        let engine = Arc::clone(&self);
        let (id, tenant) = (run.id.clone(), run.tenant.clone());
        let begun = std::time::Instant::now();
        let ended = tokio::spawn(async move { engine.execute(run).await }).await;
        let ended = ended.unwrap_or_else(|_| Ended { failures: vec![broken()], ..Ended::failed() });
        self.metrics.run_ended(&ended.verdict, begun.elapsed(), ended.employees);
        let mut wait = Duration::from_millis(200);
        // A disk that is full now may not be in a minute, and a run that is not ended holds its integration.
        let mut ended = Some(ended);
        while let Some(end) = ended.take() {
            let lighter = Ended {
                detail: None,
                verdict: end.verdict.clone(),
                failures: end.failures.clone(),
                ..Ended::default()
            };
            match self.db.end_run(&id, end).await {
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(run = id, "the end of a run cannot be written: {error}");
                    if self.stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
                        wait = (wait * 2).min(Duration::from_secs(30));
                        ended = Some(lighter);
                    }
                }
            }
        }
        self.live.announce(&tenant, &id);
        self.wake.notify_one();
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
        plan_of: Option<String>,
    ) -> Result<(String, bool), DbError> {
        let new = NewRun {
            id: connector_sync::run::id(Timestamp::now()),
            tenant: integration.tenant.clone(),
            integration: integration.id.clone(),
            kind,
            cause,
            slot,
            plan_of,
        };
        let started = self.db.queue_run(new).await?;
        self.live.announce(&integration.tenant, &started.0);
        self.wake.notify_one();
        Ok(started)
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

    /// An integration's directory of accounts.
    #[must_use]
    pub fn directory_file(&self, integration: &Integration) -> PathBuf {
        self.files().directory(&integration.tenant, &integration.id)
    }
}

/// A fault of the service's own database.
#[must_use]
pub fn service_failed(error: &DbError) -> Failure {
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
