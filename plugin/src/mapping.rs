//! From one Personio record to a learner, an exclusion or a rejection (rules S1, S6, S7 and S8).
//!
//! The filter is judged first: of somebody who is not to be synced, nothing but the ID is looked at.

use std::borrow::Cow;

use crate::attributes::Attribute;
use crate::bindings::elearnio::connector::types::{
    Excluded, Exclusion, Learner, Mapping, Reading, Rejected, StatusReading,
};
use crate::codes;
use crate::config::Config;
use crate::personio::record::{Node, Record};
use crate::problem::problem;
use connector_kit::address::as_address;
use connector_kit::form::Flag;

/// Longer than any ID Personio gives out; keeps a broken record from becoming a broken message.
const ID_BYTES: usize = 64;

/// Maps one record; `flag` is the filter attribute's key.
///
/// # Errors
/// A record that cannot be used, with the employee's ID where there is one and never with a value of the record.
pub fn map(text: &str, flag: &str, config: &Config) -> Result<Mapping, Rejected> {
    let record = Record::parse(text, flag).map_err(|error| broken(error.place(text)))?;
    let employee = id(&record)?;
    match judge(&record, config) {
        Ok(None) => {}
        Ok(Some(reason)) => return Ok(Mapping::Excluded(Excluded { employee, reason })),
        Err(fault) => return Err(fault.of(employee)),
    }
    match required(&record, config) {
        Ok(required) => Ok(Mapping::Learner(learner(&record, employee, required))),
        Err(fault) => Err(fault.of(employee)),
    }
}

/// Why a record cannot be used.
struct Fault {
    code: &'static str,
    attribute: &'static str,
    message: &'static str,
    remedy: &'static str,
}

impl Fault {
    fn of(self, employee: String) -> Rejected {
        let problem = problem(self.code, Some(self.attribute), self.message, self.remedy);
        Rejected { employee: Some(employee), problem }
    }
}

fn broken((line, column): (usize, usize)) -> Rejected {
    let message = format!("The record cannot be read: column {column} of line {line}.");
    let remedy = "Open the employee in Personio and save it again; if that does not help, tell Personio.";
    Rejected { employee: None, problem: problem(codes::BROKEN_RECORD, None, &message, remedy) }
}

fn id(record: &Record<'_>) -> Result<String, Rejected> {
    match record.get(Attribute::Id) {
        Some(Node::Text(id)) if id.len() <= ID_BYTES && !id.contains(char::is_control) => Ok(id.clone().into_owned()),
        _ => Err(Rejected {
            employee: None,
            problem: problem(
                codes::ID_MISSING,
                Some("id"),
                "The record has no usable ID.",
                "In Personio, let the credential read the attribute ID.",
            ),
        }),
    }
}

/// None for somebody who is to be synced (rule S1).
fn judge(record: &Record<'_>, config: &Config) -> Result<Option<Exclusion>, Fault> {
    let value = match record.get(Attribute::Flag) {
        None => {
            return Err(Fault {
                code: codes::FLAG_HIDDEN,
                attribute: "flag",
                message: "The filter attribute is not shown for this employee.",
                remedy: "In Personio, let the credential read the filter attribute.",
            });
        }
        Some(Node::Empty) => Cow::Borrowed(""),
        Some(Node::Text(text)) => text.clone(),
        Some(Node::Object { name, .. }) => name.clone().unwrap_or_default(),
    };
    Ok(match config.form.flag(&value) {
        Flag::Yes => None,
        Flag::No => Some(Exclusion::NotFlagged),
        Flag::Unknown => Some(Exclusion::UnknownFlag(value.into_owned())),
    })
}

/// What nobody can be synced without.
struct Required {
    email: String,
    first_name: Reading,
    last_name: Reading,
    status: StatusReading,
}

/// What must be shown is looked at before what is wrong with it: so a rejection tells which attributes a record shows, and
/// one that no record shows can be told from one that some record has empty (rule S7).
fn required(record: &Record<'_>, config: &Config) -> Result<Required, Fault> {
    let address = email_shown(record)?;
    let status = status(record, config)?;
    Ok(Required {
        email: email(address)?,
        first_name: name(record, Attribute::FirstName)?,
        last_name: name(record, Attribute::LastName)?,
        status,
    })
}

