//! Reading the source whole: the waiting, the counting, and what ends a read early (rules S17, S24 and S25).

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use super::progress::{Phase, Progress};
use super::sleeper::Sleeper;
use super::work_permits::WorkPermits;
use super::{Clock, SyncContext, failure, retry};
use crate::codes;
use crate::run::{Failure, ReadSummary};
use connector_host::contract::connector::{Connection, Error, Page};
use connector_host::contract::{SourceRead, SourceRecord};
use connector_host::sandbox::{CallError, GuestError};

/// How many pages in a row may have nobody new before the source is taken to ignore the cursor. One page proves nothing:
/// people come twice when rows move while they are read, and with small pages that is a page of its own.
const QUIET_PAGES: u32 = 3;

/// A read that gives no plan.
pub(super) struct Failed {
    /// How far it came.
    pub summary: ReadSummary,
    /// Why it ended.
    pub failures: Vec<Failure>,
}

/// Configures the connector and reads every page.
///
/// A credential that may not read a required attribute ends in an empty read: the plan is blocked whatever the pages say
/// (rule S7), so no person's data is fetched for it.
pub(super) async fn everything(
    context: &mut SyncContext<'_>,
    clock: &mut Clock,
    permits: &WorkPermits,
) -> Result<(SourceRead, ReadSummary), Failed> {
    let mut reader = Reader::default();
    context.progress.phase(Phase::Configure);
    let connection = match configure(context).await {
        Ok(connection) => connection,
        Err(error) => return Err(reader.fail(error)),
    };
    clock.lap("configure");
    let blind = connection.hidden.iter().any(|hidden| hidden.required);
    reader.source.hidden = connection.hidden;
    if !blind {
        context.progress.phase(Phase::Read);
        if let Err(error) = reader.pages(context, permits).await {
            return Err(reader.fail(error));
        }
    }
    clock.lap("read");
    if reader.source.records.is_empty()
        && let Some(stopped) = reader.summary.stopped.take()
    {
        return Err(Failed { summary: reader.summary, failures: vec![stopped] });
    }
    Ok((reader.source, reader.summary))
}

async fn configure(context: &mut SyncContext<'_>) -> Result<Connection, CallError> {
    let mut tries = Tries::default();
    loop {
        match context.tenant.configure(context.settings, context.secret.clone()).await {
            Ok(connection) => return Ok(connection),
            Err(error) => tries.wait(context.progress, context.sleeper, error).await?,
        }
    }
}

async fn fetch(context: &mut SyncContext<'_>, cursor: Option<&str>) -> Result<Page, CallError> {
    let mut tries = Tries::default();
    loop {
        match context.tenant.fetch_page(cursor).await {
            Ok(page) => return Ok(page),
            Err(error) => tries.wait(context.progress, context.sleeper, error).await?,
        }
    }
}

/// How often one call was tried.
#[derive(Default)]
struct Tries {
    count: u32,
}

impl Tries {
    /// Waits before the next try of a call that failed; gives the error back if there is none.
    async fn wait(
        &mut self,
        progress: &dyn Progress,
        sleeper: &dyn Sleeper,
        error: CallError,
    ) -> Result<(), CallError> {
        self.count += 1;
        let CallError::Guest(Error::RetryLater(later)) = &error else { return Err(error) };
        let asked = Duration::from_millis(later.milliseconds);
        let Some(delay) = retry::delay(self.count, asked, fastrand::f64()) else { return Err(error) };
        tracing::info!(tries = self.count, delay_ms = delay.as_millis(), "the source asks to wait");
        progress.waiting(delay, self.count, &later.problem.message);
        sleeper.sleep(delay).await;
        Ok(())
    }
}

/// A read in progress.
struct Reader {
    source: SourceRead,
    summary: ReadSummary,
    /// Employees who came.
    seen: HashSet<String>,
    /// Fingerprints of the records without an ID that came.
    nameless: HashSet<u64>,
    /// Pages in a row that had nobody new.
    quiet: u32,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            source: SourceRead { records: Vec::new(), hidden: Vec::new(), total: None, ended: false },
            summary: ReadSummary::default(),
            seen: HashSet::new(),
            nameless: HashSet::new(),
            quiet: 0,
        }
    }
}

impl Reader {
    /// Rule S25: a source that stays busy after the last try leaves the read incomplete, and what came is used.
    async fn pages(&mut self, context: &mut SyncContext<'_>, permits: &WorkPermits) -> Result<(), CallError> {
        let mut cursor = None;
        loop {
            let page = match fetch(context, cursor.as_deref()).await {
                Ok(page) => page,
                Err(CallError::Guest(Error::RetryLater(later))) => {
                    self.summary.stopped = Some(Failure::from(&later.problem));
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            self.take(context, &page, permits).await?;
            context.progress.page(self.summary.pages, self.summary.employees, self.summary.total);
            match page.next {
                None => {
                    self.source.ended = true;
                    return Ok(());
                }
                Some(_) if self.quiet >= QUIET_PAGES => {
                    self.summary.stopped = Some(repeats());
                    return Ok(());
                }
                next => cursor = next,
            }
        }
    }

    /// Maps a page.
    async fn take(
        &mut self,
        context: &mut SyncContext<'_>,
        page: &Page,
        permits: &WorkPermits,
    ) -> Result<(), GuestError> {
        let records = permits.during(context.tenant.map_page(&page.employees)).await?;
        self.summary.pages += 1;
        self.summary.employees += records.len() as u64;
        // Rule S17 is judged by the largest total: when somebody leaves meanwhile, the rows behind move up and one person is
        // passed over, and it is the last total that fits those who were read.
        self.summary.total = self.summary.total.max(page.total);
        self.source.total = self.summary.total;
        self.note_news(page, &records);
        self.source.records.extend(records);
        Ok(())
    }

    fn note_news(&mut self, page: &Page, records: &[SourceRecord]) {
        let mut news = false;
        for (text, record) in page.employees.iter().zip(records) {
            news |= match employee(record) {
                Some(employee) => self.seen.insert(employee.to_owned()),
                None => self.nameless.insert(fingerprint(text)),
            };
        }
        self.quiet = if news { 0 } else { self.quiet + 1 };
    }

    fn fail(self, error: CallError) -> Failed {
        Failed { summary: self.summary, failures: failure::of_call(error) }
    }
}

fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn employee(record: &SourceRecord) -> Option<&str> {
    match record {
        SourceRecord::Learner(learner) => Some(&learner.employee),
        SourceRecord::Excluded(excluded) => Some(&excluded.employee),
        SourceRecord::Rejected(rejected) => rejected.employee.as_deref(),
    }
}

/// A source that ignores the cursor would be read for ever.
fn repeats() -> Failure {
    Failure {
        code: codes::READ_REPEATS.to_owned(),
        subject: None,
        message: "The source keeps sending the same people instead of the next page.".to_owned(),
        remedy: "The read counts as incomplete. If this lasts, tell the source's support that paging is broken."
            .to_owned(),
    }
}
