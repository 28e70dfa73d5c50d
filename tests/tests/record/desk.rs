//! A tenant's folder, in which the command is run.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value as Json;
use tempfile::TempDir;
use whole_system_tests::component;

use crate::source::{SECRET, Source, serve};

pub const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// A tenant's folder, for a source at this origin.
pub struct Desk {
    pub folder: TempDir,
    pub origin: String,
}

impl Desk {
    pub async fn at(source: &Source) -> Self {
        Self::with(serve(source).await, "papi-acme")
    }

    pub fn with(origin: String, client_id: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = format!(
            "name = \"Acme\"\ntype = \"personio\"\nclient-id = \"{client_id}\"\nclient-secret = {{ env = \"SECRET\" }}\n\
             group-assignment = \"department\"\nendpoint = \"{origin}\"\n"
        );
        fs::write(folder.path().join("settings.toml"), settings).unwrap();
        Self { folder, origin }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn harness(&self, verb: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(HARNESS);
        command.arg(verb).arg("--settings").arg(self.path("settings.toml")).arg("--component").arg(component());
        let format = if arguments.contains(&"--format") { &[][..] } else { &["--format", "json"] };
        command.args(["--allow-origin", &self.origin]).args(format).args(arguments);
        command.current_dir(self.folder.path()).env("SECRET", SECRET).output().unwrap()
    }

    pub fn record(&self, arguments: &[&str]) -> Output {
        self.harness("record", &[&["--to", "recording"], arguments].concat())
    }

    /// Replays the cassette for an empty directory: nothing is missed, and nothing is left over.
    pub fn replay(&self) -> Json {
        let output = self.harness("sync", &["--dry-run", "--replay", "recording", "--directory", "nobody.db"]);
        assert!(output.status.success(), "{}", shown(&output));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!told.contains("never used") && !told.contains("not in the recording"), "{told}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Every byte that was written.
    pub fn recording(&self) -> String {
        let files = fs::read_dir(self.path("recording")).unwrap();
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }
}

pub fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

pub fn run_of(output: &Output) -> Json {
    assert!(output.status.success(), "{}", shown(output));
    serde_json::from_slice(&output.stdout).unwrap()
}
