//! What runs and people did about one person before.

use connector_sync::explain::{LinkDecision, Past, RunRef};
use maud::{Markup, html};

use super::why::change;
use crate::model::Shell;
use crate::ui::parts::changes;

fn by(shell: &Shell, run: &RunRef) -> Markup {
    html! { a href=(shell.run_url(&run.run)) { (shell.time_on_file(&run.started)) } }
}

/// The latest actions that are shown at once.
const LATEST: usize = 20;

pub(super) fn history(shell: &Shell, past: &Past) -> Markup {
    let is_empty = past.actions.is_empty() && past.changes.is_empty() && past.decisions.is_empty();
    html! {
        section.card aria-labelledby="history" {
            h2 #history { (shell.say("why.history")) }
            @if is_empty { p { (shell.say("why.history-nothing")) } }
            @if let Some(created) = &past.created { p { (shell.say("why.created")) " " (by(shell, created)) } }
            @if !past.changes.is_empty() {
                h3 { (shell.say("why.changes")) }
                ul.timeline {
                    @for last in &past.changes {
                        li { span.when { (by(shell, &last.by)) } (changes(shell, &[change(&last.change, true)])) }
                    }
                }
            }
            @if !past.decisions.is_empty() {
                h3 { (shell.say("why.decisions")) }
                ul.timeline { @for decision in &past.decisions { li { (decided(shell, decision)) } } }
            }
            @if !past.actions.is_empty() {
                h3 { (shell.say("why.actions")) }
                @let skipped = past.actions.len().saturating_sub(LATEST);
                ul.timeline {
                    @for action in past.actions.iter().skip(skipped).rev() {
                        li {
                            span.when { (by(shell, &action.by)) }
                            span {
                                (shell.word("operation", &action.operation)) ": " (shell.word("outcome", &action.status))
                                @if let Some(failure) = &action.failure { span.sub { (shell.sentence(failure)) } }
                            }
                        }
                    }
                }
                @if skipped > 0 { p.soft { (shell.count("why.earlier-actions", skipped as u64)) } }
            }
        }
    }
}

fn decided(shell: &Shell, decision: &LinkDecision) -> Markup {
    let employee = |id: &Option<String>| id.clone().unwrap_or_else(|| shell.say("why.nobody").to_owned());
    let (from, to) = (employee(&decision.earlier), employee(&decision.employee));
    html! {
        span.when { (shell.time_on_file(&decision.decided)) }
        span {
            (shell.tell("why.decided", &[("account", &decision.account), ("from", &from), ("to", &to)]))
            @if let Some(reason) = &decision.reason { span.sub { "“" (reason) "”" } }
        }
    }
}
