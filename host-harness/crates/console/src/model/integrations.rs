//! The list of integrations.

use jiff::Timestamp;

use super::Live;

/// `/integrations`.
#[derive(Clone, Default)]
pub struct IntegrationsPage {
    /// In the order in which they are shown.
    pub rows: Vec<IntegrationRow>,
    /// Whether there is a connector to make one with; if not, the page says whom to ask.
    pub has_connectors: bool,
    /// Where changes are heard of.
    pub live: Option<Live>,
}

/// One integration.
#[derive(Clone, Default)]
pub struct IntegrationRow {
    /// Its ID in paths.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its connector's name.
    pub connector: String,
    /// How it is.
    pub state: IntegrationState,
    /// Its last run, which may be going on.
    pub last_run: Option<LastRun>,
    /// When it is due next.
    pub next_run: Option<Timestamp>,
    /// Its schedule.
    pub schedule: Schedule,
    /// Of a running one, how many people it has read, of how many if that is known.
    pub read: Option<(u64, Option<u64>)>,
}

/// A run to link to.
#[derive(Debug, Clone, Default)]
pub struct LastRun {
    /// Its ID.
    pub id: String,
    /// When it started.
    pub started: Timestamp,
}

/// How an integration is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IntegrationState {
    /// No run yet.
    #[default]
    NeverRun,
    /// A run waits for its turn.
    Queued,
    /// A run is going on.
    Running,
    /// The last run was applied.
    Done,
    /// The last run was a preview.
    Previewed,
    /// A plan waits for a person.
    NeedsApproval,
    /// The plan may not be applied.
    Blocked,
    /// The last run failed.
    Failed,
    /// The last run was interrupted.
    Interrupted,
    /// A person paused it.
    Paused,
    /// Its connector failed too often.
    Quarantined,
    /// The key for its secrets is not there.
    KeyMissing,
    /// Its connector is not there.
    ConnectorMissing,
    /// Its connector's file is another one than before.
    ConnectorChanged,
}

/// When an integration runs by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Schedule {
    /// Never.
    #[default]
    Off,
    /// Once an hour.
    Hourly,
    /// Once a day.
    Daily {
        /// `06:30`.
        time: String,
        /// `Europe/Berlin`.
        zone: String,
    },
}
