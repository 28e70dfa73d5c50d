//! A wire between a client and `PostgreSQL` that counts the statements that go over it, and can be cut at one.
//!
//! It reads the client's messages as the protocol has them (version 3, without TLS), and of the server's answers only that there
//! is one.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;

/// Where a wire is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before this statement comes to the server.
    Before(&'static str),
    /// After it was executed, and before its answer comes back.
    After(&'static str),
}

/// A wire, which is open as long as the program runs.
#[derive(Clone)]
pub struct Wire {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    statements: u64,
    cut: Option<Cut>,
}

impl Wire {
    /// One to the server on this port.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn to(server: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let wire = Self { port: listener.local_addr()?.port(), state: Arc::default() };
        let of_thread = wire.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A server that is away is one that hangs up.
                if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) {
                    of_thread.connect(&client, &server);
                }
            }
        });
        Ok(wire)
    }

    /// Where clients connect.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// How many statements went over it since it was last asked.
    #[must_use]
    pub fn take_statements(&self) -> u64 {
        std::mem::take(&mut self.state().statements)
    }

    /// Cuts the connection of whoever executes this statement next. Once.
    pub fn cut(&self, at: Cut) {
        self.state().cut = Some(at);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self, client: &TcpStream, server: &TcpStream) {
        // Once it is set, answers are lost.
        let is_lost = Arc::new(AtomicBool::new(false));
        let (Ok(from_client), Ok(from_server)) = (client.try_clone(), server.try_clone()) else { return };
        let (Ok(to_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else { return };
        let (wire, lose) = (self.clone(), Arc::clone(&is_lost));
        thread::spawn(move || wire.requests(from_client, to_server, &lose));
        thread::spawn(move || answers(from_server, to_client, &is_lost));
    }

    /// Ends with the connection, or where it is cut.
    fn requests(&self, mut client: TcpStream, mut server: TcpStream, lose: &AtomicBool) {
        let mut is_first = true;
        while let Ok(message) = Message::read(&mut client, is_first) {
            is_first = false;
            if !self.note(&message, lose) || server.write_all(&message.bytes).is_err() {
                break;
            }
        }
        let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
    }

    /// False if it is not to be passed on.
    fn note(&self, message: &Message, lose: &AtomicBool) -> bool {
        let mut state = self.state();
        state.statements += u64::from(message.is_statement());
        match state.cut {
            Some(Cut::Before(statement)) if message.is(statement) => {
                state.cut = None;
                false
            }
            Some(Cut::After(statement)) if message.is(statement) => {
                state.cut = None;
                lose.store(true, Ordering::SeqCst);
                true
            }
            _ => true,
        }
    }
}

fn answers(mut server: TcpStream, mut client: TcpStream, is_lost: &AtomicBool) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(length @ 1..) = server.read(&mut bytes) {
        let part = bytes.get(..length).unwrap_or_default();
        if is_lost.load(Ordering::SeqCst) || client.write_all(part).is_err() {
            break;
        }
    }
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}

/// A client's message, with its length; every one but the first has a letter before it.
struct Message {
    bytes: Vec<u8>,
    letter: Option<u8>,
}

impl Message {
    fn read(client: &mut TcpStream, is_first: bool) -> std::io::Result<Self> {
        let mut bytes = vec![0; if is_first { 4 } else { 5 }];
        client.read_exact(&mut bytes)?;
        let letter = if is_first { None } else { bytes.first().copied() };
        let length = bytes.last_chunk::<4>().map_or(4, |length| u32::from_be_bytes(*length) as usize);
        let (start, rest) = (bytes.len(), length.saturating_sub(4));
        bytes.resize(start + rest, 0);
        client.read_exact(bytes.get_mut(start..).unwrap_or_default())?;
        Ok(Self { bytes, letter })
    }

    /// A simple query, or the execution of a prepared one.
    fn is_statement(&self) -> bool {
        matches!(self.letter, Some(b'Q' | b'E'))
    }

    fn is(&self, statement: &str) -> bool {
        let text = self.bytes.get(5..).and_then(|text| text.strip_suffix(b"\0"));
        self.letter == Some(b'Q') && text == Some(statement.as_bytes())
    }
}
