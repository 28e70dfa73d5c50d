//! The operator's pages.

use connector_settings::Language;
use jiff::Timestamp;

use super::{FieldError, Input, IntegrationRow, LastRun, Named, OneTimeLink, Pager, Remark, RunFilter, RunRow};

/// `/operator/tenants`.
#[derive(Clone, Default)]
pub struct TenantsPage {
    /// The tenants of this page.
    pub rows: Vec<TenantRow>,
    /// Where in the list they are.
    pub pager: Pager,
    /// What was searched for.
    pub q: String,
    /// The form for a new one: POST `/operator/tenants`.
    pub form: NewTenant,
    /// The link for the first admin of a tenant that was just made.
    pub created: Option<OneTimeLink>,
}

/// A tenant in the list.
#[derive(Clone, Default)]
pub struct TenantRow {
    /// Its ID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many can sign in.
    pub users: u64,
    /// How many integrations it has.
    pub integrations: u64,
    /// How many of them need somebody.
    pub need_attention: u64,
    /// Its last run.
    pub last_run: Option<LastRun>,
    /// When it was made.
    pub created: Timestamp,
}

/// Fields `name`, `email`, `language`.
#[derive(Clone, Default)]
pub struct NewTenant {
    /// The tenant's name.
    pub name: Input,
    /// Its first admin's address.
    pub email: Input,
    /// The language of the invitation.
    pub language: Language,
}

/// `/operator/tenants/{id}`.
///
/// Forms: POST `…/users` (`email`, `language`), `…/users/{user}/link`, `…/users/{user}/remove`, `…/limits` (one field for each
/// limit), `…/erase` (`confirm`: the tenant's name), `…/open` (look at the tenant's own pages). Link: `…/export`.
#[derive(Clone, Default)]
pub struct TenantPage {
    /// Its ID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// Who can sign in.
    pub users: Vec<TenantUser>,
    /// The form for another.
    pub invite: Input,
    /// The language of the invitation.
    pub invite_language: Language,
    /// A link that was just made.
    pub link: Option<OneTimeLink>,
    /// Its limits.
    pub limits: Vec<LimitField>,
    /// Its integrations.
    pub integrations: Vec<IntegrationRow>,
    /// What is wrong with the typed confirmation.
    pub erase_error: Option<FieldError>,
}

/// Somebody who can sign in.
#[derive(Clone, Default)]
pub struct TenantUser {
    /// Their ID.
    pub id: String,
    /// Their address.
    pub email: String,
    /// When they last signed in; none if never.
    pub last_sign_in: Option<Timestamp>,
    /// Until when their one-time link works, if there is one.
    pub link_until: Option<Timestamp>,
}

/// A limit of a tenant.
#[derive(Clone, Default)]
pub struct LimitField {
    /// Its key, as in docs/limits.md: the field's name.
    pub key: String,
    /// What the tenant has; empty for the default.
    pub value: String,
    /// The default.
    pub default: u64,
    /// The most there can be.
    pub ceiling: Option<u64>,
    /// What is wrong with it.
    pub error: Option<FieldError>,
}

/// `/operator/connectors`. Forms: POST `/operator/connectors` (`path`), `…/{id}/origins` (`origin`, repeated), `…/{id}/accept`
/// (a changed file), `…/{id}/remove`.
#[derive(Clone, Default)]
pub struct ConnectorsPage {
    /// The connectors.
    pub rows: Vec<ConnectorRow>,
    /// The form for another: field `path`.
    pub add: Input,
    /// Why the file cannot be used.
    pub add_failure: Option<Remark>,
}

/// A connector.
#[derive(Clone, Default)]
pub struct ConnectorRow {
    /// Its ID in paths.
    pub id: String,
    /// Its file, or its reference in a registry with the digest of its manifest.
    pub source: String,
    /// Whether it is from a registry.
    pub is_pulled: bool,
    /// The name it gives itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its file's digest.
    pub digest: String,
    /// The contract's version.
    pub contract: String,
    /// What it asks for, and what it may.
    pub origins: Vec<OriginGrant>,
    /// How it is.
    pub state: ConnectorState,
    /// Why it cannot be used.
    pub problem: Option<Remark>,
    /// How many integrations use it.
    pub integrations: u64,
}

