//! Creates, links and updates (rules S4, S6, S7 and S8).

use super::matching::Accounts;
use super::notices::Notices;
use super::people::{Address, Person, Standing};
use super::population::Population;
use super::values::Origin;
use crate::bindings::elearnio::connector::types::{
    Account, AccountStatus, Action, Change, Field, Learner, NewAccount, Operation, Reading, SourceRead, StatusReading,
};
use crate::codes;
use crate::field_name;
use connector_common::fields::Clearable;

/// The fields that this credential may be unable to read, one by one.
const FIELDS: [Field; 8] = [
    Field::FirstName,
    Field::LastName,
    Field::Gender,
    Field::Position,
    Field::Department,
    Field::Location,
    Field::Team,
    Field::Supervisor,
];

/// The fields this credential may not read: nothing about them changes (rule S7).
#[derive(Debug)]
pub struct HiddenFields(Vec<Field>);

impl HiddenFields {
    /// Finds them: reported by `configure`, or shown in no record. One notice each.
    pub fn find(source: &SourceRead, population: &Population<'_>, notices: &mut Notices) -> Self {
        let reported = |field: &Field| source.hidden.iter().any(|hidden| hidden.attribute == *field);
        let unseen = |field: &Field| {
            !population.learners.is_empty()
                && population.learners.iter().all(|(_, learner)| *field_of(learner, field) == Reading::Hidden)
        };
        let hidden: Vec<Field> = FIELDS.into_iter().filter(|field| reported(field) || unseen(field)).collect();
        for field in &hidden {
            notices.add_fact(codes::ATTRIBUTE_HIDDEN, Some(field_name(field)));
        }
        Self(hidden)
    }

    /// What was read of a field; hidden if it is hidden.
    #[must_use]
    pub fn read<'a>(&self, learner: &'a Learner, field: &Field) -> &'a Reading {
        if self.0.contains(field) { &Reading::Hidden } else { field_of(learner, field) }
    }

    fn value(&self, learner: &Learner, field: &Field) -> Option<String> {
        match self.read(learner, field) {
            Reading::Value(value) => Some(value.clone()),
            Reading::Hidden | Reading::Empty | Reading::Unusable(_) => None,
        }
    }

    /// Tells what of somebody's readings cannot be used, and changes nothing (rule S6): of people who have an account, or
    /// get one.
    fn report(&self, learner: &Learner, notices: &mut Notices) {
        report(Field::Email, &learner.email, learner, notices);
        if let StatusReading::Unusable(code) = &learner.status {
            notices.add(code, Some(field_name(&Field::Status)), &learner.employee);
        }
        for field in FIELDS {
            let reading = self.read(learner, &field);
            report(field, reading, learner, notices);
        }
    }
}

/// Tells of one reading that is of no use: it cannot be understood, or it is empty and may not be (rule S6).
pub fn report(field: Field, reading: &Reading, learner: &Learner, notices: &mut Notices) {
    let (code, detail) = match (field, reading) {
        (Field::Email, Reading::Empty) => (codes::EMAIL_EMPTY, None),
        (Field::FirstName | Field::LastName, Reading::Empty) => (codes::NAME_EMPTY, None),
        // Its sentence names the field.
        (_, Reading::Unusable(code)) if code == codes::EMAIL_INVALID => (codes::EMAIL_INVALID, None),
        (field, Reading::Unusable(code)) => {
            notices.add(code, Some(field_name(&field)), &learner.employee);
            return;
        }
        _ => return,
    };
    notices.add(code, detail, &learner.employee);
}

fn field_of<'a>(learner: &'a Learner, field: &Field) -> &'a Reading {
    match field {
        Field::FirstName => &learner.first_name,
        Field::LastName => &learner.last_name,
        Field::Gender => &learner.gender,
        Field::Position => &learner.position,
        Field::Department => &learner.department,
        Field::Location => &learner.location,
        Field::Team => &learner.team,
        Field::Supervisor => &learner.supervisor,
        Field::Id | Field::Email | Field::Status | Field::Flag | Field::Other(_) => &Reading::Hidden,
    }
}

