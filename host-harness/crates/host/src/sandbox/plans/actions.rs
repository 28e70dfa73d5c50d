//! Action by action, in their order: each may rely on what was shown and on the actions before it (rule S13).

use std::collections::{HashMap, HashSet};

use connector_common::key;

use super::Given;
use super::values;
use crate::contract::{
    Account, AccountStatus, Action, Change, Field, GroupAddition, Learner, NewAccount, Operation, Reading,
    SourceRecord, SupervisorChange,
};
use crate::names::status_name;

/// What is wrong with an action.
type Wrong = &'static str;

/// What the connector was shown, and what its plan has done so far.
pub(super) struct DirectoryView<'a> {
    accounts: HashMap<&'a str, &'a Account>,
    /// Names, by ID.
    groups: HashMap<&'a str, &'a str>,
    learners: HashMap<&'a str, &'a Learner>,
    /// People who have an account: linked before, or by this plan.
    linked: HashSet<&'a str>,
    /// Whom this plan links to which account.
    links: HashMap<&'a str, &'a str>,
    created: HashSet<&'a str>,
    invited: HashSet<&'a str>,
    /// The statuses that this plan gives, by employee.
    statuses: HashMap<&'a str, &'a str>,
    ids: HashSet<&'a str>,
    invites: bool,
}

