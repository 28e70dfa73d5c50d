//! Many integrations due at once: how many syncs a second, what waits for how long, and who uses the processor.
//!
//! `cargo xtask load` runs it, with real processes, the distribution's servers and the stand-in for Personio on this machine. It asserts
//! nothing: docs/scale.md shows what it prints. Figures of one run are compared with each other, and not with those of another machine.

#![allow(clippy::print_stdout, reason = "that is what it is for")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures to look at"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use connector_database::{Database, PoolOptions};
use connector_service::db::{Db, RunFilter, RunState, Scope, StoredSecret};
use connector_service::engine::secret_place;
use connector_service::form::Form;
use connector_service::keys::Keys;
use connector_service::schedule::Schedule;
use jiff::Timestamp;
use tempfile::TempDir;
use whole_system_tests::component;
use whole_system_tests::mock_process::MockProcess;
use whole_system_tests::nats_server::NatsServer;
use whole_system_tests::postgres_server::PostgresServer;

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// Who hands out the work, and how many processes work.
#[derive(Debug, Clone, Copy)]
enum Size {
    Embedded,
    Database(usize),
    Nats(usize),
}

impl Size {
    fn shown(self) -> String {
        match self {
            Self::Embedded => "embedded, SQLite".to_owned(),
            Self::Database(workers) => format!("PostgreSQL, {workers} workers"),
            Self::Nats(workers) => format!("PostgreSQL and NATS, {workers} workers"),
        }
    }

    const fn workers(self) -> usize {
        match self {
            Self::Embedded => 0,
            Self::Database(workers) | Self::Nats(workers) => workers,
        }
    }
}

/// A process that ends with this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() -> Result<()> {
    let number =
        |name: &str, otherwise: usize| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    // Cargo runs benches with `--bench`; as a test there is nothing to do.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let (integrations, people) = (number("LOAD_INTEGRATIONS", 2_000), number("LOAD_PEOPLE", 200));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!(
        "{integrations} integrations with {people} people each, due at once; {} processors",
        std::thread::available_parallelism()?
    );
    println!(
        "{:<34} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "", "syncs/s", "seconds", "p50 s", "p99 s", "work ms", "serve ms", "Postgres", "NATS", "source"
    );
    let sizes = [
        Size::Embedded,
        Size::Database(1),
        Size::Database(2),
        Size::Database(4),
        Size::Nats(1),
        Size::Nats(2),
        Size::Nats(4),
    ];
    for size in sizes {
        runtime.block_on(measure(size, integrations, people, matches!(size.workers(), 0 | 2)))?;
    }
    // What a tenant costs must not grow with their number.
    println!("a tenth of the integrations:");
    for size in [Size::Embedded, Size::Database(2), Size::Nats(2)] {
        runtime.block_on(measure(size, integrations / 10, people, false))?;
    }
    Ok(())
}

/// Syncs everybody, and once more if nothing has changed is to be measured too.
async fn measure(size: Size, integrations: usize, people: usize, again: bool) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let people = people.to_string();
    let source = MockProcess::start(HARNESS, folder.path(), &["--company", &people, "--no-rate-limits"])?;
    let postgres = if matches!(size, Size::Embedded) { None } else { Some(PostgresServer::start()?) };
    let nats = if matches!(size, Size::Nats(_)) { Some(NatsServer::start()?) } else { None };
    let key = folder.path().join("key");
    let keys = Keys::none().with_new()?;
    keys.write(&key)?;
    let (database, db) = match &postgres {
        None => {
            fs::create_dir(folder.path().join("serve"))?;
            (None, Db::open(&folder.path().join("serve/service.db")).await?)
        }
        Some(server) => {
            let test = server.database()?;
            let database = Database::postgres(&test.url.parse()?, PoolOptions { connections: 4 }).await?;
            (Some(test), Db::in_database(database).await?)
        }
    };
    fill(&db, &keys, integrations, &source.origin).await?;
    let mut shared: Vec<String> = Vec::new();
    if let Some(test) = &database {
        shared.extend(["--database".to_owned(), test.url.clone()]);
    }
    if let Some(nats) = &nats {
        shared.extend(["--queue".to_owned(), nats.url("")]);
    }
    let mut serve = process(&folder, "serve", &key, &shared);
    serve.args(["--listen", "127.0.0.1:0", "--connector"]).arg(component()).args(["--allow-origin", &source.origin]);
    if size.workers() > 0 {
        serve.args(["--parallel", "0"]);
    }
    let mut round = Round::begin();
    let serving = Running(serve.spawn()?);
    let workers: Vec<Running> = (0..size.workers())
        .map(|number| Ok(Running(process(&folder, &format!("worker {number}"), &key, &shared).spawn()?)))
        .collect::<Result<_>>()?;
    round.end(&db, integrations, 1).await?.print(&size.shown(), integrations);
    let kept = match &database {
        Some(_) => db.bytes().await?,
        None => bytes_in(&folder.path().join("serve")),
    };
    let bytes = kept / (integrations as u64 * people.parse::<u64>()?);
    if again {
        // Everybody has an account now, and nothing has changed.
        let now = db.now().await?;
        round = Round::begin();
        db.database().execute(&Scope::All, "UPDATE integrations SET next_due = ?1", &[&now]).await?;
        round.end(&db, integrations, 2).await?.print("  again, nothing has changed", integrations);
    }
    println!("  {bytes} bytes a person");
    drop((serving, workers));
    Ok(())
}

/// Every integration is synced once.
struct Round {
    begun: Instant,
    since: Timestamp,
    used: BTreeMap<String, f64>,
}

