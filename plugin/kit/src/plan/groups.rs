//! Who joins which group (rule S15): members are added and never removed, groups are never made.

use std::borrow::Cow;
use std::collections::HashMap;

use super::changes::HiddenFields;
use super::matching::Accounts;
use super::notices::Notices;
use super::people::Person;
use crate::bindings::elearnio::connector::types::{Action, Directory, Group, GroupAddition, Operation, Reading};
use crate::codes;
use crate::key;
use crate::settings::{GroupBy, PlanOptions};

/// What a name stands for.
enum Named<'d> {
    One(&'d Group),
    Several,
}

/// Plans the memberships to add.
pub fn plan(
    people: &[Person<'_>],
    accounts: &Accounts<'_>,
    directory: &Directory,
    options: PlanOptions,
    hidden: &HiddenFields,
    actions: &mut Vec<Action>,
    notices: &mut Notices,
) {
    let Some(by) = options.groups else { return };
    let groups = by_name(&directory.groups);
    let reason = match by {
        GroupBy::Team => codes::GROUP_MATCHES_TEAM,
        GroupBy::Department => codes::GROUP_MATCHES_DEPARTMENT,
    };
    for person in people.iter().filter(|person| person.has_account()) {
        let Reading::Value(name) = hidden.read(person.learner, &by.field()) else { continue };
        match groups.get(key(name).as_ref()) {
            None => notices.add(codes::GROUP_MISSING, Some(name), &person.learner.employee),
            Some(Named::Several) => notices.add(codes::GROUP_AMBIGUOUS, Some(name), &person.learner.employee),
            Some(Named::One(group)) if is_member(person, accounts, group) => {}
            Some(Named::One(group)) => {
                let addition = GroupAddition { group: group.id.clone(), name: group.name.clone() };
                actions.push(person.action("group", accounts, Operation::AddToGroup(addition), reason));
            }
        }
    }
}

fn by_name(groups: &[Group]) -> HashMap<Cow<'_, str>, Named<'_>> {
    let mut names = HashMap::with_capacity(groups.len());
    for group in groups {
        names.entry(key(&group.name)).and_modify(|named| *named = Named::Several).or_insert(Named::One(group));
    }
    names
}

fn is_member(person: &Person<'_>, accounts: &Accounts<'_>, group: &Group) -> bool {
    person.account(accounts).is_some_and(|account| account.groups.contains(&group.id))
}
