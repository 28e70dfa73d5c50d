//! A real `PostgreSQL` for the tests: the distribution's programs, a cluster in a temporary folder, a port of loopback.
//!
//! [`PostgresServer::shared`] is one for a whole test program, with a database for each who asks; [`PostgresServer::start`] is one
//! of a test's own, to be stopped, killed and started again. Both are ended with the program, however it ends: a shell that
//! waits for the end of its input, which is this program's end, stops the server and removes its folder.
//!
//! The server refuses to run as root, so for root it runs as another user. What is committed is handed to the system and not
//! forced to disk: a process that is killed needs no disk to survive, unlike a power cut. A server in a container was rejected: where tests run there may be none.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::programs::POSTGRESQL;

/// Starts the server, says when it has ended, and ends it when there is nobody left who would.
const WATCHDOG: &str = r#"{ "$@" </dev/null; echo ENDED; } &
while read -r line; do :; done
kill -QUIT "$(head -n 1 "$FOLDER/data/postmaster.pid")" 2>/dev/null && wait
rm -rf "$FOLDER"; kill -9 0"#;

/// Who may do everything; tests sign in as somebody who may not.
const SUPERUSER: &str = "tests";
const PASSWORD: &str = "only-in-tests";

/// A slow machine, with other tests beside.
const PATIENCE: Duration = Duration::from_mins(2);

/// Whoever the server may run as where these tests run as root.
const USERS: [&str; 2] = ["postgres", "nobody"];

const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 32MB
fsync = off
full_page_writes = off
max_wal_size = 256MB
autovacuum_naptime = 10s
log_min_messages = warning
";

/// A server, and its folder.
pub struct PostgresServer {
    folder: TempDir,
    programs: [PathBuf; 2],
    user: Option<(u32, u32)>,
    port: u16,
    watchdog: Option<Child>,
}

/// A database with an owner of its own, who may do there what a service's user may.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    /// For the service: `postgres://…`.
    pub url: String,
    /// The same database for a superuser, whom row-level security does not hold.
    pub superuser_url: String,
    /// Its name, and its owner's.
    pub name: String,
}

