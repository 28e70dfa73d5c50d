//! The settings that every source has: who is synced (rule S1), what a status means (rule S8), who is invited (rule S16) and
//! joins which groups (rule S15). Checked one by one, with the defaults of the sync rules filled in.

use crate::bindings::elearnio::connector::types::{AccountStatus, Field, Problem};
use crate::bindings::exports::elearnio::connector::connector::{GroupAssignment, Settings};
use crate::codes;
use crate::key;
use crate::names::status_named;
use crate::problem::problem;
use connector_common::defaults::{FILTER_LABEL, FILTER_VALUES, STATUSES};
use connector_common::text::{is_damaged, trimmed};

/// A flag can be a truth value or a number; with `true` as the tenant's yes, `false` is a no like any other.
const NEGATIVES: [&str; 4] = ["nein", "no", "false", "0"];

/// What the rules need of the settings.
#[derive(Debug, Clone)]
pub struct CommonSettings {
    /// The filter attribute's label, as written.
    pub filter_label: String,
    /// Keys of the values that mean yes (rule S1).
    pub accepted: Vec<String>,
    /// Source values by key, and what they mean (rule S8).
    pub statuses: Vec<(String, AccountStatus)>,
    /// Rules S16 and S15.
    pub options: PlanOptions,
}

/// What planning needs of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanOptions {
    /// Rule S16.
    pub send_invitations: bool,
    /// Rule S15: which attribute names the groups; none for no groups.
    pub groups: Option<GroupBy>,
}

/// The attributes that can name groups (rule S15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupBy {
    /// The department's name.
    Department,
    /// The team's name.
    Team,
}

impl GroupBy {
    /// The contract's name for it.
    #[must_use]
    pub const fn field(self) -> Field {
        match self {
            Self::Department => Field::Department,
            Self::Team => Field::Team,
        }
    }
}

/// What the filter attribute says (rule S1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// One of the accepted values.
    Yes,
    /// Empty, or a known no.
    No,
    /// Neither.
    Unknown,
}

impl CommonSettings {
    /// Checks the settings; what is wrong is added to `problems`, all of it.
    pub fn check(settings: &Settings, problems: &mut Vec<Problem>) -> Self {
        if trimmed(&settings.name).is_empty() {
            problems.push(missing("name"));
        }
        let groups = groups(&settings.group_assignment, problems);
        Self {
            filter_label: filter_label(settings, problems),
            accepted: accepted(&settings.filter.values, problems),
            statuses: statuses(settings, problems),
            options: PlanOptions { send_invitations: settings.send_invitations, groups },
        }
    }

    /// Judges a value of the filter attribute (rule S1).
    #[must_use]
    pub fn flag(&self, value: &str) -> Flag {
        let value = key(value);
        if self.accepted.iter().any(|accepted| *accepted == value) {
            Flag::Yes
        } else if value.is_empty() || NEGATIVES.contains(&value.as_ref()) {
            Flag::No
        } else {
            Flag::Unknown
        }
    }

    /// Looks a source status up in the table (rule S8).
    #[must_use]
    pub fn status(&self, value: &str) -> Option<&AccountStatus> {
        let value = key(value);
        self.statuses.iter().find(|(source, _)| *source == value).map(|(_, status)| status)
    }
}

fn groups(assignment: &GroupAssignment, problems: &mut Vec<Problem>) -> Option<GroupBy> {
    match assignment {
        GroupAssignment::None => None,
        GroupAssignment::Department => Some(GroupBy::Department),
        GroupAssignment::Team => Some(GroupBy::Team),
        GroupAssignment::Other(_) => {
            problems.push(invalid(
                "group-assignment",
                "The group assignment is not one this connector knows.",
                "Choose none, department or team.",
            ));
            None
        }
    }
}

fn filter_label(settings: &Settings, problems: &mut Vec<Problem>) -> String {
    let label = trimmed(settings.filter.label.as_deref().unwrap_or(FILTER_LABEL));
    if label.is_empty() {
        problems.push(missing("filter-label"));
    } else if is_damaged(label) {
        problems.push(damaged("filter-label"));
    }
    label.to_owned()
}

fn accepted(values: &[String], problems: &mut Vec<Problem>) -> Vec<String> {
    if values.is_empty() {
        return FILTER_VALUES.map(str::to_owned).to_vec();
    }
    let accepted: Vec<_> = values.iter().map(|value| key(value).into_owned()).collect();
    if accepted.iter().any(String::is_empty) {
        problems.push(invalid(
            "filter-values",
            "An empty value would mean everybody who is not flagged.",
            "Remove the empty value.",
        ));
    }
    if accepted.iter().any(|value| is_damaged(value)) {
        problems.push(damaged("filter-values"));
    }
    accepted
}

