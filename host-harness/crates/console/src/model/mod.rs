//! What the pages show: plain owned data that a server fills in.
//!
//! View models hold codes, numbers, times and people's own words, never sentences: which sentence a code has, in which
//! language, is the pages' job. So a server needs no words, and a page can be tested without one. Types that hold personal
//! values have no `Debug`, so that no log can show them by mistake.

mod account;
mod common;
mod conflicts;
mod entry;
mod form;
mod history;
mod integrations;
mod operator;
mod people;
mod report;
mod run;
mod shell;

pub use account::{AccountPage, PasswordForm, TokenRow};
pub use common::{
    Change, FieldError, Figures, Input, Live, Named, OneTimeLink, Pager, Person, Progress, Remark, Waiting,
};
pub use conflicts::{Candidate, Conflict, ConflictChoice, ConflictsPage, Resolution};
pub use entry::{ErrorKind, ErrorPage, SignInError, SignInPage, WelcomePage};
pub use form::{
    ConnectorOption, Field, FieldKind, FieldOption, FormPage, ScheduleForm, StatusRow, TestAttribute, TestPanel,
    TestResult, Visibility,
};
pub use history::{DecisionKind, DecisionRow, HistoryPage, HistoryTab, RunFilter, RunRow};
pub use integrations::{IntegrationRow, IntegrationState, IntegrationsPage, LastRun, Schedule};
pub use operator::{
    AuditChain, AuditPage, AuditRow, ConnectorRow, ConnectorState, ConnectorsPage, LimitField, LinksPage, NewTenant,
    OpenLink, OperatorRunsPage, OriginGrant, ProcessRow, Processes, RunOrder, TenantPage, TenantRow, TenantUser,
    TenantsPage, WorkPage, WorkQueue,
};
pub use people::{Asking, PeoplePage, PersonRow, ReadRef, WhyPage};
pub use run::{
    ActionRow, Approval, Drift, DriftKind, DriftRow, Guard, MailState, MailView, PlanFilter, PlanTable, RunDecision,
    RunKind, RunPage, RunState, Trigger,
};
pub use shell::{Flash, Role, Section, Shell, Tone, User};
