//! Delivers queued mails: as files, or through a mail server.
//!
//! Delivery comes after the commit and may be repeated: a run killed between delivering a mail and noting it delivers
//! that mail again, with the same message ID, so it is one file or one mail for its reader. The other order would lose
//! mails.

mod eml;
mod message;
mod smtp;
mod undelivered;

pub use eml::EmlFolder;
pub use smtp::Smtp;
pub use undelivered::Undelivered;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::Mail;
use connector_settings::Settings;
use connector_sync::directory::{Directory, DirectoryError};

/// Why a mail was not delivered. Names no reader: it may end in a log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
    /// The time for delivering was up, or delivery was stopped.
    #[error("delivering was stopped before it was done; check whether the mail server answers, or start again")]
    OutOfTime,
    /// Some mails are not out.
    #[error("{0}")]
    Undelivered(Box<Undelivered>),
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

/// The way for the mails of one of many tenants, whose settings may be somebody's who means the platform harm: as
/// [`delivery`], but to a mail server whose addresses are public ones, unless its name is one of those `allowed`.
///
/// # Errors
/// When the mail server cannot be used at all, or may not be.
pub async fn delivery_for_tenant(
    settings: &Settings,
    outbox: &Path,
    allowed: &[String],
) -> Result<Box<dyn Delivery>, MailError> {
    Ok(match settings.mail.as_ref().and_then(|mail| mail.smtp.as_ref()) {
        Some(smtp) if allowed.iter().any(|host| host.eq_ignore_ascii_case(&smtp.host)) => Box::new(Smtp::new(smtp)?),
        Some(smtp) => Box::new(Smtp::to_public(smtp).await?),
        None => Box::new(EmlFolder::new(outbox)),
    })
}

/// How long a mail that its server keeps refusing is tried again, in hours, from the start of its run: five days, as mail
/// servers themselves do (RFC 5321, 4.5.4.1). Then it is dead-lettered, so that one mail does not spoil every later run.
const MAX_QUEUE_AGE: SignedDuration = SignedDuration::from_hours(5 * 24);

/// Delivers every queued mail, oldest first, and notes each; gives how many were delivered.
///
/// A mail that fails does not hold back the others. A server out of reach does: waiting for it once for each mail could
/// take hours. A mail that can never be delivered is dead-lettered and reported once, in this answer.
///
/// # Errors
/// [`MailError::Undelivered`] when some were not delivered, [`MailError::Directory`] when the queue cannot be used.
pub async fn flush(directory: &mut dyn Directory, delivery: &dyn Delivery) -> Result<usize, MailError> {
    flush_until(directory, delivery, std::future::pending()).await
}

/// [`flush`], for as long as `cut` does not end: a server that answers slowly can keep a delivery for as long as it likes. The
/// mail that is on its way then is cut off and stays queued with those behind it.
///
/// # Errors
/// As [`flush`], with [`MailError::OutOfTime`] as the first reason.
pub async fn flush_until(
    directory: &mut dyn Directory,
    delivery: &dyn Delivery,
    cut: impl Future<Output = ()> + Send,
) -> Result<usize, MailError> {
    let mut cut = std::pin::pin!(cut);
    let queued = directory.read().await?.queued().await?;
    let mut undelivered = Undelivered { total: queued.len(), queued: queued.len(), ..Undelivered::default() };
    let mut delivered = 0;
    for mail in &queued {
        let result = tokio::select! {
            biased;
            () = &mut cut => Err(MailError::OutOfTime),
            result = delivery.deliver(mail) => result,
        };
        match result {
            Ok(()) => {
                let mut transaction = directory.begin().await?;
                transaction.delivered(&mail.message_id).await?;
                transaction.commit().await?;
                undelivered.queued -= 1;
                delivered += 1;
            }
            Err(error) if is_hopeless(&error, mail) => {
                let mut transaction = directory.begin().await?;
                transaction.dead_letter(&mail.message_id, &error.to_string()).await?;
                transaction.commit().await?;
                undelivered.queued -= 1;
                undelivered.dead_lettered += 1;
                undelivered.first_dead_lettered.get_or_insert(error);
            }
            Err(error) => {
                let out_of_reach = matches!(error, MailError::Unreachable(_) | MailError::OutOfTime);
                undelivered.first_queued.get_or_insert(error);
                if out_of_reach {
                    break;
                }
            }
        }
    }
    if delivered == undelivered.total { Ok(delivered) } else { Err(MailError::Undelivered(Box::new(undelivered))) }
}

/// True if trying again makes no sense: the mail itself is wrong, its reader unknown, or it was refused for too long.
fn is_hopeless(error: &MailError, mail: &Mail) -> bool {
    match error {
        MailError::Refused(_) => {
            Timestamp::from_second(mail.date).is_ok_and(|date| Timestamp::now().duration_since(date) > MAX_QUEUE_AGE)
        }
        error => error.is_for_good(),
    }
}

#[cfg(test)]
mod tests;
