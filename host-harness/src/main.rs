//! The `harness` command: see [`host_harness::cli`].

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    host_harness::cli::main()
}
