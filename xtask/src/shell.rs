//! Running commands, and saying so: what starts, what it is for, and how long it took.
//!
//! A command's own output is never captured: somebody who waits for a compiler wants to see it work.

use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Announces a long step, does it, and says how long it took.
///
/// # Errors
/// Those of `work`.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {what}");
    let start = Instant::now();
    let result = work()?;
    eprintln!("    done in {}", seconds(start.elapsed()));
    Ok(result)
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started or does not succeed; the error shows the command.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", show(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", show(command));
    }
    Ok(())
}

/// Runs a command and gives what it printed; its errors are shown as they come.
///
/// # Errors
/// When it cannot be started, does not succeed, or prints something that is not UTF-8.
pub fn output(command: &mut Command) -> Result<String> {
    printed(command, Stdio::inherit())
}

/// As [`output`], for a question of our own: what the command says beside its answer is shown only when it fails.
///
/// # Errors
/// Those of [`output`], with what the command said.
pub fn quiet_output(command: &mut Command) -> Result<String> {
    printed(command, Stdio::piped())
}

fn printed(command: &mut Command, stderr: Stdio) -> Result<String> {
    let output = command.stderr(stderr).output().with_context(|| format!("cannot start `{}`", show(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{}", format!("`{}` failed ({})\n{said}", show(command), output.status).trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed something that is not UTF-8", show(command)))
}

/// True if a command can be started and succeeds; what it prints is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A command as one would type it, without its folder and variables.
pub fn show(command: &Command) -> String {
    std::iter::once(command.get_program()).chain(command.get_args()).map(quote).collect::<Vec<_>>().join(" ")
}

fn quote(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c));
    if plain { word.into_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("cargo");
        command.args(["test", "--", "it's here", ""]).env("SECRET", "not shown");
        assert_eq!(show(&command), r"cargo test -- 'it'\''s here' ''");
    }

    #[test]
    fn a_failure_names_the_command() {
        let missing = run(&mut Command::new("no-such-program-anywhere")).expect_err("it cannot start");
        assert!(missing.to_string().contains("no-such-program-anywhere"), "{missing}");
        let failed =
            run(Command::new("rustc").args(["--print", "nothing"]).stderr(Stdio::null())).expect_err("it fails");
        assert!(failed.to_string().contains("`rustc --print nothing` failed"), "{failed}");
        let quiet = quiet_output(Command::new("rustc").args(["--print", "nothing"])).expect_err("it fails");
        assert!(quiet.to_string().contains("nothing"), "with what the command said: {quiet}");
        assert!(quiet.to_string().lines().count() > 1, "with what the command said: {quiet}");
    }
}