/// What it cost.
struct Cost {
    seconds: f64,
    /// How long runs waited, shortest first.
    ages: Vec<f64>,
    failed: usize,
    /// Seconds of processor, by what used them.
    used: BTreeMap<String, f64>,
}

impl Round {
    fn begin() -> Self {
        Self { begun: Instant::now(), since: Timestamp::now(), used: used() }
    }

    /// Waits until each integration has so many runs.
    async fn end(&self, db: &Db, integrations: usize, rounds: usize) -> Result<Cost> {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let done = db.count_runs(RunState::Ended).await?;
            if done >= (integrations * rounds) as u64 {
                break;
            }
            if self.begun.elapsed() > Duration::from_mins(30) {
                bail!("only {done} of {integrations} were synced");
            }
        }
        let used = used().into_iter().map(|(what, at)| {
            let before = self.used.get(&what).copied().unwrap_or_default();
            (what, at - before)
        });
        let used = used.collect();
        let filter = RunFilter { limit: u32::MAX, ..RunFilter::default() };
        let (mut runs, _) = db.runs(&Scope::All, filter).await?;
        runs.retain(|run| run.queued.parse().is_ok_and(|queued: Timestamp| queued >= self.since));
        // From the first that was queued: when the scheduler looks is no part of it.
        let queued = runs.iter().map(|run| run.queued.as_str()).min().unwrap_or_default();
        let ended = runs.iter().filter_map(|run| run.ended.as_deref()).max().unwrap_or_default();
        let seconds = seconds_between(queued, ended).unwrap_or_default();
        let failed = runs.iter().filter(|run| run.verdict.as_deref() != Some("done")).count();
        let mut ages: Vec<f64> =
            runs.iter().filter_map(|run| seconds_between(&run.queued, run.started.as_deref()?)).collect();
        ages.sort_by(f64::total_cmp);
        Ok(Cost { seconds, ages, failed, used })
    }
}

impl Cost {
    fn print(&self, size: &str, integrations: usize) {
        let age = |share: f64| {
            let at = ((self.ages.len() as f64 - 1.0) * share) as usize;
            self.ages.get(at).copied().unwrap_or_default()
        };
        // Milliseconds of one processor for each sync.
        let of = |what: &str| 1000.0 * self.used.get(what).copied().unwrap_or_default() / integrations as f64;
        println!(
            "{size:<34} {:>7.1} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8.1}{}",
            integrations as f64 / self.seconds,
            self.seconds,
            age(0.5),
            age(0.99),
            of("worker"),
            of("serve"),
            of("postgres"),
            of("nats-server"),
            of("mock"),
            if self.failed > 0 { format!("  {} not done", self.failed) } else { String::new() },
        );
    }
}

/// Everybody is due now, and again when this is long over.
async fn fill(db: &Db, keys: &Keys, integrations: usize, source: &str) -> Result<()> {
    let now = db.now().await?;
    let later = Timestamp::from_second(now + 12 * 3600)?.strftime("%H:%M").to_string();
    for number in 0..integrations {
        let (tenant, id) = (format!("tenant{number:06}"), format!("integration{number:06}"));
        db.add_tenant(&tenant, &tenant).await?;
        let form = Form {
            name: "Personio".to_owned(),
            connector: "personio".to_owned(),
            values: BTreeMap::from([
                ("client-id".to_owned(), "papi-mock-client".to_owned()),
                ("endpoint".to_owned(), source.to_owned()),
            ]),
            schedule: Schedule::Daily { at: later.clone(), zone: "UTC".to_owned() },
            ..Form::default()
        };
        let secret = "papi-mock-secret-that-opens-nothing";
        let sealed = keys.seal(&secret_place(&id, "client-secret"), secret.as_bytes())?;
        let secret = StoredSecret { key: "client-secret".to_owned(), sealed, set_on: Timestamp::now().to_string() };
        db.add_integration(&id, &tenant, &form, vec![secret], Some(now)).await?;
    }
    Ok(())
}

fn process(folder: &TempDir, name: &str, key: &Path, shared: &[String]) -> Command {
    let mut command = Command::new(HARNESS);
    let verb = name.split(' ').next().unwrap_or(name);
    command.arg(verb).arg("--data").arg(folder.path().join(name)).arg("--key-file").arg(key).args(shared);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn seconds_between(from: &str, to: &str) -> Option<f64> {
    let (from, to): (Timestamp, Timestamp) = (from.parse().ok()?, to.parse().ok()?);
    Some(to.duration_since(from).as_secs_f64())
}

/// Seconds of processor that were used, by what used them.
fn used() -> BTreeMap<String, f64> {
    let mut used = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let (Ok(words), Ok(stat)) =
            (fs::read(entry.path().join("cmdline")), fs::read_to_string(entry.path().join("stat")))
        else {
            continue;
        };
        let words = String::from_utf8_lossy(&words).replace('\0', " ");
        let Some((_, numbers)) = stat.rsplit_once(')') else { continue };
        let number =
            |at: usize| numbers.split_whitespace().nth(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        // Of the process itself, and of those of its children that have ended: hundredths of a second.
        let seconds = (number(11) + number(12) + number(13) + number(14)) / 100.0;
        let program = words.split(' ').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let verb = words.split(' ').nth(1).unwrap_or_default();
        let what = match program {
            "harness-under-test" => verb,
            "nats-server" => "nats-server",
            _ if program.starts_with("postgres") => "postgres",
            _ => continue,
        };
        *used.entry(what.to_owned()).or_insert(0.0) += seconds;
    }
    used
}

fn bytes_in(folder: &Path) -> u64 {
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_in(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    fs::read_dir(folder).context("the folder").into_iter().flatten().flatten().map(size).sum()
}
