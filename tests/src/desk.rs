//! A folder with one fixture in it, in which a test runs the `harness` command as a person would.
//!
//! Paths on the command line are relative to that folder, so that messages name the same files on every machine.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use serde_json::Value;
use tempfile::TempDir;

use crate::{component, fixture};

/// The client secret of every fixture. A cassette answers to any; this one is easy to look for.
pub const SECRET: &str = "geheim-4f1c9a7e-nur-im-test";

/// What every desk calls its files.
const FILES: [&str; 2] = ["settings.toml", "directory.json"];

/// A fixture's copy, which a test may spoil.
pub struct Desk {
    program: PathBuf,
    folder: TempDir,
    environment: BTreeMap<OsString, OsString>,
}

/// What a command left behind.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; none if it was killed.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said beside that.
    pub stderr: String,
}

impl Desk {
    /// Copies a fixture. `program` is `env!("CARGO_BIN_EXE_harness-under-test")`, which only a test itself can know.
    ///
    /// # Panics
    /// When there is no such fixture, or the copy cannot be written.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test without its files is a failed test")]
    pub fn with(program: &str, company: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let from = fixture(company);
        for file in FILES {
            fs::copy(from.join(file), folder.path().join(file)).expect(file);
        }
        fs::create_dir(folder.path().join("exchanges")).expect("a folder");
        for entry in fs::read_dir(from.join("exchanges")).expect("recorded exchanges") {
            let entry = entry.expect("an entry");
            fs::copy(entry.path(), folder.path().join("exchanges").join(entry.file_name())).expect("a copy");
        }
        let secret = (format!("{}_CLIENT_SECRET", company.to_uppercase()).into(), SECRET.into());
        Self { program: program.into(), folder, environment: BTreeMap::from([secret]) }
    }

    /// The same, with the fixture's accounts imported.
    ///
    /// # Panics
    /// As [`Desk::with`], and when the import fails.
    #[must_use]
    pub fn furnished(program: &str, company: &str) -> Self {
        let desk = Self::with(program, company);
        let ran = desk.harness(&["directory", "import", "directory.json", "--directory", "accounts.db"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        desk
    }

    /// Sets a variable for every command.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Takes every variable away, the secret's too.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.environment.clear();
        self
    }

    /// A file of the desk.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file's bytes.
    ///
    /// # Panics
    /// When there is no such file.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test without its files is a failed test")]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect(name)
    }

    /// Writes a file.
    ///
    /// # Panics
    /// When it cannot be written.
    #[allow(clippy::expect_used, reason = "a test without its files is a failed test")]
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect(name);
    }

    /// Replaces a text in the settings, where it stands once.
    ///
    /// # Panics
    /// When it does not.
    pub fn settings(&self, from: &str, to: &str) {
        let text = String::from_utf8_lossy(&self.read("settings.toml")).into_owned();
        assert_eq!(text.matches(from).count(), 1, "`{from}` in the settings");
        self.write("settings.toml", text.replace(from, to));
    }

    /// Changes a recorded exchange: `number` counts the files from 1.
    ///
    /// # Panics
    /// When there is no such exchange.
    #[allow(clippy::expect_used, reason = "a test without its files is a failed test")]
    pub fn exchange(&self, number: usize, edit: impl FnOnce(&mut Value)) {
        let prefix = format!("{number:04}-");
        let names = self.files("exchanges").into_keys();
        let name = names.into_iter().find(|name| name.starts_with(&prefix)).expect("a recorded exchange");
        let name = format!("exchanges/{name}");
        let mut exchange = serde_json::from_slice(&self.read(&name)).expect("JSON");
        edit(&mut exchange);
        self.write(&name, exchange.to_string());
    }

    /// Every file of a folder of the desk, by name; none if there is no such folder.
    ///
    /// # Panics
    /// When one cannot be read.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test without its files is a failed test")]
    pub fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return BTreeMap::new() };
        let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
        paths.map(|path| (name(&path), fs::read(&path).expect("readable"))).collect()
    }

    /// Runs the command on the desk.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn harness(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        self.run(command)
    }

    /// Runs a line as a person would who copied it from the screen.
    ///
    /// # Panics
    /// When there is no shell.
    #[must_use]
    pub fn shell(&self, line: &str) -> Ran {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        self.run(command)
    }

    #[allow(clippy::expect_used, reason = "a test that cannot run its command is a failed test")]
    fn run(&self, mut command: Command) -> Ran {
        // A developer's own variables are not the test's; the cache of compiled components is where the user's is.
        command.current_dir(self.folder.path()).env_clear().envs(&self.environment);
        command.envs(
            ["HOME", "XDG_CACHE_HOME", "PATH"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))),
        );
        let output = command.output().expect("the harness starts");
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Runs a verb that reads the source (`sync`, `plan`) against the cassette.
    ///
    /// # Panics
    /// When it cannot be started, or the component is not built yet.
    #[must_use]
    pub fn replay(&self, verb: &str, more: &[&str]) -> Ran {
        self.replay_into(verb, "accounts.db", more)
    }

    /// The same with another directory.
    ///
    /// # Panics
    /// As [`Desk::replay`].
    #[must_use]
    pub fn replay_into(&self, verb: &str, directory: &str, more: &[&str]) -> Ran {
        let component = component();
        self.warm(&component);
        let given = |option: &str| more.contains(&option);
        let mut arguments =
            vec![verb, "--settings", "settings.toml", "--replay", "exchanges", "--directory", directory];
        let shipped = component.to_string_lossy();
        if !given("--component") {
            arguments.extend(["--component", &*shipped]);
        }
        arguments.extend(more);
        self.harness(&arguments)
    }
}

impl Desk {
    /// Compiles the component once before tests beside each other all would: the harness keeps what it compiled.
    fn warm(&self, component: &Path) {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| drop(self.harness(&["inspect", &component.to_string_lossy()])));
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
