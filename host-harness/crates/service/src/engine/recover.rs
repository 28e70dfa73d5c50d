//! What the last process left: runs that were at work when it ended.
//!
//! The directory knows what became of them. A run that it has on file was applied before the process ended, and is brought to the
//! end that it had; any other wrote nothing, and says so.

use std::sync::Arc;

use connector_sync::run::{Failure, StoredRun};

use super::{DirectoryProblem, Engine, service_failed};
use crate::codes;
use crate::db::{DbError, Ended, Lease, Run, Scope};

impl Engine {
    /// Ends every run that was at work when the process ended. For a process that alone has the database.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn recover(self: &Arc<Self>) -> Result<(), DbError> {
        self.db.free_all_leases().await?;
        for run in self.db.runs_at_work().await? {
            let ended = match self.filed(&run).await.unwrap_or_default() {
                // Its plan was lost with the process: nobody can look at it or approve it.
                Some(stored) if waits(&stored.verdict) => interrupted("before its plan was kept"),
                Some(stored) => applied(&stored),
                None => interrupted("while this run was at work"),
            };
            tracing::warn!(run = run.id, verdict = ended.verdict, "a run was at work when the service ended");
            self.db.end_run(&run, &ended, None).await?;
            let engine = Arc::clone(self);
            tokio::spawn(async move {
                if let Some(failure) = engine.mail_what_is_left(&run.integration, None).await {
                    tracing::warn!(
                        run = run.id,
                        code = failure.code,
                        "mails of a run that was interrupted are still queued"
                    );
                }
            });
        }
        self.sweep_all().await
    }

    /// How a run ended that another worker had begun, if the directory has it on file: it was applied, and what is left are its mails.
    /// One whose plan waits for a person was interrupted, since the plan was lost with the worker.
    ///
    /// # Errors
    /// When the directory does not say.
    pub(super) async fn ended_before(&self, run: &Run, lease: &Lease) -> Result<Option<Ended>, Failure> {
        let Some(stored) = self.filed(run).await? else { return Ok(None) };
        if waits(&stored.verdict) {
            return Ok(Some(interrupted("before its plan was kept")));
        }
        let mut ended = applied(&stored);
        ended.failures.extend(self.mail_what_is_left(&run.integration, Some(lease)).await);
        Ok(Some(ended))
    }

    /// Delivers what an integration has queued; the next run may be far off. Whoever asks has the right to.
    pub(super) async fn mail_what_is_left(&self, integration: &str, lease: Option<&Lease>) -> Option<Failure> {
        let integration = self.db.integration(&Scope::All, integration).await.ok()??;
        self.read_directory(&integration).await.ok()??;
        let connector = match self.connectors.ready(&integration.form.connector, &self.db).await {
            Ok(connector) => connector,
            Err(failure) => return Some(failure),
        };
        let settings = match self.settings_for(&integration, &connector).await {
            Ok(settings) => settings,
            Err(failure) => return Some(failure),
        };
        let mut directory = self.open_directory(&integration, lease).await.ok()?;
        self.mail(&integration, &settings, &mut *directory, &self.stop).await
    }

    /// The run as the directory's log has it.
    async fn filed(&self, run: &Run) -> Result<Option<StoredRun>, Failure> {
        let integration = self.db.integration(&Scope::All, &run.integration).await;
        let Some(integration) = integration.map_err(|error| service_failed(&error))? else { return Ok(None) };
        let look = async {
            match self.read_directory(&integration).await? {
                Some(mut directory) => Ok(directory.read().await?.find_run(&run.id).await?),
                None => Ok::<_, DirectoryProblem>(None),
            }
        };
        look.await.map_err(|problem| Failure::from(&problem))
    }
}

fn applied(stored: &StoredRun) -> Ended {
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    Ended {
        verdict: stored.verdict.clone(),
        plan_hash: stored.plan_hash.clone(),
        pages: number(stored.pages),
        employees: number(stored.employees),
        total: stored.total.map(number),
        actions: number(stored.applied + stored.stale + stored.failed),
        applied: number(stored.applied),
        counts: "{}".to_owned(),
        failures: Vec::new(),
        detail: None,
    }
}

/// Whether a run with this verdict waits for a person.
fn waits(verdict: &str) -> bool {
    matches!(verdict, "planned" | "needs-approval")
}

fn interrupted(when: &str) -> Ended {
    let failure = Failure {
        code: codes::RUN_INTERRUPTED.to_owned(),
        subject: None,
        message: format!("The service was stopped {when}. Nothing was written."),
        remedy: "Start it again, or wait for the next scheduled run.".to_owned(),
    };
    Ended { verdict: "interrupted".to_owned(), ..Ended::because(failure) }
}
