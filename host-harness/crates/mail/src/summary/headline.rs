//! How a run ended, in a word or two and in a sentence.

use connector_settings::Language;
use connector_sync::run::{RunReport, RunVerdict};

/// True if no guard holds the plan back and it is only the given approval that does not fit.
fn is_misapproved(report: &RunReport) -> bool {
    report.verdict == RunVerdict::NeedsApproval && report.guards().is_empty()
}

/// The verdict in a word or two, as label and in the subject.
pub(super) fn verdict(report: &RunReport, language: Language) -> &'static str {
    match (language, report.verdict) {
        (Language::De, RunVerdict::Done) => "Synchronisierung abgeschlossen",
        (Language::De, RunVerdict::Planned) => "Probelauf",
        (Language::De, RunVerdict::NeedsApproval) if is_misapproved(report) => "Synchronisierung angehalten",
        (Language::De, RunVerdict::NeedsApproval) => "Synchronisierung wartet auf Freigabe",
        (Language::De, RunVerdict::Blocked) => "Synchronisierung angehalten",
        (Language::De, RunVerdict::Failed) => "Synchronisierung fehlgeschlagen",
        (Language::En, RunVerdict::Done) => "Sync completed",
        (Language::En, RunVerdict::Planned) => "Dry run",
        (Language::En, RunVerdict::NeedsApproval) if is_misapproved(report) => "Sync stopped",
        (Language::En, RunVerdict::NeedsApproval) => "Sync waits for approval",
        (Language::En, RunVerdict::Blocked) => "Sync blocked",
        (Language::En, RunVerdict::Failed) => "Sync failed",
    }
}

/// How a run that was applied turned out; the headline depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    NothingToChange,
    AllCurrent,
    Incomplete,
    WithErrors,
}

/// The headline.
pub(super) fn headline(report: &RunReport, applied: Applied, language: Language) -> &'static str {
    match (language, report.verdict, applied) {
        (Language::De, RunVerdict::Done, Applied::NothingToChange) => "Es gab nichts zu ändern",
        (Language::De, RunVerdict::Done, Applied::AllCurrent) => "Alle Konten sind auf dem neuesten Stand",
        (Language::De, RunVerdict::Done, Applied::Incomplete) => "Synchronisiert, aber nicht vollständig gelesen",
        (Language::De, RunVerdict::Done, Applied::WithErrors) => "Synchronisiert, einige Fälle sind noch offen",
        (Language::De, RunVerdict::Planned, _) => "Das würde die Synchronisierung ändern",
        (Language::De, RunVerdict::NeedsApproval, _) if is_misapproved(report) => "Es wurde nichts geändert",
        (Language::De, RunVerdict::NeedsApproval, _) => "Ungewöhnlich viele Änderungen: bitte prüfen",
        (Language::De, RunVerdict::Blocked | RunVerdict::Failed, _) => "Es wurde nichts geändert",
        (Language::En, RunVerdict::Done, Applied::NothingToChange) => "There was nothing to change",
        (Language::En, RunVerdict::Done, Applied::AllCurrent) => "All accounts are up to date",
        (Language::En, RunVerdict::Done, Applied::Incomplete) => "Synced, but not read completely",
        (Language::En, RunVerdict::Done, Applied::WithErrors) => "Synced, some cases are still open",
        (Language::En, RunVerdict::Planned, _) => "This is what the sync would change",
        (Language::En, RunVerdict::NeedsApproval, _) if is_misapproved(report) => "Nothing was changed",
        (Language::En, RunVerdict::NeedsApproval, _) => "Unusually many changes: please check",
        (Language::En, RunVerdict::Blocked | RunVerdict::Failed, _) => "Nothing was changed",
    }
}
