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

use super::sqlite::SqliteDirectory;
use connector_host::contract::Account;
use connector_host::files;
use connector_settings::diagnostics::Diagnostics;
use connector_sync::directory::DirectoryError;

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
pub fn import(directory: &mut SqliteDirectory, path: &Path) -> Result<ImportSummary, DirectoryError> {
    let text = files::read_text(path, LARGEST)
        .map_err(|error| DirectoryError::Import(format!("{} cannot be read: {error}", path.display())))?;
    let mut problems = Diagnostics::new(path, &text);
    let file = read::read(&text, &mut problems);
    let store = directory.store()?;
    let before = store.snapshot()?;
    let accounts = resolve::resolve(&file, &before, &text, &mut problems);
    if !problems.is_empty() {
        return Err(DirectoryError::Import(problems.to_string()));
    }
    let roles = store.roles()?;
    let before: BTreeMap<&str, &Account> =
        before.accounts.iter().map(|account| (account.id.as_str(), account)).collect();
    let created = accounts.iter().filter(|(account, _)| !before.contains_key(account.id.as_str())).count();
    let total = accounts.len();
    let changed: Vec<(Account, String)> = accounts
        .into_iter()
        .map(|(account, role)| with_version_and_role(account, role, &before, &roles))
        .filter(|(account, role)| {
            before.get(account.id.as_str()) != Some(&account) || roles.get(&account.id) != Some(role)
        })
        .collect();
    store.put_groups(file.groups.iter().map(|(_, group)| group))?;
    store.put_accounts(&changed)?;
    store.commit()?;
    let updated = changed.len().saturating_sub(created);
    Ok(ImportSummary { groups: file.groups.len(), created, updated, unchanged: total - created - updated })
}

/// What the file does not say, an account keeps: its version, and its role if the file has none.
fn with_version_and_role(
    mut account: Account,
    role: Option<String>,
    before: &BTreeMap<&str, &Account>,
    roles: &BTreeMap<String, String>,
) -> (Account, String) {
    // What a person decided about its link is not in the file, and stays.
    if let Some(before) = before.get(account.id.as_str()) {
        account.earlier_employees.clone_from(&before.earlier_employees);
        account.foreign_employees.clone_from(&before.foreign_employees);
    }
    account.version = before.get(account.id.as_str()).map_or(1, |before| before.version);
    let role = role.or_else(|| roles.get(&account.id).cloned()).unwrap_or_else(|| DEFAULT_ROLE.to_owned());
    (account, role)
}
