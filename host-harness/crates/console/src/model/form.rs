//! The form of an integration, drawn from its connector's manifest.

use connector_settings::{GroupAssignment, Language};
use jiff::Timestamp;

use super::{FieldError, Input, LastRun, Live, Progress, Remark};

/// `/integrations/new` and `/integrations/{id}/edit`.
///
/// Field names: `name`, `type`, the connector's own [`Field::name`]s, `send-invitations` (`true`), `group-assignment`
/// (`none`, `department`, `team`), `filter-label`, `filter-values` (repeated), `status-from` and `status-to` (repeated, in
/// pairs), `mail-to` (repeated), `mail-language` (`de`, `en`), `schedule` (`off`, `hourly`, `daily`), `schedule-time`,
/// `schedule-zone`, `revision`, and `action` (`type`, `test`, `sync`, `preview`, `save`).
#[derive(Clone, Default)]
pub struct FormPage {
    /// The integration's ID; none for a new one.
    pub id: Option<String>,
    /// Its name as it is on file; the delete form asks to type it.
    pub saved_name: String,
    /// What the form was filled from, as a hidden field `revision`, so that two people cannot overwrite each other.
    pub revision: Option<String>,
    /// Name.
    pub name: Input,
    /// Which connector.
    pub connector: Input,
    /// The connectors to choose from.
    pub connectors: Vec<ConnectorOption>,
    /// The connector's own fields.
    pub fields: Vec<Field>,
    /// Whether people are invited.
    pub send_invitations: bool,
    /// What is wrong with that.
    pub send_invitations_error: Option<FieldError>,
    /// Which groups people join.
    pub group_assignment: GroupAssignment,
    /// The filter attribute's label.
    pub filter_label: Input,
    /// The connector's own label, shown where there is none.
    pub filter_label_default: Option<String>,
    /// The values that mean yes.
    pub filter_values: Vec<Input>,
    /// The connector's own values, shown where there are none.
    pub filter_values_default: Vec<String>,
    /// The status table.
    pub statuses: Vec<StatusRow>,
    /// The connector's own table as pairs of source status and account status; shown where there is none.
    pub statuses_default: Vec<(String, String)>,
    /// Who gets the mail.
    pub mail_to: Vec<Input>,
    /// The language of the mail.
    pub mail_language: Language,
    /// When it runs by itself.
    pub schedule: ScheduleForm,
    /// What the test of the connection says.
    pub test: Option<TestPanel>,
    /// What is wrong with the form as a whole, such as that somebody else has changed it.
    pub errors: Vec<FieldError>,
    /// Whether a person paused it.
    pub paused: bool,
    /// Whether its connector failed too often.
    pub quarantined: bool,
    /// A run that is going on: it uses the settings it started with.
    pub running: Option<LastRun>,
    /// What is wrong with the typed confirmation of the delete form.
    pub delete_error: Option<FieldError>,
}

/// A connector to choose.
#[derive(Debug, Clone, Default)]
pub struct ConnectorOption {
    /// The value, as in settings.
    pub value: String,
    /// What is shown.
    pub label: String,
}

/// One of the connector's own settings.
#[derive(Clone, Default)]
pub struct Field {
    /// The input's name, such as `setting.client-id`.
    pub name: String,
    /// What it is called, in the reader's language.
    pub label: String,
    /// What to enter, in the reader's language; may be empty.
    pub help: String,
    /// What kind of value.
    pub kind: FieldKind,
    /// The value; of a flag `true` or `false`; of a secret always empty.
    pub value: String,
    /// The values to choose from.
    pub options: Vec<FieldOption>,
    /// Whether it must be there.
    pub required: bool,
    /// The value if there is none.
    pub default: Option<String>,
    /// What is wrong with it.
    pub error: Option<FieldError>,
    /// When the secret was set; none if it is not.
    pub secret_set_on: Option<Timestamp>,
}

/// Kinds of values, as in the manifest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// A line of text.
    #[default]
    Text,
    /// A secret: never sent back.
    Secret,
    /// Scheme, host and port.
    Origin,
    /// An absolute URL.
    Url,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// One of the options.
    Choice,
}

/// A value to choose.
#[derive(Debug, Clone, Default)]
pub struct FieldOption {
    /// The value.
    pub value: String,
    /// What it is called, in the reader's language.
    pub label: String,
}

/// A row of the status table.
#[derive(Clone, Default)]
pub struct StatusRow {
    /// The source's status.
    pub source: Input,
    /// The account's: `preboarding`, `active`, `absent`, `inactive`, or nothing.
    pub account: String,
    /// What is wrong with that.
    pub account_error: Option<FieldError>,
}

/// The schedule's inputs.
#[derive(Clone, Default)]
pub struct ScheduleForm {
    /// `off`, `hourly` or `daily`.
    pub kind: String,
    /// `06:30`.
    pub time: Input,
    /// `Europe/Berlin`.
    pub zone: Input,
    /// Zones to suggest.
    pub zones: Vec<String>,
}

/// What the test of the connection says.
#[derive(Clone)]
pub enum TestPanel {
    /// It is going on.
    Running {
        /// Its run.
        run: String,
        /// Where it is.
        progress: Progress,
        /// How the panel follows it.
        live: Live,
    },
    /// It worked.
    Passed(Box<TestResult>),
    /// It did not.
    Failed {
        /// Its run, if there was one.
        run: Option<String>,
        /// Why, and what to do.
        failures: Vec<Remark>,
    },
}

/// What a test found.
#[derive(Clone, Default)]
pub struct TestResult {
    /// Its run, if there was one.
    pub run: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What the credential may read.
    pub attributes: Vec<TestAttribute>,
    /// How many people it sees.
    pub people: u64,
    /// How many of them are selected for syncing.
    pub flagged: u64,
    /// Whether everybody was read.
    pub complete: bool,
    /// What else to know.
    pub notices: Vec<Remark>,
}

/// One attribute of a test.
#[derive(Debug, Clone, Default)]
pub struct TestAttribute {
    /// The contract's name.
    pub field: String,
    /// The source's own name.
    pub source: String,
    /// Whether nothing works without it.
    pub required: bool,
    /// Whether the credential sees it.
    pub visibility: Visibility,
}

/// Whether a credential sees an attribute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Visibility {
    /// It does.
    #[default]
    Readable,
    /// It does not.
    Hidden,
    /// Nobody was read, so nobody knows.
    Unknown,
}
