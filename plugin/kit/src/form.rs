//! The part of a tenant's form that is about people, whatever the source: who is synced (rule S1), what a status means
//! (rule S8), who is invited (rule S16) and joins which groups (rule S15). Checked field by field, with the defaults of the
//! sync rules filled in.

use crate::bindings::elearnio::connector::types::{AccountStatus, Field, Problem};
use crate::bindings::exports::elearnio::connector::connector::{GroupAssignment, Settings};
use crate::codes;
use crate::key::key;
use crate::problem::problem;

const FILTER_VALUES: [&str; 2] = ["ja", "yes"];
const NEGATIVES: [&str; 2] = ["nein", "no"];
const STATUSES: [(&str, AccountStatus); 4] = [
    ("onboarding", AccountStatus::Preboarding),
    ("active", AccountStatus::Active),
    ("leave", AccountStatus::Absent),
    ("inactive", AccountStatus::Inactive),
];

/// What the rules need of the form.
#[derive(Debug, Clone)]
pub struct Form {
    /// Keys of the values that mean yes (rule S1).
    pub accepted: Vec<String>,
    /// Source values by key, and what they mean (rule S8).
    pub statuses: Vec<(String, AccountStatus)>,
    /// Rules S16 and S15.
    pub options: PlanOptions,
}

/// What planning needs of the form.
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

impl Form {
    /// Checks the form; what is wrong is added to `problems`, all of it.
    pub fn check(settings: &Settings, problems: &mut Vec<Problem>) -> Self {
        for (name, value) in [("name", &settings.name), ("client-id", &settings.client_id)] {
            if value.trim().is_empty() {
                problems.push(missing(name));
            }
        }
        let groups = groups(&settings.group_assignment, problems);
        Self {
            accepted: accepted(&settings.filter_values, problems),
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
    accepted
}

fn statuses(settings: &Settings, problems: &mut Vec<Problem>) -> Vec<(String, AccountStatus)> {
    if settings.statuses.is_empty() {
        return STATUSES.map(|(source, account)| (source.to_owned(), account)).to_vec();
    }
    let mut rows: Vec<(String, AccountStatus)> = Vec::with_capacity(settings.statuses.len());
    for row in &settings.statuses {
        let source = key(&row.source).into_owned();
        if matches!(row.account, AccountStatus::Other(_)) || source.is_empty() {
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

/// The source's origin without a slash at the end: the form's, or else the connector's own if it has one.
pub fn endpoint(settings: &Settings, own: Option<&str>, problems: &mut Vec<Problem>) -> String {
    let Some(endpoint) = settings.endpoint.as_deref().or(own) else {
        problems.push(missing("endpoint"));
        return String::new();
    };
    let endpoint = endpoint.trim().trim_end_matches('/');
    if !is_origin(endpoint) {
        let example = own.unwrap_or("https://hr.example");
        let remedy = format!("Write scheme and host alone, such as {example}.");
        problems.push(invalid("endpoint", "The endpoint is not an origin.", &remedy));
    }
    endpoint.to_owned()
}

/// A cheap check for people's mistakes; the host's policy is what keeps requests in.
fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
    })
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
