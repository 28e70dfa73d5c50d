//! One run, from its integration to its mails.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use connector_fleet::steps::{NoRead, TenantSource, broken, caught, deliver};
use connector_host::contract::Account;
use connector_host::http::Vault;
use connector_mail::TenantMails;
use connector_settings::Settings;
use connector_sync::directory::{DirectoryError, Invitee, Store};
use connector_sync::mail::{Composer, Mail};
use connector_sync::plan_file::PlanFile;
use connector_sync::progress::Progress as _;
use connector_sync::run::{Failure, Outcome, RunReport, RunVerdict};
use connector_sync::{self as sync, Options};
use connector_sync::{Sleeper, retry};
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{DirectoryProblem, Engine, QUARANTINE, service_failed};
use crate::codes;
use crate::connectors::Ready;
use crate::db::{Ended, Integration, Lease, Run, RunKind, Scope};
use crate::detail::{Detail, KeptMail};
use crate::form::Secrets;
use crate::keys::KeyError;
use crate::live::Watched;

/// How long mails go on being delivered after a stop.
const AFTER_STOP: Duration = Duration::from_secs(5);

/// How often a source may have a run begin anew; after that it is waited for in place, and rule S25 says for how long.
const MOST_POSTPONEMENTS: u64 = 5;

/// Waits in place for a source that is busy for moments; one that asks for more gets its run's worker back, with the instance and the
/// lease, and the run is begun anew when the time has passed (rule S25).
struct Postponing<'a> {
    watched: &'a Watched,
    is_allowed: bool,
}

#[async_trait]
impl Sleeper for Postponing<'_> {
    async fn sleep(&self, delay: Duration) {
        if !self.is_allowed || delay <= retry::LONG {
            return tokio::time::sleep(delay).await;
        }
        self.watched.postpone(delay);
        // Whoever reads is stopped.
        std::future::pending::<()>().await;
    }
}

/// The target of spans that may leave the machine: of runs and their steps, with IDs and no names.
const TRACED: &str = "connector_service::trace";

/// One step of a run, to be traced.
fn step(name: &'static str) -> tracing::Span {
    tracing::info_span!(target: TRACED, "step", otel.name = name)
}

/// A run that is to end now, and how.
type Stop = Box<Ended>;

fn stop(failure: Failure) -> Stop {
    Box::new(Ended::because(failure))
}

/// Composes a tenant's mails, and keeps the summary to be looked at.
struct KeptMails<'a> {
    mails: TenantMails<'a>,
    summary: Mutex<Option<KeptMail>>,
}

impl Composer for KeptMails<'_> {
    fn summary(&self, run: &RunReport) -> Option<Mail> {
        let mail = self.mails.summary(run)?;
        *self.summary.lock().unwrap_or_else(PoisonError::into_inner) = Some(KeptMail::from(&mail));
        Some(mail)
    }

    fn invitation(&self, run: &RunReport, directory: Option<&str>, invitee: &Invitee) -> Option<Mail> {
        self.mails.invitation(run, directory, invitee)
    }

    fn can_invite(&self) -> bool {
        self.mails.can_invite()
    }
}

impl Engine {
    /// Does what a run is for; everything that can go wrong is in the answer, a panic too.
    pub(super) async fn execute(self: Arc<Self>, run: Run, lease: Lease, watched: &Watched) -> Ended {
        let span = tracing::info_span!(
            target: TRACED, "run", run = run.id, kind = run.kind.as_str(), tenant = run.tenant,
            integration = run.integration, verdict = tracing::field::Empty, employees = tracing::field::Empty,
        );
        let attempt = Box::pin(self.attempt(&run, &lease, watched, None)).instrument(span.clone());
        let ended = match caught(attempt).await {
            Some(Ok(ended)) => ended,
            Some(Err(ended)) => *ended,
            None => self.after_panic(&run, &lease, watched).await,
        };
        span.record("verdict", ended.verdict.as_str()).record("employees", ended.employees);
        self.count_faults(&run, &ended).await;
        ended
    }

    /// What becomes of a run that broke. If it was applied before, it is found so; otherwise nothing was written.
    async fn after_panic(&self, run: &Run, lease: &Lease, watched: &Watched) -> Ended {
        let found = caught(self.ended_before(run, lease)).await;
        match found {
            Some(Ok(Some(mut ended))) => {
                ended.failures.push(broken());
                ended
            }
            Some(Err(failure)) => Ended::because(failure),
            Some(Ok(None)) | None => self.fail(run, lease, watched, broken()).await,
        }
    }

