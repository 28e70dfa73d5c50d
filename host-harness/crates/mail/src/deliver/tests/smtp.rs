#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::{assert_same, mail};
use crate::deliver::{Delivery as _, MailError, Smtp};
use connector_settings::{SmtpSecurity, SmtpSettings};

/// A mail server on loopback that says what RFC 5321 asks for, and passes on what it was sent. It refuses every
/// recipient that holds `refused`, `relayed` or `later`.
async fn server() -> (u16, mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, sender.clone()));
        }
    });
    (port, received)
}

async fn talk(mut stream: TcpStream, sender: mpsc::UnboundedSender<Vec<u8>>) {
    stream.write_all(b"220 test ESMTP\r\n").await.unwrap();
    answer(stream, sender).await;
}

/// Answers what comes after the greeting.
pub(super) async fn answer<S: AsyncRead + AsyncWrite + Unpin>(stream: S, sender: mpsc::UnboundedSender<Vec<u8>>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|length| length > 0) {
        let verb = line.split([' ', ':', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250 test\r\n",
            "RCPT" if line.contains("refused") => "550 5.1.1 <refused.person@acme.example> unknown\r\n",
            "RCPT" if line.contains("relayed") => "550 5.7.1 <relayed.person@acme.example> relaying denied\r\n",
            "RCPT" if line.contains("later") => "451 4.7.1 greylisted\r\n",
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                sender.send(data(&mut stream).await).unwrap();
                "250 taken\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        stream.write_all(answer.as_bytes()).await.unwrap();
        line.clear();
    }
}

/// Reads up to the line with a single dot, and takes the dots off that the client added (RFC 5321, 4.5.2).
async fn data<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Vec<u8> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        assert!(stream.read_until(b'\n', &mut line).await.unwrap() > 0, "the connection broke");
        if line == b".\r\n" {
            return message;
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

fn smtp(port: u16, security: SmtpSecurity) -> Smtp {
    Smtp::new(&SmtpSettings { host: "127.0.0.1".into(), port, security, credentials: None }).unwrap()
}

#[tokio::test]
async fn s26_a_mail_server_gets_the_mail_as_it_is() {
    let (port, mut received) = server().await;
    let smtp = smtp(port, SmtpSecurity::None);
    let mail = mail();
    smtp.deliver(&mail).await.unwrap();
    smtp.deliver(&mail).await.unwrap();
    for _ in 0..2 {
        assert_same(&received.recv().await.unwrap(), &mail);
    }
}

/// Delivers to a reader on the test's server.
async fn refusal(reader: &str) -> (u16, MailError) {
    let (port, _received) = server().await;
    let mut mail = mail();
    mail.to = vec![reader.into()];
    (port, smtp(port, SmtpSecurity::None).deliver(&mail).await.unwrap_err())
}

#[tokio::test]
async fn an_unknown_recipient_is_reported_without_the_address() {
    let (port, error) = refusal("refused.person@acme.example").await;
    assert!(matches!(error, MailError::Undeliverable(_)));
    assert_eq!(
        error.to_string(),
        format!("the mail server 127.0.0.1:{port} rejects a recipient's address with code 550; correct the address")
    );
}

#[tokio::test]
async fn one_reader_the_server_does_not_know_keeps_no_other_from_the_mail() {
    let (port, mut received) = server().await;
    let mut mail = mail();
    mail.to = ["refused.person@acme.example", "admin@acme.example"].map(String::from).to_vec();
    smtp(port, SmtpSecurity::None).deliver(&mail).await.unwrap();
    assert!(received.recv().await.is_some());
    mail.to = ["refused.person@acme.example", "refused.too@acme.example"].map(String::from).to_vec();
    let error = smtp(port, SmtpSecurity::None).deliver(&mail).await.unwrap_err();
    assert!(matches!(error, MailError::Undeliverable(_)));
}

#[tokio::test]
async fn what_a_server_refuses_for_its_own_reasons_gives_a_code_and_a_remedy() {
    let (port, error) = refusal("relayed.person@acme.example").await;
    assert!(matches!(error, MailError::Refused(_)));
    assert_eq!(
        error.to_string(),
        format!(
            "the mail server 127.0.0.1:{port} refused a mail with code 550; check the addresses of `mail`, and whether \
             the server may send for them"
        )
    );
    let (_, error) = refusal("later.person@acme.example").await;
    assert!(matches!(&error, MailError::Refused(words) if words.ends_with("it asks to try again later")), "{error}");
}

#[tokio::test]
async fn an_address_that_the_server_cannot_handle_is_the_mails_fault() {
    let (_, error) = refusal("jürgen@acme.example").await;
    assert!(matches!(&error, MailError::Invalid(words) if words.contains("SMTPUTF8")), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = smtp(port, SmtpSecurity::None).deliver(&mail()).await.unwrap_err();
    assert!(matches!(error, MailError::Unreachable(_)));
    assert!(
        error.to_string().contains(&format!("127.0.0.1:{port} cannot be reached; check `mail.smtp.host`")),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_without_tls_gets_no_mail_when_tls_is_asked_for() {
    let (port, mut received) = server().await;
    assert!(smtp(port, SmtpSecurity::StartTls).deliver(&mail()).await.is_err());
    assert!(received.try_recv().is_err());
}
