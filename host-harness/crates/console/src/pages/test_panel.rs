//! What the test of a connection says: in the form, and alone for a page that follows it.

use maud::{Markup, html};

use crate::model::Tone;
use crate::model::{Remark, Shell, TestAttribute, TestPanel, TestResult, Visibility};
use crate::ui::frame::{Page, document};
use crate::ui::parts::badge;
use crate::ui::progress::{following, progress};
use crate::ui::remarks;

/// The panel of a connection's test alone, for a page that follows it.
#[must_use]
pub fn test_panel(shell: &Shell, test: &TestPanel) -> String {
    let title = shell.say("test.title");
    let live = match test {
        TestPanel::Running { live, .. } => Some(live),
        TestPanel::Passed(_) | TestPanel::Failed { .. } => None,
    };
    document(shell, &Page { title, live, body: html! { h1 { (title) } (panel(shell, test)) } })
}

/// The panel; always the element `test`, so that the script finds it again.
pub(super) fn panel(shell: &Shell, test: &TestPanel) -> Markup {
    match test {
        TestPanel::Running { progress: state, live, .. } => {
            let (events, fragment) = following(shell, Some(live));
            html! {
                section #test.panel.active aria-labelledby="test-title" data-live=[events] data-fragment=[fragment] {
                    h2 #test-title { (shell.say("test.running")) }
                    (progress(shell, state, false))
                }
            }
        }
        TestPanel::Passed(result) => passed(shell, result),
        TestPanel::Failed { run, failures } => failed(shell, run.as_deref(), failures),
    }
}

fn passed(shell: &Shell, result: &TestResult) -> Markup {
    let is_hidden = |attribute: &&TestAttribute| attribute.visibility == Visibility::Hidden;
    let hidden: Vec<&TestAttribute> = result.attributes.iter().filter(is_hidden).collect();
    let is_fit = result.flagged > 0 && !hidden.iter().any(|attribute| attribute.required);
    let (tone, title) = if is_fit { ("good", "test.passed") } else { ("attention", "test.passed-but") };
    html! {
        section #test.panel.(tone) aria-labelledby="test-title" {
            h2 #test-title data-announce { (shell.say(title)) }
            dl.figures.small-figures {
                div { dt { (shell.say("test.people")) } dd { (shell.number(result.people)) } }
                div { dt { (shell.say("test.flagged")) } dd { (shell.number(result.flagged)) } }
                div { dt { (shell.say("test.hidden")) } dd { (shell.number(hidden.len() as u64)) } }
            }
            @if result.flagged == 0 && result.people > 0 { p { (shell.say("test.nobody-flagged")) } }
            @if !result.complete { p { (shell.say("test.incomplete")) } }
            @if !result.attributes.is_empty() {
                h3 { (shell.say("test.attributes")) }
                ul.chips { @for attribute in &result.attributes { li { (chip(shell, attribute)) } } }
                @if !hidden.is_empty() { p.small { (shell.say("test.hidden-remedy")) } }
            }
            @if !result.notices.is_empty() { (remarks::list(shell, "", &result.notices)) }
            p.soft.small {
                (shell.say("test.at")) " " (shell.time(result.at))
                @if let Some(run) = &result.run { " · " a href=(shell.run_url(run)) { (shell.say("test.run")) } }
            }
        }
    }
}

fn chip(shell: &Shell, attribute: &TestAttribute) -> Markup {
    let name = shell.word("attribute", &attribute.field);
    let (tone, state) = match attribute.visibility {
        Visibility::Readable => (Tone::Good, "visibility.readable"),
        Visibility::Hidden if attribute.required => (Tone::Bad, "visibility.hidden-required"),
        Visibility::Hidden => (Tone::Attention, "visibility.hidden"),
        Visibility::Unknown => (Tone::Neutral, "visibility.unknown"),
    };
    html! {
        span.chip-name { (name) }
        @if !attribute.source.is_empty() && !attribute.source.eq_ignore_ascii_case(name) {
            span.soft.small { (attribute.source) }
        }
        (badge(tone, shell.say(state)))
    }
}

fn failed(shell: &Shell, run: Option<&str>, failures: &[Remark]) -> Markup {
    html! {
        section #test.panel.bad aria-labelledby="test-title" {
            h2 #test-title data-announce { (shell.say("test.failed")) }
            (remarks::list(shell, "", failures))
            @if let Some(run) = run { p.small { a href=(shell.run_url(run)) { (shell.say("test.run")) } } }
        }
    }
}
