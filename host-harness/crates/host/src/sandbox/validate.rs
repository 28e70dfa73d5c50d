//! Whether a connector's responses are valid: what it says about itself, a connection, and one person.
//!
//! Only what the contract promises is checked, so that a check that fails is always the connector's mistake.

use connector_common::text::{is_damaged, trimmed};
use semver::Version;

use crate::contract::connector::Connection;
use crate::contract::{
    Audience, Error, Exclusion, Field, Learner, Problem, Reading, SourceNotice, SourceRecord, StatusReading, manifest,
};
use crate::http::Origin;

use super::connector::Description;
use super::guest_error::GuestError;
use super::guest_log::{head, printable};
use super::settings_form;

/// The longest of a connector's short texts (IDs, names in its source), in bytes.
pub(super) const SHORT: usize = 1_024;
/// The longest of its names and codes, in bytes.
const NAME: usize = 64;
/// The most origins, and the most attributes, that a connector may name.
const MANY: usize = 64;

pub(super) const MAP: &str = "map-employee";

/// Checks what a component says of itself.
pub(super) fn description(said: manifest::Description) -> Result<Description, GuestError> {
    // The errors repeat the guest's text.
    let wrong = |what: String| GuestError::invalid_response("describe", printable(head(&what)));
    let manifest::Description { name, version, origins, mut attributes, settings } = said;
    if name.is_empty() || name.len() > NAME || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(wrong(format!("its name has to be 1 to {NAME} letters, digits and hyphens")));
    }
    Version::parse(&version).map_err(|error| wrong(format!("its version is not a semantic version: {error}")))?;
    if origins.iter().chain([&version]).any(|text| text.len() > SHORT) {
        return Err(wrong(format!("its version, or one of its origins, is longer than {SHORT} bytes")));
    }
    if origins.len() > MANY || attributes.len() > MANY {
        return Err(wrong(format!("it names more than {MANY} origins or attributes")));
    }
    let origins = origins
        .iter()
        .map(|text| Origin::parse(text).map_err(|error| wrong(format!("one of its origins is invalid: {error}"))))
        .collect::<Result<_, _>>()?;
    for attribute in &mut attributes {
        field("describe", &attribute.field)?;
        if attribute.source.len() > SHORT {
            return Err(wrong(format!("the source's name of an attribute is longer than {SHORT} bytes")));
        }
        attribute.source = printable(&attribute.source);
    }
    settings_form::check(&settings).map_err(wrong)?;
    Ok(Description { name, version, origins, attributes, settings })
}

/// Checks `configure`'s answer.
pub(super) fn connection(connection: &Connection) -> Result<(), GuestError> {
    if connection.hidden.len() > MANY {
        return Err(GuestError::invalid_response("configure", format!("more than {MANY} attributes are hidden")));
    }
    connection.hidden.iter().try_for_each(|hidden| field("configure", &hidden.attribute))?;
    notices("configure", &connection.notices)
}

/// Checks what a connector noticed: few enough to be read, each with a code and, if it has one, a day.
pub(super) fn notices(call: &'static str, notices: &[SourceNotice]) -> Result<(), GuestError> {
    if notices.len() > MANY {
        return Err(GuestError::invalid_response(call, format!("it has more than {MANY} notices")));
    }
    notices.iter().try_for_each(|notice| {
        problem(call, &notice.problem)?;
        if let Audience::Other(name) = &notice.audience {
            code(call, "an audience's name", name)?;
        }
        match &notice.date {
            Some(date) if !is_date(date) => {
                Err(GuestError::invalid_response(call, "a notice's date has to be a day such as 2027-01-31"))
            }
            _ => Ok(()),
        }
    })
}

/// RFC 3339's `full-date`, by its shape.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |length: usize, most: u32| {
        let part = parts.next().filter(|part| part.len() == length && part.bytes().all(|b| b.is_ascii_digit()));
        part.and_then(|part| part.parse::<u32>().ok()).is_some_and(|number| (1..=most).contains(&number))
    };
    number(4, 9999) && number(2, 12) && number(2, 31) && parts.next().is_none()
}

