//! Many tenants, one host: every tenant in a folder is synced, and none holds back another.
//!
//! Four bounds limit a fleet, each for a different cost:
//!
//! | what | bound | why |
//! |---|---|---|
//! | permits | [`Fleet::parallel`]; one that lasts is lent ([`WorkPermits`]) | work (mapping, planning, applying) costs processor and disk |
//! | tenants begun | [`STARTED_PER_PERMIT`] for each permit | an instance and its people cost memory, also while they wait |
//! | memory | [`Fleet::memory_mib`] | what all tenants' limits grant together can be more than the machine has |
//! | a tenant's own | its settings' `[limits]`, the host's at most | a tenant that spins or floods is cut, and none gives itself more than the platform grants |
//!
//! A tenant that waits for its source has no permit, and a guest that computes gives way to the others every few
//! milliseconds and lends its permit after a second, so a slow tenant costs the others no more than its share of a
//! processor. A runtime of the platform's own should look at its timers and sockets often, as the command line's does: see
//! [`connector_host::sandbox`]. Each tenant is a task of its own, and what goes wrong in one is that one's verdict. Tenants
//! begin in the order of their names.
//!
//! Rejected: a process for each tenant (start and memory), and one semaphore for all (a handful of slow sources would then
//! stop everybody).

#![forbid(unsafe_code)]

pub mod folder;
pub mod report;
mod schedule;
pub mod steps;
mod tenant;

use std::path::PathBuf;
use std::sync::Arc;

use connector_host::contract::Counts;
use connector_host::http::{EgressPolicy, Transport};
use connector_host::sandbox::Connector;
use connector_sync::codes;
use connector_sync::progress::Progress;
use connector_sync::run::{Failure, RunVerdict};
use connector_sync::work_permits::WorkPermits;

use folder::TenantFolder;
use schedule::TaskResult;
use tokio_util::sync::CancellationToken;

/// How many tenants may have begun for each permit there is: most of them wait for their source.
pub const STARTED_PER_PERMIT: usize = 16;

/// What answers the tenants' requests.
#[derive(Clone)]
pub enum Source {
    /// The cassette in each tenant's own folder.
    Recordings,
    /// One transport for all, from which each tenant's gateway takes its own
    /// ([`Transport::for_tenant`]): the network.
    Shared(Arc<dyn Transport>),
}

/// A host's tenants, and how they are synced.
pub struct Fleet {
    /// The component, prepared once.
    pub connector: Connector,
    /// What it may reach.
    pub policy: EgressPolicy,
    /// What answers.
    pub source: Source,
    /// How many tenants work at once; at least one.
    pub parallel: usize,
    /// Write nothing and send nothing (rule S22).
    pub dry_run: bool,
    /// How much memory tenants may hold together, in MiB, by what their limits `memory-mib` and `read-mib` grant them; those
    /// for whom there is no room yet wait. None sets no bound.
    pub memory_mib: Option<u32>,
    /// Mail servers that tenants' mails may go to although their addresses are private, by name.
    pub allow_smtp: Vec<String>,
    /// The hashes of the plans that a person has approved (rule S19), whichever tenants' they are.
    pub approve: Vec<String>,
}

/// How one tenant's sync ended.
#[derive(Debug, Clone, PartialEq)]
pub struct TenantOutcome {
    /// The tenant's folder, by its name.
    pub tenant: String,
    /// How.
    pub verdict: TenantVerdict,
    /// What was done, if it came to a run.
    pub run: Option<RunStats>,
    /// What a person has to correct; also of a run that was done and whose mails are not out.
    pub failures: Vec<Failure>,
    /// From its begin to its end.
    pub milliseconds: u64,
}

/// A tenant's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantVerdict {
    /// It came to a run.
    Ran(RunVerdict),
    /// It came to none: settings, recording or directory cannot be used.
    Unusable,
    /// Another run holds its directory.
    Busy,
    /// The fleet was stopped before anything was written for it.
    Stopped,
}

