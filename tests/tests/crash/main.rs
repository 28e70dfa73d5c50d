//! A sync that is killed at any step can be run again, and nothing is lost or doubled.
//!
//! The process is killed with SIGKILL (on Windows: `TerminateProcess`), once at each step of applying and of mailing, and
//! at moments that nobody chose. Afterwards the same command is run again, and everything must be as if it had run
//! undisturbed: see [`Aftermath`]. All of it holds for a directory on disk, and in [`in_postgresql`] once more.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

#[cfg(unix)]
mod in_postgresql;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use whole_system_tests::smtp_server::Sink;
use whole_system_tests::{component, fixture};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// One tenant in a folder of its own.
struct Place {
    folder: TempDir,
    company: &'static str,
    /// The mail server, if mails do not become files.
    sink: Option<Sink>,
    /// Where its accounts are, if not in a file of the folder.
    kept: Option<Box<dyn Kept>>,
}

/// A directory somewhere else than in a file.
trait Kept: Sync + Send {
    /// How the harness under test learns where.
    fn variables(&self) -> Vec<(&'static str, String)>;
    /// Another one with what this one holds now.
    fn copied(&self) -> Box<dyn Kept>;
    /// As `harness directory show --format json` shows it.
    fn shown(&self) -> Value;
}

/// A folder in memory where there is one: a killed process needs no disk to survive, unlike a power cut.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// How a run ended.
enum End {
    /// It came to the step, and was killed there.
    Killed,
    /// It ended by itself, after so many steps.
    Done(usize),
}

/// What is left behind by runs, as far as it is the same whenever they were killed.
#[derive(PartialEq, Eq)]
struct Aftermath {
    accounts: Value,
    groups: Value,
    /// Each invitation's file and whom it is to.
    invitations: BTreeMap<String, String>,
}

impl Place {
    fn new(company: &'static str) -> Self {
        let place = Self { folder: folder(), company, sink: None, kept: None };
        let file = fixture(company).join("directory.json");
        let import = place.harness(&["directory", "import", file.to_str().unwrap()]).output().unwrap();
        succeeded(&import);
        place
    }

    /// A second place with what this one holds now.
    fn copied(&self) -> Self {
        let kept = self.kept.as_ref().map(|kept| kept.copied());
        let copy = Self { folder: folder(), company: self.company, sink: None, kept };
        if copy.kept.is_some() {
            return copy;
        }
        std::fs::copy(self.folder.path().join("directory.db"), copy.folder.path().join("directory.db")).unwrap();
        copy
    }

    /// The same with a mail server.
    fn with_server(self) -> Self {
        Self { sink: Some(Sink::start(&[])), ..self }
    }

    /// The tenant's settings file.
    fn settings(&self) -> std::path::PathBuf {
        let original = fixture(self.company).join("settings.toml");
        let Some(sink) = &self.sink else { return original };
        let path = self.folder.path().join("settings.toml");
        std::fs::write(&path, std::fs::read_to_string(original).unwrap() + &sink.settings()).unwrap();
        path
    }

    /// The harness with these arguments, on this place's directory.
    fn harness(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(HARNESS);
        command.args(arguments).arg("--directory").arg(self.folder.path().join("directory.db"));
        command.env(format!("{}_CLIENT_SECRET", self.company.to_uppercase()), "any").env_remove("STOP_AT");
        command.envs(self.kept.iter().flat_map(|kept| kept.variables()));
        command
    }

    fn sync(&self) -> Command {
        let mut command = self.harness(&["sync"]);
        command.arg("--settings").arg(self.settings());
        command.arg("--replay").arg(fixture(self.company).join("exchanges"));
        command.arg("--component").arg(component()).arg("--outbox").arg(self.outbox());
        command
    }

    fn outbox(&self) -> std::path::PathBuf {
        self.folder.path().join("outbox")
    }

