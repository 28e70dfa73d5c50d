//! Why one person's account is as it is. It shows what the explanation holds, and decides nothing.

use connector_sync::changes::GENDER;
use connector_sync::explain::{
    AccountFacts, AccountFinding, Attribute, Decision, Explanation, Obstacle, ObstacleKind, PlannedChange, State,
    Status,
};
use maud::{Markup, html};

use super::why_past::history;
use crate::model::{Change, Remark, Shell, Tone, WhyPage};
use crate::ui::frame::{Page, document};
use crate::ui::parts::{NOTHING, badge, changes, head, post_button, tone_class, up};
use crate::ui::progress::{following, progress};
use crate::ui::remarks;
use crate::ui::url::encode;

/// `/people/{integration}/{employee}`.
#[must_use]
pub fn why(shell: &Shell, page: &WhyPage) -> String {
    let name = page.explanation.as_ref().and_then(|explanation| explanation.name.as_deref());
    let title = name.unwrap_or(&page.employee);
    let live = page.asking.as_ref().map(|asking| &asking.live);
    let (events, fragment) = following(shell, live);
    let ask = format!("/people/{}/{}/ask", encode(&page.integration.id), encode(&page.employee));
    let action = html! {
        @if page.can_ask && page.asking.is_none() { (post_button(shell, &ask, "button", shell.say("why.ask"))) }
    };
    let lead = html! {
        p {
            (shell.say("column.employee")) " " span.id { (page.employee) } " · " (page.integration.name)
            @if let Some(at) = page.read_at { " · " (shell.say("why.asked")) " " (shell.time(at)) }
            @if let Some(read) = &page.read {
                " · " (shell.say("why.read")) " " a href=(shell.run_url(&read.run)) { (shell.time(read.at)) }
            }
        }
    };
    let body = html! {
        div #why data-live=[events] data-fragment=[fragment] {
            (up(&shell.url("/people"), shell.say("nav.people")))
            (head(&html! { (title) }, &lead, &action))
            @if let Some(asking) = &page.asking {
                section.panel.active aria-labelledby="asking" {
                    h2 #asking { (shell.say("why.asking")) }
                    (progress(shell, &asking.progress, false))
                }
            }
            @match &page.explanation {
                Some(explanation) => (explained(shell, page, explanation)),
                None => @if page.asking.is_none() {
                    div.empty { h2 { (shell.say("why.unknown-title")) } p { (shell.say("why.unknown-text")) } }
                },
            }
        }
    };
    document(shell, &Page { title, live, body })
}

fn explained(shell: &Shell, page: &WhyPage, it: &Explanation) -> Markup {
    let (sentence, remedy) = shell.code(it.status.code(), 1, None).unwrap_or_default();
    html! {
        section.panel.verdict.(tone_class(tone(it))) aria-label=(shell.say("why.answer")) {
            p.verdict-text data-announce { (sentence) }
            p { (remedy) }
        }
        @if !it.failures.is_empty() {
            section.card.edge.bad aria-labelledby="failures" {
                h2 #failures { (shell.say("run.failures")) }
                (remarks::list(shell, &page.integration.id, &it.failures.iter().map(Remark::from).collect::<Vec<_>>()))
            }
        }
        @if it.status != Status::NeverSeen {
            (held_back(shell, page, it))
            div.columns {
                (filter(shell, it))
                @if let Some(account) = &it.account { (found(shell, account)) }
            }
            (attributes(shell, it))
            (next_sync(shell, it))
            @if let Some(past) = &it.history { (history(shell, past)) }
        }
    }
}

/// What is well with something in its way is not well.
const fn tone(it: &Explanation) -> Tone {
    match it.status {
        Status::ToCreate | Status::ToLink | Status::ToUpdate | Status::Unchanged | Status::HasAccount => {
            if it.held_by.is_empty() { Tone::Good } else { Tone::Attention }
        }
        Status::InConflict | Status::Rejected | Status::NothingPlanned | Status::NotRead => Tone::Attention,
        _ => Tone::Neutral,
    }
}

