//! Reads the directory's current state.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, Row};

use super::failed;
use connector_host::contract::{Account, Directory, Group};
use connector_host::names::status_named;
use connector_sync::directory::DirectoryError;

const ACCOUNTS: &str = "SELECT id, version, employee, email, first_name, last_name, status, gender, position, department, \
     location, team, supervisor, protected, created_by_connector, invited FROM accounts ORDER BY id";

const GROUPS_OF: &str = "SELECT account_id, group_id FROM memberships ORDER BY account_id, group_id";
const EARLIER: &str = "SELECT account, employee FROM earlier_employees ORDER BY account, employee";
const FOREIGN: &str = "SELECT account, employee FROM foreign_employees ORDER BY account, employee";

/// Accounts and groups by ID, all as of one moment.
pub(super) fn read(connection: &Connection) -> Result<Directory, DirectoryError> {
    let transaction = connection.unchecked_transaction().map_err(failed)?;
    read_within(&transaction)
}

/// The same inside a transaction that is open already.
pub(super) fn read_within(connection: &Connection) -> Result<Directory, DirectoryError> {
    let mut accounts = accounts(connection)?;
    join(connection, &mut accounts, GROUPS_OF, |account| &mut account.groups).map_err(failed)?;
    join(connection, &mut accounts, EARLIER, |account| &mut account.earlier_employees).map_err(failed)?;
    join(connection, &mut accounts, FOREIGN, |account| &mut account.foreign_employees).map_err(failed)?;
    let groups = groups(connection).map_err(failed)?;
    Ok(Directory { accounts, groups })
}

fn groups(connection: &Connection) -> rusqlite::Result<Vec<Group>> {
    let mut statement = connection.prepare_cached("SELECT id, name FROM groups ORDER BY id")?;
    statement.query_map([], |row| Ok(Group { id: row.get(0)?, name: row.get(1)? }))?.collect()
}

fn accounts(connection: &Connection) -> Result<Vec<Account>, DirectoryError> {
    let mut statement = connection.prepare_cached(ACCOUNTS).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let mut accounts = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        accounts.push(account(row)?);
    }
    Ok(accounts)
}

fn account(row: &Row<'_>) -> Result<Account, DirectoryError> {
    let (id, version, status) = head(row).map_err(failed)?;
    let corrupt = |field: &str| {
        DirectoryError::Corrupt(format!("account {id}: its {field} is invalid; restore the directory from a copy"))
    };
    let version = u64::try_from(version).map_err(|_| corrupt("version"))?;
    let status = status_named(&status).ok_or_else(|| corrupt("status"))?;
    let values = || -> rusqlite::Result<Account> {
        Ok(Account {
            id: id.clone(),
            version,
            employee: row.get("employee")?,
            earlier_employees: Vec::new(),
            foreign_employees: Vec::new(),
            email: row.get("email")?,
            first_name: row.get("first_name")?,
            last_name: row.get("last_name")?,
            status,
            gender: row.get("gender")?,
            position: row.get("position")?,
            department: row.get("department")?,
            location: row.get("location")?,
            team: row.get("team")?,
            supervisor: row.get("supervisor")?,
            protected: row.get("protected")?,
            created_by_connector: row.get("created_by_connector")?,
            invited: row.get("invited")?,
            groups: Vec::new(),
        })
    };
    values().map_err(failed)
}

fn head(row: &Row<'_>) -> rusqlite::Result<(String, i64, String)> {
    Ok((row.get("id")?, row.get("version")?, row.get("status")?))
}

/// Adds what another table has of each account: rows of an account and a text.
fn join(
    connection: &Connection,
    accounts: &mut [Account],
    sql: &str,
    list: fn(&mut Account) -> &mut Vec<String>,
) -> rusqlite::Result<()> {
    let mut by_id: HashMap<String, &mut Account> =
        accounts.iter_mut().map(|account| (account.id.clone(), account)).collect();
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(account) = by_id.get_mut(row.get_ref(0)?.as_str()?) {
            list(account).push(row.get(1)?);
        }
    }
    Ok(())
}

/// Each account's role, by account ID. The contract has no role: a connector has no say in it (rule S4).
pub(super) fn roles(connection: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let mut statement = connection.prepare_cached("SELECT id, role FROM accounts")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
