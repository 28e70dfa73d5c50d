//! Whether a component keeps the contract: a conformance kit for any connector, ours or not.
//!
//! Every check is one question with one answer and its reason. Those that need no traffic always run; the others need a
//! fixture: settings, a directory to start from, and recorded exchanges, laid out as `tests/fixtures/acme` is.
//!
//! | check | question | module |
//! |---|---|---|
//! | `contract`, `imports`, `manifest` | does it speak this version, ask for nothing else, and say what it is? | `static_checks` |
//! | `unconfigured`, `settings` | does it refuse to work before `configure`, and a bad form? | `form` |
//! | `pages` | does a cursor give the same page, whenever and in whichever instance? | `pages` |
//! | `origins` | does it contact what it says it needs, and nothing else? | `secrets` |
//! | `mapping`, `planning` | does it give the same for the same, in any order (rule S20)? | `determinism` |
//! | `convergence` | is nothing left to do after its plan was applied (rule S20)? | `convergence` |
//! | `junk` | does each of its calls answer whatever it is given? | `malformed` |
//! | `secrets` | does no secret come out of it? | `secrets` |
//! | `resources` | does it leave room within the default limits? | `testbed` |
//!
//! A check that cannot run is told as skipped, with its reason; it never counts as passed. Rejected: stopping at the first
//! failure, since whoever writes a connector wants the whole list.

#![forbid(unsafe_code)]

mod convergence;
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
pub use report::{Figures, Finding, Outcome, Report};

use connector_host::sandbox::{Connector, Host};
use logs::Logs;
use pages::Whole;
use testbed::Testbed;

/// What a check came to: what was seen, or why it failed.
type Seen = Result<String, String>;

/// Why a check is skipped that needs traffic.
const NO_TRAFFIC: &str = "needs recorded traffic: give --fixtures DIR";

/// Judges a component.
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
    let whole = match fixture {
        None => Err(NO_TRAFFIC.to_owned()),
        Some(_) => match pages::read(&testbed).await {
            Ok(whole) => Ok(whole),
            Err(reason) => {
                report.add("pages", Err(reason));
                Err("the source was not read to its end: see `pages`".to_owned())
            }
        },
    };
    match (whole, fixture) {
        (Ok(mut whole), Some(fixture)) => with_traffic(&testbed, fixture, &mut whole, logs, report).await,
        (whole, _) => {
            report.add("junk", malformed::check(&testbed, None).await);
            report.skip_rest(&whole.err().unwrap_or_default());
        }
    }
}

async fn with_traffic(testbed: &Testbed<'_>, fixture: &Fixture, whole: &mut Whole, logs: &Logs, report: &mut Report) {
    report.add("pages", pages::repeat(testbed, whole).await);
    report.add("origins", secrets::origins(testbed, whole));
    report.add("mapping", determinism::mapping(testbed, whole).await);
    report.add("planning", determinism::planning(fixture, whole).await);
    report.add("convergence", convergence::check(fixture, whole).await);
    report.add("junk", malformed::check(testbed, Some(whole)).await);
    report.add("resources", Testbed::resources(whole));
    report.add("secrets", secrets::check(testbed, logs));
    report.figures = Some(Testbed::figures(whole));
}
