//! Reads the directory's current state.

use std::collections::HashMap;

use connector_host::contract::{Account, Directory, Group};
use connector_host::names::status_named;
use connector_sync::directory::{DirectoryError, Result};
use tokio_postgres::Row;

use crate::Key;
use crate::error::failed;
use crate::session::{Session, Statement};
use crate::text::{read, read_maybe};

const ACCOUNTS: &str = "SELECT id, version, employee, email, first_name, last_name, status, gender, position, department, \
     location, team, supervisor, protected, created_by_connector, invited FROM directory_accounts \
     WHERE directory = $1 ORDER BY id";
const GROUPS: &str = "SELECT id, name FROM directory_groups WHERE directory = $1 ORDER BY id";
const GROUPS_OF: &str =
    "SELECT account, group_id FROM directory_memberships WHERE directory = $1 ORDER BY account, group_id";
const EARLIER: &str =
    "SELECT account, employee FROM directory_earlier_employees WHERE directory = $1 ORDER BY account, employee";
const FOREIGN: &str =
    "SELECT account, employee FROM directory_foreign_employees WHERE directory = $1 ORDER BY account, employee";

/// Accounts and groups by ID.
pub async fn whole(session: &mut Session, key: &Key) -> Result<Directory> {
    let all = [ACCOUNTS, GROUPS, GROUPS_OF, EARLIER, FOREIGN];
    let statements = all.map(|sql| Statement::new(sql, &[key.directory()]));
    let [accounts, groups, groups_of, earlier, foreign] = session.all(statements).await?;
    let mut accounts = accounts.iter().map(account).collect::<Result<Vec<_>>>()?;
    let groups =
        groups.iter().map(|row| Ok(Group { id: read(row, 0)?, name: read(row, 1)? })).collect::<Result<_>>()?;
    join(&mut accounts, &groups_of, |account| &mut account.groups)?;
    join(&mut accounts, &earlier, |account| &mut account.earlier_employees)?;
    join(&mut accounts, &foreign, |account| &mut account.foreign_employees)?;
    Ok(Directory { accounts, groups })
}

fn account(row: &Row) -> Result<Account> {
    let id = read(row, 0)?;
    let corrupt = |field: &str| {
        DirectoryError::Corrupt(format!("account {id}: its {field} is invalid; restore the directory from a copy"))
    };
    let version: i64 = row.try_get(1).map_err(failed)?;
    let flag = |column: usize| row.try_get::<_, bool>(column).map_err(failed);
    Ok(Account {
        version: u64::try_from(version).map_err(|_| corrupt("version"))?,
        employee: read_maybe(row, 2)?,
        earlier_employees: Vec::new(),
        foreign_employees: Vec::new(),
        email: read(row, 3)?,
        first_name: read(row, 4)?,
        last_name: read(row, 5)?,
        status: status_named(&read(row, 6)?).ok_or_else(|| corrupt("status"))?,
        gender: read_maybe(row, 7)?,
        position: read_maybe(row, 8)?,
        department: read_maybe(row, 9)?,
        location: read_maybe(row, 10)?,
        team: read_maybe(row, 11)?,
        supervisor: read_maybe(row, 12)?,
        protected: flag(13)?,
        created_by_connector: flag(14)?,
        invited: flag(15)?,
        groups: Vec::new(),
        id,
    })
}

/// Adds what another table has of each account: rows of an account and a text.
fn join(accounts: &mut [Account], rows: &[Row], list: fn(&mut Account) -> &mut Vec<String>) -> Result<()> {
    let mut by_id: HashMap<String, &mut Account> =
        accounts.iter_mut().map(|account| (account.id.clone(), account)).collect();
    for row in rows {
        if let Some(account) = by_id.get_mut(&read(row, 0)?) {
            list(account).push(read(row, 1)?);
        }
    }
    Ok(())
}
