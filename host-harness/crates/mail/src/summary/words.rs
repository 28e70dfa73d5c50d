//! The summary's own words. What a code means is the catalogue's to say.

use jiff::Timestamp;

use connector_report::catalogue::number;
use connector_settings::Language;
use connector_sync::run::ReadSummary;

/// Fixed phrases.
pub(super) struct Words {
    pub to_do: &'static str,
    pub nothing_to_do: &'static str,
    pub figures: &'static str,
    pub figures_planned: &'static str,
    pub conflicts: &'static str,
    pub rejections: &'static str,
    pub steps: &'static str,
    pub notices: &'static str,
    pub groups: &'static str,
    pub invitations: &'static str,
    pub remedy: &'static str,
    pub people: &'static str,
    pub technical: &'static str,
    pub approve: &'static str,
    pub approve_on_page: &'static str,
    pub open: &'static str,
    pub run: &'static str,
    pub started: &'static str,
    pub read: &'static str,
    pub plan: &'static str,
}

const DE: Words = Words {
    to_do: "Was jetzt zu tun ist",
    nothing_to_do: "Sie müssen nichts tun.",
    figures: "In Zahlen",
    figures_planned: "In Zahlen (geplant, nichts wurde geschrieben)",
    conflicts: "Konflikte",
    rejections: "Nicht verwendbare Datensätze",
    steps: "Nicht ausgeführte Schritte",
    notices: "Hinweise",
    groups: "Gruppen",
    invitations: "Einladungen",
    remedy: "Was zu tun ist:",
    people: "Betroffen:",
    technical: "Technische Angabe:",
    approve: "Einverstanden? Dann starten Sie denselben Befehl noch einmal mit diesem Zusatz. Die Freigabe gilt einmal und nur \
              für genau diesen Plan.",
    approve_on_page: "Einverstanden? Dann geben Sie den Plan auf der Seite dieses Laufs frei. Dort können Sie ihn auch verwerfen.",
    open: "Lauf öffnen",
    run: "Lauf",
    started: "Gestartet",
    read: "Gelesen",
    plan: "Plan",
};

const EN: Words = Words {
    to_do: "What to do now",
    nothing_to_do: "There is nothing you need to do.",
    figures: "In figures",
    figures_planned: "In figures (planned only, nothing was written)",
    conflicts: "Conflicts",
    rejections: "Records that cannot be used",
    steps: "Steps that were not carried out",
    notices: "Notices",
    groups: "Groups",
    invitations: "Invitations",
    remedy: "What to do:",
    people: "Concerned:",
    technical: "Technical detail:",
    approve_on_page: "If you agree, approve the plan on this run's page. You can discard it there, too.",
    open: "Open the run",
    approve: "If you agree, run the same command again with this option. The approval counts once, and only for this plan.",
    run: "Run",
    started: "Started",
    read: "Read",
    plan: "Plan",
};

/// The phrases of a language.
pub(super) const fn words(language: Language) -> &'static Words {
    match language {
        Language::De => &DE,
        Language::En => &EN,
    }
}

/// What is to be counted.
#[derive(Clone, Copy)]
pub(super) enum Thing {
    Error,
    Notice,
    SolveConflict,
    MendRecord,
    RetryStep,
    ReadNotice,
    Invited,
    ToInvite,
    More,
}

/// A number and its noun, or the task that goes with it.
pub(super) fn counted(thing: Thing, count: u64, language: Language) -> String {
    let n = number(count, language);
    let one = count == 1;
    let pick = |single: &str, many: String| if one { single.to_owned() } else { many };
    match (language, thing) {
        (Language::De, Thing::Error) => format!("{n} Fehler"),
        (Language::De, Thing::Notice) => pick("1 Hinweis", format!("{n} Hinweise")),
        (Language::De, Thing::SolveConflict) => {
            pick("Lösen Sie einen Konflikt (siehe unten).", format!("Lösen Sie {n} Konflikte (siehe unten)."))
        }
        (Language::De, Thing::MendRecord) => pick(
            "Berichtigen Sie einen Datensatz im Personalsystem (siehe unten).",
            format!("Berichtigen Sie {n} Datensätze im Personalsystem (siehe unten)."),
        ),
        (Language::De, Thing::RetryStep) => pick(
            "Sehen Sie sich einen Schritt an, der nicht möglich war (siehe unten).",
            format!("Sehen Sie sich {n} Schritte an, die nicht möglich waren (siehe unten)."),
        ),
        (Language::De, Thing::ReadNotice) => pick(
            "Nichts Dringendes. Sehen Sie sich bei Gelegenheit den Hinweis unten an.",
            format!("Nichts Dringendes. Sehen Sie sich bei Gelegenheit die {n} Hinweise unten an."),
        ),
        (Language::De, Thing::Invited) => {
            pick("Eine Person wurde eingeladen.", format!("{n} Personen wurden eingeladen."))
        }
        (Language::De, Thing::ToInvite) => {
            pick("Eine Person würde eingeladen.", format!("{n} Personen würden eingeladen."))
        }
        (Language::De, Thing::More) => format!("und {n} weitere"),
        (Language::En, Thing::Error) => pick("1 error", format!("{n} errors")),
        (Language::En, Thing::Notice) => pick("1 notice", format!("{n} notices")),
        (Language::En, Thing::SolveConflict) => {
            pick("Resolve one conflict (see below).", format!("Resolve {n} conflicts (see below)."))
        }
        (Language::En, Thing::MendRecord) => pick(
            "Correct one record in the HR system (see below).",
            format!("Correct {n} records in the HR system (see below)."),
        ),
        (Language::En, Thing::RetryStep) => pick(
            "Look at one step that was not possible (see below).",
            format!("Look at {n} steps that were not possible (see below)."),
        ),
        (Language::En, Thing::ReadNotice) => pick(
            "Nothing urgent. Look at the notice below when you have time.",
            format!("Nothing urgent. Look at the {n} notices below when you have time."),
        ),
        (Language::En, Thing::Invited) => pick("One person was invited.", format!("{n} people were invited.")),
        (Language::En, Thing::ToInvite) => {
            pick("One person would be invited.", format!("{n} people would be invited."))
        }
        (Language::En, Thing::More) => format!("and {n} more"),
    }
}

