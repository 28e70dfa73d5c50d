//! Mails through a mail server.

use std::error::Error as _;
use std::net::SocketAddr;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::ExposeSecret as _;
use tokio::net::TcpStream;

use super::{Delivery, MailError, is_hopeless, message};
use connector_host::http::address;
use connector_settings::{SmtpSecurity, SmtpSettings};
use connector_sync::mail::Mail;

/// How long one answer of the server may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long one of a server's addresses may take to be connected to, before the next is tried.
const CONNECT: Duration = Duration::from_secs(10);

/// A mail server, by name and port. Connections are kept for the mails that follow.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    server: String,
}

impl Smtp {
    /// Prepares a server; nothing is sent yet.
    ///
    /// # Errors
    /// When TLS cannot be set up for this name.
    pub fn new(settings: &SmtpSettings) -> Result<Self, MailError> {
        Self::at(settings, &settings.host)
    }

    /// The server of the settings, by its name or by this address of it; a certificate has to be for the name.
    fn at(settings: &SmtpSettings, address: &str) -> Result<Self, MailError> {
        let server = format!("{}:{}", settings.host, settings.port);
        let tls = || {
            TlsParameters::new(settings.host.clone()).map_err(|error| {
                MailError::Unreachable(format!(
                    "TLS for the mail server {server} cannot be set up ({error}); check `mail.smtp.host`"
                ))
            })
        };
        let tls = match settings.security {
            SmtpSecurity::Tls => Tls::Wrapper(tls()?),
            SmtpSecurity::StartTls => Tls::Required(tls()?),
            SmtpSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address)
            .tls(tls)
            .port(settings.port)
            .timeout(Some(TIMEOUT));
        if let Some((user, password)) = &settings.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), server })
    }

    /// As [`new`](Self::new), for a server that is on the public internet: its name is looked up here, every address of it is
    /// judged as one of the HTTP gateway's would be, and the connection goes to one that was judged.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when there is no such server or it is not a public one.
    pub async fn to_public(settings: &SmtpSettings) -> Result<Self, MailError> {
        let (host, server) = (settings.host.as_str(), format!("{}:{}", settings.host, settings.port));
        let unreachable = || {
            MailError::Unreachable(format!(
                "the mail server {server} cannot be reached; check `mail.smtp.host` and `mail.smtp.port`"
            ))
        };
        let looked_up = tokio::time::timeout(TIMEOUT, tokio::net::lookup_host((host, settings.port))).await;
        let found: Vec<SocketAddr> = looked_up.map_err(|_| unreachable())?.map_err(|_| unreachable())?.collect();
        if found.iter().any(|address| address::refusal(address.ip()).is_some()) {
            tracing::warn!(host, "refused a mail server with an address that is not public");
            return Err(MailError::Unreachable(format!(
                "the mail server {server} has a private address, which no tenant's mails may go to; if they should, allow \
                 it by name: --allow-smtp {host}"
            )));
        }
        for address in found {
            if matches!(tokio::time::timeout(CONNECT, TcpStream::connect(address)).await, Ok(Ok(_))) {
                let at = address.ip().to_string();
                return Self::at(settings, &at);
            }
        }
        Err(unreachable())
    }

    async fn send(&self, envelope: &Envelope, message: &[u8]) -> Result<(), MailError> {
        self.transport.send_raw(envelope, message).await.map(drop).map_err(|error| self.failed(&error, envelope.to()))
    }

    /// Sends a mail to each of its readers alone: one wrong address must not keep it from the others. It is delivered if
    /// anybody got it; if nobody did, it is worth another try as long as one of them may get it then.
    async fn one_by_one(&self, envelope: &Envelope, message: &[u8]) -> Result<(), MailError> {
        let mut result = Ok(());
        let mut delivered = 0;
        for reader in envelope.to() {
            let alone = Envelope::new(envelope.from().cloned(), vec![reader.clone()]);
            let alone = alone.map_err(|error| MailError::Invalid(error.to_string()))?;
            match self.send(&alone, message).await {
                Ok(()) => delivered += 1,
                // Nobody else would get it now either, and waiting for a dead server takes long.
                Err(error @ MailError::Unreachable(_)) if delivered == 0 => return Err(error),
                // Of several failures, a transient one is reported.
                failed if result.as_ref().err().is_none_or(MailError::is_for_good) => result = failed,
                Err(_) => {}
            }
        }
        if delivered == 0 {
            return result;
        }
        if let Err(error) = result {
            tracing::warn!("{delivered} of {} recipients of a mail got it: {error}", envelope.to().len());
        }
        Ok(())
    }

    /// Words for a failure. The server's own text is left out: it often repeats the reader's address.
    fn failed(&self, error: &lettre::transport::smtp::Error, readers: &[Address]) -> MailError {
        match error.status().map(u16::from) {
            Some(code) => self.refused(code, &error.source().map(ToString::to_string).unwrap_or_default()),
            None => self.no_answer(error, readers),
        }
    }

    fn refused(&self, code: u16, answer: &str) -> MailError {
        let server = &self.server;
        if is_about_the_reader(code, answer) {
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

    fn no_answer(&self, error: &lettre::transport::smtp::Error, readers: &[Address]) -> MailError {
        let server = &self.server;
        if error.is_client() && readers.iter().any(|reader| !reader.to_string().is_ascii()) {
            return MailError::Invalid(format!(
                "a recipient's address has letters beyond ASCII, which the mail server {server} does not support (SMTPUTF8); \
                 use another address"
            ));
        }
        MailError::Unreachable(if error.is_client() {
            format!("the mail server {server} cannot take a mail ({error}); check `mail.from` and `mail.smtp`")
        } else if error.is_tls() {
            format!(
                "the TLS connection to the mail server {server} cannot be trusted; check `mail.smtp.security` and `mail.smtp.host`"
            )
        } else if error.is_timeout() {
            format!("the mail server {server} did not answer in time; try again later")
        } else {
            format!("the mail server {server} cannot be reached; check `mail.smtp.host` and `mail.smtp.port`")
        })
    }
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

#[async_trait::async_trait]
impl Delivery for Smtp {
    async fn deliver(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message::message(mail)?;
        let (envelope, bytes) = (message.envelope(), message.formatted());
        match self.send(envelope, &bytes).await {
            // A reader who is to be tried later holds back the others for that long, and no longer.
            Err(error) if is_hopeless(&error, mail) && envelope.to().len() > 1 => {
                self.one_by_one(envelope, &bytes).await
            }
            result => result,
        }
    }
}
