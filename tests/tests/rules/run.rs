//! Runs one case: step by step, each through the built component in the sandbox, the driver, and a directory on disk.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use connector_host::http::{EgressPolicy, Gateway, HttpLimits, Vault};
use connector_host::names::status_named;
use connector_host::sandbox::{Connector, Host, Tenant};
use connector_mail::TenantMails;
use connector_mail::deliver::{self, EmlFolder};
use connector_settings::{ConnectorSettings, GroupAssignment, Language, MailSettings, SettingValue, Settings};
use connector_store::import::import;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::directory::Store;
use connector_sync::plan_file::PlanFile;
use connector_sync::progress::{Phase, Progress};
use connector_sync::run::{RunReport, RunVerdict};
use connector_sync::sleeper::TokioSleeper;
use connector_sync::{self as sync, Options, SyncContext};
use jiff::{Timestamp, ToSpan as _};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::case::{self, Compact, Step};
use super::check::{self, Seen};
use super::invariants;
use super::mailbox;
use super::people;
use super::shown;
use super::source::{CLIENT_ID, Source};

/// The client secret; it must show up nowhere.
pub const SECRET: &str = "s3cret-of-the-rules";

/// When the first step starts; each later one a minute after.
const START: &str = "2026-11-23T14:30:00Z";

/// Compiled once for all cases, outside their paused clocks.
static CONNECTOR: LazyLock<Connector> = LazyLock::new(|| {
    let load = || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let host = Host::builder().build().expect("a sandbox");
        runtime.block_on(host.load(&whole_system_tests::component())).expect("the built component fits this host")
    };
    std::thread::spawn(load).join().expect("the component is loaded")
});

/// Where a case's directory is kept, whatever database that is in.
pub trait Place {
    /// Opens it, and makes it if it is not there. One that is opened for a dry run need not be good for writing.
    fn open(&self, dry_run: bool) -> Result<Box<dyn Store>>;

    /// All that is in it.
    fn content(&self) -> Result<Vec<u8>>;
}

/// A file in the case's folder.
pub fn in_a_file(folder: &Path) -> Box<dyn Place> {
    Box::new(InAFile(folder.join("directory.sqlite")))
}

struct InAFile(PathBuf);

impl Place for InAFile {
    fn open(&self, dry_run: bool) -> Result<Box<dyn Store>> {
        let open = if dry_run { SqliteDirectory::open_for_dry_run } else { SqliteDirectory::open };
        Ok(Box::new(open(&self.0)?))
    }

    fn content(&self) -> Result<Vec<u8>> {
        Ok(std::fs::read(&self.0)?)
    }
}

/// Runs a case folder, with its directory in this kind of place.
pub fn case(folder: &Path, kept: fn(&Path) -> Box<dyn Place>) -> Result<()> {
    let file = folder.join("case.json");
    let case = case::read(&file)?;
    // Waiting costs no time, and the clock stands still while the component runs.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    let place = tempfile::tempdir()?;
    let kept = kept(place.path());
    let mut world = World { place: place.path().to_owned(), kept, first: None, number: 0 };
    let imported = people::import(&case.directory).and_then(|json| runtime.block_on(world.import(&json)));
    imported.with_context(|| format!("{}: directory", file.display()))?;
    for step in &case.steps {
        let ran = runtime.block_on(world.step(step));
        ran.with_context(|| format!("{}: run {}", file.display(), world.number))?;
    }
    Ok(())
}

/// What outlives a step: the files, and the hash of the first plan.
struct World {
    place: PathBuf,
    kept: Box<dyn Place>,
    first: Option<String>,
    number: i64,
}

impl World {
    async fn import(&self, json: &Value) -> Result<()> {
        let file = self.place.join("import.json");
        std::fs::write(&file, json.to_string())?;
        import(&mut *self.kept.open(false)?, &file).await?;
        Ok(())
    }

    async fn change(&self, accounts: &[Compact]) -> Result<()> {
        if accounts.is_empty() { Ok(()) } else { self.import(&json!({"accounts": people::accounts(accounts)?})).await }
    }

    async fn step(&mut self, step: &Step) -> Result<()> {
        self.number += 1;
        self.change(&step.edit).await.context("edit")?;
        let settings = settings(step)?;
        let source = Arc::new(Source::of(step)?);
        let content = self.kept.content()?;
        let mut directory = self.kept.open(step.dry_run)?;
        let directory = &mut *directory;
        let watch = Watch::default();
        let began = tokio::time::Instant::now();
        let started = START.parse::<Timestamp>()?.checked_add(self.number.minutes())?;
        let report = if step.saved_plan {
            PlanFile::load(&self.saved())?.into_report(started)
        } else {
            prepare(&source, &settings, directory, &watch, started).await?
        };
        let waited = began.elapsed();
        invariants::order_is_no_matter(step, &settings, directory, &report).await?;
        invariants::both_ways_read_the_same(step, &settings).await?;
        self.save(step, &report, directory).await?;
        self.change(&step.meanwhile).await.context("meanwhile")?;
        let before = invariants::State::of(directory).await?;
        let options = Options { dry_run: step.dry_run, approve: self.approval(step, &report) };
        let report = sync::finish(report, directory, &TenantMails::new(&settings), &options, &watch).await?;
        let outbox = self.place.join(format!("outbox-{}", self.number));
        if !step.dry_run {
            deliver::flush(directory, &EmlFolder::new(&outbox)).await?;
        }
        let after = invariants::State::of(directory).await?;
        let seen = Seen {
            report: &report,
            after: &after,
            mails: &mailbox::read(&outbox)?,
            waits: &watch.waits(),
            asked: &source.asked(),
            unread: &source.unread(),
        };
        ensure!(source.misses().is_empty(), "asked in vain:\n{}", source.misses().join("\n"));
        ensure!(waited >= watch.waits().iter().sum::<std::time::Duration>(), "the driver waited less than it said");
        check::expectations(&step.expect, step, &seen)?;
        invariants::hold(&before, &after, &report)?;
        mailbox::hold(&seen, step, &settings)?;
        if step.dry_run {
            ensure!(self.kept.content()? == content, "a dry run has written to the directory");
        } else if report.verdict == RunVerdict::Done && !step.saved_plan {
            again(step, &settings, directory).await?;
        }
        Ok(())
    }

