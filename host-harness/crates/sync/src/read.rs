//! Reading the source whole: the waiting, the counting, and what ends a read early (rules S17, S24 and S25).

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use super::progress::{Phase, Progress};
use super::sleeper::Sleeper;
use super::{Clock, SyncContext, failure, retry};
use crate::codes;
use crate::run::{Failure, ReadSummary};
use connector_host::contract::connector::Connection;
use connector_host::contract::{Error, Problem, SourceNotice, SourceRead, SourceRecord};
use connector_host::sandbox::{CallError, MappedPage};

/// How many pages in a row may have nobody new before the source is taken to ignore the cursor. One page proves nothing:
/// people come twice when rows move while they are read, and with small pages that is a page of its own.
const QUIET_PAGES: u32 = 3;

/// The most notices that are kept of a read: what there is more of repeats itself.
const MOST_NOTICES: usize = 100;

/// What a read gave.
pub(super) struct Done {
    /// Everybody.
    pub source: SourceRead,
    /// In figures.
    pub summary: ReadSummary,
    /// What the connector noticed.
    pub notices: Vec<SourceNotice>,
}

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
pub(super) async fn everything(context: &mut SyncContext<'_>, clock: &mut Clock) -> Result<Done, Failed> {
    let mut reader = Reader::default();
    context.progress.phase(Phase::Configure);
    let connection = match configure(context).await {
        Ok(connection) => connection,
        Err(error) => return Err(reader.fail(error)),
    };
    clock.lap("configure");
    let blind = connection.hidden.iter().any(|hidden| hidden.required);
    reader.source.hidden = connection.hidden;
    reader.notice(connection.notices);
    if !blind {
        context.progress.phase(Phase::Read);
        if let Err(error) = reader.pages(context).await {
            return Err(reader.fail(error));
        }
    }
    clock.lap("read");
    if reader.source.records.is_empty()
        && let Some(stopped) = reader.summary.stopped.take()
    {
        return Err(Failed { summary: reader.summary, failures: vec![stopped] });
    }
    Ok(Done { source: reader.source, summary: reader.summary, notices: reader.notices })
}

async fn configure(context: &mut SyncContext<'_>) -> Result<Connection, CallError> {
    let mut tries = Tries::default();
    loop {
        match context.tenant.configure(context.settings).await {
            Ok(connection) => return Ok(connection),
            Err(error) => tries.wait(context.progress, context.sleeper, error).await?,
        }
    }
}

async fn fetch(context: &mut SyncContext<'_>, cursor: Option<&str>) -> Result<MappedPage, CallError> {
    let mut tries = Tries::default();
    loop {
        match context.tenant.read_page(cursor).await {
            Ok(page) => return Ok(page),
            Err(error) => tries.wait(context.progress, context.sleeper, error).await?,
        }
    }
}

/// How often one call was tried, and for how long the source has asked to wait.
#[derive(Default)]
struct Tries {
    count: u32,
    asked: Duration,
}

impl Tries {
    /// Waits before the next try of a call that failed; gives the error back if there is none.
    async fn wait(
        &mut self,
        progress: &dyn Progress,
        sleeper: &dyn Sleeper,
        error: CallError,
    ) -> Result<(), CallError> {
        let CallError::Guest(Error::RetryLater(later)) = &error else { return Err(error) };
        let asked = Duration::from_millis(later.milliseconds);
        // A source that refuses for a minute is waited out; it is not worn down.
        if asked < retry::LONG {
            self.count += 1;
        }
        self.asked = self.asked.saturating_add(asked);
        let delay = (self.asked <= retry::PATIENCE).then(|| retry::delay(self.count.max(1), asked, fastrand::f64()));
        let Some(delay) = delay.flatten() else { return Err(error) };
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
    /// Fingerprints of what is wrong with the records without an ID that came.
    nameless: HashSet<u64>,
    /// Pages in a row that had nobody new.
    quiet: u32,
    /// What the connector noticed.
    notices: Vec<SourceNotice>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            source: SourceRead { records: Vec::new(), hidden: Vec::new(), total: None, ended: false },
            summary: ReadSummary::default(),
            seen: HashSet::new(),
            nameless: HashSet::new(),
            quiet: 0,
            notices: Vec::new(),
        }
    }
}

impl Reader {
    /// Rule S25: a source that stays busy after the last try leaves the read incomplete, and what came is used.
    async fn pages(&mut self, context: &mut SyncContext<'_>) -> Result<(), CallError> {
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
            let next = page.next.clone();
            self.take(page);
            context.progress.page(self.summary.pages, self.summary.employees, self.summary.total);
            match next {
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

    /// Takes a page in.
    fn take(&mut self, page: MappedPage) {
        self.summary.pages += 1;
        self.summary.employees += page.records.len() as u64;
        // Rule S17 is judged by the largest total: when somebody leaves meanwhile, the rows behind move up and one person is
        // passed over, and it is the last total that fits those who were read.
        self.summary.total = self.summary.total.max(page.total);
        self.source.total = self.summary.total;
        self.note_news(&page.records);
        self.notice(page.notices);
        self.source.records.extend(page.records);
    }

    /// What is noticed on every page is noticed once.
    fn notice(&mut self, notices: Vec<SourceNotice>) {
        for notice in notices {
            if !self.notices.contains(&notice) && self.notices.len() < MOST_NOTICES {
                self.notices.push(notice);
            }
        }
    }

    fn note_news(&mut self, records: &[SourceRecord]) {
        let mut news = false;
        for record in records {
            news |= match record {
                SourceRecord::Learner(learner) => self.see(&learner.employee),
                SourceRecord::Excluded(excluded) => self.see(&excluded.employee),
                SourceRecord::Rejected(rejected) => match &rejected.employee {
                    Some(employee) => self.see(employee),
                    None => self.nameless.insert(fingerprint(&rejected.problem)),
                },
            };
        }
        self.quiet = if news { 0 } else { self.quiet + 1 };
    }

    fn see(&mut self, employee: &str) -> bool {
        !self.seen.contains(employee) && self.seen.insert(employee.to_owned())
    }

    fn fail(self, error: CallError) -> Failed {
        Failed { summary: self.summary, failures: failure::of_call(error) }
    }
}

fn fingerprint(problem: &Problem) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&problem.code, &problem.subject, &problem.message).hash(&mut hasher);
    hasher.finish()
}

/// A source that ignores the cursor would be read forever.
fn repeats() -> Failure {
    Failure {
        code: codes::READ_REPEATS.to_owned(),
        subject: None,
        message: "The source keeps sending the same people instead of the next page.".to_owned(),
        remedy: "The read counts as incomplete. If this lasts, tell the source's support that paging is broken."
            .to_owned(),
    }
}
