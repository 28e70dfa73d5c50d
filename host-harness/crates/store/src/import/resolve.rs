//! The file's references: IDs that must be unique, and groups and supervisors that must be there.

use std::collections::{BTreeMap, BTreeSet};

use connector_common::key;

use super::read::{Entry, File, offset};
use connector_host::contract::{Account, Directory, Group};
use connector_settings::diagnostics::Diagnostics;
use serde_json::value::RawValue;

/// The accounts the file describes, each with the role the file gives it, if any.
pub(super) fn resolve(
    file: &File<'_>,
    before: &Directory,
    text: &str,
    problems: &mut Diagnostics,
) -> Vec<(Account, Option<String>)> {
    let mut register = Register::new(file, before, text, problems);
    register.check_groups(file);
    file.accounts.iter().map(|entry| (register.account(entry), entry.role.clone())).collect()
}

fn groups_of<'a>(file: &'a File<'_>) -> impl Iterator<Item = &'a Group> {
    file.groups.iter().map(|(_, group)| group)
}

struct Register<'a, 'p> {
    text: &'a str,
    problems: &'p mut Diagnostics,
    /// Groups of the file and of the directory, by ID and by key (rule S9).
    group_ids: BTreeSet<&'a str>,
    group_keys: BTreeMap<String, BTreeSet<&'a str>>,
    /// Accounts of the file and of the directory.
    account_ids: BTreeSet<&'a str>,
    /// Accounts of the file that were looked at.
    seen: BTreeSet<&'a str>,
    /// Who is linked to whom: accounts of the directory that the file does not replace, then those of the file.
    linked: BTreeMap<&'a str, &'a str>,
}

impl<'a, 'p> Register<'a, 'p> {
    fn new(file: &'a File<'_>, before: &'a Directory, text: &'a str, problems: &'p mut Diagnostics) -> Self {
        let in_file: BTreeSet<&str> = file.accounts.iter().map(|entry| entry.id.as_str()).collect();
        let renamed: BTreeSet<&str> = file.groups.iter().map(|(_, group)| group.id.as_str()).collect();
        let kept = before.accounts.iter().filter(|account| !in_file.contains(account.id.as_str()));
        let linked = kept.filter_map(|account| Some((account.employee.as_deref()?, account.id.as_str()))).collect();
        let mut group_keys: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let kept = before.groups.iter().filter(|group| !renamed.contains(group.id.as_str()));
        for group in kept.chain(groups_of(file)) {
            group_keys.entry(key(&group.name).into_owned()).or_default().insert(&group.id);
        }
        Self {
            text,
            problems,
            group_ids: before.groups.iter().chain(groups_of(file)).map(|group| group.id.as_str()).collect(),
            group_keys,
            account_ids: before.accounts.iter().map(|account| account.id.as_str()).chain(in_file).collect(),
            seen: BTreeSet::new(),
            linked,
        }
    }

    fn check_groups(&mut self, file: &'a File<'_>) {
        let mut seen = BTreeSet::new();
        for (raw, group) in file.groups.iter().filter(|(_, group)| !seen.insert(group.id.as_str())) {
            let message = "two groups of this file have this ID; give each its own";
            self.complain(raw, format!("group {}: id", group.id), message);
        }
    }

    fn account(&mut self, entry: &'a Entry<'_>) -> Account {
        if !self.seen.insert(&entry.id) {
            self.add(entry, "id", "two accounts of this file have this ID; give each its own");
        } else if let Some(employee) = &entry.employee
            && let Some(other) = self.linked.insert(employee, &entry.id)
        {
            self.add(entry, "employee", &format!("account {other} is linked to this employee; link one of the two"));
        }
        if entry.supervisor.as_deref().is_some_and(|supervisor| !self.account_ids.contains(supervisor)) {
            self.add(entry, "supervisor", "no account has this ID; name an account of this file or of the directory");
        }
        let groups: BTreeSet<String> = entry.groups.iter().filter_map(|group| self.group(entry, group)).collect();
        Account {
            id: entry.id.clone(),
            version: 0,
            employee: entry.employee.clone(),
            earlier_employees: Vec::new(),
            foreign_employees: Vec::new(),
            email: entry.email.clone(),
            first_name: entry.first_name.clone(),
            last_name: entry.last_name.clone(),
            status: entry.status.clone(),
            gender: entry.gender.clone(),
            position: entry.position.clone(),
            department: entry.department.clone(),
            location: entry.location.clone(),
            team: entry.team.clone(),
            supervisor: entry.supervisor.clone(),
            protected: entry.protected,
            created_by_connector: entry.created_by_connector,
            invited: entry.invited,
            groups: groups.into_iter().collect(),
        }
    }

    /// The ID of a group that is named by its ID or by its name.
    fn group(&mut self, entry: &Entry<'_>, group: &str) -> Option<String> {
        if self.group_ids.contains(group) {
            return Some(group.to_owned());
        }
        let named = self.group_keys.get(&*key(group));
        match named.map(|ids| (ids.len(), ids.first())) {
            Some((1, Some(id))) => Some((*id).to_owned()),
            Some(_) => {
                self.add(entry, "groups", &format!("several groups are named `{group}`; write the ID of one"));
                None
            }
            None => {
                self.add(entry, "groups", &format!("the group `{group}` does not exist; add it to `groups`"));
                None
            }
        }
    }

    fn add(&mut self, entry: &Entry<'_>, field: &str, message: &str) {
        self.complain(entry.raw, format!("account {}: {field}", entry.id), message);
    }

    fn complain(&mut self, raw: &RawValue, subject: String, message: &str) {
        let line = self.problems.line_of(offset(self.text, raw));
        self.problems.add(line, subject, message);
    }
}
