//! What is kept of a run beside its counts: the plan, what became of it, and the mail. It is personal data, so it is sealed, and
//! forgotten when its time is up.

use std::collections::{BTreeMap, BTreeSet};

use connector_host::contract::{Account, Directory, Plan};
use connector_report::json;
use connector_sync::mail::Mail;
use connector_sync::plan_file::PlanFile;
use connector_sync::run::{Failure, Outcome, RunReport};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::keys::{KeyError, Keys};
use crate::late::Late;

/// The detail of one run. No `Debug`: it is personal data.
#[derive(Serialize, Deserialize)]
pub struct Detail {
    /// The run as JSON (docs/json.md), to be downloaded.
    pub json: Late<String>,
    /// The plan with names and figures, if it came to one; it can be applied later.
    pub plan: Option<PlanFile>,
    /// What became of each action, with the code of a failure.
    pub outcomes: Vec<(String, Option<String>)>,
    /// Why the read ended early.
    pub stopped: Option<Failure>,
    /// The summary as it was composed.
    pub mail: Option<KeptMail>,
    /// Why mails are not out.
    pub mail_failure: Option<Failure>,
    /// The accounts that the plan is about, as they were when it was made.
    pub accounts: Late<Vec<Account>>,
    /// The accounts that have a part in a conflict, by employee.
    #[serde(default)]
    pub conflicts: BTreeMap<String, Vec<String>>,
    /// What was done, beside what was planned.
    pub done: Option<Done>,
}

/// [`connector_sync::run::Done`], to be stored.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields of the same names")]
pub struct Done {
    pub created: u64,
    pub linked: u64,
    pub updated: u64,
    pub supervisors: u64,
    pub group_additions: u64,
    pub invitations: u64,
}

/// A mail, to be looked at.
#[derive(Serialize, Deserialize)]
pub struct KeptMail {
    /// Its subject.
    pub subject: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// Its HTML part.
    pub html: String,
    /// Its text part.
    pub text: String,
}

impl From<&Mail> for KeptMail {
    fn from(mail: &Mail) -> Self {
        Self { subject: mail.subject.clone(), to: mail.to.clone(), html: mail.html.clone(), text: mail.text.clone() }
    }
}

impl Detail {
    /// The detail of a run, against the directory of this ID. `before` is the directory as the plan knew it.
    #[must_use]
    pub fn of(report: &RunReport, directory: Option<String>, before: &[Account]) -> Self {
        let outcome = |outcome: &Outcome| {
            let code = match outcome {
                Outcome::Failed(code) => Some((*code).to_owned()),
                Outcome::Planned | Outcome::Applied | Outcome::Stale => None,
            };
            (outcome.as_str().to_owned(), code)
        };
        Self {
            // Plain data: this cannot fail.
            json: Late::of(&serde_json::to_string_pretty(&json::json(report)).unwrap_or_default()),
            plan: PlanFile::of(report, directory),
            outcomes: report.outcomes.iter().map(outcome).collect(),
            stopped: report.read.stopped.clone(),
            mail: None,
            mail_failure: None,
            accounts: Late::of(&report.plan.as_ref().map(|plan| touched(plan, before)).unwrap_or_default()),
            conflicts: report.conflict_accounts.clone(),
            done: report.done().map(|done| Done {
                created: done.created,
                linked: done.linked,
                updated: done.updated,
                supervisors: done.supervisors,
                group_additions: done.group_additions,
                invitations: done.invitations,
            }),
        }
    }

    /// Seals it for its run.
    ///
    /// # Errors
    /// When there is no key.
    pub fn seal(&self, keys: &Keys, run: &str) -> Result<Vec<u8>, KeyError> {
        keys.seal(&place(run), &serde_json::to_vec(self).unwrap_or_default())
    }

    /// Opens the detail of a run.
    ///
    /// # Errors
    /// When its key is missing, or it is damaged.
    pub fn open(keys: &Keys, run: &str, sealed: &[u8]) -> Result<Self, KeyError> {
        let opened = keys.open(&place(run), sealed)?;
        serde_json::from_slice(&opened).map_err(|_| KeyError::Damaged("of a newer version".to_owned()))
    }

    /// Whether it says anything about this employee, wherever: as somebody's supervisor, in a guard's list, in a conflict.
    #[must_use]
    pub fn names(&self, employee: &str) -> bool {
        let report = self.json.read().and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        // Plain data: this cannot fail.
        let kept = serde_json::to_value(self).unwrap_or_default();
        mentions(&report, employee) || mentions(&kept, employee)
    }

