//! The mails of a run, parsed back by a library that did not write them (rules S16, S22 and S26).

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use connector_settings::{Language, Settings};
use mail_parser::MessageParser;
use serde_json::Value;

use super::case::Step;
use super::check::Seen;
use super::run::SECRET;
use super::source::TOKEN;

/// One mail.
pub struct Parsed {
    id: String,
    to: String,
    subject: String,
    /// On one line: where a mail breaks its lines is its own business.
    text: String,
    html: String,
}

/// What a run has delivered.
pub struct Mails(Vec<Parsed>);

/// Reads an outbox folder; one that is not there has no mail.
pub fn read(folder: &Path) -> Result<Mails> {
    let Ok(entries) = folder.read_dir() else { return Ok(Mails(Vec::new())) };
    let mails = entries.map(|entry| parse(&std::fs::read(entry?.path())?));
    Ok(Mails(mails.collect::<Result<_>>()?))
}

fn parse(bytes: &[u8]) -> Result<Parsed> {
    let mail = MessageParser::default().parse(bytes).context("a mail that cannot be parsed")?;
    let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address()).context("a mail to nobody")?;
    Ok(Parsed {
        id: mail.message_id().unwrap_or_default().to_owned(),
        to: to.to_owned(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        text: one_line(&mail.body_text(0).unwrap_or_default()),
        html: one_line(&mail.body_html(0).unwrap_or_default()),
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Mails {
    /// The addresses of the invitations, sorted.
    pub fn invited(&self) -> Vec<String> {
        let invitations = self.0.iter().filter(|mail| mail.id.starts_with("invitation."));
        let mut to: Vec<String> = invitations.map(|mail| mail.to.clone()).collect();
        to.sort_unstable();
        to
    }

    fn summaries(&self) -> Vec<&Parsed> {
        self.0.iter().filter(|mail| mail.id.starts_with("summary.")).collect()
    }
}

/// One summary per run, which says what the case expects and what it must always say.
pub fn hold(seen: &Seen<'_>, step: &Step, settings: &Settings) -> Result<()> {
    let summaries = seen.mails.summaries();
    let [mail] = summaries.as_slice() else {
        ensure!(step.dry_run && seen.mails.0.is_empty(), "S26: there are {} summaries", summaries.len());
        return Ok(());
    };
    ensure!(!step.dry_run, "S22: a dry run has sent a mail");
    let german = settings.mail.as_ref().is_some_and(|mail| mail.language == Language::De);
    let date = if german { "23.11.2026" } else { "23 Nov 2026" };
    ensure!(mail.subject.contains(date), "S26: no date in the subject {:?}", mail.subject);
    let expect = &step.expect.mail;
    if let Some(subject) = &expect.subject {
        ensure!(mail.subject == *subject, "the subject is\n  {:?}\nnot\n  {subject:?}", mail.subject);
    }
    for text in expect.has.iter().chain([&seen.report.run]) {
        ensure!(mail.text.contains(&one_line(text)), "the mail does not say {text:?}:\n{}", mail.text);
    }
    for text in expect.html.iter().chain([&seen.report.run]) {
        ensure!(mail.html.contains(text), "the mail's HTML has no {text:?}:\n{}", mail.html);
    }
    for word in ["„unbekannt“", "“unknown”"] {
        ensure!(!mail.text.contains(word), "the mail has a gap where a detail belongs:\n{}", mail.text);
    }
    let genders = genders(step);
    for text in expect.lacks.iter().map(String::as_str).chain([SECRET, TOKEN]).chain(genders.iter().map(String::as_str))
    {
        let somewhere = [&mail.subject, &mail.text, &mail.html].into_iter().any(|part| part.contains(text));
        ensure!(!somewhere, "the mail must not say {text:?}:\n{}", mail.text);
    }
    Ok(())
}

/// Rule S26: no gender in the mail.
fn genders(step: &Step) -> Vec<String> {
    let people = step.employees.iter().flatten();
    people
        .filter_map(|person| person.get("gender").and_then(Value::as_str))
        .filter(|g| g.len() > 3)
        .map(str::to_owned)
        .collect()
}
