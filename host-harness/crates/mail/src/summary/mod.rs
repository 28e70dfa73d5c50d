//! The summary for the admin: one mail per run (rule S26).
//!
//! `content` alone decides what a mail says, as a `model`; `text` and `html` only set it. So the two parts of a mail
//! can never say different things.

mod content;
mod counts;
mod headline;
mod html;
mod model;
mod people;
mod text;
mod words;

use super::{Mail, identity};
use connector_settings::MailSettings;
use connector_sync::run::RunReport;

/// Renders a run's summary, whatever its verdict: a failed or blocked run mails too.
///
/// Lists show at most 50 names. Neither a gender nor a secret is in it. Where the run has a page, `page` is its URL: the mail
/// links to it, and says what to do there instead of what to type.
#[must_use]
pub fn summary(report: &RunReport, mail: &MailSettings, page: Option<&str>) -> Mail {
    let model = content::model(report, mail.language, page);
    Mail {
        message_id: identity::message_id("summary", &[&report.tenant, &report.run]),
        from: mail.from.clone(),
        to: mail.to.clone(),
        text: text::render(&model),
        html: html::render(&model),
        subject: model.subject,
        date: report.started.as_second(),
    }
}

#[cfg(test)]
mod tests;
