//! The parts of an integration's form that every connector has: what to do, and what most people leave folded.

use connector_settings::{GroupAssignment, Language};
use maud::{Markup, html};

use crate::model::{FieldError, FormPage, Input, Shell, StatusRow};
use crate::ui::controls::{Control, Kind, repeated};

pub(super) fn work(shell: &Shell, page: &FormPage) -> Markup {
    let invitations = Control::new("send-invitations", "send-invitations", shell.say("form.send-invitations"));
    let groups = [
        (GroupAssignment::None, "none", "group.none"),
        (GroupAssignment::Department, "department", "group.department"),
        (GroupAssignment::Team, "team", "group.team"),
    ];
    html! {
        fieldset.card {
            legend { (shell.say("form.work")) }
            (invitations.help(shell.say("form.send-invitations-help")).error(page.send_invitations_error.as_ref())
                .checkbox(shell, page.send_invitations))
            fieldset.choices {
                legend { (shell.say("form.group-assignment")) }
                @for (group, value, key) in groups {
                    div.check {
                        input #{ "group-" (value) } type="radio" name="group-assignment" value=(value)
                            checked[page.group_assignment == group];
                        label for={ "group-" (value) } { (shell.say(key)) }
                    }
                }
                p.help { (shell.say("form.group-assignment-help")) }
            }
        }
    }
}

/// A part of the form that most people never need: folded, unless something in it is wrong or set.
fn folded(title: &str, now: &str, is_open: bool, body: &Markup) -> Markup {
    html! {
        details.card.fold open[is_open] {
            summary { span.fold-title { (title) } @if !now.is_empty() { span.fold-now { (now) } } }
            div.fold-body { (body) }
        }
    }
}

fn has_error(inputs: &[Input]) -> bool {
    inputs.iter().any(|input| input.error.is_some())
}

fn values(inputs: &[Input]) -> String {
    inputs.iter().map(|input| input.value.as_str()).filter(|value| !value.is_empty()).collect::<Vec<_>>().join(", ")
}

pub(super) fn filter(shell: &Shell, page: &FormPage) -> Markup {
    let wrong = page.filter_label.error.is_some() || has_error(&page.filter_values);
    let default = page.filter_label_default.as_deref().unwrap_or_default();
    let label = if page.filter_label.value.is_empty() { default } else { &page.filter_label.value };
    let yes = values(&page.filter_values);
    let yes = if yes.is_empty() { page.filter_values_default.join(", ") } else { yes };
    let now = [label, &yes].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
    let control = Control::new("filter-label", "filter-label", shell.say("form.filter-label"));
    let kind = Kind::TEXT.placeholder(page.filter_label_default.as_deref());
    let body = html! {
        p.soft { (shell.say("form.filter-help")) }
        (control.error(page.filter_label.error.as_ref()).input(shell, &kind, &page.filter_label.value))
        fieldset.choices {
            legend { (shell.say("form.filter-values")) }
            (repeated(shell, ("filter-values", "filter-values", shell.say("form.filter-values")), &page.filter_values,
                &page.filter_values_default, page.filter_values_default.len().max(2)))
        }
    };
    folded(shell.say("form.filter"), &now, wrong, &body)
}

/// Rows to fill in beside those that are there.
const SPARE: usize = 2;

const STATUSES: [&str; 4] = ["preboarding", "active", "absent", "inactive"];

pub(super) fn statuses(shell: &Shell, page: &FormPage) -> Markup {
    let wrong = page.statuses.iter().any(|row| row.source.error.is_some() || row.account_error.is_some());
    let now = if page.statuses.is_empty() {
        shell.say("form.statuses-default").to_owned()
    } else {
        shell.count("form.statuses-own", page.statuses.len() as u64)
    };
    let spare = if page.statuses.is_empty() { page.statuses_default.len().max(SPARE) } else { SPARE };
    let body = html! {
        p.soft { (shell.say("form.statuses-help")) }
        table.inputs {
            caption.unseen { (shell.say("form.statuses")) }
            thead {
                tr {
                    th scope="col" { (shell.say("form.status-from")) } th scope="col" { (shell.say("form.status-to")) }
                }
            }
            tbody {
                @for index in 0..page.statuses.len().saturating_add(spare) {
                    @let blank = StatusRow::default();
                    @let row = page.statuses.get(index).unwrap_or(&blank);
                    @let default = page.statuses_default.get(index).filter(|_| page.statuses.is_empty());
                    (status_row(shell, row, index, default))
                }
            }
        }
    };
    folded(shell.say("form.statuses"), &now, wrong, &body)
}

