//! Whatever a source or a host may hand over, a connector answers: no export ever traps.
//!
//! Each of the four calls gets what it was not made for, one at a time, and in instances that are fresh where one call
//! could hide what another does. An error is an answer; a trap, a panic and a call that does not end are none.

mod answers;
mod cursors;
mod forms;
mod plans;
mod records;
mod values;

use super::Seen;
use super::pages::Whole;
use super::stand::{Running, Stand};
use crate::sandbox::{CallError, Verdict};

/// Deeper than any reader goes.
const DEPTH: usize = 100_000;
/// Longer than any value is.
const LENGTH: usize = 1 << 20;

/// Hands all of it over: to configured instances where there is traffic to configure them with.
pub(super) async fn check(stand: &Stand<'_>, whole: Option<&Whole>) -> Seen {
    let records = records::check(stand, whole).await?;
    let cursors = cursors::check(stand, whole).await?;
    let forms = forms::check(stand).await?;
    let answers = answers::check(stand, whole).await?;
    let plans = match whole {
        Some(whole) => format!(", {} sources and directories", plans::check(stand, whole).await?),
        None => String::new(),
    };
    Ok(format!(
        "no call trapped on {records} records, {cursors} cursors, {forms} forms, {answers} answers{plans} that are none"
    ))
}

async fn instance(stand: &Stand<'_>, whole: Option<&Whole>) -> Result<Running, String> {
    match whole {
        Some(_) => Ok(stand.configured().await?.0),
        None => stand.start().await,
    }
}

/// Keeps what a call said, to be searched for secrets. A verdict is the failure.
fn answered<T: std::fmt::Debug>(
    stand: &Stand<'_>,
    call: &str,
    given: &str,
    answer: Result<T, CallError>,
) -> Result<(), String> {
    match answer {
        Ok(answer) => stand.said("what came of junk", format!("{answer:?}")),
        Err(error @ CallError::Guest(_)) => drop(stand.told(call, &error)),
        Err(CallError::Verdict(verdict)) => return Err(failure(given, &verdict)),
    }
    Ok(())
}

fn failure(given: &str, verdict: &Verdict) -> String {
    format!("given {given}: {verdict}")
}
