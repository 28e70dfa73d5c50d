//! What a plan that was judged does to the rows: the pure half of writing it.
//!
//! Actions are gone through in the plan's order (rule S13), and what they do to one account becomes one row: a new one, or what
//! changes of one that is there. So the server gets a row once, however many actions are about it.

use std::collections::{BTreeMap, HashMap};

use connector_host::contract::{Action, Change, Field, NewAccount, Operation, SupervisorChange};
use connector_host::names::status_name;
use connector_sync::apply_check::{AccountIndex, NewIds};
use connector_sync::run::Outcome;

/// The columns that a plan may write, in the order of every statement that writes them.
pub const COLUMNS: usize = 11;

/// A column's place among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Column {
    Employee,
    Email,
    FirstName,
    LastName,
    Status,
    Gender,
    Position,
    Department,
    Location,
    Team,
    Supervisor,
}

impl Column {
    /// Where a field is kept; nowhere if no update may write it, which judging has refused.
    const fn of(field: &Field) -> Option<Self> {
        Some(match field {
            Field::Email => Self::Email,
            Field::FirstName => Self::FirstName,
            Field::LastName => Self::LastName,
            Field::Status => Self::Status,
            Field::Gender => Self::Gender,
            Field::Position => Self::Position,
            Field::Department => Self::Department,
            Field::Location => Self::Location,
            Field::Team => Self::Team,
            Field::Id | Field::Supervisor | Field::Flag | Field::Other(_) => return None,
        })
    }
}

/// What is written of one account.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The account.
    pub id: String,
    /// By how much its version grows; of a new one its version.
    pub grows: i64,
    /// Which columns are written: a bit for each.
    pub sets: i32,
    /// Their values.
    pub values: [Option<String>; COLUMNS],
    /// Whether it is invited now.
    pub invited: bool,
}

impl Written {
    fn put(&mut self, column: Column, value: Option<String>) {
        self.sets |= 1 << column as usize;
        if let Some(place) = self.values.get_mut(column as usize) {
            *place = value;
        }
    }

    /// The same for a value that need not be there: an empty text is none.
    fn set(&mut self, column: Column, value: Option<&str>) {
        self.put(column, value.filter(|value| !value.is_empty()).map(str::to_owned));
    }
}

/// What a plan does to the rows.
#[derive(Default)]
pub struct Writes {
    /// New accounts, in the plan's order.
    pub created: Vec<Written>,
    /// Accounts that change.
    pub changed: Vec<Written>,
    /// Accounts and the groups that they join.
    pub joined: Vec<(String, String)>,
}

impl Writes {
    /// What the actions that passed do. `linked` is the account of each employee who has one.
    pub fn of(
        actions: &[Action],
        outcomes: &[Outcome],
        accounts: &AccountIndex,
        linked: HashMap<String, String>,
    ) -> Self {
        let mut writer = Writer {
            new_ids: NewIds::new(accounts),
            linked,
            new: HashMap::new(),
            created: Vec::new(),
            changed: BTreeMap::new(),
            joined: Vec::new(),
        };
        let passed = actions.iter().zip(outcomes).filter(|(_, outcome)| **outcome == Outcome::Applied);
        passed.for_each(|(action, _)| writer.write(action));
        Self { created: writer.created, changed: writer.changed.into_values().collect(), joined: writer.joined }
    }
}

struct Writer<'a> {
    new_ids: NewIds<'a>,
    /// The account of each employee, as far as the plan is gone through.
    linked: HashMap<String, String>,
    /// The place of each new account, by its ID.
    new: HashMap<String, usize>,
    created: Vec<Written>,
    changed: BTreeMap<String, Written>,
    joined: Vec<(String, String)>,
}

impl Writer<'_> {
    fn write(&mut self, action: &Action) {
        if let Operation::Create(new) = &action.operation {
            return self.create(&action.employee, new);
        }
        let own = self.linked.get(&action.employee).filter(|id| self.new.contains_key(*id));
        let Some(id) = action.account.as_ref().or(own).cloned() else { return };
        let supervisor = match &action.operation {
            Operation::SetSupervisor(SupervisorChange { after, .. }) => {
                after.as_ref().and_then(|employee| self.linked.get(employee)).cloned()
            }
            _ => None,
        };
        let written = self.written(&id);
        written.grows += 1;
        match &action.operation {
            Operation::Link => {
                written.set(Column::Employee, Some(&action.employee));
                self.linked.insert(action.employee.clone(), id);
            }
            Operation::Update(changes) => update(written, changes),
            Operation::SetSupervisor(_) => written.set(Column::Supervisor, supervisor.as_deref()),
            Operation::AddToGroup(addition) => self.joined.push((id, addition.group.clone())),
            Operation::Invite => written.invited = true,
            Operation::Create(_) | Operation::Other(_) => written.grows -= 1,
        }
    }

    /// The row of an account that is there, or that this plan creates.
    fn written(&mut self, id: &str) -> &mut Written {
        let place = self.new.get(id).copied();
        match place.and_then(|place| self.created.get_mut(place)) {
            Some(created) => created,
            None => {
                self.changed.entry(id.to_owned()).or_insert_with(|| Written { id: id.to_owned(), ..Written::default() })
            }
        }
    }

    fn create(&mut self, employee: &str, new: &NewAccount) {
        let Some(id) = self.new_ids.next() else { return };
        let mut written = Written { id: id.clone(), grows: 1, ..Written::default() };
        for (column, value) in [
            (Column::Employee, employee),
            (Column::Email, &new.email),
            (Column::FirstName, &new.first_name),
            (Column::LastName, &new.last_name),
            (Column::Status, status_name(&new.status)),
        ] {
            written.put(column, Some(value.to_owned()));
        }
        for (column, value) in [
            (Column::Gender, &new.gender),
            (Column::Position, &new.position),
            (Column::Department, &new.department),
            (Column::Location, &new.location),
            (Column::Team, &new.team),
        ] {
            written.set(column, value.as_deref());
        }
        self.new.insert(id.clone(), self.created.len());
        self.linked.insert(employee.to_owned(), id);
        self.created.push(written);
    }
}

fn update(written: &mut Written, changes: &[Change]) {
    for change in changes {
        if let Some(column) = Column::of(&change.field) {
            written.set(column, change.after.as_deref());
        }
    }
}
