//! The tenant's settings: those that every source has, and those that Personio needs, checked one by one.

use crate::bindings::elearnio::connector::http::Secret;
use crate::bindings::elearnio::connector::types::Problem;
use crate::bindings::exports::elearnio::connector::connector::Settings;
use connector_kit::declare::{Declaration, Kind, Values, Words};
use connector_kit::settings::{invalid, missing};

pub use connector_kit::settings::{CommonSettings, GroupBy, PlanOptions};

/// Personio's API, the one origin the manifest names.
pub const ENDPOINT: &str = "https://api.personio.de";

/// What Personio's source needs and others do not.
pub const DECLARED: [Declaration; 5] = [
    Declaration {
        key: "client-id",
        kind: Kind::Text,
        required: true,
        default: None,
        words: Words {
            de: ("Client-ID", "In Personio unter Marketplace, Integration, Verbinden: neue Zugangsdaten erzeugen."),
            en: ("Client ID", "In Personio, open Marketplace, the integration, Connect, and generate new credentials."),
        },
    },
    Declaration {
        key: "client-secret",
        kind: Kind::Secret,
        required: true,
        default: None,
        words: Words {
            de: ("Client-Secret", "Wird zusammen mit der Client-ID erzeugt und nur einmal angezeigt."),
            en: ("Client secret", "Generated together with the client ID and shown only once."),
        },
    },
    Declaration {
        key: "endpoint",
        kind: Kind::Origin,
        required: false,
        default: Some(ENDPOINT),
        words: Words {
            de: ("Endpunkt", "Nur für Tests: ein anderer Server, der Personios Schnittstelle nachbildet."),
            en: ("Endpoint", "For tests only: another server that speaks Personio's API."),
        },
    },
    Declaration {
        key: "partner-id",
        kind: Kind::Text,
        required: false,
        default: None,
        words: Words {
            de: ("Partner-ID", "Die Kennung, die Personio dem Anbieter der Integration gegeben hat."),
            en: ("Partner ID", "The identifier that Personio gave to the integration's vendor."),
        },
    },
    Declaration {
        key: "app-id",
        kind: Kind::Text,
        required: false,
        default: None,
        words: Words {
            de: ("App-ID", "Die Kennung, die Personio der Integration gegeben hat."),
            en: ("App ID", "The identifier that Personio gave to the integration."),
        },
    },
];

/// What the connector needs of the settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// The source's origin, without a slash at the end.
    pub endpoint: String,
    /// What every source has.
    pub settings: CommonSettings,
    /// `X-Personio-Partner-ID` and `X-Personio-App-ID`.
    pub headers: Vec<(&'static str, String)>,
}

/// The tenant's credential at Personio. No `Debug`: it holds a secret's handle.
pub struct Credential {
    /// The client ID.
    pub id: String,
    /// The client secret.
    pub secret: Secret,
}

impl Config {
    /// Checks the settings.
    ///
    /// # Errors
    /// Every setting that is wrong, not just the first.
    pub fn check(settings: Settings) -> Result<(Self, Credential), Vec<Problem>> {
        let mut problems = Vec::new();
        let common = CommonSettings::check(&settings, &mut problems);
        let mut values = Values::check(&DECLARED, settings.values, &mut problems);
        let headers = headers(&values, &mut problems);
        let id = values.text("client-id").map(str::to_owned);
        match (id, values.secret("client-secret")) {
            (Some(id), Some(secret)) if problems.is_empty() => {
                let endpoint = values.text("endpoint").unwrap_or(ENDPOINT).to_owned();
                Ok((Self { endpoint, settings: common, headers }, Credential { id, secret }))
            }
            (_, None) if problems.is_empty() => Err(vec![missing("client-secret")]),
            _ => Err(problems),
        }
    }
}

fn headers(values: &Values, problems: &mut Vec<Problem>) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    for (setting, header) in [("partner-id", "X-Personio-Partner-ID"), ("app-id", "X-Personio-App-ID")] {
        let Some(value) = values.text(setting) else { continue };
        if value.bytes().all(|byte| byte.is_ascii_graphic()) {
            headers.push((header, value.to_owned()));
        } else {
            problems.push(invalid(
                setting,
                "The value cannot be sent as a header.",
                "Use only visible ASCII characters, as Personio gave them.",
            ));
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::exports::elearnio::connector::connector::{Filter, GroupAssignment, SettingValue, Value};

    fn wrong(values: &[(&str, &str)]) -> Vec<String> {
        let value = |(key, text): &(&str, &str)| SettingValue {
            key: (*key).to_owned(),
            value: Value::Text((*text).to_owned()),
        };
        let settings = Settings {
            name: "Personio".to_owned(),
            send_invitations: false,
            group_assignment: GroupAssignment::None,
            filter: Filter { label: None, values: Vec::new() },
            statuses: Vec::new(),
            values: values.iter().map(value).collect(),
        };
        // There are no handles of secrets outside the sandbox: each of these lacks one, and says so.
        let problems = Config::check(settings).err().unwrap_or_default();
        problems.into_iter().filter_map(|problem| problem.subject).filter(|key| key != "client-secret").collect()
    }

    #[test]
    fn each_of_personios_own_settings_is_checked() {
        assert_eq!(wrong(&[]), ["client-id"]);
        assert_eq!(wrong(&[("client-id", "papi\u{200b}"), ("endpoint", "http://127.0.0.1:8080/")]), [""; 0]);
        for (key, value) in [
            ("client-id", " "),
            ("endpoint", "api.personio.de"),
            ("endpoint", "https://api.personio.de/v1"),
            ("partner-id", "ELEARNIO PARTNER"),
            ("partner-id", "ü"),
            ("app-id", ""),
            ("client-secret-2", "x"),
        ] {
            let id = (key != "client-id").then_some(("client-id", "papi"));
            assert_eq!(wrong(&id.into_iter().chain([(key, value)]).collect::<Vec<_>>()), [key], "{value:?}");
        }
    }
}
