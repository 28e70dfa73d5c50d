//! Queues in a file, and with their real servers: what they promise, what is wrong with a server at the start, and what happens to it later.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

mod in_nats;
mod in_postgresql;
mod in_sqlite;
