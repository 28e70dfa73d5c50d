//! Where a guest may go, and what it may take with it: from inside the sandbox, through the real gateway.

use host_harness::contract::SourceRecord;
use host_harness::sandbox::Limits;

use super::bench::{SECRET, settings, tenant, zoo};

/// What the guest was told when it did this in a configured tenant.
async fn told(what: &str) -> String {
    let (mut guest, secret) = tenant(zoo().await, &Limits::default()).await.unwrap();
    guest.configure(&settings("well"), secret).await.unwrap();
    match guest.map_employee(what).await.expect("no verdict") {
        SourceRecord::Rejected(rejected) => rejected.problem.message,
        _ => panic!("no report"),
    }
}

#[tokio::test]
async fn what_the_policy_refuses_is_an_error_the_guest_can_read() {
    let cases = [
        "send https://elsewhere.example/",
        "send http://api.example.com/",
        "send file:///etc/passwd",
        "send https://api.example.com.elsewhere.example/",
        "send https://api.example.com@elsewhere.example/",
        "send https://api.example.com:8443/",
        "send https://127.0.0.1/",
        "send https://api.example.com/to-metadata",
        "send-secret https://elsewhere.example/",
        "bearer-secret https://elsewhere.example/",
    ];
    for what in cases {
        let answer = told(what).await;
        assert!(answer.starts_with("Error::Denied("), "{what}: {answer}");
    }
}

#[tokio::test]
async fn a_secret_that_comes_back_is_scrubbed() {
    for what in ["send-secret https://api.example.com/echo", "bearer-secret https://api.example.com/echo"] {
        let answer = told(what).await;
        assert!(answer.starts_with("200") && answer.contains("echo"), "{answer}");
        assert!(!answer.contains(SECRET), "{what}: the guest saw the secret");
    }
}

#[tokio::test]
async fn what_it_used_is_counted() {
    let (mut guest, secret) = tenant(zoo().await, &Limits::default()).await.unwrap();
    guest.configure(&settings("well"), secret).await.unwrap();
    for url in ["https://api.example.com/", "https://elsewhere.example/"] {
        guest.map_employee(&format!("send {url}")).await.unwrap();
    }
    let usage = guest.usage();
    assert_eq!((usage.http_requests, usage.denied_requests, usage.calls), (1, 1, 3));
    assert!(usage.peak_memory_bytes > 0);
}
