//! Brings queued mails to their readers: as files, or through a mail server.
//!
//! Delivery comes after the commit and may be repeated: a run killed between delivering a mail and noting it delivers
//! that mail again, with the same message ID, so it is one file or one mail for its reader. The other order would lose
//! mails.

mod eml;
mod message;
mod smtp;

pub use eml::EmlFolder;
pub use smtp::Smtp;

use std::path::Path;

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
    /// Some mails stay queued.
    #[error(
        "{remaining} of {total} mails stay queued, and the next run tries them again; what the run wrote is kept. The \
         first failed because {first}"
    )]
    Queued {
        /// How many stay queued.
        remaining: usize,
        /// How many there were.
        total: usize,
        /// Why the first one failed.
        first: Box<MailError>,
    },
    /// The queue cannot be read or written.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
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

/// Delivers every queued mail, oldest first, and notes each; gives how many were delivered.
///
/// A mail that fails does not hold back the others. A server out of reach does: waiting for it once for each mail could
/// take hours.
///
/// # Errors
/// [`MailError::Queued`] when some were not delivered, [`MailError::Directory`] when the queue cannot be used.
pub async fn flush(directory: &mut dyn Directory, delivery: &dyn Delivery) -> Result<usize, MailError> {
    let queued = directory.queued()?;
    let mut delivered = 0;
    let mut first = None;
    for mail in &queued {
        match delivery.deliver(mail).await {
            Ok(()) => {
                directory.delivered(&mail.message_id)?;
                delivered += 1;
            }
            Err(error) => {
                let hopeless = matches!(error, MailError::Unreachable(_));
                first = first.or(Some(error));
                if hopeless {
                    break;
                }
            }
        }
    }
    match first {
        None => Ok(delivered),
        Some(first) => {
            let total = queued.len();
            Err(MailError::Queued { remaining: total - delivered, total, first: Box::new(first) })
        }
    }
}

#[cfg(test)]
mod tests;
