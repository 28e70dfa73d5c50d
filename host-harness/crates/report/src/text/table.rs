//! The table of actions.

use comfy_table::{ColumnConstraint, ContentArrangement, Table};

use super::{DIM, GREEN, Out, RED, Style, YELLOW};
use connector_host::contract::{Action, Operation};
use connector_host::names::operation_name;
use connector_host::one_line::one_line;
use connector_sync::changes::{FieldChange, GENDER, changes};
use connector_sync::run::{Outcome, RunReport};

/// Adds the table, and how many actions it leaves out.
pub(super) fn actions(out: &mut Out, report: &RunReport, style: &Style) {
    let shown: Vec<_> = report.actions().take(style.max_actions.unwrap_or(usize::MAX)).collect();
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(["operation", "status", "employee", "change"]);
    if let Some(width) = style.width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    for (action, outcome) in &shown {
        table.add_row([
            operation_name(&action.operation).to_owned(),
            outcome.as_str().to_owned(),
            one_line(&report.display_name(&action.employee)),
            change(report, action),
        ]);
    }
    for column in [0, 1] {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    paint(out, &table, &shown);
    let left_out = report.actions().count() - shown.len();
    if left_out > 0 {
        out.line(&format!("  … and {left_out} more; --format json shows all"));
    }
}

/// Prints the lines, each in the colour of its row's outcome.
///
/// The table library measures text without colours, so they are put around whole lines afterwards. A row's first line is
/// the one that has an operation; the lines after it belong to the same row.
fn paint(out: &mut Out, table: &Table, rows: &[(&Action, &Outcome)]) {
    let mut outcomes = rows.iter().map(|(_, outcome)| *outcome);
    let mut colour = DIM;
    for (index, line) in table.lines().enumerate() {
        let line = line.trim_end();
        let starts_row = !line.starts_with("  ");
        if index > 0 && starts_row {
            colour = outcomes.next().map_or(DIM, colour_of);
        }
        let line = out.painted(colour, line);
        out.line(&format!(" {line}"));
    }
}

const fn colour_of(outcome: &Outcome) -> anstyle::Style {
    match outcome {
        Outcome::Planned => anstyle::Style::new(),
        Outcome::Applied => GREEN.effects(anstyle::Effects::new()),
        Outcome::Stale => YELLOW,
        Outcome::Failed(_) => RED,
    }
}

/// Before and after, field by field.
fn change(report: &RunReport, action: &Action) -> String {
    let changes = changes(&action.operation);
    let lines: Vec<String> = match &action.operation {
        Operation::SetSupervisor(change) => vec![supervisor(report, change.before.as_deref(), change.after.as_deref())],
        Operation::Create(_) | Operation::AddToGroup(_) => {
            vec![changes.iter().filter_map(set).collect::<Vec<_>>().join(", ")]
        }
        _ => changes.iter().map(before_and_after).collect(),
    };
    printable_lines(&lines)
}

fn printable_lines(lines: &[String]) -> String {
    lines.iter().map(|line| one_line(line)).collect::<Vec<_>>().join("\n")
}

/// A new account's value; the name stands in the row already, and the gender is nobody's business.
fn set(change: &FieldChange<'_>) -> Option<String> {
    match change.field {
        GENDER | "first-name" | "last-name" => None,
        field => Some(format!("{field}: {}", change.after.unwrap_or(NOTHING))),
    }
}

fn before_and_after(change: &FieldChange<'_>) -> String {
    match change.field {
        GENDER => "gender: changed".to_owned(),
        field => format!("{field}: {} → {}", change.before.unwrap_or(NOTHING), change.after.unwrap_or(NOTHING)),
    }
}

/// Before is an account, after an employee: that is what each side knows.
fn supervisor(report: &RunReport, before: Option<&str>, after: Option<&str>) -> String {
    let before = before.map_or_else(|| NOTHING.to_owned(), |account| format!("account {account}"));
    let after = after.map_or_else(|| NOTHING.to_owned(), |employee| report.display_name(employee));
    format!("supervisor: {before} → {after}")
}

/// How no value looks.
pub(crate) const NOTHING: &str = "–";
