//! The form of an integration: drawn from its connector's manifest, and what every integration has.

use connector_settings::{GroupAssignment, Language};
use maud::{Markup, html};

use super::test_panel::panel;
use crate::model::{Field, FieldError, FieldKind, FormPage, Input, Shell, StatusRow, TestPanel};
use crate::ui::controls::{Control, Kind, repeated};
use crate::ui::frame::{Page, document};
use crate::ui::parts::{csrf, head, post_button, up};
use crate::ui::url::encode;

/// `/integrations/new` and `/integrations/{id}/edit`.
#[must_use]
pub fn form(shell: &Shell, page: &FormPage) -> String {
    let title = page.id.as_ref().map_or_else(|| shell.say("form.title-new").to_owned(), |_| page.saved_name.clone());
    let live = match &page.test {
        Some(TestPanel::Running { live, .. }) => Some(live),
        _ => None,
    };
    let lead = html! { p { (shell.say(if page.id.is_some() { "form.lead-edit" } else { "form.lead-new" })) } };
    let body = html! {
        div.narrow {
        (up(&shell.url("/integrations"), shell.say("nav.integrations")))
        (head(&html! { (title) }, &lead, &state_actions(shell, page)))
        @if page.paused { div.flash.neutral { p { (shell.say("form.paused")) } } }
        @if page.quarantined { div.flash.bad { p { (shell.say("integration-state.quarantined-remedy")) } } }
        @if let Some(run) = &page.running {
            div.flash.active { p { (shell.say("form.running")) " " a href=(shell.run_url(&run.id)) { (shell.say("integrations.follow")) } } }
        }
        (summary(shell, page))
        @if let Some(test) = &page.test { (panel(shell, test)) }
        (settings(shell, page))
        @if let Some(id) = &page.id { (delete(shell, page, id)) }
        }
    };
    document(shell, &Page { title: &title, live, body })
}

fn state_actions(shell: &Shell, page: &FormPage) -> Markup {
    let Some(id) = &page.id else { return html! {} };
    let path = format!("/integrations/{}", encode(id));
    html! {
        a.button href=(shell.url_with("/history", &[("integration", id)])) { (shell.say("form.history")) }
        @if page.paused || page.quarantined {
            (post_button(shell, &format!("{path}/resume"), "button", shell.say("integrations.resume")))
        } @else {
            (post_button(shell, &format!("{path}/pause"), "button", shell.say("integrations.pause")))
        }
    }
}

/// A mistake: the input it is in, what that is called, what is wrong.
type Mistake<'a> = (String, String, &'a FieldError);

fn mistakes<'a>(shell: &Shell, page: &'a FormPage) -> Vec<Mistake<'a>> {
    let label = |key: &str| shell.say(key).to_owned();
    let mut found: Vec<(String, String, Option<&FieldError>)> = vec![
        ("name".to_owned(), label("form.name"), page.name.error.as_ref()),
        ("type".to_owned(), label("form.type"), page.connector.error.as_ref()),
    ];
    found.extend(page.fields.iter().map(|field| (input_id(field), field.label.clone(), field.error.as_ref())));
    found.push(("send-invitations".to_owned(), label("form.send-invitations"), page.send_invitations_error.as_ref()));
    found.push(("filter-label".to_owned(), label("form.filter-label"), page.filter_label.error.as_ref()));
    found.extend(inputs(&page.filter_values, "filter-values", shell.say("form.filter-values")));
    for (index, row) in page.statuses.iter().enumerate() {
        found.push((format!("status-from-{index}"), label("form.status-from"), row.source.error.as_ref()));
        found.push((format!("status-to-{index}"), label("form.status-to"), row.account_error.as_ref()));
    }
    found.extend(inputs(&page.mail_to, "mail-to", shell.say("form.mail-to")));
    found.push(("schedule-time".to_owned(), label("form.schedule-time"), page.schedule.time.error.as_ref()));
    found.push(("schedule-zone".to_owned(), label("form.schedule-zone"), page.schedule.zone.error.as_ref()));
    found.into_iter().filter_map(|(id, label, error)| error.map(|error| (id, label, error))).collect()
}

fn inputs<'a>(
    inputs: &'a [Input],
    id: &'a str,
    label: &'a str,
) -> impl Iterator<Item = (String, String, Option<&'a FieldError>)> {
    let numbered = inputs.iter().enumerate();
    numbered.map(move |(index, input)| (format!("{id}-{index}"), label.to_owned(), input.error.as_ref()))
}

/// All mistakes at the top, each with a link to its field.
fn summary(shell: &Shell, page: &FormPage) -> Markup {
    let mistakes = mistakes(shell, page);
    let count = mistakes.len().saturating_add(page.errors.len());
    if count == 0 {
        return html! {};
    }
    html! {
        div #errors.panel.bad role="alert" tabindex="-1" data-focus {
            h2 { (shell.count("form.errors", count as u64)) }
            ul.links {
                @for error in &page.errors { li { (shell.error(error)) } }
                @for (id, label, error) in &mistakes {
                    li { a href=(format!("#{id}")) { (label) } ": " (shell.error(error)) }
                }
            }
        }
    }
}

