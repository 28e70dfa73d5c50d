//! A run as JSON, for programs.
//!
//! The shape is a promise: keys are only added within one [`FORMAT_VERSION`] major. It holds what was planned, values
//! included, so it is personal data; it goes to stdout, never into a log.

use std::collections::BTreeMap;

use serde::Serialize;

use connector_host::contract::{Action, Counts, GuardHit, Notice};
use connector_host::names::{field_name, operation_name};
use connector_sync::changes::{FieldChange, changes};
use connector_sync::run::{Done, Failure, Outcome, RunReport};

/// Major and minor version of the shape.
pub const FORMAT_VERSION: &str = "1.1";

/// A run's JSON, to be given to `serde_json`. Keys come in the documented order.
#[derive(Serialize)]
pub struct Json<'a> {
    format_version: &'static str,
    run: &'a str,
    verdict: &'static str,
    plan_hash: Option<&'a str>,
    counts: JsonCounts<'a>,
    /// What of it was carried out; only there if the plan was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<Done>,
    actions: Vec<JsonAction<'a>>,
    notices: Vec<JsonNotice<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    guards: Vec<JsonGuard<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<JsonFailure>,
    read: JsonRead,
    timings_ms: &'a BTreeMap<&'static str, u64>,
}

/// How many people, by what became of them; the shape is a promise.
#[derive(Serialize, Default)]
pub struct JsonCounts<'a> {
    read: u64,
    created: u64,
    linked: u64,
    updated: u64,
    unchanged: u64,
    excluded: u64,
    rejected: u64,
    conflicts: u64,
    supervisors: u64,
    group_additions: u64,
    invitations: u64,
    /// `excluded`, by reason.
    exclusions: BTreeMap<&'a str, u64>,
}

#[derive(Serialize)]
struct JsonAction<'a> {
    id: &'a str,
    employee: &'a str,
    operation: &'a str,
    reason: &'a str,
    status: &'static str,
    /// Why it failed; only there if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
    changes: Vec<FieldChange<'a>>,
}

#[derive(Serialize)]
struct JsonNotice<'a> {
    code: &'a str,
    count: u64,
    employees: &'a [String],
    detail: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonGuard<'a> {
    guard: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    limit: u64,
    actual: u64,
    employees: &'a [String],
}

/// Why a run failed or was blocked.
#[derive(Serialize)]
pub struct JsonFailure {
    code: String,
    subject: Option<String>,
    message: String,
    remedy: String,
}

impl From<Failure> for JsonFailure {
    fn from(Failure { code, subject, message, remedy }: Failure) -> Self {
        Self { code, subject, message, remedy }
    }
}

#[derive(Serialize)]
struct JsonRead {
    pages: u64,
    employees: u64,
    total: Option<u64>,
    complete: bool,
    /// Why the read ended early; only there if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<JsonFailure>,
}

/// A run as JSON. Without a plan, all counts are 0.
#[must_use]
pub fn json(report: &RunReport) -> Json<'_> {
    let plan = report.plan.as_ref();
    Json {
        format_version: FORMAT_VERSION,
        run: &report.run,
        verdict: report.verdict.as_str(),
        plan_hash: report.plan_hash.as_deref(),
        counts: plan.map_or_else(JsonCounts::default, |plan| JsonCounts::from(&plan.counts)),
        done: report.done(),
        actions: report.actions().map(|(planned, outcome)| action(planned, outcome)).collect(),
        notices: plan.into_iter().flat_map(|plan| &plan.notices).map(notice).collect(),
        guards: report.guards().iter().map(guard).collect(),
        failures: report.problems().into_iter().map(JsonFailure::from).collect(),
        read: JsonRead {
            pages: report.read.pages,
            employees: report.read.employees,
            total: report.read.total,
            complete: report.read.complete,
            stopped: report.read.stopped.clone().map(JsonFailure::from),
        },
        timings_ms: &report.timings_ms,
    }
}

impl<'a> From<&'a Counts> for JsonCounts<'a> {
    fn from(counts: &'a Counts) -> Self {
        Self {
            read: counts.read,
            created: counts.created,
            linked: counts.linked,
            updated: counts.updated,
            unchanged: counts.unchanged,
            excluded: counts.excluded,
            rejected: counts.rejected,
            conflicts: counts.conflicts,
            supervisors: counts.supervisors,
            group_additions: counts.group_additions,
            invitations: counts.invitations,
            exclusions: counts.exclusions.iter().map(|part| (part.code.as_str(), part.count)).collect(),
        }
    }
}

