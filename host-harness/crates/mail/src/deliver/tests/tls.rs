//! Mail servers that speak TLS, from the first byte and after `STARTTLS`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::ring};

use super::smtp::answer;
use super::{assert_same, mail};
use crate::deliver::{Delivery as _, MailError, Smtp};
use connector_settings::{SmtpSecurity, SmtpSettings};

/// How a server behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Server {
    Tls,
    StartTls,
    /// It, or somebody between, says in clear what is to be taken for the first reply inside.
    AheadOfTime,
    /// It refuses to begin with TLS.
    Refuses,
    /// It speaks without end once it is inside.
    Floods,
}

/// Starts it; gives its port, the authority for its certificate, and the mails it took.
async fn start(server: Server) -> (u16, RootCertStore, mpsc::UnboundedReceiver<Vec<u8>>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let mut authorities = RootCertStore::empty();
    authorities.add(certificate.clone()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()).into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(server, stream, acceptor.clone(), sender.clone()));
        }
    });
    (port, authorities, received)
}

/// A client that does not go on ends the conversation.
async fn talk(
    server: Server,
    mut stream: TcpStream,
    acceptor: TlsAcceptor,
    sender: mpsc::UnboundedSender<Vec<u8>>,
) -> std::io::Result<()> {
    if server != Server::Tls {
        let mut command = [0; 512];
        stream.write_all(b"220 test\r\n").await?;
        assert!(stream.read(&mut command).await? > 0);
        stream.write_all(b"250-test\r\n250 STARTTLS\r\n").await?;
        assert!(command.starts_with(b"EHLO ") && stream.read(&mut command).await? > 0);
        assert!(command.starts_with(b"STARTTLS\r\n"));
        stream
            .write_all(match server {
                Server::AheadOfTime => b"220 go on\r\n250-forged\r\n250 AUTH LOGIN\r\n",
                Server::Refuses => b"454 4.7.0 not now\r\n",
                _ => b"220 go on\r\n",
            })
            .await?;
    }
    let mut stream = acceptor.accept(stream).await?;
    if server == Server::Tls {
        stream.write_all(b"220 test\r\n").await?;
    }
    if server == Server::Floods {
        stream.write_all("250-\r\n".repeat(200_000).as_bytes()).await?;
    }
    answer(stream, sender).await;
    Ok(())
}

/// A client that trusts these authorities.
fn client(port: u16, security: SmtpSecurity, authorities: RootCertStore) -> Smtp {
    let settings = SmtpSettings { host: "localhost".into(), port, security, credentials: None };
    Smtp::trusting(&settings, || authorities).unwrap()
}

#[tokio::test]
async fn a_mail_goes_through_tls_from_the_first_byte_and_after_starttls() {
    for (server, security) in [
        (Server::Tls, SmtpSecurity::Tls),
        (Server::StartTls, SmtpSecurity::StartTls),
        // What was said in clear is thrown away: it would be taken for the server's own words.
        (Server::AheadOfTime, SmtpSecurity::StartTls),
    ] {
        let (port, authorities, mut received) = start(server).await;
        let mail = mail();
        client(port, security, authorities).deliver(&mail).await.unwrap();
        assert_same(&received.recv().await.unwrap(), &mail);
    }
}

#[tokio::test]
async fn a_certificate_by_nobody_who_is_known_is_not_trusted() {
    for (server, security) in [(Server::Tls, SmtpSecurity::Tls), (Server::StartTls, SmtpSecurity::StartTls)] {
        let (port, _, mut received) = start(server).await;
        let error = client(port, security, RootCertStore::empty()).deliver(&mail()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the TLS connection to the mail server localhost:{port} cannot be trusted; check `mail.smtp.security` and \
                 `mail.smtp.host`"
            )
        );
        assert!(received.try_recv().is_err());
    }
}

#[tokio::test]
async fn a_server_that_puts_off_tls_is_tried_again_later() {
    let (port, authorities, _received) = start(Server::Refuses).await;
    let error = client(port, SmtpSecurity::StartTls, authorities).deliver(&mail()).await.unwrap_err();
    assert!(matches!(&error, MailError::Refused(words) if words.ends_with("it asks to try again later")), "{error}");
}

#[tokio::test]
async fn a_reply_without_end_is_cut_off_inside_tls_too() {
    let (port, authorities, _received) = start(Server::Floods).await;
    let error = client(port, SmtpSecurity::StartTls, authorities).deliver(&mail()).await.unwrap_err();
    assert!(error.to_string().contains("gave a reply of more than 100 lines"), "{error}");
}