    /// Whose each account was, of those that the plan is about.
    #[must_use]
    pub fn employees(&self) -> BTreeMap<String, String> {
        let accounts = self.accounts.read().unwrap_or_default();
        accounts.into_iter().filter_map(|account| Some((account.id, account.employee?))).collect()
    }

    /// The name of an employee, as the plan knew it.
    #[must_use]
    pub fn name(&self, employee: &str) -> Option<&str> {
        self.plan.as_ref()?.names.get(employee).map(String::as_str)
    }
}

/// Whether a text stands anywhere in a value, alone.
fn mentions(value: &Value, text: &str) -> bool {
    match value {
        Value::String(other) => other == text,
        Value::Array(values) => values.iter().any(|value| mentions(value, text)),
        Value::Object(members) => members.iter().any(|(key, value)| key == text || mentions(value, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The place that a run's detail is bound to.
#[must_use]
pub fn place(run: &str) -> String {
    format!("run:{run}")
}

/// The accounts that a plan is about: those it changes, and those of the employees it names.
fn touched(plan: &Plan, accounts: &[Account]) -> Vec<Account> {
    let ids: BTreeSet<&str> = plan.actions.iter().filter_map(|action| action.account.as_deref()).collect();
    let people: BTreeSet<&str> = plan.actions.iter().map(|action| action.employee.as_str()).collect();
    let is_touched = |account: &&Account| {
        ids.contains(account.id.as_str()) || account.employee.as_deref().is_some_and(|it| people.contains(it))
    };
    accounts.iter().filter(is_touched).cloned().collect()
}

/// How an account has changed since a plan was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftKind {
    /// It has other values.
    Changed,
    /// The employee had no account then, and has one now.
    Added,
    /// It is not there.
    Removed,
    /// It is linked to somebody else, or to nobody.
    Relinked,
}

/// One account that is not as the plan knew it.
pub struct Drift {
    /// The employee that the plan is about.
    pub employee: String,
    /// How.
    pub kind: DriftKind,
    /// The fields that have changed: name, then, now.
    pub changes: Vec<(&'static str, Option<String>, Option<String>)>,
}

/// What of a plan's accounts is no longer as the plan knew it: such actions would be skipped as stale (rule S21).
#[must_use]
pub fn drift(plan: &Plan, before: &[Account], now: &Directory) -> Vec<Drift> {
    let of = |account: &Account| account.id.clone();
    let known: BTreeMap<String, &Account> = before.iter().map(|account| (of(account), account)).collect();
    let current: BTreeMap<String, &Account> = now.accounts.iter().map(|account| (of(account), account)).collect();
    let linked: BTreeMap<&str, &Account> =
        now.accounts.iter().filter_map(|account| Some((account.employee.as_deref()?, account))).collect();
    let mut found: BTreeMap<&str, Drift> = BTreeMap::new();
    for action in &plan.actions {
        let employee = action.employee.as_str();
        let drift = match &action.account {
            None => linked.get(employee).map(|_| (DriftKind::Added, Vec::new())),
            Some(id) => match (known.get(id), current.get(id)) {
                (_, None) => Some((DriftKind::Removed, Vec::new())),
                (Some(before), Some(now)) if before.employee != now.employee => Some((DriftKind::Relinked, Vec::new())),
                (Some(before), Some(now)) if before.version != now.version => {
                    Some((DriftKind::Changed, differences(before, now)))
                }
                _ => None,
            },
        };
        if let Some((kind, changes)) = drift {
            found.entry(employee).or_insert_with(|| Drift { employee: employee.to_owned(), kind, changes });
        }
    }
    found.into_values().collect()
}

fn differences(before: &Account, now: &Account) -> Vec<(&'static str, Option<String>, Option<String>)> {
    let status = connector_host::names::status_name;
    let fields = [
        ("email", Some(before.email.as_str()), Some(now.email.as_str())),
        ("first-name", Some(&before.first_name), Some(&now.first_name)),
        ("last-name", Some(&before.last_name), Some(&now.last_name)),
        ("status", Some(status(&before.status)), Some(status(&now.status))),
        ("gender", before.gender.as_deref(), now.gender.as_deref()),
        ("position", before.position.as_deref(), now.position.as_deref()),
        ("department", before.department.as_deref(), now.department.as_deref()),
        ("location", before.location.as_deref(), now.location.as_deref()),
        ("team", before.team.as_deref(), now.team.as_deref()),
        ("supervisor", before.supervisor.as_deref(), now.supervisor.as_deref()),
    ];
    let text = |value: Option<&str>| value.map(str::to_owned);
    fields
        .into_iter()
        .filter(|(_, before, now)| before != now)
        .map(|(field, before, now)| (field, text(before), text(now)))
        .collect()
}
