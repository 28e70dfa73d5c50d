//! One tenant, as its operator sees it.

use maud::{Markup, html};

use super::integrations::table;
use super::tenants::{language, one_time_link};
use crate::model::{LimitField, Shell, TenantPage, TenantUser};
use crate::ui::controls::{Control, Kind};
use crate::ui::frame::{Page, document};
use crate::ui::parts::{csrf, head, post_button, row_button, up};
use crate::ui::url::encode;

/// `/operator/tenants/{id}`.
#[must_use]
pub fn tenant(shell: &Shell, page: &TenantPage) -> String {
    let path = format!("/operator/tenants/{}", encode(&page.id));
    let actions = html! {
        (post_button(shell, &format!("{path}/open"), "button", shell.say("tenant.open")))
        a.button download href=(shell.url(&format!("{path}/export"))) { (shell.say("tenant.export")) }
    };
    let lead = html! { p { (shell.say("column.created")) " " (shell.day(page.created)) } };
    let body = html! {
        (up(&shell.url("/operator/tenants"), shell.say("nav.tenants")))
        (head(&html! { (page.name) }, &lead, &actions))
        @if let Some(link) = &page.link { (one_time_link(shell, link)) }
        section aria-labelledby="integrations" {
            h2 #integrations { (shell.say("integrations.title")) }
            @if page.integrations.is_empty() { p.none { (shell.say("tenant.no-integrations")) } }
            @else { (table(shell, &page.integrations)) }
        }
        (users(shell, page, &path))
        (limits(shell, page, &path))
        (erase(shell, page, &path))
    };
    document(shell, &Page::still(&page.name, body))
}

fn users(shell: &Shell, page: &TenantPage, path: &str) -> Markup {
    let email = Control::new("invite-email", "email", shell.say("field.email"))
        .error(page.invite.error.as_ref())
        .required(true);
    html! {
        section aria-labelledby="users" {
            h2 #users { (shell.say("tenant.users")) }
            @if page.users.is_empty() { p.none { (shell.say("tenant.no-users")) } }
            @else {
                table.table.cards {
                    caption.unseen { (shell.say("tenant.users")) }
                    thead {
                        tr {
                            th scope="col" { (shell.say("field.email")) }
                            th scope="col" { (shell.say("tenant.last-sign-in")) }
                            th scope="col" { span.unseen { (shell.say("column.actions")) } }
                        }
                    }
                    tbody { @for user in &page.users { (one(shell, user, path)) } }
                }
            }
            form.filter method="post" action=(shell.url(&format!("{path}/users"))) {
                (csrf(shell))
                div.grow { (email.input(shell, &Kind::EMAIL, &page.invite.value)) }
                (language(shell, "invite-language", page.invite_language))
                div.filter-actions { button type="submit" { (shell.say("tenant.invite")) } }
            }
        }
    }
}

fn one(shell: &Shell, user: &TenantUser, path: &str) -> Markup {
    let path = format!("{path}/users/{}", encode(&user.id));
    html! {
        tr {
            th.title scope="row" { (user.email) }
            td data-label=(shell.say("tenant.last-sign-in")) {
                div {
                    @match user.last_sign_in {
                        Some(at) => (shell.time(at)),
                        None => (shell.say("tenant.never")),
                    }
                    @if let Some(until) = user.link_until {
                        span.sub { (shell.say("tenant.link-until")) " " (shell.time(until)) }
                    }
                }
            }
            td.actions {
                (row_button(shell, &format!("{path}/link"), "button", shell.say("tenant.new-link"), &user.email))
                (row_button(shell, &format!("{path}/remove"), "danger", shell.say("tenant.remove"), &user.email))
            }
        }
    }
}

fn limits(shell: &Shell, page: &TenantPage, path: &str) -> Markup {
    let wrong = page.limits.iter().any(|limit| limit.error.is_some());
    let own = page.limits.iter().filter(|limit| !limit.value.is_empty()).count() as u64;
    html! {
        @if !page.limits.is_empty() {
            details.card.fold open[wrong] {
                summary {
                    span.fold-title { (shell.say("tenant.limits")) }
                    span.fold-now {
                        (if own == 0 { shell.say("tenant.limits-default").to_owned() } else { shell.count("tenant.limits-own", own) })
                    }
                }
                form.fold-body method="post" action=(shell.url(&format!("{path}/limits"))) {
                    (csrf(shell))
                    p.soft { (shell.say("tenant.limits-help")) }
                    div.limit-grid { @for limit in &page.limits { (limit_field(shell, limit)) } }
                    div { button.primary type="submit" { (shell.say("tenant.limits-submit")) } }
                }
            }
        }
    }
}

fn limit_field(shell: &Shell, limit: &LimitField) -> Markup {
    let default = limit.default.to_string();
    let help =
        limit.ceiling.map(|most| shell.tell("tenant.ceiling", &[("most", &shell.number(most))])).unwrap_or_default();
    let id = format!("limit-{}", limit.key);
    Control::new(&id, &limit.key, &limit.key).help(&help).error(limit.error.as_ref()).required(true).input(
        shell,
        &Kind::NUMBER.placeholder(Some(&default)),
        &limit.value,
    )
}

fn erase(shell: &Shell, page: &TenantPage, path: &str) -> Markup {
    let label = shell.tell("form.delete-confirm", &[("name", &page.name)]);
    let confirm = Control::new("erase-confirm", "confirm", &label).error(page.erase_error.as_ref()).required(true);
    html! {
        details.card.fold.danger-zone open[page.erase_error.is_some()] {
            summary { span.fold-title { (shell.say("tenant.erase")) } }
            form.fold-body method="post" action=(shell.url(&format!("{path}/erase"))) data-confirm=(page.name) {
                (csrf(shell))
                p { (shell.say("tenant.erase-text")) }
                (confirm.input(shell, &Kind::TEXT, ""))
                button.danger type="submit" { (shell.say("tenant.erase-submit")) }
            }
        }
    }
}
