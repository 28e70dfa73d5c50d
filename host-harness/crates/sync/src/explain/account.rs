//! How somebody's account was found, or was not (rules S2, S10, S11 and S12).

use std::collections::BTreeSet;

use connector_common::codes;
use connector_common::keys::key;
use connector_host::contract::{Account, Learner, Operation, Reading, SourceRecord};
use connector_host::names::status_name;

use super::{AccountFacts, AccountFinding, Attribute, Found, Person, State, Values, obstacles, source};

/// The accounts that have to do with one employee ID.
pub(super) struct Accounts<'a> {
    all: &'a [Account],
    /// Those that are linked to it; more than one is a conflict.
    pub(super) linked: Vec<&'a Account>,
    /// Those of which it is an earlier ID (rule S12).
    earlier: Vec<&'a Account>,
    /// Those of which a person decided that they are somebody else's (rule S12).
    foreign: Vec<&'a Account>,
}

impl<'a> Accounts<'a> {
    pub(super) fn of(employee: &str, all: &'a [Account]) -> Self {
        let these = |is: &dyn Fn(&Account) -> bool| all.iter().filter(|account| is(account)).collect();
        let names = |ids: &[String]| ids.iter().any(|id| id == employee);
        Self {
            all,
            linked: these(&|account| account.employee.as_deref() == Some(employee)),
            earlier: these(&|account| account.employee.is_some() && names(&account.earlier_employees)),
            foreign: these(&|account| names(&account.foreign_employees)),
        }
    }

    pub(super) fn know_the_id(&self) -> bool {
        !(self.linked.is_empty() && self.earlier.is_empty() && self.foreign.is_empty())
    }

    /// True for an earlier ID of somebody who has another one now (rule S12).
    pub(super) fn supersede(&self) -> bool {
        self.linked.is_empty() && !self.earlier.is_empty()
    }

    /// The ID that somebody with this earlier one has now.
    pub(super) fn now_linked_to(&self) -> Option<&'a str> {
        self.earlier.first().and_then(|account| account.employee.as_deref())
    }

    /// The name on the person's one account.
    pub(super) fn name(&self) -> Option<String> {
        let account = self.linked.first().or_else(|| self.earlier.first())?;
        Some(format!("{} {}", account.first_name, account.last_name).trim().to_owned()).filter(|name| !name.is_empty())
    }

    pub(super) fn finding(&self, person: &Person<'_>, values: Values) -> AccountFinding {
        let (found, accounts) = self.found(person);
        let is_theirs = matches!(found, Found::ByLink | Found::ByEarlierId | Found::ByAddress);
        AccountFinding {
            found,
            accounts: accounts.into_iter().map(|account| facts(account, is_theirs.then_some(values))).collect(),
            not_theirs: self.foreign.iter().map(|account| account.id.clone()).collect(),
        }
    }

    fn found(&self, person: &Person<'_>) -> (Found, Vec<&'a Account>) {
        match (self.linked.as_slice(), self.earlier.as_slice()) {
            ([_], _) => return (Found::ByLink, self.linked.clone()),
            ([_, _, ..], _) => return (Found::InConflict, self.linked.clone()),
            ([], [_, ..]) => return (Found::ByEarlierId, self.earlier.clone()),
            ([], []) => {}
        }
        let plan = person.plan().into_iter().flat_map(|plan| &plan.actions);
        for action in plan.filter(|action| action.employee == person.employee) {
            match action.operation {
                Operation::Create(_) => return (Found::New, Vec::new()),
                Operation::Link => {
                    let linked = self.all.iter().filter(|account| action.account.as_ref() == Some(&account.id));
                    return (Found::ByAddress, linked.collect());
                }
                _ => {}
            }
        }
        if person.is_noticed(obstacles::CONFLICTS) {
            return (Found::InConflict, self.with_the_address_of(person));
        }
        (Found::None, Vec::new())
    }

    /// The accounts that have the person's address, by rule S9's key.
    fn with_the_address_of(&self, person: &Person<'_>) -> Vec<&'a Account> {
        let Some(address) = person.address().map(key) else { return Vec::new() };
        self.all.iter().filter(|account| key(&account.email) == address).collect()
    }
}

impl<'a> Person<'a> {
    fn learner(&self) -> Option<&'a Learner> {
        match self.record {
            Some(SourceRecord::Learner(learner)) => Some(learner),
            _ => None,
        }
    }

    fn address(&self) -> Option<&'a str> {
        match &self.learner()?.email {
            Reading::Value(address) => Some(address),
            Reading::Hidden | Reading::Empty | Reading::Unusable(_) => None,
        }
    }

    /// Rules S10 and S11: the address changes, and somebody else has the new one.
    pub(super) fn is_address_disputed(&self, account: &Account) -> bool {
        let changes = self.address().is_some_and(|address| key(address) != key(&account.email));
        let is_shared = || changes && !account.protected && self.is_noticed(&[codes::EMAIL_DUPLICATE_IN_SOURCE]);
        self.is_noticed(&[codes::EMAIL_CHANGE_CONFLICT]) || is_shared()
    }
}

/// What is to be known of an account; its fields only if it is the person's own.
fn facts(account: &Account, fields: Option<Values>) -> AccountFacts {
    // An ID that is both linked and earlier is listed once.
    let earlier: BTreeSet<&String> = account.earlier_employees.iter().collect();
    AccountFacts {
        account: account.id.clone(),
        linked_to: account.employee.clone(),
        earlier_employees: earlier.into_iter().cloned().collect(),
        protected: account.protected,
        created_by_connector: account.created_by_connector,
        invited: account.invited,
        fields: fields.map_or_else(Vec::new, |values| held(account, values)),
    }
}

/// What an account holds. An empty field is none, never an empty text.
fn held(account: &Account, values: Values) -> Vec<Attribute> {
    let fields = [
        ("email", Some(account.email.as_str())),
        ("first-name", Some(account.first_name.as_str())),
        ("last-name", Some(account.last_name.as_str())),
        ("status", Some(status_name(&account.status))),
        ("gender", account.gender.as_deref()),
        ("position", account.position.as_deref()),
        ("department", account.department.as_deref()),
        ("location", account.location.as_deref()),
        ("team", account.team.as_deref()),
        ("supervisor", account.supervisor.as_deref()),
    ];
    let fact = |(name, value): (&str, Option<&str>)| match value.filter(|value| !value.is_empty()) {
        Some(value) => source::shown(name, State::Value, None, values.keep(Some(value))),
        None => source::shown(name, State::Empty, None, None),
    };
    fields.into_iter().map(fact).collect()
}
