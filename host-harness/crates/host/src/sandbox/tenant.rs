//! One tenant: the contract's calls in their order, each answer checked before anybody relies on it.

use crate::contract::connector::{self, Connection, Page};
use crate::contract::{Directory, Error, Mapping, Plan, Rejected, SourceNotice, SourceRead, SourceRecord};
use crate::settings::ConnectorSettings;

use super::connector::Connector;
use super::guest_error::{CallError, GuestError};
use super::instance::{Instance, Run, Usage};
use super::limits::Limits;
use super::paging_guard::PagingGuard;
use super::plans::{self, Given};
use super::sanitize::Cleaner;
use super::validate::{self, MAP};

const FETCH: &str = "fetch-page";
const FETCH_MAPPED: &str = "fetch-mapped";

/// A page whose records are mapped.
#[derive(Debug)]
#[non_exhaustive]
pub struct MappedPage {
    /// Its records, in their order.
    pub records: Vec<SourceRecord>,
    /// The cursor of the next page; none after the last.
    pub next: Option<String>,
    /// How many records the source says there are.
    pub total: Option<u64>,
    /// What the connector noticed.
    pub notices: Vec<SourceNotice>,
}

/// An instance with its secrets and its way out, for one sync of one tenant.
///
/// After a [`GuestError`] the instance is gone, and every further call gives the same error. Dropping the future of a call
/// counts as one.
pub struct Tenant {
    instance: Instance,
    connector: Connector,
    guard: PagingGuard,
    limits: Limits,
    /// Whether the settings let people be invited.
    invites: bool,
}

impl Tenant {
    pub(super) fn new(instance: Instance, connector: Connector, limits: Limits) -> Self {
        Self { instance, connector, guard: PagingGuard::default(), limits, invites: false }
    }

    /// Checks the settings, logs in, and asks what the credential may read. Secrets stay with the host: the guest gets
    /// handles.
    ///
    /// # Errors
    /// The connector's own error, or the host's.
    pub async fn configure(&mut self, settings: impl Into<ConnectorSettings>) -> Result<Connection, CallError> {
        self.configure_with(settings, |_| ()).await
    }

    /// As [`Tenant::configure`], with settings that no file can give, to check a connector.
    ///
    /// # Errors
    /// As [`Tenant::configure`].
    pub async fn configure_with(
        &mut self,
        settings: impl Into<ConnectorSettings>,
        change: impl FnOnce(&mut connector::Settings),
    ) -> Result<Connection, CallError> {
        let settings = settings.into();
        let mut run = self.instance.begin("configure")?;
        let outcome = match run.store.data_mut().settings(&settings, self.connector.description()) {
            Ok(mut settings) => {
                change(&mut settings);
                self.invites = settings.send_invitations;
                let connector = run.functions.plugin.elearnio_connector_connector();
                run.time.limit(connector.call_configure(&mut run.store, &settings)).await
            }
            Err(full) => Ok(Err(full)),
        };
        let answer = self.instance.end(run, outcome)?;
        let mut connection = answer.map_err(|error| self.guest_error("configure", error))?;
        self.checked(validate::connection(&connection))?;
        self.cleaner().notices(&mut connection.notices);
        Ok(connection)
    }

    /// Reads one page, mapped; `None` is the first. In one call where the connector exports `pages`, else by `fetch-page` and
    /// `map-employee`: the records are the same.
    ///
    /// # Errors
    /// The connector's own error, or the host's.
    pub async fn read_page(&mut self, cursor: Option<&str>) -> Result<MappedPage, CallError> {
        if self.connector.maps_pages() {
            return self.fetch_mapped(cursor).await;
        }
        let Page { employees, next, total, notices } = self.fetch_page(cursor).await?;
        let records = self.map_page(&employees).await?;
        Ok(MappedPage { records, next, total, notices })
    }

    /// Reads one page as the source has it; `None` is the first.
    ///
    /// # Errors
    /// The connector's own error, or the host's.
    pub async fn fetch_page(&mut self, cursor: Option<&str>) -> Result<Page, CallError> {
        let mut run = self.instance.begin(FETCH)?;
        let guest = run.functions.plugin.elearnio_connector_connector();
        let outcome = run.time.limit(guest.call_fetch_page(&mut run.store, cursor)).await;
        let mut page = self.instance.end(run, outcome)?.map_err(|error| self.guest_error(FETCH, error))?;
        let checked = self.guard.check(FETCH, cursor, page.employees.len(), page.next.as_ref(), &self.limits);
        self.checked(checked.and_then(|()| validate::notices(FETCH, &page.notices)))?;
        self.cleaner().notices(&mut page.notices);
        Ok(page)
    }

