//! A run: what is going on, what came of it, and what a person has to decide.

use maud::{Markup, html};

use super::plan::table;
use super::run_counts::counts;
use super::run_decide::{approve, drifted, guards};
use super::states;
use crate::model::{MailState, MailView, Remark, RunKind, RunPage, RunState, Shell, Tone, Trigger};
use crate::ui::frame::{Page, document};
use crate::ui::parts::{badge, head, post_button, tone_class, up};
use crate::ui::progress::{following, progress, reload};
use crate::ui::remarks;
use crate::ui::url::encode;

/// `/runs/{id}`.
#[must_use]
pub fn run(shell: &Shell, page: &RunPage) -> String {
    let title = format!("{}: {}", states::kind(shell, page.kind), page.integration.name);
    let (events, fragment) = following(shell, page.live.as_ref());
    let integration = format!("/integrations/{}/edit", encode(&page.integration.id));
    let body = html! {
        div #run data-live=[events] data-fragment=[fragment] {
            (up(&shell.url(&integration), &page.integration.name))
            (head(&html! { (title) }, &lead(shell, page), &actions(shell, page)))
            (verdict(shell, page))
            @if let Some(drift) = &page.drift { (drifted(shell, page, drift)) }
            (guards(shell, page))
            (section(shell, page, "failures", "run.failures", &page.failures, "bad"))
            @if let Some(stopped) = &page.read_stopped {
                (section(shell, page, "stopped", "run.read-stopped", std::slice::from_ref(stopped), "attention"))
            }
            @if let Some(figures) = &page.figures { (counts(shell, figures)) }
            @if page.drift.is_none() { @if let Some(approval) = &page.approval { (approve(shell, page, approval)) } }
            (section(shell, page, "steps", "run.not-carried-out", &page.not_carried_out, "attention"))
            (section(shell, page, "notices", "run.notices", &page.notices, ""))
            @if let Some(plan) = &page.plan { (table(shell, page, plan)) }
            @if let Some(mail) = &page.mail { (mailed(shell, page, mail)) }
            (facts(shell, page))
        }
    };
    document(shell, &Page { title: &title, live: page.live.as_ref(), body })
}

fn lead(shell: &Shell, page: &RunPage) -> Markup {
    html! {
        p.run-line {
            (states::run_badge(shell, page.state)) " "
            (shell.time(page.started)) " · "
            @match &page.trigger {
                Trigger::Approval(_, run) => a href=(shell.run_url(run)) { (states::trigger(shell, &page.trigger)) },
                other => (states::trigger(shell, other)),
            }
            @if let Some(duration) = page.duration_ms { " · " (shell.duration(duration)) }
        }
    }
}

fn actions(shell: &Shell, page: &RunPage) -> Markup {
    let id = encode(&page.id);
    let again = |what: &str, key: &str| {
        let path = format!("/integrations/{}/{what}", encode(&page.integration.id));
        post_button(shell, &path, "button", shell.say(key))
    };
    html! {
        @if page.can_cancel {
            (post_button(shell, &format!("/runs/{id}/cancel"), "button", shell.say("run.cancel")))
        }
        @if page.can_download {
            a.button download href=(shell.url(&format!("/runs/{id}/download.csv"))) {
                "CSV" span.unseen { " " (shell.say("run.download")) }
            }
            a.button download href=(shell.url(&format!("/runs/{id}/download.json"))) {
                "JSON" span.unseen { " " (shell.say("run.download")) }
            }
        }
        @if page.can_repeat && page.drift.is_none() {
            @match page.kind {
                RunKind::Preview => (again("preview", "run.preview-again")),
                _ => (again("sync", "run.sync-again")),
            }
        }
    }
}

/// The one sentence that says how it is.
fn verdict(shell: &Shell, page: &RunPage) -> Markup {
    let tone = tone_class(match page.state {
        RunState::Done if !page.not_carried_out.is_empty() => Tone::Attention,
        // It says what would have happened.
        _ if page.drift.is_some() => Tone::Neutral,
        state => state.tone(),
    });
    let applies = matches!(page.kind, RunKind::Sync);
    html! {
        div.panel.verdict.(tone) {
            p.verdict-text data-announce { (sentence(shell, page)) }
            @if let Some(state) = page.progress.as_ref().filter(|_| page.state.is_open()) {
                (progress(shell, state, applies))
                @if let Some(live) = &page.live { (reload(shell, live)) }
            }
            @if let Some(until) = page.waits_until {
                p { (shell.say("run.waits-until")) " " (shell.time(until)) }
            }
            @if let Some(decision) = &page.decision {
                p.soft {
                    @let key = if decision.approved { "run.approved-by" } else { "run.discarded-by" };
                    (shell.tell(key, &[("name", &decision.by)]))
                    " " (shell.time(decision.at))
                }
            }
            @if let Some(person) = &page.explains {
                p { a href=(shell.person_url(&page.integration.id, &person.employee)) {
                    (shell.tell("run.explains", &[("person", person.name.as_deref().unwrap_or(&person.employee))]))
                } }
            }
            @if let Some(next) = &page.followed_by {
                p {
                    a href=(shell.run_url(&next.id)) { (shell.say("run.followed-by")) } " (" (shell.time(next.started)) ")"
                }
            }
            @if page.counts_only { p.soft { (shell.say("run.counts-only")) } }
        }
    }
}

