//! Encrypted connections.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector_queue::Queue as _;
use whole_system_tests::nats_server::{NatsServer, NatsSettings};

use super::{connect, job, refusal, take};

/// A server whose certificate is of an authority that nobody knows but who has the file.
fn server(folder: &Path) -> NatsServer {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, pem("CERTIFICATE", made.cert.der())).unwrap();
    std::fs::write(&key, pem("PRIVATE KEY", &made.signing_key.serialize_der())).unwrap();
    let more = format!("tls {{ cert_file: \"{}\", key_file: \"{}\" }}", certificate.display(), key.display());
    NatsServer::start_with(NatsSettings { more, ..NatsSettings::default() }).unwrap()
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        writeln!(text, "{}", String::from_utf8_lossy(line)).unwrap();
    }
    text + &format!("-----END {label}-----\n")
}

#[tokio::test]
async fn an_authority_is_trusted_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let ca = folder.path().join("cert.pem");
    for scheme in ["tls", "nats"] {
        // A server may ask for TLS by itself.
        let url = format!("{scheme}://{}?ca={}", server.address(), ca.display());
        let queue = connect(&url).await.unwrap();
        queue.offer(&job("a"), Duration::ZERO).await.unwrap();
        take(&queue).await.done().await.unwrap();
    }
}

#[tokio::test]
async fn an_authority_that_nobody_knows_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let text = refusal(&format!("tls://{}", server.address())).await;
    let start = "the queue at tls://127.0.0.1:PORT: no encrypted connection can be made: ";
    assert!(text.starts_with(start), "{text}");
    assert!(
        text.ends_with("; check that the server has TLS, and that its certificate is of an authority in `ca`"),
        "{text}"
    );
}

#[tokio::test]
async fn a_connection_that_has_to_be_encrypted_is_not_made_otherwise() {
    let server = NatsServer::start().unwrap();
    let text = refusal(&format!("tls://{}", server.address())).await;
    assert!(text.starts_with("the queue at tls://127.0.0.1:PORT: no encrypted connection can be made: "), "{text}");
}

#[tokio::test]
async fn files_that_are_not_there_are_named() {
    for parameter in ["ca=/no/ca.pem", "certificate=/no/ca.pem&key=/no/key.pem"] {
        let text = refusal(&format!("tls://127.0.0.1:4222?{parameter}")).await;
        assert_eq!(
            text,
            "the queue at tls://127.0.0.1:PORT: the file /no/ca.pem cannot be used: No such file or directory (os error 2)"
        );
    }
}
