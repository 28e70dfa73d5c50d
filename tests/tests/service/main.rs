//! The service as a whole: the program, its data folder, and clients that speak HTTP to it on loopback.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

mod api;
mod attacks;
mod breaking;
mod connectors;
mod disk;
mod faults;
mod forms;
mod keeping;
mod live;
mod moments;
mod plans;
mod privacy;
mod registry;
mod rights;
mod schedule;
mod starting;
mod telling;

/// The program under test.
const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");
