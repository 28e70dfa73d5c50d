//! Which servers a guest may reach, and with which secrets: from inside the sandbox, through the real gateway.

use std::sync::Arc;

use connector_host::sandbox::Limits;

use super::fixture::{SECRET, SECRET_IN_BASE64, World, configured, holding, hostile_guest, settings, tenant, told};
use super::source::Source;

/// What a guest was told when it did this, and what arrived at the source.
async fn tried(what: &str) -> (String, Vec<String>) {
    let source = Arc::new(Source::default());
    let mut guest = configured(World::of(hostile_guest().await, Arc::clone(&source))).await;
    (told(&mut guest, what).await, source.seen())
}

#[tokio::test]
async fn what_the_policy_refuses_is_an_error_the_guest_can_read_and_nothing_is_sent() {
    let cases = [
        // Other origins, and other spellings.
        "send https://elsewhere.example/",
        "send http://api.example.com/",
        "send https://api.example.com.elsewhere.example/",
        "send https://api.example.com@elsewhere.example/",
        "send https://api.example.com:8443/",
        "send https://api.example.com./",
        "send https://127.0.0.1/",
        "send https://[::ffff:7f00:1]/",
        // Other schemes.
        "send file:///etc/passwd",
        "send file://api.example.com/etc/passwd",
        "send ftp://api.example.com/",
        "send data:text/plain,x",
        "send ws://api.example.com/",
        "send unix:/run/docker.sock",
        "send javascript:alert(1)",
        // With the secret.
        "send-secret https://elsewhere.example/",
        "bearer-secret https://elsewhere.example/",
        // Fields that are the host's, and fields in fields.
        "header Host|elsewhere.example",
        "header hOsT|elsewhere.example",
        "header Content-Length|0",
        "header Transfer-Encoding|chunked",
        "header Connection|close",
        "header Authorization|Bearer x",
        "header Proxy-Authorization|Basic x",
        "header Cookie|session=1",
        "header Accept-Encoding|br",
        "header x|a\r\nHost: elsewhere.example",
        "header x|a\nb",
        "header x|a\rb",
        "header x|a\0b",
        "header x\r\nHost|elsewhere.example",
        "header x: y\r\nHost|elsewhere.example",
        "header |a",
        "basic-user a\r\nHost: elsewhere.example",
        "basic-user a:b",
    ];
    for what in cases {
        let (answer, seen) = tried(what).await;
        assert!(answer.starts_with("Error::Denied("), "{what:?}: {answer}");
        assert_eq!(seen, <[String; 0]>::default(), "{what:?}");
    }
}

#[tokio::test]
async fn a_redirect_to_a_metadata_address_is_refused() {
    let (answer, seen) = tried("bearer-secret https://api.example.com/to-metadata").await;
    assert!(answer.starts_with("Error::Denied(\"http://169.254.169.254 is not an origin"), "{answer}");
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[tokio::test]
async fn line_breaks_in_a_url_do_not_leave_the_url() {
    let (answer, seen) = tried("send https://api.example.com/a\r\nHost: elsewhere.example\r\n\r\nGET /").await;
    assert!(answer.starts_with("200"), "{answer}");
    assert!(!seen.concat().contains(['\r', '\n']), "{seen:?}");
}

#[tokio::test]
async fn a_secret_that_comes_back_is_scrubbed_in_every_spelling() {
    for how in ["send-secret", "bearer-secret"] {
        for spelling in ["plain", "upper", "percent", "percent-twice", "json", "json-twice", "html", "hex", "base64"] {
            let (answer, seen) = tried(&format!("{how} https://api.example.com/echo/{spelling}")).await;
            assert!(seen.concat().contains(SECRET), "the source got it");
            // Of a log-in's answer there is nothing left to scrub.
            let marks = if how == "send-secret" { 0 } else { 2 };
            assert!(answer.starts_with("200") && answer.matches("[secret]").count() == marks, "{spelling}: {answer}");
            assert!(!answer.contains(SECRET) && !answer.contains(SECRET_IN_BASE64), "{spelling}: {answer}");
        }
    }
}

#[tokio::test]
async fn what_it_used_is_counted() {
    let (mut guest, secret) = tenant(hostile_guest().await, &Limits::default()).await.unwrap();
    guest.configure(holding(&settings("well"), &secret)).await.unwrap();
    for url in ["https://api.example.com/", "https://elsewhere.example/"] {
        told(&mut guest, &format!("send {url}")).await;
    }
    let usage = guest.usage();
    assert_eq!((usage.http_requests, usage.denied_requests, usage.calls), (1, 1, 3));
    assert!(usage.peak_memory_bytes > 0);
}
