//! The form of an integration: drawn from its connector's manifest, and what every integration has.

use maud::{Markup, html};

use super::form_sections::{filter, mail, schedule, statuses, work};
use super::test_panel::panel;
use crate::model::{Field, FieldError, FieldKind, FormPage, Input, Shell, TestPanel};
use crate::ui::controls::{Control, Kind};
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
                div.flash.active {
                    p {
                        (shell.say("form.running")) " " a href=(shell.run_url(&run.id)) {
                            (shell.say("integrations.follow"))
                        }
                    }
                }
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
            button.unseen type="submit" name="action" value="save" tabindex="-1" aria-hidden="true" {
                (shell.say("form.save"))
            }
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
            p.secret-set #(note) {
                (shell.say("form.secret-set")) " " (shell.day(at)) ". " (shell.say("form.secret-keep"))
            }
        }
        input #(id) name=(field.name) type="password" value="" autocomplete="new-password" spellcheck="false"
            aria-required=[required.then_some("true")] aria-invalid=[control.invalid()]
            aria-describedby=[(!described.is_empty()).then(|| described.join(" "))];
    };
    control.required(required || field.secret_set_on.is_some()).around(shell, &input)
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
