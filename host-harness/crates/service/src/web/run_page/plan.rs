//! A run's plan: its figures, its table, and what has changed since it was made.

use connector_common::key;
use connector_console::model::{ActionRow, Change, Drift, DriftKind, DriftRow, Figures, Pager, PlanFilter, PlanTable};
use connector_host::contract::{Action, Counts, Operation};
use connector_host::names::operation_name;
use connector_sync::changes::changes;

use super::super::Ask;
use super::{MOST_PEOPLE, RunView};
use crate::detail;

/// Rows of a plan on a page.
const ROWS: u64 = 100;

impl RunView {
    pub(super) fn figures(&self) -> Option<Figures> {
        let counts: Counts = serde_json::from_str(&self.run.counts).ok()?;
        let done = self.detail.as_ref().and_then(|detail| detail.done).map(|done| connector_sync::run::Done {
            created: done.created,
            linked: done.linked,
            updated: done.updated,
            supervisors: done.supervisors,
            group_additions: done.group_additions,
            invitations: done.invitations,
        });
        Some(Figures { counts, done })
    }

    pub(super) fn table(&self, ask: &Ask) -> Option<PlanTable> {
        let plan = self.plan()?;
        let filter = PlanFilter {
            q: ask.query.text("q"),
            operation: ask.query.text("operation"),
            outcome: ask.query.text("outcome"),
        };
        let wanted = key(&filter.q);
        let fits = |(action, (outcome, _)): &(&Action, &(String, Option<String>))| {
            let name = || self.detail.as_ref().and_then(|detail| detail.name(&action.employee)).unwrap_or_default();
            (filter.operation.is_empty() || operation_name(&action.operation) == filter.operation)
                && (filter.outcome.is_empty() || *outcome == filter.outcome)
                && (wanted.is_empty() || key(&action.employee).contains(&*wanted) || key(name()).contains(&*wanted))
        };
        let fitting: Vec<_> = self.outcomes().filter(fits).collect();
        let total = fitting.len() as u64;
        let page = ask.page().min(total.div_ceil(ROWS).max(1));
        let skip = usize::try_from((page - 1).saturating_mul(ROWS)).unwrap_or(usize::MAX);
        let rows = fitting.into_iter().skip(skip).take(usize::try_from(ROWS).unwrap_or(100));
        Some(PlanTable {
            rows: rows.map(|(action, outcome)| self.row(action, outcome)).collect(),
            filter,
            pager: Pager { page, size: ROWS, total },
            actions: plan.actions.len() as u64,
        })
    }

    /// One action, as a page and a table for a spreadsheet show it.
    #[must_use]
    pub fn row(&self, action: &Action, (outcome, failure): &(String, Option<String>)) -> ActionRow {
        let change = |change: &connector_sync::changes::FieldChange<'_>| Change {
            field: change.field.to_owned(),
            before: change.before.map(|before| self.shown(action, change.field, before, true)),
            after: change.after.map(|after| self.shown(action, change.field, after, false)),
        };
        ActionRow {
            id: action.id.clone(),
            operation: operation_name(&action.operation).to_owned(),
            person: self.person(&action.employee),
            changes: changes(&action.operation).iter().map(change).collect(),
            reason: action.reason.clone(),
            outcome: outcome.clone(),
            failure: failure.clone(),
        }
    }

    /// A supervisor is an ID in the plan, and somebody with a name to a reader.
    fn shown(&self, action: &Action, field: &str, value: &str, is_before: bool) -> String {
        if field != "supervisor" || !matches!(action.operation, Operation::SetSupervisor(_)) {
            return value.to_owned();
        }
        let Some(detail) = &self.detail else { return value.to_owned() };
        let employees = || self.employees.get_or_init(|| detail.employees());
        let employee = if is_before { employees().get(value).map(String::as_str) } else { Some(value) };
        match employee.map(|employee| (employee, detail.name(employee))) {
            Some((employee, Some(name))) => format!("{name} ({employee})"),
            Some((employee, None)) => employee.to_owned(),
            None => value.to_owned(),
        }
    }

    pub(super) fn drift(&self) -> Drift {
        let row = |drift: &detail::Drift| DriftRow {
            person: self.person(&drift.employee),
            kind: match drift.kind {
                detail::DriftKind::Changed => DriftKind::Changed,
                detail::DriftKind::Added => DriftKind::Added,
                detail::DriftKind::Removed => DriftKind::Removed,
                detail::DriftKind::Relinked => DriftKind::Relinked,
            },
            changes: drift
                .changes
                .iter()
                .map(|(field, before, after)| Change {
                    field: (*field).to_owned(),
                    before: before.clone(),
                    after: after.clone(),
                })
                .collect(),
        };
        Drift { rows: self.drift.iter().take(MOST_PEOPLE).map(row).collect(), total: self.drift.len() as u64 }
    }
}
