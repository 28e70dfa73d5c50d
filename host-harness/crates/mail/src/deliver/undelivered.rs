//! Which mails were not delivered, for the person who can correct it.

use std::fmt;

use super::MailError;

/// The mails of a queue that were not delivered.
#[derive(Debug, Default)]
pub struct Undelivered {
    /// How many mails there were.
    pub total: usize,
    /// How many stay queued.
    pub queued: usize,
    /// Why the first of these failed.
    pub first_queued: Option<MailError>,
    /// How many were dead-lettered, because they can never be delivered.
    pub dead_lettered: usize,
    /// Why the first of these failed.
    pub first_dead_lettered: Option<MailError>,
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total;
        if let Some(first) = &self.first_queued {
            let queued = self.queued;
            write!(
                f,
                "{queued} of {total} mails stay queued, and the next run tries them again; what the run wrote is kept. The \
                 first failed because {first}"
            )?;
        }
        if let Some(first) = &self.first_dead_lettered {
            let gap = if self.first_queued.is_some() { "\n" } else { "" };
            let count = self.dead_lettered;
            write!(
                f,
                "{gap}{count} of {total} mails cannot be delivered and are not tried again; what the run wrote is kept. \
                 `harness directory show` names them; when a person's address changes, their invitation is sent to the \
                 new one. The first failed because {first}"
            )?;
        }
        Ok(())
    }
}
