//! Whether a connector's answers can be: what it says of itself, of a connection, of one person.
//!
//! Only what the contract promises is checked, so that a check that fails is always the connector's mistake.

use semver::Version;

use crate::contract::connector::Connection;
use crate::contract::{Learner, Reading, SourceRecord, manifest};
use crate::http::Origin;

use super::connector::Description;
use super::journal::printable;
use super::verdict::Verdict;

/// The longest of a connector's short texts (names, IDs), in bytes.
const SHORT: usize = 1_024;
/// The most origins, and the most attributes, that a connector may name.
const MANY: usize = 64;

/// Checks what a component says of itself.
pub(super) fn description(said: manifest::Description) -> Result<Description, Verdict> {
    // The errors repeat the guest's text.
    let wrong = |what: String| Verdict::nonsense("describe", printable(&what));
    let manifest::Description { name, version, origins, attributes } = said;
    if name.is_empty() || name.len() > MANY || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(wrong(format!("its name has to be 1 to {MANY} letters, digits and hyphens")));
    }
    Version::parse(&version).map_err(|error| wrong(format!("its version is no semantic version: {error}")))?;
    if origins.len() > MANY || attributes.len() > MANY {
        return Err(wrong(format!("it names more than {MANY} origins or attributes")));
    }
    let origins = origins
        .iter()
        .map(|text| Origin::parse(text).map_err(|error| wrong(format!("one of its origins is none: {error}"))))
        .collect::<Result<_, _>>()?;
    Ok(Description { name, version, origins, attributes })
}

/// Checks `configure`'s answer.
pub(super) fn connection(connection: &Connection) -> Result<(), Verdict> {
    if connection.hidden.len() > MANY {
        return Err(Verdict::nonsense("configure", format!("more than {MANY} attributes are hidden")));
    }
    Ok(())
}

/// Checks one mapped record.
pub(super) fn record(record: &SourceRecord) -> Result<(), Verdict> {
    match record {
        SourceRecord::Learner(one) => learner(one),
        SourceRecord::Excluded(one) => id(&one.employee),
        SourceRecord::Rejected(one) => one.employee.as_deref().map_or(Ok(()), id),
    }
}

fn learner(learner: &Learner) -> Result<(), Verdict> {
    id(&learner.employee)?;
    let wrong = |what: &str| Err(Verdict::nonsense("map-employee", what));
    if learner.email.is_empty() {
        return wrong("a learner without an e-mail address, which is to be rejected");
    }
    if matches!(learner.first_name, Reading::Empty) || matches!(learner.last_name, Reading::Empty) {
        return wrong("a learner with an empty name, which is to be rejected");
    }
    Ok(())
}

fn id(id: &str) -> Result<(), Verdict> {
    if id.is_empty() || id.len() > SHORT {
        return Err(Verdict::nonsense("map-employee", format!("an employee ID has to be 1 to {SHORT} bytes long")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Excluded, Exclusion};

    fn said() -> manifest::Description {
        manifest::Description {
            name: "test".to_owned(),
            version: "1.0.0".to_owned(),
            origins: vec!["https://api.example.com".to_owned()],
            attributes: Vec::new(),
        }
    }

    fn words<T>(result: Result<T, Verdict>) -> String {
        result.err().map(|verdict| verdict.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_proper_description_passes() {
        assert_eq!(words(description(said())), "");
    }

    #[test]
    fn a_description_that_cannot_be_is_told_why() {
        let name = |name: &str| manifest::Description { name: name.to_owned(), ..said() };
        let version = manifest::Description { version: "one".to_owned(), ..said() };
        let origin = manifest::Description { origins: vec!["file:///etc/\u{1b}[2J".to_owned()], ..said() };
        let crowd = manifest::Description { origins: vec!["https://a.example".to_owned(); MANY + 1], ..said() };
        let cases = [
            (name(""), "its name"),
            (name("a\nb"), "its name"),
            (version, "its version"),
            (origin, "one of its origins"),
            (crowd, "more than 64"),
        ];
        for (said, sign) in cases {
            let words = words(description(said));
            assert!(words.contains(sign) && !words.contains(char::is_control), "{words}");
        }
    }

    #[test]
    fn an_employee_id_is_checked_at_its_limit_and_past_it() {
        let excluded = |employee| SourceRecord::Excluded(Excluded { employee, reason: Exclusion::NotFlagged });
        assert_eq!(record(&excluded("x".repeat(SHORT))), Ok(()));
        assert!(record(&excluded("x".repeat(SHORT + 1))).is_err());
        assert!(record(&excluded(String::new())).is_err());
    }
}
