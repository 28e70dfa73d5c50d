//! A service of several processes, over a real database and a real queue, and what goes wrong with each of them.
//!
//! Servers, workers, `PostgreSQL`, NATS and the mail server are processes or sockets on loopback; a test kills them, stops them and cuts
//! their connections at a moment that it chooses ([`system::Gate`]), or that a seed chooses. Whatever it was, the same has to hold
//! afterwards: see [`system::Stage::is_whole`].
//!
//! Every test that needs a server is in [`in_postgresql`], so that `cargo xtask test` can leave them out by that name where there is
//! none. A plain `cargo test` fails there, and says what to type.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

mod in_postgresql;
mod system;

/// The program under test.
const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");
