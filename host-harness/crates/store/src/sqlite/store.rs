//! Stores whole accounts and groups for an import, which the platform may do, but a connector may not.

use std::collections::BTreeMap;

use rusqlite::{Transaction, named_params};

use super::{failed, snapshot};
use connector_host::contract::{Account, Directory, Group};
use connector_host::names::status_name;
use connector_sync::directory::DirectoryError;

const GROUP: &str = "INSERT INTO groups (id, name) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET name = excluded.name";
const UNLINK: &str = "UPDATE accounts SET employee = NULL WHERE id = ?1";
const ACCOUNT: &str = "INSERT INTO accounts (id, version, employee, email, first_name, last_name, status, gender, position, \
     department, location, team, supervisor, role, protected, created_by_connector, invited) VALUES (:id, 1, :employee, \
     :email, :first_name, :last_name, :status, :gender, :position, :department, :location, :team, :supervisor, :role, \
     :protected, :created_by_connector, :invited) \
     ON CONFLICT (id) DO UPDATE SET version = version + 1, employee = excluded.employee, email = excluded.email, \
     first_name = excluded.first_name, last_name = excluded.last_name, status = excluded.status, \
     gender = excluded.gender, position = excluded.position, department = excluded.department, \
     location = excluded.location, team = excluded.team, supervisor = excluded.supervisor, role = excluded.role, \
     protected = excluded.protected, created_by_connector = excluded.created_by_connector, invited = excluded.invited";
const LEAVE: &str = "DELETE FROM memberships WHERE account_id = ?1";
const JOIN: &str = "INSERT INTO memberships (account_id, group_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

/// One import's transaction; dropping it undoes it.
pub(crate) struct Store<'a>(Transaction<'a>);

impl<'a> Store<'a> {
    pub(super) const fn new(transaction: Transaction<'a>) -> Self {
        Self(transaction)
    }

    /// The directory as it is, inside the transaction.
    pub(crate) fn snapshot(&self) -> Result<Directory, DirectoryError> {
        snapshot::read_within(&self.0)
    }

    /// Each account's role.
    pub(crate) fn roles(&self) -> Result<BTreeMap<String, String>, DirectoryError> {
        snapshot::roles(&self.0).map_err(failed)
    }

    /// Stores these groups under their IDs.
    pub(crate) fn put_groups<'g>(&self, mut groups: impl Iterator<Item = &'g Group>) -> Result<(), DirectoryError> {
        let put = |group: &Group| self.0.prepare_cached(GROUP)?.execute([&group.id, &group.name]).map(|_| ());
        groups.try_for_each(put).map_err(failed)
    }

    /// Stores these accounts and their roles under their IDs; the version of one that is there grows.
    pub(crate) fn put_accounts(&self, accounts: &[(Account, String)]) -> Result<(), DirectoryError> {
        // First nobody is linked, so that two accounts may trade their employees.
        let unlink =
            |(account, _): &(Account, String)| self.0.prepare_cached(UNLINK)?.execute([&account.id]).map(|_| ());
        accounts.iter().try_for_each(unlink).map_err(failed)?;
        accounts.iter().try_for_each(|(account, role)| self.put_account(account, role)).map_err(failed)?;
        accounts.iter().try_for_each(|(account, _)| self.put_memberships(account)).map_err(failed)
    }

    fn put_account(&self, account: &Account, role: &str) -> rusqlite::Result<()> {
        self.0
            .prepare_cached(ACCOUNT)?
            .execute(named_params! {
                ":id": account.id, ":employee": account.employee, ":email": account.email,
                ":first_name": account.first_name, ":last_name": account.last_name,
                ":status": status_name(&account.status), ":gender": account.gender, ":position": account.position,
                ":department": account.department, ":location": account.location, ":team": account.team,
                ":supervisor": account.supervisor, ":role": role, ":protected": account.protected,
                ":created_by_connector": account.created_by_connector, ":invited": account.invited,
            })
            .map(|_| ())
    }

    fn put_memberships(&self, account: &Account) -> rusqlite::Result<()> {
        self.0.prepare_cached(LEAVE)?.execute([&account.id])?;
        let mut join = self.0.prepare_cached(JOIN)?;
        account.groups.iter().try_for_each(|group| join.execute([&account.id, group]).map(|_| ()))
    }

    /// Makes everything lasting.
    pub(crate) fn commit(self) -> Result<(), DirectoryError> {
        self.0.commit().map_err(failed)
    }
}