impl PostgresServer {
    /// The server of this test program.
    ///
    /// # Panics
    /// When there is none and it cannot be started; the message says what to type.
    #[must_use]
    #[allow(clippy::panic, reason = "a test without its server is a failed test")]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<PostgresServer> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("{error:#}")))
    }

    /// A server of a test's own. It is ended with this.
    ///
    /// # Errors
    /// When there is no `PostgreSQL`, with what to type; when it does not start, with what it said.
    pub fn start() -> Result<Self> {
        let found = POSTGRESQL.find(std::env::var_os("PATH").as_deref())?;
        let programs = found.try_into().map_err(|_| anyhow!("a server and its `initdb` are needed"))?;
        let folder = tempfile::Builder::new().prefix("harness-postgres-").tempdir()?;
        let user = if folder.path().metadata()?.uid() == 0 { Some(somebody()?) } else { None };
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group))?;
        }
        let mut server = Self { folder, programs, user, port: 0, watchdog: None };
        server.initialise()?;
        server.start_again()?;
        Ok(server)
    }

    fn initialise(&self) -> Result<()> {
        let password = self.folder.path().join("password");
        fs::write(&password, PASSWORD)?;
        let [_, initdb] = &self.programs;
        let mut command = self.command(initdb);
        // Asked for, and not hashed thousands of times in an unoptimised program for each connection, as SCRAM has it.
        command.args(["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=password", "--username", SUPERUSER]);
        command.arg("--pwfile").arg(&password).arg("--pgdata").arg(self.data());
        succeeded("initdb", &command.output().context("cannot start `initdb`")?)?;
        let mut settings = fs::OpenOptions::new().append(true).open(self.data().join("postgresql.conf"))?;
        Ok(settings.write_all(SETTINGS.as_bytes())?)
    }

    /// A command that runs as whoever the server runs as.
    fn command(&self, program: &Path) -> Command {
        let mut command = match self.user {
            None => Command::new(program),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={user}")).arg(format!("--regid={group}")).arg("--clear-groups");
                command.arg(program);
                command
            }
        };
        // Somebody else may not look into the folder that the tests run in.
        command.current_dir("/").env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// Starts a server that was stopped or killed, on the port that it had.
    ///
    /// # Errors
    /// When it does not start; with what it said.
    pub fn start_again(&mut self) -> Result<()> {
        ensure!(self.watchdog.is_none(), "the server is running");
        let began = Instant::now();
        loop {
            let port = if self.port == 0 { free_port()? } else { self.port };
            match self.try_to_start(port) {
                Ok(()) => {
                    self.port = port;
                    return Ok(());
                }
                // Somebody was faster on this port, or what a killed server has left behind is not gone yet.
                Err(error) if began.elapsed() > PATIENCE => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    fn try_to_start(&mut self, port: u16) -> Result<()> {
        let (log, before) = (File::create(self.log())?, self.pid());
        let [postgres, _] = &self.programs;
        let server = {
            let mut server = self.command(postgres);
            server.arg("-D").arg(self.data()).arg("-p").arg(port.to_string());
            server
        };
        let mut command = Command::new("sh");
        command.args(["-c", WATCHDOG, "watchdog"]).arg(server.get_program()).args(server.get_args());
        command.envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("FOLDER", self.folder.path()).current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        let watchdog = command.spawn().context("cannot start `sh`")?;
        let (began, group) = (Instant::now(), watchdog.id());
        self.watchdog = Some(watchdog);
        while !self.is_ready(before) {
            let said = fs::read_to_string(self.log())?;
            if began.elapsed() > PATIENCE || said.lines().any(|line| line == "ENDED") {
                // The whole group, so that nothing removes the folder: it is tried again.
                let _ = Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).output();
                self.forget_watchdog()?;
                bail!("PostgreSQL does not start: {said}");
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// The server says so itself: in the lines of its lock file are its process and, at last, its state. A server that was killed
    /// has left such a file too.
    fn is_ready(&self, before: Option<u32>) -> bool {
        let Ok(text) = fs::read_to_string(self.data().join("postmaster.pid")) else { return false };
        text.lines().nth(7).map(str::trim) == Some("ready") && self.pid() != before
    }

    fn pid(&self) -> Option<u32> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    /// Stops the server as an operator would who is in a hurry: clients are cut off, and nothing is lost.
    ///
    /// # Errors
    /// When it is not running, or does not end.
    pub fn stop(&mut self) -> Result<()> {
        self.end("-INT")
    }

    /// Kills it and all that it has started, as a machine would that goes down.
    ///
    /// # Errors
    /// When it is not running, or does not end.
    pub fn kill(&mut self) -> Result<()> {
        let pid = self.pid().context("the server is not running")?;
        let children = children_of(pid);
        signal("-KILL", &[pid])?;
        // Those that have ended by themselves are no failure.
        let _ = signal("-KILL", &children);
        self.wait_for_end(pid)?;
        children.into_iter().try_for_each(wait_for)
    }

    /// Stops it for a while: it answers nobody, and does not end.
    ///
    /// # Errors
    /// When it is not running.
    pub fn freeze(&self) -> Result<()> {
        self.to_all("-STOP")
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it is not running.
    pub fn thaw(&self) -> Result<()> {
        self.to_all("-CONT")
    }

    fn to_all(&self, name: &str) -> Result<()> {
        let pid = self.pid().context("the server is not running")?;
        let children = children_of(pid);
        signal(name, &[pid])?;
        signal(name, &children)
    }

    fn end(&mut self, name: &str) -> Result<()> {
        let pid = self.pid().context("the server is not running")?;
        signal(name, &[pid])?;
        self.wait_for_end(pid)
    }

    fn wait_for_end(&mut self, pid: u32) -> Result<()> {
        wait_for(pid)?;
        self.forget_watchdog()
    }

    /// Kills it, so that it leaves the folder where it is.
    fn forget_watchdog(&mut self) -> Result<()> {
        let Some(mut watchdog) = self.watchdog.take() else { return Ok(()) };
        let _ = watchdog.kill();
        watchdog.wait()?;
        Ok(())
    }

    /// Where it listens.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Makes a database, and a user who owns it and may do nothing else.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn database(&self) -> Result<TestDatabase> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let statements = [
            format!("CREATE ROLE {name} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '{PASSWORD}'"),
            format!("CREATE DATABASE {name} OWNER {name}"),
        ];
        let url =
            |user: &str, database: &str| format!("postgres://{user}:{PASSWORD}@127.0.0.1:{}/{database}", self.port);
        now(&url(SUPERUSER, "postgres"), &statements)?;
        Ok(TestDatabase { url: url(&name, &name), superuser_url: url(SUPERUSER, &name), name })
    }
}

impl PostgresServer {
    /// A database with all that is in another one, whose owner owns this one too. Nobody may be connected to that one.
    ///
    /// # Errors
    /// When the server does not answer, or somebody is connected.
    pub fn copy(&self, database: &TestDatabase) -> Result<TestDatabase> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let owner = &database.name;
        let name = format!("{owner}_copy_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let (before, _) = database.superuser_url.rsplit_once('/').context("a URL")?;
        now(&format!("{before}/postgres"), &[format!("CREATE DATABASE {name} TEMPLATE {owner} OWNER {owner}")])?;
        let of = |url: &str| url.rsplit_once('/').map_or_else(String::new, |(before, _)| format!("{before}/{name}"));
        Ok(TestDatabase { url: of(&database.url), superuser_url: of(&database.superuser_url), name: name.clone() })
    }
}

impl TestDatabase {
    /// The same database through another port, such as a proxy's.
    #[must_use]
    pub fn through(&self, port: u16) -> String {
        let (before, after) = self.url.rsplit_once(':').unwrap_or_default();
        let path = after.split_once('/').map_or("", |(_, path)| path);
        format!("{before}:{port}/{path}")
    }

    /// Executes a statement as a superuser.
    ///
    /// # Errors
    /// When the server does not answer, or the statement fails.
    pub fn execute(&self, statement: &str) -> Result<()> {
        now(&self.superuser_url, &[statement.to_owned()])
    }

    /// Cuts off everybody who is connected to it but who does it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn cut_connections(&self) -> Result<()> {
        self.execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()",
            self.name
        ))
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(mut watchdog) = self.watchdog.take() {
            drop(watchdog.stdin.take());
            let _ = watchdog.wait();
        }
    }
}

