//! Compares the result of a run with what its case expects. All differences are reported together.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Result, bail};
use connector_host::contract::Counts;
use connector_sync::run::{Outcome, RunReport};

use super::case::{Expect, Step};
use super::invariants::State;
use super::mailbox::Mails;
use super::shown;

/// What a run came to.
pub struct Seen<'a> {
    pub report: &'a RunReport,
    pub after: &'a State,
    pub mails: &'a Mails,
    pub waits: &'a [Duration],
    pub asked: &'a BTreeMap<String, usize>,
    pub unread: &'a [String],
}

/// The differences so far.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn same<T: Debug + PartialEq>(&mut self, what: &str, actual: &T, expected: &T) {
        if actual != expected {
            self.0.push(format!("{what}:\n  expected {expected:?}\n  got      {actual:?}"));
        }
    }
}

/// Compares.
pub fn expectations(expect: &Expect, step: &Step, seen: &Seen<'_>) -> Result<()> {
    let mut differences = Differences::default();
    let report = seen.report;
    let usual = if step.dry_run { "planned" } else { "done" };
    differences.same("verdict", &report.verdict.as_str(), &expect.verdict.as_deref().unwrap_or(usual));
    let failures: Vec<String> = report.problems().into_iter().map(|failure| failure.code).collect();
    differences.same("failures", &failures, &expect.failures);
    planned(expect, report, &mut differences)?;
    let stopped = report.read.stopped.as_ref().map(|failure| failure.code.clone());
    differences.same("stopped", &stopped, &expect.stopped);
    if let Some(complete) = expect.complete {
        differences.same("complete", &report.read.complete, &complete);
    }
    directory(expect, seen, &mut differences);
    let mut invited = expect.invited.clone();
    invited.sort_unstable();
    differences.same("invited", &seen.mails.invited(), &invited);
    transport(expect, seen, &mut differences);
    if differences.0.is_empty() { Ok(()) } else { bail!("{}", differences.0.join("\n")) }
}

fn planned(expect: &Expect, report: &RunReport, differences: &mut Differences) -> Result<()> {
    let Some(plan) = &report.plan else {
        differences.same("actions", &Vec::new(), &expect.actions);
        differences.same("notices", &Vec::new(), &expect.notices);
        return Ok(());
    };
    differences.same("actions", &shown::actions(plan), &shown::expand(&expect.actions)?);
    let notices: Vec<String> = plan.notices.iter().map(shown::notice).collect();
    let mut expected = expect.notices.clone();
    expected.sort_unstable();
    let mut sorted = notices;
    sorted.sort_unstable();
    differences.same("notices", &sorted, &expected);
    differences.same("guards", &shown::guards(&plan.verdict), &expect.guards);
    let counts = named(&plan.counts);
    for (name, count) in &expect.counts {
        differences.same(&format!("count {name}"), &counts.get(name.as_str()), &Some(count));
    }
    let usual = if report.verdict.as_str() == "done" { "applied" } else { "planned" };
    for (action, outcome) in report.actions() {
        let word = match outcome {
            Outcome::Failed(code) => code,
            other => other.as_str(),
        };
        let expected = expect.outcomes.get(&action.id).map_or(usual, String::as_str);
        differences.same(&format!("outcome of {}", action.id), &word, &expected);
    }
    for id in expect.outcomes.keys().filter(|id| !report.actions().any(|(action, _)| action.id == **id)) {
        differences.same("outcome of an action that is not there", &"", &id.as_str());
    }
    Ok(())
}

fn named(counts: &Counts) -> BTreeMap<String, u64> {
    let named = [
        ("read", counts.read),
        ("created", counts.created),
        ("linked", counts.linked),
        ("updated", counts.updated),
        ("unchanged", counts.unchanged),
        ("excluded", counts.excluded),
        ("rejected", counts.rejected),
        ("conflicts", counts.conflicts),
        ("supervisors", counts.supervisors),
        ("group-additions", counts.group_additions),
        ("invitations", counts.invitations),
    ];
    let reasons = counts.exclusions.iter().map(|reason| (reason.code.clone(), reason.count));
    named.into_iter().map(|(name, count)| (name.to_owned(), count)).chain(reasons).collect()
}

/// Accounts are named by their employee or else by their ID; only the fields a case names are looked at.
fn directory(expect: &Expect, seen: &Seen<'_>, differences: &mut Differences) {
    if let Some(accounts) = expect.accounts {
        differences.same("accounts", &seen.after.accounts.len(), &accounts);
    }
    for (name, fields) in &expect.after {
        let Some(account) = seen.after.find(name) else {
            differences.same("account", &"none", &name.as_str());
            continue;
        };
        for (field, value) in fields {
            let actual = account.get(field).unwrap_or(&serde_json::Value::Null);
            differences.same(&format!("{field} of {name}"), actual, value);
        }
    }
}

fn transport(expect: &Expect, seen: &Seen<'_>, differences: &mut Differences) {
    for (path, times) in &expect.requests {
        differences.same(&format!("requests of {path}"), &seen.asked.get(path).copied().unwrap_or_default(), times);
    }
    // A run that stops, or is blocked beforehand, leaves pages unread.
    if seen.report.plan.is_some() && !expect.requests.contains_key("employees") && !seen.asked.is_empty() {
        differences.same("pages nobody asked for", &seen.unread.to_vec(), &Vec::new());
    }
    if let Some(waits) = &expect.waits {
        let fits = |(actual, [least, most]): (&Duration, &[u64; 2])| {
            (Duration::from_secs(*least)..=Duration::from_secs(*most)).contains(actual)
        };
        if seen.waits.len() != waits.len() || !seen.waits.iter().zip(waits).all(fits) {
            differences.0.push(format!("waits:\n  expected {waits:?}\n  got      {:?}", seen.waits));
        }
    }
}
