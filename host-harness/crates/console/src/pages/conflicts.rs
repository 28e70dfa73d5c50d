//! What a person has to decide, with the choices there are.

use maud::{Markup, html};

use crate::model::{Candidate, Conflict, ConflictChoice, ConflictsPage, Resolution, Shell, Tone};
use crate::ui::controls::{Control, Kind};
use crate::ui::frame::{Page, document};
use crate::ui::pager;
use crate::ui::parts::{badge, csrf, empty, head, person};
use crate::ui::url::encode;

/// `/conflicts`.
#[must_use]
pub fn conflicts(shell: &Shell, page: &ConflictsPage) -> String {
    let title = shell.say("conflicts.title");
    let lead = html! { @if !page.conflicts.is_empty() { p { (shell.say("conflicts.lead")) } } };
    let body = html! {
        div.medium {
            (head(&html! { (title) }, &lead, &html! {}))
            @if page.conflicts.is_empty() {
                @if page.has_runs {
                    (empty(shell.say("conflicts.empty-title"), shell.say("conflicts.empty-text"), &html! {}))
                } @else {
                    (empty(shell.say("conflicts.no-runs-title"), shell.say("conflicts.no-runs-text"),
                        &html! { a.button.primary href=(shell.url("/integrations")) { (shell.say("people.empty-action")) } }))
                }
            }
            @for conflict in &page.conflicts { (one(shell, conflict)) }
            (pager::links(shell, &page.pager, "/conflicts", &[], title))
        }
    };
    document(shell, &Page::still(title, body))
}

fn one(shell: &Shell, it: &Conflict) -> Markup {
    let (sentence, remedy) = shell.code(&it.code, 1, None).unwrap_or_else(|| (it.code.clone(), String::new()));
    let id = dom_id(&it.id);
    html! {
        article.card.conflict #{ "conflict-" (id) } aria-labelledby={ "title-" (id) } {
            h2 #{ "title-" (id) } { (person(shell, &it.integration.id, &it.person)) }
            p.soft.small {
                (it.integration.name)
                @if let Some(run) = &it.found_by { " · " a href=(shell.run_url(&run.id)) { (shell.time(run.started)) } }
            }
            p { (sentence) }
            @if it.email.is_some() || it.other.is_some() {
                dl.facts {
                    @if let Some(email) = &it.email { div { dt { (shell.say("field.email")) } dd { (email) } } }
                    @if let Some(other) = &it.other {
                        div { dt { (shell.say("conflicts.other")) } dd { (person(shell, &it.integration.id, other)) } }
                    }
                }
            }
            @if !it.accounts.is_empty() {
                ul.candidates { @for account in &it.accounts { li { (candidate(shell, it, account)) } } }
            }
            @if it.choices.is_empty() {
                p.remark-remedy { (remedy) }
            } @else {
                (decide(shell, it, &id))
            }
        }
    }
}

fn dom_id(id: &str) -> String {
    id.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "-")
}

fn candidate(shell: &Shell, it: &Conflict, account: &Candidate) -> Markup {
    html! {
        span.candidate-name { (account.name) }
        span.candidate-mail { (account.email) }
        span.soft.small {
            (shell.say("why.account-id")) " " code { (account.account) } " · " (shell.word("status", &account.status)) " · "
            @match &account.linked_to {
                Some(linked) => { (shell.say("conflicts.linked-to")) " " (person(shell, &it.integration.id, linked)) }
                None => (shell.say("people.not-linked")),
            }
        }
        @if account.protected { (badge(Tone::Attention, shell.say("why.protected"))) }
    }
}

fn decide(shell: &Shell, it: &Conflict, id: &str) -> Markup {
    let reason_id = format!("reason-{id}");
    let reason = Control::new(&reason_id, "reason", shell.say("conflicts.reason"));
    let error_id = format!("choice-{id}-error");
    html! {
        form.stack method="post" action=(shell.url(&format!("/conflicts/{}", encode(&it.id)))) {
            (csrf(shell))
            fieldset.choices.wrong[it.choice_error.is_some()] aria-describedby=[it.choice_error.as_ref().map(|_| &error_id)] {
                legend { (shell.say("conflicts.choose")) }
                @if let Some(error) = &it.choice_error { p.error #(error_id) { (shell.error(error)) } }
                @for (index, choice) in it.choices.iter().enumerate() {
                    @let input = format!("choice-{id}-{index}");
                    div.check.choice {
                        input #(input) type="radio" name="choice" value=(choice.value) checked[choice.value == it.chosen] required;
                        label for=(input) { (words(shell, choice)) }
                    }
                }
            }
            (reason.help(shell.say("conflicts.reason-help")).error(it.reason_error.as_ref()).required(true)
                .input(shell, &Kind::TEXT, &it.reason))
            div { button.primary type="submit" { (shell.say("conflicts.submit")) } }
        }
    }
}

/// What a choice does, and what follows from it.
fn words(shell: &Shell, choice: &ConflictChoice) -> Markup {
    let (title, text) = match &choice.resolution {
        Resolution::Keep => (shell.say("choice.keep").to_owned(), shell.say("choice.keep-text").to_owned()),
        Resolution::SamePerson { account, from, to } => (
            shell.tell("choice.same-person", &[("to", to)]),
            shell.tell("choice.same-person-text", &[("account", account), ("from", from), ("to", to)]),
        ),
        Resolution::UseAccount { account } => {
            (shell.tell("choice.use-account", &[("account", account)]), shell.say("choice.use-account-text").to_owned())
        }
        Resolution::NotTheirs { account } => {
            (shell.tell("choice.not-theirs", &[("account", account)]), shell.say("choice.not-theirs-text").to_owned())
        }
    };
    html! { span.choice-title { (title) } span.sub { (text) } }
}
