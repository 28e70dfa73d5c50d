//! Compiling in a process of its own: what a program has to do for it.
//!
//! A component is compiled before any of it runs, and the compiler can be neither stopped nor held to a memory limit from
//! within its process: a few kilobytes of WebAssembly take minutes, and a few hundred bytes take gigabytes and abort. So the
//! host starts its own program once more, as a compiler that limits itself, compiles one component, and ends. A program takes
//! part by one call at the start of its `main`:
//!
//! ```no_run
//! connector_host::compile::run_as_compiler_if_asked();
//! // … and only then its arguments, its threads, its runtime.
//! ```
//!
//! A program that does not make the call compiles in its own process, bounded by `component-mib` alone: there is nothing that it
//! could start. It can name a program that does, with [`HostBuilder::compiler`](crate::sandbox::HostBuilder::compiler).
//!
//! Rejected: judging components before compiling them (no count of blocks, locals or functions tells a bomb from a language
//! runtime of 12 MB that is honest), another compiler (each has bombs of its own), and a thread (it cannot be ended).

use std::sync::atomic::{AtomicBool, Ordering};

use crate::sandbox::compiler::child;

/// Whether this program's `main` made the call.
static TAKES_PART: AtomicBool = AtomicBool::new(false);

/// Compiles, and ends the process, if the host started it to compile. Otherwise it returns at once, and the host may start this
/// program for that.
///
/// The first thing in `main`: before the command line is read, and before any thread is started.
pub fn run_as_compiler_if_asked() {
    TAKES_PART.store(true, Ordering::Relaxed);
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == child::ARGUMENT) {
        std::process::exit(child::run(arguments));
    }
}

/// Whether this program can be started as a compiler.
pub(crate) fn takes_part() -> bool {
    TAKES_PART.load(Ordering::Relaxed)
}
