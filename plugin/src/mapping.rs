//! Maps one Personio record to a learner, an exclusion or a rejection (rules S1, S6, S7 and S8).
//!
//! The filter is judged first: of somebody who is not to be synced, only the ID is read. A record is rejected only if it
//! cannot be read, names nobody, or does not show the filter attribute; whatever else is missing is a reading that says so,
//! and planning decides what it means.

use std::borrow::Cow;

use crate::attributes::Attribute;
use crate::bindings::elearnio::connector::types::{Excluded, Exclusion, Learner, Mapping, Reading, Rejected};
use crate::codes;
use crate::personio::json::{Broken, Reader};
use crate::personio::record::{NoRecord, Node, Record};
use crate::personio::shape::Shape;
use crate::problem::problem;
use connector_kit::readings;
use connector_kit::settings::{CommonSettings, Flag};
use connector_kit::text::is_damaged;

/// Maps one record; `flag` is the filter attribute's key.
///
/// # Errors
/// A record that cannot be used, with the employee's ID where there is one and never with a value of the record.
pub fn map(text: &str, flag: &str, settings: &CommonSettings) -> Result<Mapping, Rejected> {
    match Record::parse(text, flag) {
        Ok(record) => map_record(record, settings),
        Err(NoRecord { broken, id }) => Err(unreadable(broken.place(text), id)),
    }
}

/// Maps the record that comes next in a page, as [`map`] maps it when it was cut out.
///
/// # Errors
/// When the page is not JSON there.
pub fn map_in_place(
    reader: &mut Reader<'_>,
    flag: &str,
    settings: &CommonSettings,
    shape: &mut Shape,
) -> Result<Result<Mapping, Rejected>, Broken> {
    reader.kind()?;
    let start = reader.at();
    if let Ok(record) = shape.read(reader, flag) {
        return Ok(map_record(record, settings));
    }
    // Mistakes are reported for the record on its own, with its own line and column.
    reader.rewind(start);
    reader.skip()?;
    Ok(map(reader.since(start), flag, settings))
}

fn map_record(mut record: Record<'_>, settings: &CommonSettings) -> Result<Mapping, Rejected> {
    let employee = id(&mut record)?;
    match judge(record.take(Attribute::Flag), settings) {
        Some(Ok(())) => {}
        Some(Err(reason)) => return Ok(Mapping::Excluded(Excluded { employee, reason })),
        None => {
            let message = "The filter attribute is not shown for this employee.";
            let remedy = "In Personio, let the credential read the filter attribute.";
            let problem = problem(codes::FLAG_HIDDEN, Some("flag"), message, remedy);
            return Err(Rejected { employee: Some(employee), problem });
        }
    }
    let mut text = |attribute| text(record.take(attribute));
    Ok(Mapping::Learner(Learner {
        employee,
        email: readings::address(text(Attribute::Email)),
        first_name: text(Attribute::FirstName),
        last_name: text(Attribute::LastName),
        status: readings::status(text(Attribute::Status), settings),
        gender: text(Attribute::Gender),
        position: text(Attribute::Position),
        department: text(Attribute::Department),
        location: text(Attribute::Office),
        team: text(Attribute::Team),
        supervisor: supervisor(record.take(Attribute::Supervisor)),
    }))
}

fn unreadable((line, column): (usize, usize), id: Option<String>) -> Rejected {
    let message = format!("The record cannot be read: column {column} of line {line}.");
    let remedy = "Open the employee in Personio and save it again; if that does not help, tell Personio.";
    let employee = id.filter(|id| readings::is_id(id));
    Rejected { employee, problem: problem(codes::BROKEN_RECORD, None, &message, remedy) }
}

