//! `harness serve` as an operator starts it: a program that says where it is, and how the first operator signs in.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// A running service. It is ended with this.
pub struct ServiceProcess {
    child: Child,
    said: BufReader<ChildStdout>,
    /// Where its pages are, without a slash at the end.
    pub origin: String,
}

impl ServiceProcess {
    /// Starts it with its data in a folder, on any port that is free.
    ///
    /// # Errors
    /// When it does not start; what it said is on standard error.
    pub fn start(program: &str, data: &Path, arguments: &[&OsStr]) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {program}"))?;
        let said = BufReader::new(child.stdout.take().context("its standard output")?);
        let mut service = Self { child, said, origin: String::new() };
        let line = service.line()?;
        let origin = line.split_whitespace().find(|word| word.starts_with("http"));
        ensure!(origin.is_some(), "the service did not start: {line}");
        origin.unwrap_or_default().trim_end_matches('/').clone_into(&mut service.origin);
        Ok(service)
    }

    /// The link with which the first operator signs in; for a new folder only.
    ///
    /// # Errors
    /// When it ends instead.
    pub fn operator_link(&mut self) -> Result<String> {
        loop {
            let line = self.line()?;
            ensure!(!line.is_empty(), "the service ended");
            if line.starts_with("http") {
                return Ok(line.trim().to_owned());
            }
        }
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        Ok(line)
    }
}

impl Drop for ServiceProcess {
    fn drop(&mut self) {
        // It may have ended by itself, and that was reported before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
