//! One tenant of a fleet, from its folder to its mails.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::folder::TenantFolder;
use super::{Files, Fleet, RunStats, Source, TenantOutcome, TenantVerdict};
use connector_cassette::cassette::CassetteError;
use connector_cassette::replay::Replay;
use connector_host::http::Transport;
use connector_host::sandbox::AboveCeiling;
use connector_mail::{TenantMails, deliver};
use connector_settings::Settings;
use connector_settings::file::SettingsError;
use connector_store::lock::{DirectoryLock, LockError};
use connector_store::sqlite::SqliteDirectory;
use connector_sync::codes;
use connector_sync::directory::{Directory, DirectoryError};
use connector_sync::progress::Progress;
use connector_sync::run::{Failure, Outcome, RunReport};
use connector_sync::sleeper::TokioSleeper;
use connector_sync::tenant_builder::{StartError, TenantBuilder};
use connector_sync::work_permits::{WorkPermits, blocking};
use connector_sync::{self as sync, Options, SyncContext};

/// What all tenants share.
pub(super) struct Workers {
    /// Who may work now.
    pub permits: WorkPermits,
    /// What is synced and how.
    pub fleet: Fleet,
    /// When to stop.
    pub stop: CancellationToken,
}

/// Why a tenant came to no run.
#[derive(Debug, thiserror::Error)]
enum NoRun {
    #[error(transparent)]
    Settings(#[from] SettingsError),
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
    let TenantFolder { name, settings, files } = tenant;
    let (verdict, run, failures) = match attempt(workers, settings, &files, progress).await {
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

async fn attempt(
    workers: &Workers,
    settings: Result<Settings, SettingsError>,
    files: &Files,
    progress: &dyn Progress,
) -> Result<Finished, NoRun> {
    let started = Timestamp::now();
    let mut settings = settings?;
    settings.limits = settings.limits.under(workers.fleet.connector.host_limits())?;
    let dry_run = workers.fleet.dry_run;
    let mut directory = blocking(|| open(files, dry_run))?;
    // Held until the mails are out: two runs must not deliver one queue.
    let _lock = if dry_run { None } else { Some(DirectoryLock::take(&files.directory)?) };
    let reading = prepare(workers, &settings, files, &mut directory, started, progress);
    let report = workers.stop.run_until_cancelled(reading).await.ok_or(NoRun::Stopped)??;
    // From here on the tenant is brought to its end, stop or not.
    let permit = workers.stop.run_until_cancelled(workers.permits.take()).await.ok_or(NoRun::Stopped)?;
    let approve = workers.fleet.approve.iter().find(|hash| report.plan_hash.as_ref() == Some(hash)).cloned();
    let options = Options { dry_run, approve };
    let mails = TenantMails::new(&settings);
    let report = sync::finish(report, &mut directory, &mails, &options, progress).await?;
    drop(permit);
    if dry_run {
        return Ok((report, 0, None));
    }
    let (mails, failure) = mail(&settings, files, &mut directory).await;
    Ok((report, mails, failure))
}

fn open(files: &Files, dry_run: bool) -> Result<SqliteDirectory, DirectoryError> {
    if dry_run { SqliteDirectory::open_for_dry_run(&files.directory) } else { SqliteDirectory::open(&files.directory) }
}

/// Reads and plans. The instance is gone when this is done: applying needs none.
async fn prepare(
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
    let builder = TenantBuilder::new(&fleet.connector, fleet.policy.clone(), transport);
    let (mut tenant, secret) = match builder.start(settings).await {
        // The tenant's admin is to hear of it, so it is a run that failed.
        Err(StartError::Guest(error)) => return Ok(sync::failed(settings, vec![(&error).into()], started)),
        started => started?,
    };
    let context = SyncContext { tenant: &mut tenant, secret, settings, progress, sleeper: &TokioSleeper };
    Ok(sync::prepare_with_permits(context, directory, started, &workers.permits).await?)
}

/// Delivers what is queued; what could not be delivered stays queued.
async fn mail(settings: &Settings, files: &Files, directory: &mut SqliteDirectory) -> (u64, Option<Failure>) {
    let sent = match deliver::delivery(settings, &files.outbox) {
        Ok(delivery) => deliver::flush(directory, &*delivery).await,
        Err(error) => Err(error),
    };
    match sent {
        Ok(mails) => (mails as u64, None),
        Err(error) => {
            let remedy = "The sync stays applied; the next run tries the mails again.";
            (0, Some(failure(codes::MAIL_FAILED, error.to_string(), remedy)))
        }
    }
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
        NoRun::Settings(_) | NoRun::Start(_) => (codes::SETTING_INVALID, "Correct the tenant's settings.toml."),
        NoRun::Limits(_) => {
            (codes::SETTING_INVALID, "Lower it in the tenant's settings.toml, or ask the platform to raise its own.")
        }
        NoRun::Recording(_) => {
            (codes::RECORDING_UNUSABLE, "Repair or record again the tenant's folder exchanges, or sync it live.")
        }
        NoRun::Directory(_) | NoRun::Lock(_) => {
            (codes::DIRECTORY_FAILED, "Repair or restore the tenant's directory.db.")
        }
    };
    (TenantVerdict::Unusable, vec![failure(code, why.to_string(), remedy)])
}

/// A failure without a subject.
pub(super) fn failure(code: &str, message: String, remedy: &str) -> Failure {
    Failure { code: code.to_owned(), subject: None, message, remedy: remedy.to_owned() }
}
