//! Every fault, at every request of a sync of four pages, live over loopback: the built component, the real driver, a
//! directory on disk, and a Personio that misbehaves.
//!
//! A cell of the matrix is a fault, the request it starts at, and whether it happens once or from there on. [`cells`]
//! says for each how the run has to end; here is what has to hold however it ends:
//!
//! - nobody is lost and nothing is doubled: accounts, addresses, invitations;
//! - a run whose read was incomplete lowers the status of those whose own record says so, and of nobody else (rule S17), and
//!   one that failed writes nothing at all;
//! - the next run, undisturbed, ends in the directory that there would be had nothing gone wrong (rule S20).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

mod cells;
mod fixture;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use connector_sync::run::{RunReport, RunVerdict};
use personio_mock::{Fault, MockOptions, Rule, Server};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use cells::{Cell, Expected};
use fixture::{Fixture, State};

/// Cells at work at the same time: enough to use the time that a slow answer takes.
const AT_ONCE: usize = 16;

/// The pages of an undisturbed read.
const PAGES: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn s17_s20_s25_a_fault_at_any_request_costs_nobody_anything() {
    let bench = Arc::new(Fixture::new().await);
    let targets = Arc::new(Targets::find(&bench).await);
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    let cells = cells::all();
    let count = cells.len();
    for cell in cells {
        let (bench, targets, room) = (Arc::clone(&bench), Arc::clone(&targets), Arc::clone(&room));
        running.spawn(async move {
            let _permit = room.acquire().await.unwrap();
            disturbed(&bench, &targets, cell).await
        });
    }
    let results = running.join_all().await;
    let wrong: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{} of {count} cells:\n{}", wrong.len(), wrong.join("\n"));
}

/// What the directory comes to when nothing goes wrong, by what happens to the company meanwhile.
struct Targets {
    /// Nothing.
    plain: State,
    /// Somebody joins.
    joined: State,
    /// Somebody leaves before anybody was read.
    left_early: State,
    /// Somebody leaves who was read: that read is incomplete, so that they keep their status (rules S5 and S17).
    left_late: State,
}

impl Targets {
    async fn find(bench: &Fixture) -> Self {
        let after = async |rules: &[Rule]| {
            let server = bench.serve(&[]).await;
            let tenancy = bench.tenancy();
            for rule in rules {
                server.admin().add_fault(*rule);
                let (report, _) = bench.sync(&server, &tenancy, fixture::PATIENT).await;
                assert_eq!(report.verdict, RunVerdict::Done, "{:?}", report.failures);
                server.admin().clear_faults();
            }
            tenancy.state()
        };
        let nothing = Rule::at_page(Fault::Gzip, 1);
        let incomplete = Rule::at_page(Fault::LyingTotal { by: 1 }, 1);
        let (join, leave) = (Fault::Join { people: 1 }, Fault::Leave { people: 1 });
        let targets = Self {
            plain: after(&[nothing]).await,
            joined: after(&[Rule::at_page(join, 1)]).await,
            left_early: after(&[Rule::at_page(leave, 1)]).await,
            left_late: after(&[incomplete, Rule::at_page(leave, 1)]).await,
        };
        // Without these there would be nothing to lose.
        let start = bench.tenancy().state();
        assert!(!targets.plain.lowered_since(&start).is_empty() && targets.plain.accounts.len() > start.accounts.len());
        assert!(!targets.plain.invitations.is_empty() && targets.joined.accounts.len() > targets.plain.accounts.len());
        targets
    }

    fn of(&self, rule: &Rule) -> &State {
        match (rule.fault, rule.at) {
            (Fault::Join { .. }, _) => &self.joined,
            (Fault::Leave { .. }, 1) => &self.left_early,
            (Fault::Leave { .. }, _) => &self.left_late,
            _ => &self.plain,
        }
    }
}

/// One cell: a run that is disturbed, and one that is not.
async fn disturbed(bench: &Fixture, targets: &Targets, cell: Cell) -> Result<(), String> {
    let server = bench.serve(&[cell.rule]).await;
    let tenancy = bench.tenancy();
    let before = tenancy.state();
    let patience = if matches!(cell.rule.fault, Fault::SlowDrip { .. }) { fixture::HASTY } else { fixture::PATIENT };
    let (report, waits) = bench.sync(&server, &tenancy, patience).await;
    let after = tenancy.state();
    let told = |what: &str| format!("{} ({}): {what}", cell.rule, summary(&report, &waits));
    ended_as_expected(&report, &waits, &cell).map_err(|what| told(&what))?;
    is_announced_to_the_platform(&report, &cell).map_err(|what| told(&what))?;
    nothing_is_lost_or_doubled(&before, &after).map_err(|what| told(&what))?;
    let is_changed = before.accounts != after.accounts || before.invitations != after.invitations;
    if report.verdict == RunVerdict::Failed && is_changed {
        return Err(told("it failed, and wrote"));
    }
    if report.verdict == RunVerdict::Done && !report.read.complete {
        lowers_on_evidence_alone(bench, &report, &after.lowered_since(&before)).map_err(|what| told(&what))?;
    }
    server.admin().clear_faults();
    let (next, _) = bench.sync(&server, &tenancy, fixture::PATIENT).await;
    if next.verdict != RunVerdict::Done || !next.read.complete {
        return Err(told(&format!("the next run: {}", summary(&next, &[]))));
    }
    if cell.expected == Expected::Complete && !next.outcomes.is_empty() {
        return Err(told(&format!("the read was complete, and the next run has {} actions", next.outcomes.len())));
    }
    let last = tenancy.state();
    nothing_is_lost_or_doubled(&after, &last).map_err(|what| told(&what))?;
    match last.difference(targets.of(&cell.rule)) {
        None => Ok(()),
        Some(difference) => Err(told(&format!("another directory than without it: {difference}"))),
    }
}

