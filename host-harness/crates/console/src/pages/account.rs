//! The reader's own account.

use maud::{Markup, html};

use crate::model::{AccountPage, Shell, TokenRow};
use crate::ui::controls::{Control, Kind};
use crate::ui::frame::{Page, document};
use crate::ui::parts::{copyable, csrf, head, post_button, row_button};
use crate::ui::url::encode;

/// `/account`.
#[must_use]
pub fn account(shell: &Shell, page: &AccountPage) -> String {
    let title = shell.say("account.title");
    let body = html! {
        div.narrow {
            (head(&html! { (title) }, &html! { p { (page.email) } }, &html! {}))
            (password(shell, page))
            (tokens(shell, page))
            @if page.other_sessions > 0 {
                section.card aria-labelledby="sessions" {
                    h2 #sessions { (shell.say("account.sessions")) }
                    p { (shell.count("account.sessions-text", page.other_sessions)) }
                    (post_button(shell, "/account/sessions/end", "button", shell.say("account.sessions-end")))
                }
            }
        }
    };
    document(shell, &Page::still(title, body))
}

fn password(shell: &Shell, page: &AccountPage) -> Markup {
    let help = shell.tell("field.password-help", &[("least", "12")]);
    let control = |id, key| Control::new(id, id, shell.say(key)).required(true);
    html! {
        section.card aria-labelledby="password-title" {
            h2 #password-title { (shell.say("account.password")) }
            form.stack method="post" action=(shell.url("/account/password")) {
                (csrf(shell))
                input.unseen type="email" name="username" value=(page.email) autocomplete="username" readonly tabindex="-1"
                    aria-label=(shell.say("field.email"));
                (control("current", "field.current-password").error(page.password.current.as_ref())
                    .input(shell, &Kind::PASSWORD, ""))
                (control("password", "field.new-password").help(&help).error(page.password.password.as_ref())
                    .input(shell, &Kind::NEW_PASSWORD, ""))
                (control("password-again", "field.password-again").error(page.password.again.as_ref())
                    .input(shell, &Kind::NEW_PASSWORD, ""))
                div { button.primary type="submit" { (shell.say("account.password-submit")) } }
            }
        }
    }
}

fn tokens(shell: &Shell, page: &AccountPage) -> Markup {
    let name = Control::new("token-name", "name", shell.say("account.token-name"));
    html! {
        section.card aria-labelledby="tokens" {
            h2 #tokens { (shell.say("account.tokens")) }
            p.soft { (shell.say("account.tokens-text")) }
            @if let Some(token) = &page.created_token {
                div.panel.good role="status" {
                    p { strong { (shell.say("account.token-created")) } " " (shell.say("account.token-once")) }
                    (copyable(shell, "token", shell.say("account.token"), token))
                }
            }
            @if !page.tokens.is_empty() {
                table.table.cards {
                    caption.unseen { (shell.say("account.tokens")) }
                    thead {
                        tr {
                            th scope="col" { (shell.say("column.name")) }
                            th scope="col" { (shell.say("column.created")) }
                            th scope="col" { (shell.say("account.last-used")) }
                            th scope="col" { span.unseen { (shell.say("column.actions")) } }
                        }
                    }
                    tbody { @for token in &page.tokens { (one(shell, token)) } }
                }
            }
            form.filter method="post" action=(shell.url("/account/tokens")) {
                (csrf(shell))
                div.grow {
                    (name.help(shell.say("account.token-name-help")).error(page.token_name.error.as_ref()).required(true)
                        .input(shell, &Kind::TEXT, &page.token_name.value))
                }
                div.filter-actions { button type="submit" { (shell.say("account.token-submit")) } }
            }
        }
    }
}

fn one(shell: &Shell, token: &TokenRow) -> Markup {
    html! {
        tr {
            th.title scope="row" { (token.name) }
            td data-label=(shell.say("column.created")) { (shell.day(token.created)) }
            td data-label=(shell.say("account.last-used")) {
                @match token.last_used {
                    Some(at) => (shell.time(at)), None => span.soft { (shell.say("tenant.never")) }
                }
            }
            td.actions {
                @let path = format!("/account/tokens/{}/revoke", encode(&token.id));
                (row_button(shell, &path, "danger", shell.say("account.revoke"), &token.name))
            }
        }
    }
}
