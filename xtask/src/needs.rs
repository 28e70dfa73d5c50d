//! Getting the programs that some tests need, in the order that costs the user least.
//!
//! 1. They are there: nothing to do.
//! 2. On Debian, as root: Debian's packages, once.
//! 3. The tests that need them are left out, every other test is run, and the last lines say so and what to type. In a CI
//!    that is a failure.
//!
//! Only this program leaves them out. A plain `cargo test` without a browser or a database fails: nobody would notice that it
//! tested less. A variable that makes them pass without was rejected for the same reason.

use std::env;

use anyhow::{Result, anyhow};

use crate::apt;
pub use programs::{BROWSER, Missing, NATS, Need, POSTGRESQL};

#[path = "../../tests/src/programs.rs"]
mod programs;

/// Everything that tests may need.
pub static ALL: [&Need; 3] = [&BROWSER, &POSTGRESQL, &NATS];

/// What a machine lets this program do.
#[derive(Debug, Clone, Copy)]
struct Machine {
    /// There is an apt-get.
    apt: bool,
    /// This program may install packages.
    root: bool,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Use,
    Install,
    LeaveOut(Missing),
}

/// Finds the programs, and installs what is missing where that may be done.
///
/// # Errors
/// When they cannot be had.
pub fn ensure(need: &'static Need) -> Result<(), Missing> {
    let mut tried = false;
    loop {
        let machine = || Machine { apt: apt::is_there(), root: apt::is_root() };
        match next(look(need), tried, machine) {
            Next::Use => return Ok(()),
            Next::LeaveOut(missing) => return Err(missing),
            Next::Install => {
                tried = true;
                if let Err(error) = apt::install(need.packages) {
                    eprintln!("    {error:#}");
                }
            }
        }
    }
}

fn look(need: &'static Need) -> Result<(), Missing> {
    need.find(env::var_os("PATH").as_deref()).map(drop)
}

/// The order of the module's documentation. The machine is asked only where something is missing.
fn next(found: Result<(), Missing>, tried: bool, machine: impl FnOnce() -> Machine) -> Next {
    let Err(missing) = found else { return Next::Use };
    if tried {
        return Next::LeaveOut(missing);
    }
    let Machine { apt, root } = machine();
    if apt && root { Next::Install } else { Next::LeaveOut(missing) }
}

/// True in a CI: every hosted one sets this variable.
pub fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !["", "0", "false"].iter().any(|no| value == *no))
}

/// How tests end of which some were left out: as the others ended, with a text that says so.
///
/// # Errors
/// Those of the tests; and in a CI, which tests everything.
pub fn end(tested: Result<()>, missing: &[Missing], is_ci: bool) -> Result<()> {
    let left_out: Vec<String> = missing.iter().map(not_tested).collect();
    match tested {
        tested if left_out.is_empty() => tested,
        Ok(()) if is_ci => {
            Err(anyhow!("{}\nBecause CI is set, what was not tested is a failure", left_out.join("\n\n")))
        }
        ended => {
            eprintln!("\n{}", left_out.join("\n\n"));
            ended
        }
    }
}

fn not_tested(missing: &Missing) -> String {
    let need = missing.need;
    // The tests of one subject alone, where they are all in one target.
    let arguments = match need.targets {
        [target] => format!("--test {target}"),
        _ => format!("{}::", need.module),
    };
    format!("NOT TESTED: {}. {missing}.\nThen type\n    cargo xtask test {arguments}", need.subject)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    fn missing() -> Missing {
        BROWSER.find(None).expect_err("nothing is on no path")
    }

    fn debian(root: bool) -> impl FnOnce() -> Machine {
        move || Machine { apt: true, root }
    }

    #[test]
    fn a_browser_that_is_there_is_used_and_nothing_is_asked() {
        assert_eq!(next(Ok(()), false, || unreachable!("nothing is missing")), Next::Use);
        assert_eq!(next(Ok(()), true, || unreachable!("nothing is missing")), Next::Use);
    }

    #[test]
    fn packages_are_installed_once_and_only_as_root() {
        assert_eq!(next(Err(missing()), false, debian(true)), Next::Install);
        assert_eq!(next(Err(missing()), true, debian(true)), Next::LeaveOut(missing()));
        assert_eq!(next(Err(missing()), false, debian(false)), Next::LeaveOut(missing()));
        let other = || Machine { apt: false, root: true };
        assert_eq!(next(Err(missing()), false, other), Next::LeaveOut(missing()));
    }

    #[test]
    fn what_was_left_out_is_a_failure_in_a_ci_and_nowhere_else() {
        assert!(end(Ok(()), &[missing()], false).is_ok());
        assert!(end(Ok(()), &[], true).is_ok());
        let text = end(Ok(()), &[missing()], true).expect_err("a failure").to_string();
        for part in ["NOT TESTED", "`chromedriver`, are not on the path", "apt-get install", "--test browser", "CI"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_failed_test_outweighs_what_was_left_out() {
        for is_ci in [false, true] {
            let error = end(Err(anyhow!("a test failed")), &[missing()], is_ci).expect_err("a failure");
            assert_eq!(error.to_string(), "a test failed");
        }
    }
}
