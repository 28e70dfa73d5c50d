//! What an explanation is made from, and where it comes from: the source, the directory, or both.

use connector_host::contract::{self, Account, Plan, SourceRead};

use crate::directory::{Directory, DirectoryError};
use crate::history::PersonHistory;
use crate::progress::Phase;
use crate::run::Failure;
use crate::{Clock, SyncContext, hash, planned, read};

/// All that was looked at. Each half may be missing.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// What was read of the source; none if there was no source, or it could not be read.
    pub source: Option<SourceRead>,
    /// The directory as it stands.
    pub directory: Option<contract::Directory>,
    /// What the directory has on file of the person.
    pub history: PersonHistory,
    /// What the connector plans, with its hash: for an empty directory if there is none.
    pub plan: Option<(Plan, String)>,
    /// Why the source could not be read, or nothing be planned.
    pub failures: Vec<Failure>,
}

/// Looks at what there is. Nothing is written.
///
/// # Errors
/// When the directory cannot be read.
pub async fn gather(
    mut source: Option<SyncContext<'_>>,
    directory: Option<&mut dyn Directory>,
    employee: &str,
) -> Result<Evidence, DirectoryError> {
    let mut evidence = Evidence::default();
    let mut identity = None;
    if let Some(directory) = directory {
        identity = directory.id().await?;
        let mut reading = directory.read().await?;
        let accounts = reading.snapshot().await?;
        for id in ids_of_one_person(employee, &accounts.accounts) {
            evidence.history.join(reading.history(id).await?);
        }
        evidence.directory = Some(accounts);
    }
    if let Some(context) = &mut source {
        match read::everything(context, &mut Clock::default()).await {
            Ok(read) => plan(context, read, identity.as_deref(), &mut evidence).await,
            Err(failed) => evidence.failures = failed.failures,
        }
    }
    Ok(evidence)
}

async fn plan(context: &mut SyncContext<'_>, read: read::Done, identity: Option<&str>, evidence: &mut Evidence) {
    context.progress.phase(Phase::Plan);
    let nobody = contract::Directory { accounts: Vec::new(), groups: Vec::new() };
    let target = evidence.directory.as_ref().unwrap_or(&nobody);
    match planned(context.tenant, &read.source, target, &read.notices).await {
        Ok(plan) => {
            let hash = hash::of(&plan, &context.settings.connector.name, identity);
            evidence.plan = Some((plan, hash));
        }
        Err(failures) => evidence.failures = failures,
    }
    context.progress.phase(Phase::Done);
    evidence.source = Some(read.source);
}

/// The ID, and all others that the same person has by a decision (rule S12).
fn ids_of_one_person<'a>(employee: &'a str, accounts: &'a [Account]) -> Vec<&'a str> {
    let mut ids = vec![employee];
    let is_theirs = |account: &&Account| {
        account.employee.as_deref() == Some(employee) || account.earlier_employees.iter().any(|id| id == employee)
    };
    for account in accounts.iter().filter(is_theirs) {
        for id in account.employee.iter().chain(&account.earlier_employees) {
            if !ids.contains(&id.as_str()) {
                ids.push(id);
            }
        }
    }
    ids
}
