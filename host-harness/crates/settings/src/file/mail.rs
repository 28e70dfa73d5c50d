//! The `[mail]` table and the server below it.

use lettre::message::Mailbox;
use secrecy::SecretString;

use super::section::{Reading, Section};
use crate::{Language, MailSettings, SmtpSecurity, SmtpSettings};

/// The sender of mails that become files and never leave the machine; its domain cannot exist (RFC 2606). A mail server
/// needs a real one.
pub const DEFAULT_SENDER: &str = "elearnio <no-reply@elearnio.example>";

const LANGUAGES: [(&str, Language); 2] = [("de", Language::De), ("en", Language::En)];

const SECURITIES: [(&str, SmtpSecurity); 3] =
    [("tls", SmtpSecurity::Tls), ("starttls", SmtpSecurity::StartTls), ("none", SmtpSecurity::None)];

/// The mail settings; none if there is no `[mail]`, or after a complaint.
pub(super) fn mail(reading: &mut Reading<'_>, form: &Section<'_>) -> Option<MailSettings> {
    let mail = form.section(reading, "mail")?;
    mail.refuse_unknown(reading, &["to", "from", "language", "smtp"]);
    let to = recipients(reading, &mail);
    let from = mail.text(reading, "from");
    if from.as_ref().is_some_and(|from| !is_address(from)) {
        mail.complain(reading, "from", NO_ADDRESS);
    }
    let language = mail.choice(reading, "language", &LANGUAGES).unwrap_or_default();
    let smtp = smtp(reading, &mail);
    if mail.has("smtp") && !mail.has("from") {
        mail.complain(
            reading,
            "from",
            "this key is missing; a mail server needs a real sender address, such as \"no-reply@acme.example\"",
        );
    }
    Some(MailSettings { to, from: from.unwrap_or_else(|| DEFAULT_SENDER.to_owned()), language, smtp })
}

const NO_ADDRESS: &str = "this is not a mail address; write \"name@acme.example\" or \"Name <name@acme.example>\"";

fn recipients(reading: &mut Reading<'_>, mail: &Section<'_>) -> Vec<String> {
    if !mail.has("to") {
        mail.complain(
            reading,
            "to",
            "this key is missing; add the address that gets the summary: \"hr@acme.example\", or a list",
        );
    }
    let texts = mail.texts(reading, "to");
    if mail.value("to").and_then(|value| value.get_ref().as_array()).is_some_and(|list| list.is_empty()) {
        mail.complain(reading, "to", "the list is empty; add the address that gets the summary, or remove [mail]");
    }
    for (at, _) in texts.iter().filter(|(_, address)| !is_address(address)) {
        reading.complain(*at, "mail.to", NO_ADDRESS);
    }
    texts.into_iter().map(|(_, address)| address).collect()
}

/// The sender and the server that a service has for all its tenants.
pub(super) fn server(reading: &mut Reading<'_>, form: &Section<'_>) -> Option<(String, Option<SmtpSettings>)> {
    let mail = form.section(reading, "mail")?;
    mail.refuse_unknown(reading, &["from", "smtp"]);
    let from = mail.needed_text(reading, "from", "\"elearnio <no-reply@platform.example>\"")?;
    if !is_address(&from) {
        mail.complain(reading, "from", NO_ADDRESS);
    }
    Some((from, smtp(reading, &mail)))
}

/// Whether a text is a mail address, with or without a name before it.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

fn smtp(reading: &mut Reading<'_>, mail: &Section<'_>) -> Option<SmtpSettings> {
    let smtp = mail.section(reading, "smtp")?;
    smtp.refuse_unknown(reading, &["host", "port", "security", "user", "password"]);
    let host = smtp.needed_text(reading, "host", "\"smtp.acme.example\"");
    let security = smtp.choice(reading, "security", &SECURITIES).unwrap_or(SmtpSecurity::Tls);
    let port = smtp.port(reading, "port").unwrap_or(match security {
        SmtpSecurity::Tls => 465,
        SmtpSecurity::StartTls => 587,
        SmtpSecurity::None => 25,
    });
    let credentials = credentials(reading, &smtp);
    let host = host?;
    if security == SmtpSecurity::None && !matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1") {
        let message =
            "mails would cross the network unencrypted; use \"tls\" or \"starttls\", or name a host on this machine";
        smtp.complain(reading, "security", message);
    }
    Some(SmtpSettings { host, port, security, credentials })
}

fn credentials(reading: &mut Reading<'_>, smtp: &Section<'_>) -> Option<(String, SecretString)> {
    let (user, password) = (smtp.text(reading, "user"), smtp.secret(reading, "password"));
    match (smtp.has("user"), smtp.has("password")) {
        (true, false) => {
            smtp.complain(reading, "password", "this key is missing beside `user`; add it, or remove `user`");
        }
        (false, true) => {
            smtp.complain(reading, "user", "this key is missing beside `password`; add it, or remove `password`");
        }
        _ => {}
    }
    user.zip(password)
}
