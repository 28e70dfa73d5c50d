//! What is to be said of a run beside its plan: guards, notices, and steps that were not carried out.

use std::collections::BTreeMap;

use connector_console::model::{Guard, Remark};
use connector_host::contract::Verdict;
use connector_host::names::field_name;
use connector_sync::codes;

use super::RunView;

impl RunView {
    pub(super) fn guards(&self) -> Vec<Guard> {
        let Some(Verdict::NeedsApproval(hits)) = self.plan().map(|plan| &plan.verdict) else { return Vec::new() };
        let guard = |hit: &connector_host::contract::GuardHit| Guard {
            code: hit.guard.clone(),
            field: hit.field.as_ref().map(|field| field_name(field).to_owned()),
            limit: hit.limit,
            actual: hit.actual,
            people: self.people(&hit.employees),
        };
        hits.iter().map(guard).collect()
    }

    pub(super) fn notices(&self) -> Vec<Remark> {
        let notices = self.plan().into_iter().flat_map(|plan| &plan.notices);
        let notice = |notice: &connector_host::contract::Notice| Remark {
            code: notice.code.clone(),
            count: notice.count,
            detail: notice.detail.as_ref().map(|detail| {
                if connector_report::catalogue::names_a_person(&notice.code) {
                    let person = self.person(detail);
                    person.name.map_or_else(|| detail.clone(), |name| format!("{name} ({detail})"))
                } else {
                    detail.clone()
                }
            }),
            people: self.people(&notice.employees),
            message: None,
            remedy: None,
        };
        notices.map(notice).collect()
    }

    pub(super) fn not_carried_out(&self) -> Vec<Remark> {
        let mut by_code: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (action, (outcome, failure)) in self.outcomes() {
            let code = match outcome.as_str() {
                "stale" => codes::STALE,
                "failed" => failure.as_deref().unwrap_or_default(),
                _ => continue,
            };
            by_code.entry(code).or_default().push(action.employee.clone());
        }
        let remark = |(code, employees): (&str, Vec<String>)| Remark {
            code: code.to_owned(),
            count: employees.len() as u64,
            people: self.people(&employees),
            ..Remark::default()
        };
        by_code.into_iter().map(remark).collect()
    }
}
