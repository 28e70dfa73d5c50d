//! One tenant of a fleet, from its folder to its mails.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::folder::Member;
use super::stop::Stop;
use super::{Ended, Files, Fleet, Ran, Source, Verdict};
use crate::codes;
use crate::directory::lock::{DirectoryLock, LockError};
use crate::directory::sqlite::SqliteDirectory;
use crate::directory::{Directory, DirectoryError};
use crate::http::Transport;
use crate::http::cassette::CassetteError;
use crate::http::replay::Replay;
use crate::mail::deliver;
use crate::run::{Failure, Outcome, RunReport};
use crate::sandbox::AboveCeiling;
use crate::settings::Settings;
use crate::settings::file::SettingsError;
use crate::sync::progress::Progress;
use crate::sync::turns::{Turns, blocking};
use crate::sync::wait::RealTime;
use crate::sync::{self, Job, Options};
use crate::wiring::{self, Wired, WiringError};

/// What all tenants share.
pub(super) struct Crew {
    /// Who may work now.
    pub turns: Turns,
    /// What is synced and how.
    pub fleet: Fleet,
    /// When to stop.
    pub stop: Stop,
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
    Wiring(#[from] WiringError),
    #[error("")]
    Stopped,
}

/// Syncs one tenant. Whatever goes wrong is in the answer.
pub(super) async fn sync(crew: &Crew, member: Member, progress: &dyn Progress) -> Ended {
    let begun = Instant::now();
    let Member { name, settings, files } = member;
    let (verdict, run, failures) = match attempt(crew, settings, &files, progress).await {
        Ok((report, mails, mail_failure)) => {
            let failures = report.problems().into_iter().chain(mail_failure).collect();
            (Verdict::Ran(report.verdict), Some(figures(&report, mails)), failures)
        }
        Err(why) => {
            let (verdict, failures) = explain(&why);
            (verdict, None, failures)
        }
    };
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ended { tenant: name, verdict, run, failures, milliseconds }
}

/// The run, how many mails went out, and what kept the others in.
type Finished = (RunReport, u64, Option<Failure>);

async fn attempt(
    crew: &Crew,
    settings: Result<Settings, SettingsError>,
    files: &Files,
    progress: &dyn Progress,
) -> Result<Finished, NoRun> {
    let started = Timestamp::now();
    let mut settings = settings?;
    settings.limits = settings.limits.under(crew.fleet.connector.host_limits())?;
    let dry_run = crew.fleet.dry_run;
    let mut directory = blocking(|| open(files, dry_run))?;
    // Held until the mails are out: two runs must not deliver one queue.
    let _lock = if dry_run { None } else { Some(DirectoryLock::take(&files.directory)?) };
    let reading = prepare(crew, &settings, files, &mut directory, started, progress);
    let report = crew.stop.or(reading).await.ok_or(NoRun::Stopped)??;
    // From here on the tenant is brought to its end, stop or not.
    let turn = crew.stop.or(crew.turns.take()).await.ok_or(NoRun::Stopped)?;
    let approve = crew.fleet.approve.iter().find(|hash| report.plan_hash.as_ref() == Some(hash)).cloned();
    let options = Options { dry_run, approve };
    let report = blocking(|| sync::finish(report, &settings, &mut directory, &options, progress))?;
    drop(turn);
    if dry_run {
        return Ok((report, 0, None));
    }
    let (mails, failure) = mail(&settings, files, &mut directory);
    Ok((report, mails, failure))
}

fn open(files: &Files, dry_run: bool) -> Result<SqliteDirectory, DirectoryError> {
    if dry_run { SqliteDirectory::open_for_dry_run(&files.directory) } else { SqliteDirectory::open(&files.directory) }
}

/// Reads and plans. The instance is gone when this is done: applying needs none.
async fn prepare(
    crew: &Crew,
    settings: &Settings,
    files: &Files,
    directory: &mut dyn Directory,
    started: Timestamp,
    progress: &dyn Progress,
) -> Result<RunReport, NoRun> {
    let fleet = &crew.fleet;
    let transport: Arc<dyn Transport> = match &fleet.source {
        Source::Recordings => Arc::new(blocking(|| Replay::open(&files.exchanges))?),
        Source::Shared(transport) => Arc::clone(transport),
    };
    let Wired { mut tenant, secret } =
        match wiring::wire(&fleet.connector, settings, fleet.policy.clone(), transport).await {
            // The tenant's admin is to hear of it, so it is a run that failed.
            Err(WiringError::Verdict(verdict)) => return Ok(sync::failed(settings, vec![(&verdict).into()], started)),
            wired => wired?,
        };
    let job = Job { tenant: &mut tenant, secret, settings, progress, wait: &RealTime };
    Ok(sync::prepare_in_turn(job, directory, started, &crew.turns).await?)
}

/// Delivers what is queued; what could not be delivered stays queued.
fn mail(settings: &Settings, files: &Files, directory: &mut SqliteDirectory) -> (u64, Option<Failure>) {
    let sent = blocking(|| {
        let delivery = deliver::delivery(settings, &files.outbox)?;
        tokio::runtime::Handle::current().block_on(deliver::flush(directory, &*delivery))
    });
    match sent {
        Ok(mails) => (mails as u64, None),
        Err(error) => {
            let remedy = "What was synced is kept; the next run tries the mails again.";
            (0, Some(failure(codes::MAIL_FAILED, error.to_string(), remedy)))
        }
    }
}

fn figures(report: &RunReport, mails: u64) -> Ran {
    Ran {
        run: report.run.clone(),
        plan_hash: report.plan_hash.clone(),
        complete: report.read.complete,
        counts: report.plan.as_ref().map(|plan| plan.counts.clone()),
        applied: report.outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count() as u64,
        mails,
    }
}

fn explain(why: &NoRun) -> (Verdict, Vec<Failure>) {
    let (code, remedy) = match why {
        NoRun::Stopped => return (Verdict::Stopped, Vec::new()),
        NoRun::Lock(LockError::Held { .. }) => {
            let failure = failure(codes::DIRECTORY_BUSY, why.to_string(), "Nothing; the other run syncs this tenant.");
            return (Verdict::Busy, vec![failure]);
        }
        NoRun::Settings(_) | NoRun::Wiring(_) => (codes::SETTING_INVALID, "Mend the tenant's settings.toml."),
        NoRun::Limits(_) => {
            (codes::SETTING_INVALID, "Lower it in the tenant's settings.toml, or have the platform raise its limits.")
        }
        NoRun::Recording(_) => (codes::RECORDING_UNUSABLE, "Mend the tenant's folder exchanges, or sync it live."),
        NoRun::Directory(_) | NoRun::Lock(_) => (codes::DIRECTORY_FAILED, "Mend the tenant's directory.db."),
    };
    (Verdict::Unusable, vec![failure(code, why.to_string(), remedy)])
}

/// A failure without a subject.
pub(super) fn failure(code: &str, message: String, remedy: &str) -> Failure {
    Failure { code: code.to_owned(), subject: None, message, remedy: remedy.to_owned() }
}
