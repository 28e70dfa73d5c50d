//! Embeds connectors in a platform: one component, prepared once, and a tenant's sync against a cassette.
//!
//! ```console
//! $ cargo run --package connector-embed --example embed -- target/personio.wasm FOLDER
//! ```
//!
//! The folder has `settings.toml` and `exchanges/`; its accounts go to `directory.db`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use connector_embed::cassette::Replay;
use connector_embed::host::{Connector, Host};
use connector_embed::mail::TenantMails;
use connector_embed::report;
use connector_embed::settings::file::SettingsFile;
use connector_embed::store::SqliteDirectory;
use connector_embed::sync::{
    Options, RunReport, Silent, SyncContext, TenantBuilder, TokioSleeper, sync, tenant_builder,
};
use jiff::Timestamp;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: embed COMPONENT FOLDER";
    let (component, folder) = (arguments.next().context(usage)?, arguments.next().context(usage)?);

    // Once for the platform: the engine, its pool of instances, and the clock that makes guests yield.
    let host = Host::builder().build()?;
    // Once for each connector: compiled, linked, and checked against the contract.
    let connector = host.load(&component).await?;
    // As often as there are tenants, and many at once.
    let report = sync_tenant(&connector, &folder).await?;
    println!("{}", report::text(&report, &report::Style::default()));
    Ok(())
}

/// Syncs the tenant in a folder.
///
/// # Errors
/// When the tenant cannot run. Why a sync failed is in its report.
pub async fn sync_tenant(connector: &Connector, folder: &Path) -> Result<RunReport> {
    let settings = SettingsFile::open(&folder.join("settings.toml"))?.settings_for(connector.description())?;
    // The policy applies to a cassette as it does to the network: what works here is allowed live too.
    let policy = tenant_builder::policy(connector, []);
    let transport = Arc::new(Replay::open(&folder.join("exchanges"))?); // or Live::new(policy.clone())?
    let mut tenant = TenantBuilder::new(connector, policy, transport).start(&settings).await?;
    // A platform implements `Directory` for its own accounts instead.
    let mut directory = SqliteDirectory::open(&folder.join("directory.db"))?;
    let mails = TenantMails::new(&settings);
    let context = SyncContext { tenant: &mut tenant, settings: &settings, progress: &Silent, sleeper: &TokioSleeper };
    Ok(sync(context, &mut directory, &mails, &Options::default(), Timestamp::now()).await?)
}
