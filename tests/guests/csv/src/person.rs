//! Maps a row to a learner, an exclusion or a rejection (rules S1, S6, S7 and S8).

use std::borrow::Cow;

use connector_kit::bindings::elearnio::connector::types::{
    Excluded, Exclusion, Field, Learner, Mapping, Reading, Rejected,
};
use connector_kit::codes;
use connector_kit::field_name;
use connector_kit::problem::problem;
use connector_kit::readings;
use connector_kit::settings::{CommonSettings, Flag};

use crate::table::{self, Header};

/// Maps one row.
///
/// # Errors
/// A row that cannot be used, with the employee's ID where there is one and never with a value of the row.
pub fn map(row: &str, header: &Header, settings: &CommonSettings) -> Result<Mapping, Rejected> {
    let broken = || {
        rejected(None, codes::BROKEN_RECORD, None, "The row does not have the same number of fields as the header row.")
    };
    let fields = table::fields(row).ok_or_else(broken)?;
    // The four states of a value (rule S6): no column is hidden, and the kit tells the others apart.
    let read = |field: Field| match header.column(&field).and_then(|column| fields.get(column)) {
        None => Reading::Hidden,
        Some(value) => readings::text(Cow::Borrowed(value)),
    };
    let id = match read(Field::Id) {
        Reading::Value(id) if readings::is_id(&id) => Some(id),
        _ => None,
    };
    if fields.len() != header.width() {
        // Whose row it is shows all the same, if the ID stands before what is too much or too little (rule S17).
        return Err(Rejected { employee: id.filter(|_| header.column(&Field::Id) == Some(0)), ..broken() });
    }
    let Some(employee) = id else {
        return Err(rejected(None, codes::ID_MISSING, Some(&Field::Id), "The row has no usable ID."));
    };
    let excluded = |reason| Ok(Mapping::Excluded(Excluded { employee: employee.clone(), reason }));
    match read(Field::Flag) {
        Reading::Hidden => {
            let message = "The file has no column `sync`.";
            return Err(rejected(Some(&employee), codes::FLAG_HIDDEN, Some(&Field::Flag), message));
        }
        Reading::Empty => return excluded(Exclusion::NotFlagged),
        Reading::Unusable(code) => return excluded(Exclusion::UnusableFlag(code)),
        Reading::Value(value) => match settings.flag(&value) {
            Flag::Yes => {}
            Flag::No => return excluded(Exclusion::NotFlagged),
            Flag::Unknown => return excluded(Exclusion::UnknownFlag(value)),
        },
    }
    Ok(Mapping::Learner(Learner {
        email: readings::address(read(Field::Email)),
        first_name: read(Field::FirstName),
        last_name: read(Field::LastName),
        status: readings::status(read(Field::Status), settings),
        gender: read(Field::Gender),
        position: read(Field::Position),
        department: read(Field::Department),
        location: read(Field::Location),
        team: read(Field::Team),
        supervisor: readings::reference(read(Field::Supervisor)),
        employee,
    }))
}

fn rejected(employee: Option<&String>, code: &str, field: Option<&Field>, message: &str) -> Rejected {
    let problem = problem(code, field.map(field_name), message, "Correct the row in the file.");
    Rejected { employee: employee.cloned(), problem }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
mod tests {
    use super::*;
    use connector_kit::bindings::elearnio::connector::types::{AccountStatus, StatusReading};
    use connector_kit::settings::PlanOptions;

    fn mapped(row: &str) -> Result<Mapping, Rejected> {
        let header = Header::read("id,email,first_name,last_name,status,department,sync\n").unwrap();
        let settings = CommonSettings {
            filter_label: String::new(),
            accepted: vec!["ja".to_owned()],
            statuses: vec![("active".to_owned(), AccountStatus::Active)],
            options: PlanOptions { send_invitations: false, groups: None },
        };
        map(row, &header, &settings)
    }

    fn learner(row: &str) -> Learner {
        let Ok(Mapping::Learner(learner)) = mapped(row) else { panic!("no learner: {row}") };
        learner
    }

    #[test]
    fn s06_values_have_four_states() {
        let one = learner("7,a@b.example, Ann ,L\u{fffd}e,Active,,Ja");
        assert_eq!((one.employee.as_str(), one.email), ("7", Reading::Value("a@b.example".to_owned())));
        assert_eq!(one.first_name, Reading::Value("Ann".to_owned()));
        assert_eq!(one.last_name, Reading::Unusable(codes::VALUE_DAMAGED.to_owned()));
        assert_eq!(one.status, StatusReading::Known(AccountStatus::Active));
        assert_eq!((one.department, one.team), (Reading::Empty, Reading::Hidden));
    }

    #[test]
    fn s06_a_person_is_mapped_whatever_is_missing() {
        let one = learner("7,ann,\u{200b},,??,\u{feff}Lager\u{200b},j\u{200b}a");
        assert_eq!(one.email, Reading::Unusable(codes::EMAIL_INVALID.to_owned()));
        assert_eq!((one.first_name, one.last_name), (Reading::Empty, Reading::Empty));
        assert_eq!(one.status, StatusReading::Unknown("??".to_owned()));
        assert_eq!(one.department, Reading::Value("Lager".to_owned()));
    }

    #[test]
    fn s01_only_the_flagged_are_looked_at() {
        for (flag, reason) in [
            ("nein", Exclusion::NotFlagged),
            ("", Exclusion::NotFlagged),
            ("\u{200b}", Exclusion::NotFlagged),
            ("??", Exclusion::UnknownFlag("??".to_owned())),
            ("j\u{fffd}", Exclusion::UnusableFlag(codes::VALUE_DAMAGED.to_owned())),
        ] {
            let excluded = Mapping::Excluded(Excluded { employee: "7".to_owned(), reason });
            assert_eq!(mapped(&format!("7,,,,,,{flag}")), Ok(excluded), "{flag:?}");
        }
    }

    #[test]
    fn s17_a_row_that_cannot_be_used_says_why_and_whose_it_is() {
        for (row, code, employee) in [
            ("7,a@b.example", codes::BROKEN_RECORD, Some("7")),
            ("7,a@b.example,Ann,Lee,active,,ja,more", codes::BROKEN_RECORD, Some("7")),
            ("", codes::BROKEN_RECORD, None),
            (",a@b.example,Ann,Lee,active,,ja", codes::ID_MISSING, None),
            ("7\u{fffd},a@b.example,Ann,Lee,active,,ja", codes::ID_MISSING, None),
        ] {
            let rejected = mapped(row).unwrap_err();
            assert_eq!((rejected.problem.code.as_str(), rejected.employee.as_deref()), (code, employee), "{row}");
        }
    }
}