    fn saved(&self) -> PathBuf {
        self.place.join("plan.json")
    }

    /// Every plan is saved, so that a later step can apply it; a dry run's directory issues none.
    async fn save(&mut self, step: &Step, report: &RunReport, directory: &mut dyn Store) -> Result<()> {
        let plan = PlanFile::of(report, directory.id().await?);
        if let Some(plan) = plan.filter(|_| !step.saved_plan && !step.dry_run) {
            plan.issue(directory).await?;
            plan.save(&self.saved())?;
        }
        if self.first.is_none() {
            self.first.clone_from(&report.plan_hash);
        }
        Ok(())
    }

    fn approval(&self, step: &Step, report: &RunReport) -> Option<String> {
        match step.approve.as_deref()? {
            "this" => report.plan_hash.clone(),
            "first" => self.first.clone(),
            hash => Some(hash.to_owned()),
        }
    }
}

/// Rule S20: planning again after applying gives no action, unless the case says which.
async fn again(step: &Step, settings: &Settings, directory: &mut dyn Store) -> Result<()> {
    let source = Arc::new(Source::of(step)?);
    let report = prepare(&source, settings, directory, &Watch::default(), Timestamp::UNIX_EPOCH).await?;
    let plan = report.plan.as_ref().ok_or_else(|| anyhow!("planning again gave no plan"))?;
    let (actual, expected) = (shown::actions(plan), shown::expand(&step.expect.again)?);
    ensure!(actual == expected, "planning again:\n  expected {expected:?}\n  got      {actual:?}");
    Ok(())
}

/// Reads and plans, in an instance of its own.
pub async fn prepare(
    source: &Arc<Source>,
    settings: &Settings,
    directory: &mut dyn Store,
    progress: &Watch,
    started: Timestamp,
) -> Result<RunReport> {
    let mut tenant = tenant(source).await?;
    let job = SyncContext { tenant: &mut tenant, settings, progress, sleeper: &TokioSleeper };
    Ok(sync::prepare(job, directory, started).await?)
}

/// An instance in front of this source.
pub async fn tenant(source: &Arc<Source>) -> Result<Tenant> {
    let manifest = CONNECTOR.description().origins.clone();
    let vault = Vault::new();
    let policy = EgressPolicy::new(manifest, []);
    let gateway = Gateway::new(policy, Arc::clone(source) as _, vault.clone(), HttpLimits::default());
    CONNECTOR.tenant(gateway, vault, None).await.map_err(|verdict| anyhow!("{verdict}"))
}

fn settings(step: &Step) -> Result<Settings> {
    let form = step.settings.clone().unwrap_or_default();
    let status = |(source, name): (String, String)| {
        let account = status_named(&name).with_context(|| format!("`{name}` is no status"))?;
        Ok((source, account))
    };
    let client_id = form.client_id.unwrap_or_else(|| CLIENT_ID.to_owned());
    let mut connector = ConnectorSettings::new("Regeln")
        .with("client-id", SettingValue::Text(client_id))
        .with("client-secret", SettingValue::Secret(SecretString::from(SECRET)));
    connector.send_invitations = form.send_invitations;
    connector.group_assignment = match form.group_assignment.as_deref() {
        None | Some("none") => GroupAssignment::None,
        Some("department") => GroupAssignment::Department,
        Some("team") => GroupAssignment::Team,
        Some(other) => bail!("`{other}` is no group assignment"),
    };
    connector.filter_label = form.filter_label;
    connector.filter_values = form.filter_values;
    connector.statuses = form.statuses.into_iter().map(status).collect::<Result<_>>()?;
    Ok(Settings {
        mail: Some(MailSettings {
            to: vec!["personal@acme.example".to_owned()],
            from: "sync@acme.example".to_owned(),
            language: match form.language.as_deref() {
                None | Some("de") => Language::De,
                Some("en") => Language::En,
                Some(other) => bail!("`{other}` is no language"),
            },
            smtp: None,
        }),
        ..Settings::new("personio", connector)
    })
}

/// Notes how long the driver waits.
#[derive(Default)]
pub struct Watch(Mutex<Vec<Duration>>);

impl Watch {
    fn waits(&self) -> Vec<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Progress for Watch {
    fn phase(&self, _: Phase) {}
    fn page(&self, _: u64, _: u64, _: Option<u64>) {}
    fn waiting(&self, delay: Duration, _: u32, _: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(delay);
    }
}
