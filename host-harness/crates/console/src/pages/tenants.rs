//! The operator's tenants.

use connector_settings::Language;
use maud::{Markup, html};

use crate::model::{OneTimeLink, Shell, TenantRow, TenantsPage, Tone};
use crate::ui::controls::{Control, Kind};
use crate::ui::frame::{Page, document};
use crate::ui::pager;
use crate::ui::parts::{NOTHING, badge, copyable, csrf, empty, head};
use crate::ui::url::encode;

/// `/operator/tenants`.
#[must_use]
pub fn tenants(shell: &Shell, page: &TenantsPage) -> String {
    let title = shell.say("tenants.title");
    let has_list = !page.rows.is_empty() || !page.q.is_empty();
    let new = html! {
        @if has_list {
            a.button href=(shell.url("/operator/links")) { (shell.say("links.title")) }
            a.button.primary href="#new" { (shell.say("tenants.new")) }
        }
    };
    let body = html! {
        (head(&html! { (title) }, &html! {}, &new))
        @if let Some(link) = &page.created { (one_time_link(shell, link)) }
        @if has_list { (list(shell, page)) }
        @else { (empty(shell.say("tenants.empty-title"), shell.say("tenants.empty-text"), &html! {})) }
        (new_tenant(shell, page))
    };
    document(shell, &Page::still(title, body))
}

/// A link that works once. It is shown on this page only.
pub(super) fn one_time_link(shell: &Shell, link: &OneTimeLink) -> Markup {
    html! {
        section.panel.good aria-labelledby="link-title" {
            h2 #link-title { (shell.tell("link.title", &[("email", &link.email)])) }
            p {
                (shell.say(if link.mailed { "link.mailed" } else { "link.not-mailed" })) " "
                (shell.say("link.until")) " " (shell.time(link.valid_until)) "."
            }
            (copyable(shell, "link", shell.say("link.label"), &link.url))
        }
    }
}

/// The languages of an invitation.
pub(super) fn language(shell: &Shell, id: &str, value: Language) -> Markup {
    let value = if value == Language::De { "de" } else { "en" };
    Control::new(id, "language", shell.say("field.language")).required(true).select(
        shell,
        value,
        &[("de", "Deutsch"), ("en", "English")],
    )
}

fn list(shell: &Shell, page: &TenantsPage) -> Markup {
    html! {
        form.filter role="search" method="get" action=(shell.url("/operator/tenants")) {
            div.field.grow {
                label for="tenants-q" { (shell.say("tenants.q")) }
                input #tenants-q type="search" name="q" value=(page.q) autocomplete="off" data-filter;
            }
            div.filter-actions { button type="submit" { (shell.say("people.submit")) } }
        }
        @if page.rows.is_empty() { p.none { (shell.say("tenants.none")) } }
        @else {
            p.range.soft { (pager::range(shell, &page.pager)) }
            table.table.cards data-rows {
                caption.unseen { (shell.say("tenants.title")) }
                thead {
                    tr {
                        th scope="col" { (shell.say("column.name")) }
                        th.number scope="col" { (shell.say("column.integrations")) }
                        th.number scope="col" { (shell.say("column.users")) }
                        th scope="col" { (shell.say("column.last-run")) }
                        th scope="col" { (shell.say("column.created")) }
                    }
                }
                tbody { @for row in &page.rows { (tenant(shell, row)) } }
            }
            (pager::links(shell, &page.pager, "/operator/tenants", &[("q", &page.q)], shell.say("tenants.title")))
        }
    }
}

fn tenant(shell: &Shell, row: &TenantRow) -> Markup {
    html! {
        tr {
            th.title scope="row" {
                a href=(shell.url(&format!("/operator/tenants/{}", encode(&row.id)))) { (row.name) }
            }
            td.number data-label=(shell.say("column.integrations")) {
                div {
                    (shell.number(row.integrations))
                    @if row.need_attention > 0 {
                        " " (badge(Tone::Attention, &shell.count("tenants.attention", row.need_attention)))
                    }
                }
            }
            td.number data-label=(shell.say("column.users")) { (shell.number(row.users)) }
            td data-label=(shell.say("column.last-run")) {
                @match &row.last_run { Some(run) => (shell.time(run.started)), None => span.soft { (NOTHING) } }
            }
            td data-label=(shell.say("column.created")) { (shell.day(row.created)) }
        }
    }
}

fn new_tenant(shell: &Shell, page: &TenantsPage) -> Markup {
    let form = &page.form;
    let name =
        Control::new("tenant-name", "name", shell.say("tenants.name")).error(form.name.error.as_ref()).required(true);
    let email = Control::new("tenant-email", "email", shell.say("tenants.email"))
        .error(form.email.error.as_ref())
        .required(true);
    html! {
        section #new.card aria-labelledby="new-title" {
            h2 #new-title { (shell.say("tenants.new")) }
            form.stack method="post" action=(shell.url("/operator/tenants")) {
                (csrf(shell))
                (name.input(shell, &Kind::TEXT, &form.name.value))
                (email.help(shell.say("tenants.email-help")).input(shell, &Kind::EMAIL, &form.email.value))
                (language(shell, "tenant-language", form.language))
                div { button.primary type="submit" { (shell.say("tenants.submit")) } }
            }
        }
    }
}
