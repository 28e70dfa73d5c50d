//! The JSON API, for a platform that has pages of its own: `/api/v1`.
//!
//! Everything here goes through the same functions as the pages. The `OpenAPI` document is made from the types that are answered
//! ([`types`]); a test holds every route of the table against it, and every answer.

mod connectors;
mod documents;
mod integrations;
mod runs;
mod tenants;
mod types;

use connector_console::model::{FieldError, Section};
use connector_host::contract::manifest::SettingKind;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Ask, Oops, Reply};
use crate::form::Mistakes;

pub use connectors::{add_connector, connectors};
pub use documents::{document, openapi};
pub use integrations::{
    add_integration, change_integration, delete_integration, integration, integrations, preview, schedule, sync, test,
};
pub use runs::{approve, discard, events, explain, plan, run, runs};
pub use tenants::{add_tenant, put_accounts, tenants};
pub use types::Problem;

/// An answer with a body.
fn json(status: u16, body: &impl Serialize) -> Result<Reply, Oops> {
    Ok(Reply::Json(status, serde_json::to_string(body).map_err(|_| Oops::Internal)?))
}

/// The body of a request, or what is wrong with it: where, never what it says.
fn body<T: DeserializeOwned>(ask: &Ask) -> Result<T, Box<Reply>> {
    serde_json::from_slice(&ask.body).map_err(|error| {
        let detail =
            format!("the body is not what this request takes: line {}, column {}", error.line(), error.column());
        Box::new(problem(400, "bad-request", &detail, None))
    })
}

/// An error of the API (RFC 9457).
fn problem(status: u16, code: &str, detail: &str, fields: Option<std::collections::BTreeMap<String, String>>) -> Reply {
    let problem =
        Problem { code: code.to_owned(), status, detail: detail.to_owned(), fields: fields.unwrap_or_default() };
    // Plain data: this cannot fail.
    Reply::Json(status, serde_json::to_string(&problem).unwrap_or_default())
}

/// A form's mistakes, in English, by field. `connector` is what an integration's form is for: it says which fields are secrets.
fn mistakes(ask: &Ask, connector: Option<&str>, mistakes: &Mistakes) -> Reply {
    let settings = connector.and_then(|name| ask.engine().connectors.description(name)).map(|it| it.settings);
    let is_secret = |key: &str| {
        let mut settings = settings.iter().flatten();
        settings.any(|setting| setting.key == key && matches!(setting.kind, SettingKind::Secret))
    };
    let mut shell = ask.shell(Section::None);
    shell.language = connector_settings::Language::En;
    let sentence = |error: &FieldError| shell.error(error);
    let fields = mistakes.iter().map(|(input, error)| (field_of(input, is_secret), sentence(error))).collect();
    problem(422, "invalid-fields", "some fields are wrong; see `fields`", Some(fields))
}

/// An input of the page by the name that it has in JSON.
fn field_of(input: &str, is_secret: impl Fn(&str) -> bool) -> String {
    let exact = match input {
        "schedule-time" => "schedule.at",
        "schedule-zone" => "schedule.zone",
        other => other,
    };
    match exact.split_once('.') {
        Some(("setting", key)) if is_secret(key) => format!("secrets.{key}"),
        Some(("setting", key)) => format!("values.{key}"),
        Some(("status-from" | "status-to", row)) => format!("statuses.{row}"),
        _ => exact.to_owned(),
    }
}

/// What a request that cannot be answered gets.
#[must_use]
pub fn refuse(oops: Oops) -> Reply {
    let (status, code, detail) = match oops {
        Oops::SignIn => {
            (401, "unauthorized", "give a token: `Authorization: Bearer …`; make one on the page “Account”")
        }
        Oops::NotFound => (404, "not-found", "there is nothing here, or this token may not see it"),
        Oops::FormExpired | Oops::BadRequest | Oops::LinkExpired => {
            (400, "bad-request", "the request cannot be understood")
        }
        Oops::Conflict => (409, "conflict", "somebody else has changed this in the meantime; read it again"),
        Oops::TooLarge => (413, "too-large", "the body is larger than 256 KiB"),
        Oops::WrongMethod => (405, "method-not-allowed", "this path has no such method; see /api/v1/openapi.json"),
        Oops::TooMany => (429, "too-many", "this user follows too much at once; end another stream of events first"),
        Oops::Internal => (500, "internal", "the service failed; its log says more"),
        Oops::DiskFull => (503, "disk-full", "the disk of the service is full; nothing was saved"),
    };
    problem(status, code, detail, None)
}
