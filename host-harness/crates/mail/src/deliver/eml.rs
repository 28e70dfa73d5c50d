//! Mails as files: for a platform that sends them itself, and for looking at them.

use std::io;
use std::path::{Path, PathBuf};

use super::{Delivery, MailError, message};
use connector_host::files;
use connector_sync::mail::Mail;

/// A folder with one `.eml` file for each mail, named by its message ID.
///
/// A file appears whole or not at all, and a mail delivered twice is one file. Only this user may read it: it names people.
pub struct EmlFolder {
    folder: PathBuf,
}

impl EmlFolder {
    /// Delivers into this folder; it is created when the first mail comes.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where a mail's file is.
    ///
    /// # Errors
    /// When the message ID cannot be a file name.
    pub fn path(&self, message_id: &str) -> Result<PathBuf, MailError> {
        let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
        if message_id.is_empty() || message_id.starts_with('.') || !message_id.chars().all(safe) {
            return Err(MailError::Invalid("its message ID cannot be a file name".to_owned()));
        }
        Ok(self.folder.join(format!("{message_id}.eml")))
    }
}

#[async_trait::async_trait]
impl Delivery for EmlFolder {
    async fn deliver(&self, mail: &Mail) -> Result<(), MailError> {
        let path = self.path(&mail.message_id)?;
        let bytes = message::message(mail)?.formatted();
        let folder = self.folder.clone();
        // Syncing a file may take long; a thread for blocking work keeps the other tenants going.
        let written = tokio::task::spawn_blocking(move || write(&folder, &path, &bytes)).await;
        written.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|error| self.unwritable(&error))
    }
}

impl EmlFolder {
    fn unwritable(&self, error: &io::Error) -> MailError {
        let folder = self.folder.display();
        MailError::Outbox(format!(
            "the outbox folder {folder} cannot be written ({error}); make it writable or name another with --outbox"
        ))
    }
}

fn write(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    files::create_private_folder(folder)?;
    files::write(path, bytes)
}
