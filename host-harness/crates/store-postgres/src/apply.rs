//! Judges a plan's actions, and writes those that passed (rule S13): two trips, and one more that tells how the accounts stand.

use std::collections::{HashMap, HashSet};

use connector_host::contract::Action;
use connector_sync::apply_check::{self, AccountIndex, Standing};
use connector_sync::directory::Result;
use connector_sync::run::Outcome;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::Key;
use crate::error::failed;
use crate::session::{Session, Statement};
use crate::text::{Text, maybe, read, read_maybe};
use crate::writes::{COLUMNS, Writes, Written};

const STANDINGS: &str = "SELECT id, version, employee, email, supervisor, invited, protected FROM directory_accounts \
     WHERE directory = $1 ORDER BY id";
const GROUPS: &str = "SELECT id FROM directory_groups WHERE directory = $1";

/// An account is created by the connector, and with a role that nobody gave it (rule S4).
const CREATE: &str = "INSERT INTO directory_accounts (directory, tenant, id, version, invited, created_by_connector, employee, \
     email, first_name, last_name, status, gender, position, department, location, team, supervisor) \
     SELECT $1, $2, w.id, w.grows, w.invited, true, w.employee, w.email, w.first_name, w.last_name, w.status, w.gender, \
     w.position, w.department, w.location, w.team, w.supervisor \
     FROM unnest($3::text[], $4::bigint[], $5::int[], $6::bool[], $7::text[], $8::text[], $9::text[], $10::text[], \
     $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[]) \
     AS w (id, grows, sets, invited, employee, email, first_name, last_name, status, gender, position, department, location, \
     team, supervisor)";
/// The bits of `sets` say which columns are written; the others stay.
const CHANGE: &str = "UPDATE directory_accounts AS a SET version = a.version + w.grows, invited = a.invited OR w.invited, \
     employee = CASE WHEN w.sets & 1 = 0 THEN a.employee ELSE w.employee END, \
     email = CASE WHEN w.sets & 2 = 0 THEN a.email ELSE w.email END, \
     first_name = CASE WHEN w.sets & 4 = 0 THEN a.first_name ELSE w.first_name END, \
     last_name = CASE WHEN w.sets & 8 = 0 THEN a.last_name ELSE w.last_name END, \
     status = CASE WHEN w.sets & 16 = 0 THEN a.status ELSE w.status END, \
     gender = CASE WHEN w.sets & 32 = 0 THEN a.gender ELSE w.gender END, \
     position = CASE WHEN w.sets & 64 = 0 THEN a.position ELSE w.position END, \
     department = CASE WHEN w.sets & 128 = 0 THEN a.department ELSE w.department END, \
     location = CASE WHEN w.sets & 256 = 0 THEN a.location ELSE w.location END, \
     team = CASE WHEN w.sets & 512 = 0 THEN a.team ELSE w.team END, \
     supervisor = CASE WHEN w.sets & 1024 = 0 THEN a.supervisor ELSE w.supervisor END \
     FROM unnest($3::text[], $4::bigint[], $5::int[], $6::bool[], $7::text[], $8::text[], $9::text[], $10::text[], \
     $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[]) \
     AS w (id, grows, sets, invited, employee, email, first_name, last_name, status, gender, position, department, location, \
     team, supervisor) \
     WHERE a.directory = $1 AND a.tenant = $2 AND a.id = w.id";
const JOIN: &str = "INSERT INTO directory_memberships (directory, tenant, account, group_id) \
     SELECT $1, $2, w.account, w.group_id FROM unnest($3::text[], $4::text[]) AS w (account, group_id) ON CONFLICT DO NOTHING";

/// Judges all actions first, then writes those that may be written.
pub async fn apply(session: &mut Session, key: &Key, actions: &[Action]) -> Result<Vec<Outcome>> {
    let statements = [STANDINGS, GROUPS].map(|sql| Statement::new(sql, &[key.directory()]));
    let [standings, groups] = session.all(statements).await?;
    let standings = standings.iter().map(standing).collect::<Result<Vec<_>>>()?;
    let groups = groups.iter().map(|row| read(row, 0)).collect::<Result<HashSet<_>>>()?;
    let linked = standings.iter().filter_map(|account| Some((account.employee.clone()?, account.id.clone())));
    let linked: HashMap<String, String> = linked.collect();
    let accounts = AccountIndex::new(standings, groups);
    let outcomes = apply_check::check(actions, &accounts);
    write(session, key, &Writes::of(actions, &outcomes, &accounts, linked)).await?;
    Ok(outcomes)
}

fn standing(row: &Row) -> Result<Standing> {
    let version: i64 = row.try_get(1).map_err(failed)?;
    Ok(Standing {
        id: read(row, 0)?,
        version: version.unsigned_abs(),
        employee: read_maybe(row, 2)?,
        email: read(row, 3)?,
        supervisor: read_maybe(row, 4)?,
        invited: row.try_get(5).map_err(failed)?,
        protected: row.try_get(6).map_err(failed)?,
    })
}

async fn write(session: &mut Session, key: &Key, writes: &Writes) -> Result<()> {
    let (created, changed) = (Arrays::of(&writes.created), Arrays::of(&writes.changed));
    let accounts: Vec<Text<'_>> = writes.joined.iter().map(|(account, _)| Text(account)).collect();
    let groups: Vec<Text<'_>> = writes.joined.iter().map(|(_, group)| Text(group)).collect();
    let mut statements = Vec::with_capacity(3);
    // Those that are there first: one of them may give up an ID or an address that a new one has.
    if !writes.changed.is_empty() {
        statements.push(Statement::new(CHANGE, &changed.values(key)));
    }
    if !writes.created.is_empty() {
        statements.push(Statement::new(CREATE, &created.values(key)));
    }
    if !writes.joined.is_empty() {
        statements.push(Statement::new(JOIN, &[key.directory(), key.tenant(), &accounts, &groups]));
    }
    session.each(&statements).await.map(|_| ())
}

/// Rows, column by column.
struct Arrays<'a> {
    ids: Vec<Text<'a>>,
    grows: Vec<i64>,
    sets: Vec<i32>,
    invited: Vec<bool>,
    columns: [Vec<Option<Text<'a>>>; COLUMNS],
}

impl<'a> Arrays<'a> {
    fn of(rows: &'a [Written]) -> Self {
        let column =
            |at: usize| rows.iter().map(|row| row.values.get(at).and_then(|value| maybe(value.as_ref()))).collect();
        Self {
            ids: rows.iter().map(|row| Text(&row.id)).collect(),
            grows: rows.iter().map(|row| row.grows).collect(),
            sets: rows.iter().map(|row| row.sets).collect(),
            invited: rows.iter().map(|row| row.invited).collect(),
            columns: std::array::from_fn(column),
        }
    }

    fn values<'s>(&'s self, key: &'s Key) -> Vec<&'s (dyn ToSql + Sync)> {
        let first: [&(dyn ToSql + Sync); 6] =
            [key.directory(), key.tenant(), &self.ids, &self.grows, &self.sets, &self.invited];
        first.into_iter().chain(self.columns.iter().map(|column| column as &(dyn ToSql + Sync))).collect()
    }
}
