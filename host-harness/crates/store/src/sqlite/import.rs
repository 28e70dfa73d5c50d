//! Stores whole accounts and groups for an import, which the platform may do, but a connector may not.

use rusqlite::{Connection, named_params};

use connector_host::contract::{Account, Group};
use connector_host::names::status_name;
use connector_sync::directory::ImportedAccount;

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

/// Stores these groups under their IDs.
pub(super) fn put_groups(connection: &Connection, groups: &[Group]) -> rusqlite::Result<()> {
    let mut put = connection.prepare_cached(GROUP)?;
    groups.iter().try_for_each(|group| put.execute([&group.id, &group.name]).map(|_| ()))
}

/// Stores these accounts and their roles under their IDs; the version of one that is there grows.
pub(super) fn put_accounts(connection: &Connection, accounts: &[ImportedAccount]) -> rusqlite::Result<()> {
    // First nobody is linked, so that two accounts may trade their employees.
    let mut unlink = connection.prepare_cached(UNLINK)?;
    accounts.iter().try_for_each(|imported| unlink.execute([&imported.account.id]).map(|_| ()))?;
    accounts.iter().try_for_each(|imported| put_account(connection, imported))?;
    accounts.iter().try_for_each(|imported| put_memberships(connection, &imported.account))
}

fn put_account(connection: &Connection, imported: &ImportedAccount) -> rusqlite::Result<()> {
    let ImportedAccount { account, role } = imported;
    connection
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

fn put_memberships(connection: &Connection, account: &Account) -> rusqlite::Result<()> {
    connection.prepare_cached(LEAVE)?.execute([&account.id])?;
    let mut join = connection.prepare_cached(JOIN)?;
    account.groups.iter().try_for_each(|group| join.execute([&account.id, group]).map(|_| ()))
}
