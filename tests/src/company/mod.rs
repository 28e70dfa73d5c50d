//! Invented companies as fixtures: recorded exchanges ([`cassette`]), laid out for reading ([`pretty`]), and the accounts
//! a learning platform would have of them ([`learning`]). The companies are those of the harness' own stand-in for
//! Personio, so that a fixture and a live run against the stand-in show the same people.

pub mod cassette;
pub mod learning;
pub mod pretty;

pub use personio_mock::company::{Company, DirectoryView, Empty, Person, Supervisor, random, wire};
