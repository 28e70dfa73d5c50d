//! What states are called, and their colours.

use maud::Markup;

use crate::model::{IntegrationState, RunKind, RunState, Schedule, Shell, Tone, Trigger};
use crate::ui::parts::badge;

impl RunState {
    /// The word in queries and in the words' file.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Done => "done",
            Self::Planned => "planned",
            Self::NeedsApproval => "needs-approval",
            Self::Approved => "approved",
            Self::Discarded => "discarded",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// Its colour.
    pub(crate) const fn tone(self) -> Tone {
        match self {
            Self::Queued | Self::Running | Self::Cancelling => Tone::Active,
            Self::Done | Self::Planned | Self::Approved => Tone::Good,
            Self::Cancelled | Self::Discarded => Tone::Neutral,
            Self::NeedsApproval | Self::Interrupted => Tone::Attention,
            Self::Blocked | Self::Failed => Tone::Bad,
        }
    }

    /// True if it is not over.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Cancelling)
    }
}

/// The states that a list of runs can be filtered by.
pub(super) const FILTER: [RunState; 10] = [
    RunState::Running,
    RunState::Done,
    RunState::Planned,
    RunState::NeedsApproval,
    RunState::Approved,
    RunState::Discarded,
    RunState::Blocked,
    RunState::Failed,
    RunState::Cancelled,
    RunState::Interrupted,
];

/// How a run is, in a word.
pub(super) fn run_badge(shell: &Shell, state: RunState) -> Markup {
    badge(state.tone(), shell.say(&format!("run-state.{}", state.key())))
}

/// What a run is to do, in a word.
pub(super) fn kind(shell: &Shell, kind: RunKind) -> &'static str {
    shell.say(match kind {
        RunKind::Sync => "run-kind.sync",
        RunKind::Preview => "run-kind.preview",
        RunKind::Test => "run-kind.test",
        RunKind::Explain => "run-kind.explain",
    })
}

/// Who or what started a run.
pub(super) fn trigger(shell: &Shell, trigger: &Trigger) -> String {
    match trigger {
        Trigger::Schedule => shell.say("trigger.schedule").to_owned(),
        Trigger::User(email) => email.clone(),
        Trigger::Token(name) => shell.tell("trigger.token", &[("name", name)]),
        Trigger::Approval(email, _) => shell.tell("trigger.approval", &[("name", email)]),
        Trigger::Restart => shell.say("trigger.restart").to_owned(),
    }
}

/// How an integration is, in a word.
pub(super) fn integration_badge(shell: &Shell, state: IntegrationState) -> Markup {
    let (key, tone) = integration(state);
    badge(tone, shell.say(&format!("integration-state.{key}")))
}

/// The word and the colour of an integration's state.
pub(super) const fn integration(state: IntegrationState) -> (&'static str, Tone) {
    match state {
        IntegrationState::NeverRun => ("never-run", Tone::Neutral),
        IntegrationState::Queued => ("queued", Tone::Active),
        IntegrationState::Running => ("running", Tone::Active),
        IntegrationState::Done => ("done", Tone::Good),
        IntegrationState::Previewed => ("previewed", Tone::Good),
        IntegrationState::NeedsApproval => ("needs-approval", Tone::Attention),
        IntegrationState::Blocked => ("blocked", Tone::Bad),
        IntegrationState::Failed => ("failed", Tone::Bad),
        IntegrationState::Interrupted => ("interrupted", Tone::Attention),
        IntegrationState::Paused => ("paused", Tone::Neutral),
        IntegrationState::Quarantined => ("quarantined", Tone::Bad),
        IntegrationState::KeyMissing => ("key-missing", Tone::Bad),
        IntegrationState::ConnectorMissing => ("connector-missing", Tone::Bad),
        IntegrationState::ConnectorChanged => ("connector-changed", Tone::Bad),
    }
}

/// A schedule in words.
pub(super) fn schedule(shell: &Shell, schedule: &Schedule) -> String {
    match schedule {
        Schedule::Off => shell.say("schedule.off-short").to_owned(),
        Schedule::Hourly => shell.say("schedule.hourly").to_owned(),
        Schedule::Daily { time, zone } => shell.tell("schedule.daily-at", &[("time", time), ("zone", zone)]),
    }
}
