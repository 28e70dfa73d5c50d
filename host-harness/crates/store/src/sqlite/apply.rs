//! Writes the actions that passed the check, in the plan's order (rule S13).

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, ToSql, named_params, params};

use super::failed;
use connector_host::contract::{Action, Change, Field, NewAccount, Operation, SupervisorChange};
use connector_host::names::status_name;
use connector_sync::apply_check::{self as apply_check, AccountIndex, NewIds, Standing};
use connector_sync::directory::DirectoryError;
use connector_sync::run::Outcome;

const CREATE: &str = "INSERT INTO accounts (id, version, employee, email, first_name, last_name, status, gender, position, \
     department, location, team, created_by_connector) VALUES (:id, 1, :employee, :email, :first_name, :last_name, :status, \
     :gender, :position, :department, :location, :team, 1)";
const LINK: &str = "UPDATE accounts SET employee = ?2 WHERE id = ?1";
const SUPERVISE: &str = "UPDATE accounts SET supervisor = (SELECT id FROM accounts WHERE employee = ?2) WHERE id = ?1";
const JOIN: &str = "INSERT INTO memberships (account_id, group_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const INVITE: &str = "UPDATE accounts SET invited = 1 WHERE id = ?1";
const GROW: &str = "UPDATE accounts SET version = version + 1 WHERE id = ?1";

/// Judges all actions first, then writes those that may be written.
pub(super) fn apply(connection: &Connection, actions: &[Action]) -> Result<Vec<Outcome>, DirectoryError> {
    let accounts = account_index(connection).map_err(failed)?;
    let outcomes = apply_check::check(actions, &accounts);
    let mut writer = Writer { connection, new_ids: NewIds::new(&accounts), created: HashMap::new() };
    for (action, _) in actions.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::Applied) {
        writer.write(action).map_err(failed)?;
    }
    Ok(outcomes)
}

fn account_index(connection: &Connection) -> rusqlite::Result<AccountIndex> {
    let mut statement = connection.prepare_cached(
        "SELECT id, version, employee, email, supervisor, invited, protected FROM accounts ORDER BY id",
    )?;
    let standing = |row: &rusqlite::Row<'_>| {
        Ok(Standing {
            id: row.get(0)?,
            version: row.get::<_, i64>(1)?.unsigned_abs(),
            employee: row.get(2)?,
            email: row.get(3)?,
            supervisor: row.get(4)?,
            invited: row.get(5)?,
            protected: row.get(6)?,
        })
    };
    let accounts = statement.query_map([], standing)?.collect::<rusqlite::Result<_>>()?;
    let mut statement = connection.prepare_cached("SELECT id FROM groups")?;
    let groups = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<HashSet<String>>>()?;
    Ok(AccountIndex::new(accounts, groups))
}

struct Writer<'a> {
    connection: &'a Connection,
    new_ids: NewIds<'a>,
    /// The accounts this plan created, by employee.
    created: HashMap<&'a str, String>,
}

impl<'a> Writer<'a> {
    fn write(&mut self, action: &'a Action) -> rusqlite::Result<()> {
        if let Operation::Create(new) = &action.operation {
            let Some(id) = self.new_ids.next() else { return Ok(()) };
            self.create(&id, &action.employee, new)?;
            self.created.insert(&action.employee, id);
            return Ok(());
        }
        let created = self.created.get(action.employee.as_str());
        let Some(account) = action.account.as_ref().or(created).cloned() else { return Ok(()) };
        match &action.operation {
            Operation::Link => self.run(LINK, params![account, action.employee])?,
            Operation::Update(changes) => self.update(&account, changes)?,
            Operation::SetSupervisor(SupervisorChange { after, .. }) => self.run(SUPERVISE, params![account, after])?,
            Operation::AddToGroup(addition) => self.run(JOIN, params![account, addition.group])?,
            Operation::Invite => self.run(INVITE, params![account])?,
            Operation::Create(_) | Operation::Other(_) => return Ok(()),
        }
        self.run(GROW, params![account])
    }

    fn run(&self, sql: &str, params: &[&dyn ToSql]) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute(params).map(|_| ())
    }

    fn create(&self, id: &str, employee: &str, new: &NewAccount) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(CREATE)?
            .execute(named_params! {
                ":id": id, ":employee": employee, ":email": new.email, ":first_name": new.first_name,
                ":last_name": new.last_name, ":status": status_name(&new.status), ":gender": some(new.gender.as_ref()),
                ":position": some(new.position.as_ref()), ":department": some(new.department.as_ref()),
                ":location": some(new.location.as_ref()), ":team": some(new.team.as_ref()),
            })
            .map(|_| ())
    }

    fn update(&self, account: &str, changes: &[Change]) -> rusqlite::Result<()> {
        for change in changes {
            if let Some(sql) = update_of(&change.field) {
                self.run(sql, params![account, some(change.after.as_ref())])?;
            }
        }
        Ok(())
    }
}

/// An empty text is none.
fn some(value: Option<&String>) -> Option<&String> {
    value.filter(|value| !value.is_empty())
}

/// The statement that writes one field; none for a field no update may write, which judging has refused.
const fn update_of(field: &Field) -> Option<&'static str> {
    Some(match field {
        Field::Email => "UPDATE accounts SET email = ?2 WHERE id = ?1",
        Field::FirstName => "UPDATE accounts SET first_name = ?2 WHERE id = ?1",
        Field::LastName => "UPDATE accounts SET last_name = ?2 WHERE id = ?1",
        Field::Status => "UPDATE accounts SET status = ?2 WHERE id = ?1",
        Field::Gender => "UPDATE accounts SET gender = ?2 WHERE id = ?1",
        Field::Position => "UPDATE accounts SET position = ?2 WHERE id = ?1",
        Field::Department => "UPDATE accounts SET department = ?2 WHERE id = ?1",
        Field::Location => "UPDATE accounts SET location = ?2 WHERE id = ?1",
        Field::Team => "UPDATE accounts SET team = ?2 WHERE id = ?1",
        Field::Id | Field::Supervisor | Field::Flag | Field::Other(_) => return None,
    })
}
