//! Stores whole accounts and groups for an import, which the platform may do, but a connector may not.

use std::collections::BTreeMap;

use connector_host::contract::{Account, Group};
use connector_host::names::status_name;
use connector_sync::directory::{ImportedAccount, Result};
use tokio_postgres::types::ToSql;

use crate::Key;
use crate::session::{Session, Statement};
use crate::text::{Text, maybe, read, texts};

const ROLES: &str = "SELECT id, role FROM directory_accounts WHERE directory = $1";
const GROUPS: &str = "INSERT INTO directory_groups (directory, tenant, id, name) \
     SELECT $1, $2, w.id, w.name FROM unnest($3::text[], $4::text[]) AS w (id, name) \
     ON CONFLICT (directory, id) DO UPDATE SET name = excluded.name";
/// First nobody is linked, so that two accounts may trade their employees.
const UNLINK: &str = "UPDATE directory_accounts SET employee = NULL WHERE directory = $1 AND id = ANY ($2::text[])";
const ACCOUNTS: &str = "INSERT INTO directory_accounts AS a (directory, tenant, id, version, employee, email, first_name, \
     last_name, status, gender, position, department, location, team, supervisor, role, protected, created_by_connector, \
     invited) \
     SELECT $1, $2, w.id, 1, w.employee, w.email, w.first_name, w.last_name, w.status, w.gender, w.position, w.department, \
     w.location, w.team, w.supervisor, w.role, w.protected, w.created_by_connector, w.invited \
     FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], \
     $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::bool[], $17::bool[], $18::bool[]) \
     AS w (id, email, first_name, last_name, status, role, employee, gender, position, department, location, team, \
     supervisor, protected, created_by_connector, invited) \
     ON CONFLICT (directory, id) DO UPDATE SET version = a.version + 1, employee = excluded.employee, \
     email = excluded.email, first_name = excluded.first_name, last_name = excluded.last_name, status = excluded.status, \
     gender = excluded.gender, position = excluded.position, department = excluded.department, \
     location = excluded.location, team = excluded.team, supervisor = excluded.supervisor, role = excluded.role, \
     protected = excluded.protected, created_by_connector = excluded.created_by_connector, invited = excluded.invited";
const LEAVE: &str = "DELETE FROM directory_memberships WHERE directory = $1 AND account = ANY ($2::text[])";
const JOIN: &str = "INSERT INTO directory_memberships (directory, tenant, account, group_id) \
     SELECT $1, $2, w.account, w.group_id FROM unnest($3::text[], $4::text[]) AS w (account, group_id) ON CONFLICT DO NOTHING";

/// Each account's role, by account ID. The contract has no role: a connector has no say in it (rule S4).
pub async fn roles(session: &mut Session, key: &Key) -> Result<BTreeMap<String, String>> {
    let rows = session.query(ROLES, &[key.directory()]).await?;
    rows.iter().map(|row| Ok((read(row, 0)?, read(row, 1)?))).collect()
}

/// Stores these groups under their IDs.
pub async fn put_groups(session: &mut Session, key: &Key, groups: &[Group]) -> Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    let (ids, names) = (texts(groups.iter().map(|group| &group.id)), texts(groups.iter().map(|group| &group.name)));
    session.query(GROUPS, &[key.directory(), key.tenant(), &ids, &names]).await.map(|_| ())
}

/// Stores these accounts and their roles under their IDs; the version of one that is there grows.
pub async fn put_accounts(session: &mut Session, key: &Key, imported: &[ImportedAccount]) -> Result<()> {
    if imported.is_empty() {
        return Ok(());
    }
    let accounts: Vec<&Account> = imported.iter().map(|imported| &imported.account).collect();
    let ids = texts(accounts.iter().map(|account| &account.id));
    let needed = [
        texts(accounts.iter().map(|account| &account.email)),
        texts(accounts.iter().map(|account| &account.first_name)),
        texts(accounts.iter().map(|account| &account.last_name)),
        accounts.iter().map(|account| Text(status_name(&account.status))).collect(),
        texts(imported.iter().map(|imported| &imported.role)),
    ];
    let maybe_texts: [fn(&Account) -> Option<&String>; 7] = [
        |account| account.employee.as_ref(),
        |account| account.gender.as_ref(),
        |account| account.position.as_ref(),
        |account| account.department.as_ref(),
        |account| account.location.as_ref(),
        |account| account.team.as_ref(),
        |account| account.supervisor.as_ref(),
    ];
    let optional =
        maybe_texts.map(|text| accounts.iter().map(|account| maybe(text(account))).collect::<Vec<Option<Text<'_>>>>());
    let flags: [fn(&Account) -> bool; 3] =
        [|account| account.protected, |account| account.created_by_connector, |account| account.invited];
    let flags = flags.map(|flag| accounts.iter().map(|account| flag(account)).collect::<Vec<bool>>());
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![key.directory(), key.tenant(), &ids];
    values.extend(needed.iter().map(|column| column as &(dyn ToSql + Sync)));
    values.extend(optional.iter().map(|column| column as &(dyn ToSql + Sync)));
    values.extend(flags.iter().map(|column| column as &(dyn ToSql + Sync)));
    let members =
        accounts.iter().flat_map(|account| account.groups.iter().map(|group| (Text(&account.id), Text(group))));
    let (of, groups): (Vec<Text<'_>>, Vec<Text<'_>>) = members.unzip();
    let statements = [
        Statement::new(UNLINK, &[key.directory(), &ids]),
        Statement::new(ACCOUNTS, &values),
        Statement::new(LEAVE, &[key.directory(), &ids]),
        Statement::new(JOIN, &[key.directory(), key.tenant(), &of, &groups]),
    ];
    session.all(statements).await.map(|_| ())
}