/// A code's sentence and remedy. A value that is left out is shown as one that is.
fn coded(shell: &Shell, code: &str, detail: Option<&str>) -> Markup {
    let detail = detail.or(shell.has_place(code).then_some("…"));
    let (sentence, remedy) =
        shell.code(code, 1, detail).unwrap_or_else(|| (code.to_owned(), detail.unwrap_or_default().to_owned()));
    html! { p.remark-text { (sentence) } p.remark-remedy { (remedy) } }
}

fn filter(shell: &Shell, it: &Explanation) -> Markup {
    let Some(filter) = it.source.as_ref().and_then(|source| source.filter.as_ref()) else { return html! {} };
    html! {
        section.card aria-labelledby="filter" {
            h2 #filter { (shell.say("why.filter")) }
            @match (filter.decision, &filter.code) {
                (_, Some(code)) => (coded(shell, code, filter.value.as_deref())),
                (Decision::Selected, None) => p { (shell.say("why.selected")) },
                (_, None) => p { (shell.say("why.left-out")) },
            }
        }
    }
}

fn found(shell: &Shell, finding: &AccountFinding) -> Markup {
    html! {
        section.card aria-labelledby="account" {
            h2 #account { (shell.say("why.account")) }
            p.remark-text { (shell.sentence(finding.found.code())) }
            @for facts in &finding.accounts { (about(shell, facts)) }
            @for account in &finding.not_theirs {
                p.soft { (shell.tell("why.not-theirs", &[("account", account)])) }
            }
        }
    }
}

fn about(shell: &Shell, facts: &AccountFacts) -> Markup {
    let flags = [
        (facts.protected, "why.protected"),
        (facts.created_by_connector, "why.created-by-sync"),
        (facts.invited, "why.invited"),
    ];
    html! {
        dl.facts {
            div { dt { (shell.say("why.account-id")) } dd { code { (facts.account) } } }
            div {
                dt { (shell.say("why.linked-to")) }
                dd {
                    @match &facts.linked_to { Some(employee) => (employee), None => (shell.say("why.nobody")) }
                }
            }
            @if !facts.earlier_employees.is_empty() {
                div { dt { (shell.say("why.earlier")) } dd { (facts.earlier_employees.join(", ")) } }
            }
        }
        p.badges { @for (is, key) in flags { @if is { (badge(Tone::Neutral, shell.say(key))) " " } } }
    }
}