fn learner(record: &Record<'_>, employee: String, required: Required) -> Learner {
    let Required { email, first_name, last_name, status } = required;
    Learner {
        employee,
        email,
        first_name,
        last_name,
        status,
        gender: text(record, Attribute::Gender),
        position: text(record, Attribute::Position),
        department: text(record, Attribute::Department),
        location: text(record, Attribute::Office),
        team: text(record, Attribute::Team),
        supervisor: supervisor(record),
    }
}

/// The address as it stands; none for an empty one.
fn email_shown(record: &Record<'_>) -> Result<Option<String>, Fault> {
    match text(record, Attribute::Email) {
        Reading::Hidden => Err(Fault {
            code: codes::EMAIL_HIDDEN,
            attribute: "email",
            message: "The e-mail address is not shown for this employee.",
            remedy: "In Personio, let the credential read the attribute Email.",
        }),
        Reading::Empty => Ok(None),
        Reading::Value(address) => Ok(Some(address)),
    }
}

fn email(address: Option<String>) -> Result<String, Fault> {
    let fault = |code, message, remedy| Fault { code, attribute: "email", message, remedy };
    let address = address.ok_or_else(|| {
        fault(codes::EMAIL_EMPTY, "The employee has no e-mail address.", "Enter an address in Personio.")
    })?;
    as_address(address).ok_or_else(|| {
        fault(codes::EMAIL_INVALID, "The employee's e-mail address cannot be one.", "Correct the address in Personio.")
    })
}

fn name(record: &Record<'_>, attribute: Attribute) -> Result<Reading, Fault> {
    match text(record, attribute) {
        Reading::Empty => Err(Fault {
            code: codes::NAME_EMPTY,
            attribute: attribute.key().unwrap_or_default(),
            message: "The employee's first or last name is empty.",
            remedy: "Enter the name in Personio.",
        }),
        reading => Ok(reading),
    }
}

fn status(record: &Record<'_>, config: &Config) -> Result<StatusReading, Fault> {
    match text(record, Attribute::Status) {
        Reading::Hidden => Err(Fault {
            code: codes::STATUS_HIDDEN,
            attribute: "status",
            message: "The status is not shown for this employee.",
            remedy: "In Personio, let the credential read the attribute Status.",
        }),
        Reading::Empty => Ok(StatusReading::Unknown(String::new())),
        Reading::Value(value) => Ok(match config.form.status(&value) {
            Some(status) => StatusReading::Known(status.clone()),
            None => StatusReading::Unknown(value),
        }),
    }
}

/// The three states (rule S6). An object without a name says nothing that could be used: hidden.
fn text(record: &Record<'_>, attribute: Attribute) -> Reading {
    match record.get(attribute) {
        None | Some(Node::Object { name: None, .. }) => Reading::Hidden,
        Some(Node::Empty) => Reading::Empty,
        Some(Node::Text(text) | Node::Object { name: Some(text), .. }) => Reading::Value(text.clone().into_owned()),
    }
}

