//! Mails through a mail server.

use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::ExposeSecret as _;

use super::{Delivery, MailError, message};
use crate::mail::Mail;
use crate::settings::{SmtpSecurity, SmtpSettings};

/// How long one answer of the server may take.
const TIMEOUT: Duration = Duration::from_secs(30);

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
        let server = format!("{}:{}", settings.host, settings.port);
        let host = settings.host.as_str();
        let builder = match settings.security {
            SmtpSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
            SmtpSecurity::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
            SmtpSecurity::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)),
        };
        let mut builder = builder
            .map_err(|error| {
                MailError::Unreachable(format!(
                    "TLS for the mail server {server} cannot be set up ({error}); check `mail.smtp.host`"
                ))
            })?
            .port(settings.port)
            .timeout(Some(TIMEOUT));
        if let Some((user, password)) = &settings.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), server })
    }

    /// Words for a failure. The server's own text is left out: it often repeats the reader's address.
    fn failed(&self, error: &lettre::transport::smtp::Error) -> MailError {
        let server = &self.server;
        let Some(code) = error.status().map(u16::from) else {
            return MailError::Unreachable(if error.is_tls() {
                format!(
                    "the mail server {server} has no TLS that can be trusted; check `mail.smtp.security` and its name"
                )
            } else if error.is_timeout() {
                format!("the mail server {server} did not answer in time; try again later")
            } else {
                format!("the mail server {server} cannot be reached; check `mail.smtp.host` and `mail.smtp.port`")
            });
        };
        let remedy = match code {
            530 | 534 | 535 | 538 => "check the user and the password of `mail.smtp`",
            code if code < 500 => "it asks to try again later",
            _ => "check the addresses of `mail`, and whether the server may send for them",
        };
        MailError::Refused(format!("the mail server {server} refused a mail with code {code}; {remedy}"))
    }
}

#[async_trait::async_trait]
impl Delivery for Smtp {
    async fn deliver(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message::message(mail)?;
        self.transport.send(message).await.map(drop).map_err(|error| self.failed(&error))
    }
}