/// Rule S25: a source's announced end is a notice for whoever runs the platform, and none of the customer's.
fn is_announced_to_the_platform(report: &RunReport, cell: &Cell) -> Result<(), String> {
    let code = match cell.rule.fault {
        Fault::Deprecated => "source-deprecated",
        Fault::Sunset => "source-sunset",
        _ => return Ok(()),
    };
    let customers = report.plan.iter().flat_map(|plan| &plan.notices);
    if customers.into_iter().any(|notice| notice.code == code) {
        return Err(format!("{code} is in the customer's plan"));
    }
    let codes: Vec<&str> = report.platform_notices.iter().map(|notice| notice.code.as_str()).collect();
    if codes.contains(&code) { Ok(()) } else { Err(format!("{code} is not among the platform's notices: {codes:?}")) }
}

/// Rule S17 for an incomplete read: a record that says inactive is evidence, and that somebody was not read is none.
fn lowers_on_evidence_alone(bench: &Fixture, report: &RunReport, lowered: &[String]) -> Result<(), String> {
    let [first, last] = &bench.dismissed;
    let reached_the_last = report.read.pages >= PAGES;
    if !lowered.contains(first) {
        return Err("the record on the first page says inactive, and its account is not".to_owned());
    }
    match lowered.iter().find(|account| *account != first && !(*account == last && reached_the_last)) {
        Some(other) => Err(format!("incomplete, and lowered {other}, of whom nothing was read")),
        None => Ok(()),
    }
}

fn ended_as_expected(report: &RunReport, waits: &[Duration], cell: &Cell) -> Result<(), String> {
    let codes: Vec<&str> = report.failures.iter().map(|failure| failure.code.as_str()).collect();
    let stopped = report.read.stopped.as_ref().map(|failure| failure.code.as_str());
    let is_done = report.verdict == RunVerdict::Done;
    let holds = match cell.expected {
        Expected::Complete | Expected::Damaged | Expected::Believed => {
            is_done && report.read.complete && stopped.is_none()
        }
        Expected::Incomplete(code) => is_done && !report.read.complete && stopped == code,
        Expected::Failed(code) => report.verdict == RunVerdict::Failed && codes == [code],
    };
    if !holds {
        return Err(format!("expected {:?}", cell.expected));
    }
    if waits.len() != cell.waits {
        return Err(format!("expected {} waits", cell.waits));
    }
    // Rule S25: what the source asks for, and never less than a second.
    let least = match cell.rule.fault {
        Fault::Busy { retry_after: Some(seconds) } => Duration::from_secs(seconds.into()),
        _ => Duration::from_secs(1),
    };
    if waits.iter().any(|wait| *wait < least) { Err(format!("waits shorter than {least:?}")) } else { Ok(()) }
}

fn nothing_is_lost_or_doubled(before: &State, after: &State) -> Result<(), String> {
    if let Some(lost) = before.ids.difference(&after.ids).next() {
        return Err(format!("the account {lost} is lost"));
    }
    for (what, all) in [
        ("employee", after.employees.clone()),
        ("address", after.addresses.clone()),
        ("invitation", after.invitations.clone()),
    ] {
        let distinct: BTreeSet<&String> = all.iter().collect();
        if distinct.len() != all.len() {
            return Err(format!("an {what} is there twice"));
        }
    }
    Ok(())
}

fn summary(report: &RunReport, waits: &[Duration]) -> String {
    let codes = report.failures.iter().chain(&report.read.stopped).map(|failure| failure.code.as_str());
    format!(
        "{}, {}complete, {} pages, {} of {:?} employees, {} waits, {}",
        report.verdict.as_str(),
        if report.read.complete { "" } else { "in" },
        report.read.pages,
        report.read.employees,
        report.read.total,
        waits.len(),
        codes.collect::<Vec<_>>().join(" "),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_a_hidden_attribute_freezes_its_field_and_a_hidden_status_blocks() {
    let bench = Fixture::new().await;
    for (hidden, verdict) in [("team", RunVerdict::Done), ("status", RunVerdict::Blocked), ("flag", RunVerdict::Failed)]
    {
        let options = MockOptions { hidden: vec![hidden.to_owned()], ..bench.options(&[]) };
        let server = Server::start(options).await.unwrap();
        let tenancy = bench.tenancy();
        let before = tenancy.state();
        let (report, _) = bench.sync(&server, &tenancy, fixture::PATIENT).await;
        assert_eq!(report.verdict, verdict, "{hidden}: {}", summary(&report, &[]));
        let after = tenancy.state();
        assert_eq!(before.accounts == after.accounts, verdict != RunVerdict::Done, "{hidden}");
        let team = |state: &State| -> Vec<_> {
            before.ids.iter().map(|id| state.account(id).and_then(|account| account.team.clone())).collect()
        };
        assert_eq!(team(&before), team(&after), "{hidden}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_needed_is_asked_for() {
    let bench = Fixture::new().await;
    let server = bench.serve(&[]).await;
    let tenancy = bench.tenancy();
    bench.sync(&server, &tenancy, fixture::PATIENT).await;
    let pages: Vec<_> = server.requests().into_iter().filter(|seen| seen.request.ends_with("/employees")).collect();
    assert_eq!(pages.len(), 4);
    for page in pages {
        assert_eq!(page.query.matches("attributes%5B%5D=").count(), 12, "{}", page.query);
        assert!(!page.query.contains("salary") && !page.query.contains("secret"), "{}", page.query);
    }
}
