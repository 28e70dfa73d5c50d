//! Embeds the harness in a platform: one component, prepared once, and a tenant's sync against a recording.
//!
//! ```console
//! $ cargo run --example embed -- target/personio.wasm FOLDER
//! ```
//!
//! The folder has `settings.toml` and `exchanges/`; its accounts go to `directory.db`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use host_harness::directory::sqlite::SqliteDirectory;
use host_harness::http::Replay;
use host_harness::run::RunReport;
use host_harness::sandbox::{Connector, Host};
use host_harness::sync::progress::Silent;
use host_harness::sync::wait::RealTime;
use host_harness::sync::{self, Job, Options};
use host_harness::wiring::{self, Wired};
use host_harness::{report, settings};
use jiff::Timestamp;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: embed COMPONENT FOLDER";
    let (component, folder) = (arguments.next().context(usage)?, arguments.next().context(usage)?);

    // Once for the platform: the engine, its pool of instances, and the clock by which guests give way.
    let host = Host::builder().build()?;
    // Once for each connector: compiled, linked, and checked against the contract.
    let connector = host.load(&component).await?;
    // As often as there are tenants, and many at once.
    let report = sync_tenant(&connector, &folder).await?;
    println!("{}", report::text::text(&report, &report::text::Style::default()));
    Ok(())
}

/// Syncs the tenant in a folder.
pub async fn sync_tenant(connector: &Connector, folder: &Path) -> Result<RunReport> {
    let settings = settings::file::load(&folder.join("settings.toml"))?;
    // The policy is asked before the recording as before the network: what works here is what is allowed live.
    let policy = wiring::policy(connector, []);
    let transport = Arc::new(Replay::open(&folder.join("exchanges"))?); // or Live::new(policy.clone())?
    let Wired { mut tenant, secret } = wiring::wire(connector, &settings, policy, transport).await?;
    // A platform implements `Directory` for its own accounts instead.
    let mut directory = SqliteDirectory::open(&folder.join("directory.db"))?;
    let job = Job { tenant: &mut tenant, secret, settings: &settings, progress: &Silent, wait: &RealTime };
    Ok(sync::sync(job, &mut directory, &Options::default(), Timestamp::now()).await?)
}