/// Checks the codes of a connector's own error.
pub(super) fn error(call: &'static str, error: &Error) -> Result<(), GuestError> {
    match error {
        Error::InvalidSettings(problems) => problems.iter().try_for_each(|one| problem(call, one)),
        Error::Refused(one) | Error::Unreadable(one) | Error::InvalidArgument(one) | Error::Other(one) => {
            problem(call, one)
        }
        Error::RetryLater(retry) => problem(call, &retry.problem),
        Error::NotConfigured => Ok(()),
    }
}

/// Checks a problem's code.
pub(super) fn problem(call: &'static str, problem: &Problem) -> Result<(), GuestError> {
    code(call, "a problem's code", &problem.code)
}

/// Checks a code, or another name of the contract's kind. Such names are keys: of catalogues, of counts, of JSON. So they
/// are refused where other words are escaped.
pub(super) fn code(call: &'static str, what: &str, code: &str) -> Result<(), GuestError> {
    let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if code.is_empty() || code.len() > NAME || !code.bytes().all(kebab) {
        let what = format!("{what} has to be 1 to {NAME} lower-case letters, digits and hyphens");
        return Err(GuestError::invalid_response(call, what));
    }
    Ok(())
}

fn field(call: &'static str, field: &Field) -> Result<(), GuestError> {
    match field {
        Field::Other(name) => code(call, "an attribute's name", name),
        _ => Ok(()),
    }
}

/// Checks one mapped record.
pub(super) fn record(record: &SourceRecord) -> Result<(), GuestError> {
    match record {
        SourceRecord::Learner(one) => learner(one),
        SourceRecord::Excluded(one) => {
            id(&one.employee)?;
            match &one.reason {
                Exclusion::Other(reason) => code(MAP, "a reason to leave somebody out", reason),
                Exclusion::UnusableFlag(why) => code(MAP, "why a flag cannot be used", why),
                Exclusion::NotFlagged | Exclusion::UnknownFlag(_) => Ok(()),
            }
        }
        SourceRecord::Rejected(one) => {
            one.employee.as_deref().map_or(Ok(()), id)?;
            problem(MAP, &one.problem)
        }
    }
}

fn learner(learner: &Learner) -> Result<(), GuestError> {
    id(&learner.employee)?;
    if let StatusReading::Unusable(why) = &learner.status {
        code(MAP, "why a status cannot be used", why)?;
    }
    learner.readings().into_iter().try_for_each(|(_, one)| reading(one))
}

/// Rule S6: what is empty says so, and what cannot be used says why.
fn reading(reading: &Reading) -> Result<(), GuestError> {
    match reading {
        Reading::Unusable(why) => code(MAP, "why a value cannot be used", why),
        Reading::Value(value) if trimmed(value).is_empty() => {
            Err(GuestError::invalid_response(MAP, "a blank value, which must be reported as `empty`"))
        }
        Reading::Value(value) if is_damaged(value) => {
            Err(GuestError::invalid_response(MAP, "damaged text as a value, which must be reported as `unusable`"))
        }
        Reading::Value(_) | Reading::Hidden | Reading::Empty => Ok(()),
    }
}

