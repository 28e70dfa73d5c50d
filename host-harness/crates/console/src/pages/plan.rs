//! A plan as a table that one can filter.

use maud::{Markup, html};

use crate::model::{ActionRow, Change, PlanTable, RunPage, Shell, Tone};
use crate::ui::pager;
use crate::ui::parts::{badge, changes, person};
use crate::ui::url::encode;

const OPERATIONS: [&str; 6] = ["create", "link", "update", "set-supervisor", "add-to-group", "invite"];
const OUTCOMES: [&str; 4] = ["planned", "applied", "stale", "failed"];

/// The plan of a run.
pub(super) fn table(shell: &Shell, page: &RunPage, plan: &PlanTable) -> Markup {
    if plan.actions == 0 {
        return html! {};
    }
    let path = format!("/runs/{}", encode(&page.id));
    let filter = &plan.filter;
    let query = [("q", filter.q.as_str()), ("operation", &filter.operation), ("outcome", &filter.outcome)];
    html! {
        section #plan.plan aria-labelledby="plan-title" {
            div.section-head {
                h2 #plan-title { (shell.say("plan.title")) }
                p.soft { (pager::range(shell, &plan.pager)) }
            }
            (filter_form(shell, plan, &path))
            @if plan.rows.is_empty() {
                p.none { (shell.say("plan.none")) " " a href=(shell.url(&path)) { (shell.say("filter.clear")) } }
            } @else {
                table.table.cards data-rows {
                    caption.unseen { (shell.say("plan.title")) }
                    thead {
                        tr {
                            th scope="col" { (shell.say("plan.operation")) }
                            th scope="col" { (shell.say("plan.person")) }
                            th scope="col" { (shell.say("plan.change")) }
                            th scope="col" { (shell.say("plan.reason")) }
                            th scope="col" { (shell.say("plan.outcome")) }
                        }
                    }
                    tbody { @for row in &plan.rows { (action(shell, &page.integration.id, row)) } }
                }
                (pager::links(shell, &plan.pager, &path, &query, shell.say("plan.title")))
            }
        }
    }
}

fn filter_form(shell: &Shell, plan: &PlanTable, path: &str) -> Markup {
    let filter = &plan.filter;
    let is_set = !(filter.q.is_empty() && filter.operation.is_empty() && filter.outcome.is_empty());
    html! {
        form.filter role="search" method="get" action=(format!("{}#plan", shell.url(path))) {
            div.field.grow {
                label for="plan-q" { (shell.say("plan.person")) }
                input #plan-q type="search" name="q" value=(filter.q) autocomplete="off" placeholder=(shell.say("plan.q"))
                    data-filter;
            }
            div.field {
                label for="plan-operation" { (shell.say("plan.operation")) }
                select #plan-operation name="operation" {
                    option value="" { (shell.say("filter.all")) }
                    @for name in OPERATIONS {
                        option value=(name) selected[filter.operation == name] { (shell.word("operation", name)) }
                    }
                }
            }
            div.field {
                label for="plan-outcome" { (shell.say("plan.outcome")) }
                select #plan-outcome name="outcome" {
                    option value="" { (shell.say("filter.all")) }
                    @for name in OUTCOMES {
                        option value=(name) selected[filter.outcome == name] { (shell.word("outcome", name)) }
                    }
                }
            }
            div.filter-actions {
                button type="submit" { (shell.say("filter.submit")) }
                @if is_set { a.plain href=(format!("{}#plan", shell.url(path))) { (shell.say("filter.clear")) } }
            }
        }
    }
}

/// What changes, but for the name of a new account, which stands in the row already.
fn shown(row: &ActionRow) -> Vec<Change> {
    let is_name = |field: &str| row.operation == "create" && (field == "first-name" || field == "last-name");
    row.changes.iter().filter(|change| !is_name(&change.field)).cloned().collect()
}

fn action(shell: &Shell, integration: &str, row: &ActionRow) -> Markup {
    let tone = match row.outcome.as_str() {
        "applied" => Tone::Good,
        "stale" => Tone::Attention,
        "failed" => Tone::Bad,
        _ => Tone::Neutral,
    };
    html! {
        tr {
            td.operation data-label=(shell.say("plan.operation")) { (shell.word("operation", &row.operation)) }
            th.title scope="row" { (person(shell, integration, &row.person)) }
            td data-label=(shell.say("plan.change")) class=[row.changes.is_empty().then_some("blank")] {
                (changes(shell, &shown(row)))
            }
            td.reason data-label=(shell.say("plan.reason")) { (shell.sentence(&row.reason)) }
            td.outcome data-label=(shell.say("plan.outcome")) {
                (badge(tone, shell.word("outcome", &row.outcome)))
                @if let Some(failure) = &row.failure { span.sub { (shell.sentence(failure)) } }
            }
        }
    }
}