impl TenantVerdict {
    /// The word in JSON and in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ran(verdict) => verdict.as_str(),
            Self::Unusable => "unusable",
            Self::Busy => "busy",
            Self::Stopped => "stopped",
        }
    }
}

/// A run in figures: a fleet's report names no person.
#[derive(Debug, Clone, PartialEq)]
pub struct RunStats {
    /// The run's name, as in the directory's log of runs.
    pub run: String,
    /// What an approval names (rule S19).
    pub plan_hash: Option<String>,
    /// Whether the read was complete (rule S17).
    pub complete: bool,
    /// Everybody, counted once (rule S23); none without a plan.
    pub counts: Option<Counts>,
    /// Actions that were applied.
    pub applied: u64,
    /// Mails that went out.
    pub mails: u64,
}

impl TenantOutcome {
    /// True if somebody has to correct something, or start again. What a held plan waits for is no failure; that nobody got
    /// the mail about it is.
    #[must_use]
    pub fn failed(&self) -> bool {
        let unmailed = self.failures.iter().any(|failure| failure.code == codes::MAIL_FAILED);
        unmailed || !self.held() && (!self.failures.is_empty() || !matches!(self.verdict, TenantVerdict::Ran(_)))
    }

    /// True if a person has to decide.
    #[must_use]
    pub const fn held(&self) -> bool {
        matches!(self.verdict, TenantVerdict::Ran(RunVerdict::NeedsApproval | RunVerdict::Blocked))
    }
}

/// Who watches a fleet.
pub trait Watcher: Send + Sync {
    /// A tenant begins; the answer watches its run.
    fn begun(&self, tenant: &str) -> Box<dyn Progress>;
    /// A tenant's sync is over.
    fn ended(&self, ended: &TenantOutcome);
}

/// How many tenants of a fleet may have begun at once: what a host needs room for.
#[must_use]
pub const fn room(parallel: usize) -> usize {
    let permits = if parallel == 0 { 1 } else { parallel };
    permits.saturating_mul(STARTED_PER_PERMIT)
}

/// Syncs every tenant; one result for each, in the order given.
///
/// After `stop`, what is being applied is finished with its mails, and nothing else is begun or gone on with.
pub async fn run(
    fleet: Fleet,
    tenants: Vec<TenantFolder>,
    watcher: Arc<dyn Watcher>,
    stop: &CancellationToken,
) -> Vec<TenantOutcome> {
    let names: Vec<String> = tenants.iter().map(|tenant| tenant.name.clone()).collect();
    let room = room(fleet.parallel);
    let memory = tenant::Memory::of(fleet.memory_mib);
    let workers =
        Arc::new(tenant::Workers { memory, permits: WorkPermits::of(fleet.parallel), fleet, stop: stop.clone() });
    let results = schedule::all(tenants, room, stop, |tenant| {
        let (workers, watcher) = (Arc::clone(&workers), Arc::clone(&watcher));
        async move {
            let progress = watcher.begun(&tenant.name);
            let ended = Box::pin(tenant::sync(&workers, tenant, &*progress)).await;
            drop(progress);
            watcher.ended(&ended);
            ended
        }
    })
    .await;
    names.into_iter().zip(results).map(|(name, result)| ended(name, result)).collect()
}

fn ended(tenant: String, result: TaskResult<TenantOutcome>) -> TenantOutcome {
    let (verdict, failures) = match result {
        TaskResult::Done(ended) => return ended,
        TaskResult::NotStarted => (TenantVerdict::Stopped, Vec::new()),
        TaskResult::Panicked => (TenantVerdict::Unusable, vec![steps::broken()]),
    };
    TenantOutcome { tenant, verdict, run: None, failures, milliseconds: 0 }
}

/// A tenant's files, all in its folder.
pub(crate) struct Files {
    /// Its settings.
    pub settings: PathBuf,
    /// Its accounts, a database file.
    pub directory: PathBuf,
    /// Where mails become files.
    pub outbox: PathBuf,
    /// Its cassette.
    pub exchanges: PathBuf,
}
