//! Whatever a source or a host may hand over, a connector answers: no export ever traps.
//!
//! Each of the four calls gets what it was not made for, one at a time, and in instances that are fresh where one call could
//! hide what another does. An error is an answer; a trap, a panic or a call that does not end is not.

mod answers;
mod cursors;
mod forms;
mod plans;
mod records;
pub(super) mod values;

use super::Seen;
use super::pages::Whole;
use super::testbed::{Running, Testbed};
use connector_host::sandbox::{CallError, GuestError};

/// Deeper than any reader goes.
const DEPTH: usize = 100_000;
/// Longer than any value is.
const LENGTH: usize = 1 << 20;

/// Hands all of it over: to configured instances where there is traffic to configure them with.
pub(super) async fn check(testbed: &Testbed<'_>, whole: Option<&Whole>) -> Seen {
    let records = records::check(testbed, whole).await?;
    let cursors = cursors::check(testbed, whole).await?;
    let forms = forms::check(testbed).await?;
    let answers = answers::check(testbed, whole).await?;
    let plans = match whole {
        Some(whole) => format!(", {} sources and directories", plans::check(testbed, whole).await?),
        None => String::new(),
    };
    let calls = if whole.is_some() { "no call trapped" } else { "neither `configure` nor a call before it trapped" };
    Ok(format!(
        "{calls} on malformed input: {records} records, {cursors} cursors, {forms} settings, {answers} responses{plans}"
    ))
}

async fn instance(testbed: &Testbed<'_>, whole: Option<&Whole>) -> Result<Running, String> {
    match whole {
        Some(_) => Ok(testbed.configured().await?.0),
        None => testbed.start().await,
    }
}

/// Keeps what a call said, to be searched for secrets. A verdict is the failure.
fn answered<T: std::fmt::Debug>(
    testbed: &Testbed<'_>,
    call: &str,
    given: &str,
    answer: Result<T, CallError>,
) -> Result<(), String> {
    match answer {
        Ok(answer) => testbed.said("what came of junk", format!("{answer:?}")),
        Err(error @ CallError::Guest(_)) => drop(testbed.note_error(call, &error)),
        Err(CallError::Host(verdict)) => return Err(failure(given, &verdict)),
    }
    Ok(())
}

pub(super) fn failure(given: &str, verdict: &GuestError) -> String {
    format!("given {given}: {verdict}")
}
