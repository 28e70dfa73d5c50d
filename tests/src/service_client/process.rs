//! The process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tempfile::TempDir;

use super::wire::{Address, Wire};
use crate::component;

/// How a service is started.
#[derive(Clone)]
pub struct Options {
    /// The program: `env!("CARGO_BIN_EXE_harness-under-test")`, which only a test itself can know.
    pub program: &'static str,
    /// Where it listens; with port 0 the system chooses.
    pub listen: String,
    /// Arguments beside the data folder and the address.
    pub arguments: Vec<String>,
    /// Variables of its environment.
    pub environment: Vec<(String, String)>,
    /// What is run in place of the program itself: words before it, such as those of a shell that sets a limit.
    pub before: Vec<String>,
}

impl Options {
    /// With the connector for Personio, which may reach this origin.
    #[must_use]
    pub fn new(program: &'static str, origin: &str) -> Self {
        Self::bare(program).argument("--connector", &component().to_string_lossy()).argument("--allow-origin", origin)
    }

    /// Without a connector.
    #[must_use]
    pub fn bare(program: &'static str) -> Self {
        let listen = "127.0.0.1:0".to_owned();
        Self { program, listen, arguments: Vec::new(), environment: Vec::new(), before: Vec::new() }
    }

    /// Listening here.
    #[must_use]
    pub fn listen(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    /// With an option.
    #[must_use]
    pub fn argument(mut self, name: &str, value: &str) -> Self {
        self.arguments.extend([name.to_owned(), value.to_owned()]);
        self
    }

    /// With a variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The command for this data folder.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn command(&self, data: &Path) -> Command {
        let mut words = self.before.iter().map(String::as_str).chain([self.program]);
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .arg("serve")
            .arg("--data")
            .arg(data)
            .arg("--listen")
            .arg(&self.listen)
            .args(&self.arguments);
        command.env_remove("HARNESS_KEY").env_remove("STOP_AT").env_remove("HARNESS_LOG");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

struct Running {
    child: Child,
    readers: Vec<JoinHandle<()>>,
}

/// A service. It is killed when this is dropped.
pub struct Service {
    /// How it is started again.
    pub options: Options,
    /// Where it answers.
    pub address: Address,
    /// The first operator's link, if one was printed.
    pub link: String,
    /// Whether nobody has used that link yet: it is printed at each start then.
    pub has_no_operator: bool,
    /// All that it wrote to its standard error, over all starts.
    pub said: Arc<Mutex<String>>,
    data: TempDir,
    /// The data folder, if it is not the temporary one itself.
    folder: PathBuf,
    running: Option<Running>,
}

impl Service {
    /// Starts one with an empty data folder.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(options: Options) -> Self {
        let mut service = Self::prepared(options);
        service.start_again();
        service
    }

    /// One that is not started yet.
    ///
    /// # Panics
    /// When there is no room for a folder.
    #[must_use]
    pub fn prepared(options: Options) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self {
            options,
            address: Address::default(),
            link: String::new(),
            has_no_operator: true,
            said: Arc::default(),
            folder: data.path().join("data"),
            data,
            running: None,
        }
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.folder
    }

    /// A folder beside it that goes with it.
    #[must_use]
    pub fn beside(&self) -> &Path {
        self.data.path()
    }

    /// Has it keep its data in another folder.
    pub fn move_to(&mut self, folder: &Path) {
        folder.clone_into(&mut self.folder);
    }

    /// What sends requests to it.
    #[must_use]
    pub fn wire(&self) -> Wire {
        Wire::to(Arc::clone(&self.address))
    }

    /// Starts it, the first time or again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        let mut child = self.options.command(&self.folder).spawn().unwrap();
        let (mut errors, said) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&self.said));
        let errors = thread::spawn(move || {
            let mut line = String::new();
            while errors.read_line(&mut line).is_ok_and(|read| read > 0) {
                said.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("The service is at ").map(str::to_owned);
        let Some(url) = url else {
            let _ = (child.wait(), errors.join());
            panic!("it does not start: {line}{}", self.said.lock().unwrap());
        };
        *self.address.lock().unwrap() = self.listening(&url);
        if self.has_no_operator {
            output.read_line(&mut line).unwrap();
            line.clear();
            output.read_line(&mut line).unwrap();
            line.trim_end().clone_into(&mut self.link);
        }
        let rest = thread::spawn(move || {
            let _ = output.read_to_string(&mut String::new());
        });
        self.running = Some(Running { child, readers: vec![errors, rest] });
    }

    /// Where it listens: what it prints may be an address that only a proxy has.
    fn listening(&self, url: &str) -> String {
        let printed = url.trim_start_matches("http://").split('/').next().unwrap_or_default().to_owned();
        if self.options.listen.ends_with(":0") { printed } else { self.options.listen.clone() }
    }

    /// Its database, from outside.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn database(&self) -> Connection {
        let connection = Connection::open(self.folder.join("service.db")).unwrap();
        connection.busy_timeout(super::PATIENCE).unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        connection
    }

    /// The data folder as the process sees it, which may have mounts of its own.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn data_within(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{}", self.id(), self.folder.display()))
    }

    /// The process' ID.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.running.as_ref().expect("a running service").child.id()
    }

    /// Kills it, as a power cut would.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            // It may have ended by itself.
            let _ = running.child.kill();
            running.child.wait().unwrap();
            running.readers.into_iter().for_each(|reader| reader.join().unwrap());
        }
    }

    /// Ends it as a service manager does.
    ///
    /// # Panics
    /// When it does not end.
    pub fn stop(&mut self) -> ExitStatus {
        let mut running = self.running.take().expect("a running service");
        let kill = Command::new("kill").arg(running.child.id().to_string()).status().unwrap();
        assert!(kill.success());
        let status = running.child.wait().unwrap();
        running.readers.into_iter().for_each(|reader| reader.join().unwrap());
        status
    }

    /// What it wrote to its standard error so far.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
        if !thread::panicking() {
            let said = self.said();
            assert!(!said.contains("thread '"), "the service panicked: {said}");
        }
    }
}
