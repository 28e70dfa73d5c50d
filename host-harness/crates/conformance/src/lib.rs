//! Whether a component conforms to the contract: a conformance kit for any connector, ours or not.
//!
//! Every check is one question with one answer and its reason. Those that need no traffic always run; the others need a
//! fixture: settings, a directory to start from, and recorded exchanges, laid out as `tests/fixtures/acme` is. A connector that
//! makes no requests is read without one, with settings made up after its manifest.
//!
//! | check | question | module |
//! |---|---|---|
//! | `contract`, `imports`, `manifest` | does it speak this version, ask for nothing else, and say what it is? | `static_checks` |
//! | `unconfigured`, `settings` | does it refuse to work before `configure`, and a bad form? | `form` |
//! | `pages` | does a cursor give the same page, whenever and in whichever instance? | `pages` |
//! | `origins` | does it contact what it says it needs, and nothing else? | `secrets` |
//! | `mapping`, `planning` | does it give the same for the same, in any order (rule S20)? | `determinism` |
//! | `mapping` | and the same by either way to read a page, however damaged? | `damaged` |
//! | `convergence` | is nothing left to do after its plan was applied (rule S20)? | `convergence` |
//! | `junk` | does each of its calls answer whatever it is given? | `malformed` |
//! | `secrets` | does no secret come out of it? | `secrets` |
//! | `resources` | does it leave room within the limits? | `testbed` |
//!
//! A check that cannot run is skipped, with its reason, and never counts as passed: a report with one is
//! [incomplete](Judgement::Incomplete). Rejected: stopping at the first failure, since the author of a connector wants the
//! whole list.

#![forbid(unsafe_code)]

mod convergence;
mod damaged;
mod determinism;
mod fixture;
mod form;
mod logs;
mod malformed;
mod pages;
mod recording_transport;
mod report;
mod secrets;
mod static_checks;
mod testbed;

use std::path::Path;

use tracing::instrument::WithSubscriber;

pub use fixture::{Fixture, FixtureError};
pub use report::{Figures, Finding, Imports, Judgement, Outcome, Report};

use connector_host::sandbox::{Connector, Host};
use logs::Logs;
use pages::Whole;
use testbed::{Testbed, Unread};

/// What a check came to: what was seen, or why it failed.
type Seen = Result<String, String>;

/// Why a check is skipped that needs traffic.
const NO_TRAFFIC: &str = "needs recorded traffic: give --fixtures DIR";

/// Why the rest is skipped when the source cannot be read.
const NOT_READ: &str = "the source was not read to its end: see `pages`";

/// Judges a component, within the host's limits: [`Fixture::limits`] has those that the fixture's settings ask for.
pub async fn check(host: &Host, component: &Path, fixture: Option<&Fixture>) -> Report {
    let mut report = Report::new(component);
    let Some(connector) = static_checks::look(host, component, &mut report).await else {
        report.skip_rest("the component cannot be run");
        return report;
    };
    // Everything the connector logs is caught, to be searched for secrets.
    let logs = Logs::default();
    inside(&connector, fixture, &logs, &mut report).with_subscriber(logs.subscriber()).await;
    report
}

async fn inside(connector: &Connector, fixture: Option<&Fixture>, logs: &Logs, report: &mut Report) {
    let testbed = match Testbed::new(connector, fixture) {
        Ok(testbed) => testbed,
        Err(error) => {
            report.add("settings", Err(format!("the fixture's settings do not fit: {error}")));
            report.skip_rest("it needs settings that fit the component");
            return;
        }
    };
    report.add("unconfigured", form::unconfigured(&testbed).await);
    form::settings(&testbed, report).await;
    match pages::read(&testbed).await {
        Ok(mut whole) => with_traffic(&testbed, fixture, &mut whole, logs, report).await,
        Err(Unread::Reported(_)) if fixture.is_none() => {
            without_traffic(&testbed, report, NO_TRAFFIC).await;
            report.skip_rest(NO_TRAFFIC);
        }
        Err(unread) => {
            // What broke here would break there too, and is one mistake.
            let broke = matches!(unread, Unread::Broke(_));
            report.add("pages", Err(unread_with(fixture, unread)));
            if !broke {
                without_traffic(&testbed, report, NOT_READ).await;
            }
            report.skip_rest(NOT_READ);
        }
    }
}

/// Malformed input for what can be called without a source that answers. It can fail there, and not pass.
async fn without_traffic(testbed: &Testbed<'_>, report: &mut Report, reason: &str) {
    match malformed::check(testbed, None).await {
        Ok(seen) => report.skip("junk", &format!("{seen}; the rest was not tried: {reason}")),
        Err(why) => report.add("junk", Err(why)),
    }
}

/// Why the source was not read; what an empty cassette has to do with it, no connector knows.
fn unread_with(fixture: Option<&Fixture>, unread: Unread) -> String {
    let is_reported = matches!(unread, Unread::Reported(_));
    let why = String::from(unread);
    if is_reported && fixture.is_some_and(|fixture| fixture.replay.is_none()) {
        return format!(
            "{why}\nthe fixture has no recorded exchanges: if the connector makes requests, put them into exchanges/"
        );
    }
    why
}

async fn with_traffic(
    testbed: &Testbed<'_>,
    fixture: Option<&Fixture>,
    whole: &mut Whole,
    logs: &Logs,
    report: &mut Report,
) {
    report.add("pages", pages::repeat(testbed, whole).await);
    report.add("origins", secrets::origins(testbed, whole));
    let damaged = damaged::read(testbed, whole).await;
    let mapping = determinism::mapping(testbed, whole).await;
    report.add("mapping", mapping.and_then(|seen| damaged.same(&seen)));
    report.add("planning", determinism::planning(fixture, whole).await);
    report.add("convergence", convergence::check(fixture, whole).await);
    let malformed = malformed::check(testbed, Some(whole)).await;
    report.add("junk", malformed.and_then(|seen| damaged.answered(&seen)));
    report.add("resources", testbed.resources(whole));
    report.add("secrets", secrets::check(testbed, logs));
    report.figures = Some(Testbed::figures(whole));
}
