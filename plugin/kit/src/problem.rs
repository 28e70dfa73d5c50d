//! Building [`Problem`]s: one line each where they arise.

use crate::bindings::elearnio::connector::types::Problem;

/// A problem from its parts.
#[must_use]
pub fn problem(code: &str, subject: Option<&str>, message: &str, remedy: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        subject: subject.map(str::to_owned),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }
}