    /// Ends a run for a reason that lies outside of it, with a mail as for any other that failed.
    pub(super) async fn fail(&self, run: &Run, lease: &Lease, watched: &Watched, why: Failure) -> Ended {
        let filed = caught(Box::pin(self.attempt(run, lease, watched, Some(why.clone())))).await;
        match filed {
            Some(Ok(ended)) => ended,
            // Its page says it all the same.
            Some(Err(_)) | None => Ended::because(why),
        }
    }

    /// Does what a run is for; or has it fail, with everything that a failed one gets.
    async fn attempt(
        &self,
        run: &Run,
        lease: &Lease,
        watched: &Watched,
        failed: Option<Failure>,
    ) -> Result<Ended, Stop> {
        let integration = self.db.integration(&Scope::All, &run.integration).await;
        let integration = integration.map_err(|error| stop(service_failed(&error)))?;
        let Some(integration) = integration else { return Err(stop(gone())) };
        let connector = self.connectors.ready(&integration.form.connector, &self.db).await.map_err(stop)?;
        let settings = self.settings_of(&integration, &connector).await.map_err(Box::new)?;
        let _memory = self.memory(&settings, watched).await?;
        let mut directory =
            self.open_directory(&integration, Some(lease)).await.map_err(|error| stop((&error).into()))?;
        let directory = &mut *directory;
        let lock = self.lock_directory(&integration).map_err(|error| stop((&error).into()))?;
        let page = self.url(&format!("/runs/{}", run.id));
        let mails = KeptMails { mails: TenantMails::new(&settings).with_page(&page), summary: Mutex::default() };
        let has_failed = failed.is_some();
        let (report, before) = match (failed, run.kind) {
            (Some(failure), _) => (failed_report(run, &settings, failure), Vec::new()),
            (None, RunKind::Apply) => self.take_plan(run, directory).await?,
            (None, RunKind::Sync | RunKind::Preview) => {
                self.read(run, connector, &settings, directory, watched).instrument(step("read")).await?
            }
        };
        if !has_failed {
            (self.config.at_step)("apply");
        }
        let finished = self.finish(run, report, directory, &mails, watched).instrument(step("apply")).await?;
        let identity = directory.id().await.ok().flatten();
        let mut detail = Detail::of(&finished, identity, &before);
        self.issue(&detail, &finished, directory).await?;
        drop(lock);
        if run.kind != RunKind::Preview {
            if !has_failed {
                (self.config.at_step)("mail");
            }
            detail.mail_failure =
                self.mail(&integration, &settings, directory, watched.stopped()).instrument(step("mail")).await;
            detail.mail = mails.summary.into_inner().unwrap_or_else(PoisonError::into_inner);
        }
        Ok(self.end(run, &finished, &detail))
    }

    /// The settings of an integration for something that is no run.
    ///
    /// # Errors
    /// The first reason why there are none.
    pub async fn settings_for(&self, integration: &Integration, connector: &Ready) -> Result<Settings, Failure> {
        let settings = self.settings_of(integration, connector).await;
        settings.map_err(|ended| ended.failures.into_iter().next().unwrap_or_else(gone))
    }

    /// The settings of an integration, with its secrets opened.
    async fn settings_of(&self, integration: &Integration, connector: &Ready) -> Result<Settings, Ended> {
        let secrets = self.open_secrets(integration).await.map_err(Ended::because)?;
        let limits = self.limits(&integration.tenant).await.map_err(Ended::because)?;
        let description = connector.connector.description();
        integration.form.check(description, &secrets, &self.settings, limits).map_err(|mistakes| {
            // The form was right when it was saved: the connector has changed since.
            let wrong = |input: String| Failure {
                code: codes::SETTING_INVALID.to_owned(),
                subject: Some(input),
                message: "A setting of this integration is missing or wrong.".to_owned(),
                remedy: "Open the integration, correct the field that is marked, and save.".to_owned(),
            };
            Ended { failures: mistakes.into_keys().map(wrong).collect(), ..Ended::failed() }
        })
    }

    /// Opens an integration's secrets.
    ///
    /// # Errors
    /// When the key is missing, or a secret is damaged.
    pub async fn open_secrets(&self, integration: &Integration) -> Result<Secrets, Failure> {
        let stored = self.db.secrets(&integration.id).await.map_err(|error| service_failed(&error))?;
        let mut secrets = Secrets::new();
        for secret in stored {
            let opened = self.keys.open(&secret_place(&integration.id, &secret.key), &secret.sealed);
            let opened = opened.map_err(|error| not_opened(&error, &secret.key))?;
            let text = std::str::from_utf8(&opened)
                .map_err(|_| not_opened(&KeyError::Damaged("(unknown)".to_owned()), &secret.key))?;
            secrets.insert(secret.key, SecretString::from(text));
        }
        Ok(secrets)
    }

