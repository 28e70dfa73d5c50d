//! The sync driver: configure → pages → map → plan → apply → mail, for one tenant.
//!
//! It owns the order of things, the waiting, and the decision whether a plan is applied; the connector decides what is
//! planned, the [`directory`] how it is written, a [`Composer`] what its mails say. [`prepare`] reads and plans and writes
//! nothing; [`finish`] decides, applies and files the run in one transaction. They are two functions so that a plan can be
//! saved in between ([`plan_file`]). [`plan_check`] decides in that transaction whether a plan is applied at all, wherever
//! it came from; [`apply_check`] judges what of it may be written, for any directory, and [`decisions`] what a person may
//! change of a link; [`tenant_builder`] puts the parts of a tenant together; a [`run`] is what comes out.

#![forbid(unsafe_code)]

pub mod apply_check;
pub mod changes;
pub mod codes;
pub mod conflicts;
pub mod decisions;
pub mod directory;
pub mod explain;
pub mod failure;
pub mod hash;
pub mod history;
pub mod mail;
pub mod plan_check;
pub mod plan_file;
pub mod progress;
mod read;
pub mod retry;
pub mod run;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
pub mod sleeper;
pub mod tenant_builder;
pub mod work_permits;

use std::collections::BTreeMap;
use std::time::Instant;

use connector_host::contract::{self, Audience, Notice, Plan, Reading, SourceNotice, SourceRead, SourceRecord};
use connector_host::sandbox::Tenant;
use connector_settings::Settings;
use jiff::Timestamp;

pub use directory::{
    Accounts, Approvals, Directory, DirectoryError, FixedDirectory, Invitee, Issue, IssuedPlans, Outbox, RunLog, Store,
    StoreTransaction, Transaction,
};
pub use mail::{Composer, Mail, NoMails};
pub use plan_file::{IssuedPlan, PlanFile, PlanFileError};
pub use progress::{Phase, Progress, Silent};
pub use run::{Failure, Outcome, ReadSummary, RunReport, RunVerdict, StoredRun};
pub use sleeper::{Sleeper, TokioSleeper};
pub use tenant_builder::{StartError, TenantBuilder};
use work_permits::WorkPermits;

/// One tenant's sync: the instance, its settings, and who watches.
pub struct SyncContext<'a> {
    /// The instance.
    pub tenant: &'a mut Tenant,
    /// The form.
    pub settings: &'a Settings,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// How time passes between two tries: [`sleeper::TokioSleeper`], except in tests.
    pub sleeper: &'a dyn Sleeper,
}

/// What the caller wants of a run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Write nothing and send nothing (rule S22).
    pub dry_run: bool,
    /// The hash of the one plan that a person has approved (rule S19).
    pub approve: Option<String>,
}

/// Syncs one tenant. Mails are queued, not yet delivered: that comes after the commit.
///
/// # Errors
/// Only when the directory itself fails; nothing was written then. Everything else is in the report.
pub async fn sync(
    context: SyncContext<'_>,
    directory: &mut dyn Directory,
    composer: &dyn Composer,
    options: &Options,
    started: Timestamp,
) -> Result<RunReport, DirectoryError> {
    let progress = context.progress;
    let report = prepare(context, directory, started).await?;
    finish(report, directory, composer, options, progress).await
}

/// Reads the source and plans. Nothing is written.
///
/// # Errors
/// When the directory cannot be read.
pub async fn prepare(
    context: SyncContext<'_>,
    directory: &mut dyn Directory,
    started: Timestamp,
) -> Result<RunReport, DirectoryError> {
    prepare_with_permits(context, directory, started, &WorkPermits::UNLIMITED).await
}

/// [`prepare`] beside other tenants: each step that is more than waiting takes a permit.
///
/// # Errors
/// When the directory cannot be read.
pub async fn prepare_with_permits(
    mut context: SyncContext<'_>,
    directory: &mut dyn Directory,
    started: Timestamp,
    permits: &WorkPermits,
) -> Result<RunReport, DirectoryError> {
    let mut report = RunReport::blank(&context.settings.connector.name, started);
    let mut clock = Clock::default();
    let read = read::everything(&mut context, &mut clock).await;
    let read::Done { source, summary, notices } = match read {
        Ok(read) => read,
        Err(failed) => {
            report.read = failed.summary;
            report.platform_notices =
                failed.failures.iter().filter(|failure| is_for_platform(failure)).cloned().collect();
            report.failures = failed.failures;
            report.timings_ms = clock.timings;
            return Ok(report);
        }
    };
    report.read = summary;
    context.progress.phase(Phase::Plan);
    permits.during(plan(context.tenant, directory, &source, &notices, &mut report)).await?;
    clock.lap("plan");
    report.timings_ms = clock.timings;
    Ok(report)
}

