//! Every route: its method, its path, who may use it, and who answers.
//!
//! This table is the only way in: the router is made from it, and so is the test in which two tenants try each other's things on
//! every route. A path without a `{…}` shows or changes only what is the reader's own.

use std::future::Future;
use std::pin::Pin;

use axum::routing::MethodFilter;

use super::{
    Ask, Oops, Reply, account, api, conflicts, entry, events, health, history, integrations, operator, people, runs,
};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Every user who is signed in.
    User,
    /// The admins of a tenant, and an operator who looks at it.
    Tenant,
    /// Operators.
    Operator,
}

/// What a handler's work is.
pub type Answering = Pin<Box<dyn Future<Output = Result<Reply, Oops>> + Send>>;

/// One route.
pub struct Route {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The path, with its parts in braces.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// Who answers.
    pub handler: fn(Ask) -> Answering,
}

impl Route {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_get(&self) -> bool {
        self.method == "GET"
    }

    /// Whether it is for programs, which have a token and no cookie.
    #[must_use]
    pub fn is_api(&self) -> bool {
        self.path.starts_with("/api/") || self.path == "/metrics"
    }

    pub(super) fn filter(&self) -> MethodFilter {
        match self.method {
            "POST" => MethodFilter::POST,
            "PUT" => MethodFilter::PUT,
            "DELETE" => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        }
    }
}

macro_rules! routes {
    ($($method:ident $path:literal $access:ident $module:ident::$handler:ident,)+) => {
        /// Every route.
        pub const ALL: &[Route] = &[$(Route {
            method: stringify!($method),
            path: $path,
            access: Access::$access,
            handler: |ask| Box::pin($module::$handler(ask)),
        },)+];
    };
}

/// Stands in where no route fits: the reader is still to be known, for the frame of the page that says so.
pub(super) const NOWHERE: Route =
    Route { method: "GET", path: "/", access: Access::Public, handler: |_| Box::pin(async { Err(Oops::NotFound) }) };

routes! {
    GET "/" User entry::home,
    GET "/sign-in" Public entry::sign_in,
    POST "/sign-in" Public entry::enter,
    POST "/sign-out" User entry::sign_out,
    GET "/welcome/{token}" Public entry::welcome,
    POST "/welcome/{token}" Public entry::set_password,
    GET "/language/{language}" Public entry::language,
    GET "/assets/{name}" Public entry::asset,
    GET "/healthz" Public health::healthy,
    GET "/readyz" Public health::ready,
    GET "/metrics" Public health::metrics,

    GET "/account" User account::show,
    POST "/account/password" User account::change_password,
    POST "/account/tokens" User account::add_token,
    POST "/account/tokens/{token}/revoke" User account::revoke_token,
    POST "/account/sessions/end" User account::end_sessions,

    GET "/integrations" Tenant integrations::list,
    GET "/integrations/events" Tenant events::of_tenant,
    GET "/integrations/new" Tenant integrations::new,
    POST "/integrations/new" Tenant integrations::create,
    GET "/integrations/{integration}/edit" Tenant integrations::edit,
    POST "/integrations/{integration}/edit" Tenant integrations::change,
    POST "/integrations/{integration}/sync" Tenant integrations::sync,
    POST "/integrations/{integration}/preview" Tenant integrations::preview,
    POST "/integrations/{integration}/pause" Tenant integrations::pause,
    POST "/integrations/{integration}/resume" Tenant integrations::resume,
    POST "/integrations/{integration}/delete" Tenant integrations::delete,
    GET "/tests/{probe}/events" Tenant events::of_probe,

    GET "/runs/{run}" User runs::show,
    GET "/runs/{run}/events" User events::of_run,
    POST "/runs/{run}/cancel" User runs::cancel,
    POST "/runs/{run}/approve" User runs::approve,
    POST "/runs/{run}/discard" User runs::discard,
    GET "/runs/{run}/mail" User runs::mail,
    GET "/runs/{run}/download.json" User runs::download_json,
    GET "/runs/{run}/download.csv" User runs::download_csv,

    GET "/people" Tenant people::search,
    GET "/people/{integration}/{employee}" Tenant people::why,
    POST "/people/{integration}/{employee}/ask" Tenant people::ask,
    POST "/people/{integration}/{employee}/forget" Tenant people::forget,

    GET "/conflicts" Tenant conflicts::list,
    POST "/conflicts/{conflict}" Tenant conflicts::resolve,
    GET "/history" Tenant history::list,

    GET "/operator/tenants" Operator operator::tenants,
    POST "/operator/tenants" Operator operator::add_tenant,
    GET "/operator/tenants/{tenant}" Operator operator::tenant,
    POST "/operator/tenants/{tenant}/users" Operator operator::add_user,
    POST "/operator/tenants/{tenant}/users/{user}/link" Operator operator::new_link,
    POST "/operator/tenants/{tenant}/users/{user}/remove" Operator operator::remove_user,
    POST "/operator/tenants/{tenant}/limits" Operator operator::set_limits,
    POST "/operator/tenants/{tenant}/open" Operator operator::open_tenant,
    GET "/operator/tenants/{tenant}/export" Operator operator::export_tenant,
    POST "/operator/tenants/{tenant}/erase" Operator operator::erase_tenant,
    GET "/operator/links" Operator operator::links,
    GET "/operator/connectors" Operator operator::connectors,
    POST "/operator/connectors" Operator operator::add_connector,
    POST "/operator/connectors/{connector}/origins" Operator operator::grant_origins,
    POST "/operator/connectors/{connector}/accept" Operator operator::accept_connector,
    POST "/operator/connectors/{connector}/remove" Operator operator::remove_connector,
    GET "/operator/runs" Operator operator::runs,
    GET "/operator/work" Operator operator::work,
    GET "/operator/audit" Operator operator::audit,

    GET "/api/v1/openapi.json" Public api::openapi,
    GET "/api/v1/tenants" Operator api::tenants,
    POST "/api/v1/tenants" Operator api::add_tenant,
    PUT "/api/v1/tenants/{tenant}/accounts" Operator api::put_accounts,
    GET "/api/v1/connectors" User api::connectors,
    POST "/api/v1/connectors" Operator api::add_connector,
    GET "/api/v1/integrations" Tenant api::integrations,
    POST "/api/v1/integrations" Tenant api::add_integration,
    GET "/api/v1/integrations/{integration}" User api::integration,
    PUT "/api/v1/integrations/{integration}" User api::change_integration,
    DELETE "/api/v1/integrations/{integration}" User api::delete_integration,
    POST "/api/v1/integrations/{integration}/test" User api::test,
    POST "/api/v1/integrations/{integration}/preview" User api::preview,
    POST "/api/v1/integrations/{integration}/sync" User api::sync,
    PUT "/api/v1/integrations/{integration}/schedule" User api::schedule,
    GET "/api/v1/runs" Tenant api::runs,
    GET "/api/v1/runs/{run}" User api::run,
    GET "/api/v1/runs/{run}/events" User api::events,
    GET "/api/v1/runs/{run}/plan" User api::plan,
    POST "/api/v1/runs/{run}/approve" User api::approve,
    POST "/api/v1/runs/{run}/discard" User api::discard,
    GET "/api/v1/integrations/{integration}/people/{employee}" User api::explain,
}
