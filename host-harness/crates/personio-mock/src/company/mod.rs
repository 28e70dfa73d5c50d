//! Invented companies, as Personio would show them.
//!
//! One model for everything that needs people: the stand-in's server, generated fixtures, benchmarks and properties.
//! [`generate`](Company::generate) makes any number of people from a seed, [`mod@file`] reads a company that somebody wrote
//! down, and [`wire`] shows people in the shape of Personio's v1 API. Real recordings were rejected: they are people's
//! data, however well masked.

pub mod file;
mod generate;
mod names;
pub mod random;
pub mod wire;

/// A company's people, by ascending ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its name, as it stands in its people's addresses: `nordwind` gives `…@nordwind.example`.
    pub name: String,
    /// Everybody.
    pub people: Vec<Person>,
}

/// One employee. What is empty is empty in one of the ways in which Personio shows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Personio's ID.
    pub id: u64,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Work address.
    pub email: DirectoryView<String>,
    /// `male`, `female` or `diverse`.
    pub gender: DirectoryView<String>,
    /// `onboarding`, `active`, `leave` or `inactive`.
    pub status: String,
    /// Job title.
    pub position: DirectoryView<String>,
    /// Whom they report to.
    pub supervisor: DirectoryView<Supervisor>,
    /// The office's name.
    pub office: DirectoryView<String>,
    /// The department's name.
    pub department: DirectoryView<String>,
    /// The team's name.
    pub team: DirectoryView<String>,
    /// The filter attribute's value.
    pub flag: DirectoryView<String>,
}

/// As much of a supervisor as Personio shows with a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supervisor {
    /// Personio's ID.
    pub id: u64,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
}

/// A value, or one of the ways in which there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectoryView<T> {
    /// There is one.
    Value(T),
    /// There is none.
    Empty(Empty),
}

/// How an attribute without a value looks on the wire. All three occur for any attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    /// `null`.
    Null,
    /// `""`.
    Text,
    /// `[]`.
    List,
}

impl<T> DirectoryView<T> {
    /// The value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Empty(_) => None,
        }
    }
}

impl From<&str> for DirectoryView<String> {
    fn from(text: &str) -> Self {
        Self::Value(text.to_owned())
    }
}

impl From<Empty> for DirectoryView<String> {
    fn from(empty: Empty) -> Self {
        Self::Empty(empty)
    }
}
