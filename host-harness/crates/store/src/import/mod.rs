//! `harness directory import`: groups and accounts to start from, out of a JSON file.
//!
//! An account or group of the file replaces the one with its ID, memberships included; everything else stays. So the same
//! file twice changes nothing, and what `directory show --format json` prints can be imported again. The whole file is one
//! transaction, and all its mistakes are reported together.

mod read;
mod resolve;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use connector_host::contract::{Account, Directory, Group};
use connector_host::files;
use connector_settings::diagnostics::Diagnostics;
use connector_sync::directory::{DirectoryError, ImportedAccount, Store};
use connector_sync::work_permits::blocking;

/// The role of an account nobody gave another one (rule S4).
pub(super) const DEFAULT_ROLE: &str = "user";

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportSummary {
    /// Groups in the file.
    pub groups: usize,
    /// Accounts that were not there before.
    pub created: usize,
    /// Accounts that were there and differed.
    pub updated: usize,
    /// Accounts that were there and did not differ.
    pub unchanged: usize,
}

impl fmt::Display for ImportSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { groups, created, updated, unchanged } = self;
        write!(f, "imported {groups} groups; accounts: {created} new, {updated} changed, {unchanged} unchanged")
    }
}

/// The largest file of accounts, in bytes.
const LARGEST: u64 = 1 << 30;

/// Imports a file.
///
/// # Errors
/// [`DirectoryError::Import`] with every mistake of the file; others when the directory fails. Nothing was written then.
pub async fn import(directory: &mut dyn Store, path: &Path) -> Result<ImportSummary, DirectoryError> {
    let text = blocking(|| files::read_text(path, LARGEST))
        .map_err(|error| DirectoryError::Import(format!("{} cannot be read: {error}", path.display())))?;
    import_text(directory, path, &text).await
}

/// Imports a text. `name` is what its mistakes are found in.
///
/// # Errors
/// As for [`import`].
pub async fn import_text(directory: &mut dyn Store, name: &Path, text: &str) -> Result<ImportSummary, DirectoryError> {
    let mut transaction = directory.administer().await?;
    let (before, roles) = (transaction.snapshot().await?, transaction.roles().await?);
    let wanted = blocking(|| Wanted::read(name, text, &before, &roles))?;
    transaction.put_groups(&wanted.groups).await?;
    transaction.put_accounts(&wanted.changed).await?;
    transaction.commit().await?;
    Ok(wanted.summary)
}

/// What is to be stored.
struct Wanted {
    groups: Vec<Group>,
    /// The accounts that are new or differ.
    changed: Vec<ImportedAccount>,
    summary: ImportSummary,
}

impl Wanted {
    fn read(
        path: &Path,
        text: &str,
        before: &Directory,
        roles: &BTreeMap<String, String>,
    ) -> Result<Self, DirectoryError> {
        let mut problems = Diagnostics::new(path, text);
        let file = read::read(text, &mut problems);
        let accounts = resolve::resolve(&file, before, text, &mut problems);
        if !problems.is_empty() {
            return Err(DirectoryError::Import(problems.to_string()));
        }
        let before: BTreeMap<&str, &Account> =
            before.accounts.iter().map(|account| (account.id.as_str(), account)).collect();
        let created = accounts.iter().filter(|(account, _)| !before.contains_key(account.id.as_str())).count();
        let total = accounts.len();
        let changed: Vec<ImportedAccount> = accounts
            .into_iter()
            .map(|(account, role)| with_version_and_role(account, role, &before, roles))
            .filter(|ImportedAccount { account, role }| {
                before.get(account.id.as_str()) != Some(&account) || roles.get(&account.id) != Some(role)
            })
            .collect();
        let groups: Vec<Group> = file.groups.into_iter().map(|(_, group)| group).collect();
        let updated = changed.len().saturating_sub(created);
        let summary = ImportSummary { groups: groups.len(), created, updated, unchanged: total - created - updated };
        Ok(Self { groups, changed, summary })
    }
}

/// What the file does not say, an account keeps: its version, and its role if the file has none.
fn with_version_and_role(
    mut account: Account,
    role: Option<String>,
    before: &BTreeMap<&str, &Account>,
    roles: &BTreeMap<String, String>,
) -> ImportedAccount {
    // What a person decided about its link is not in the file, and stays.
    if let Some(before) = before.get(account.id.as_str()) {
        account.earlier_employees.clone_from(&before.earlier_employees);
        account.foreign_employees.clone_from(&before.foreign_employees);
    }
    account.version = before.get(account.id.as_str()).map_or(1, |before| before.version);
    let role = role.or_else(|| roles.get(&account.id).cloned()).unwrap_or_else(|| DEFAULT_ROLE.to_owned());
    ImportedAccount { account, role }
}
