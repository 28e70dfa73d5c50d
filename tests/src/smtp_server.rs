//! A mail server on loopback that counts the mails it takes (RFC 5321).

#![allow(clippy::unwrap_used, reason = "a test without its server is a failed test")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The server; its thread ends with the tests.
pub struct Sink {
    port: u16,
    delivered: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Sink {
    /// Starts it. A reader whose address holds one of these words gets this answer instead of mail.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start(refused: &'static [(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let delivered = Arc::<Mutex<BTreeMap<String, usize>>>::default();
        let counts = Arc::clone(&delivered);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counts = Arc::clone(&counts);
                // A client that is killed breaks the connection, which ends its thread and nothing else.
                thread::spawn(move || talk(stream, &counts, refused));
            }
        });
        Self { port, delivered }
    }

    /// What leads to it, for the end of a settings file that ends with `[mail]`.
    #[must_use]
    pub fn settings(&self) -> String {
        let port = self.port;
        format!(
            "\nfrom = \"sync@acme.example\"\n[mail.smtp]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n"
        )
    }

    /// The port it listens on, at 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// How often each mail was taken, by message ID without angle brackets.
    ///
    /// # Panics
    /// When the server broke.
    #[must_use]
    pub fn delivered(&self) -> BTreeMap<String, usize> {
        self.delivered.lock().unwrap().clone()
    }
}

/// A mail counts from the moment the server says that it has it.
fn talk(stream: TcpStream, counts: &Mutex<BTreeMap<String, usize>>, refused: &[(&str, &str)]) -> Option<()> {
    let mut answers = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines();
    answers.write_all(b"220 sink ESMTP\r\n").ok()?;
    loop {
        let line = lines.next()?.ok()?;
        let refusal = refused.iter().find(|(reader, _)| line.starts_with("RCPT") && line.contains(reader));
        if let Some((_, answer)) = refusal {
            answers.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
            continue;
        }
        let answer: &[u8] = match line.split([' ', ':']).next().unwrap_or_default() {
            "DATA" => {
                answers.write_all(b"354 go on\r\n").ok()?;
                let id = data(&mut lines)?;
                *counts.lock().unwrap().entry(id).or_default() += 1;
                b"250 taken\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        answers.write_all(answer).ok()?;
    }
}

/// Reads a mail up to its dot; gives its message ID.
fn data(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> Option<String> {
    let mut id = None;
    loop {
        let line = lines.next()?.ok()?;
        if line == "." {
            return id;
        }
        if let Some(value) = line.strip_prefix("Message-ID: ") {
            id = Some(value.trim_matches(['<', '>']).to_owned());
        }
    }
}
