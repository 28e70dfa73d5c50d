//! The API's own description: `OpenAPI` 3.1, made from the types.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi as Document, Ref, Response};
use utoipa::{Modify, OpenApi};

use super::{connectors, integrations, runs, tenants};
use crate::web::{Ask, Oops, Reply};

#[derive(OpenApi)]
#[openapi(
    info(title = "elearnio integrations", description = "What the pages do, for programs. Every request has a token: \
        `Authorization: Bearer harness_…`, made on the page “Account”. Errors have the form of `Problem`."),
    paths(
        tenants::tenants, tenants::add_tenant, tenants::put_accounts,
        connectors::connectors, connectors::add_connector,
        integrations::integrations, integrations::add_integration, integrations::integration,
        integrations::change_integration, integrations::delete_integration, integrations::test, integrations::preview,
        integrations::sync, integrations::schedule,
        runs::runs, runs::run, runs::events, runs::plan, runs::approve, runs::discard, runs::explain,
        openapi,
    ),
    modifiers(&Token, &Refusals),
    security(("token" = []))
)]
struct Api;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut Document) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        document.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// What every request can get in place of its own answers: no token, a body that is too large, a fault of the service.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut Document) {
        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
        let refusal =
            Response::builder().description("It could not be done: see `code`").content("application/json", problem);
        let refusal = refusal.build();
        for item in document.paths.paths.values_mut() {
            let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                operation.responses.responses.insert("default".to_owned(), refusal.clone().into());
            }
        }
    }
}

/// The document.
#[must_use]
pub fn document() -> Document {
    Api::openapi()
}

/// This document.
///
/// # Errors
/// When it cannot be written.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "document", security(()), responses(
    (status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn openapi(_: Ask) -> Result<Reply, Oops> {
    Ok(Reply::Json(200, document().to_pretty_json().map_err(|_| Oops::Internal)?))
}