    /// Waits until there is room for what the tenant's limits grant.
    async fn memory(&self, settings: &Settings, watched: &Watched) -> Result<Option<OwnedSemaphorePermit>, Stop> {
        let Some(places) = &self.memory else { return Ok(None) };
        let most = self.config.memory_mib.unwrap_or(u32::MAX);
        let limits = &settings.limits;
        let wanted = u32::try_from(limits.memory_mib.saturating_add(limits.read_mib)).unwrap_or(u32::MAX).min(most);
        let taken = watched.stopped().run_until_cancelled(Arc::clone(places).acquire_many_owned(wanted)).await;
        taken.map(Result::ok).ok_or_else(|| Box::new(self.stopped()))
    }

    /// How a run ends that was stopped before anything was written.
    fn stopped(&self) -> Ended {
        let verdict = if self.stop.is_cancelled() { "interrupted" } else { "stopped" };
        Ended { verdict: verdict.to_owned(), counts: "{}".to_owned(), ..Ended::default() }
    }

    async fn read(
        &self,
        run: &Run,
        ready: Ready,
        settings: &Settings,
        directory: &mut dyn Store,
        watched: &Watched,
    ) -> Result<(RunReport, Vec<Account>), Stop> {
        let usage = OnceLock::new();
        let source = TenantSource {
            connector: &ready.connector,
            policy: ready.policy,
            transport: ready.transport,
            vault: Vault::new(),
            settings,
            progress: watched,
            sleeper: &Postponing { watched, is_allowed: run.postponed < MOST_POSTPONEMENTS },
            permits: &self.permits,
            usage: Some(&usage),
        };
        (self.config.at_step)("read");
        let before = accounts(directory).await.map_err(unusable)?;
        let reading = Box::pin(source.read(directory, Timestamp::now()));
        let Some(read) = watched.stopped().run_until_cancelled(reading).await else {
            return Err(Box::new(self.stopped()));
        };
        let mut report = read.map_err(|error| stop(no_read(error)))?;
        self.metrics.run_measured(&report.timings_ms, usage.get().copied());
        run.id.clone_into(&mut report.run);
        Ok((report, before))
    }

    /// The plan of an earlier run, to be applied.
    async fn take_plan(&self, run: &Run, directory: &mut dyn Store) -> Result<(RunReport, Vec<Account>), Stop> {
        let of = run.plan_of.as_deref().unwrap_or_default();
        let sealed = self.db.run_detail(of).await.map_err(|error| stop(service_failed(&error)))?;
        let detail = sealed.map(|sealed| Detail::open(&self.keys, of, &sealed)).transpose();
        let detail = detail.map_err(|error| stop(not_opened(&error, "plan")))?;
        let (plan, conflicts) =
            detail.and_then(|it| Some((it.plan?, it.conflicts))).ok_or_else(|| stop(plan_gone()))?;
        let before = accounts(directory).await.map_err(unusable)?;
        let mut report = plan.into_report(Timestamp::now());
        run.id.clone_into(&mut report.run);
        // The source is not read again, and what is in conflict waits for a decision all the same.
        report.conflict_accounts = conflicts;
        Ok((report, before))
    }

    async fn finish(
        &self,
        run: &Run,
        report: RunReport,
        directory: &mut dyn Store,
        mails: &KeptMails<'_>,
        watched: &Watched,
    ) -> Result<RunReport, Stop> {
        // From here on the run is brought to its end, stop or not.
        let Some(permit) = watched.stopped().run_until_cancelled(self.permits.take()).await else {
            return Err(Box::new(self.stopped()));
        };
        let approve = report.plan_hash.clone().filter(|_| run.kind == RunKind::Apply);
        let options = Options { dry_run: run.kind == RunKind::Preview, approve };
        let progress: &dyn connector_sync::progress::Progress = watched;
        let finished = sync::finish(report, directory, mails, &options, progress).await;
        drop(permit);
        watched.phase(connector_sync::progress::Phase::Done);
        finished.map_err(unusable)
    }

    /// Has the directory remember a plan that a person may approve later.
    async fn issue(&self, detail: &Detail, report: &RunReport, directory: &mut dyn Store) -> Result<(), Stop> {
        let waits = matches!(report.verdict, RunVerdict::Planned | RunVerdict::NeedsApproval);
        match &detail.plan {
            Some(plan) if waits => issue(plan, directory).await.map_err(unusable),
            _ => Ok(()),
        }
    }

