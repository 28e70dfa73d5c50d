//! The API's own description: OpenAPI 3.1, made from the types.

use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{integrations, runs, tenants};
use crate::web::{Ask, Oops, Reply};

#[derive(OpenApi)]
#[openapi(
    info(title = "elearnio integrations", description = "What the pages do, for programs. Every request has a token: \
        `Authorization: Bearer harness_…`, made on the page “Account”. Errors have the form of `Problem`."),
    paths(
        tenants::tenants, tenants::add_tenant, tenants::put_accounts,
        integrations::connectors, integrations::integrations, integrations::add_integration, integrations::integration,
        integrations::change_integration, integrations::delete_integration, integrations::test, integrations::preview,
        integrations::sync, integrations::schedule,
        runs::runs, runs::run, runs::plan, runs::approve, runs::discard, runs::explain,
    ),
    modifiers(&Token),
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

/// The document.
#[must_use]
pub fn document() -> Document {
    Api::openapi()
}

/// `GET /api/v1/openapi.json`.
///
/// # Errors
/// When it cannot be written.
pub async fn openapi(_: Ask) -> Result<Reply, Oops> {
    Ok(Reply::Json(200, document().to_pretty_json().map_err(|_| Oops::Internal)?))
}
