//! The steps of one tenant's sync that every host of many tenants shares: reading with a panic caught, and delivering mails.
//!
//! In between, the host applies: [`connector_sync::finish`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use connector_host::http::{EgressPolicy, Transport, Vault};
use connector_host::sandbox::{Connector, Usage};
use connector_mail::deliver;
use connector_settings::Settings;
use connector_store::lock::DirectoryLock;
use connector_sync::codes;
use connector_sync::directory::{Directory, DirectoryError};
use connector_sync::progress::Progress;
use connector_sync::run::{Failure, RunReport};
use connector_sync::sleeper::Sleeper;
use connector_sync::tenant_builder::{StartError, TenantBuilder};
use connector_sync::work_permits::WorkPermits;
use connector_sync::{self as sync, SyncContext};
use jiff::Timestamp;

/// One tenant's source: what is asked, by whom, and how it is reached.
pub struct TenantSource<'a> {
    /// The connector.
    pub connector: &'a Connector,
    /// What it may reach.
    pub policy: EgressPolicy,
    /// What answers.
    pub transport: Arc<dyn Transport>,
    /// Where the tenant's secrets are kept.
    pub vault: Vault,
    /// The tenant's settings.
    pub settings: &'a Settings,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// How waits for a busy source pass.
    pub sleeper: &'a dyn Sleeper,
    /// Who may work now.
    pub permits: &'a WorkPermits,
    /// Where what the guest has used is noted, for whoever measures.
    pub usage: Option<&'a OnceLock<Usage>>,
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoRead {
    /// The settings do not fit the connector.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The directory cannot be read.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl TenantSource<'_> {
    /// Reads and plans; nothing is written. The instance is gone when this is done: applying needs none. A component that cannot
    /// start, and a panic of the host itself, are runs that failed: the tenant's admin is to hear of them.
    ///
    /// # Errors
    /// When the settings do not fit the connector, or the directory cannot be read.
    pub async fn read(self, directory: &mut dyn Directory, started: Timestamp) -> Result<RunReport, NoRead> {
        let settings = self.settings;
        match caught(self.read_unguarded(directory, started)).await {
            Some(read) => read,
            None => Ok(sync::failed(settings, vec![broken()], started)),
        }
    }

    async fn read_unguarded(self, directory: &mut dyn Directory, started: Timestamp) -> Result<RunReport, NoRead> {
        let Self { connector, policy, transport, vault, settings, progress, sleeper, permits, usage } = self;
        let mut tenant = match TenantBuilder::new(connector, policy, transport).vault(vault).start(settings).await {
            Err(StartError::Guest(error)) => return Ok(sync::failed(settings, vec![(&error).into()], started)),
            started => started?,
        };
        let context = SyncContext { tenant: &mut tenant, settings, progress, sleeper };
        let report = sync::prepare_with_permits(context, directory, started, permits).await?;
        if let Some(usage) = usage {
            // One read, one note.
            let _ = usage.set(tenant.usage());
        }
        Ok(report)
    }
}

/// Delivers what is queued in a directory until `cut` ends; what could not be delivered stays queued. `file` is the directory's, whose
/// lock says who delivers; none if the caller has the right already. Gives how many mails went out, and what kept the others in.
pub async fn deliver(
    settings: &Settings,
    directory: &mut dyn Directory,
    file: Option<&Path>,
    outbox: &Path,
    allow_smtp: &[String],
    cut: impl Future<Output = ()> + Send,
) -> (u64, Option<Failure>) {
    // Two runs must not deliver one queue.
    let _lock = match file.map(DirectoryLock::take_for_mail).transpose() {
        Ok(lock) => lock,
        Err(error) => {
            let remedy = "You need not do anything: the other run or the next one delivers the mails.";
            return (0, Some(failure(codes::MAIL_FAILED, error.to_string(), remedy)));
        }
    };
    let sent = match deliver::delivery_for_tenant(settings, outbox, allow_smtp).await {
        Ok(delivery) => deliver::flush_until(directory, &*delivery, cut).await,
        Err(error) => Err(error),
    };
    match sent {
        Ok(mails) => (mails as u64, None),
        Err(error) => {
            let remedy = "The sync stays applied; the next run tries the mails again.";
            (0, Some(failure(codes::MAIL_FAILED, error.to_string(), remedy)))
        }
    }
}

/// What a panic means to the tenant's operator.
#[must_use]
pub fn broken() -> Failure {
    let message = "The harness crashed while it synced this tenant.".to_owned();
    failure(codes::HOST_FAILED, message, "Report this to the makers of the harness, with the output above.")
}

/// A failure without a subject.
#[must_use]
pub fn failure(code: &str, message: String, remedy: &str) -> Failure {
    Failure { code: code.to_owned(), subject: None, message, remedy: remedy.to_owned() }
}

/// The work's result; none if it panicked. What it had borrowed is not looked at again but for the directory, whose open
/// transaction is undone as the work is dropped.
pub async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(None),
    })
    .await
}
