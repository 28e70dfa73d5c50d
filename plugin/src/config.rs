//! The tenant's form, checked field by field, with the defaults of the sync rules filled in.

use crate::bindings::elearnio::connector::types::Problem;
use crate::bindings::exports::elearnio::connector::connector::Settings;
use connector_kit::form::{self, invalid, missing};

pub use connector_kit::form::{Form, GroupBy, PlanOptions};

/// Personio's API, the one origin the manifest names.
pub const ENDPOINT: &str = "https://api.personio.de";

const FILTER_LABEL: &str = "elearnio Sync";

/// What the connector needs of the form.
#[derive(Debug, Clone)]
pub struct Config {
    /// The source's origin, without a slash at the end.
    pub endpoint: String,
    /// The filter attribute's label, as written.
    pub filter_label: String,
    /// What the rules need.
    pub form: Form,
    /// `X-Personio-Partner-ID` and `X-Personio-App-ID`.
    pub headers: Vec<(&'static str, String)>,
}

impl Config {
    /// Checks the form.
    ///
    /// # Errors
    /// Every field that is wrong, not just the first.
    pub fn check(settings: &Settings) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let endpoint = form::endpoint(settings, Some(ENDPOINT), &mut problems);
        let filter_label = settings.filter_label.as_deref().unwrap_or(FILTER_LABEL).trim();
        if filter_label.is_empty() {
            problems.push(missing("filter-label"));
        }
        let form = Form::check(settings, &mut problems);
        let headers = headers(settings, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self { endpoint, filter_label: filter_label.to_owned(), form, headers })
    }
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
