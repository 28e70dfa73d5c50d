//! Why a mail server took no mail, and what to do about it.

use std::error::Error as _;
use std::io;

use lettre::Address;
use lettre::transport::smtp::Error;
use tokio_rustls::rustls;

use super::super::MailError;
use super::replies::TooLong;

/// Why a mail server took no mail.
#[derive(Debug)]
pub(super) enum Failure {
    /// As lettre has it.
    Smtp(Error),
    /// The connection could not be made, or broke before lettre had it.
    Network(io::Error),
    /// A command that came before lettre's was refused.
    Refused {
        /// The reply's code.
        code: u16,
        /// What the server said.
        text: String,
    },
    /// The server has no TLS, which was asked for.
    NoTls,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Smtp(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Network(error)
    }
}

impl Failure {
    /// Words for it. The server's own text is left out: it often repeats the reader's address.
    pub(super) fn told(self, server: &str, readers: &[Address]) -> MailError {
        match self {
            Self::Refused { code, text } => refused(server, code, &text),
            Self::NoTls => MailError::Unreachable(format!(
                "the mail server {server} does not offer TLS (STARTTLS); check `mail.smtp.security` and `mail.smtp.port`"
            )),
            Self::Network(error) => no_answer(server, Some(&error)),
            Self::Smtp(error) => match error.status().map(u16::from) {
                Some(code) => refused(server, code, &error.source().map(ToString::to_string).unwrap_or_default()),
                None if error.is_client() => not_sendable(server, &error, readers),
                None => no_answer(server, error.source().and_then(|source| source.downcast_ref())),
            },
        }
    }
}

fn refused(server: &str, code: u16, text: &str) -> MailError {
    if is_about_the_reader(code, text) {
        return MailError::Undeliverable(format!(
            "the mail server {server} rejects a recipient's address with code {code}; correct the address"
        ));
    }
    let remedy = match code {
        530 | 534 | 535 | 538 => "check the user and the password of `mail.smtp`",
        code if code < 500 => "it asks to try again later",
        _ => "check the addresses of `mail`, and whether the server may send for them",
    };
    MailError::Refused(format!("the mail server {server} refused a mail with code {code}; {remedy}"))
}

fn not_sendable(server: &str, error: &Error, readers: &[Address]) -> MailError {
    if readers.iter().any(|reader| !reader.to_string().is_ascii()) {
        return MailError::Invalid(format!(
            "a recipient's address has letters beyond ASCII, which the mail server {server} does not support (SMTPUTF8); \
             use another address"
        ));
    }
    MailError::Unreachable(format!(
        "the mail server {server} cannot take a mail ({error}); check `mail.from` and `mail.smtp`"
    ))
}

fn no_answer(server: &str, error: Option<&io::Error>) -> MailError {
    MailError::Unreachable(match error {
        Some(error) if comes_from::<TooLong>(error) => format!(
            "the mail server {server} gave {TooLong}, which no mail server needs; check `mail.smtp.host` and \
             `mail.smtp.port`, or use another mail server"
        ),
        Some(error) if comes_from::<rustls::Error>(error) => format!(
            "the TLS connection to the mail server {server} cannot be trusted; check `mail.smtp.security` and `mail.smtp.host`"
        ),
        Some(error) if error.kind() == io::ErrorKind::TimedOut => {
            format!("the mail server {server} did not answer in time; try again later")
        }
        _ => format!("the mail server {server} cannot be reached; check `mail.smtp.host` and `mail.smtp.port`"),
    })
}

/// True if this is what made reading or writing fail.
fn comes_from<E: std::error::Error + 'static>(error: &io::Error) -> bool {
    matches!(error.get_ref(), Some(inner) if inner.is::<E>())
}

/// True if a permanent refusal is about the reader's address or this one mail, and not about the server's settings.
///
/// The enhanced code says so where there is one (RFC 3463: 5.1.x addresses, of which 7 and 8 the sender's; 5.2.x mailboxes;
/// 5.6.x content), else the plain one: 550 to 552 are about a mailbox (RFC 5321, 4.2.3).
fn is_about_the_reader(code: u16, answer: &str) -> bool {
    if !(500..600).contains(&code) {
        return false;
    }
    let enhanced = answer.split_whitespace().next().and_then(|word| word.strip_prefix("5."));
    match enhanced.and_then(|rest| rest.split_once('.')) {
        Some(("1", detail)) => !matches!(detail, "7" | "8"),
        Some((subject, _)) => matches!(subject, "2" | "6"),
        None => matches!(code, 550..=552),
    }
}