/// Plans creates and links, then updates (rule S13), and settles everybody's status after them. Updates name their fields
/// and have no values yet: where those come from is the answer, update by update.
pub fn plan(
    people: &mut [Person<'_>],
    accounts: &Accounts<'_>,
    hidden: &HiddenFields,
    actions: &mut Vec<Action>,
    notices: &mut Notices,
) -> Vec<Origin> {
    for person in people.iter_mut() {
        actions.extend(begin(person, accounts, hidden, notices));
    }
    let mut origins = Vec::new();
    for person in people {
        if let (Standing::Linked(at) | Standing::Link(at), Some(account)) = (person.standing, person.account(accounts))
            && let Some(action) = update(person, account, accounts, hidden, notices)
        {
            actions.push(action);
            origins.push(Origin { record: person.record, account: at });
        }
    }
    origins
}

/// The create or link of somebody without an account.
fn begin(
    person: &mut Person<'_>,
    accounts: &Accounts<'_>,
    hidden: &HiddenFields,
    notices: &mut Notices,
) -> Option<Action> {
    if person.has_account() {
        hidden.report(person.learner, notices);
        if let StatusReading::Unknown(value) = &person.learner.status {
            let is_new = person.standing == Standing::New;
            let code = if is_new { codes::STATUS_UNKNOWN_NEW } else { codes::STATUS_UNKNOWN };
            notices.add(code, Some(value), &person.learner.employee);
        }
    }
    match person.standing {
        Standing::New => {
            let account = new_account(person.learner, hidden);
            person.status = Some(account.status.clone());
            let create = Operation::Create(account);
            Some(person.action("create", accounts, create, codes::FLAGGED_WITHOUT_ACCOUNT))
        }
        Standing::Link(_) => Some(person.action("link", accounts, Operation::Link, codes::EMAIL_MATCHES_ACCOUNT)),
        Standing::Linked(_) | Standing::Conflict | Standing::Rejected => None,
    }
}

/// A status nobody knows gives no access: the account is created inactive, and the notice says what to do. Somebody without
/// an address, a name or a status never comes here (rule S6).
fn new_account(learner: &Learner, hidden: &HiddenFields) -> NewAccount {
    let value = |field| hidden.value(learner, &field);
    NewAccount {
        email: address(learner).unwrap_or_default().to_owned(),
        first_name: value(Field::FirstName).unwrap_or_default(),
        last_name: value(Field::LastName).unwrap_or_default(),
        status: match &learner.status {
            StatusReading::Known(status) => status.clone(),
            StatusReading::Unknown(_) | StatusReading::Hidden | StatusReading::Unusable(_) => AccountStatus::Inactive,
        },
        gender: value(Field::Gender),
        position: value(Field::Position),
        department: value(Field::Department),
        location: value(Field::Location),
        team: value(Field::Team),
    }
}

fn update(
    person: &mut Person<'_>,
    account: &Account,
    accounts: &Accounts<'_>,
    hidden: &HiddenFields,
    notices: &mut Notices,
) -> Option<Action> {
    let learner = person.learner;
    let mut changes = Vec::new();
    match person.address {
        Address::Change => changes.push(Field::Email),
        Address::Protected => notices.add(codes::PROTECTED_ADDRESS_KEPT, None, &learner.employee),
        Address::Keep | Address::Shared | Address::Disputed => {}
    }
    for (field, held) in held(account) {
        match (hidden.read(learner, &field), held) {
            (Reading::Value(value), held) if held != Some(value.as_str()) => changes.push(field),
            (Reading::Empty, Some(_)) if clearable(&field) => changes.push(field),
            _ => {}
        }
    }
    let status = new_status(learner, account, notices);
    if status.is_some() {
        changes.push(Field::Status);
    }
    person.status = Some(status.unwrap_or_else(|| account.status.clone()));
    if changes.is_empty() {
        return None;
    }
    person.changes = true;
    let changes = changes.into_iter().map(|field| Change { field, before: None, after: None });
    Some(person.action("update", accounts, Operation::Update(changes.collect()), codes::SOURCE_DIFFERS))
}

/// What an account holds of the fields that are plain text. The supervisor is a link, and planned as one.
fn held(account: &Account) -> [(Field, Option<&str>); 7] {
    [
        (Field::FirstName, Some(&account.first_name)),
        (Field::LastName, Some(&account.last_name)),
        (Field::Gender, account.gender.as_deref()),
        (Field::Position, account.position.as_deref()),
        (Field::Department, account.department.as_deref()),
        (Field::Location, account.location.as_deref()),
        (Field::Team, account.team.as_deref()),
    ]
}

/// Rule S6: names are never cleared.
fn clearable(field: &Field) -> bool {
    Clearable::named(field_name(field)).is_some()
}

/// The status to write, if any. It is what the record itself says, so it needs no complete read (rule S17); a protected
/// account's is never lowered (S4).
fn new_status(learner: &Learner, account: &Account, notices: &mut Notices) -> Option<AccountStatus> {
    let StatusReading::Known(status) = &learner.status else { return None };
    if *status == account.status {
        return None;
    }
    if *status == AccountStatus::Inactive && account.protected {
        notices.add(codes::PROTECTED_KEPT, None, &learner.employee);
        return None;
    }
    Some(status.clone())
}

/// The address that was read, if it can be used.
#[must_use]
pub fn address(learner: &Learner) -> Option<&str> {
    match &learner.email {
        Reading::Value(address) => Some(address),
        Reading::Hidden | Reading::Empty | Reading::Unusable(_) => None,
    }
}
