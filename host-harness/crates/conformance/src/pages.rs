//! Reads the source to its end, and any page of it again.

use std::time::Instant;

use super::Seen;
use super::testbed::{Running, Testbed, Unread};
use connector_host::contract::connector::Page;
use connector_host::contract::{Directory, Error, SourceRead, SourceRecord};
use connector_host::sandbox::{CallError, MappedPage, Tenant, Usage};

/// How often a busy source is asked again; recordings answer at once.
const TRIES: usize = 5;

/// One whole read.
pub(super) struct Whole {
    /// Cursors and the pages they gave.
    pub pages: Vec<(Option<String>, Page)>,
    /// The records of all pages, mapped.
    pub source: SourceRead,
    /// The instance that read it; it is configured.
    pub running: Running,
    /// What that instance used for reading and planning once.
    pub usage: Usage,
    /// How long that took.
    pub milliseconds: u64,
}

/// Configures an instance, reads every page, maps every record and plans for an empty directory.
pub(super) async fn read(testbed: &Testbed<'_>) -> Result<Whole, Unread> {
    let clock = Instant::now();
    let (mut running, connection) = testbed.configured().await?;
    testbed.said("the connection", format!("{connection:?}"));
    let mut source = SourceRead { records: Vec::new(), hidden: connection.hidden, total: None, ended: false };
    let mut pages = Vec::new();
    let mut cursor = None;
    loop {
        let page = fetch(testbed, &mut running.tenant, cursor.as_deref()).await?;
        testbed.said("a page", format!("{page:?}"));
        let records =
            running.tenant.map_page(&page.employees).await.map_err(|verdict| Unread::Broke(verdict.to_string()))?;
        testbed.said("a mapped record", format!("{records:?}"));
        source.records.extend(records);
        source.total = source.total.max(page.total);
        let next = page.next.clone();
        pages.push((cursor, page));
        match next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    source.ended = true;
    if source.records.is_empty() {
        return Err(Unread::Reported("fetch-page: the source has no employees".to_owned()));
    }
    let nobody = Directory { accounts: Vec::new(), groups: Vec::new() };
    let plan = running.tenant.plan_actions(&source, &nobody).await;
    let plan = plan.map_err(|error| Unread::Broke(testbed.note_error("plan-actions", &error)))?;
    testbed.said("the plan", format!("{plan:?}"));
    let usage = running.tenant.usage();
    let milliseconds = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Whole { pages, source, running, usage, milliseconds })
}

/// A page record by record; a busy source is asked again.
pub(super) async fn fetch(testbed: &Testbed<'_>, tenant: &mut Tenant, cursor: Option<&str>) -> Result<Page, Unread> {
    for _ in 0..TRIES {
        match tenant.fetch_page(cursor).await {
            Ok(page) => return Ok(page),
            Err(CallError::Guest(Error::RetryLater(_))) => {}
            Err(error) => return Err(testbed.unread("fetch-page", &error)),
        }
    }
    Err(Unread::Reported(format!("fetch-page: the source was busy {TRIES} times")))
}

/// A page mapped in one call; a busy source is asked again.
pub(super) async fn fetch_mapped(
    testbed: &Testbed<'_>,
    tenant: &mut Tenant,
    cursor: Option<&str>,
) -> Result<MappedPage, String> {
    for _ in 0..TRIES {
        match tenant.fetch_mapped(cursor).await {
            Ok(page) => return Ok(page),
            Err(CallError::Guest(Error::RetryLater(_))) => {}
            Err(error) => return Err(testbed.note_error("fetch-mapped", &error)),
        }
    }
    Err(format!("fetch-mapped: the source was busy {TRIES} times"))
}

/// Asks for every page again: of the same instance, and of one for each page that has read no other.
pub(super) async fn repeat(testbed: &Testbed<'_>, whole: &mut Whole) -> Seen {
    for (number, (cursor, page)) in whole.pages.iter().enumerate() {
        let again = fetch(testbed, &mut whole.running.tenant, cursor.as_deref()).await?;
        same(number, page, &again, "when asked for again")?;
    }
    for (number, (cursor, page)) in whole.pages.iter().enumerate() {
        let (mut fresh, _) = testbed.configured().await?;
        let again = fetch(testbed, &mut fresh.tenant, cursor.as_deref()).await?;
        same(number, page, &again, "in an instance that has read no other")?;
    }
    let rejected = whole.source.records.iter().filter(|record| matches!(record, SourceRecord::Rejected(_))).count();
    Ok(format!(
        "{} page{} with {} employees, {rejected} of them rejected; each the same from its cursor, in any instance",
        whole.pages.len(),
        if whole.pages.len() == 1 { "" } else { "s" },
        whole.source.records.len()
    ))
}

fn same(number: usize, page: &Page, again: &Page, when: &str) -> Result<(), String> {
    let differs = [
        ("employees", page.employees != again.employees),
        ("next cursor", page.next != again.next),
        ("total", page.total != again.total),
    ];
    match differs.iter().find(|(_, differs)| *differs) {
        Some((what, _)) => Err(format!("fetch-page: page {} has different {what} {when}", number + 1)),
        None => Ok(()),
    }
}