/// An origin.
#[derive(Debug, Clone, Default)]
pub struct OriginGrant {
    /// The origin.
    pub origin: String,
    /// Whether the connector asks for it.
    pub asked: bool,
    /// Whether it may.
    pub granted: bool,
}

/// How a connector is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConnectorState {
    /// All is well.
    #[default]
    Ok,
    /// Its file is another one than it was.
    Changed,
    /// Its file is not there.
    Missing,
    /// It cannot be used.
    Refused,
}

/// `/operator/runs`, a GET form with `verdict`, `order` and `page`.
#[derive(Clone, Default)]
pub struct OperatorRunsPage {
    /// The runs of this page.
    pub rows: Vec<RunRow>,
    /// Which are shown.
    pub filter: RunFilter,
    /// Which come first.
    pub order: RunOrder,
    /// Where in the list they are.
    pub pager: Pager,
}

/// Which runs come first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunOrder {
    /// Failed ones, then by time: `failing`.
    #[default]
    Failing,
    /// The slowest: `slowest`.
    Slowest,
    /// The latest: `latest`.
    Latest,
}

/// `/operator/work`: the processes, what waits, and runs that were given up.
#[derive(Clone)]
pub struct WorkPage {
    /// What hands out the work.
    pub queue: WorkQueue,
    /// Whether it can be reached.
    pub is_queue_up: bool,
    /// How many runs wait.
    pub waiting: u64,
    /// Since when the first of them has.
    pub waiting_since: Option<Timestamp>,
    /// Who works.
    pub processes: Processes,
    /// Runs that nobody brought to an end, last first.
    pub given_up: Vec<RunRow>,
}

/// What hands out the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkQueue {
    /// The database.
    Database,
    /// NATS `JetStream`.
    JetStream,
}

/// Who works.
#[derive(Clone)]
pub enum Processes {
    /// This process alone.
    One {
        /// How many runs it has at work.
        at_work: u64,
        /// How many may work at once.
        room: u64,
    },
    /// Those that share the database.
    Many(Vec<ProcessRow>),
}

/// A process.
#[derive(Clone)]
pub struct ProcessRow {
    /// What tells it from the others, and stands in its log.
    pub id: String,
    /// The program's version.
    pub version: String,
    /// How many runs it has at work.
    pub at_work: u64,
    /// How many may work at once; none if it leaves the work to others.
    pub room: u64,
    /// How many seconds ago it said so.
    pub seen: u64,
    /// Whether it is the one that shows this page.
    pub is_this: bool,
}

/// `/operator/links`: links with which somebody can still set a password.
#[derive(Clone, Default)]
pub struct LinksPage {
    /// The links, the one that ends first before the others.
    pub rows: Vec<OpenLink>,
}

/// A one-time link that nobody has used yet.
#[derive(Clone, Default)]
pub struct OpenLink {
    /// Whose it is.
    pub email: String,
    /// Their tenant; none for an operator.
    pub tenant: Option<Named>,
    /// Until when it works.
    pub until: Timestamp,
}

/// `/operator/audit`, a GET form with `q` and `page`.
#[derive(Clone, Default)]
pub struct AuditPage {
    /// The entries of this page, last first.
    pub rows: Vec<AuditRow>,
    /// What was searched for.
    pub q: String,
    /// Where in the list they are.
    pub pager: Pager,
    /// Whether the log is whole.
    pub chain: AuditChain,
}

/// Whether every entry fits the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuditChain {
    /// It was not checked.
    #[default]
    Unchecked,
    /// It does.
    Whole,
    /// It does not, from this entry on.
    BrokenAt(u64),
}

/// An entry of the audit log.
#[derive(Clone, Default)]
pub struct AuditRow {
    /// Its number.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who: an address, a token's name, or the service.
    pub who: String,
    /// In which tenant.
    pub tenant: Option<String>,
    /// What: a word such as `integration.create`; shown in words where the pages have some.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// The beginning of its hash.
    pub hash: String,
}