fn statuses(settings: &Settings, problems: &mut Vec<Problem>) -> Vec<(String, AccountStatus)> {
    if settings.statuses.is_empty() {
        let row = |(source, account): (&str, &str)| Some((source.to_owned(), status_named(account)?));
        return STATUSES.into_iter().filter_map(row).collect();
    }
    let mut rows: Vec<(String, AccountStatus)> = Vec::with_capacity(settings.statuses.len());
    for row in &settings.statuses {
        let source = key(&row.source).into_owned();
        if matches!(row.account, AccountStatus::Other(_)) || source.is_empty() || is_damaged(&source) {
            problems.push(invalid(
                "statuses",
                &format!("The row for `{}` cannot be used.", row.source.trim()),
                "Map a source status to preboarding, active, absent or inactive.",
            ));
        } else if rows.iter().any(|(known, _)| *known == source) {
            problems.push(invalid(
                "statuses",
                &format!("`{}` stands twice.", row.source.trim()),
                "Keep one row for each source status.",
            ));
        } else {
            rows.push((source, row.account.clone()));
        }
    }
    rows
}

fn damaged(setting: &str) -> Problem {
    invalid(setting, "The value holds a character that could not be read.", "Enter the value again.")
}

/// A setting that has to be there.
#[must_use]
pub fn missing(setting: &str) -> Problem {
    problem(codes::SETTING_MISSING, Some(setting), &format!("The setting {setting} is empty."), "Fill it in.")
}

/// A setting that cannot be used.
#[must_use]
pub fn invalid(setting: &str, message: &str, remedy: &str) -> Problem {
    problem(codes::SETTING_INVALID, Some(setting), message, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(label: Option<&str>, values: &[&str]) -> (CommonSettings, Vec<String>) {
        let filter = crate::bindings::exports::elearnio::connector::connector::Filter {
            label: label.map(str::to_owned),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let given = Settings {
            name: "n".to_owned(),
            send_invitations: false,
            group_assignment: GroupAssignment::None,
            filter,
            statuses: Vec::new(),
            values: Vec::new(),
        };
        let mut problems = Vec::new();
        let common = CommonSettings::check(&given, &mut problems);
        (common, problems.into_iter().filter_map(|problem| problem.subject).collect())
    }

    #[test]
    fn s01_yes_no_and_neither_are_told_apart_in_any_spelling() {
        let (common, problems) = settings(None, &[]);
        assert_eq!((common.filter_label.as_str(), problems), ("elearnio Sync", Vec::new()));
        for (value, flag) in [
            ("ja", Flag::Yes),
            (" YES ", Flag::Yes),
            ("ja\u{200b}", Flag::Yes),
            ("j\u{ad}a", Flag::Yes),
            ("nein", Flag::No),
            ("No", Flag::No),
            ("false", Flag::No),
            ("FALSE", Flag::No),
            ("0", Flag::No),
            ("", Flag::No),
            ("\u{200b}", Flag::No),
            ("true", Flag::Unknown),
            ("1", Flag::Unknown),
            ("ja, gern", Flag::Unknown),
        ] {
            assert_eq!(common.flag(value), flag, "{value:?}");
        }
    }

    #[test]
    fn s01_a_no_that_the_tenant_accepts_is_a_yes() {
        let (common, _) = settings(None, &["true", "0"]);
        for (value, flag) in [("True", Flag::Yes), ("0", Flag::Yes), ("false", Flag::No), ("ja", Flag::Unknown)] {
            assert_eq!(common.flag(value), flag, "{value}");
        }
    }

    #[test]
    fn s01_a_filter_that_nobody_could_read_is_named() {
        for (label, values, subject) in [
            (Some(" "), &[][..], "filter-label"),
            (Some("\u{200b}"), &[], "filter-label"),
            (Some("elearnio S\u{fffd}nc"), &[], "filter-label"),
            (None, &["ja", "\u{200b}"], "filter-values"),
            (None, &["j\u{fffd}"], "filter-values"),
        ] {
            assert_eq!(settings(label, values).1, [subject], "{label:?} {values:?}");
        }
        assert_eq!(settings(Some("\u{feff}elearnio Sync"), &["ja"]).0.filter_label, "elearnio Sync");
    }
}
