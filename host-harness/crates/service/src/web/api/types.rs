//! What the API takes and answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::schedule::Schedule;

/// Why there is no other answer (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// Which kind, in kebab-case.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, as one English sentence.
    pub detail: String,
    /// What is wrong with which field, if it is about fields.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

/// A tenant.
#[derive(Serialize, ToSchema)]
pub struct TenantView {
    /// Its ID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was set up: UTC, RFC 3339.
    pub created: String,
}

/// A tenant to set up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Its name.
    pub name: String,
    /// The address of its first admin.
    pub email: String,
    /// The admin's language: `de` or `en`.
    #[serde(default)]
    pub language: Option<String>,
}

/// A tenant that was set up.
#[derive(Serialize, ToSchema)]
pub struct CreatedTenant {
    /// The tenant.
    pub tenant: TenantView,
    /// The link with which its admin sets a password: it works once, for a week.
    pub sign_in_link: String,
    /// Whether the link was mailed, too.
    pub mailed: bool,
}

/// What a tenant's integrations begin with.
#[derive(Serialize, ToSchema)]
pub struct ImportedAccounts {
    /// The size of the file that was put down, in bytes.
    pub bytes: u64,
    /// How many groups are in it.
    pub groups: u64,
    /// How many accounts are in it.
    pub accounts: u64,
}

/// A connector to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnector {
    /// A file on the server, or a reference in a registry: `oci://registry.example/personio:1.2.0`.
    pub source: String,
}

/// A connector.
#[derive(Serialize, ToSchema)]
pub struct ConnectorView {
    /// Its name: the `type` of integrations.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The contract's version that it was built for.
    pub contract: String,
    /// The SHA-256 of the component, in hexadecimal. Signatures are not checked.
    pub digest: String,
    /// For operators: its file, or its reference in a registry with the digest of its manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `ok`, `missing`, `changed` or `refused`.
    pub state: String,
    /// The settings that it declares.
    pub settings: Vec<SettingView>,
}

/// A setting that a connector declares.
#[derive(Serialize, ToSchema)]
pub struct SettingView {
    /// Its key.
    pub key: String,
    /// `text`, `secret`, `origin`, `url`, `number`, `flag` or `choice`.
    pub kind: String,
    /// Whether it must be there.
    pub required: bool,
    /// Its value if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What it is called, in English.
    pub label: String,
    /// The values to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// What an integration is set up with.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IntegrationForm {
    /// Its name.
    pub name: String,
    /// Its connector's name.
    #[serde(rename = "type")]
    pub connector: String,
    /// The connector's own settings but secrets, by key, as they are entered on the page.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Secrets, by key. They are never answered. One that is left out stays as it is.
    #[serde(default, skip_serializing)]
    pub secrets: BTreeMap<String, String>,
    /// Whether people are invited.
    #[serde(default)]
    pub send_invitations: bool,
    /// `none`, `department` or `team`.
    #[serde(default)]
    pub group_assignment: Option<String>,
    /// The filter attribute's label; none for the connector's own.
    #[serde(default)]
    pub filter_label: Option<String>,
    /// The values that mean yes; none for the connector's own.
    #[serde(default)]
    pub filter_values: Vec<String>,
    /// The status table: pairs of source status and account status; none for the connector's own.
    #[serde(default)]
    pub statuses: Vec<(String, String)>,
    /// Who gets the summary.
    #[serde(default)]
    pub mail_to: Vec<String>,
    /// The language of mails: `de` or `en`.
    #[serde(default)]
    pub mail_language: Option<String>,
    /// When it is synced by itself.
    #[serde(default)]
    pub schedule: ScheduleView,
}

/// When an integration is synced by itself.
#[derive(Serialize, Deserialize, ToSchema, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ScheduleView {
    /// `off`, `hourly` or `daily`.
    #[serde(default)]
    pub every: Every,
    /// Of a daily one: the time, `HH:MM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Of a daily one: the time zone, such as `Europe/Berlin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// How often.
#[derive(Serialize, Deserialize, ToSchema, Default, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub enum Every {
    /// Never.
    #[default]
    Off,
    /// Once an hour.
    Hourly,
    /// Once a day.
    Daily,
}

