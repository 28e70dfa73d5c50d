//! Requests and answers, byte by byte.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::PATIENCE;

/// Where a service answers; a restart moves it.
pub type Address = Arc<Mutex<String>>;

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its path and query, as they are sent.
    pub path: String,
    /// Its headers beside `Host` and `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), ..Self::default() }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a form.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.body = pairs.join("&").into_bytes();
        self.header("Content-Type", "application/x-www-form-urlencoded")
    }

    /// With JSON.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.header("Content-Type", "application/json")
    }
}

/// A text as a part of a path or form.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// The first header of this name; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// Where it leads.
    #[must_use]
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// Its body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The status and the body without what is another for every session and every request.
    #[must_use]
    pub fn essence(&self) -> (u16, String) {
        let mut body = self.body.clone();
        for (before, after) in [("name=\"csrf\" value=\"", "\""), ("<code>", "</code>")] {
            let mut cleaned = String::new();
            let mut rest = body.as_str();
            while let Some((left, right)) = rest.split_once(before) {
                cleaned.push_str(left);
                cleaned.push_str(before);
                rest = right.split_once(after).map_or("", |(_, right)| right);
                cleaned.push_str(after);
            }
            cleaned.push_str(rest);
            body = cleaned;
        }
        (self.status, body)
    }
}

/// What sends requests to a service.
#[derive(Clone)]
pub struct Wire {
    /// Where to.
    pub address: Address,
    /// What no answer may hold.
    pub secrets: Arc<Mutex<Vec<String>>>,
    /// Whether cookies have to be for TLS alone.
    pub is_secure: bool,
}

impl Wire {
    /// To this address.
    #[must_use]
    pub fn to(address: Address) -> Self {
        Self { address, secrets: Arc::default(), is_secure: false }
    }

    /// From now on no answer may hold this.
    ///
    /// # Panics
    /// When another test has panicked with it.
    pub fn keep_secret(&self, secret: &str) {
        self.secrets.lock().unwrap().push(secret.to_owned());
    }

    /// Sends a request, and reads the answer to its end.
    ///
    /// # Panics
    /// When there is no whole answer, or it lacks what every answer has, or it gives a secret away.
    #[must_use]
    pub fn send(&self, request: &Request) -> Answer {
        let answer =
            self.try_send(request).unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.path));
        self.look_at(request, &answer);
        answer
    }

    /// As [`Wire::send`], where there may be no service.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub fn try_send(&self, request: &Request) -> std::io::Result<Answer> {
        let mut stream = self.open(request)?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        parse(&bytes).ok_or_else(|| std::io::Error::other(format!("{} bytes are no answer", bytes.len())))
    }

    fn open(&self, request: &Request) -> std::io::Result<TcpStream> {
        let host = self.address.lock().unwrap().clone();
        let mut stream = TcpStream::connect(&host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut head = format!("{} {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n", request.method, request.path);
        for (name, value) in &request.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "Content-Length: {}\r\n\r\n", request.body.len());
        stream.write_all(head.as_bytes())?;
        stream.write_all(&request.body)?;
        Ok(stream)
    }

    /// Follows events.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    pub fn follow(&self, request: &Request) -> Stream {
        let stream = self.open(request).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut head, mut line) = (String::new(), String::new());
        while line != "\r\n" {
            line.clear();
            assert!(reader.read_line(&mut line).unwrap() > 0, "the head ends: {head}");
            head.push_str(&line);
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.to_ascii_lowercase().contains("content-type: text/event-stream"), "{head}");
        Stream { stream, reader }
    }

    /// Whether a stream of events is opened; it is closed again at once.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn opens(&self, request: &Request) -> bool {
        let stream = self.open(request).unwrap();
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        let _ = stream.shutdown(Shutdown::Both);
        line.starts_with("HTTP/1.1 200")
    }

    fn look_at(&self, request: &Request, answer: &Answer) {
        let place = format!("{} {} -> {}", request.method, request.path, answer.status);
        for (name, part) in [
            ("content-security-policy", "default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert!(answer.header(name).contains(part), "{place}: {name} is {:?}", answer.header(name));
        }
        let caching = answer.header("cache-control");
        assert!(caching == "no-store" || request.path.contains("/assets/"), "{place}: {caching}");
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{place}: {cookie}");
            assert_eq!(cookie.contains("Secure"), self.is_secure, "{place}: {cookie}");
        }
        let scripts = ["<script>", "javascript:", " onclick=", " style="];
        if answer.header("content-type").starts_with("text/html") && !request.path.ends_with("/mail") {
            assert!(!scripts.iter().any(|script| answer.body.contains(script)), "{place}: something inline");
        }
        let secrets = self.secrets.lock().unwrap();
        for secret in secrets.iter() {
            let is_there =
                answer.body.contains(secret) || answer.headers.iter().any(|(_, value)| value.contains(secret));
            assert!(!is_there, "{place}: the answer gives a secret away");
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let body = bytes.get(end + 4..)?;
    let is =
        |name: &str, value: &str| headers.iter().any(|(other, it)| other == name && it.eq_ignore_ascii_case(value));
    let body = if is("transfer-encoding", "chunked") { joined(body)? } else { body.to_vec() };
    Some(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// The chunks of a body; none if the last one is missing.
fn joined(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|part| part == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(rest.get(..end)?).ok()?, 16).ok()?;
        rest = rest.get(end + 2..)?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..length)?);
        rest = rest.get(length + 2..)?;
    }
}

/// Server-sent events.
pub struct Stream {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Stream {
    /// Waits for an event; false if the stream ends first.
    ///
    /// # Panics
    /// When nothing comes for very long.
    pub fn event(&mut self) -> bool {
        let mut line = String::new();
        loop {
            line.clear();
            match self.reader.read_line(&mut line) {
                Ok(0) => return false,
                Ok(_) if line.starts_with("data: changed") => return true,
                Ok(_) => {}
                Err(error) => panic!("no event: {error}"),
            }
        }
    }

    /// Whether an event comes within this time.
    ///
    /// # Panics
    /// When the socket fails.
    pub fn event_within(&mut self, time: Duration) -> bool {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let mut line = String::new();
        let came = loop {
            line.clear();
            match self.reader.read_line(&mut line) {
                Ok(0) | Err(_) => break false,
                Ok(_) if line.starts_with("data: changed") => break true,
                Ok(_) => {}
            }
        };
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        came
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // It may be closed already.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
