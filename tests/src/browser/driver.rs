//! The driver's process, and everything that it starts.
//!
//! A watchdog stands between the test and the driver: a shell that waits for the end of its input, which is this program's
//! end too, however it ends, and then kills its process group. Without it, a test that is interrupted would leave a
//! browser behind. The driver and the browser stay in that group.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

const WATCHDOG: &str = r#""$@" </dev/null & while read -r line; do :; done; kill -9 0"#;

/// A new machine that compiles beside the tests is slow.
const START: Duration = Duration::from_mins(1);

/// How long processes that are killed may take to end.
const END: Duration = Duration::from_secs(30);

/// A driver that listens on loopback. It and its browsers are ended with this.
pub struct Driver {
    watchdog: Child,
    folder: Option<TempDir>,
    /// Where it answers.
    pub origin: String,
}

impl Driver {
    /// Starts it on a port that is free, in an empty folder that is its home.
    ///
    /// # Errors
    /// When it does not start; with what it said.
    pub fn start(program: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("harness-browser-").tempdir()?;
        let said = folder.path().join("driver.log");
        let log = File::create(&said)?;
        let mut command = Command::new("sh");
        command.args(["-c", WATCHDOG, "watchdog"]).arg(program).arg("--port=0");
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).process_group(0);
        for home in ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "TMPDIR"] {
            command.env(home, folder.path());
        }
        // Otherwise the machine's language would win over the one that a test asks for.
        command.env_remove("LANGUAGE").env("TZ", "UTC");
        let watchdog = command.spawn().context("cannot start `sh`")?;
        // From here on it is ended whatever happens.
        let mut driver = Self { watchdog, folder: Some(folder), origin: String::new() };
        let port = wait_for_port(&said)?;
        driver.origin = format!("http://127.0.0.1:{port}");
        Ok(driver)
    }

    /// A folder for a new profile.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn profile(&self) -> Result<std::path::PathBuf> {
        let folder = self.folder.as_ref().context("the driver's folder")?.path().join("profile");
        fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// True where Chromium refuses its sandbox: for root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.folder.as_ref().and_then(|folder| folder.path().metadata().ok()).is_some_and(|data| data.uid() == 0)
    }
}

fn wait_for_port(said: &Path) -> Result<u16> {
    let start = Instant::now();
    loop {
        let text = fs::read_to_string(said)?;
        if let Some(port) = port(&text) {
            return Ok(port);
        }
        if start.elapsed() > START {
            bail!("the browser's driver did not start: {text}");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// The port in `ChromeDriver was started successfully on port 40211.`
fn port(said: &str) -> Option<u16> {
    let (_, rest) = said.split_once("successfully on port ")?;
    rest.split_once('.')?.0.parse().ok()
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        // It kills itself too, so this ends at once.
        let _ = self.watchdog.wait();
        let Some(folder) = self.folder.take() else { return };
        let start = Instant::now();
        // What reports the browser's crashes leaves the group, and ends by itself when there is no browser left. Until the
        // last one has ended, files may still be written.
        let is_gone =
            || !is_named(folder.path()) && (fs::remove_dir_all(folder.path()).is_ok() || !folder.path().exists());
        while !is_gone() && start.elapsed() < END {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// True if a process has this folder in its arguments. Where there is no `/proc`, none has.
fn is_named(folder: &Path) -> bool {
    let folder = folder.as_os_str().as_bytes();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let arguments = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    arguments.into_iter().any(|arguments| arguments.windows(folder.len()).any(|part| part == folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_what_the_driver_says() {
        assert_eq!(port("Starting\nChromeDriver was started successfully on port 40211.\n"), Some(40211));
        assert_eq!(port("ChromeDriver was started successfully on port 402"), None, "it has not said all");
        assert_eq!(port(""), None);
    }
}
