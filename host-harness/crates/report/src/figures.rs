//! The words for a run's figures, which a mail and a page show alike.

use connector_settings::Language;

/// What each of the contract's `counts` is called, in their order.
#[must_use]
pub const fn labels(language: Language) -> [&'static str; 11] {
    match language {
        Language::De => [
            "Gelesene Personen",
            "Neu angelegt",
            "Mit Konto verknüpft",
            "Aktualisiert",
            "Unverändert",
            "Ausgelassen",
            "Nicht verwendbar",
            "Konflikte",
            "Geänderte Vorgesetzte",
            "Neue Gruppenmitgliedschaften",
            "Einladungen",
        ],
        Language::En => [
            "People read",
            "Created",
            "Linked to an account",
            "Updated",
            "Unchanged",
            "Left out",
            "Not usable",
            "Conflicts",
            "Supervisors changed",
            "Group memberships added",
            "Invitations",
        ],
    }
}

/// Why some were left out, in a few words; none for a code that has none.
#[must_use]
pub fn exclusion(code: &str, language: Language) -> Option<&'static str> {
    let (german, english) = match code {
        "not-flagged" => ("nicht ausgewählt", "not selected"),
        "unknown-flag-value" => ("unbekannter Wert im Filterattribut", "unknown value in the filter attribute"),
        "flag-unusable" => ("Filterattribut nicht lesbar", "filter attribute not readable"),
        "employee-superseded" => ("unter früherer ID", "under an earlier ID"),
        _ => return None,
    };
    Some(match language {
        Language::De => german,
        Language::En => english,
    })
}
