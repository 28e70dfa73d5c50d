//! Mails through a mail server.

mod failure;
mod replies;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;
use std::{fmt, io};

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::rustls::RootCertStore;

use self::failure::Failure;
use self::replies::Replies;
use self::tls::Tls;
use super::{Delivery, MailError, is_hopeless, message};
use connector_host::http::address;
use connector_settings::{SmtpSecurity, SmtpSettings};
use connector_sync::mail::Mail;

/// How long looking up a server's name may take.
const LOOK_UP: Duration = Duration::from_secs(30);

/// How long one of a server's addresses may take to be connected to, before the next is tried.
const CONNECT: Duration = Duration::from_secs(10);

/// What a connection begins with whose server greeted before TLS was asked for.
const GREETING: &[u8] = b"220 secured\r\n";

/// A mail server, by name and port. Each mail has a connection of its own.
pub struct Smtp {
    host: String,
    port: u16,
    /// The one address that was judged and may be used, if any had to be.
    address: Option<SocketAddr>,
    security: Security,
    credentials: Option<Credentials>,
}

/// How a connection is secured, with whom it trusts.
enum Security {
    None,
    Tls(Tls),
    StartTls(Tls),
}

impl Smtp {
    /// Prepares a server; nothing is sent yet.
    ///
    /// # Errors
    /// When TLS cannot be set up for this name.
    pub fn new(settings: &SmtpSettings) -> Result<Self, MailError> {
        Self::trusting(settings, tls::authorities)
    }

    pub(super) fn trusting(
        settings: &SmtpSettings,
        authorities: impl FnOnce() -> RootCertStore,
    ) -> Result<Self, MailError> {
        let SmtpSettings { host, port, security, credentials } = settings;
        let tls = || {
            Tls::new(host, authorities()).map_err(|error| {
                MailError::Unreachable(format!(
                    "TLS for the mail server {host}:{port} cannot be set up ({error}); check `mail.smtp.host`"
                ))
            })
        };
        Ok(Self {
            host: host.clone(),
            port: *port,
            address: None,
            security: match security {
                SmtpSecurity::Tls => Security::Tls(tls()?),
                SmtpSecurity::StartTls => Security::StartTls(tls()?),
                SmtpSecurity::None => Security::None,
            },
            credentials: credentials
                .as_ref()
                .map(|(user, password)| Credentials::new(user.clone(), password.expose_secret().to_owned())),
        })
    }

    /// As [`new`](Self::new), for a server that is on the public internet: its name is looked up here, every address of it is
    /// judged as one of the HTTP gateway's would be, and the connection goes to one that was judged.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when there is no such server or it is not a public one.
    pub async fn to_public(settings: &SmtpSettings) -> Result<Self, MailError> {
        let mut smtp = Self::new(settings)?;
        let found = smtp.addresses().await.map_err(|error| smtp.failed(error.into(), &[]))?;
        if found.iter().any(|address| address::refusal(address.ip()).is_some()) {
            tracing::warn!(host = smtp.host, "refused a mail server with an address that is not public");
            return Err(MailError::Unreachable(format!(
                "the mail server {smtp} has a private address, which no tenant's mails may go to; if they should, allow \
                 it by name: --allow-smtp {}",
                smtp.host
            )));
        }
        let reached = connect(&found).await.and_then(|stream| stream.peer_addr());
        smtp.address = Some(reached.map_err(|error| smtp.failed(error.into(), &[]))?);
        Ok(smtp)
    }

    async fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        if let Some(address) = self.address {
            return Ok(vec![address]);
        }
        let found = tokio::net::lookup_host((self.host.as_str(), self.port));
        Ok(tokio::time::timeout(LOOK_UP, found).await??.collect())
    }

    /// A connection that is ready to take a mail.
    async fn open(&self) -> Result<AsyncSmtpConnection, Failure> {
        let stream = connect(&self.addresses().await?).await?;
        let peer = stream.peer_addr()?;
        let mut connection = match &self.security {
            Security::None => greet(Replies::new(stream, peer, b"")).await?,
            Security::Tls(tls) => greet(Replies::new(tls.secure(stream).await?, peer, b"")).await?,
            Security::StartTls(tls) => {
                let stream = tls::ask_for_tls(stream).await?;
                greet(Replies::new(tls.secure(stream).await?, peer, GREETING)).await?
            }
        };
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    async fn try_to_send(&self, envelope: &Envelope, message: &[u8]) -> Result<(), Failure> {
        let mut connection = self.open().await?;
        connection.send(envelope, message).await?;
        // The mail is taken, whatever the server says to the farewell.
        connection.abort().await;
        Ok(())
    }

    fn failed(&self, failure: Failure, readers: &[Address]) -> MailError {
        failure.told(&self.to_string(), readers)
    }

    async fn send(&self, envelope: &Envelope, message: &[u8]) -> Result<(), MailError> {
        self.try_to_send(envelope, message).await.map_err(|failure| self.failed(failure, envelope.to()))
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
}

impl fmt::Display for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// The first of these addresses that can be connected to.
async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut failed = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failed = error,
            Err(elapsed) => failed = elapsed.into(),
        }
    }
    Err(failed)
}

/// Has lettre take over a connection.
async fn greet<S>(stream: Replies<S>) -> Result<AsyncSmtpConnection, Failure>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug + 'static,
{
    Ok(AsyncSmtpConnection::connect_with_transport(Box::new(stream), &ClientId::default()).await?)
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
