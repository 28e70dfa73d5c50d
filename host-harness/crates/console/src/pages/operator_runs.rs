//! Runs across tenants.

use maud::html;

use super::run_list;
use crate::model::{OperatorRunsPage, RunOrder, Shell};
use crate::ui::frame::{Page, document};
use crate::ui::pager;
use crate::ui::parts::{empty, head};

const ORDERS: [(RunOrder, &str, &str); 3] = [
    (RunOrder::Failing, "failing", "order.failing"),
    (RunOrder::Slowest, "slowest", "order.slowest"),
    (RunOrder::Latest, "latest", "order.latest"),
];

/// `/operator/runs`.
#[must_use]
pub fn operator_runs(shell: &Shell, page: &OperatorRunsPage) -> String {
    let title = shell.say("operator-runs.title");
    let order = ORDERS.iter().find(|(order, ..)| *order == page.order).map_or("", |(_, name, _)| *name);
    let query = [("verdict", page.filter.verdict.as_str()), ("order", order)];
    let is_filtered = !page.filter.verdict.is_empty();
    let body = html! {
        (head(&html! { (title) }, &html! { p { (shell.say("operator-runs.lead")) } }, &html! {}))
        form.filter role="search" method="get" action=(shell.url("/operator/runs")) {
            div.field {
                label for="order" { (shell.say("order.label")) }
                select #order name="order" data-filter {
                    @for (order, name, key) in ORDERS {
                        option value=(name) selected[order == page.order] { (shell.say(key)) }
                    }
                }
            }
            (run_list::filter(shell, &page.filter, &[]))
            div.filter-actions {
                button type="submit" { (shell.say("filter.submit")) }
                @if is_filtered { a.plain href=(shell.url("/operator/runs")) { (shell.say("filter.clear")) } }
            }
        }
        @if page.rows.is_empty() {
            @if is_filtered { p.none { (shell.say("history.none")) } }
            @else { (empty(shell.say("history.empty-title"), shell.say("operator-runs.empty-text"), &html! {})) }
        } @else {
            p.range.soft { (pager::range(shell, &page.pager)) }
            (run_list::table(shell, &page.rows))
            (pager::links(shell, &page.pager, "/operator/runs", &query, title))
        }
    };
    document(shell, &Page::still(title, body))
}