    /// Syncs until the step, and no further.
    fn killed_at(&self, step: usize) -> End {
        let mut child =
            self.sync().env("STOP_AT", step.to_string()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        for line in BufReader::new(child.stderr.take().unwrap()).lines() {
            let line = line.unwrap();
            if line == "stopped" {
                child.kill().unwrap();
                child.wait().unwrap();
                return End::Killed;
            }
            said.push_str(&line);
            said.push('\n');
        }
        assert!(child.wait().unwrap().success(), "{said}");
        End::Done(steps(&said))
    }

    /// Syncs to the end; gives the number of steps.
    fn synced(&self) -> usize {
        steps(&succeeded(&self.sync().env("STOP_AT", "0").output().unwrap()))
    }

    /// How often each mail came to its server, by message ID.
    fn delivered(&self) -> BTreeMap<String, usize> {
        self.sink.as_ref().expect("a place with a server").delivered()
    }

    fn shown(&self) -> Value {
        if let Some(kept) = &self.kept {
            return kept.shown();
        }
        let output = self.harness(&["directory", "show", "--format", "json"]).output().unwrap();
        succeeded(&output);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn aftermath(&self) -> Aftermath {
        let shown = self.shown();
        let mails = mails(&self.outbox());
        // Every mail is out, each as one file.
        assert_eq!(shown["outbox"]["queued"], 0);
        assert_eq!(shown["outbox"]["delivered"], mails.len(), "{:?}", mails.keys());
        let runs = shown["runs"].as_array().unwrap().len();
        let (summaries, invitations): (BTreeMap<_, _>, _) =
            mails.into_iter().partition(|(name, _)| name.starts_with("summary"));
        assert_eq!(summaries.len(), runs, "a run has no summary, or two");
        Aftermath { accounts: shown["accounts"].clone(), groups: shown["groups"].clone(), invitations }
    }
}

fn succeeded(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

fn steps(said: &str) -> usize {
    let steps = said.lines().find_map(|line| line.strip_prefix("steps: "));
    steps.unwrap_or_else(|| panic!("it does not say how many steps: {said}")).parse().unwrap()
}

/// Each mail's file name and recipient. A file that was not finished has another ending.
fn mails(outbox: &Path) -> BTreeMap<String, String> {
    let mut mails = BTreeMap::new();
    for entry in outbox.read_dir().into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let bytes = std::fs::read(&path).unwrap();
            let message = mail_parser::MessageParser::default().parse(&bytes).expect("a whole mail");
            let to = message.to().and_then(|to| to.first()).and_then(|to| to.address()).expect("a recipient");
            mails.insert(path.file_stem().unwrap().to_string_lossy().into_owned(), to.to_owned());
        }
    }
    mails
}

/// What an undisturbed run and the same command once more leave behind, and how many steps the first took.
fn undisturbed(new: &Place) -> (Aftermath, usize) {
    let place = new.copied();
    let steps = place.synced();
    let before = place.shown()["accounts"].clone();
    place.synced();
    let aftermath = place.aftermath();
    assert!(aftermath.accounts == before, "a second run changes something");
    assert!(!aftermath.invitations.is_empty(), "a fixture without invitations proves little");
    (aftermath, steps)
}

fn recovers(place: &Place, expected: &Aftermath, when: &str) {
    place.synced();
    let aftermath = place.aftermath();
    assert!(aftermath.accounts == expected.accounts, "killed {when}: the accounts differ");
    assert!(aftermath.groups == expected.groups, "killed {when}: the groups differ");
    assert_eq!(aftermath.invitations, expected.invitations, "killed {when}");
}

/// Kills a new sync at each of its steps.
fn recovers_from_a_kill_at_every_step(new: &Place) {
    recovers_from_a_kill_at_steps(new, 1);
}

/// Kills a new sync at each of its steps, or only at every second or third one and so on, as many at once as there are
/// processors.
fn recovers_from_a_kill_at_steps(new: &Place, apart: usize) {
    let (expected, steps) = undisturbed(new);
    let (expected, workers) = (&expected, thread::available_parallelism().map_or(1, usize::from));
    thread::scope(|scope| {
        for first in 1..=workers {
            scope.spawn(move || {
                for step in (first * apart..=steps).step_by(workers * apart) {
                    let place = new.copied();
                    match place.killed_at(step) {
                        End::Killed => recovers(&place, expected, &format!("at step {step} of {steps}")),
                        End::Done(steps) => panic!("there is no step {step}, the last is {steps}"),
                    }
                }
            });
        }
    });
    assert!(matches!(new.copied().killed_at(steps + 1), End::Done(done) if done == steps));
}

#[test]
fn s13_a_small_sync_recovers_from_a_kill_at_every_step() {
    recovers_from_a_kill_at_every_step(&Place::new("acme"));
}

#[test]
fn s13_a_large_sync_recovers_from_a_kill_at_every_step() {
    recovers_from_a_kill_at_every_step(&Place::new("nordwind"));
}

/// What a reader sees, whom no folder spares a mail that comes twice.
#[test]
fn s16_nobody_is_invited_twice_but_by_the_one_mail_that_was_on_its_way() {
    invites_nobody_twice(&Place::new("acme"));
}

fn invites_nobody_twice(new: &Place) {
    let undisturbed = new.copied().with_server();
    let steps = undisturbed.synced();
    let invitations: BTreeSet<String> = undisturbed.delivered().into_keys().filter(|id| is_invitation(id)).collect();
    assert_eq!(invitations.len(), 2);
    let mut repeated = 0;
    for step in 1..=steps {
        let place = new.copied().with_server();
        assert!(matches!(place.killed_at(step), End::Killed), "there is no step {step}");
        place.synced();
        let delivered = place.delivered();
        let when = format!("killed at step {step} of {steps}");
        let shown = place.shown();
        assert_eq!((&shown["outbox"]["queued"], &shown["outbox"]["delivered"]), (&0.into(), &delivered.len().into()));
        assert_eq!(delivered.keys().filter(|id| is_invitation(id)).count(), 2, "{when}: {delivered:?}");
        let again: usize = delivered.values().map(|times| times - 1).sum();
        assert!(again <= 1, "{when}: {delivered:?}");
        repeated += again;
    }
    assert!(repeated > 0, "no kill came between a mail and its note, so nothing was proven");
}

fn is_invitation(id: &str) -> bool {
    id.starts_with("invitation.")
}

#[test]
fn s13_a_sync_recovers_from_a_kill_at_a_moment_nobody_chose() {
    recovers_from_moments(&Place::new("acme"), 16, &mut |_, child| child.kill().unwrap());
}

/// Does something to a new sync at moments that nobody chose.
fn recovers_from_moments(new: &Place, moments: u32, disturb: &mut dyn FnMut(&Place, &mut Child)) {
    let (expected, _) = undisturbed(new);
    let start = Instant::now();
    new.copied().synced();
    let whole = start.elapsed();
    for moment in 1..=moments {
        let place = new.copied();
        let mut child = place.sync().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Whether it is inside a write or over already: any moment will do.
        thread::sleep(whole * moment / moments + Duration::from_millis(u64::from(moment)));
        disturb(&place, &mut child);
        child.wait().unwrap();
        recovers(&place, &expected, &format!("after {moment} of {moments} parts of its time"));
    }
}
