//! The `harness` command again, as a program of this crate.
//!
//! Cargo builds the programs of a crate before that crate's own tests, and of no other: so `cargo test` alone always runs
//! today's harness. Looking for `target/debug/harness` was rejected: it may be missing, or yesterday's.

use std::process::ExitCode;

fn main() -> ExitCode {
    host_harness::cli::main()
}
