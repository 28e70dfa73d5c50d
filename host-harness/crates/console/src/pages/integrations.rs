//! The list of integrations: where an admin arrives.

use maud::{Markup, html};

use super::states;
use crate::model::{IntegrationRow, IntegrationState, IntegrationsPage, Shell};
use crate::ui::frame::{Page, document};
use crate::ui::parts::{NOTHING, empty, head, row_button};
use crate::ui::progress::{following, reload};
use crate::ui::url::encode;

/// `/integrations`.
#[must_use]
pub fn integrations(shell: &Shell, page: &IntegrationsPage) -> String {
    let title = shell.say("integrations.title");
    let new = html! { a.button.primary href=(shell.url("/integrations/new")) { (shell.say("integrations.new")) } };
    let is_empty = page.rows.is_empty();
    let (events, fragment) = following(shell, page.live.as_ref());
    let body = html! {
        (head(
            &html! { (title) },
            &html! { @if !is_empty { p { (shell.say("integrations.lead")) } } },
            &html! { @if page.has_connectors && !is_empty { (new) } },
        ))
        div #integrations data-live=[events] data-fragment=[fragment] {
            @if !is_empty { (table(shell, &page.rows)) }
            @else if page.has_connectors {
                (empty(shell.say("integrations.empty-title"), shell.say("integrations.empty-text"), &new))
            } @else {
                (empty(shell.say("integrations.no-connector-title"), shell.say("integrations.no-connector-text"), &html! {}))
            }
            @if let Some(live) = &page.live { (reload(shell, live)) }
        }
    };
    document(shell, &Page { title, live: page.live.as_ref(), body })
}

/// Integrations as a table; on a phone each is a card.
pub(super) fn table(shell: &Shell, rows: &[IntegrationRow]) -> Markup {
    html! {
        table.table.cards.wide-title data-rows {
            caption.unseen { (shell.say("integrations.title")) }
            thead {
                tr {
                    th scope="col" { (shell.say("column.name")) }
                    th scope="col" { (shell.say("column.state")) }
                    th scope="col" { (shell.say("column.last-run")) }
                    th scope="col" { (shell.say("column.next-run")) }
                    th scope="col" { span.unseen { (shell.say("column.actions")) } }
                }
            }
            tbody { @for row in rows { (integration(shell, row)) } }
        }
    }
}

fn integration(shell: &Shell, row: &IntegrationRow) -> Markup {
    let path = format!("/integrations/{}", encode(&row.id));
    html! {
        tr {
            th.title scope="row" {
                a href=(shell.url(&format!("{path}/edit"))) { (row.name) }
                span.sub { (row.connector) " · " (states::schedule(shell, &row.schedule)) }
            }
            td data-label=(shell.say("column.state")) {
                div {
                    (states::integration_badge(shell, row.state))
                    (reading(shell, row))
                    @if needs_operator(row.state) {
                        span.sub {
                            (shell.say(&format!("integration-state.{}-remedy", states::integration(row.state).0)))
                        }
                    }
                }
            }
            td data-label=(shell.say("column.last-run")) {
                @match &row.last_run {
                    Some(run) => a href=(shell.run_url(&run.id)) { (shell.time(run.started)) },
                    None => span.soft { (NOTHING) },
                }
            }
            td data-label=(shell.say("column.next-run")) {
                @match row.next_run {
                    Some(at) => (shell.time(at)),
                    None => span.soft { (NOTHING) },
                }
            }
            td.actions { (action(shell, row, &path)) }
        }
    }
}

/// How far a run has read.
fn reading(shell: &Shell, row: &IntegrationRow) -> Markup {
    html! {
        @match row.read {
            Some((people, Some(total))) if total > 0 => {
                progress.thin aria-label=(shell.say("progress.label")) value=(people.min(total)) max=(total) {}
                span.sub {
                    (shell.tell("progress.short-of", &[("people", &shell.number(people)), ("total", &shell.number(total))]))
                }
            }
            Some((people, _)) => span.sub { (shell.count("progress.short", people)) },
            None => {}
        }
    }
}

/// True if only the operator can set it going again.
const fn needs_operator(state: IntegrationState) -> bool {
    use IntegrationState::{ConnectorChanged, ConnectorMissing, KeyMissing, Quarantined};
    matches!(state, KeyMissing | ConnectorMissing | ConnectorChanged | Quarantined)
}

/// The one thing to do next.
fn action(shell: &Shell, row: &IntegrationRow, path: &str) -> Markup {
    use IntegrationState::{NeedsApproval, Paused, Queued, Running};
    let run = row.last_run.as_ref().map(|run| shell.run_url(&run.id));
    html! {
        @match (row.state, run) {
            (Running | Queued, Some(run)) => a.button href=(run) {
                (shell.say("integrations.follow")) span.unseen { " (" (row.name) ")" }
            },
            (NeedsApproval, Some(run)) => a.button.primary href=(run) {
                (shell.say("integrations.review")) span.unseen { " (" (row.name) ")" }
            },
            (Paused, _) => {
                (row_button(shell, &format!("{path}/resume"), "button", shell.say("integrations.resume"), &row.name))
            }
            _ if needs_operator(row.state) => {}
            _ => (row_button(shell, &format!("{path}/sync"), "button", shell.say("integrations.sync"), &row.name)),
        }
    }
}