fn id(record: &mut Record<'_>) -> Result<String, Rejected> {
    match record.take(Attribute::Id) {
        Some(Node::Text(id)) if readings::is_id(&id) => Ok(id.into_owned()),
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

/// Rule S1: why somebody is left out, if they are; none if the filter attribute is not shown.
///
/// Of several tags one yes is enough. What cannot be understood is neither a yes nor a no.
fn judge(flag: Option<Node<'_>>, settings: &CommonSettings) -> Option<Result<(), Exclusion>> {
    let unusable = |code: &str| Err(Exclusion::UnusableFlag(code.to_owned()));
    let values = match flag? {
        Node::Empty => return Some(Err(Exclusion::NotFlagged)),
        Node::Text(text) | Node::Object { name: Some(text), .. } => vec![text],
        Node::Texts(texts) => texts,
        Node::Object { name: None, .. } | Node::Unknown => return Some(unusable(codes::VALUE_SHAPE_UNKNOWN)),
    };
    let is = |flag: Flag| values.iter().filter(move |value| settings.flag(value) == flag).count();
    Some(if is(Flag::Yes) > 0 {
        Ok(())
    } else if values.iter().any(|value| is_damaged(value)) {
        unusable(codes::VALUE_DAMAGED)
    } else if is(Flag::No) == values.len() {
        Err(Exclusion::NotFlagged)
    } else {
        Err(Exclusion::UnknownFlag(joined(&values)))
    })
}

fn joined(values: &[Cow<'_, str>]) -> String {
    values.join(", ")
}

/// The four states (rule S6).
fn text(node: Option<Node<'_>>) -> Reading {
    match node {
        None => Reading::Hidden,
        Some(Node::Empty) => Reading::Empty,
        Some(Node::Text(text) | Node::Object { name: Some(text), .. }) => readings::text(text),
        Some(Node::Texts(texts)) => readings::text(Cow::Owned(joined(&texts))),
        Some(Node::Object { name: None, .. } | Node::Unknown) => readings::unusable(codes::VALUE_SHAPE_UNKNOWN),
    }
}

/// The supervisor's ID (rule S14); Personio may show nothing else of them.
fn supervisor(node: Option<Node<'_>>) -> Reading {
    match node {
        None => Reading::Hidden,
        Some(Node::Empty) => Reading::Empty,
        Some(Node::Text(id) | Node::Object { id: Some(id), .. }) => readings::reference(readings::text(id)),
        Some(Node::Object { id: None, .. } | Node::Texts(_) | Node::Unknown) => {
            readings::unusable(codes::VALUE_SHAPE_UNKNOWN)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]

    use super::*;
    use crate::bindings::elearnio::connector::types::{AccountStatus, StatusReading};
    use crate::config::PlanOptions;

    fn settings() -> CommonSettings {
        CommonSettings {
            filter_label: String::new(),
            accepted: vec!["ja".to_owned(), "yes".to_owned()],
            statuses: vec![("active".to_owned(), AccountStatus::Active)],
            options: PlanOptions { send_invitations: false, groups: None },
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
        map(&format!(r#"{{"type":"Employee","attributes":{{{}}}}}"#, attributes.join(",")), "f", &settings())
    }

    #[test]
    fn the_eleven_attributes_are_mapped_in_their_states() {
        let Ok(Mapping::Learner(learner)) = mapped(&[("position", None)]) else { panic!("no learner") };
        let value = |text: &str| Reading::Value(text.to_owned());
        assert_eq!(learner.employee, "4711");
        assert_eq!(learner.email, value("j.gross@example.com"));
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
        for flag in
            [r#""JA""#, r#"["yes"]"#, r#"["x","ja"]"#, r#"["nein","j\u200ba"]"#, r#"["\ud83d","ja"]"#, r#""\ufeffja""#]
        {
            assert!(matches!(mapped(&[("f", Some(flag))]), Ok(Mapping::Learner(_))), "{flag}");
        }
    }

    #[test]
    fn s01_a_flag_that_cannot_be_understood_is_neither_yes_nor_no() {
        for (flag, code) in [
            (r#""ja\ud83d""#, codes::VALUE_DAMAGED),
            (r#"["nein","\ufffd"]"#, codes::VALUE_DAMAGED),
            (r#"[{"name":"ja"},{"name":"ja"}]"#, codes::VALUE_SHAPE_UNKNOWN),
            ("{}", codes::VALUE_SHAPE_UNKNOWN),
            ("[null]", codes::VALUE_SHAPE_UNKNOWN),
        ] {
            let reason = Exclusion::UnusableFlag(code.to_owned());
            let excluded = Mapping::Excluded(Excluded { employee: "4711".to_owned(), reason });
            assert_eq!(mapped(&[("f", Some(flag))]), Ok(excluded), "{flag}");
        }
    }

    #[test]
    fn s01_a_truth_value_is_a_flag_like_any_other() {
        let accepts_true = CommonSettings { accepted: vec!["true".to_owned()], ..settings() };
        for (flag, reason) in [
            ("true", None),
            ("false", Some(Exclusion::NotFlagged)),
            ("0", Some(Exclusion::NotFlagged)),
            (r#""False""#, Some(Exclusion::NotFlagged)),
        ] {
            let text = format!(r#"{{"attributes":{{"id":1,"f":{{"value":{flag}}}}}}}"#);
            let excluded = match map(&text, "f", &accepts_true) {
                Ok(Mapping::Excluded(excluded)) => Some(excluded.reason),
                _ => None,
            };
            assert_eq!(excluded, reason, "{flag}");
        }
    }

    #[test]
    fn s07_a_flag_that_is_not_shown_rejects_and_says_whose() {
        let Err(rejected) = mapped(&[("f", None)]) else { panic!("not rejected") };
        assert_eq!((rejected.employee.as_deref(), rejected.problem.code.as_str()), (Some("4711"), codes::FLAG_HIDDEN));
    }

    /// Everything that is read of somebody, by Personio's key.
    fn readings_of(learner: &Learner) -> [(&'static str, Reading); 10] {
        let status = match &learner.status {
            StatusReading::Hidden => Reading::Hidden,
            StatusReading::Unusable(code) => Reading::Unusable(code.clone()),
            StatusReading::Unknown(value) if value.is_empty() => Reading::Empty,
            StatusReading::Unknown(value) => Reading::Value(value.clone()),
            StatusReading::Known(_) => Reading::Value("active".to_owned()),
        };
        [
            ("email", learner.email.clone()),
            ("first_name", learner.first_name.clone()),
            ("last_name", learner.last_name.clone()),
            ("status", status),
            ("gender", learner.gender.clone()),
            ("position", learner.position.clone()),
            ("department", learner.department.clone()),
            ("office", learner.location.clone()),
            ("team", learner.team.clone()),
            ("supervisor", learner.supervisor.clone()),
        ]
    }

    #[test]
    fn s06_of_every_attribute_only_a_documented_nothing_is_empty_and_only_its_own_value_is_touched() {
        let Ok(Mapping::Learner(good)) = mapped(&[]) else { panic!("no learner") };
        let shape = || Reading::Unusable(codes::VALUE_SHAPE_UNKNOWN.to_owned());
        let damaged = || Reading::Unusable(codes::VALUE_DAMAGED.to_owned());
        for (key, _) in readings_of(&good) {
            for (value, reading) in [
                (None, Reading::Hidden),
                (Some("null"), Reading::Empty),
                (Some(r#""""#), Reading::Empty),
                (Some("[]"), Reading::Empty),
                (Some(r#""\u200b \u00ad""#), Reading::Empty),
                (Some("{}"), shape()),
                (Some("[null]"), shape()),
                (Some(r#"[{"attributes":{"id":7,"name":"A"}},{"attributes":{"id":8,"name":"B"}}]"#), shape()),
                (Some(r#"{"attributes":[]}"#), shape()),
                (Some(r#""Barista \ud83d""#), damaged()),
                (Some(r#""\udc00""#), damaged()),
                (Some("\"Barista \u{fffd}\""), damaged()),
            ] {
                let Ok(Mapping::Learner(learner)) = mapped(&[(key, value)]) else { panic!("{key} {value:?}") };
                for ((name, read), (_, otherwise)) in readings_of(&learner).into_iter().zip(readings_of(&good)) {
                    let expected = if name == key { reading.clone() } else { otherwise };
                    assert_eq!(read, expected, "{name} with {key} as {value:?}");
                }
            }
        }
    }

    #[test]
    fn s06_an_address_that_cannot_be_one_is_unusable() {
        for value in [r#""anna""#, r#""a b@example.com""#, "7", "true", r#"["a@b.example","c@d.example"]"#] {
            let Ok(Mapping::Learner(learner)) = mapped(&[("email", Some(value))]) else { panic!("{value}") };
            assert_eq!(learner.email, Reading::Unusable(codes::EMAIL_INVALID.to_owned()), "{value}");
        }
    }

    #[test]
    fn a_record_without_an_id_is_rejected_alone() {
        let id = |value| mapped(&[("id", value)]).err().map(|rejected| rejected.problem.code);
        for value in [None, Some("null"), Some(r#""""#), Some("{}"), Some("[1,{}]")] {
            assert_eq!(id(value).as_deref(), Some(codes::ID_MISSING), "{value:?}");
        }
        for value in ["1e999", "[1,2]", r#""1\ud83d""#, r#""1\n2""#, "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]"] {
            assert_eq!(id(Some(value)).as_deref(), Some(codes::ID_MISSING), "{value}");
        }
        let broken = map("<html>", "f", &settings()).err().map(|rejected| rejected.problem.message);
        assert_eq!(broken.as_deref(), Some("The record cannot be read: column 1 of line 1."));
    }

    #[test]
    fn s08_an_unknown_status_is_kept_as_it_was_written() {
        let Ok(Mapping::Learner(learner)) = mapped(&[("status", Some(r#""Sabbatical""#))]) else {
            panic!("no learner")
        };
        assert_eq!(learner.status, StatusReading::Unknown("Sabbatical".to_owned()));
    }

    #[test]
    fn s17_a_record_that_cannot_be_read_may_name_somebody() {
        let rejected =
            |text| map(text, "f", &settings()).err().map(|rejected| (rejected.employee, rejected.problem.code));
        for (text, id) in
            [(r#"{"id":7,"attributes":[]}"#, Some("7")), (r#"{"attributes":[]}"#, None), (r#"{"id":"\ud83d"}"#, None)]
        {
            assert_eq!(rejected(text), Some((id.map(str::to_owned), codes::BROKEN_RECORD.to_owned())), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}", value in "\\PC{0,20}") {
            drop(map(&text, "f", &settings()));
            drop(mapped(&[("email", Some(&value)), ("supervisor", Some(&value))]));
        }
    }
}