fn action<'a>(action: &'a Action, outcome: &Outcome) -> JsonAction<'a> {
    JsonAction {
        id: &action.id,
        employee: &action.employee,
        operation: operation_name(&action.operation),
        reason: &action.reason,
        status: outcome.as_str(),
        failure: match outcome {
            Outcome::Failed(code) => Some(code),
            Outcome::Planned | Outcome::Applied | Outcome::Stale => None,
        },
        changes: changes(&action.operation),
    }
}

fn notice(notice: &Notice) -> JsonNotice<'_> {
    JsonNotice {
        code: &notice.code,
        count: notice.count,
        employees: &notice.employees,
        detail: notice.detail.as_deref(),
    }
}

fn guard(hit: &GuardHit) -> JsonGuard<'_> {
    JsonGuard {
        guard: &hit.guard,
        field: hit.field.as_ref().map(field_name),
        limit: hit.limit,
        actual: hit.actual,
        employees: &hit.employees,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use serde_json::{Value, json as value};

    use super::*;
    use connector_sync::samples;

    fn keys(json: &str) -> Vec<&str> {
        // Top-level keys stand two spaces in.
        json.lines().filter_map(|line| line.strip_prefix("  \"")?.split('"').next()).collect()
    }

    #[test]
    fn the_keys_come_in_the_documented_order() {
        let pretty = |report| serde_json::to_string_pretty(&json(&report)).unwrap();
        let usual =
            ["format_version", "run", "verdict", "plan_hash", "counts", "actions", "notices", "read", "timings_ms"];
        let mut applied = usual.to_vec();
        applied.insert(5, "done");
        assert_eq!(keys(&pretty(samples::all_well())), applied);
        let mut planned = samples::dry_run();
        planned.plan.as_mut().unwrap().notices.clear();
        assert_eq!(keys(&pretty(planned)), usual);
        assert!(keys(&pretty(samples::needs_approval())).contains(&"guards"));
        assert!(keys(&pretty(samples::blocked())).contains(&"failures"));
    }

    #[test]
    fn an_action_has_its_reason_outcome_and_changes() {
        let report = samples::conflicts();
        let actions = serde_json::to_value(json(&report)).unwrap()["actions"].take();
        assert_eq!(
            actions[2],
            value!({
                "id": "4713:update", "employee": "4713", "operation": "update", "reason": "source-differs",
                "status": "failed", "failure": "address-taken",
                "changes": [
                    {"field": "department", "before": "Einkauf", "after": "Vertrieb"},
                    {"field": "gender", "before": "male", "after": "diverse"},
                    {"field": "location", "before": "Köln", "after": null},
                ],
            })
        );
        assert_eq!(actions[3]["changes"], value!([{"field": "supervisor", "before": null, "after": "4713"}]));
        assert_eq!(actions[4]["changes"], value!([{"field": "group", "before": null, "after": "Vertrieb"}]));
        assert_eq!((&actions[4]["status"], &actions[5]["changes"]), (&value!("stale"), &value!([])));
    }

    #[test]
    fn s23_the_counts_add_up() {
        for (name, report) in samples::all() {
            let json = serde_json::to_value(json(&report)).unwrap();
            let count = |key: &str| json["counts"][key].as_u64().unwrap();
            let parts = ["created", "linked", "updated", "unchanged", "excluded", "rejected", "conflicts"];
            assert_eq!(count("read"), parts.into_iter().map(count).sum::<u64>(), "{name}");
        }
    }

    #[test]
    fn a_run_without_a_plan_counts_nothing_and_says_why() {
        let json = serde_json::to_value(json(&samples::failed())).unwrap();
        assert_eq!((&json["verdict"], &json["plan_hash"]), (&value!("failed"), &Value::Null));
        assert_eq!((&json["counts"]["read"], &json["actions"]), (&value!(0), &value!([])));
        assert_eq!(json["failures"][0]["code"], "wrong-credentials");
    }
}
