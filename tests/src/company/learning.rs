//! The accounts that a learning platform would have of a company: most people, a little out of date.
//!
//! The text form is the one that `harness directory import` reads.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::random::Random;
use super::{Company, Person};

/// A learning platform's directory before a sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Directory {
    /// Its groups.
    pub groups: Vec<Group>,
    /// Its accounts.
    pub accounts: Vec<Account>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its ID.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// An account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields are the contract's, which documents them")]
pub struct Account {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee: Option<String>,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supervisor: Option<String>,
    pub protected: bool,
    pub invited: bool,
    pub created_by_connector: bool,
    pub groups: Vec<String>,
}

/// What an earlier sync would have made of a company, and what has happened since.
///
/// `groups` are the platform's groups, and the department that each is for. What differs stays below a tenth of the
/// accounts, so that no guard asks for a person (rule S19).
#[must_use]
pub fn directory(company: &Company, groups: Vec<(Group, &str)>, seed: u64) -> Directory {
    let mut random = Random::new(seed);
    let by_department: BTreeMap<&str, String> =
        groups.iter().map(|(group, department)| (*department, group.id.clone())).collect();
    let known: Vec<(&Person, Tie)> =
        company.people.iter().filter_map(|person| Some((person, tie(person, &mut random)?))).collect();
    let linked: BTreeSet<u64> =
        known.iter().filter(|(_, tie)| *tie == Tie::Linked).map(|(person, _)| person.id).collect();
    let accounts = known.iter().map(|(person, tie)| match tie {
        Tie::Linked => aged(synced(person, &linked, &by_department), person, &mut random),
        Tie::Unlinked => by_hand(person),
    });
    Directory { accounts: accounts.collect(), groups: groups.into_iter().map(|(group, _)| group).collect() }
}

/// The account of the employee with this ID.
#[must_use]
pub fn account_id(employee: u64) -> String {
    format!("a-{employee}")
}

/// How an account belongs to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// By the employee's ID.
    Linked,
    /// By nothing but the address (rule S2).
    Unlinked,
}

/// Most flagged people have an account, newcomers have none; some that lost the flag still have one.
fn tie(person: &Person, random: &mut Random) -> Option<Tie> {
    let flagged = person.flag.value().is_some_and(|flag| flag.trim().eq_ignore_ascii_case("ja"));
    match random.below(1000) {
        0..120 if !flagged => Some(Tie::Linked),
        0..800 if flagged && person.status != "onboarding" => Some(Tie::Linked),
        800..840 if flagged => Some(Tie::Unlinked),
        _ => None,
    }
}

/// An account exactly as a sync leaves it.
fn synced(person: &Person, linked: &BTreeSet<u64>, groups: &BTreeMap<&str, String>) -> Account {
    let group = person.department.value().and_then(|name| groups.get(name.as_str()));
    let above = person.supervisor.value().map(|above| above.id).filter(|id| linked.contains(id));
    Account {
        id: account_id(person.id),
        employee: Some(person.id.to_string()),
        email: address(person).to_owned(),
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        status: account_status(&person.status).to_owned(),
        gender: person.gender.value().cloned(),
        position: person.position.value().cloned(),
        department: person.department.value().cloned(),
        location: person.office.value().cloned(),
        team: person.team.value().cloned(),
        supervisor: above.map(account_id),
        protected: false,
        invited: true,
        created_by_connector: true,
        groups: group.into_iter().cloned().collect(),
    }
}

/// An account as it was some months ago.
fn aged(mut account: Account, person: &Person, random: &mut Random) -> Account {
    match random.below(1000) {
        0..40 => account.position = Some("Auszubildende:r".to_owned()),
        40..70 => account.location = Some("Flensburg".to_owned()),
        70..85 => account.email = format!("{}@alt.example", account.id),
        85..95 => account.last_name = format!("{}-Alt", account.last_name),
        95..130 => account.supervisor = None,
        130..180 => account.groups.clear(),
        180..190 => account.protected = true,
        _ => {}
    }
    if person.status != "active" && random.per_mille(500) {
        "active".clone_into(&mut account.status);
    }
    if account.team.is_none() && random.per_mille(500) {
        account.team = Some("Projekt Offshore".to_owned());
    }
    account
}

/// An account that somebody made by hand, before there was a connector: little in it, and an address in capitals.
fn by_hand(person: &Person) -> Account {
    Account {
        id: format!("h-{}", person.id),
        email: address(person).to_uppercase(),
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        status: "active".to_owned(),
        invited: true,
        ..Account::default()
    }
}

fn address(person: &Person) -> &str {
    person.email.value().map_or("", String::as_str)
}

/// Rule S8's table.
fn account_status(status: &str) -> &str {
    match status {
        "onboarding" => "preboarding",
        "leave" => "absent",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_exist() {
        let group = Group { id: "g-it".to_owned(), name: "IT".to_owned() };
        let directory = directory(&Company::generate("a", 500, 1), vec![(group, "IT")], 1);
        let ids: BTreeSet<&String> = directory.accounts.iter().map(|account| &account.id).collect();
        assert_eq!(ids.len(), directory.accounts.len());
        assert!(directory.accounts.iter().filter_map(|account| account.supervisor.as_ref()).all(|id| ids.contains(id)));
        let members = directory.accounts.iter().filter(|account| account.groups == ["g-it"]).count();
        assert!(members > 0 && members < ids.len() / 5, "{members} members");
    }
}
