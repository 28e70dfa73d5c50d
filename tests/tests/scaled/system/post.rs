//! A mail server that counts the mails it takes, and can be told to keep its answer to itself (RFC 5321).

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use whole_system_tests::service_client::wait_for;

/// The server; its thread ends with the tests.
pub struct Post {
    port: u16,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    taken: BTreeMap<String, usize>,
    /// Whether mails are taken without a word.
    is_silent: bool,
    silences: usize,
}

impl Post {
    /// Starts it.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<(Mutex<State>, Condvar)>::default();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that is killed breaks the connection, which ends its thread and nothing else.
                thread::spawn(move || talk(stream, &shared));
            }
        });
        Self { port, state }
    }

    /// What leads a service to it.
    pub fn settings(&self) -> String {
        let port = self.port;
        format!(
            "[mail]\nfrom = \"sync@platform.example\"\n[mail.smtp]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n"
        )
    }

    /// Takes mails from now on and does not say so: they are out, and nobody knows.
    pub fn fall_silent(&self) {
        self.state.0.lock().unwrap().is_silent = true;
    }

    /// Waits until somebody waits for an answer.
    pub fn wait(&self) {
        wait_for("mail in flight", || (self.state.0.lock().unwrap().silences > 0).then_some(()));
    }

    /// Answers again, and what it owes.
    pub fn speak(&self) {
        self.state.0.lock().unwrap().is_silent = false;
        self.state.1.notify_all();
    }

    /// How often each mail of a sync was taken, by message ID without angle brackets. Those to people who are to sign in are left out.
    pub fn taken(&self) -> BTreeMap<String, usize> {
        let taken = self.state.0.lock().unwrap().taken.clone();
        taken.into_iter().filter(|(id, _)| !id.starts_with("welcome-")).collect()
    }
}

fn talk(stream: TcpStream, shared: &(Mutex<State>, Condvar)) -> Option<()> {
    let mut answers = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines();
    answers.write_all(b"220 post ESMTP\r\n").ok()?;
    loop {
        let line = lines.next()?.ok()?;
        let answer: &[u8] = match line.split([' ', ':']).next().unwrap_or_default() {
            "DATA" => {
                answers.write_all(b"354 go on\r\n").ok()?;
                let id = message_id(&mut lines)?;
                let mut state = shared.0.lock().unwrap();
                *state.taken.entry(id).or_default() += 1;
                if state.is_silent {
                    state.silences += 1;
                    state = shared.1.wait_while(state, |state| state.is_silent).unwrap();
                    state.silences -= 1;
                }
                drop(state);
                b"250 taken\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        answers.write_all(answer).ok()?;
    }
}

/// Reads a mail up to its dot.
fn message_id(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> Option<String> {
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