fn status_row(shell: &Shell, row: &StatusRow, index: usize, default: Option<&(String, String)>) -> Markup {
    let nth = |key: &str| {
        let number = shell.number(index as u64 + 1);
        shell.tell("form.nth", &[("label", shell.say(key)), ("number", &number)])
    };
    let error = |error: Option<&FieldError>, id: &str| {
        html! { @if let Some(error) = error { p.error #{ (id) "-error" } { (shell.error(error)) } } }
    };
    let (from, to) = (format!("status-from-{index}"), format!("status-to-{index}"));
    let describe = |error: bool, id: &str| error.then(|| format!("{id}-error"));
    let (source_wrong, account_wrong) = (row.source.error.is_some(), row.account_error.is_some());
    let none = default.map_or_else(
        || "–".to_owned(),
        |(_, account)| shell.tell("form.status-default", &[("status", shell.word("status", account))]),
    );
    html! {
        tr {
            td {
                (error(row.source.error.as_ref(), &from))
                input #(from) name="status-from" type="text" value=(row.source.value) autocomplete="off" spellcheck="false"
                    autocapitalize="off" aria-label=(nth("form.status-from")) placeholder=[default.map(|(source, _)| source)]
                    aria-invalid=[source_wrong.then_some("true")] aria-describedby=[describe(source_wrong, &from)];
            }
            td {
                (error(row.account_error.as_ref(), &to))
                select #(to) name="status-to" aria-label=(nth("form.status-to"))
                    aria-invalid=[account_wrong.then_some("true")] aria-describedby=[describe(account_wrong, &to)] {
                    option value="" selected[row.account.is_empty()] { (none) }
                    @for status in STATUSES {
                        option value=(status) selected[row.account == status] { (shell.word("status", status)) }
                    }
                }
            }
        }
    }
}

pub(super) fn mail(shell: &Shell, page: &FormPage) -> Markup {
    let now = values(&page.mail_to);
    let now = if now.is_empty() { shell.say("form.mail-nobody").to_owned() } else { now };
    let language = if page.mail_language == Language::De { "de" } else { "en" };
    let body = html! {
        p.soft { (shell.say("form.mail-help")) }
        fieldset.choices {
            legend { (shell.say("form.mail-to")) }
            (repeated(shell, ("mail-to", "mail-to", shell.say("form.mail-to")), &page.mail_to, &[], SPARE))
        }
        (Control::new("mail-language", "mail-language", shell.say("form.mail-language")).required(true)
            .select(shell, language, &[("de", "Deutsch"), ("en", "English")]))
    };
    folded(shell.say("form.mail"), &now, has_error(&page.mail_to) || page.send_invitations_error.is_some(), &body)
}

pub(super) fn schedule(shell: &Shell, page: &FormPage) -> Markup {
    let schedule = &page.schedule;
    let kinds = [("off", "schedule.off"), ("hourly", "schedule.hourly"), ("daily", "schedule.daily")];
    let kind = kinds.iter().map(|(kind, _)| *kind).find(|kind| *kind == schedule.kind).unwrap_or("off");
    let now = match kind {
        "daily" => shell.tell("schedule.daily-at", &[("time", &schedule.time.value), ("zone", &schedule.zone.value)]),
        "hourly" => shell.say("schedule.hourly").to_owned(),
        _ => shell.say("schedule.off").to_owned(),
    };
    let time = Control::new("schedule-time", "schedule-time", shell.say("form.schedule-time"));
    let zone = Control::new("schedule-zone", "schedule-zone", shell.say("form.schedule-zone"));
    let body = html! {
        fieldset.choices {
            legend.unseen { (shell.say("form.schedule")) }
            @for (value, key) in kinds {
                div.check {
                    input #{ "schedule-" (value) } type="radio" name="schedule" value=(value) checked[value == kind];
                    label for={ "schedule-" (value) } { (shell.say(key)) }
                }
            }
        }
        div.pair {
            (time.error(schedule.time.error.as_ref()).required(true).input(shell, &Kind::TIME, &schedule.time.value))
            (zone.error(schedule.zone.error.as_ref()).required(true).input(
                shell, &Kind::TEXT.placeholder(Some("Europe/Berlin")).list("zones"), &schedule.zone.value))
            datalist #zones { @for zone in &schedule.zones { option value=(zone) {} } }
        }
        p.help { (shell.say("form.schedule-help")) }
    };
    let wrong = schedule.time.error.is_some() || schedule.zone.error.is_some();
    folded(shell.say("form.schedule"), &now, wrong, &body)
}
