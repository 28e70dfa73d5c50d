//! From a row to a learner, an exclusion or a rejection (rules S1, S6, S7 and S8).

use connector_kit::address::as_address;
use connector_kit::bindings::elearnio::connector::types::{
    Excluded, Exclusion, Field, Learner, Mapping, Reading, Rejected, StatusReading,
};
use connector_kit::codes;
use connector_kit::field_name;
use connector_kit::form::{Flag, Form};
use connector_kit::problem::problem;

use crate::table::{self, Header};

/// Maps one row.
///
/// # Errors
/// A row that cannot be used, with the employee's ID where there is one and never with a value of the row.
pub fn map(row: &str, header: &Header, form: &Form) -> Result<Mapping, Rejected> {
    let fields = table::fields(row).filter(|fields| fields.len() == header.width());
    let Some(fields) = fields else {
        return Err(rejected(None, codes::BROKEN_RECORD, None, "The row has not as many fields as the header row."));
    };
    // The three states of a value (rule S6): no column is hidden, an empty field is empty.
    let read = |field: Field| match header.column(&field).and_then(|column| fields.get(column)).map(str::trim) {
        None => Reading::Hidden,
        Some("") => Reading::Empty,
        Some(value) => Reading::Value(value.to_owned()),
    };
    let Reading::Value(employee) = read(Field::Id) else {
        return Err(rejected(None, codes::ID_MISSING, Some(&Field::Id), "The row has no ID."));
    };
    let refuse = |code, field: &Field, message: &str| Err(rejected(Some(&employee), code, Some(field), message));

    let flag = match read(Field::Flag) {
        Reading::Hidden => return refuse(codes::FLAG_HIDDEN, &Field::Flag, "There is no column sync."),
        Reading::Empty => String::new(),
        Reading::Value(value) => value,
    };
    match form.flag(&flag) {
        Flag::Yes => {}
        Flag::No => return Ok(excluded(employee, Exclusion::NotFlagged)),
        Flag::Unknown => return Ok(excluded(employee, Exclusion::UnknownFlag(flag))),
    }

    let email = match read(Field::Email) {
        Reading::Hidden => return refuse(codes::EMAIL_HIDDEN, &Field::Email, "There is no column email."),
        Reading::Empty => return refuse(codes::EMAIL_EMPTY, &Field::Email, "The e-mail address is empty."),
        Reading::Value(email) => match as_address(email) {
            Some(email) => email,
            None => return refuse(codes::EMAIL_INVALID, &Field::Email, "The e-mail address cannot be one."),
        },
    };
    for name in [Field::FirstName, Field::LastName] {
        if read(name.clone()) == Reading::Empty {
            return refuse(codes::NAME_EMPTY, &name, "The first or last name is empty.");
        }
    }
    let status = match read(Field::Status) {
        Reading::Hidden => return refuse(codes::STATUS_HIDDEN, &Field::Status, "There is no column status."),
        Reading::Empty => StatusReading::Unknown(String::new()),
        Reading::Value(value) => match form.status(&value) {
            Some(status) => StatusReading::Known(status.clone()),
            None => StatusReading::Unknown(value),
        },
    };
    Ok(Mapping::Learner(Learner {
        employee,
        email,
        first_name: read(Field::FirstName),
        last_name: read(Field::LastName),
        status,
        gender: read(Field::Gender),
        position: read(Field::Position),
        department: read(Field::Department),
        location: read(Field::Location),
        team: read(Field::Team),
        supervisor: read(Field::Supervisor),
    }))
}

const fn excluded(employee: String, reason: Exclusion) -> Mapping {
    Mapping::Excluded(Excluded { employee, reason })
}

fn rejected(employee: Option<&String>, code: &str, field: Option<&Field>, message: &str) -> Rejected {
    let problem = problem(code, field.map(field_name), message, "Correct the row in the file.");
    Rejected { employee: employee.cloned(), problem }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
mod tests {
    use super::*;
    use connector_kit::bindings::elearnio::connector::types::AccountStatus;
    use connector_kit::form::PlanOptions;

    fn mapped(row: &str) -> Result<Mapping, Rejected> {
        let header = Header::read("id,email,first_name,last_name,status,department,sync\n").unwrap();
        let form = Form {
            accepted: vec!["ja".to_owned()],
            statuses: vec![("active".to_owned(), AccountStatus::Active)],
            options: PlanOptions { send_invitations: false, groups: None },
        };
        map(row, &header, &form)
    }

    #[test]
    fn s06_values_have_three_states() {
        let Ok(Mapping::Learner(learner)) = mapped("7,a@b.example, Ann ,Lee,Active,,Ja") else { panic!("no learner") };
        assert_eq!((learner.employee.as_str(), learner.email.as_str()), ("7", "a@b.example"));
        assert_eq!(learner.first_name, Reading::Value("Ann".to_owned()));
        assert_eq!(learner.status, StatusReading::Known(AccountStatus::Active));
        assert_eq!((learner.department, learner.team), (Reading::Empty, Reading::Hidden));
    }

    #[test]
    fn s01_only_the_flagged_are_looked_at() {
        for (flag, reason) in [("nein", Exclusion::NotFlagged), ("??", Exclusion::UnknownFlag("??".to_owned()))] {
            assert_eq!(mapped(&format!("7,,,,,,{flag}")), Ok(excluded("7".to_owned(), reason)));
        }
    }

    #[test]
    fn a_row_that_cannot_be_used_says_why() {
        for (row, code) in [
            ("7,a@b.example", codes::BROKEN_RECORD),
            ("", codes::BROKEN_RECORD),
            (",a@b.example,Ann,Lee,active,,ja", codes::ID_MISSING),
            ("7,,Ann,Lee,active,,ja", codes::EMAIL_EMPTY),
            ("7,ann,Ann,Lee,active,,ja", codes::EMAIL_INVALID),
            ("7,a@b.example,,Lee,active,,ja", codes::NAME_EMPTY),
        ] {
            assert_eq!(mapped(row).unwrap_err().problem.code, code, "{row}");
        }
    }
}