fn sentence(shell: &Shell, page: &RunPage) -> &'static str {
    let is_empty = page.plan.as_ref().is_some_and(|plan| plan.actions == 0);
    shell.say(match (page.state, page.kind) {
        (RunState::Queued, _) => "run-sentence.queued",
        (RunState::Running, RunKind::Sync) => "run-sentence.running-sync",
        (RunState::Running, RunKind::Preview) => "run-sentence.running-preview",
        (RunState::Running, RunKind::Test) => "run-sentence.running-test",
        (RunState::Running, RunKind::Explain) => "run-sentence.running-explain",
        (RunState::Cancelling, _) => "run-sentence.cancelling",
        (RunState::Cancelled, _) => "run-sentence.cancelled",
        (RunState::Done, RunKind::Test) => "run-sentence.test-done",
        (RunState::Done | RunState::Planned, RunKind::Explain) => "run-sentence.explain-done",
        (RunState::Done, _) if !page.not_carried_out.is_empty() => "run-sentence.done-partly",
        (RunState::Done | RunState::Planned, _) if is_empty => "run-sentence.nothing-to-do",
        (RunState::Done, _) => "run-sentence.done",
        (RunState::Planned, _) => "run-sentence.planned",
        (RunState::NeedsApproval, _) if page.guards.is_empty() && page.plan.is_some() => "run-sentence.approval-unfit",
        (RunState::NeedsApproval, _) => "run-sentence.needs-approval",
        (RunState::Approved, _) => "run-sentence.approved",
        (RunState::Discarded, _) => "run-sentence.discarded",
        (RunState::Blocked, _) => "run-sentence.blocked",
        (RunState::Failed, _) => "run-sentence.failed",
        (RunState::Interrupted, _) => "run-sentence.interrupted",
    })
}

fn section(shell: &Shell, page: &RunPage, id: &str, title: &str, remarks: &[Remark], tone: &str) -> Markup {
    html! {
        @if !remarks.is_empty() {
            section.card.edge.(tone) aria-labelledby=(id) {
                h2 #(id) { (shell.say(title)) }
                (remarks::list(shell, &page.integration.id, remarks))
            }
        }
    }
}

fn mailed(shell: &Shell, page: &RunPage, mail: &MailView) -> Markup {
    let (tone, state) = match &mail.state {
        MailState::Waiting => (Tone::Active, "mail.waiting"),
        MailState::Sent => (Tone::Good, "mail.sent"),
        MailState::Undelivered(_) => (Tone::Bad, "mail.undelivered"),
    };
    html! {
        section.mail aria-labelledby="mail" {
            h2 #mail { (shell.say("mail.title")) }
            dl.facts {
                div { dt { (shell.say("mail.subject")) } dd { (mail.subject) } }
                div { dt { (shell.say("mail.to")) } dd { (mail.to.join(", ")) } }
                div {
                    dt { (shell.say("column.state")) }
                    dd {
                        (badge(tone, shell.say(state)))
                        @if let Some(at) = mail.at { " " (shell.time(at)) }
                        @if let MailState::Undelivered(why) = &mail.state { p { (why) } }
                    }
                }
            }
            details.more {
                summary { (shell.say("mail.show")) }
                iframe.mail-frame src=(shell.url(&format!("/runs/{}/mail", encode(&page.id)))) title=(shell.say("mail.title"))
                    sandbox="" loading="lazy" {}
            }
        }
    }
}

fn facts(shell: &Shell, page: &RunPage) -> Markup {
    html! {
        dl.facts.foot {
            div { dt { (shell.say("run.id")) } dd { code { (page.id) } } }
            @if let Some(hash) = &page.plan_hash { div { dt { (shell.say("run.plan-hash")) } dd { code { (hash) } } } }
        }
    }
}
