//! Whether nothing is left to do after a plan was applied (rule S20), in a real directory.

use tempfile::TempDir;

use super::Seen;
use super::fixture::Fixture;
use super::pages::Whole;
use connector_host::contract::{self, Verdict};
use connector_host::files;
use connector_store::import;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::directory::{Directory as _, DirectoryError};
use connector_sync::run::Outcome;

/// A directory in a folder that goes with it.
pub(super) struct Start {
    directory: SqliteDirectory,
    _folder: TempDir,
}

impl Start {
    pub fn snapshot(&self) -> Result<contract::Directory, DirectoryError> {
        self.directory.snapshot()
    }
}

/// The directory before the first sync: the fixture's, if it has one.
pub(super) async fn start(fixture: Option<&Fixture>) -> Result<Start, String> {
    let folder = files::private_temporary_folder("harness-check-", None).map_err(|error| error.to_string())?;
    let mut directory = SqliteDirectory::open(&folder.path().join("check.db")).map_err(|error| error.to_string())?;
    if let Some(file) = fixture.and_then(|fixture| fixture.directory.as_ref()) {
        import::import(&mut directory, file).await.map_err(|error| error.to_string())?;
    }
    Ok(Start { directory, _folder: folder })
}

/// Plans, applies, plans again. A guard that asks for a person gets one: what is applied afterwards is the same.
pub(super) async fn check(fixture: Option<&Fixture>, whole: &mut Whole) -> Seen {
    let mut start = start(fixture).await?;
    let plan = plan(whole, &start).await?;
    if let Verdict::Blocked(problem) = &plan.verdict {
        return Err(format!("the plan is blocked: {}", problem.message));
    }
    let outcomes = apply(&mut start.directory, &plan).await.map_err(|error| error.to_string())?;
    let undone = plan.actions.iter().zip(&outcomes).find(|(_, outcome)| **outcome != Outcome::Applied);
    if let Some((action, outcome)) = undone {
        let why = if let Outcome::Failed(code) = outcome { *code } else { connector_sync::codes::STALE };
        return Err(format!("the directory could not apply action {} ({}): {why}", action.id, action.reason));
    }
    let left = self::plan(whole, &start).await?.actions;
    match left.first() {
        Some(action) => Err(format!(
            "after {} actions were applied, {} are left, the first of them {} ({})",
            outcomes.len(),
            left.len(),
            action.id,
            action.reason
        )),
        None => Ok(format!("{} actions applied, none left", outcomes.len())),
    }
}

async fn plan(whole: &mut Whole, start: &Start) -> Result<contract::Plan, String> {
    let target = start.snapshot().map_err(|error| error.to_string())?;
    let plan = whole.running.tenant.plan_actions(&whole.source, &target).await;
    plan.map_err(|error| format!("plan-actions: {error}"))
}

async fn apply(directory: &mut SqliteDirectory, plan: &contract::Plan) -> Result<Vec<Outcome>, DirectoryError> {
    let mut transaction = directory.begin().await?;
    let outcomes = transaction.apply(&plan.actions).await?;
    transaction.commit().await?;
    Ok(outcomes)
}
