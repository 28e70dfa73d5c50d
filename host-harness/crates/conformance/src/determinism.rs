//! Whether mapping and planning are deterministic: they depend on their input, and on nothing else (rule S20).

use std::collections::HashMap;

use super::Seen;
use super::fixture::Fixture;
use super::pages::Whole;
use super::testbed::Testbed;
use connector_host::contract::{Directory, Plan, SourceRead, SourceRecord};

/// Shuffles are the same every time: a check that fails, fails again.
const SEED: u64 = 20;

/// Maps every record again: with its page, alone, and, last first, in a fresh instance; and, if the component maps whole
/// pages, page by page in one call, which is to give the very same.
pub(super) async fn mapping(testbed: &Testbed<'_>, whole: &mut Whole) -> Seen {
    let texts: Vec<&String> = whole.pages.iter().flat_map(|(_, page)| &page.employees).collect();
    let (mut fresh, _) = testbed.configured().await?;
    let first: Vec<_> = texts.iter().zip(&whole.source.records).collect();
    let mut again = Vec::new();
    for (_, page) in &whole.pages {
        again.extend(whole.running.tenant.map_page(&page.employees).await.map_err(|error| error.to_string())?);
    }
    for (record, again) in whole.source.records.iter().zip(&again) {
        same(record, again, "when asked again")?;
    }
    for (text, record) in &first {
        let again = whole.running.tenant.map_employee(text).await.map_err(|error| error.to_string())?;
        same(record, &again, "alone than with its page")?;
    }
    for (text, record) in first.iter().rev() {
        let again = fresh.tenant.map_employee(text).await.map_err(|error| error.to_string())?;
        same(record, &again, "in an instance that has mapped the others in another order")?;
    }
    let pages = if testbed.maps_pages() { in_one_call(testbed, whole).await? } else { "" };
    Ok(format!("{} records, each mapped the same every time{pages}", texts.len()))
}

/// `fetch-mapped` gives what `fetch-page` and `map-employee` give: page by page in one instance, and each page in
/// one that has read no other.
async fn in_one_call(testbed: &Testbed<'_>, whole: &Whole) -> Result<&'static str, String> {
    let (mut reader, _) = testbed.configured().await?;
    let mut first = 0;
    let mut places = Vec::with_capacity(whole.pages.len());
    for (cursor, page) in &whole.pages {
        places.push((cursor, page, first));
        first += page.employees.len();
    }
    let in_order = places.iter().map(|place| (place, true));
    for ((cursor, page, first), forward) in in_order.chain(places.iter().rev().map(|place| (place, false))) {
        if !forward {
            (reader, _) = testbed.configured().await?;
        }
        let mapped = match super::pages::fetch_mapped(testbed, &mut reader.tenant, cursor.as_deref()).await {
            // That no fresh instance reads this page is what `pages` has failed for.
            Err(_) if !forward && !is_read_fresh(testbed, cursor.as_deref()).await => continue,
            mapped => mapped?,
        };
        let expected = whole.source.records.get(*first..first + page.employees.len()).unwrap_or_default();
        let differs = [
            ("records", mapped.records != expected),
            ("next cursor", mapped.next != page.next),
            ("total", mapped.total != page.total),
            ("notices", mapped.notices != page.notices),
        ];
        if let Some((what, _)) = differs.iter().find(|(_, differs)| *differs) {
            return Err(format!(
                "fetch-mapped: {what} different from what fetch-page and map-employee give for the same page"
            ));
        }
    }
    Ok(", and the same when a page is read and mapped in one call")
}

/// Whether an instance that has read no other page gives this one record by record.
async fn is_read_fresh(testbed: &Testbed<'_>, cursor: Option<&str>) -> bool {
    match testbed.configured().await {
        Ok((mut fresh, _)) => super::pages::fetch(testbed, &mut fresh.tenant, cursor).await.is_ok(),
        Err(_) => false,
    }
}

fn same(record: &SourceRecord, again: &SourceRecord, when: &str) -> Result<(), String> {
    if record == again { Ok(()) } else { Err(format!("map-employee: a record is mapped differently {when}")) }
}

/// Plans again, and then with everything shuffled.
pub(super) async fn planning(fixture: Option<&Fixture>, whole: &mut Whole) -> Seen {
    let target = super::convergence::start(fixture).await?.snapshot().map_err(|error| error.to_string())?;
    let first = plan(whole, None, &target).await?;
    if plan(whole, None, &target).await? != first {
        return Err("plan-actions: a different plan for the same source and directory".to_owned());
    }
    // Last first, so that nobody keeps their place; then anyhow.
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut last = u64::MAX;
    let backwards = reordered(&whole.source, || {
        last -= 1;
        last
    });
    let anyhow = reordered(&whole.source, || random.u64(..));
    let mut target = target;
    for source in [backwards, anyhow] {
        target.accounts.reverse();
        random.shuffle(&mut target.groups);
        let other = plan(whole, Some(&source), &target).await?;
        if let Some(what) = first_difference(&first, &other) {
            return Err(format!("plan-actions: different {what} when employees and accounts come in another order"));
        }
    }
    Ok(format!("the same plan of {} actions every time, in any order", first.actions.len()))
}

async fn plan(whole: &mut Whole, source: Option<&SourceRead>, target: &Directory) -> Result<Plan, String> {
    let source = source.unwrap_or(&whole.source);
    whole.running.tenant.plan_actions(source, target).await.map_err(|error| format!("plan-actions: {error}"))
}

fn first_difference(plan: &Plan, other: &Plan) -> Option<&'static str> {
    [
        ("actions", plan.actions != other.actions),
        ("notices", plan.notices != other.notices),
        ("counts", plan.counts != other.counts),
        ("verdict", plan.verdict != other.verdict || plan.complete != other.complete),
    ]
    .into_iter()
    .find_map(|(what, differs)| differs.then_some(what))
}

/// In another order, but that of records with one ID: of these the later wins (rule S17).
fn reordered(source: &SourceRead, mut place: impl FnMut() -> u64) -> SourceRead {
    let mut places: HashMap<&str, u64> = HashMap::new();
    let mut records: Vec<(u64, &SourceRecord)> = Vec::with_capacity(source.records.len());
    for record in &source.records {
        let place = match employee(record) {
            Some(employee) => *places.entry(employee).or_insert_with(&mut place),
            None => place(),
        };
        records.push((place, record));
    }
    records.sort_by_key(|(place, _)| *place);
    SourceRead { records: records.into_iter().map(|(_, record)| record.clone()).collect(), ..source.clone() }
}

fn employee(record: &SourceRecord) -> Option<&str> {
    match record {
        SourceRecord::Learner(learner) => Some(&learner.employee),
        SourceRecord::Excluded(excluded) => Some(&excluded.employee),
        SourceRecord::Rejected(rejected) => rejected.employee.as_deref(),
    }
}
