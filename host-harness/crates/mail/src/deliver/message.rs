//! A mail as RFC 5322 wants it.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};

use super::MailError;
use connector_host::one_line::one_line;
use connector_sync::mail::Mail;

/// The message: text and HTML as alternatives, both quoted-printable, so that every server passes them on unchanged.
///
/// The same mail gives the same bytes, the boundary included.
pub(super) fn message(mail: &Mail) -> Result<Message, MailError> {
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}>", one_line(&mail.message_id))))
        .date(date(mail.date)?)
        .from(mailbox(&mail.from, "sender (`mail.from`)")?)
        .subject(one_line(&mail.subject))
        .header(AutoSubmitted);
    for to in &mail.to {
        builder = builder.to(mailbox(to, "recipient")?);
    }
    let boundary: String = mail.message_id.chars().filter(char::is_ascii_alphanumeric).take(60).collect();
    let parts = MultiPart::alternative()
        .boundary(format!("={boundary}="))
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text)?)
        .singlepart(part(ContentType::TEXT_HTML, &mail.html)?);
    builder.multipart(parts).map_err(|error| MailError::Invalid(error.to_string()))
}

fn part(kind: ContentType, content: &str) -> Result<SinglePart, MailError> {
    let body = Body::new_with_encoding(content.to_owned(), ContentTransferEncoding::QuotedPrintable)
        .map_err(|_| MailError::Invalid("a part cannot be encoded".to_owned()))?;
    Ok(SinglePart::builder().header(kind).body(body))
}

/// Says what an address is for, not what it is: it may be a person's.
fn mailbox(address: &str, what: &str) -> Result<Mailbox, MailError> {
    address
        .parse()
        .map_err(|error| MailError::Invalid(format!("the {what} is not a mail address ({error}); correct it")))
}

fn date(seconds: i64) -> Result<SystemTime, MailError> {
    u64::try_from(seconds)
        .ok()
        .filter(|seconds| *seconds < YEAR_9999)
        .map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .ok_or_else(|| MailError::Invalid(format!("its date, {seconds} s since 1970, is out of range")))
}

/// The header has four digits for the year.
const YEAR_9999: u64 = 253_370_764_800;

/// `Auto-Submitted: auto-generated` (RFC 3834): keeps out-of-office notes from answering.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
