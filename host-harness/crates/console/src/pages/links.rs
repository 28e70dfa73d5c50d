//! The one-time links that still work.

use maud::{Markup, html};

use crate::model::{LinksPage, OpenLink, Shell};
use crate::ui::frame::{Page, document};
use crate::ui::parts::{empty, head};
use crate::ui::url::encode;

/// `/operator/links`.
#[must_use]
pub fn links(shell: &Shell, page: &LinksPage) -> String {
    let title = shell.say("links.title");
    let body = html! {
        (head(&html! { (title) }, &html! { p { (shell.say("links.lead")) } }, &html! {}))
        @if page.rows.is_empty() { (empty(shell.say("links.empty-title"), shell.say("links.empty-text"), &html! {})) }
        @else {
            table.table.cards data-rows {
                caption.unseen { (title) }
                thead {
                    tr {
                        th scope="col" { (shell.say("column.who")) }
                        th scope="col" { (shell.say("column.tenant")) }
                        th scope="col" { (shell.say("links.until")) }
                    }
                }
                tbody { @for row in &page.rows { (one(shell, row)) } }
            }
        }
    };
    document(shell, &Page::still(title, body))
}

fn one(shell: &Shell, row: &OpenLink) -> Markup {
    html! {
        tr {
            th.title scope="row" { (row.email) }
            td data-label=(shell.say("column.tenant")) {
                @match &row.tenant {
                    Some(tenant) => a href=(shell.url(&format!("/operator/tenants/{}", encode(&tenant.id)))) { (tenant.name) },
                    None => (shell.say("links.operator")),
                }
            }
            td data-label=(shell.say("links.until")) { (shell.time(row.until)) }
        }
    }
}
