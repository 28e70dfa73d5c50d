//! The mails of a run: the summary for the admin (rule S26) and the invitations (rule S16).
//!
//! They are composed before the commit, stored in the same transaction as the accounts, and delivered after it. A
//! message ID is made from what the mail is for, so a mail that is delivered twice by a crash is one and the same mail.

#![forbid(unsafe_code)]

pub mod deliver;
pub mod invitation;
pub mod summary;

pub use deliver::{Delivery, EmlFolder, MailError, Smtp};

mod identity;
mod page;
#[cfg(test)]
mod testing;
mod wrap;

use connector_settings::{MailSettings, Settings};
use connector_sync::directory::Invitee;
use connector_sync::mail::{Composer, Mail};
use connector_sync::run::RunReport;

/// Composes a tenant's mails by its settings; without mail settings there are none.
#[derive(Debug, Clone, Copy)]
pub struct TenantMails<'a> {
    settings: Option<&'a MailSettings>,
    page: Option<&'a str>,
}

impl<'a> TenantMails<'a> {
    /// The mails of the tenant with these settings.
    #[must_use]
    pub const fn new(settings: &'a Settings) -> Self {
        Self { settings: settings.mail.as_ref(), page: None }
    }

    /// With a link to the run's page, by its URL.
    #[must_use]
    pub const fn with_page(self, page: &'a str) -> Self {
        Self { page: Some(page), ..self }
    }
}

impl Composer for TenantMails<'_> {
    fn summary(&self, run: &RunReport) -> Option<Mail> {
        self.settings.map(|settings| summary::summary(run, settings, self.page))
    }

    fn invitation(&self, run: &RunReport, directory: Option<&str>, invitee: &Invitee) -> Option<Mail> {
        let account = invitation::Account { directory, tenant: &run.tenant, invitee };
        self.settings.map(|settings| invitation::invitation(&account, settings, run.started))
    }

    fn can_invite(&self) -> bool {
        self.settings.is_some()
    }
}
