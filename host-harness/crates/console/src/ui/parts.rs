//! Small parts.

use maud::{Markup, html};

use crate::model::{Change, Person, Shell, Tone};
use connector_sync::changes::GENDER;

/// The class of a tone.
pub(crate) const fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "neutral",
        Tone::Active => "active",
        Tone::Good => "good",
        Tone::Attention => "attention",
        Tone::Bad => "bad",
    }
}

/// The hidden field that every form has.
pub(crate) fn csrf(shell: &Shell) -> Markup {
    html! { input type="hidden" name="csrf" value=(shell.csrf); }
}

/// A word on a tint.
pub(crate) fn badge(tone: Tone, text: &str) -> Markup {
    html! { span.badge.(tone_class(tone)) { (text) } }
}

/// The top of a page: its one first-level heading, a line under it, and what can be done.
pub(crate) fn head(title: &Markup, lead: &Markup, actions: &Markup) -> Markup {
    html! {
        div.head {
            div.head-text { h1 { (title) } @if !lead.0.is_empty() { div.lead { (lead) } } }
            @if !actions.0.is_empty() { div.head-actions { (actions) } }
        }
    }
}

/// The way back up.
pub(crate) fn up(href: &str, text: &str) -> Markup {
    html! { p.up { a href=(href) { span aria-hidden="true" { "‹ " } (text) } } }
}

/// A form that is one button.
pub(crate) fn post_button(shell: &Shell, path: &str, class: &str, text: &str) -> Markup {
    html! {
        form.inline method="post" action=(shell.url(path)) { (csrf(shell)) button.(class) type="submit" { (text) } }
    }
}

/// A form that is one button, of which there are several: its name says which thing it is for.
pub(crate) fn row_button(shell: &Shell, path: &str, class: &str, text: &str, of: &str) -> Markup {
    html! {
        form.inline method="post" action=(shell.url(path)) {
            (csrf(shell))
            button.(class) type="submit" { (text) span.unseen { " (" (of) ")" } }
        }
    }
}

/// A place where nothing is yet, and what to do first.
pub(crate) fn empty(title: &str, text: &str, action: &Markup) -> Markup {
    html! {
        div.empty {
            h2 { (title) }
            p { (text) }
            @if !action.0.is_empty() { div.empty-action { (action) } }
        }
    }
}

/// Somebody, with a link to why their account is as it is.
pub(crate) fn person(shell: &Shell, integration: &str, person: &Person) -> Markup {
    html! {
        a.person href=(shell.person_url(integration, &person.employee)) {
            @if let Some(name) = &person.name { (name) " " span.id { (person.employee) } } @else { (person.employee) }
        }
    }
}

/// A text with a button that copies it.
pub(crate) fn copyable(shell: &Shell, id: &str, label: &str, text: &str) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            div.copy {
                input.mono #(id) type="text" readonly value=(text);
                button type="button" data-copy=(format!("#{id}")) data-copied=(shell.say("action.copied")) hidden {
                    (shell.say("action.copy"))
                }
            }
        }
    }
}

/// What stands where there is nothing.
pub(crate) const NOTHING: &str = "–";

/// Fields, before and after. A gender is shown as changed, never as a value.
pub(crate) fn changes(shell: &Shell, changes: &[Change]) -> Markup {
    html! {
        @if !changes.is_empty() {
            // A new account has many values and nothing before them: they are read as a line.
            ul.changes.flow[changes.iter().all(|change| change.before.is_none()) && changes.len() > 2] {
                @for change in changes {
                    li {
                        span.field-name { (shell.word("attribute", &change.field)) } " "
                        (before_after(shell, change))
                    }
                }
            }
        }
    }
}

fn before_after(shell: &Shell, change: &Change) -> Markup {
    if change.field == GENDER {
        return html! { span.value { (shell.say("change.changed")) } };
    }
    let value =
        |value: &str| if change.field == "status" { shell.word("status", value).to_owned() } else { value.to_owned() };
    html! {
        @if let Some(before) = &change.before {
            span.before { span.unseen { (shell.say("change.before")) " " } (value(before)) }
            span.arrow aria-hidden="true" { " → " }
        }
        @match &change.after {
            Some(after) => span.after { span.unseen { (shell.say("change.after")) " " } (value(after)) },
            None => span.after.none { (shell.say("change.cleared")) },
        }
    }
}
