//! A NATS server on loopback: the real one, with a configuration, a disk and a life of its own.
//!
//! A watchdog stands between the test and the server, as with the browser's driver: a shell that waits for the end of its
//! input, which is this program's end too, however it ends. What it reads are signals for the server, so that a test can stop
//! one without asking the system for processes. Containers were rejected: the distribution's server is what is promised.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::programs::NATS;

/// Reads signals. After one that ends the server, it says so when the server has ended.
const WATCHDOG: &str = r#""$@" </dev/null & server=$!
while read -r signal; do
    kill -s "$signal" "$server"
    case "$signal" in STOP|CONT) ;; *) wait "$server" ;; esac
    echo done
done
kill -9 0"#;

/// A new machine that compiles beside the tests is slow.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct NatsSettings {
    /// Whether it has streams.
    pub jetstream: bool,
    /// More lines of its configuration, such as `authorization { … }`.
    pub more: String,
}

impl Default for NatsSettings {
    fn default() -> Self {
        Self { jetstream: true, more: String::new() }
    }
}

/// A server. It is ended with this, and its disk is removed.
pub struct NatsServer {
    settings: NatsSettings,
    port: u16,
    running: Option<Running>,
    folder: TempDir,
}

struct Running {
    watchdog: Child,
    signals: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl NatsServer {
    /// Starts one with streams, and for everybody.
    ///
    /// # Errors
    /// When it does not start; with what it said.
    pub fn start() -> Result<Self> {
        Self::start_with(NatsSettings::default())
    }

    /// Starts one as it is set up.
    ///
    /// # Errors
    /// When it does not start; with what it said.
    #[allow(clippy::needless_pass_by_value, reason = "they are the server's from now on")]
    pub fn start_with(settings: NatsSettings) -> Result<Self> {
        let mut last = anyhow::anyhow!("it was not tried");
        // Somebody may take the port between finding that it is free and using it.
        for _ in 0..5 {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            let folder = tempfile::Builder::new().prefix("harness-nats-").tempdir()?;
            let mut server = Self { settings: settings.clone(), port, running: None, folder };
            match server.start_again() {
                Ok(()) => return Ok(server),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Starts it once more after it was ended, on the same port and with what is left on its disk.
    ///
    /// # Errors
    /// When it runs, or does not start; with what it said.
    pub fn start_again(&mut self) -> Result<()> {
        ensure!(self.running.is_none(), "the server runs");
        let configuration = self.folder.path().join("nats.conf");
        fs::write(&configuration, self.configuration())?;
        let log = File::options().create(true).append(true).open(self.log_file())?;
        let program = NATS.find(std::env::var_os("PATH").as_deref())?;
        let mut command = Command::new("sh");
        command.args(["-c", WATCHDOG, "watchdog"]).args(program).arg("-c").arg(configuration);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).process_group(0);
        let mut watchdog = command.spawn().context("cannot start `sh`")?;
        let signals = watchdog.stdin.take();
        let answers = BufReader::new(watchdog.stdout.take().context("its standard output")?);
        self.running = Some(Running { watchdog, signals, answers });
        let waited = self.wait_until_ready();
        if waited.is_err() {
            self.running = None;
        }
        waited
    }

    fn wait_until_ready(&self) -> Result<()> {
        let begun = Instant::now();
        while !self.greets() {
            let log = self.log();
            ensure!(begun.elapsed() < PATIENCE && !log.contains("[FTL]"), "nats-server did not start:\n{log}");
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// True if it says who it is, which it does first.
    fn greets(&self) -> bool {
        let Ok(stream) = TcpStream::connect_timeout(&self.address(), Duration::from_secs(1)) else { return false };
        let mut start = [0; 5];
        let patient = stream.set_read_timeout(Some(Duration::from_secs(5)));
        patient.and_then(|()| (&stream).read_exact(&mut start)).is_ok() && start == *b"INFO "
    }

    fn configuration(&self) -> String {
        let Self { settings: NatsSettings { jetstream, more }, port, .. } = self;
        let disk = if *jetstream {
            format!("jetstream {{ store_dir: \"{}\" }}\n", self.disk().display())
        } else {
            String::new()
        };
        format!("listen: \"127.0.0.1:{port}\"\n{disk}{more}\n")
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Its address, for a user such as `name:password`; empty for nobody.
    #[must_use]
    pub fn url(&self, user: &str) -> String {
        let at = if user.is_empty() { "" } else { "@" };
        format!("nats://{user}{at}{}", self.address())
    }

    /// All that it said.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("nats.log")
    }

    fn disk(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// Ends it in order.
    ///
    /// # Errors
    /// When it does not run.
    pub fn stop(&mut self) -> Result<()> {
        self.signal("TERM")?;
        self.running = None;
        Ok(())
    }

    /// Ends it as a power cut would (`kill -9`).
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Result<()> {
        self.signal("KILL")?;
        self.running = None;
        Ok(())
    }

    /// Lets it do nothing until [`Self::resume`]; its connections stay open.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&mut self) -> Result<()> {
        self.signal("STOP")
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&mut self) -> Result<()> {
        self.signal("CONT")
    }

    /// Takes its disk away. It has to be started again.
    ///
    /// # Errors
    /// When it runs.
    pub fn lose_disk(&mut self) -> Result<()> {
        ensure!(self.running.is_none(), "the server runs, and would write again");
        if self.disk().exists() {
            fs::remove_dir_all(self.disk())?;
        }
        Ok(())
    }

    /// Other lines of its configuration, from its next start on.
    pub fn reconfigure(&mut self, settings: NatsSettings) {
        self.settings = settings;
    }

    fn signal(&mut self, signal: &str) -> Result<()> {
        let running = self.running.as_mut().context("the server does not run")?;
        writeln!(running.signals.as_ref().context("the watchdog's input")?, "{signal}")?;
        let mut answer = String::new();
        running.answers.read_line(&mut answer)?;
        if answer.trim() == "done" { Ok(()) } else { bail!("the server could not be sent {signal}: {answer}") }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The end of its input: then it ends the server, and itself.
        drop(self.signals.take());
        let _ = self.watchdog.wait();
    }
}
