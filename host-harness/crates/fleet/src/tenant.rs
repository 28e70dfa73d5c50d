//! One tenant of a fleet, from its folder to its mails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::folder::{Elsewhere, TenantFolder};
use super::steps::{NoRead, TenantSource, deliver, failure};
use super::{Files, Fleet, RunStats, Source, TenantOutcome, TenantVerdict};
use connector_cassette::cassette::CassetteError;
use connector_cassette::replay::Replay;
use connector_host::http::{Transport, Vault};
use connector_host::sandbox::{AboveCeiling, Limits};
use connector_mail::TenantMails;
use connector_settings::Settings;
use connector_settings::file::{SettingsError, SettingsFile};
use connector_store::lock::{DirectoryLock, LockError};
use connector_store::sqlite::SqliteDirectory;
use connector_sync::TokioSleeper;
use connector_sync::codes;
use connector_sync::directory::{Directory, DirectoryError};
use connector_sync::progress::Progress;
use connector_sync::run::{Failure, Outcome, RunReport};
use connector_sync::tenant_builder::StartError;
use connector_sync::work_permits::{WorkPermits, blocking};
use connector_sync::{self as sync, Options};

/// What all tenants share.
pub(super) struct Workers {
    /// Who may hold memory now.
    pub memory: Memory,
    /// Who may work now.
    pub permits: WorkPermits,
    /// What is synced and how.
    pub fleet: Fleet,
    /// When to stop.
    pub stop: CancellationToken,
}

/// What tenants may hold together.
pub(super) struct Memory {
    places: Option<Arc<Semaphore>>,
    mib: u32,
}

impl Memory {
    /// So many MiB, or no bound.
    pub fn of(mib: Option<u32>) -> Self {
        let places = mib.map(|mib| Arc::new(Semaphore::new(mib as usize)));
        Self { places, mib: mib.unwrap_or(u32::MAX) }
    }

    /// Waits until there is room for a tenant of these limits. One that could never fit waits until it is alone: it is
    /// slower then, and not refused.
    async fn take(&self, limits: &Limits) -> Option<OwnedSemaphorePermit> {
        let wanted = u32::try_from(limits.memory_mib.saturating_add(limits.read_mib)).unwrap_or(u32::MAX);
        let places = Arc::clone(self.places.as_ref()?);
        places.acquire_many_owned(wanted.min(self.mib)).await.ok()
    }
}