/// Plans, and takes the plan into the report.
async fn plan(
    tenant: &mut Tenant,
    directory: &mut dyn Directory,
    source: &SourceRead,
    notices: &[SourceNotice],
    report: &mut RunReport,
) -> Result<(), DirectoryError> {
    let for_platform = notices.iter().filter(|notice| notice.audience != Audience::Tenant);
    report.platform_notices = for_platform.map(noticed).collect();
    let identity = directory.id().await?;
    let target = directory.read().await?.snapshot().await?;
    match planned(tenant, source, &target, notices).await {
        Ok(plan) => {
            report.names = names(source, &target);
            report.conflict_accounts = conflicts::accounts(&plan, source, &target);
            let hash = hash::of(&plan, &report.tenant, identity.as_deref());
            report.take_plan(plan, hash);
        }
        Err(failures) => report.failures = failures,
    }
    Ok(())
}

/// The connector's plan, with what it noticed for the tenant while it read.
async fn planned(
    tenant: &mut Tenant,
    source: &SourceRead,
    target: &contract::Directory,
    notices: &[SourceNotice],
) -> Result<Plan, Vec<Failure>> {
    let mut plan = tenant.plan_actions(source, target).await.map_err(failure::of_call)?;
    let for_tenant = notices.iter().filter(|notice| notice.audience == Audience::Tenant);
    plan.notices.extend(for_tenant.map(|notice| Notice {
        code: notice.problem.code.clone(),
        count: 1,
        employees: Vec::new(),
        detail: notice.date.clone().or_else(|| notice.problem.subject.clone()),
    }));
    Ok(plan)
}

/// Decides about a prepared run, applies its plan if it may be applied, and files the run with its mails: one
/// transaction. A dry run files nothing. A saved plan that is applied is used up.
///
/// # Errors
/// When the directory fails, or did not issue the saved plan that the run is to apply; nothing was written then.
pub async fn finish(
    mut report: RunReport,
    directory: &mut dyn Directory,
    composer: &dyn Composer,
    options: &Options,
    progress: &dyn Progress,
) -> Result<RunReport, DirectoryError> {
    report.dry_run = options.dry_run;
    let identity = directory.id().await?;
    if options.dry_run {
        let mut transaction = directory.read().await?;
        plan_check::check(&mut report, options.approve.as_deref(), identity.as_deref(), &mut *transaction).await?;
        return Ok(report);
    }
    let mut transaction = directory.begin().await?;
    let issued = report.issued(identity.as_deref());
    let approved =
        plan_check::check(&mut report, options.approve.as_deref(), identity.as_deref(), &mut *transaction).await?;
    let clock = Instant::now();
    if approved && let Some(plan) = &report.plan {
        progress.phase(Phase::Apply);
        if let Some(issued) = &issued {
            transaction.use_up(issued).await?;
        }
        report.outcomes = mail::apply(&mut *transaction, &plan.actions, composer).await?;
        report.verdict = RunVerdict::Done;
    }
    report.timings_ms.insert("apply", millis(clock));
    transaction.record(&report).await?;
    let day = report.started.strftime("%Y-%m-%d").to_string();
    let mut fresh = Vec::new();
    for notice in std::mem::take(&mut report.platform_notices) {
        if transaction.note_for_platform(&notice, &day).await? {
            tracing::warn!(code = notice.code, about = notice.subject, "{}", notice.message);
            fresh.push(notice);
        }
    }
    report.platform_notices = fresh;
    mail::queue(&mut *transaction, &report, composer, identity.as_deref()).await?;
    transaction.commit().await?;
    progress.phase(Phase::Done);
    Ok(report)
}

/// What a connector noticed for the platform's operator, with its day.
fn noticed(notice: &SourceNotice) -> Failure {
    let failure = Failure::from(&notice.problem);
    Failure { subject: notice.date.clone().or(failure.subject), ..failure }
}

/// A source that no longer answers is the platform's business as much as the tenant's (rule S25).
fn is_for_platform(failure: &Failure) -> bool {
    failure.code == connector_common::codes::SOURCE_RETIRED
}

/// A run that failed before it could start, such as for a component that cannot be loaded.
#[must_use]
pub fn failed(settings: &Settings, failures: Vec<Failure>, started: Timestamp) -> RunReport {
    RunReport { failures, ..RunReport::blank(&settings.connector.name, started) }
}

/// What readers of text and mail know people by: as the source has it, else as the directory does.
fn names(source: &SourceRead, target: &contract::Directory) -> BTreeMap<String, String> {
    let text = |reading: &Reading| match reading {
        Reading::Value(value) => value.clone(),
        Reading::Hidden | Reading::Empty | Reading::Unusable(_) => String::new(),
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
