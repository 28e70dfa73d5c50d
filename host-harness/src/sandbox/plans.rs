//! Whether a plan can be: it is about what the connector was shown, and it adds up.
//!
//! A plan is the only thing by which a connector can reach accounts, so it is held to the rules that protect them
//! (S3, S4, S13, S23) whoever wrote the connector. Whether the plan is a good one is not judged here.

use std::collections::{HashMap, HashSet};

use crate::contract::{
    Account, Action, Counts, Directory, Field, Operation, Plan, SourceRead, SourceRecord, Verdict as Judgement,
};

use super::limits::Limits;
use super::verdict::Verdict;

const CALL: &str = "plan-actions";

/// Checks a plan against what it was made from.
pub(super) fn check(plan: &Plan, source: &SourceRead, target: &Directory, limits: &Limits) -> Result<(), Verdict> {
    let guards = match &plan.verdict {
        Judgement::NeedsApproval(hits) => hits.len(),
        Judgement::Ready | Judgement::Blocked(_) => 0,
    };
    within("actions", limits.actions, plan.actions.len())?;
    within("notices", limits.notices, plan.notices.len().max(guards))?;
    if matches!(plan.verdict, Judgement::Blocked(_)) && !plan.actions.is_empty() {
        return Err(Verdict::nonsense(CALL, "a blocked plan has actions"));
    }
    counts(&plan.counts)?;
    if plan.actions.is_empty() {
        return Ok(());
    }
    let mut shown = Shown::new(source, target);
    plan.actions.iter().try_for_each(|action| {
        // The ID is the connector's own text, and may hold anything: the position names the action well enough.
        shown.action(action).map_err(|what| Verdict::nonsense(CALL, format!("an action {what}")))
    })
}

fn within(limit: &'static str, set_to: u64, actual: usize) -> Result<(), Verdict> {
    if actual as u64 > set_to {
        return Err(Verdict::LimitReached {
            call: CALL,
            limit,
            set_to,
            what: format!("the plan has {actual} {limit}"),
        });
    }
    Ok(())
}

/// Everybody in exactly one count (rule S23).
fn counts(counts: &Counts) -> Result<(), Verdict> {
    let Counts { created, linked, updated, unchanged, excluded, rejected, conflicts, .. } = *counts;
    let sum = [created, linked, updated, unchanged, excluded, rejected, conflicts].into_iter().map(u128::from).sum();
    let reasons: u128 = counts.exclusions.iter().map(|reason| u128::from(reason.count)).sum();
    if u128::from(counts.read) != sum || u128::from(excluded) != reasons {
        return Err(Verdict::nonsense(CALL, "its counts do not add up"));
    }
    Ok(())
}

/// What the connector was shown, and what its plan has done so far.
struct Shown<'a> {
    accounts: HashMap<&'a str, &'a Account>,
    groups: HashSet<&'a str>,
    learners: HashSet<&'a str>,
    /// People who have an account: linked before, or by this plan.
    linked: HashSet<&'a str>,
    created: HashSet<&'a str>,
    ids: HashSet<&'a str>,
}

impl<'a> Shown<'a> {
    fn new(source: &'a SourceRead, target: &'a Directory) -> Self {
        let learner = |record: &'a SourceRecord| match record {
            SourceRecord::Learner(learner) => Some(learner.employee.as_str()),
            SourceRecord::Excluded(_) | SourceRecord::Rejected(_) => None,
        };
        Self {
            accounts: target.accounts.iter().map(|account| (account.id.as_str(), account)).collect(),
            groups: target.groups.iter().map(|group| group.id.as_str()).collect(),
            learners: source.records.iter().filter_map(learner).collect(),
            linked: target.accounts.iter().filter_map(|account| account.employee.as_deref()).collect(),
            created: HashSet::new(),
            ids: HashSet::new(),
        }
    }

    fn action(&mut self, action: &'a Action) -> Result<(), &'static str> {
        if !self.ids.insert(&action.id) {
            return Err("has the same ID as another");
        }
        if !self.learners.contains(action.employee.as_str()) {
            return Err("is about somebody who is not to be kept in step");
        }
        match &action.account {
            Some(id) => self.on_account(action, id),
            None => self.on_new_account(action),
        }?;
        self.operation(action)
    }

    fn on_account(&self, action: &Action, id: &str) -> Result<(), &'static str> {
        let account = self.accounts.get(id).ok_or("is about an account that the connector was not shown")?;
        if action.version != Some(account.version) {
            return Err("was planned against another version of its account");
        }
        match account.employee.as_deref() {
            Some(owner) if owner != action.employee => Err("is about another person's account"),
            None if !matches!(action.operation, Operation::Link) && !self.linked.contains(action.employee.as_str()) => {
                Err("is about an account without a link")
            }
            _ => Ok(()),
        }?;
        match &action.operation {
            Operation::Create(_) => Err("creates an account that exists"),
            Operation::Update(changes) if account.protected && changes.iter().any(locks_out) => {
                Err("locks an administrator out")
            }
            _ => Ok(()),
        }
    }

    fn on_new_account(&mut self, action: &'a Action) -> Result<(), &'static str> {
        if action.version.is_some() {
            return Err("has a version and no account");
        }
        let employee = action.employee.as_str();
        match &action.operation {
            Operation::Create(_) if self.linked.contains(employee) => Err("creates a second account for one person"),
            Operation::Create(_) => {
                self.created.insert(employee);
                Ok(())
            }
            _ if self.created.contains(employee) => Ok(()),
            _ => Err("relies on an account that the plan does not create before it"),
        }
    }

    /// What an action refers to exists, or comes before it (rule S13).
    fn operation(&mut self, action: &'a Action) -> Result<(), &'static str> {
        match &action.operation {
            Operation::Create(_) | Operation::Link => {
                self.linked.insert(&action.employee);
                Ok(())
            }
            Operation::SetSupervisor(change) => match change.after.as_deref() {
                Some(supervisor) if !self.linked.contains(supervisor) => Err("names a supervisor without an account"),
                _ => Ok(()),
            },
            Operation::AddToGroup(addition) if !self.groups.contains(addition.group.as_str()) => {
                Err("names a group that the connector was not shown")
            }
            Operation::Update(_) | Operation::AddToGroup(_) | Operation::Invite | Operation::Other(_) => Ok(()),
        }
    }
}

fn locks_out(change: &crate::contract::Change) -> bool {
    matches!(change.field, Field::Status) && change.after.as_deref() == Some("inactive")
}

#[cfg(test)]
mod tests;
