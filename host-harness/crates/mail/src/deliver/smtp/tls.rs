//! TLS to a mail server, with the certificate authorities of this machine.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{InvalidDnsNameError, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::failure::Failure;
use super::replies::Replies;

/// What a client says before it asks for TLS. Who it is matters only to the `EHLO` that follows inside.
const HELLO: &[u8] = b"EHLO [127.0.0.1]\r\n";

/// Whom to trust, and for which name.
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// For the server of this name, whose certificate has to be by one of these authorities.
    pub(super) fn new(host: &str, authorities: RootCertStore) -> Result<Self, TlsError> {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(authorities)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned())?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    pub(super) async fn secure(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), stream).await
    }
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error(transparent)]
    Config(#[from] rustls::Error),
    #[error(transparent)]
    Name(#[from] InvalidDnsNameError),
}

/// This machine's certificate authorities. Without any, no certificate is trusted.
pub(super) fn authorities() -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    store
}

/// Asks for TLS on a connection that has just been made (RFC 3207); gives it back at the point where TLS begins.
///
/// lettre can do this too, but only its own TLS would then be between the server's replies and their limit. It also keeps what the
/// server, or somebody between, sent ahead of time, and takes it for the first reply inside. Here that is thrown away.
pub(super) async fn ask_for_tls(stream: TcpStream) -> Result<TcpStream, Failure> {
    let peer = stream.peer_addr()?;
    let mut stream = BufReader::new(Replies::new(stream, peer, b""));
    reply(&mut stream).await?;
    let offers = command(&mut stream, HELLO).await?;
    let is_starttls = |line: &str| line.get(4..).is_some_and(|offer| offer.trim().eq_ignore_ascii_case("STARTTLS"));
    if !offers.lines().any(is_starttls) {
        return Err(Failure::NoTls);
    }
    command(&mut stream, b"STARTTLS\r\n").await?;
    Ok(stream.into_inner().into_inner())
}

async fn command(stream: &mut BufReader<Replies<TcpStream>>, command: &[u8]) -> Result<String, Failure> {
    stream.write_all(command).await?;
    reply(stream).await
}

/// A reply that agrees: every line but the last has a hyphen behind its code (RFC 5321, 4.2.1).
async fn reply(stream: &mut BufReader<Replies<TcpStream>>) -> Result<String, Failure> {
    let mut reply = String::new();
    loop {
        let start = reply.len();
        if stream.read_line(&mut reply).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let line = reply.get(start..).unwrap_or_default();
        if line.as_bytes().get(3) == Some(&b'-') {
            continue;
        }
        return match line.get(..3).and_then(|code| code.parse::<u16>().ok()) {
            Some(200..300) => Ok(reply),
            Some(code) => Err(Failure::Refused { code, text: line.get(4..).unwrap_or_default().trim().to_owned() }),
            None => Err(io::Error::from(io::ErrorKind::InvalidData).into()),
        };
    }
}
