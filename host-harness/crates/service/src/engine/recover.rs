//! What the last process left: runs that were at work when it ended.
//!
//! The directory knows what became of them. A run that it has on file was applied before the process ended, and is brought to the
//! end that it had; any other wrote nothing, and says so.

use connector_sync::run::{Failure, StoredRun};

use super::Engine;
use crate::codes;
use crate::db::{DbError, Ended, Run, Scope};

impl Engine {
    /// Ends every run that was at work when the process ended.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn recover(&self) -> Result<(), DbError> {
        for run in self.db.runs_at_work().await? {
            let ended = match self.filed(&run).await {
                Some(stored) => applied(&stored),
                None => interrupted(),
            };
            tracing::warn!(run = run.id, verdict = ended.verdict, "a run was at work when the service ended");
            self.db.end_run(&run.id, ended).await?;
        }
        Ok(())
    }

    /// The run as the directory's log has it.
    async fn filed(&self, run: &Run) -> Option<StoredRun> {
        let integration = self.db.integration(&Scope::All, &run.integration).await.ok()??;
        let directory = self.read_directory(&integration).ok()??;
        directory.runs().ok()?.into_iter().find(|stored| stored.id == run.id)
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

fn interrupted() -> Ended {
    let failure = Failure {
        code: codes::RUN_INTERRUPTED.to_owned(),
        subject: None,
        message: "The service was stopped while this run was at work. Nothing was written.".to_owned(),
        remedy: "Start it again, or wait for the next scheduled run.".to_owned(),
    };
    Ended { verdict: "interrupted".to_owned(), ..Ended::because(failure) }
}
