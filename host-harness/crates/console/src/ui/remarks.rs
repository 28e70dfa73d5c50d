//! What a person is told, with whom it concerns and what to do.

use connector_report::catalogue;
use maud::{Markup, html};

use crate::model::{Person, Remark, Shell};
use crate::ui::parts::person;

/// A list of remarks. `integration` is where its people are looked up.
pub(crate) fn list(shell: &Shell, integration: &str, remarks: &[Remark]) -> Markup {
    html! {
        ul.remarks {
            @for remark in remarks { li { (one(shell, integration, remark)) } }
        }
    }
}

/// What a remark says and what to do: in the reader's language if the code is known, else as the connector says it.
pub(crate) fn text(shell: &Shell, remark: &Remark) -> (String, Option<String>) {
    let place = shell.has_place(&remark.code);
    let detail = remark.detail.as_deref().map(|detail| {
        // A field's name is data of the contract; the reader knows it by its own word.
        if place { shell.word("attribute", detail) } else { detail }
    });
    if let Some((sentence, remedy)) = shell.code(&remark.code, remark.count, detail) {
        return (sentence, Some(remedy));
    }
    let message = remark.message.clone().unwrap_or_else(|| remark.code.clone());
    (message, remark.remedy.clone())
}

fn one(shell: &Shell, integration: &str, remark: &Remark) -> Markup {
    let (sentence, remedy) = text(shell, remark);
    html! {
        div.remark-head { p.remark-text { (sentence) } code { (remark.code) } }
        @if let Some(remedy) = remedy { p.remark-remedy { (remedy) } }
        @if shell.is_decided_on_page(&remark.code) { p { a href=(shell.url("/conflicts")) { (shell.say("remark.decide")) } } }
        @if let Some(message) = remark.message.as_ref().filter(|_| catalogue::kind(&remark.code).is_some()) {
            p.soft.small { (shell.say("remark.technical")) " " (message) }
        }
        (people(shell, integration, &remark.people, remark.count))
    }
}

/// The people that are shown without being asked for.
const FEW: usize = 8;

/// People, the first few at once and the others folded.
pub(crate) fn people(shell: &Shell, integration: &str, people: &[Person], count: u64) -> Markup {
    if people.is_empty() {
        return html! {};
    }
    let more = count.saturating_sub(people.len() as u64);
    html! {
        ul.people-list {
            @for one in people.iter().take(FEW) { li { (person(shell, integration, one)) } }
        }
        @if people.len() > FEW {
            details.more {
                summary { (shell.count("people.more", (people.len() - FEW) as u64)) }
                ul.people-list {
                    @for one in people.iter().skip(FEW) { li { (person(shell, integration, one)) } }
                }
            }
        }
        @if more > 0 {
            p.soft.small { (shell.count("people.not-shown", more)) }
        }
    }
}
