//! The `harness` command: see [`harness`].

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    harness::main()
}
