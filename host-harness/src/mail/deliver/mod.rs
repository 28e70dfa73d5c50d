//! Brings queued mails to their readers: as files, or through a mail server.
//!
//! Delivery comes after the commit and may be repeated: a run killed between delivering a mail and noting it delivers
//! that mail again, with the same message ID, so it is one file or one mail for its reader. The other order would lose
//! mails.

mod eml;
mod left;
mod message;
mod smtp;

pub use eml::EmlFolder;
pub use left::Left;
pub use smtp::Smtp;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::Mail;
use crate::directory::{Directory, DirectoryError};
use crate::settings::Settings;

/// Why a mail was not delivered. Names no reader: it may end in a log.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The mail itself cannot be sent: what is wrong with it.
    #[error("a mail cannot be sent: {0}")]
    Invalid(String),
    /// The outbox folder cannot be written: which, why, and what to do.
    #[error("{0}")]
    Outbox(String),
    /// The mail server did not take this mail: which, why, and what to do.
    #[error("{0}")]
    Refused(String),
    /// The mail server cannot be used at all: which, why, and what to do.
    #[error("{0}")]
    Unreachable(String),
    /// The mail server will never take this mail for this reader: which, why, and what to do.
    #[error("{0}")]
    Undeliverable(String),
    /// Some mails are not out.
    #[error("{0}")]
    Left(Box<Left>),
    /// The queue cannot be read or written.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl MailError {
    /// True if the same mail will fail the same way whenever it is sent.
    const fn is_for_good(&self) -> bool {
        matches!(self, Self::Invalid(_) | Self::Undeliverable(_))
    }
}

/// A way for mails to their readers.
#[async_trait::async_trait]
pub trait Delivery: Send + Sync {
    /// Delivers one mail; delivering it again must do no harm.
    ///
    /// # Errors
    /// When the mail was not taken.
    async fn deliver(&self, mail: &Mail) -> Result<(), MailError>;
}

/// The way for a tenant's mails: its settings' mail server, else files in a folder.
///
/// # Errors
/// When the mail server cannot be used at all.
pub fn delivery(settings: &Settings, outbox: &Path) -> Result<Box<dyn Delivery>, MailError> {
    Ok(match settings.mail.as_ref().and_then(|mail| mail.smtp.as_ref()) {
        Some(smtp) => Box::new(Smtp::new(smtp)?),
        None => Box::new(EmlFolder::new(outbox)),
    })
}

/// How long a mail that its server keeps refusing is tried again, in hours, from the start of its run: five days, as mail
/// servers themselves do (RFC 5321, 4.5.4.1). Then it is set aside, so that one mail does not spoil every later run.
const PATIENCE: SignedDuration = SignedDuration::from_hours(5 * 24);

/// Delivers every queued mail, oldest first, and notes each; gives how many were delivered.
///
/// A mail that fails does not hold back the others. A server out of reach does: waiting for it once for each mail could
/// take hours. A mail that can never be delivered is set aside and told of once, in this answer.
///
/// # Errors
/// [`MailError::Left`] when some were not delivered, [`MailError::Directory`] when the queue cannot be used.
pub async fn flush(directory: &mut dyn Directory, delivery: &dyn Delivery) -> Result<usize, MailError> {
    let queued = directory.queued()?;
    let mut left = Left { total: queued.len(), queued: queued.len(), ..Left::default() };
    let mut delivered = 0;
    for mail in &queued {
        match delivery.deliver(mail).await {
            Ok(()) => {
                directory.delivered(&mail.message_id)?;
                left.queued -= 1;
                delivered += 1;
            }
            Err(error) if is_hopeless(&error, mail) => {
                directory.set_aside(&mail.message_id, &error.to_string())?;
                left.queued -= 1;
                left.set_aside += 1;
                left.first_set_aside.get_or_insert(error);
            }
            Err(error) => {
                let out_of_reach = matches!(error, MailError::Unreachable(_));
                left.first_queued.get_or_insert(error);
                if out_of_reach {
                    break;
                }
            }
        }
    }
    if delivered == left.total { Ok(delivered) } else { Err(MailError::Left(Box::new(left))) }
}

/// True if trying again makes no sense: the mail itself is wrong, its reader unknown, or it was refused for too long.
fn is_hopeless(error: &MailError, mail: &Mail) -> bool {
    match error {
        MailError::Refused(_) => {
            Timestamp::from_second(mail.date).is_ok_and(|date| Timestamp::now().duration_since(date) > PATIENCE)
        }
        error => error.is_for_good(),
    }
}

#[cfg(test)]
mod tests;
