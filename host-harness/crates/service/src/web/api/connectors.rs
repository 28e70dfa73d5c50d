//! Connectors.

use connector_host::contract::manifest::{Setting, SettingKind};

use super::super::operator::add;
use super::types::{ConnectorView, NewConnector, Problem, SettingView};
use super::{body, json, problem};
use crate::connectors::{ConnectorState, LoadedConnector};
use crate::web::{Ask, Oops, Reply};

/// The connectors that integrations can have.
///
/// # Errors
/// When the answer cannot be made.
#[utoipa::path(get, path = "/api/v1/connectors", tag = "connectors", responses(
    (status = 200, description = "All connectors, by name", body = Vec<ConnectorView>)))]
pub async fn connectors(ask: Ask) -> Result<Reply, Oops> {
    let is_operator = ask.is_operator();
    let loaded = ask.engine().connectors.all().into_iter();
    let connectors: Vec<ConnectorView> = loaded.map(|loaded| view(loaded, is_operator)).collect();
    json(200, &connectors)
}

/// Adds a connector, or another version of one; it is granted the origins that it asks for, or keeps what it was granted.
///
/// # Errors
/// When the database fails.
#[utoipa::path(post, path = "/api/v1/connectors", tag = "connectors", request_body = NewConnector, responses(
    (status = 201, description = "It is added", body = ConnectorView),
    (status = 422, description = "It cannot be fetched, or is no connector", body = Problem)))]
pub async fn add_connector(ask: Ask) -> Result<Reply, Oops> {
    let new: NewConnector = match body(&ask) {
        Ok(new) => new,
        Err(refused) => return Ok(*refused),
    };
    match add(&ask, new.source.trim()).await? {
        Ok(loaded) => json(201, &view(loaded, true)),
        Err(failure) => {
            let detail = format!("{}. {}", failure.message.trim_end_matches('.'), failure.remedy);
            Ok(problem(422, &failure.code, &detail, None))
        }
    }
}

fn view(loaded: LoadedConnector, is_operator: bool) -> ConnectorView {
    let settings = loaded.connector.map(|connector| connector.description().settings.clone()).unwrap_or_default();
    ConnectorView {
        name: loaded.stored.name,
        version: loaded.stored.version,
        contract: loaded.stored.contract,
        digest: loaded.stored.digest,
        source: is_operator.then_some(loaded.stored.path),
        state: match loaded.state {
            ConnectorState::Ok => "ok",
            ConnectorState::Missing => "missing",
            ConnectorState::Changed => "changed",
            ConnectorState::Refused => "refused",
        }
        .to_owned(),
        settings: settings.iter().map(setting).collect(),
    }
}

fn setting(setting: &Setting) -> SettingView {
    let (kind, options) = match &setting.kind {
        SettingKind::Text | SettingKind::Other(_) => ("text", Vec::new()),
        SettingKind::Secret => ("secret", Vec::new()),
        SettingKind::Origin => ("origin", Vec::new()),
        SettingKind::Url => ("url", Vec::new()),
        SettingKind::Number => ("number", Vec::new()),
        SettingKind::Flag => ("flag", Vec::new()),
        SettingKind::Choice(options) => ("choice", options.iter().map(|option| option.value.clone()).collect()),
    };
    let english = setting.translations.iter().find(|text| text.language == "en").or(setting.translations.first());
    SettingView {
        key: setting.key.clone(),
        kind: kind.to_owned(),
        required: setting.required,
        default: setting.default.clone(),
        label: english.map_or_else(|| setting.key.clone(), |text| text.label.clone()),
        options,
    }
}
