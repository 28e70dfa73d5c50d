//! A fleet's outcome, as JSON for programs and as text for the person at the terminal. Figures only: no person is named.

use std::collections::BTreeMap;
use std::fmt::Write;

use comfy_table::Table;
use serde::Serialize;

use crate::{RunStats, TenantOutcome, TenantVerdict};
use connector_host::one_line::one_line;
use connector_report::json::{FORMAT_VERSION, JsonCounts, JsonFailure};
use connector_sync::run::RunVerdict;

/// A fleet's outcome, to be given to `serde_json`. The shape is a promise, as a run's is.
#[derive(Serialize)]
pub struct Json<'a> {
    format_version: &'static str,
    /// `failed` if any did, else `held` if any is, else `done`.
    verdict: &'static str,
    /// How many tenants, by verdict.
    totals: BTreeMap<&'static str, u64>,
    tenants: Vec<JsonTenant<'a>>,
}

#[derive(Serialize)]
struct JsonTenant<'a> {
    tenant: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<JsonRun<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<JsonFailure>,
    milliseconds: u64,
}

#[derive(Serialize)]
struct JsonRun<'a> {
    run: &'a str,
    plan_hash: Option<&'a str>,
    complete: bool,
    counts: JsonCounts<'a>,
    applied: u64,
    mails: u64,
}

impl<'a> From<&'a TenantOutcome> for JsonTenant<'a> {
    fn from(ended: &'a TenantOutcome) -> Self {
        Self {
            tenant: &ended.tenant,
            verdict: ended.verdict.as_str(),
            run: ended.run.as_ref().map(JsonRun::from),
            failures: ended.failures.iter().cloned().map(JsonFailure::from).collect(),
            milliseconds: ended.milliseconds,
        }
    }
}

impl<'a> From<&'a RunStats> for JsonRun<'a> {
    fn from(ran: &'a RunStats) -> Self {
        Self {
            run: &ran.run,
            plan_hash: ran.plan_hash.as_deref(),
            complete: ran.complete,
            counts: ran.counts.as_ref().map_or_else(JsonCounts::default, JsonCounts::from),
            applied: ran.applied,
            mails: ran.mails,
        }
    }
}

/// The word for all tenants together.
#[must_use]
pub fn verdict(tenants: &[TenantOutcome]) -> &'static str {
    if tenants.iter().any(TenantOutcome::failed) {
        "failed"
    } else if tenants.iter().any(TenantOutcome::held) {
        "held"
    } else {
        "done"
    }
}

/// A fleet's outcome as JSON.
#[must_use]
pub fn json(tenants: &[TenantOutcome]) -> Json<'_> {
    Json {
        format_version: FORMAT_VERSION,
        verdict: verdict(tenants),
        totals: totals(tenants),
        tenants: tenants.iter().map(JsonTenant::from).collect(),
    }
}

fn totals(tenants: &[TenantOutcome]) -> BTreeMap<&'static str, u64> {
    let mut totals = BTreeMap::new();
    for ended in tenants {
        *totals.entry(ended.verdict.as_str()).or_default() += 1;
    }
    totals
}

/// A fleet's outcome as text: a table, then what waits for a person and what has to be corrected, then the sum. `command` is
/// the command line that approves a plan when `--approve HASH` is added.
#[must_use]
pub fn text(tenants: &[TenantOutcome], command: &str) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["tenant", "verdict", "read", "created", "linked", "updated", "applied", "mails", "ms"]);
    for ended in tenants {
        table.add_row(row(ended));
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for ended in tenants.iter().filter(|ended| !ended.failures.is_empty() || waiting(ended).is_some()) {
        let _ = writeln!(text, "\n{}", one_line(&ended.tenant));
        if let Some(hash) = waiting(ended) {
            let _ = writeln!(text, "  To approve exactly this plan, once:\n    {command} --approve {hash}");
        }
        for failure in &ended.failures {
            for line in failure.message.lines() {
                let _ = writeln!(text, "  {line}");
            }
            let _ = writeln!(text, "  What to do: {}", failure.remedy);
        }
    }
    let _ = writeln!(text, "\n{}", sum(tenants));
    text
}

/// The hash of a plan that a person can approve.
fn waiting(ended: &TenantOutcome) -> Option<&str> {
    let waits = ended.verdict == TenantVerdict::Ran(RunVerdict::NeedsApproval);
    ended.run.as_ref().filter(|_| waits)?.plan_hash.as_deref()
}

