//! The tenant's form, checked field by field, with the defaults of the sync rules filled in.

use crate::attributes::Attribute;
use crate::bindings::elearnio::connector::types::{AccountStatus, Problem};
use crate::bindings::exports::elearnio::connector::connector::{GroupAssignment, Settings};
use crate::codes;
use crate::key::key;
use crate::problem::problem;

/// Personio's API, the one origin the manifest names.
pub const ENDPOINT: &str = "https://api.personio.de";

const FILTER_LABEL: &str = "elearnio Sync";
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
pub struct Config {
    /// The source's origin, without a slash at the end.
    pub endpoint: String,
    /// The filter attribute's label, as written.
    pub filter_label: String,
    /// Keys of the values that mean yes (rule S1).
    pub accepted: Vec<String>,
    /// Source values by key, and what they mean (rule S8).
    pub statuses: Vec<(String, AccountStatus)>,
    /// Rules S16 and S15.
    pub options: PlanOptions,
    /// `X-Personio-Partner-ID` and `X-Personio-App-ID`.
    pub headers: Vec<(&'static str, String)>,
}

/// What planning needs of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanOptions {
    /// Rule S16.
    pub send_invitations: bool,
    /// Rule S15: which attribute names the groups; none for no groups.
    pub groups: Option<Attribute>,
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

impl Config {
    /// Checks the form.
    ///
    /// # Errors
    /// Every field that is wrong, not just the first.
    pub fn check(settings: &Settings) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        for (name, value) in [("name", &settings.name), ("client-id", &settings.client_id)] {
            if value.trim().is_empty() {
                problems.push(missing(name));
            }
        }
        let endpoint = settings.endpoint.as_deref().unwrap_or(ENDPOINT).trim().trim_end_matches('/');
        if !is_origin(endpoint) {
            problems.push(invalid(
                "endpoint",
                "The endpoint is not an origin.",
                "Write scheme and host alone, such as https://api.personio.de.",
            ));
        }
        let filter_label = settings.filter_label.as_deref().unwrap_or(FILTER_LABEL).trim();
        if filter_label.is_empty() {
            problems.push(missing("filter-label"));
        }
        let groups = match &settings.group_assignment {
            GroupAssignment::None => None,
            GroupAssignment::Department => Some(Attribute::Department),
            GroupAssignment::Team => Some(Attribute::Team),
            GroupAssignment::Other(_) => {
                problems.push(invalid(
                    "group-assignment",
                    "The group assignment is not one this connector knows.",
                    "Choose none, department or team.",
                ));
                None
            }
        };
        let accepted = accepted(&settings.filter_values, &mut problems);
        let statuses = statuses(settings, &mut problems);
        let headers = headers(settings, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            endpoint: endpoint.to_owned(),
            filter_label: filter_label.to_owned(),
            accepted,
            statuses,
            options: PlanOptions { send_invitations: settings.send_invitations, groups },
            headers,
        })
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

fn headers(settings: &Settings, problems: &mut Vec<Problem>) -> Vec<(&'static str, String)> {
    let fields = [
        ("partner-id", "X-Personio-Partner-ID", &settings.partner_id),
        ("app-id", "X-Personio-App-ID", &settings.app_id),
    ];
    let mut headers = Vec::new();
    for (setting, header, value) in fields {
        let Some(value) = value else { continue };
        if value.is_empty() || !value.bytes().all(|b| b.is_ascii_graphic()) {
            problems.push(invalid(
                setting,
                "The value cannot be sent as a header.",
                "Use visible ASCII characters alone, as Personio gave them.",
            ));
        } else {
            headers.push((header, value.clone()));
        }
    }
    headers
}

/// A cheap check for people's mistakes; the host's policy is what keeps requests in.
fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
    })
}

fn missing(setting: &str) -> Problem {
    problem(codes::SETTING_MISSING, Some(setting), &format!("The setting {setting} is empty."), "Fill it in.")
}

fn invalid(setting: &str, message: &str, remedy: &str) -> Problem {
    problem(codes::SETTING_INVALID, Some(setting), message, remedy)
}
