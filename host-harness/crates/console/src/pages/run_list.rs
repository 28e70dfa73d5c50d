//! Runs in a list: a tenant's history, and the operator's runs across tenants.

use maud::{Markup, html};

use super::states;
use crate::model::{Named, RunFilter, RunRow, Shell};
use crate::ui::parts::NOTHING;

/// Runs as a table; on a phone each is a card.
pub(super) fn table(shell: &Shell, rows: &[RunRow]) -> Markup {
    let has_tenants = rows.iter().any(|row| row.tenant.is_some());
    html! {
        table.table.cards data-rows {
            caption.unseen { (shell.say("history.runs")) }
            thead {
                tr {
                    th scope="col" { (shell.say("column.run")) }
                    @if has_tenants { th scope="col" { (shell.say("column.tenant")) } }
                    th scope="col" { (shell.say("column.integration")) }
                    th scope="col" { (shell.say("column.state")) }
                    th.number scope="col" { (shell.say("column.read")) }
                    th.number scope="col" { (shell.say("column.applied")) }
                    th.number scope="col" { (shell.say("column.duration")) }
                }
            }
            tbody { @for row in rows { (one(shell, row, has_tenants)) } }
        }
    }
}

fn one(shell: &Shell, row: &RunRow, has_tenants: bool) -> Markup {
    html! {
        tr {
            th.title scope="row" {
                a href=(shell.run_url(&row.id)) { (shell.time(row.started)) }
                span.sub { (states::kind(shell, row.kind)) " · " (states::trigger(shell, &row.trigger)) }
            }
            @if has_tenants {
                td data-label=(shell.say("column.tenant")) {
                    (row.tenant.as_ref().map_or(NOTHING, |tenant| &tenant.name))
                }
            }
            td data-label=(shell.say("column.integration")) { (row.integration.name) }
            td data-label=(shell.say("column.state")) {
                div {
                    (states::run_badge(shell, row.state))
                    @if let Some(failure) = &row.failure { span.sub { (shell.sentence(failure)) } }
                    @if row.counts_only { span.sub { (shell.say("history.counts-only")) } }
                }
            }
            td.number data-label=(shell.say("column.read")) { (shell.number(row.read)) }
            td.number data-label=(shell.say("column.applied")) {
                div {
                    (shell.number(row.applied))
                    @if row.not_applied > 0 { span.sub { (shell.count("history.not-applied", row.not_applied)) } }
                }
            }
            td.number data-label=(shell.say("column.duration")) {
                (row.duration_ms.map_or_else(|| NOTHING.to_owned(), |duration| shell.duration(duration)))
            }
        }
    }
}

/// The filter's inputs; its form is the page's.
pub(super) fn filter(shell: &Shell, filter: &RunFilter, integrations: &[Named]) -> Markup {
    html! {
        @if integrations.len() > 1 {
            div.field.grow {
                label for="run-integration" { (shell.say("column.integration")) }
                select #run-integration name="integration" data-filter {
                    option value="" { (shell.say("filter.all")) }
                    @for integration in integrations {
                        option value=(integration.id) selected[integration.id == filter.integration] {
                            (integration.name)
                        }
                    }
                }
            }
        }
        div.field {
            label for="run-verdict" { (shell.say("column.state")) }
            select #run-verdict name="verdict" {
                option value="" { (shell.say("filter.all")) }
                @for state in states::FILTER {
                    option value=(state.key()) selected[state.key() == filter.verdict] {
                        (shell.say(&format!("run-state.{}", state.key())))
                    }
                }
            }
        }
    }
}
