//! What must hold in every case (rules S3, S4, S12, S20 and S23, and the one catalogue).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use connector_report::catalogue;
use connector_settings::{Language, Settings};
use connector_store::view::DirectoryView;
use connector_sync::directory::Store;
use connector_sync::run::{Outcome, RunReport};
use jiff::Timestamp;
use serde_json::{Map, Value};
use whole_system_tests::both_ways::{self, Way};

use super::case::Step;
use super::run::{Watch, prepare, tenant};
use super::shown;
use super::source::Source;

/// A directory as it is shown, by account ID.
pub struct State {
    pub accounts: BTreeMap<String, Map<String, Value>>,
    employees: BTreeMap<String, String>,
}

impl State {
    pub async fn of(directory: &mut dyn Store) -> Result<Self> {
        let shown: Value = serde_json::from_str(&DirectoryView::read(directory).await?.json()?)?;
        let list = shown.get("accounts").and_then(Value::as_array).cloned().unwrap_or_default();
        let accounts: BTreeMap<String, Map<String, Value>> = list
            .into_iter()
            .filter_map(|account| {
                let account = account.as_object()?.clone();
                Some((account.get("id")?.as_str()?.to_owned(), account))
            })
            .collect();
        let employees = accounts
            .iter()
            .filter_map(|(id, account)| Some((id.clone(), account.get("employee")?.as_str()?.to_owned())))
            .collect();
        Ok(Self { accounts, employees })
    }

    /// An account by its employee, else by its ID. A supervisor is shown by employee too: IDs of new accounts are the
    /// directory's business.
    pub fn find(&self, name: &str) -> Option<Map<String, Value>> {
        let id = self.employees.iter().find(|(_, employee)| *employee == name).map_or(name, |(id, _)| id);
        let mut account = self.accounts.get(id)?.clone();
        if let Some(supervisor) = account.get_mut("supervisor")
            && let Some(employee) = supervisor.as_str().and_then(|id| self.employees.get(id))
        {
            *supervisor = Value::String(employee.clone());
        }
        Some(account)
    }
}

/// The contract's two ways to read a page give the same for every source there is a case of.
pub async fn both_ways_read_the_same(step: &Step, settings: &Settings) -> Result<()> {
    let mut reads = Vec::new();
    for way in [Way::OneByOne, Way::AtOnce] {
        let mut tenant = tenant(&Arc::new(Source::of(step)?)).await?;
        reads.push(both_ways::read(&mut tenant, settings, way).await);
    }
    let [one_by_one, at_once] = &reads[..] else { bail!("two ways") };
    ensure!(one_by_one == at_once, "read one by one:\n{one_by_one:#?}\nat once:\n{at_once:#?}");
    Ok(())
}

/// What a run may never do, and what it always does.
pub fn hold(before: &State, after: &State, report: &RunReport) -> Result<()> {
    let applied: BTreeSet<&str> = report
        .actions()
        .filter(|(_, outcome)| **outcome == Outcome::Applied)
        .map(|(action, _)| action.employee.as_str())
        .collect();
    for (id, account) in &before.accounts {
        let now = after.accounts.get(id);
        ensure!(now.is_some(), "S3: account {id} is gone");
        for field in ["role", "protected", "created_by_connector"] {
            ensure!(now.and_then(|now| now.get(field)) == account.get(field), "S4: {field} of {id} was written");
        }
        if let Some(employee) = before.employees.get(id) {
            ensure!(after.employees.get(id) == Some(employee), "S12: account {id} changed hands");
        }
        let touched = after.employees.get(id).is_some_and(|employee| applied.contains(employee.as_str()));
        ensure!(touched || now == Some(account), "S4: account {id} was changed without an action");
    }
    let actions = report.actions().filter(|(action, _)| action.account.is_none() && action.id.starts_with("create:"));
    let created = actions.filter(|(_, outcome)| **outcome == Outcome::Applied).count();
    ensure!(after.accounts.len() == before.accounts.len() + created, "S3: accounts do not add up");
    counts_add_up(report)?;
    every_code_is_known(report)
}

/// Rule S23.
fn counts_add_up(report: &RunReport) -> Result<()> {
    let Some(plan) = &report.plan else { return Ok(()) };
    let counts = &plan.counts;
    let parts = [
        counts.created,
        counts.linked,
        counts.updated,
        counts.unchanged,
        counts.excluded,
        counts.rejected,
        counts.conflicts,
    ];
    ensure!(counts.read == parts.iter().sum::<u64>(), "S23: the counts do not add up: {counts:?}");
    let reasons: u64 = counts.exclusions.iter().map(|reason| reason.count).sum();
    ensure!(counts.excluded == reasons, "S23: the reasons do not add up: {counts:?}");
    let of = |prefix: &str| plan.actions.iter().filter(|action| action.id.starts_with(prefix)).count() as u64;
    for (name, count, prefix) in [
        ("created", counts.created, "create:"),
        ("linked", counts.linked, "link:"),
        ("supervisors", counts.supervisors, "supervisor:"),
        ("group-additions", counts.group_additions, "group:"),
        ("invitations", counts.invitations, "invite:"),
    ] {
        ensure!(count == of(prefix), "S23: {name} is {count}, and there are {} such actions", of(prefix));
    }
    Ok(())
}

/// Whatever a run says, a reader finds words for it in both languages.
fn every_code_is_known(report: &RunReport) -> Result<()> {
    let problems = report.problems();
    let outcomes = report.outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Failed(code) => Some(*code),
        Outcome::Stale => Some("stale"),
        Outcome::Planned | Outcome::Applied => None,
    });
    let plan = report.plan.as_ref();
    let codes = problems
        .iter()
        .map(|problem| problem.code.as_str())
        .chain(outcomes)
        .chain(report.read.stopped.iter().map(|failure| failure.code.as_str()))
        .chain(plan.iter().flat_map(|plan| &plan.actions).map(|action| action.reason.as_str()))
        .chain(plan.iter().flat_map(|plan| &plan.notices).map(|notice| notice.code.as_str()))
        .chain(plan.iter().flat_map(|plan| &plan.counts.exclusions).map(|reason| reason.code.as_str()))
        .chain(report.guards().iter().map(|hit| hit.guard.as_str()));
    for code in codes {
        for language in [Language::De, Language::En] {
            ensure!(catalogue::entry(code, language).is_some(), "the catalogue has no {code}");
        }
    }
    Ok(())
}

/// Rule S20: a plan does not depend on the order of employees, nor on the page size.
pub async fn order_is_no_matter(
    step: &Step,
    settings: &Settings,
    directory: &mut dyn Store,
    report: &RunReport,
) -> Result<()> {
    let (Some(first), Some(source), false) = (&report.plan, Source::shuffled(step)?, step.saved_plan) else {
        return Ok(());
    };
    let shuffled = prepare(&Arc::new(source), settings, directory, &Watch::default(), Timestamp::UNIX_EPOCH).await?;
    let second = shuffled.plan.as_ref();
    ensure!(
        second == Some(first),
        "S20: in another order, on other pages, the plan is another:\n  {:?}\n  {:?}",
        shown::actions(first),
        second.map(shown::actions)
    );
    Ok(())
}
