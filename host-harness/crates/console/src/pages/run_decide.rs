//! What a person has to decide about a plan: what asks for approval, approving, and what has changed since.

use maud::{Markup, html};

use crate::model::{Approval, Drift, DriftKind, Guard, RunPage, Shell, Tone};
use crate::ui::controls::{Control, Kind};
use crate::ui::parts::{badge, changes, csrf, person, post_button};
use crate::ui::remarks;
use crate::ui::url::encode;

pub(super) fn guards(shell: &Shell, page: &RunPage) -> Markup {
    html! {
        @if !page.guards.is_empty() {
            section.card.edge.attention aria-labelledby="guards" {
                h2 #guards { (shell.say("run.guards")) }
                ul.remarks { @for guard in &page.guards { li { (guard_item(shell, page, guard)) } } }
            }
        }
    }
}

fn guard_item(shell: &Shell, page: &RunPage, guard: &Guard) -> Markup {
    let field = guard.field.as_deref().map(|field| shell.word("attribute", field));
    let (sentence, remedy) =
        shell.code(&guard.code, guard.actual, field).unwrap_or_else(|| (guard.code.clone(), String::new()));
    html! {
        p.remark-text { (sentence) }
        dl.figures.small-figures {
            div { dt { (shell.say("run.guard-actual")) } dd { (shell.number(guard.actual)) } }
            div { dt { (shell.say("run.guard-limit")) } dd { (shell.number(guard.limit)) } }
        }
        @if !remedy.is_empty() { p.remark-remedy { (remedy) } }
        (remarks::people(shell, &page.integration.id, &guard.people, guard.actual))
    }
}

/// Approving means typing how much will happen: a click alone would be too easy.
pub(super) fn approve(shell: &Shell, page: &RunPage, approval: &Approval) -> Markup {
    let id = encode(&page.id);
    let number = shell.number(approval.actions);
    let label = shell.tell("approve.confirm", &[("count", &number)]);
    let confirm = Control::new("confirm", "confirm", &label).error(approval.error.as_ref()).required(true);
    let title = if approval.is_preview { "approve.title-preview" } else { "approve.title" };
    html! {
        section.card.decide aria-labelledby="approve" {
            h2 #approve { (shell.say(title)) }
            p { (shell.count("approve.text", approval.actions)) }
            form.decide-form method="post" action=(shell.url(&format!("/runs/{id}/approve"))) data-confirm=(approval.actions) {
                (csrf(shell))
                (confirm.input(shell, &Kind::NUMBER, ""))
                button.primary type="submit" { (shell.say("approve.submit")) }
            }
            form.inline method="post" action=(shell.url(&format!("/runs/{id}/discard"))) {
                (csrf(shell))
                button type="submit" { (shell.say("approve.discard")) }
                span.soft.small { (shell.say("approve.discard-text")) }
            }
        }
    }
}

pub(super) fn drifted(shell: &Shell, page: &RunPage, drift: &Drift) -> Markup {
    let integration = encode(&page.integration.id);
    html! {
        section.panel.attention aria-labelledby="drift" {
            h2 #drift { (shell.say("drift.title")) }
            p { (shell.say("drift.text")) }
            ul.drift {
                @for row in &drift.rows {
                    li {
                        (person(shell, &page.integration.id, &row.person)) " "
                        (badge(Tone::Neutral, shell.say(match row.kind {
                            DriftKind::Changed => "drift.changed",
                            DriftKind::Added => "drift.added",
                            DriftKind::Removed => "drift.removed",
                            DriftKind::Relinked => "drift.relinked",
                        })))
                        (changes(shell, &row.changes))
                    }
                }
            }
            @let more = drift.total.saturating_sub(drift.rows.len() as u64);
            @if more > 0 { p.soft { (shell.count("drift.more", more)) } }
            (post_button(shell, &format!("/integrations/{integration}/preview"), "primary", shell.say("drift.new-preview")))
        }
    }
}