/// A figure of which less was done than was planned.
pub(super) fn done_of_planned(done: u64, planned: u64, language: Language) -> String {
    let [done, planned] = [done, planned].map(|n| number(n, language));
    match language {
        Language::De => format!("{done} von {planned} geplant"),
        Language::En => format!("{done} of {planned} planned"),
    }
}

/// A guard's figures.
pub(super) fn guard(limit: u64, actual: u64, language: Language) -> String {
    let [limit, actual] = [limit, actual].map(|n| number(n, language));
    match language {
        Language::De => format!("Ohne Rückfrage erlaubt: {limit}. In diesem Plan: {actual}."),
        Language::En => format!("Allowed without approval: {limit}. In this plan: {actual}."),
    }
}

/// How much was read, and whether it was all (rule S17).
pub(super) fn completeness(read: &ReadSummary, language: Language) -> String {
    let [employees, pages] = [read.employees, read.pages].map(|n| number(n, language));
    let total = read.total.map(|n| number(n, language));
    match (language, read.complete) {
        (Language::De, _) if read.pages == 0 => "nichts".to_owned(),
        (Language::En, _) if read.pages == 0 => "nothing".to_owned(),
        (Language::De, complete) => {
            let records =
                total.map_or_else(|| format!("{employees} Datensätze"), |n| format!("{employees} von {n} Datensätzen"));
            let pages = if read.pages == 1 { "1 Seite".to_owned() } else { format!("{pages} Seiten") };
            format!("{records}, {pages}, {}", if complete { "vollständig" } else { "nicht vollständig" })
        }
        (Language::En, complete) => {
            let records =
                total.map_or_else(|| format!("{employees} records"), |n| format!("{employees} of {n} records"));
            let pages = if read.pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") };
            format!("{records}, {pages}, {}", if complete { "complete" } else { "not complete" })
        }
    }
}

/// An attribute's name for a reader, from the contract's name; an unknown one is shown as it is.
pub(super) fn attribute(name: &str, language: Language) -> &str {
    let (german, english) = match name {
        "id" => ("ID", "ID"),
        "email" => ("E-Mail", "e-mail"),
        "first-name" => ("Vorname", "first name"),
        "last-name" => ("Nachname", "last name"),
        "status" => ("Status", "status"),
        "gender" => ("Geschlecht", "gender"),
        "position" => ("Position", "position"),
        "department" => ("Abteilung", "department"),
        "location" => ("Standort", "location"),
        "team" => ("Team", "team"),
        "supervisor" => ("Vorgesetzte Person", "supervisor"),
        "flag" => ("Filterattribut", "filter attribute"),
        other => (other, other),
    };
    match language {
        Language::De => german,
        Language::En => english,
    }
}

/// The day, in UTC.
pub(super) fn date(at: Timestamp, language: Language) -> String {
    let format = match language {
        Language::De => "%d.%m.%Y",
        Language::En => "%-d %b %Y",
    };
    at.strftime(format).to_string()
}

/// Day and time, in UTC.
pub(super) fn date_time(at: Timestamp, language: Language) -> String {
    format!("{}, {} UTC", date(at, language), at.strftime("%H:%M"))
}

/// `on` in front of a date.
pub(super) const fn on(language: Language) -> &'static str {
    match language {
        Language::De => "am",
        Language::En => "on",
    }
}