    /// Delivers what is queued in an integration's directory; gives what kept some of it in.
    pub(super) async fn mail(
        &self,
        integration: &Integration,
        settings: &Settings,
        directory: &mut dyn Store,
        stopped: &CancellationToken,
    ) -> Option<Failure> {
        let cut = async {
            tokio::select! {
                () = tokio::time::sleep(settings.limits.sync_time()) => {}
                () = async { stopped.cancelled().await; tokio::time::sleep(AFTER_STOP).await } => {}
            }
        };
        let lock = self.lock_of(integration);
        let outbox = self.files().outbox(&integration.tenant, &integration.id);
        let allowed = self.smtp_hosts();
        let (sent, failure) = deliver(settings, directory, lock.as_deref(), &outbox, &allowed, cut).await;
        self.metrics.mails(sent, failure.is_some());
        failure
    }

    /// The operator's own mail server is where the operator says, private or not.
    fn smtp_hosts(&self) -> Vec<String> {
        let own = self.settings.smtp.iter().map(|smtp| smtp.host.clone());
        own.chain(self.config.allow_smtp.iter().cloned()).collect()
    }

    fn end(&self, run: &Run, report: &RunReport, detail: &Detail) -> Ended {
        let plan = report.plan.as_ref();
        let counts = plan.map(|plan| serde_json::to_string(&plan.counts).unwrap_or_default());
        let mut failures = report.problems();
        failures.extend(detail.mail_failure.clone());
        Ended {
            verdict: report.verdict.as_str().to_owned(),
            plan_hash: report.plan_hash.clone(),
            pages: report.read.pages,
            employees: report.read.employees,
            total: report.read.total,
            actions: plan.map_or(0, |plan| plan.actions.len() as u64),
            applied: report.outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count() as u64,
            counts: counts.unwrap_or_else(|| "{}".to_owned()),
            failures,
            // Without a key nothing personal is kept.
            detail: detail.seal(&self.keys, &run.id).ok(),
        }
    }

    /// Counts faults of the connector itself; after too many its schedule stands still, and the operator hears of it.
    async fn count_faults(&self, run: &Run, ended: &Ended) {
        let is_fault = |failure: &Failure| connector_host::codes::ALL.contains(&failure.code.as_str());
        let has_fault = ended.failures.iter().any(is_fault);
        match self.db.note_fault(&run.integration, has_fault).await {
            Ok(in_a_row) if has_fault && in_a_row == QUARANTINE => {
                tracing::error!(
                    integration = run.integration,
                    tenant = run.tenant,
                    "the connector failed {QUARANTINE} times in a row; the schedule of this integration stands still"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::error!("a fault cannot be noted: {error}"),
        }
    }
}

fn failed_report(run: &Run, settings: &Settings, failure: Failure) -> RunReport {
    RunReport { run: run.id.clone(), ..sync::failed(settings, vec![failure], Timestamp::now()) }
}

async fn accounts(directory: &mut dyn Store) -> Result<Vec<Account>, DirectoryError> {
    Ok(directory.read().await?.snapshot().await?.accounts)
}

async fn issue(plan: &PlanFile, directory: &mut dyn Store) -> Result<(), DirectoryError> {
    plan.issue(directory).await
}

/// The place that an integration's secret is bound to.
#[must_use]
pub fn secret_place(integration: &str, key: &str) -> String {
    format!("integration:{integration}:{key}")
}

fn unusable(error: DirectoryError) -> Stop {
    stop((&DirectoryProblem::from(error)).into())
}

fn no_read(error: NoRead) -> Failure {
    match error {
        NoRead::Directory(error) => (&DirectoryProblem::from(error)).into(),
        error => Failure {
            code: codes::SETTING_INVALID.to_owned(),
            subject: None,
            message: error.to_string(),
            remedy: "Open the integration, correct its settings, and save.".to_owned(),
        },
    }
}

fn not_opened(error: &KeyError, subject: &str) -> Failure {
    let (code, remedy) = match error {
        KeyError::Missing(_) => (
            codes::KEY_MISSING,
            "Ask the platform's operator to start the service with the key, or enter the secret again.",
        ),
        _ => (codes::SECRET_DAMAGED, "Open the integration, enter the secret again, and save."),
    };
    Failure {
        code: code.to_owned(),
        subject: Some(subject.to_owned()),
        message: format!("A secret cannot be opened: {error}."),
        remedy: remedy.to_owned(),
    }
}

fn gone() -> Failure {
    Failure {
        code: codes::SETTING_INVALID.to_owned(),
        subject: None,
        message: "The integration was deleted.".to_owned(),
        remedy: "You need not do anything.".to_owned(),
    }
}

fn plan_gone() -> Failure {
    Failure {
        code: codes::PLAN_GONE.to_owned(),
        subject: None,
        message: "The plan is no longer kept.".to_owned(),
        remedy: "Make a new preview, and approve that one.".to_owned(),
    }
}
