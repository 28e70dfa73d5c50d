//! The document around a page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::model::{Flash, Live, Role, Section, Shell, Tone};
use crate::ui::parts::{csrf, tone_class};
use crate::words;

/// What a page is made of.
pub(crate) struct Page<'a> {
    /// The document's title.
    pub title: &'a str,
    /// How the page follows what is going on: without scripts, by loading itself again.
    pub live: Option<&'a Live>,
    /// What is between the navigation and the end.
    pub body: Markup,
}

impl<'a> Page<'a> {
    /// A page that follows nothing.
    pub(crate) const fn still(title: &'a str, body: Markup) -> Self {
        Self { title, live: None, body }
    }
}

/// Seconds after which a page that follows something loads itself again, without scripts.
const RELOAD_SECONDS: u8 = 5;

/// The whole document of somebody who is signed in.
pub(crate) fn document(shell: &Shell, page: &Page<'_>) -> String {
    let body = html! {
        a.skip href="#content" { (shell.say("shell.skip")) }
        div.app {
            header.side {
                (brand(shell))
                (navigation(shell))
                (who(shell))
            }
            main #content tabindex="-1" {
                @if let Some(flash) = &shell.flash { (message(shell, flash)) }
                (page.body)
            }
        }
        (announcer())
    };
    whole(shell, page, &body)
}

/// The whole document of somebody who is not signed in: one card in the middle.
pub(crate) fn card_document(shell: &Shell, page: &Page<'_>) -> String {
    let body = html! {
        a.skip href="#content" { (shell.say("shell.skip")) }
        div.entry {
            header.entry-head { (brand(shell)) (languages(shell)) }
            main #content.entry-card tabindex="-1" {
                @if let Some(flash) = &shell.flash { (message(shell, flash)) }
                (page.body)
            }
        }
        (announcer())
    };
    whole(shell, page, &body)
}

fn whole(shell: &Shell, page: &Page<'_>, body: &Markup) -> String {
    let asset = |name: &str| shell.url_with(&format!("/assets/{name}"), &[("v", &shell.assets)]);
    let document = html! {
        (DOCTYPE)
        html lang=(shell.lang()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="same-origin";
                title { (page.title) " · " (shell.say("shell.product")) }
                link rel="icon" type="image/svg+xml" href=(asset("mark.svg"));
                link rel="stylesheet" href=(asset("app.css"));
                script src=(asset("app.js")) defer {}
                @if let Some(live) = page.live {
                    noscript {
                        meta http-equiv="refresh" content=(format!("{RELOAD_SECONDS};url={}", shell.url(&live.page)));
                    }
                }
            }
            body { (body) }
        }
    };
    document.into_string()
}

/// Where the script says what has changed, for readers who do not see it.
fn announcer() -> Markup {
    html! { div #announcer.unseen role="status" aria-live="polite" {} }
}

fn brand(shell: &Shell) -> Markup {
    html! {
        a.brand href=(shell.url("/")) {
            (mark())
            span.brand-name { "elearnio" span.brand-part { (shell.say("shell.part")) } }
        }
    }
}

/// The mark, in the page so that it takes the page's colours.
fn mark() -> Markup {
    PreEscaped(
        "<svg class=\"mark\" viewBox=\"0 0 32 32\" width=\"28\" height=\"28\" aria-hidden=\"true\" focusable=\"false\">\
         <rect class=\"mark-ground\" width=\"32\" height=\"32\" rx=\"9\"/>\
         <path class=\"mark-line\" d=\"M9.5 16a6.5 6.5 0 0 1 11.4-4.3M22.5 16a6.5 6.5 0 0 1-11.4 4.3\"/>\
         <circle class=\"mark-dot\" cx=\"21.8\" cy=\"11.2\" r=\"2.5\"/>\
         <circle class=\"mark-dot\" cx=\"10.2\" cy=\"20.8\" r=\"2.5\"/></svg>"
            .to_owned(),
    )
}

const TENANT: [(Section, &str, &str); 4] = [
    (Section::Integrations, "/integrations", "nav.integrations"),
    (Section::People, "/people", "nav.people"),
    (Section::Conflicts, "/conflicts", "nav.conflicts"),
    (Section::History, "/history", "nav.history"),
];

const OPERATOR: [(Section, &str, &str); 5] = [
    (Section::Tenants, "/operator/tenants", "nav.tenants"),
    (Section::Connectors, "/operator/connectors", "nav.connectors"),
    (Section::Runs, "/operator/runs", "nav.runs"),
    (Section::Work, "/operator/work", "nav.work"),
    (Section::Audit, "/operator/audit", "nav.audit"),
];

fn navigation(shell: &Shell) -> Markup {
    let Some(user) = &shell.user else { return html! {} };
    let is_operator = user.role == Role::Operator;
    html! {
        nav aria-label=(shell.say("shell.navigation")) {
            @if is_operator {
                @if shell.tenant.is_some() { p.nav-title { (shell.say("shell.operator")) } }
                (entries(shell, &OPERATOR))
            }
            @if let Some(tenant) = &shell.tenant {
                p.nav-title { (tenant) }
                (entries(shell, &TENANT))
            } @else if !is_operator {
                (entries(shell, &TENANT))
            }
        }
    }
}

fn entries(shell: &Shell, entries: &[(Section, &str, &str)]) -> Markup {
    html! {
        ul.nav {
            @for (section, path, key) in entries {
                li {
                    a href=(shell.url(path)) aria-current=[(*section == shell.section).then_some("page")] {
                        (shell.say(key))
                    }
                }
            }
        }
    }
}

fn who(shell: &Shell) -> Markup {
    html! {
        div.who {
            @if let Some(user) = &shell.user {
                @let current = (shell.section == Section::Account).then_some("page");
                a.who-name href=(shell.url("/account")) aria-current=[current] {
                    span.who-email { (user.email) }
                    span.who-account { (shell.say("shell.account")) }
                }
                form.who-out method="post" action=(shell.url("/sign-out")) {
                    (csrf(shell))
                    button.plain type="submit" { (shell.say("shell.sign-out")) }
                }
            }
            (languages(shell))
        }
    }
}

/// The language that is not shown, in its own words.
fn languages(shell: &Shell) -> Markup {
    use connector_settings::Language::{De, En};
    html! {
        div.languages role="group" aria-label=(shell.say("shell.language")) {
            @for (language, tag, name) in [(De, "de", "Deutsch"), (En, "en", "English")] {
                @if language == shell.language {
                    span.language aria-current="true" lang=(tag) { (name) }
                } @else {
                    @let href = shell.url_with(&format!("/language/{tag}"), &[("back", &shell.here)]);
                    a.language lang=(tag) hreflang=(tag) href=(href) {
                        (name)
                    }
                }
            }
        }
    }
}

/// What has just happened. A message without words of its own is shown as it is.
fn message(shell: &Shell, flash: &Flash) -> Markup {
    let subject = flash.subject.as_deref().unwrap_or_default();
    let text = if words::find(shell.language, "flash", &flash.message).is_some() {
        shell.tell(&format!("flash.{}", flash.message), &[("subject", subject)])
    } else {
        flash.message.clone()
    };
    let role = if matches!(flash.tone, Tone::Bad | Tone::Attention) { "alert" } else { "status" };
    html! { div.flash.(tone_class(flash.tone)) role=(role) { p { (text) } } }
}