/// Why a tenant came to no run.
#[derive(Debug, thiserror::Error)]
enum NoRun {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Elsewhere(#[from] Elsewhere),
    #[error(transparent)]
    Limits(#[from] AboveCeiling),
    #[error(transparent)]
    Recording(#[from] CassetteError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("")]
    Stopped,
}

/// Syncs one tenant. Whatever goes wrong is in the answer.
pub(super) async fn sync(workers: &Workers, tenant: TenantFolder, progress: &dyn Progress) -> TenantOutcome {
    let begun = Instant::now();
    let name = tenant.name.clone();
    let (verdict, run, failures) = match Box::pin(attempt(workers, &tenant, progress)).await {
        Ok((report, mails, mail_failure)) => {
            let failures = report.problems().into_iter().chain(mail_failure).collect();
            (TenantVerdict::Ran(report.verdict), Some(figures(&report, mails)), failures)
        }
        Err(why) => {
            let (verdict, failures) = explain(&why);
            (verdict, None, failures)
        }
    };
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    TenantOutcome { tenant: name, verdict, run, failures, milliseconds }
}

/// The run, how many mails went out, and what kept the others in.
type Finished = (RunReport, u64, Option<Failure>);

async fn attempt(workers: &Workers, tenant: &TenantFolder, progress: &dyn Progress) -> Result<Finished, NoRun> {
    let (started, begun) = (Timestamp::now(), Instant::now());
    let files = &tenant.files;
    blocking(|| tenant.check())?;
    let mut settings = blocking(|| {
        SettingsFile::open_for_tenant(&files.settings, &tenant.name)?
            .settings_for(workers.fleet.connector.description())
    })?;
    settings.limits = settings.limits.under(workers.fleet.connector.host_limits())?;
    let memory = workers.memory.take(&settings.limits);
    let memory = workers.stop.run_until_cancelled(memory).await.ok_or(NoRun::Stopped)?;
    let dry_run = workers.fleet.dry_run;
    let mut directory = blocking(|| open(files, dry_run))?;
    let lock = if dry_run { None } else { Some(DirectoryLock::take(&files.directory)?) };
    let reading = Box::pin(read(workers, &settings, files, &mut directory, started, progress));
    let report = workers.stop.run_until_cancelled(reading).await.ok_or(NoRun::Stopped)??;
    // From here on the tenant is brought to its end, stop or not.
    let permit = workers.stop.run_until_cancelled(workers.permits.take()).await.ok_or(NoRun::Stopped)?;
    let approve = workers.fleet.approve.iter().find(|hash| report.plan_hash.as_ref() == Some(hash)).cloned();
    let options = Options { dry_run, approve };
    let mails = TenantMails::new(&settings);
    let report = sync::finish(report, &mut directory, &mails, &options, progress).await?;
    drop(permit);
    // Delivering may take long, and nobody else has to wait for it.
    drop((lock, memory));
    if dry_run {
        return Ok((report, 0, None));
    }
    let cut = async {
        tokio::select! {
            () = tokio::time::sleep_until((begun + settings.limits.sync_time()).into()) => {}
            () = async { workers.stop.cancelled().await; tokio::time::sleep(AFTER_STOP).await } => {}
        }
    };
    let allowed = &workers.fleet.allow_smtp;
    let (mails, failure) =
        deliver(&settings, &mut directory, Some(&files.directory), &files.outbox, allowed, cut).await;
    Ok((report, mails, failure))
}

fn open(files: &Files, dry_run: bool) -> Result<SqliteDirectory, DirectoryError> {
    if dry_run { SqliteDirectory::open_for_dry_run(&files.directory) } else { SqliteDirectory::open(&files.directory) }
}

async fn read(
    workers: &Workers,
    settings: &Settings,
    files: &Files,
    directory: &mut dyn Directory,
    started: Timestamp,
    progress: &dyn Progress,
) -> Result<RunReport, NoRun> {
    let fleet = &workers.fleet;
    let transport: Arc<dyn Transport> = match &fleet.source {
        Source::Recordings => Arc::new(blocking(|| Replay::open(&files.exchanges))?),
        Source::Shared(transport) => Arc::clone(transport),
    };
    let source = TenantSource {
        connector: &fleet.connector,
        policy: fleet.policy.clone(),
        transport,
        vault: Vault::new(),
        settings,
        progress,
        sleeper: &TokioSleeper,
        permits: &workers.permits,
        usage: None,
    };
    source.read(directory, started).await.map_err(|error| match error {
        NoRead::Start(error) => error.into(),
        NoRead::Directory(error) => error.into(),
    })
}

fn figures(report: &RunReport, mails: u64) -> RunStats {
    RunStats {
        run: report.run.clone(),
        plan_hash: report.plan_hash.clone(),
        complete: report.read.complete,
        counts: report.plan.as_ref().map(|plan| plan.counts.clone()),
        applied: report.outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count() as u64,
        mails,
    }
}

fn explain(why: &NoRun) -> (TenantVerdict, Vec<Failure>) {
    let (code, remedy) = match why {
        NoRun::Stopped => return (TenantVerdict::Stopped, Vec::new()),
        NoRun::Lock(LockError::Held { .. }) => {
            let failure = failure(
                codes::DIRECTORY_BUSY,
                why.to_string(),
                "You need not do anything: the other run syncs this tenant.",
            );
            return (TenantVerdict::Busy, vec![failure]);
        }
        NoRun::Elsewhere(_) => (codes::SETTING_INVALID, "Replace the link with the file itself."),
        NoRun::Settings(_) | NoRun::Start(_) => (codes::SETTING_INVALID, "Correct the tenant's settings.toml."),
        NoRun::Limits(_) => (
            codes::SETTING_INVALID,
            "Lower the limit in the tenant's settings.toml, or ask the platform's operator to raise the platform's limit.",
        ),
        NoRun::Recording(_) => {
            (codes::RECORDING_UNUSABLE, "Repair the tenant's folder `exchanges`, record it again, or sync live.")
        }
        NoRun::Directory(_) | NoRun::Lock(_) => {
            (codes::DIRECTORY_FAILED, "Repair or restore the tenant's directory.db.")
        }
    };
    (TenantVerdict::Unusable, vec![failure(code, why.to_string(), remedy)])
}

/// How long mails go on being delivered after a stop: long enough for a mail that is on its way, and no longer.
const AFTER_STOP: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::super::steps::caught;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn tenants_wait_for_memory_and_none_is_refused() {
        let limits = |mib| Limits::default().memory_mib(mib).read_mib(0);
        let memory = Memory::of(Some(100));
        let first = memory.take(&limits(60)).await;
        let waits = timeout(Duration::from_secs(1), memory.take(&limits(60))).await;
        assert!(first.is_some() && waits.is_err());
        let beside = memory.take(&limits(40)).await;
        assert!(beside.is_some());
        drop((first, beside));
        // More than there is: it waits until it is alone.
        assert!(memory.take(&limits(1_000)).await.is_some());
        assert!(Memory::of(None).take(&limits(u64::MAX)).await.is_none(), "no bound, no permit");
    }

    #[tokio::test]
    async fn a_panic_is_caught_wherever_the_work_is() {
        assert_eq!(caught(async { 7 }).await, Some(7));
        let late = caught(async {
            tokio::task::yield_now().await;
            let none: Option<u8> = std::hint::black_box(None);
            #[allow(clippy::unwrap_used, reason = "it is to panic")]
            none.unwrap()
        });
        assert_eq!(late.await, None);
    }
}