impl From<&Schedule> for ScheduleView {
    fn from(schedule: &Schedule) -> Self {
        match schedule {
            Schedule::Off => Self::default(),
            Schedule::Hourly => Self { every: Every::Hourly, ..Self::default() },
            Schedule::Daily { at, zone } => {
                Self { every: Every::Daily, at: Some(at.clone()), zone: Some(zone.clone()) }
            }
        }
    }
}

impl From<ScheduleView> for Schedule {
    fn from(view: ScheduleView) -> Self {
        match view.every {
            Every::Off => Self::Off,
            Every::Hourly => Self::Hourly,
            Every::Daily => Self::Daily { at: view.at.unwrap_or_default(), zone: view.zone.unwrap_or_default() },
        }
    }
}

/// An integration.
#[derive(Serialize, ToSchema)]
pub struct IntegrationView {
    /// Its ID.
    pub id: String,
    /// Its tenant.
    pub tenant: String,
    /// Grows with every change.
    pub version: i64,
    /// What it is set up with; no secret.
    pub form: IntegrationForm,
    /// The secrets that are set, by key, with the time: UTC, RFC 3339.
    pub secrets_set: BTreeMap<String, String>,
    /// Whether its schedule stands still.
    pub paused: bool,
    /// When it is due next: UTC, RFC 3339; none without a schedule.
    pub next_due: Option<String>,
}

/// A run that was asked for.
#[derive(Serialize, ToSchema)]
pub struct Started {
    /// The run's ID.
    pub run: String,
    /// False if this one waited or was at work already: nothing is started twice.
    pub new: bool,
}

/// What a test of a connection found.
#[derive(Serialize, ToSchema)]
pub struct TestView {
    /// Whether it worked.
    pub passed: bool,
    /// Attributes that the credential does not see.
    pub hidden: Vec<String>,
    /// How many people it sees.
    pub people: u64,
    /// How many of them are selected for syncing.
    pub flagged: u64,
    /// Whether everybody was read.
    pub complete: bool,
    /// Why it did not work.
    pub failures: Vec<FailureView>,
}

/// Something that went wrong.
#[derive(Serialize, ToSchema)]
pub struct FailureView {
    /// Which kind: see docs/codes.md.
    pub code: String,
    /// The setting, attribute or field it is about.
    pub subject: Option<String>,
    /// What happened.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl From<&connector_sync::run::Failure> for FailureView {
    fn from(failure: &connector_sync::run::Failure) -> Self {
        Self {
            code: failure.code.clone(),
            subject: failure.subject.clone(),
            message: failure.message.clone(),
            remedy: failure.remedy.clone(),
        }
    }
}

/// A run.
#[derive(Serialize, ToSchema)]
pub struct RunView {
    /// Its ID.
    pub id: String,
    /// Its integration.
    pub integration: String,
    /// `sync`, `preview` or `apply`.
    pub kind: String,
    /// `queued`, `running` or `ended`.
    pub state: String,
    /// How it ended: `done`, `planned`, `needs-approval`, `blocked`, `failed`, `stopped` or `interrupted`.
    pub verdict: Option<String>,
    /// What a person decided about its plan: `approved` or `discarded`.
    pub decided: Option<String>,
    /// The run whose plan it applies.
    pub plan_of: Option<String>,
    /// The plan's hash.
    pub plan_hash: Option<String>,
    /// When it was asked for, began and ended: UTC, RFC 3339.
    pub queued: String,
    /// When it began.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// Where it is: `configure`, `read`, `plan`, `apply` or `done`.
    pub phase: Option<String>,
    /// Pages read.
    pub pages: u64,
    /// Records read.
    pub employees: u64,
    /// What the source says there are.
    pub total: Option<u64>,
    /// Actions planned.
    pub actions: u64,
    /// Actions applied.
    pub applied: u64,
    /// Why it failed or was blocked.
    pub failures: Vec<FailureView>,
}

/// Runs, newest first.
#[derive(Serialize, ToSchema)]
pub struct RunList {
    /// The runs of this page.
    pub runs: Vec<RunView>,
    /// How many there are.
    pub total: u64,
}

/// What a person confirms when they approve a plan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The hash of the plan that they have seen.
    pub plan_hash: String,
}