/// Executes statements on a thread of its own: whoever calls this may be in the middle of asynchronous work.
fn now(url: &str, statements: &[String]) -> Result<()> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            let connection = tokio::spawn(connection);
            for statement in statements {
                client.batch_execute(statement).await?;
            }
            drop(client);
            connection.await??;
            Ok(())
        })
    };
    thread::scope(|scope| scope.spawn(work).join()).map_err(|_| anyhow!("a statement ended in a panic"))?
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A user that is not root, with their group.
fn somebody() -> Result<(u32, u32)> {
    let id = |option: &str, user: &str| -> Option<u32> {
        let output = Command::new("id").args([option, user]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    let found = USERS.iter().find_map(|user| Some((id("-u", user)?, id("-g", user)?)));
    found.with_context(|| format!("PostgreSQL does not run as root, and none of {USERS:?} is there"))
}

fn succeeded(what: &str, output: &Output) -> Result<()> {
    ensure!(output.status.success(), "`{what}` failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn signal(name: &str, to: &[u32]) -> Result<()> {
    if to.is_empty() {
        return Ok(());
    }
    let output = Command::new("kill").arg(name).args(to.iter().map(ToString::to_string)).output()?;
    succeeded("kill", &output)
}

/// The processes that a process has started.
fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|process| process.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| stat(*id).is_some_and(|(of, _)| of == parent)).collect()
}

/// Waits until a process has ended; one that nobody has asked for its end has.
fn wait_for(id: u32) -> Result<()> {
    let began = Instant::now();
    while stat(id).is_some_and(|(_, state)| state != 'Z') {
        ensure!(began.elapsed() < PATIENCE, "PostgreSQL does not end");
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// A process's parent and state: what comes after its name in `/proc`.
fn stat(id: u32) -> Option<(u32, char)> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut words = text.rsplit_once(')')?.1.split_whitespace();
    let state = words.next()?.chars().next()?;
    Some((words.next()?.parse().ok()?, state))
}
