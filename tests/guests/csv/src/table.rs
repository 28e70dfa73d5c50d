//! The file: its columns and its rows.

use connector_kit::bindings::elearnio::connector::types::{Field, HiddenAttribute, Problem};
use connector_kit::bindings::exports::elearnio::connector::connector::Page;
use connector_kit::bindings::exports::elearnio::connector::manifest::Attribute;
use connector_kit::codes;
use connector_kit::key;
use connector_kit::problem::problem;

/// A column's name and the attribute in it. Without a required one nothing can be decided (rule S7).
const COLUMNS: [(&str, Field, bool); 12] = [
    ("id", Field::Id, true),
    ("first_name", Field::FirstName, false),
    ("last_name", Field::LastName, false),
    ("email", Field::Email, true),
    ("status", Field::Status, true),
    ("department", Field::Department, false),
    ("team", Field::Team, false),
    ("location", Field::Location, false),
    ("position", Field::Position, false),
    ("gender", Field::Gender, false),
    ("supervisor", Field::Supervisor, false),
    ("sync", Field::Flag, true),
];

/// The attributes, as the manifest tells them.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    let attribute =
        |(column, field, required): (&str, Field, bool)| Attribute { field, source: column.to_owned(), required };
    COLUMNS.into_iter().map(attribute).collect()
}

/// The header row: which attribute stands in which column.
#[derive(Debug, Clone, PartialEq)]
pub struct Header(Vec<Option<Field>>);

impl Header {
    /// Reads a file's first row. Columns it does not know are left alone.
    ///
    /// # Errors
    /// When there is none, or a column stands twice.
    pub fn read(file: &str) -> Result<Self, Problem> {
        let mut reader = reader(file);
        let names = reader.headers().map_err(|_| broken("The file has no header row."))?;
        let field =
            |name: &str| COLUMNS.into_iter().find(|(column, ..)| *column == key(name)).map(|(_, field, _)| field);
        let fields: Vec<Option<Field>> = names.iter().map(field).collect();
        let twice =
            fields.iter().enumerate().any(|(at, field)| field.is_some() && fields.iter().take(at).any(|f| f == field));
        if twice { Err(broken("A column appears twice in the header row.")) } else { Ok(Self(fields)) }
    }

    /// The column of an attribute; none if this file does not show it.
    #[must_use]
    pub fn column(&self, field: &Field) -> Option<usize> {
        self.0.iter().position(|column| column.as_ref() == Some(field))
    }

    /// How many columns a row has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.0.len()
    }

    /// The attributes without a column.
    #[must_use]
    pub fn hidden(&self) -> Vec<HiddenAttribute> {
        let hidden = COLUMNS.into_iter().filter(|(_, field, _)| self.column(field).is_none());
        hidden.map(|(_, attribute, required)| HiddenAttribute { attribute, required }).collect()
    }
}

/// Cuts a file into rows, verbatim: all of it is one page.
///
/// # Errors
/// When its quotes do not add up.
pub fn page(file: &str) -> Result<Page, Problem> {
    let mut reader = reader(file);
    let mut starts = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|_| broken("The file cannot be split into rows."))?;
        starts.extend(row.position().and_then(|position| usize::try_from(position.byte()).ok()));
    }
    let ends = starts.iter().skip(1).copied().chain([file.len()]);
    let rows = starts.iter().zip(ends).filter_map(|(start, end)| file.get(*start..end));
    let employees: Vec<String> = rows.map(|row| row.trim_matches(['\r', '\n']).to_owned()).collect();
    let total = Some(employees.len() as u64);
    Ok(Page { employees, next: None, total, notices: Vec::new() })
}

/// A row's fields; none if it is not one row.
#[must_use]
pub fn fields(row: &str) -> Option<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(row.as_bytes());
    let mut rows = reader.records();
    match (rows.next(), rows.next()) {
        (Some(Ok(fields)), None) => Some(fields),
        _ => None,
    }
}

/// Rows of the wrong length are that person's problem, not the file's.
fn reader(file: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().flexible(true).from_reader(file.as_bytes())
}

fn broken(message: &str) -> Problem {
    problem(codes::ANSWER_UNREADABLE, None, message, "Export the file again, as CSV in UTF-8 with a header row.")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn s07_a_column_that_is_not_there_is_hidden() {
        let header = Header::read("email,id,status,sync,shoe_size\n").unwrap();
        assert_eq!(header.column(&Field::Id), Some(1));
        let hidden = header.hidden();
        assert!(hidden.contains(&HiddenAttribute { attribute: Field::Team, required: false }));
        assert!(hidden.iter().all(|hidden| !hidden.required) && hidden.len() == 8);
        assert_eq!(
            Header::read("\u{feff}ID, E\u{200b}mail \n").unwrap().column(&Field::Email),
            Some(1),
            "compared by key"
        );
        assert!(Header::read("id\n").unwrap().hidden().iter().any(|hidden| hidden.required));
    }

    #[test]
    fn a_column_that_stands_twice_is_refused() {
        assert!(Header::read("id,id\n").is_err());
        assert!(Header::read("a,a,id\n").is_ok(), "what is not read may stand as often as it likes");
    }

    #[test]
    fn rows_are_verbatim_whatever_their_quotes_hold() {
        let page = page("id,first_name\r\n1,\"Ann\na, \"\"the\"\" one\"\r\n2, Bo \r\n3\r\n").unwrap();
        assert_eq!(page.employees, ["1,\"Ann\na, \"\"the\"\" one\"", "2, Bo ", "3"]);
        assert_eq!((page.next, page.total), (None, Some(3)));
    }
}
