//! Searching for somebody.

use maud::{Markup, html};

use crate::model::{PeoplePage, PersonRow, Shell};
use crate::ui::frame::{Page, document};
use crate::ui::pager;
use crate::ui::parts::{NOTHING, empty, head};

/// `/people`.
#[must_use]
pub fn people(shell: &Shell, page: &PeoplePage) -> String {
    let title = shell.say("people.title");
    let query = [("q", page.q.as_str()), ("integration", &page.integration)];
    let body = html! {
        (head(&html! { (title) }, &html! { p { (shell.say("people.lead")) } }, &html! {}))
        @if page.has_people || !page.q.is_empty() {
            (search(shell, page))
            @if page.rows.is_empty() {
                (empty(shell.say("people.none-title"), shell.say("people.none-text"), &html! {}))
            } @else {
                p.range.soft { (pager::range(shell, &page.pager)) }
                (table(shell, &page.rows))
                (pager::links(shell, &page.pager, "/people", &query, title))
            }
        } @else {
            (empty(shell.say("people.empty-title"), shell.say("people.empty-text"),
                &html! { a.button.primary href=(shell.url("/integrations")) { (shell.say("people.empty-action")) } }))
        }
    };
    document(shell, &Page::still(title, body))
}

fn search(shell: &Shell, page: &PeoplePage) -> Markup {
    html! {
        form.filter role="search" method="get" action=(shell.url("/people")) {
            div.field.grow {
                label for="people-q" { (shell.say("people.q")) }
                input #people-q type="search" name="q" value=(page.q) autocomplete="off" data-filter;
            }
            @if page.integrations.len() > 1 {
                div.field {
                    label for="people-integration" { (shell.say("column.integration")) }
                    select #people-integration name="integration" {
                        option value="" { (shell.say("filter.all")) }
                        @for integration in &page.integrations {
                            option value=(integration.id) selected[integration.id == page.integration] {
                                (integration.name)
                            }
                        }
                    }
                }
            }
            div.filter-actions { button.primary type="submit" { (shell.say("people.submit")) } }
        }
    }
}

fn table(shell: &Shell, rows: &[PersonRow]) -> Markup {
    let or_nothing = |text: &str| if text.is_empty() { NOTHING.to_owned() } else { text.to_owned() };
    html! {
        table.table.cards data-rows {
            caption.unseen { (shell.say("people.title")) }
            thead {
                tr {
                    th scope="col" { (shell.say("column.name")) }
                    th scope="col" { (shell.say("column.employee")) }
                    th scope="col" { (shell.say("column.status")) }
                    th scope="col" { (shell.say("column.department")) }
                    th scope="col" { (shell.say("column.integration")) }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        th.title scope="row" {
                            @match &row.employee {
                                Some(employee) => a href=(shell.person_url(&row.integration.id, employee)) {
                                    (if row.name.is_empty() { employee } else { &row.name })
                                },
                                None => (row.name),
                            }
                            @if !row.email.is_empty() { span.sub { (row.email) } }
                        }
                        td.id-number data-label=(shell.say("column.employee")) {
                            @match &row.employee {
                                Some(employee) => (employee),
                                None => span.soft { (shell.say("people.not-linked")) },
                            }
                        }
                        td data-label=(shell.say("column.status")) {
                            @if row.account.is_none() { span.soft { (shell.say("people.no-account")) } }
                            @else { (shell.word("status", &or_nothing(&row.status))) }
                        }
                        td data-label=(shell.say("column.department")) { (or_nothing(&row.department)) }
                        td data-label=(shell.say("column.integration")) { (row.integration.name) }
                    }
                }
            }
        }
    }
}
