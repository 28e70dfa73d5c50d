//! Runs and decisions.

use maud::{Markup, html};

use super::run_list;
use crate::model::{DecisionKind, DecisionRow, HistoryPage, HistoryTab, Shell};
use crate::ui::frame::{Page, document};
use crate::ui::pager;
use crate::ui::parts::{NOTHING, empty, head};

/// `/history`.
#[must_use]
pub fn history(shell: &Shell, page: &HistoryPage) -> String {
    let title = shell.say("history.title");
    let lead = page
        .kept_days
        .map_or_else(|| shell.say("history.kept").to_owned(), |days| shell.count("history.kept-days", days));
    let body = html! {
        (head(&html! { (title) }, &html! { p { (lead) } }, &html! {}))
        nav.tabs aria-label=(title) {
            (tab(shell, page, HistoryTab::Runs, "/history", "history.runs"))
            (tab(shell, page, HistoryTab::Decisions, "/history?tab=decisions", "history.decisions"))
        }
        @match page.tab {
            HistoryTab::Runs => (runs(shell, page)),
            HistoryTab::Decisions => (decisions(shell, page)),
        }
    };
    document(shell, &Page::still(title, body))
}

fn tab(shell: &Shell, page: &HistoryPage, tab: HistoryTab, path: &str, key: &str) -> Markup {
    html! { a href=(shell.url(path)) aria-current=[(page.tab == tab).then_some("page")] { (shell.say(key)) } }
}

fn runs(shell: &Shell, page: &HistoryPage) -> Markup {
    let filter = &page.filter;
    let query = [("integration", filter.integration.as_str()), ("verdict", &filter.verdict)];
    let is_filtered = !(filter.integration.is_empty() && filter.verdict.is_empty());
    html! {
        @if !page.runs.is_empty() || is_filtered {
            form.filter role="search" method="get" action=(shell.url("/history")) {
                (run_list::filter(shell, filter, &page.integrations))
                div.filter-actions {
                    button type="submit" { (shell.say("filter.submit")) }
                    @if is_filtered { a.plain href=(shell.url("/history")) { (shell.say("filter.clear")) } }
                }
            }
        }
        @if page.runs.is_empty() {
            @if is_filtered { p.none { (shell.say("history.none")) } }
            @else { (empty(shell.say("history.empty-title"), shell.say("history.empty-text"), &html! {})) }
        } @else {
            p.range.soft { (pager::range(shell, &page.pager)) }
            (run_list::table(shell, &page.runs))
            (pager::links(shell, &page.pager, "/history", &query, shell.say("history.runs")))
        }
    }
}

fn decisions(shell: &Shell, page: &HistoryPage) -> Markup {
    html! {
        @if page.decisions.is_empty() {
            (empty(shell.say("history.no-decisions-title"), shell.say("history.no-decisions-text"), &html! {}))
        } @else {
            p.range.soft { (pager::range(shell, &page.pager)) }
            table.table.cards data-rows {
                caption.unseen { (shell.say("history.decisions")) }
                thead {
                    tr {
                        th scope="col" { (shell.say("column.when")) }
                        th scope="col" { (shell.say("column.decision")) }
                        th scope="col" { (shell.say("column.who")) }
                        th scope="col" { (shell.say("column.integration")) }
                        th scope="col" { (shell.say("column.reason")) }
                    }
                }
                tbody { @for row in &page.decisions { (decision(shell, row)) } }
            }
            (pager::links(shell, &page.pager, "/history", &[("tab", "decisions")], shell.say("history.decisions")))
        }
    }
}

fn decision(shell: &Shell, row: &DecisionRow) -> Markup {
    html! {
        tr {
            th.title scope="row" {
                @match &row.run {
                    Some(run) => a href=(shell.run_url(run)) { (shell.time(row.at)) },
                    None => (shell.time(row.at)),
                }
            }
            td data-label=(shell.say("column.decision")) {
                div { (shell.say(words(row.kind))) @if let Some(subject) = &row.subject { span.sub { (subject) } } }
            }
            td data-label=(shell.say("column.who")) { (row.by) }
            td data-label=(shell.say("column.integration")) { (row.integration.name) }
            td data-label=(shell.say("column.reason")) { (row.reason.as_deref().unwrap_or(NOTHING)) }
        }
    }
}

const fn words(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Approved => "decision.approved",
        DecisionKind::Discarded => "decision.discarded",
        DecisionKind::Relinked => "decision.relinked",
        DecisionKind::Unlinked => "decision.unlinked",
        DecisionKind::ChoseAccount => "decision.chose-account",
        DecisionKind::Kept => "decision.kept",
        DecisionKind::Cancelled => "decision.cancelled",
        DecisionKind::Paused => "decision.paused",
        DecisionKind::Resumed => "decision.resumed",
    }
}