impl<'a> DirectoryView<'a> {
    /// Before the first action.
    pub fn new(given: Given<'a>) -> Self {
        let Given { source, target, invites } = given;
        let learner = |record: &'a SourceRecord| match record {
            SourceRecord::Learner(learner) => Some((learner.employee.as_str(), learner)),
            SourceRecord::Excluded(_) | SourceRecord::Rejected(_) => None,
        };
        Self {
            accounts: target.accounts.iter().map(|account| (account.id.as_str(), account)).collect(),
            groups: target.groups.iter().map(|group| (group.id.as_str(), group.name.as_str())).collect(),
            learners: source.records.iter().filter_map(learner).collect(),
            linked: target.accounts.iter().filter_map(|account| account.employee.as_deref()).collect(),
            links: HashMap::new(),
            created: HashSet::new(),
            invited: HashSet::new(),
            statuses: HashMap::new(),
            ids: HashSet::new(),
            invites,
        }
    }

    /// Checks the next action.
    pub fn action(&mut self, action: &'a Action) -> Result<(), Wrong> {
        if !self.ids.insert(&action.id) {
            return Err("has the same ID as another");
        }
        let learner = *self.learners.get(action.employee.as_str()).ok_or("is about somebody who is not synced")?;
        let account = action.account.as_deref().map(|id| self.account(action, id)).transpose()?;
        match (&action.operation, account) {
            (Operation::Create(_), Some(_)) => Err("creates an account that exists"),
            (Operation::Create(new), None) => self.create(action, new),
            (Operation::Link, account) => self.link(action, learner, account),
            (_, Some(account)) if !self.owns(&action.employee, account) => Err("is about an account without a link"),
            (_, None) if !self.created.contains(action.employee.as_str()) => {
                Err("relies on an account that the plan does not create before it")
            }
            (Operation::Update(_), None) => Err("changes an account that the plan itself creates"),
            (Operation::Update(changes), Some(account)) if account.protected && changes.iter().any(locks_out) => {
                Err("locks an administrator out")
            }
            (Operation::Update(changes), Some(account)) if account.protected && changes.iter().any(readdresses) => {
                Err("changes an administrator's address, and with it who can become that administrator")
            }
            (Operation::Update(changes), Some(account)) => {
                let status = changes.iter().find(|change| change.field == Field::Status);
                let status = status.and_then(|change| change.after.as_deref());
                self.statuses.extend(status.map(|status| (action.employee.as_str(), status)));
                values::update(changes, account)
            }
            (Operation::SetSupervisor(change), account) => self.supervisor(change, account),
            (Operation::AddToGroup(addition), _) => self.group(addition),
            (Operation::Invite, account) => self.invite(action, account),
            // The directory refuses it.
            (Operation::Other(_), _) => Ok(()),
        }
    }

    /// The account an action names: shown, as it was shown, and not somebody else's.
    fn account(&self, action: &Action, id: &str) -> Result<&'a Account, Wrong> {
        let account = *self.accounts.get(id).ok_or("is about an account that the connector was not shown")?;
        if action.version != Some(account.version) {
            return Err("was planned against another version of its account");
        }
        match account.employee.as_deref() {
            Some(owner) if owner != action.employee => Err("is about another person's account"),
            _ => Ok(account),
        }
    }

    /// True if the account is the employee's, before this plan or by it.
    fn owns(&self, employee: &str, account: &Account) -> bool {
        account.employee.is_some() || self.links.get(account.id.as_str()) == Some(&employee)
    }

    fn create(&mut self, action: &'a Action, new: &'a NewAccount) -> Result<(), Wrong> {
        if action.version.is_some() {
            return Err("has a version but no account");
        }
        if !values::is_creatable(new) {
            return Err("creates an account without an address or a name, or with a value that is blank or damaged");
        }
        if !self.linked.insert(&action.employee) {
            return Err("creates a second account for one person");
        }
        self.created.insert(&action.employee);
        self.statuses.insert(&action.employee, status_name(&new.status));
        Ok(())
    }

    /// Rule S2: somebody without an account, an account without a link, and the same address on both.
    fn link(&mut self, action: &'a Action, learner: &Learner, account: Option<&'a Account>) -> Result<(), Wrong> {
        let account = account.ok_or("links no account")?;
        if account.employee.is_some() || self.links.contains_key(account.id.as_str()) {
            return Err("links an account that has a link");
        }
        if account.protected {
            return Err("links an administrator's account by its address");
        }
        if account.foreign_employees.contains(&action.employee) {
            return Err("links an account to an employee although a person decided that it is not theirs");
        }
        if !matches!(&learner.email, Reading::Value(email) if key(email) == key(&account.email)) {
            return Err("links an account with another address");
        }
        if !self.linked.insert(&action.employee) {
            return Err("links a second account to one person");
        }
        self.links.insert(&account.id, &action.employee);
        Ok(())
    }

    fn supervisor(&self, change: &SupervisorChange, account: Option<&Account>) -> Result<(), Wrong> {
        if change.before.as_deref() != account.and_then(|account| account.supervisor.as_deref()) {
            return Err("states a different previous supervisor than the account has");
        }
        match change.after.as_deref() {
            Some(supervisor) if !self.linked.contains(supervisor) => Err("names a supervisor without an account"),
            _ => Ok(()),
        }
    }

    fn group(&self, addition: &GroupAddition) -> Result<(), Wrong> {
        match self.groups.get(addition.group.as_str()) {
            None => Err("names a group that the connector was not shown"),
            Some(name) if *name != addition.name => Err("gives a group another name"),
            Some(_) => Ok(()),
        }
    }

    /// Rule S16: only if the form says so, only accounts that a connector made, of people who start or work, and once.
    fn invite(&mut self, action: &'a Action, account: Option<&Account>) -> Result<(), Wrong> {
        if !self.invites {
            return Err("invites somebody although the settings turn invitations off");
        }
        if account.is_some_and(|account| !account.created_by_connector) {
            return Err("invites the owner of an account that no connector created");
        }
        let planned = self.statuses.get(action.employee.as_str()).copied();
        let status = planned.or_else(|| account.map(|account| status_name(&account.status)));
        if !matches!(status, Some("preboarding" | "active")) {
            return Err("invites somebody whose status is neither preboarding nor active");
        }
        if account.is_some_and(|account| account.invited) || !self.invited.insert(&action.employee) {
            return Err("invites somebody a second time");
        }
        Ok(())
    }
}

/// True if the change takes an account's access away.
fn locks_out(change: &Change) -> bool {
    change.field == Field::Status && change.after.as_deref() == Some(status_name(&AccountStatus::Inactive))
}

fn readdresses(change: &Change) -> bool {
    change.field == Field::Email
}
