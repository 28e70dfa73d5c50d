//! The audit log.

use maud::{Markup, html};

use crate::model::{AuditChain, AuditPage, AuditRow, Shell};
use crate::ui::frame::{Page, document};
use crate::ui::pager;
use crate::ui::parts::{NOTHING, empty, head};

/// `/operator/audit`.
#[must_use]
pub fn audit(shell: &Shell, page: &AuditPage) -> String {
    let title = shell.say("audit.title");
    let body = html! {
        (head(&html! { (title) }, &html! { p { (shell.say("audit.lead")) } }, &html! {}))
        @match page.chain {
            AuditChain::Unchecked => {}
            AuditChain::Whole => div.flash.good { p { (shell.say("audit.whole")) } },
            AuditChain::BrokenAt(number) => div.flash.bad role="alert" {
                p { (shell.tell("audit.broken", &[("number", &shell.number(number))])) }
            },
        }
        form.filter role="search" method="get" action=(shell.url("/operator/audit")) {
            div.field.grow {
                label for="audit-q" { (shell.say("audit.q")) }
                input #audit-q type="search" name="q" value=(page.q) autocomplete="off" data-filter;
            }
            div.filter-actions { button type="submit" { (shell.say("people.submit")) } }
        }
        @if page.rows.is_empty() { (empty(shell.say("audit.empty-title"), shell.say("audit.empty-text"), &html! {})) }
        @else {
            p.range.soft { (pager::range(shell, &page.pager)) }
            table.table.cards data-rows {
                caption.unseen { (title) }
                thead {
                    tr {
                        th scope="col" { (shell.say("column.when")) }
                        th scope="col" { (shell.say("audit.action")) }
                        th scope="col" { (shell.say("column.who")) }
                        th scope="col" { (shell.say("column.tenant")) }
                        th.number scope="col" { (shell.say("audit.entry")) }
                    }
                }
                tbody { @for row in &page.rows { (entry(shell, row)) } }
            }
            (pager::links(shell, &page.pager, "/operator/audit", &[("q", &page.q)], title))
        }
    };
    document(shell, &Page::still(title, body))
}

fn entry(shell: &Shell, row: &AuditRow) -> Markup {
    html! {
        tr {
            th.title scope="row" { (shell.time(row.at)) }
            td data-label=(shell.say("audit.action")) {
                div {
                    (shell.word("audit-action", &row.action)) @if !row.subject.is_empty() { span.sub { (row.subject) } }
                }
            }
            td data-label=(shell.say("column.who")) { (row.who) }
            td data-label=(shell.say("column.tenant")) { (row.tenant.as_deref().unwrap_or(NOTHING)) }
            td.number data-label=(shell.say("audit.entry")) {
                div { (shell.number(row.number)) span.sub { code { (row.hash) } } }
            }
        }
    }
}