fn settings(shell: &Shell, page: &FormPage) -> Markup {
    let path = page
        .id
        .as_ref()
        .map_or_else(|| "/integrations/new".to_owned(), |id| format!("/integrations/{}/edit", encode(id)));
    html! {
        form.settings method="post" action=(shell.url(&path)) novalidate {
            (csrf(shell))
            @if let Some(revision) = &page.revision { input type="hidden" name="revision" value=(revision); }
            // What Enter in a field does: the first button of a form.
            button.unseen type="submit" name="action" value="save" tabindex="-1" aria-hidden="true" { (shell.say("form.save")) }
            (connection(shell, page))
            (work(shell, page))
            (filter(shell, page))
            (statuses(shell, page))
            (mail(shell, page))
            (schedule(shell, page))
            div.form-actions {
                button.primary type="submit" name="action" value="sync" { (shell.say("form.sync")) }
                button type="submit" name="action" value="preview" { (shell.say("form.preview")) }
                button type="submit" name="action" value="save" { (shell.say("form.save")) }
                p.soft.small { (shell.say("form.actions-help")) }
            }
        }
    }
}

fn connection(shell: &Shell, page: &FormPage) -> Markup {
    let options: Vec<(&str, &str)> =
        page.connectors.iter().map(|option| (option.value.as_str(), option.label.as_str())).collect();
    let name = Control::new("name", "name", shell.say("form.name")).help(shell.say("form.name-help"));
    let kind = Control::new("type", "type", shell.say("form.type")).required(true);
    html! {
        fieldset.card {
            legend { (shell.say("form.connection")) }
            (name.error(page.name.error.as_ref()).required(true).input(shell, &Kind::TEXT, &page.name.value))
            div.type-row {
                (kind.error(page.connector.error.as_ref()).select(shell, &page.connector.value, &options))
                @if options.len() > 1 {
                    button type="submit" name="action" value="type" { (shell.say("form.use-type")) }
                }
            }
            @for field in &page.fields { (own_field(shell, field)) }
            div.test-row {
                button type="submit" name="action" value="test" { (shell.say("form.test")) }
                p.soft.small { (shell.say("form.test-help")) }
            }
        }
    }
}

/// A field's name as an ID: names have dots, which a link to them may have too.
fn input_id(field: &Field) -> String {
    field.name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "-")
}

fn own_field(shell: &Shell, field: &Field) -> Markup {
    let id = input_id(field);
    let is_set = field.secret_set_on.is_some();
    let control = Control::new(&id, &field.name, &field.label)
        .help(&field.help)
        .error(field.error.as_ref())
        .required(field.required && !(field.kind == FieldKind::Secret && is_set));
    let default = field.default.as_deref();
    let input = |kind: Kind<'_>| control.input(shell, &kind, &field.value);
    match field.kind {
        FieldKind::Text => input(Kind::TEXT.placeholder(default)),
        FieldKind::Origin | FieldKind::Url => input(Kind::URL.placeholder(default)),
        FieldKind::Number => input(Kind::NUMBER.placeholder(default)),
        FieldKind::Flag => control.checkbox(shell, field.value == "true"),
        FieldKind::Choice => {
            let mut options: Vec<(&str, &str)> = Vec::new();
            if !field.required || field.value.is_empty() {
                options.push(("", shell.say("form.please-choose")));
            }
            options.extend(field.options.iter().map(|option| (option.value.as_str(), option.label.as_str())));
            control.select(shell, &field.value, &options)
        }
        FieldKind::Secret => secret(shell, field, &id, control.required),
    }
}

/// A secret is never sent back: its input is empty, and says so.
fn secret(shell: &Shell, field: &Field, id: &str, required: bool) -> Markup {
    let note = format!("{id}-set");
    let control = Control::new(id, &field.name, &field.label).help(&field.help).error(field.error.as_ref());
    let described: Vec<String> =
        field.secret_set_on.iter().map(|_| note.clone()).chain(control.described_by()).collect();
    let input = html! {
        @if let Some(at) = field.secret_set_on {
            p.secret-set #(note) { (shell.say("form.secret-set")) " " (shell.day(at)) ". " (shell.say("form.secret-keep")) }
        }
        input #(id) name=(field.name) type="password" value="" autocomplete="new-password" spellcheck="false"
            aria-required=[required.then_some("true")] aria-invalid=[control.invalid()]
            aria-describedby=[(!described.is_empty()).then(|| described.join(" "))];
    };
    control.required(required || field.secret_set_on.is_some()).around(shell, &input)
}

fn work(shell: &Shell, page: &FormPage) -> Markup {
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

fn filter(shell: &Shell, page: &FormPage) -> Markup {
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

fn statuses(shell: &Shell, page: &FormPage) -> Markup {
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
                tr { th scope="col" { (shell.say("form.status-from")) } th scope="col" { (shell.say("form.status-to")) } }
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

fn mail(shell: &Shell, page: &FormPage) -> Markup {
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

fn schedule(shell: &Shell, page: &FormPage) -> Markup {
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

fn delete(shell: &Shell, page: &FormPage, id: &str) -> Markup {
    let label = shell.tell("form.delete-confirm", &[("name", &page.saved_name)]);
    let confirm = Control::new("delete-confirm", "confirm", &label).required(true);
    html! {
        details.card.fold.danger-zone open[page.delete_error.is_some()] {
            summary { span.fold-title { (shell.say("form.delete")) } }
            form.fold-body method="post" action=(shell.url(&format!("/integrations/{}/delete", encode(id))))
                data-confirm=(page.saved_name) {
                (csrf(shell))
                p { (shell.say("form.delete-text")) }
                (confirm.error(page.delete_error.as_ref()).input(shell, &Kind::TEXT, ""))
                button.danger type="submit" { (shell.say("form.delete-submit")) }
            }
        }
    }
}
