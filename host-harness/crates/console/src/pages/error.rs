//! Instead of the page that was asked for: what happened, and what to do.

use maud::html;

use crate::model::{ErrorKind, ErrorPage, Shell};
use crate::ui::frame::{Page, card_document, document};

/// Any error.
#[must_use]
pub fn error(shell: &Shell, page: &ErrorPage) -> String {
    let name = name(page.kind);
    let title = shell.say(&format!("failure.{name}"));
    let (back, back_text) = match &shell.user {
        Some(_) => ("/", "failure.home"),
        None => ("/sign-in", "failure.sign-in"),
    };
    let body = html! {
        div.stop {
            p.stop-status { (page.kind.status()) }
            h1 { (title) }
            p { (shell.say(&format!("failure.{name}-text"))) }
            @if let Some(detail) = &page.detail { p { (detail) } }
            p { (shell.say(&format!("failure.{name}-remedy"))) }
            p { a.button.primary href=(shell.url(back)) { (shell.say(back_text)) } }
            @if let Some(reference) = &page.reference {
                p.soft.small { (shell.say("failure.reference")) " " code { (reference) } }
            }
        }
    };
    let page = Page::still(title, body);
    if shell.user.is_some() { document(shell, &page) } else { card_document(shell, &page) }
}

const fn name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::BadRequest => "bad-request",
        ErrorKind::Forbidden => "forbidden",
        ErrorKind::FormExpired => "form-expired",
        ErrorKind::NotFound => "not-found",
        ErrorKind::MethodNotAllowed => "method-not-allowed",
        ErrorKind::Conflict => "conflict",
        ErrorKind::LinkExpired => "link-expired",
        ErrorKind::TooLarge => "too-large",
        ErrorKind::TooManyRequests => "too-many",
        ErrorKind::Internal => "internal",
        ErrorKind::Unavailable => "unavailable",
    }
}
