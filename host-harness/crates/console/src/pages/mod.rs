//! One function for each page.

use crate::model::{
    AccountPage, AuditPage, ConflictsPage, ConnectorsPage, ErrorPage, FormPage, HistoryPage, IntegrationsPage,
    OperatorRunsPage, PeoplePage, RunPage, Shell, SignInPage, TenantPage, TenantsPage, TestPanel, WelcomePage, WhyPage,
};

macro_rules! trivial {
    ($($name:ident $model:ident $doc:literal,)+) => {$(
        #[doc = $doc]
        #[must_use]
        pub fn $name(shell: &Shell, page: &$model) -> String {
            let _ = (shell, page);
            String::from(stringify!($name))
        }
    )+};
}

trivial! {
    sign_in SignInPage "`/sign-in`.",
    welcome WelcomePage "`/welcome/{token}`.",
    error ErrorPage "Any error.",
    integrations IntegrationsPage "`/integrations`.",
    form FormPage "`/integrations/new` and `/integrations/{id}/edit`.",
    test_panel TestPanel "The panel of a connection's test alone, for a page that follows it.",
    run RunPage "`/runs/{id}`.",
    people PeoplePage "`/people`.",
    why WhyPage "`/people/{integration}/{employee}`.",
    conflicts ConflictsPage "`/conflicts`.",
    history HistoryPage "`/history`.",
    tenants TenantsPage "`/operator/tenants`.",
    tenant TenantPage "`/operator/tenants/{id}`.",
    connectors ConnectorsPage "`/operator/connectors`.",
    operator_runs OperatorRunsPage "`/operator/runs`.",
    audit AuditPage "`/operator/audit`.",
    account AccountPage "`/account`.",
}