    /// Reads one page, mapped in the same call; `None` is the first.
    ///
    /// # Errors
    /// The connector's own error, or the host's: among them that the connector does not export `pages`.
    pub async fn fetch_mapped(&mut self, cursor: Option<&str>) -> Result<MappedPage, CallError> {
        let mut run = self.instance.begin(FETCH_MAPPED)?;
        let outcome = match &run.functions.paging {
            Some(paging) => {
                let pages = paging.elearnio_connector_pages();
                run.time.limit(pages.call_fetch_mapped(&mut run.store, cursor)).await
            }
            None => Ok(Err(wasmtime::Error::msg("the connector does not export `pages`"))),
        };
        let page = self.instance.end(run, outcome)?.map_err(|error| self.guest_error(FETCH_MAPPED, error))?;
        let checked = self.guard.check(FETCH_MAPPED, cursor, page.people.len(), page.next.as_ref(), &self.limits);
        self.checked(checked.and_then(|()| validate::notices(FETCH_MAPPED, &page.notices)))?;
        let mut records: Vec<SourceRecord> = page.people.into_iter().map(source_record).collect();
        let kept = records.iter_mut().try_for_each(|record| {
            validate::record(record)?;
            Cleaner(|text: &str| self.instance.scrub(text)).record(record);
            self.guard.keep(record, &self.limits)
        });
        self.checked(kept)?;
        let mut notices = page.notices;
        self.cleaner().notices(&mut notices);
        Ok(MappedPage { records, next: page.next, total: page.total, notices })
    }

    /// Maps one record.
    ///
    /// # Errors
    /// The host's. A record that cannot be used is not an error: it is [`SourceRecord::Rejected`].
    pub async fn map_employee(&mut self, employee: &str) -> Result<SourceRecord, GuestError> {
        let mut records = self.map_page(&[employee]).await?;
        records.pop().ok_or_else(|| GuestError::HostFailed("a record was mapped to nothing".to_owned()))
    }

    /// Maps a page's records, in their order. The time of one call is for all of them together.
    ///
    /// Each record is checked, cleaned and counted before the next call: what is wrong with one ends it there.
    ///
    /// # Errors
    /// As [`Tenant::map_employee`].
    pub async fn map_page(&mut self, employees: &[impl AsRef<str>]) -> Result<Vec<SourceRecord>, GuestError> {
        let employees: Vec<&str> = employees.iter().map(AsRef::as_ref).collect();
        let mut run = self.instance.begin(MAP)?;
        let Run { store, functions, time, .. } = &mut run;
        let all = async {
            let mut records = Vec::with_capacity(employees.len());
            for employee in employees {
                let connector = functions.plugin.elearnio_connector_connector();
                let mut record = source_record(connector.call_map_employee(&mut *store, employee).await?);
                validate::record(&record)?;
                Cleaner(|text: &str| store.data().scrub(text)).record(&mut record);
                self.guard.keep(&record, &self.limits)?;
                records.push(record);
            }
            Ok(records)
        };
        let outcome = time.limit(all).await;
        self.instance.end(run, outcome)
    }

    /// Plans what brings the directory in step with what was read.
    ///
    /// # Errors
    /// The connector's own error, or a verdict: a plan about accounts, groups or people that it was not shown, or against
    /// the rules that protect accounts, is nonsense.
    pub async fn plan_actions(&mut self, source: &SourceRead, target: &Directory) -> Result<Plan, CallError> {
        let mut run = self.instance.begin("plan-actions")?;
        let guest = run.functions.plugin.elearnio_connector_connector();
        let outcome = run.time.limit(guest.call_plan_actions(&mut run.store, source, target)).await;
        let mut plan = self.instance.end(run, outcome)?.map_err(|error| self.guest_error("plan-actions", error))?;
        let given = Given { source, target, invites: self.invites };
        self.checked(plans::check(&plan, given, &self.limits))?;
        self.cleaner().plan(&mut plan);
        Ok(plan)
    }

    /// What this tenant has used so far; it outlives the instance.
    #[must_use]
    pub const fn usage(&self) -> Usage {
        self.instance.usage()
    }

    /// The connector's own error, fit to be shown.
    fn guest_error(&mut self, call: &'static str, error: Error) -> CallError {
        match self.checked(validate::error(call, &error)) {
            Ok(()) => CallError::Guest(self.cleaner().error(error)),
            Err(verdict) => verdict.into(),
        }
    }

    fn cleaner(&self) -> Cleaner<impl Fn(&str) -> String> {
        Cleaner(|text| self.instance.scrub(text))
    }

    /// An answer that makes no sense costs the instance its life, as a trap would.
    fn checked(&mut self, answer: Result<(), GuestError>) -> Result<(), GuestError> {
        answer.map_err(|verdict| self.instance.condemn(verdict))
    }
}

fn source_record(mapped: Result<Mapping, Rejected>) -> SourceRecord {
    match mapped {
        Ok(Mapping::Learner(learner)) => SourceRecord::Learner(learner),
        Ok(Mapping::Excluded(excluded)) => SourceRecord::Excluded(excluded),
        Err(rejected) => SourceRecord::Rejected(rejected),
    }
}
