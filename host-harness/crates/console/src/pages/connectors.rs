//! The operator's connectors: which files are loaded, and where they may send requests.

use maud::{Markup, html};

use crate::model::{ConnectorRow, ConnectorState, ConnectorsPage, OriginGrant, Shell, Tone};
use crate::ui::controls::{Control, Kind};
use crate::ui::frame::{Page, document};
use crate::ui::parts::{badge, csrf, empty, head, post_button};
use crate::ui::remarks;
use crate::ui::url::encode;

/// `/operator/connectors`.
#[must_use]
pub fn connectors(shell: &Shell, page: &ConnectorsPage) -> String {
    let title = shell.say("connectors.title");
    let body = html! {
        div.medium {
            (head(&html! { (title) }, &html! { p { (shell.say("connectors.lead")) } }, &html! {}))
            @if page.rows.is_empty() {
                (empty(shell.say("connectors.empty-title"), shell.say("connectors.empty-text"), &html! {}))
            }
            @for row in &page.rows { (one(shell, row)) }
            (add(shell, page))
        }
    };
    document(shell, &Page::still(title, body))
}

fn one(shell: &Shell, row: &ConnectorRow) -> Markup {
    let id = row.id.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "-");
    let path = format!("/operator/connectors/{}", encode(&row.id));
    let (tone, key) = match row.state {
        ConnectorState::Ok => (Tone::Good, "connector-state.ok"),
        ConnectorState::Changed => (Tone::Attention, "connector-state.changed"),
        ConnectorState::Missing => (Tone::Bad, "connector-state.missing"),
        ConnectorState::Refused => (Tone::Bad, "connector-state.refused"),
    };
    html! {
        article.card aria-labelledby={ "connector-" (id) } {
            div.section-head {
                h2 #{ "connector-" (id) } { (row.name) " " span.soft { (row.version) } }
                (badge(tone, shell.say(key)))
            }
            @match row.state {
                ConnectorState::Ok => {}
                ConnectorState::Changed | ConnectorState::Missing if row.is_pulled => {
                    p { (shell.say("connectors.pulled-text")) }
                    (post_button(shell, &format!("{path}/accept"), "primary", shell.say("connectors.fetch")))
                }
                ConnectorState::Changed => {
                    p { (shell.say("connectors.changed-text")) }
                    (post_button(shell, &format!("{path}/accept"), "primary", shell.say("connectors.accept")))
                }
                ConnectorState::Missing => p { (shell.say("connectors.missing-text")) },
                ConnectorState::Refused => {}
            }
            @if let Some(problem) = &row.problem { (remarks::list(shell, "", std::slice::from_ref(problem))) }
            dl.facts {
                div { dt { (shell.say("connectors.source")) } dd { code { (row.source) } } }
                div { dt { (shell.say("connectors.digest")) } dd { code { (row.digest) } } }
                div { dt { (shell.say("connectors.signature")) } dd { (shell.say("connectors.unchecked")) } }
                div { dt { (shell.say("connectors.contract")) } dd { (row.contract) } }
                div {
                    dt { (shell.say("connectors.used-by")) } dd { (shell.count("connectors.used", row.integrations)) }
                }
            }
            (origins(shell, row, &id, &path))
            @if row.integrations == 0 {
                (post_button(shell, &format!("{path}/remove"), "danger", shell.say("connectors.remove")))
            }
        }
    }
}

fn origins(shell: &Shell, row: &ConnectorRow, id: &str, path: &str) -> Markup {
    html! {
        form method="post" action=(shell.url(&format!("{path}/origins"))) {
            (csrf(shell))
            fieldset.choices {
                legend { (shell.say("connectors.origins")) }
                p.help { (shell.say("connectors.origins-help")) }
                @for (index, grant) in row.origins.iter().enumerate() {
                    (origin(shell, grant, &format!("{id}-origin-{index}")))
                }
                div.check.another {
                    label.unseen for={ (id) "-another" } { (shell.say("connectors.another")) }
                    input #{ (id) "-another" } type="text" inputmode="url" name="origin" value="" autocomplete="off"
                        spellcheck="false" placeholder="https://api.example.com";
                }
            }
            div.form-end { button type="submit" { (shell.say("connectors.grant")) } }
        }
    }
}

fn origin(shell: &Shell, grant: &OriginGrant, id: &str) -> Markup {
    html! {
        div.check {
            input #(id) type="checkbox" name="origin" value=(grant.origin) checked[grant.granted];
            label for=(id) { (grant.origin) }
            @if grant.asked { (badge(Tone::Neutral, shell.say("connectors.asked"))) }
        }
    }
}

fn add(shell: &Shell, page: &ConnectorsPage) -> Markup {
    let path = Control::new("path", "path", shell.say("connectors.path")).help(shell.say("connectors.path-help"));
    html! {
        section.card aria-labelledby="add" {
            h2 #add { (shell.say("connectors.add")) }
            @if let Some(failure) = &page.add_failure {
                div.panel.bad role="alert" { (remarks::list(shell, "", std::slice::from_ref(failure))) }
            }
            form.stack method="post" action=(shell.url("/operator/connectors")) {
                (csrf(shell))
                (path.error(page.add.error.as_ref()).required(true).input(shell, &Kind::TEXT, &page.add.value))
                div { button.primary type="submit" { (shell.say("connectors.add-submit")) } }
            }
        }
    }
}
