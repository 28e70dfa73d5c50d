//! Names for employee IDs.

use std::collections::BTreeSet;

use super::model::List;
use connector_host::one_line::one_line;
use connector_sync::run::RunReport;

/// One person, on one line; a number alone would not say what it is.
pub(super) fn person(report: &RunReport, employee: &str) -> String {
    let name = one_line(&report.display_name(employee));
    if report.names.contains_key(employee) { name } else { format!("ID {name}") }
}

/// People by name as a directory sorts them, each once, capped.
pub(super) fn people<'a>(report: &RunReport, employees: impl IntoIterator<Item = &'a String>) -> List {
    let names: BTreeSet<(String, String)> = employees
        .into_iter()
        .map(|employee| person(report, employee))
        .map(|name| (name.chars().flat_map(char::to_lowercase).map(base).collect(), name))
        .collect();
    List::capped(names.into_iter().map(|(_, name)| name).collect())
}

/// The letter a German directory sorts this one by (DIN 5007-1).
const fn base(letter: char) -> char {
    match letter {
        'ä' => 'a',
        'ö' => 'o',
        'ü' => 'u',
        'ß' => 's',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_sync::samples;

    #[test]
    fn umlauts_stand_where_a_reader_looks_for_them() {
        let ids = ["4713", "4712", "4711", "4711", "9"].map(String::from);
        let names = people(&samples::all_well(), &ids).shown;
        assert_eq!(names, ["Anna Schmidt (4711)", "ID 9", "Ömer Yıldız (4712)", "Zoë Groß (4713)"]);
    }
}
