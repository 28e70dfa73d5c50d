//! Whether secrets stay with the host, and requests go only to the declared origins.
//!
//! The client secret never enters the guest, so a connector cannot leak it. A token can: a connector that logs in with
//! `send` instead of `exchange` holds the token in its own memory, and sooner or later it is in a cursor, a header field or
//! the log. This check searches for it in everything that the connector produced while it was checked.

use super::Seen;
use super::logs::Logs;
use super::pages::Whole;
use super::testbed::{CANARY, Testbed};

/// Searches all that was said, logged and sent.
pub(super) fn check(testbed: &Testbed<'_>, logs: &Logs) -> Seen {
    if let Some(leak) = testbed.sight.leaks().into_iter().next() {
        return Err(format!("a secret is in plain text in {leak}"));
    }
    let tokens = testbed.sight.tokens();
    let secrets: Vec<&str> = tokens.iter().map(String::as_str).chain([CANARY]).collect();
    let mut said = testbed.all_said();
    said.push(("the log", logs.text()));
    for (place, text) in &said {
        if secrets.iter().any(|secret| text.contains(secret)) {
            return Err(format!("a secret is in {place}: log in with `exchange`, which keeps the token with the host"));
        }
    }
    Ok(format!("none of {} secrets in {} responses, errors and logs", secrets.len(), said.len()))
}

/// Compares the manifest with where requests went.
pub(super) fn origins(testbed: &Testbed<'_>, whole: &Whole) -> Seen {
    let denied = whole.usage.denied_requests;
    if denied > 0 {
        return Err(format!("{denied} requests went to origins that its manifest does not name, and were refused"));
    }
    let contacted = testbed.sight.contacted();
    let named: Vec<String> = testbed.named().iter().map(ToString::to_string).collect();
    let set: Vec<String> = testbed.endpoints().iter().map(ToString::to_string).collect();
    let allowed = |origin: &String| named.contains(origin) || set.contains(origin);
    if let Some(other) = contacted.iter().find(|origin| !allowed(origin)) {
        return Err(format!("it contacted {other}, which its manifest does not name"));
    }
    if contacted.is_empty() {
        let idle: Vec<_> = named.into_iter().chain(set).collect();
        return Ok(if idle.is_empty() {
            "contacted no origin, and names none".to_owned()
        } else {
            format!("contacted no origin; {} was not needed here", idle.join(", "))
        });
    }
    let says =
        if contacted.iter().all(|origin| named.contains(origin)) { "the manifest says" } else { "the settings say" };
    let idle: Vec<_> = named.iter().filter(|origin| !contacted.contains(*origin)).cloned().collect();
    let contacted: Vec<_> = contacted.into_iter().collect();
    let seen = format!("contacted {}, as {says}", contacted.join(", "));
    Ok(if idle.is_empty() {
        seen
    } else {
        format!("{seen}; {} is in the manifest and was not needed here", idle.join(", "))
    })
}