/// One line for one tenant: what a log shows when it is over.
#[must_use]
pub fn line(ended: &TenantOutcome) -> String {
    let what = match (&ended.run, ended.failures.first()) {
        (_, Some(failure)) => format!(": {}", one_line(&failure.message)),
        (Some(ran), None) => format!(": {} applied", ran.applied),
        (None, None) => String::new(),
    };
    format!("{}: {}{what}, {} ms", one_line(&ended.tenant), ended.verdict.as_str(), ended.milliseconds)
}

fn row(ended: &TenantOutcome) -> Vec<String> {
    let mut row = vec![one_line(&ended.tenant), ended.verdict.as_str().to_owned()];
    let counts = ended.run.as_ref().and_then(|ran| ran.counts.as_ref());
    let figures = counts.map(|counts| [counts.read, counts.created, counts.linked, counts.updated]);
    row.extend(figures.map_or_else(|| vec![String::new(); 4], |figures| figures.map(|n| n.to_string()).to_vec()));
    let done = ended.run.as_ref().map(|ran| [ran.applied, ran.mails]);
    row.extend(done.map_or_else(|| vec![String::new(); 2], |done| done.map(|n| n.to_string()).to_vec()));
    row.push(ended.milliseconds.to_string());
    row
}

fn sum(tenants: &[TenantOutcome]) -> String {
    let parts: Vec<String> = totals(tenants).into_iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    format!("{} tenants: {}", tenants.len(), parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_sync::run::Failure;

    fn ended(tenant: &str, verdict: TenantVerdict, message: Option<&str>) -> TenantOutcome {
        let failure = |message: &str| Failure {
            code: "setting-invalid".to_owned(),
            subject: None,
            message: message.to_owned(),
            remedy: "Mend it.".to_owned(),
        };
        let failures = message.map(failure).into_iter().collect();
        TenantOutcome { tenant: tenant.to_owned(), verdict, run: None, failures, milliseconds: 7 }
    }

    #[test]
    fn one_failure_outweighs_a_held_plan_and_a_held_plan_outweighs_success() {
        let done = ended("a", TenantVerdict::Ran(RunVerdict::Done), None);
        let held = ended("b", TenantVerdict::Ran(RunVerdict::Blocked), Some("nobody"));
        let busy = ended("c", TenantVerdict::Busy, Some("held"));
        let unmailed = ended("d", TenantVerdict::Ran(RunVerdict::Done), Some("the outbox is full"));
        assert_eq!(verdict(&[]), "done");
        assert_eq!(verdict(std::slice::from_ref(&done)), "done");
        assert_eq!(verdict(&[done.clone(), held.clone()]), "held");
        assert_eq!(verdict(&[held, busy]), "failed");
        assert_eq!(verdict(&[done, unmailed]), "failed");
        let mut unheard = ended("e", TenantVerdict::Ran(RunVerdict::NeedsApproval), Some("the outbox is full"));
        assert_eq!(verdict(std::slice::from_ref(&unheard)), "held");
        "mail-failed".clone_into(&mut unheard.failures[0].code);
        assert_eq!(verdict(&[unheard]), "failed", "nobody heard that it is held");
    }

    #[test]
    fn a_plan_that_waits_is_shown_with_the_command_that_approves_it() {
        let mut held = ended("acme", TenantVerdict::Ran(RunVerdict::NeedsApproval), None);
        let (run, plan_hash) = ("run".to_owned(), Some("0abc".to_owned()));
        held.run = Some(RunStats { run, plan_hash, complete: true, counts: None, applied: 0, mails: 1 });
        let shown = "\nacme\n  To approve exactly this plan, once:\n    harness fleet T --replay --approve 0abc\n";
        assert!(text(std::slice::from_ref(&held), "harness fleet T --replay").contains(shown));
        held.verdict = TenantVerdict::Ran(RunVerdict::Blocked);
        assert!(!text(&[held], "").contains("--approve"), "nobody can approve a plan that is blocked");
    }

    #[test]
    fn the_text_has_a_row_for_each_tenant_and_says_what_to_correct() {
        let tenants = [
            ended("acme", TenantVerdict::Ran(RunVerdict::Done), None),
            ended("nordwind", TenantVerdict::Unusable, Some("settings.toml:1: wrong\nsettings.toml:2: wrong")),
        ];
        let expected = " tenant    verdict   read  created  linked  updated  applied  mails  ms
 acme      done                                                      7
 nordwind  unusable                                                  7

nordwind
  settings.toml:1: wrong
  settings.toml:2: wrong
  What to do: Mend it.

2 tenants: 1 done, 1 unusable
";
        assert_eq!(text(&tenants, "harness fleet"), expected);
    }
}
