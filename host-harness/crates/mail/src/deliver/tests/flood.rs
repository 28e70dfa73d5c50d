//! A mail server that answers without end is cut off, and holds up nobody else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::mail;
use crate::deliver::{Delivery as _, MailError, Smtp};
use connector_settings::{SmtpSecurity, SmtpSettings};

const LINES: usize = 200_000;

/// Starts a server that answers every command, and the connection itself, with a reply of `line` 200,000 times.
fn flood(first: &'static str, line: &'static str, begun: impl Fn() + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut command = [0; 512];
            // The client hangs up in the middle, which ends this connection and nothing else.
            let _ = stream.write_all(first.as_bytes());
            if !first.is_empty() {
                let _ = stream.read(&mut command);
            }
            begun();
            let _ = stream.write_all(line.repeat(LINES).as_bytes());
            while stream.read(&mut command).is_ok_and(|length| length > 0) {}
        }
    });
    port
}

async fn deliver(port: u16) -> MailError {
    let settings = SmtpSettings { host: "127.0.0.1".into(), port, security: SmtpSecurity::None, credentials: None };
    Smtp::new(&settings).unwrap().deliver(&mail()).await.unwrap_err()
}

#[tokio::test]
async fn a_reply_without_end_is_cut_off_with_what_to_do() {
    for (first, line) in [
        ("", "220-go on\r\n"),
        ("220 hello\r\n", "250-\r\n"),
        // A line that never ends would fill the memory.
        ("220 hello\r\n", "250-and so on and so on"),
    ] {
        let port = flood(first, line, || {});
        let error = deliver(port).await;
        assert!(matches!(error, MailError::Unreachable(_)), "{error:?}");
        assert_eq!(
            error.to_string(),
            format!(
                "the mail server 127.0.0.1:{port} gave a reply of more than 100 lines or 64 KiB, which no mail server needs; \
                 check `mail.smtp.host` and `mail.smtp.port`, or use another mail server"
            )
        );
    }
}

/// On one thread, so that whatever computes without a pause is seen by everybody.
#[tokio::test(flavor = "current_thread")]
async fn a_reply_without_end_holds_up_no_other_task() {
    let steps = Arc::new(AtomicUsize::new(0));
    let stepping = Arc::clone(&steps);
    let other = tokio::spawn(async move {
        loop {
            stepping.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    });
    let (at_begin, seen) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&steps));
    let begin = Arc::clone(&at_begin);
    let port = flood("220 hello\r\n", "250-\r\n", move || begin.store(seen.load(Ordering::SeqCst), Ordering::SeqCst));
    deliver(port).await;
    let after = steps.load(Ordering::SeqCst);
    assert!(after > at_begin.load(Ordering::SeqCst), "the other task went on while the server answered");
    other.abort();
}
