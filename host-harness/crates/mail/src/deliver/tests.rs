#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod eml;
mod flood;
mod queue;
mod smtp;
mod tls;

use mail_parser::{Message, MessageParser, MimeHeaders as _};

use crate::summary::summary;
use crate::testing::settings;
use connector_settings::Language;
use connector_sync::mail::Mail;
use connector_sync::samples;

/// A mail with umlauts, markup and long lines.
fn mail() -> Mail {
    summary(&samples::markup(), &settings(Language::De), None)
}

fn parse(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

/// Holds a delivered message against the mail it was made from.
fn assert_same(bytes: &[u8], mail: &Mail) {
    let parsed = parse(bytes);
    assert_eq!(parsed.message_id(), Some(mail.message_id.as_str()));
    assert_eq!(parsed.subject(), Some(mail.subject.as_str()));
    assert_eq!(parsed.date().unwrap().to_timestamp(), mail.date);
    assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), mail.text);
    assert_eq!(parsed.body_html(0).unwrap().replace("\r\n", "\n"), mail.html);
    let kind = parsed.content_type().unwrap();
    assert_eq!((kind.ctype(), kind.subtype(), parsed.attachment_count()), ("multipart", Some("alternative"), 0));
    assert_eq!(parsed.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    assert!(parsed.bcc().is_none());
    let to: Vec<_> = parsed.to().unwrap().iter().map(|to| to.address().unwrap().to_owned()).collect();
    assert_eq!(to, ["admin@acme.example"]);
    assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 998 && line.is_ascii()), "RFC 5322, 2.1.1");
}
