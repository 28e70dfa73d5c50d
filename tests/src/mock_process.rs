//! `harness mock` as a person starts it: a program that says where it listens.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};

/// A running stand-in. It is ended with this.
pub struct MockProcess {
    child: Child,
    /// Where it answers.
    pub origin: String,
    /// All that it said when it started.
    pub said: String,
}

impl MockProcess {
    /// Starts it, on any port that is free.
    ///
    /// # Errors
    /// When it does not start; with what it said.
    pub fn start(program: &str, folder: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.current_dir(folder).arg("mock").args(arguments).args(["--port", "0"]);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("its standard output")?);
        let mut said = String::new();
        // The last line of what it says; a stand-in that could not start has said everything before it.
        while !said.ends_with("/_admin/requests\n") && lines.read_line(&mut said)? > 0 {}
        let origin = said.split_whitespace().find(|word| word.starts_with("http://127.0.0.1:"));
        let origin = origin.map(str::to_owned);
        let stand_in = Self { child, origin: origin.clone().unwrap_or_default(), said };
        ensure!(origin.is_some(), "it did not start: {}", stand_in.said);
        Ok(stand_in)
    }

    /// What it answers to a `GET`: the body.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub fn get(&self, path: &str) -> anyhow::Result<String> {
        request("GET", &format!("{}{path}", self.origin), None)
    }
}

/// One request over plain HTTP, with a body of JSON if there is one; gives the answer's body.
///
/// # Errors
/// When it cannot be sent or read.
pub fn request(method: &str, url: &str, json: Option<&str>) -> anyhow::Result<String> {
    request_with(method, url, json, &[])
}

/// [`request`] with more header fields, each a line.
///
/// # Errors
/// When it cannot be sent or read.
pub fn request_with(method: &str, url: &str, json: Option<&str>, fields: &[String]) -> anyhow::Result<String> {
    let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).context("a URL")?;
    let body = json.unwrap_or_default();
    let kind = if json.is_some() { "Content-Type: application/json\r\n" } else { "" };
    let fields = fields.iter().fold(String::new(), |fields, field| fields + field + "\r\n");
    let mut stream = TcpStream::connect(host)?;
    let length = body.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{kind}{fields}Content-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").context("an answer's head")?;
    Ok(body.to_owned())
}

impl Drop for MockProcess {
    fn drop(&mut self) {
        // It may have ended by itself, and that was reported before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
