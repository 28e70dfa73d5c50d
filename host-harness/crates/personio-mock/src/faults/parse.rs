//! Rules as people write them: `busy=7@employees:2x3` as a flag, a table in a scenario file, an object for the admin
//! endpoint.
//!
//! ```toml
//! [[fault]]
//! fault = "busy"        # see Fault::table
//! value = 7             # its number, if it takes one
//! on = "employees"      # or "auth", "attributes", "any"; default "employees"
//! at = 2                # the second of them; default 1
//! times = 3             # and the two after it; default 1, 0 = all from there on
//! ```

use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Fault, Requests, Rule};
use connector_host::files;
use connector_settings::diagnostics::unknown_key;

/// Why a rule cannot be read: what and what to write instead.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct RuleError(String);

/// A rule in JSON or TOML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenRule {
    fault: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<i64>,
    #[serde(default = "employees")]
    on: String,
    #[serde(default = "one")]
    at: u64,
    #[serde(default = "one")]
    times: u64,
}

fn employees() -> String {
    Requests::Employees.name().to_owned()
}

const fn one() -> u64 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    #[serde(default)]
    fault: Vec<WrittenRule>,
}

/// The largest scenario, in bytes.
const LARGEST: u64 = 1 << 20;

/// Reads a scenario: TOML, or JSON if the file's name says so.
///
/// # Errors
/// When the file cannot be read or is not a scenario; names the file.
pub fn scenario(path: &Path) -> Result<Vec<Rule>, RuleError> {
    let at = |what: &dyn std::fmt::Display| RuleError(format!("the scenario {}: {what}", path.display()));
    let text = files::read_text(path, LARGEST).map_err(|error| at(&error))?;
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let scenario: Scenario = if is_json {
        serde_json::from_str(&text).map_err(|error| at(&error))?
    } else {
        toml::from_str(&text).map_err(|error| at(&error))?
    };
    scenario.fault.into_iter().map(|written| Rule::try_from(written).map_err(|error| at(&error))).collect()
}

impl TryFrom<WrittenRule> for Rule {
    type Error = RuleError;

    fn try_from(written: WrittenRule) -> Result<Self, RuleError> {
        if written.at == 0 {
            return Err(RuleError("requests are counted from 1; `at` = 0 matches none".to_owned()));
        }
        let fault = fault(&written.fault, written.value)?;
        Ok(Self { fault, on: requests(&written.on)?, at: written.at, times: written.times })
    }
}

impl From<Rule> for WrittenRule {
    fn from(rule: Rule) -> Self {
        Self {
            fault: rule.fault.name().to_owned(),
            value: rule.fault.value(),
            on: rule.on.name().to_owned(),
            at: rule.at,
            times: rule.times,
        }
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    /// `FAULT[=VALUE][@[REQUESTS:]AT[xTIMES]]`; `x*` means from there on.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (what, place) = text.split_once('@').unwrap_or((text, "1"));
        let (name, value) = match what.split_once('=') {
            Some((name, value)) => (name, Some(number(value)?)),
            None => (what, None),
        };
        let (on, count) = place.split_once(':').unwrap_or((Requests::Employees.name(), place));
        let (at, times) = count.split_once('x').unwrap_or((count, "1"));
        let times = if times == "*" { 0 } else { number(times)? };
        let written = WrittenRule { fault: name.to_owned(), value, on: on.to_owned(), at: number(at)?, times };
        written.try_into()
    }
}

fn number<N: FromStr>(text: &str) -> Result<N, RuleError> {
    text.parse().map_err(|_| RuleError(format!("`{text}` is not a number; write a fault like busy=7@employees:2x3")))
}

fn requests(name: &str) -> Result<Requests, RuleError> {
    let known = Requests::ALL.map(Requests::name);
    let found = Requests::ALL.into_iter().find(|requests| requests.name() == name);
    found.ok_or_else(|| RuleError(format!("`{name}` is not a kind of request: {}", unknown_key(name, &known))))
}

/// A fault by its name, with its usual value unless there is one.
fn fault(name: &str, value: Option<i64>) -> Result<Fault, RuleError> {
    let usual = Fault::ALL.into_iter().find(|fault| fault.name() == name);
    let usual = usual.ok_or_else(|| {
        let known = Fault::ALL.map(Fault::name);
        RuleError(format!("`{name}` is not a fault: {}", unknown_key(name, &known)))
    })?;
    let Some(value) = value else { return Ok(usual) };
    let out_of_range = || RuleError(format!("{value} is out of range for `{name}`"));
    let small = || u32::try_from(value).map_err(|_| out_of_range());
    let signed = || i32::try_from(value).map_err(|_| out_of_range());
    Ok(match usual {
        Fault::Busy { .. } => Fault::Busy { retry_after: Some(small()?) },
        Fault::SlowDrip { .. } => Fault::SlowDrip { milliseconds: small()? },
        Fault::Clamp { .. } => Fault::Clamp { rows: small()?.max(1) },
        Fault::Join { .. } => Fault::Join { people: small()? },
        Fault::Leave { .. } => Fault::Leave { people: small()? },
        Fault::LyingTotal { .. } => Fault::LyingTotal { by: signed()? },
        Fault::WrongLength { .. } => Fault::WrongLength { by: signed()? },
        Fault::DuplicateRows { .. } => Fault::DuplicateRows { rows: small()? },
        _ => return Err(RuleError(format!("`{name}` takes no value"))),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn a_flag_says_what_where_and_how_often() {
        let rule = |fault, on, at, times| Rule { fault, on, at, times };
        for (text, expected) in [
            ("reset", rule(Fault::Reset, Requests::Employees, 1, 1)),
            ("busy@2", rule(Fault::Busy { retry_after: None }, Requests::Employees, 2, 1)),
            ("busy=7@any:2x3", rule(Fault::Busy { retry_after: Some(7) }, Requests::Any, 2, 3)),
            ("lying-total=-7@1x*", rule(Fault::LyingTotal { by: -7 }, Requests::Employees, 1, 0)),
            ("html@auth:1", rule(Fault::Html, Requests::Auth, 1, 1)),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn every_rule_is_read_back() {
        for fault in Fault::ALL {
            for (on, times) in Requests::ALL.into_iter().zip([1, 0, 3, 1]) {
                let rule = Rule { fault, on, at: 4, times };
                assert_eq!(Rule::try_from(WrittenRule::from(rule)), Ok(rule));
                assert_eq!(rule.to_string().parse(), Ok(rule), "{rule}");
            }
        }
    }

    #[test]
    fn a_mistake_is_reported_with_the_nearest_name() {
        for (text, told) in [
            ("bussy@1", "did you mean `busy`?"),
            ("busy@emploees:1", "did you mean `employees`?"),
            ("busy@0", "counted from 1"),
            ("reset=3", "takes no value"),
            ("clamp=-3", "out of range"),
            ("busy@two", "is not a number"),
        ] {
            let error = text.parse::<Rule>().unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn a_scenario_is_toml_or_json() {
        let folder = tempfile::tempdir().unwrap();
        let expected: Vec<Rule> = ["busy=7@auth:1x3", "reset"].map(|text| text.parse().unwrap()).into();
        for (name, text) in [
            (
                "a.toml",
                "[[fault]]\nfault = \"busy\"\nvalue = 7\non = \"auth\"\ntimes = 3\n[[fault]]\nfault = \"reset\"",
            ),
            ("a.json", r#"{"fault":[{"fault":"busy","value":7,"on":"auth","times":3},{"fault":"reset"}]}"#),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            assert_eq!(scenario(&path), Ok(expected.clone()), "{name}");
        }
    }
}