fn id(id: &str) -> Result<(), GuestError> {
    if id.is_empty() || id.len() > SHORT {
        return Err(GuestError::invalid_response(MAP, format!("an employee ID has to be 1 to {SHORT} bytes long")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Excluded, HiddenAttribute};

    fn said() -> manifest::Description {
        manifest::Description {
            name: "test".to_owned(),
            version: "1.0.0".to_owned(),
            origins: vec!["https://api.example.com".to_owned()],
            attributes: Vec::new(),
            settings: Vec::new(),
        }
    }

    fn words<T>(result: Result<T, GuestError>) -> String {
        result.err().map(|verdict| verdict.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_valid_description_passes() {
        assert_eq!(words(description(said())), "");
    }

    #[test]
    fn an_invalid_description_is_refused_with_the_reason() {
        let name = |name: &str| manifest::Description { name: name.to_owned(), ..said() };
        let version = manifest::Description { version: "one".to_owned(), ..said() };
        let origin = manifest::Description { origins: vec!["file:///etc/\u{1b}[2J".to_owned()], ..said() };
        let long = manifest::Description { version: format!("1.0.0-{}", "x".repeat(SHORT)), ..said() };
        let crowd = manifest::Description { origins: vec!["https://a.example".to_owned(); MANY + 1], ..said() };
        let cases = [
            (name(""), "its name"),
            (name("a\nb"), "its name"),
            (version, "its version"),
            (origin, "one of its origins"),
            (long, "its version, or one of its origins, is longer than 1024 bytes"),
            (crowd, "more than 64"),
        ];
        for (said, sign) in cases {
            let words = words(description(said));
            assert!(words.contains(sign) && !words.contains(char::is_control), "{words}");
        }
    }

    #[test]
    fn origins_and_attributes_pass_at_their_most_and_not_past_it() {
        let attribute = |number: usize| manifest::Attribute {
            field: Field::Other(format!("field-{number}")),
            source: "Feld\u{1b}".to_owned(),
            required: false,
        };
        let with = |origins: usize, attributes: usize| manifest::Description {
            origins: vec!["https://a.example".to_owned(); origins],
            attributes: (0..attributes).map(attribute).collect(),
            ..said()
        };
        let told = description(with(MANY, MANY)).map(|told| told.attributes).unwrap_or_default();
        assert_eq!(told.len(), MANY);
        assert!(told.iter().all(|attribute| attribute.source == r"Feld\u{1b}"));
        for said in [with(MANY + 1, MANY), with(MANY, MANY + 1)] {
            assert!(words(description(said)).contains("more than 64"));
        }
        let hidden = |count: usize| Connection {
            hidden: (0..count).map(|_| HiddenAttribute { attribute: Field::Team, required: false }).collect(),
            notices: Vec::new(),
        };
        assert_eq!(connection(&hidden(MANY)), Ok(()));
        assert!(words(connection(&hidden(MANY + 1))).contains("more than 64"));
    }

    #[test]
    fn a_code_is_kebab_case_and_short() {
        for good in ["a", "flag-lost", "v2", &"x".repeat(NAME)] {
            assert_eq!(code("configure", "a code", good), Ok(()), "{good}");
        }
        for bad in ["", "Flag", "a b", "a\u{1b}[2J", "ä", &"x".repeat(NAME + 1)] {
            let words = words(code("configure", "a code", bad));
            assert!(words.contains("a code has to be") && !words.contains('\u{1b}'), "{words}");
        }
    }

    #[test]
    fn names_in_descriptions_connections_and_exclusions_are_codes() {
        let field = || Field::Other("a\nb".to_owned());
        let attributes = vec![manifest::Attribute { field: field(), source: String::new(), required: true }];
        assert!(words(description(manifest::Description { attributes, ..said() })).contains("an attribute's name"));
        let hidden = vec![HiddenAttribute { attribute: field(), required: true }];
        assert!(words(connection(&Connection { hidden, notices: Vec::new() })).contains("an attribute's name"));
        let reason = Exclusion::Other("a\nb".to_owned());
        let excluded = SourceRecord::Excluded(Excluded { employee: "1".to_owned(), reason });
        assert!(words(record(&excluded)).contains("a reason to leave somebody out"));
    }

    #[test]
    fn an_employee_id_is_checked_at_its_limit_and_past_it() {
        let excluded = |employee| SourceRecord::Excluded(Excluded { employee, reason: Exclusion::NotFlagged });
        assert_eq!(record(&excluded("x".repeat(SHORT))), Ok(()));
        assert!(record(&excluded("x".repeat(SHORT + 1))).is_err());
        assert!(record(&excluded(String::new())).is_err());
    }
}