/// What the source says and what the account holds, side by side.
fn attributes(shell: &Shell, it: &Explanation) -> Markup {
    let none: &[Attribute] = &[];
    let source = it.source.as_ref().map_or(none, |source| &source.attributes);
    let own = it.account.as_ref().and_then(|finding| finding.accounts.iter().find(|facts| !facts.fields.is_empty()));
    let held = own.map_or(none, |account| &account.fields);
    if source.is_empty() && held.is_empty() {
        return html! {};
    }
    let mut names: Vec<&str> = Vec::new();
    for attribute in source.iter().chain(held) {
        if !names.contains(&attribute.attribute.as_str()) {
            names.push(&attribute.attribute);
        }
    }
    let sides: Vec<(&str, &[Attribute])> =
        [("why.source", source), ("why.account", held)].into_iter().filter(|(_, side)| !side.is_empty()).collect();
    html! {
        section aria-labelledby="attributes" {
            h2 #attributes { (shell.say("why.attributes")) }
            table.table.cards.pairs {
                caption.unseen { (shell.say("why.attributes")) }
                thead {
                    tr {
                        th scope="col" { (shell.say("why.attribute")) }
                        @for (title, _) in &sides { th scope="col" { (shell.say(title)) } }
                    }
                }
                tbody {
                    @for name in names {
                        tr {
                            th.title scope="row" { (shell.word("attribute", name)) }
                            @for (title, side) in &sides {
                                td data-label=(shell.say(title)) {
                                    @match side.iter().find(|attribute| attribute.attribute == name) {
                                        Some(attribute) => (cell(shell, attribute)),
                                        None => span.soft { (NOTHING) },
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The value, or the state as a badge in its place, so that no value can be taken for a state.
fn cell(shell: &Shell, attribute: &Attribute) -> Markup {
    let tone = match attribute.state {
        State::Hidden | State::Unusable => Tone::Attention,
        _ => Tone::Neutral,
    };
    html! {
        div {
            @match (&attribute.value, attribute.state) {
                (Some(value), State::Value) if attribute.attribute == "status" => (shell.word("status", value)),
                (Some(value), State::Value) if attribute.attribute != GENDER => span.value { (value) },
                (_, state) => (badge(tone, shell.word("attribute-state", state.as_str()))),
            }
            @if let Some(code) = &attribute.code { span.sub { (shell.sentence_about(code, &attribute.attribute)) } }
        }
    }
}

pub(super) fn change(it: &PlannedChange, values: bool) -> Change {
    let unless_hidden = |value: &Option<String>| value.clone().or_else(|| (!values).then(|| "…".to_owned()));
    let after = if it.change == connector_sync::explain::Kind::Cleared { None } else { unless_hidden(&it.after) };
    Change { field: it.field.clone(), before: it.before.clone(), after }
}

fn next_sync(shell: &Shell, it: &Explanation) -> Markup {
    let Some(plan) = &it.plan else { return html! {} };
    html! {
        section.card aria-labelledby="next" {
            h2 #next { (shell.say("why.next")) }
            @if plan.actions.is_empty() { p { (shell.say("why.next-nothing")) } }
            ul.remarks {
                @for action in &plan.actions {
                    li {
                        p.remark-text { strong { (shell.word("operation", &action.operation)) } }
                        p.remark-remedy { (shell.sentence(&action.reason)) }
                        (changes(shell, &action.changes.iter().map(|one| change(one, it.values)).collect::<Vec<_>>()))
                    }
                }
            }
        }
    }
}

/// What the filter decided stands there, with the value that decided it.
fn held_back(shell: &Shell, page: &WhyPage, it: &Explanation) -> Markup {
    let filter = it.source.as_ref().and_then(|source| source.filter.as_ref()?.code.as_deref());
    let obstacles: Vec<&Obstacle> =
        it.held_by.iter().filter(|obstacle| Some(obstacle.code.as_str()) != filter).collect();
    html! {
        @if !obstacles.is_empty() {
            section.card.edge.attention aria-labelledby="held" {
                h2 #held { (shell.say("why.held-back")) }
                ul.remarks { @for obstacle in obstacles { li { (held_by(shell, page, obstacle)) } } }
            }
        }
    }
}

fn held_by(shell: &Shell, page: &WhyPage, obstacle: &Obstacle) -> Markup {
    let code = obstacle.code.as_str();
    let word = obstacle.detail.as_deref().map(|detail| shell.word("attribute", detail));
    match (obstacle.kind, &obstacle.guard, &obstacle.problem) {
        (ObstacleKind::Guard, Some(guard), _) => {
            let (sentence, remedy) =
                shell.code(code, guard.actual, word).unwrap_or_else(|| (code.to_owned(), String::new()));
            html! {
                p.remark-text { (sentence) }
                dl.figures.small-figures {
                    div { dt { (shell.say("run.guard-actual")) } dd { (shell.number(guard.actual)) } }
                    div { dt { (shell.say("run.guard-limit")) } dd { (shell.number(guard.limit)) } }
                }
                p.remark-remedy {
                    (shell.say(if guard.is_hit { "why.guard-hit" } else { "why.guard-not-hit" })) " " (remedy)
                }
            }
        }
        (_, _, Some(problem)) if shell.code(code, 1, None).is_none() => {
            html! { p.remark-text { (problem.message) } p.remark-remedy { (problem.remedy) } }
        }
        (ObstacleKind::Blocked, ..) => coded(shell, code, word.filter(|_| shell.has_place(code))),
        _ if connector_report::catalogue::names_a_person(code) => html! {
            (coded(shell, code, obstacle.detail.as_deref()))
            @if let Some(other) = &obstacle.detail {
                p {
                    a href=(shell.person_url(&page.integration.id, other)) {
                        (shell.tell("why.other", &[("employee", other)]))
                    }
                }
            }
        },
        _ => coded(shell, code, word),
    }
}
