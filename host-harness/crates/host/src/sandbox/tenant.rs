//! One tenant: the contract's calls in their order, each answer checked before anybody relies on it.

use crate::contract::connector::{self, Connection, Page};
use crate::contract::{Directory, Mapping, Plan, Rejected, SourceRead, SourceRecord};
use crate::http::SecretHandle;
use crate::settings::ConnectorSettings;

use super::guest_error::{CallError, GuestError};
use super::instance::{Instance, Run, Usage};
use super::limits::Limits;
use super::paging_guard::Reading;
use super::plans::{self, Given};
use super::sanitize::Cleaner;
use super::validate::{self, MAP};

/// An instance with its secrets and its way out, for one sync of one tenant.
///
/// After a [`GuestError`] the instance is gone, and every further call gives the same verdict. Dropping the future of a call
/// counts as one.
pub struct Tenant {
    instance: Instance,
    reading: Reading,
    limits: Limits,
    /// Whether the form that was configured lets people be invited.
    invites: bool,
}

impl Tenant {
    pub(super) fn new(instance: Instance, limits: Limits) -> Self {
        Self { instance, reading: Reading::default(), limits, invites: false }
    }

    /// Checks the form, logs in, and asks what the credential may read. The secret stays with the host: the guest gets
    /// a handle.
    ///
    /// # Errors
    /// The connector's own error, or a verdict.
    pub async fn configure(
        &mut self,
        settings: impl Into<ConnectorSettings>,
        secret: SecretHandle,
    ) -> Result<Connection, CallError> {
        self.configure_with(settings, secret, |_| ()).await
    }

    /// As [`Tenant::configure`], with a form that no settings can give: for whoever judges a connector.
    ///
    /// # Errors
    /// As [`Tenant::configure`].
    pub async fn configure_with(
        &mut self,
        settings: impl Into<ConnectorSettings>,
        secret: SecretHandle,
        change: impl FnOnce(&mut connector::Settings),
    ) -> Result<Connection, CallError> {
        let settings = settings.into();
        let mut run = self.instance.begin("configure")?;
        let pushed = run.store.data_mut().table.push(secret).map_err(wasmtime::Error::from);
        let outcome = match pushed {
            Ok(handle) => {
                let mut form = settings.to_contract(handle);
                change(&mut form);
                self.invites = form.send_invitations;
                run.time
                    .limit(run.functions.plugin.elearnio_connector_connector().call_configure(&mut run.store, &form))
                    .await
            }
            Err(full) => Ok(Err(full)),
        };
        let connection = self.instance.end(run, outcome)?.map_err(|error| self.guest_error("configure", error))?;
        self.checked(validate::connection(&connection))?;
        Ok(connection)
    }

    /// Reads one page; `None` is the first.
    ///
    /// # Errors
    /// The connector's own error, or a verdict.
    pub async fn fetch_page(&mut self, cursor: Option<&str>) -> Result<Page, CallError> {
        let mut run = self.instance.begin("fetch-page")?;
        let guest = run.functions.plugin.elearnio_connector_connector();
        let outcome = run.time.limit(guest.call_fetch_page(&mut run.store, cursor)).await;
        let page = self.instance.end(run, outcome)?.map_err(|error| self.guest_error("fetch-page", error))?;
        let checked = self.reading.check(cursor, &page, &self.limits);
        self.checked(checked)?;
        Ok(page)
    }

    /// Maps one record. For a whole page, [`Tenant::map_page`] costs less.
    ///
    /// # Errors
    /// A verdict. A record that cannot be used is no error: it is [`SourceRecord::Rejected`].
    pub async fn map_employee(&mut self, employee: &str) -> Result<SourceRecord, GuestError> {
        let mut records = self.map_page(&[employee]).await?;
        records.pop().ok_or_else(|| GuestError::HostFailed("a record was mapped to nothing".to_owned()))
    }

    /// Maps a page's records, in their order; in a few calls if the connector exports `batch`. The time of one call is for
    /// all of them together.
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
            for employees in employees.chunks(functions.at_once()) {
                for mapped in functions.map(store, employees).await? {
                    let mut record = source_record(mapped);
                    validate::record(&record)?;
                    Cleaner(|text: &str| store.data().scrub(text)).record(&mut record);
                    self.reading.keep(&record, &self.limits)?;
                    records.push(record);
                }
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
    fn guest_error(&mut self, call: &'static str, error: connector::Error) -> CallError {
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
