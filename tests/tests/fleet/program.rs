//! The real program, started on a folder of tenants.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;
use whole_system_tests::component;
use whole_system_tests::tenants::Tenants;

/// A fleet that is under way.
pub struct Program {
    child: Child,
    stderr: BufReader<ChildStderr>,
    read: String,
}

/// A fleet that has ended.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said beside that.
    pub stderr: String,
    /// What it printed, as JSON; null before [`Ran::parsed`].
    pub json: Value,
}

/// Runs a fleet to its end.
pub fn fleet(tenants: &Tenants, arguments: &[&str]) -> Ran {
    Program::start(tenants, arguments).end().parsed()
}

/// Syncs the one tenant in a folder to its end.
pub fn sync(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness-under-test"));
    command.arg("sync").arg("--component").arg(component()).args(arguments);
    for (option, file) in [
        ("--settings", "settings.toml"),
        ("--replay", "exchanges"),
        ("--directory", "directory.db"),
        ("--outbox", "outbox"),
    ] {
        command.arg(option).arg(folder.join(file));
    }
    Program::of(&mut command).end()
}

impl Program {
    /// Starts a fleet that prints JSON.
    pub fn start(tenants: &Tenants, arguments: &[&str]) -> Self {
        Self::start_with(&component(), tenants, &[arguments, &["--format", "json"]].concat())
    }

    /// Starts a fleet of another component's tenants.
    pub fn start_with(component: &Path, tenants: &Tenants, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness-under-test"));
        command.arg("fleet").arg(tenants.folder()).arg("--component").arg(component);
        Self::of(command.args(arguments))
    }

    /// Starts a command of the program.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the harness starts");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        Self { child, stderr, read: String::new() }
    }

    /// Waits until a tenant's sync is over; gives the tenant.
    pub fn next_end(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).expect("UTF-8") > 0, "it ended before: {}", self.read);
            self.read.push_str(&line);
            if let Some((tenant, _)) = line.split_once(": ").filter(|_| line.trim_end().ends_with(" ms")) {
                return tenant.to_owned();
            }
        }
    }

    /// Sends what Ctrl-C sends.
    pub fn interrupt(&self) {
        let kill = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(kill.expect("kill is there").success());
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ran {
        self.stderr.read_to_string(&mut self.read).expect("UTF-8");
        let output = self.child.wait_with_output().expect("it ends");
        let stdout = String::from_utf8(output.stdout).expect("UTF-8");
        Ran { code: output.status.code(), stdout, stderr: self.read, json: Value::Null }
    }
}

impl Ran {
    /// Reads what it printed.
    pub fn parsed(mut self) -> Self {
        self.json = serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        self
    }

    /// The tenants in the order they are told.
    pub fn tenants(&self) -> Vec<String> {
        self.each().map(|tenant| tenant["tenant"].as_str().expect("a name").to_owned()).collect()
    }

    /// A tenant's verdict.
    pub fn verdict(&self, name: &str) -> &str {
        self.tenant(name)["verdict"].as_str().expect("a verdict")
    }

    /// A tenant's first failure.
    pub fn message(&self, name: &str) -> &str {
        self.tenant(name)["failures"][0]["message"].as_str().unwrap_or_default()
    }

    /// The code of a tenant's first failure.
    pub fn failure_code(&self, name: &str) -> &str {
        self.tenant(name)["failures"][0]["code"].as_str().unwrap_or_default()
    }

    /// A tenant's run.
    pub fn run(&self, name: &str) -> &Value {
        &self.tenant(name)["run"]
    }

    fn tenant(&self, name: &str) -> &Value {
        self.each().find(|tenant| tenant["tenant"] == name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    fn each(&self) -> impl Iterator<Item = &Value> {
        self.json["tenants"].as_array().expect("tenants").iter()
    }
}
