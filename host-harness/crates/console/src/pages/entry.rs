//! Signing in, and the one-time link with which somebody sets a password.

use maud::html;

use crate::model::{Shell, SignInError, SignInPage, WelcomePage};
use crate::ui::controls::{Control, Kind};
use crate::ui::frame::{Page, card_document};
use crate::ui::parts::csrf;
use crate::ui::url::encode;

/// The least characters of a password.
const LEAST: u64 = 12;

/// `/sign-in`.
#[must_use]
pub fn sign_in(shell: &Shell, page: &SignInPage) -> String {
    let title = shell.say("sign-in.title");
    let body = html! {
        h1 { (title) }
        @if let Some(error) = page.error {
            div.flash.bad role="alert" { p { (sign_in_error(shell, error)) } }
        }
        form.stack method="post" action=(shell.url("/sign-in")) {
            (csrf(shell))
            @if let Some(next) = &page.next { input type="hidden" name="next" value=(next); }
            (Control::new("email", "email", shell.say("field.email")).required(true).input(shell, &Kind::USERNAME, &page.email))
            (Control::new("password", "password", shell.say("field.password")).required(true).input(shell, &Kind::PASSWORD, ""))
            button.primary.wide type="submit" { (shell.say("sign-in.submit")) }
        }
        p.soft.small { (shell.say("sign-in.lost")) }
    };
    card_document(shell, &Page::still(title, body))
}

fn sign_in_error(shell: &Shell, error: SignInError) -> String {
    match error {
        SignInError::Wrong => shell.say("sign-in.wrong").to_owned(),
        SignInError::TooMany(seconds) => shell.count("sign-in.too-many", seconds),
        SignInError::Expired => shell.say("sign-in.expired").to_owned(),
    }
}

/// `/welcome/{token}`.
#[must_use]
pub fn welcome(shell: &Shell, page: &WelcomePage) -> String {
    let title = shell.say(if page.is_reset { "welcome.title-reset" } else { "welcome.title" });
    let email = page.email.as_str();
    let lead = match &page.tenant {
        Some(tenant) => shell.tell("welcome.lead-tenant", &[("email", email), ("tenant", tenant)]),
        None => shell.tell("welcome.lead", &[("email", email)]),
    };
    let help = shell.tell("field.password-help", &[("least", &shell.number(LEAST))]);
    let password = Control::new("password", "password", shell.say("field.new-password"));
    let again = Control::new("password-again", "password-again", shell.say("field.password-again"));
    let body = html! {
        h1 { (title) }
        p { (lead) }
        form.stack method="post" action=(shell.url(&format!("/welcome/{}", encode(&page.token)))) {
            (csrf(shell))
            // For password managers, which file the password under it.
            input.unseen type="email" name="username" value=(email) autocomplete="username" readonly tabindex="-1"
                aria-label=(shell.say("field.email"));
            (password.help(&help).error(page.password_error.as_ref()).required(true).input(shell, &Kind::NEW_PASSWORD, ""))
            (again.error(page.again_error.as_ref()).required(true).input(shell, &Kind::NEW_PASSWORD, ""))
            button.primary.wide type="submit" { (shell.say("welcome.submit")) }
        }
    };
    card_document(shell, &Page::still(title, body))
}