/// The supervisor's ID (rule S14); Personio may show nothing else of them.
fn supervisor(record: &Record<'_>) -> Reading {
    match record.get(Attribute::Supervisor) {
        None | Some(Node::Object { id: None, .. }) => Reading::Hidden,
        Some(Node::Empty) => Reading::Empty,
        Some(Node::Text(id) | Node::Object { id: Some(id), .. }) => Reading::Value(id.clone().into_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]

    use super::*;
    use crate::bindings::elearnio::connector::types::AccountStatus;
    use crate::config::PlanOptions;
    use connector_kit::form::Form;

    fn config() -> Config {
        Config {
            endpoint: String::new(),
            filter_label: String::new(),
            form: Form {
                accepted: vec!["ja".to_owned(), "yes".to_owned()],
                statuses: vec![("active".to_owned(), AccountStatus::Active)],
                options: PlanOptions { send_invitations: false, groups: None },
            },
            headers: Vec::new(),
        }
    }

    /// A good record with some attributes replaced, or left out where there is none.
    fn mapped(changes: &[(&str, Option<&str>)]) -> Result<Mapping, Rejected> {
        let good = [
            ("id", "4711"),
            ("first_name", r#""Jörg""#),
            ("last_name", r#""Groß""#),
            ("email", r#""j.gross@example.com""#),
            ("gender", r#""""#),
            ("status", r#""active""#),
            ("position", r#""Leitung""#),
            ("supervisor", r#"{"type":"Employee","attributes":{"id":{"label":"ID","value":"12"}}}"#),
            ("office", r#"{"type":"Office","attributes":{"id":1,"name":"Köln"}}"#),
            ("department", "null"),
            ("team", "[]"),
            ("f", r#"" Ja ""#),
        ];
        let value = |key: &str, good: &'static str| match changes.iter().find(|(changed, _)| *changed == key) {
            Some((_, change)) => change.map(str::to_owned),
            None => Some(good.to_owned()),
        };
        let attributes: Vec<_> = good
            .into_iter()
            .filter_map(|(key, good)| Some(format!(r#""{key}":{{"label":"x","value":{}}}"#, value(key, good)?)))
            .collect();
        map(&format!(r#"{{"type":"Employee","attributes":{{{}}}}}"#, attributes.join(",")), "f", &config())
    }

    #[test]
    fn the_eleven_attributes_are_mapped_in_three_states() {
        let Ok(Mapping::Learner(learner)) = mapped(&[("position", None)]) else { panic!("no learner") };
        let value = |text: &str| Reading::Value(text.to_owned());
        assert_eq!(learner.employee, "4711");
        assert_eq!(learner.email, "j.gross@example.com");
        assert_eq!((learner.first_name, learner.last_name), (value("Jörg"), value("Groß")));
        assert_eq!(learner.status, StatusReading::Known(AccountStatus::Active));
        assert_eq!(
            (learner.gender, learner.position, learner.department),
            (Reading::Empty, Reading::Hidden, Reading::Empty)
        );
        assert_eq!((learner.location, learner.team, learner.supervisor), (value("Köln"), Reading::Empty, value("12")));
    }

    #[test]
    fn s01_the_flag_is_judged_first_and_nothing_else_of_the_excluded_is_read() {
        for (flag, reason) in [
            (r#""nein""#, Exclusion::NotFlagged),
            ("null", Exclusion::NotFlagged),
            ("[]", Exclusion::NotFlagged),
            (r#""Vielleicht""#, Exclusion::UnknownFlag("Vielleicht".to_owned())),
        ] {
            let excluded = Mapping::Excluded(Excluded { employee: "4711".to_owned(), reason });
            assert_eq!(mapped(&[("f", Some(flag)), ("email", Some("null"))]), Ok(excluded), "{flag}");
        }
        for flag in [r#""JA""#, r#"["yes"]"#] {
            assert!(matches!(mapped(&[("f", Some(flag))]), Ok(Mapping::Learner(_))), "{flag}");
        }
    }

    #[test]
    fn s06_and_s07_a_record_that_cannot_be_used_is_rejected_with_its_id() {
        for (attribute, value, code) in [
            ("f", None, codes::FLAG_HIDDEN),
            ("email", None, codes::EMAIL_HIDDEN),
            ("email", Some(r#""  ""#), codes::EMAIL_EMPTY),
            ("email", Some(r#""anna""#), codes::EMAIL_INVALID),
            ("email", Some(r#""a b@example.com""#), codes::EMAIL_INVALID),
            ("email", Some("{}"), codes::EMAIL_HIDDEN),
            ("status", None, codes::STATUS_HIDDEN),
            ("first_name", Some("null"), codes::NAME_EMPTY),
            ("last_name", Some(r#""""#), codes::NAME_EMPTY),
        ] {
            let Err(rejected) = mapped(&[(attribute, value)]) else { panic!("{attribute} {value:?}") };
            assert_eq!((rejected.employee.as_deref(), rejected.problem.code.as_str()), (Some("4711"), code));
        }
    }

    #[test]
    fn a_record_without_an_id_is_rejected_alone() {
        let id = |value| mapped(&[("id", value)]).err().map(|rejected| rejected.problem.code);
        for value in [None, Some("null"), Some(r#""""#), Some("{}"), Some("[1,{}]")] {
            assert!(matches!(id(value).as_deref(), None | Some(codes::ID_MISSING)), "{value:?}");
        }
        assert_eq!(id(Some("1e999")).as_deref(), Some(codes::BROKEN_RECORD));
        let broken = map("<html>", "f", &config()).err().map(|rejected| rejected.problem.message);
        assert_eq!(broken.as_deref(), Some("The record cannot be read: column 1 of line 1."));
    }

    #[test]
    fn s08_an_unknown_status_is_kept_as_it_was_written() {
        let Ok(Mapping::Learner(learner)) = mapped(&[("status", Some(r#""Sabbatical""#))]) else {
            panic!("no learner")
        };
        assert_eq!(learner.status, StatusReading::Unknown("Sabbatical".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}", value in "\\PC{0,20}") {
            drop(map(&text, "f", &config()));
            drop(mapped(&[("email", Some(&value)), ("supervisor", Some(&value))]));
        }
    }
}
