//! The driver: configure → pages → map → plan → apply → mail, for one tenant.
//!
//! It owns the order of things, the waiting, and the decision whether a plan is applied; the connector decides what is
//! planned, the directory how it is written. [`prepare`] reads and plans and writes nothing; [`finish`] decides, applies
//! and files the run in one transaction. They are two functions so that a plan can be saved in between.

pub mod approval;
pub mod failure;
pub mod hash;
mod mails;
pub mod progress;
mod read;
pub mod retry;
pub mod turns;
pub mod wait;

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;

use crate::contract::{self, Reading, SourceRead, SourceRecord};
use crate::directory::{Directory, DirectoryError};
use crate::http::SecretHandle;
use crate::run::{Failure, RunReport, RunVerdict};
use crate::sandbox::Tenant;
use crate::settings::Settings;
use progress::{Phase, Progress};
use turns::{Turns, blocking};
use wait::Wait;

/// One tenant's sync: the instance, its credential, its form, and who watches.
pub struct Job<'a> {
    /// The instance.
    pub tenant: &'a mut Tenant,
    /// The credential's secret, from the tenant's vault.
    pub secret: SecretHandle,
    /// The form.
    pub settings: &'a Settings,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// How time passes between two tries: [`wait::RealTime`], except in tests.
    pub wait: &'a dyn Wait,
}

/// What the caller wants of a run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Write nothing and send nothing (rule S22).
    pub dry_run: bool,
    /// The hash of the one plan that a person has approved (rule S19).
    pub approve: Option<String>,
}

/// Syncs one tenant. Mails are queued, not yet delivered: see [`crate::mail::deliver`].
///
/// # Errors
/// Only when the directory itself fails; nothing was written then. Everything else is told in the report.
pub async fn sync(
    job: Job<'_>,
    directory: &mut dyn Directory,
    options: &Options,
    started: Timestamp,
) -> Result<RunReport, DirectoryError> {
    let settings = job.settings;
    let progress = job.progress;
    let report = prepare(job, directory, started).await?;
    blocking(|| finish(report, settings, directory, options, progress))
}

/// Reads the source and plans. Nothing is written.
///
/// # Errors
/// When the directory cannot be read.
pub async fn prepare(
    job: Job<'_>,
    directory: &mut dyn Directory,
    started: Timestamp,
) -> Result<RunReport, DirectoryError> {
    prepare_in_turn(job, directory, started, &Turns::UNLIMITED).await
}

/// [`prepare`] beside other tenants: each step that is more than waiting takes a turn.
///
/// # Errors
/// When the directory cannot be read.
pub async fn prepare_in_turn(
    mut job: Job<'_>,
    directory: &mut dyn Directory,
    started: Timestamp,
    turns: &Turns,
) -> Result<RunReport, DirectoryError> {
    let mut report = RunReport::blank(&job.settings.name, started);
    let mut clock = Clock::default();
    let read = read::everything(&mut job, &mut clock, turns).await;
    let (source, summary) = match read {
        Ok(read) => read,
        Err(failed) => {
            report.read = failed.summary;
            report.failures = failed.failures;
            report.timings_ms = clock.timings;
            return Ok(report);
        }
    };
    report.read = summary;
    job.progress.phase(Phase::Plan);
    turns.during(plan(job.tenant, directory, &source, &mut report)).await?;
    clock.lap("plan");
    report.timings_ms = clock.timings;
    Ok(report)
}

/// Plans, and takes the plan into the report.
async fn plan(
    tenant: &mut Tenant,
    directory: &mut dyn Directory,
    source: &SourceRead,
    report: &mut RunReport,
) -> Result<(), DirectoryError> {
    let target = blocking(|| directory.snapshot())?;
    match tenant.plan_actions(source, &target).await {
        Ok(plan) => {
            report.names = names(source, &target);
            let hash = hash::of(&plan);
            report.take_plan(plan, hash);
        }
        Err(error) => report.failures = failure::of_call(error),
    }
    Ok(())
}

/// Decides about a prepared run, applies its plan if it may be applied, and files the run with its mails: one
/// transaction. A dry run files nothing.
///
/// # Errors
/// When the directory fails; nothing was written then.
pub fn finish(
    mut report: RunReport,
    settings: &Settings,
    directory: &mut dyn Directory,
    options: &Options,
    progress: &dyn Progress,
) -> Result<RunReport, DirectoryError> {
    report.dry_run = options.dry_run;
    let approved = approval::judge(&mut report, options.approve.as_deref(), directory)?;
    if options.dry_run {
        return Ok(report);
    }
    if approved {
        progress.phase(Phase::Apply);
    }
    let clock = Instant::now();
    let identity = directory.id()?;
    let mut changes = directory.begin()?;
    if approved && let Some(plan) = &report.plan {
        report.outcomes = mails::apply(&mut *changes, &plan.actions, settings)?;
        report.verdict = RunVerdict::Done;
    }
    report.timings_ms.insert("apply", millis(clock));
    changes.record(&report)?;
    mails::queue(&mut *changes, &report, settings, identity.as_deref())?;
    changes.commit()?;
    progress.phase(Phase::Done);
    Ok(report)
}

/// A run that failed before it could start, such as for a component that cannot be loaded.
#[must_use]
pub fn failed(settings: &Settings, failures: Vec<Failure>, started: Timestamp) -> RunReport {
    RunReport { failures, ..RunReport::blank(&settings.name, started) }
}

/// What readers of text and mail know people by: as the source has it, else as the directory does.
fn names(source: &SourceRead, target: &contract::Directory) -> BTreeMap<String, String> {
    let text = |reading: &Reading| match reading {
        Reading::Value(value) => value.clone(),
        Reading::Hidden | Reading::Empty => String::new(),
    };
    let linked = target.accounts.iter().filter_map(|account| {
        Some((account.employee.clone()?, format!("{} {}", account.first_name, account.last_name)))
    });
    let read = source.records.iter().filter_map(|record| match record {
        SourceRecord::Learner(person) => {
            Some((person.employee.clone(), format!("{} {}", text(&person.first_name), text(&person.last_name))))
        }
        SourceRecord::Excluded(_) | SourceRecord::Rejected(_) => None,
    });
    let trimmed = |(employee, name): (String, String)| (employee, name.trim().to_owned());
    linked.chain(read).map(trimmed).filter(|(_, name)| !name.is_empty()).collect()
}

/// Milliseconds by phase.
struct Clock {
    since: Instant,
    timings: BTreeMap<&'static str, u64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { since: Instant::now(), timings: BTreeMap::new() }
    }
}

impl Clock {
    /// Ends a phase; the next begins.
    fn lap(&mut self, phase: &'static str) {
        self.timings.insert(phase, millis(self.since));
        self.since = Instant::now();
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
