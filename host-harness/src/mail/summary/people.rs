//! Names for employee IDs.

use std::collections::BTreeSet;

use super::model::List;
use crate::one_line::one_line;
use crate::run::RunReport;

/// One person, on one line.
pub(super) fn person(report: &RunReport, employee: &str) -> String {
    one_line(&report.display_name(employee))
}

/// People by name, each once, capped.
pub(super) fn people<'a>(report: &RunReport, employees: impl IntoIterator<Item = &'a String>) -> List {
    let names: BTreeSet<String> = employees.into_iter().map(|employee| person(report, employee)).collect();
    List::capped(names.into_iter().collect())
}
