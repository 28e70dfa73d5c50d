//! The mails of a run: the summary for the admin (rule S26) and the invitations (rule S16).
//!
//! They are rendered before the commit, stored in the same transaction as the accounts, and delivered after it. A
//! message ID is made from what the mail is for, so a mail that is delivered twice by a crash is one and the same mail.

pub mod deliver;
pub mod invitation;
pub mod summary;

mod identity;
mod page;
#[cfg(test)]
mod testing;
mod wrap;

/// A mail, ready to be stored and delivered. No `Debug`: it names people.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// RFC 5322 message ID without angle brackets; the same mail always has the same.
    pub message_id: String,
    /// Who it is from.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// The subject line.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Seconds since 1970, for the `Date` header: when the run started.
    pub date: i64,
}
