//! "Work without Personio" in the README is a walk, and this walks it: every command of the section as it is written, in
//! a folder that looks like the repository after a build. What the README shows of a command's output is what it says.
//!
//! The stand-in of the first block gets a port of its own; the others meet it there. A line with `…` alone in a text block
//! leaves lines out: those with names that are invented anew each time, and those that would only be long.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use whole_system_tests::mock_process::StandIn;
use whole_system_tests::{component, repository};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");
const LITTLE_CURL: &str = env!("CARGO_BIN_EXE_little-curl");
const SECTION: &str = "\n## Work without Personio\n";
/// Where the README's stand-in answers.
const ORIGIN: &str = "http://127.0.0.1:4010";
/// Stands between the outputs of two blocks.
const END: &str = "@@ end of a block";

/// A console block of the section, and the text block that shows its output.
struct Step {
    commands: Vec<String>,
    shown: String,
}

/// The section's steps. A command begins with `$ `, and goes on to the next one: a here document has no prompts.
fn steps(readme: &str) -> Vec<Step> {
    let (_, section) = readme.split_once(SECTION).expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut steps: Vec<Step> = Vec::new();
    for (language, text) in blocks(section) {
        match language {
            "console" => {
                let commands = text.strip_prefix("$ ").expect("a prompt").split("\n$ ");
                steps.push(Step { commands: commands.map(str::to_owned).collect(), shown: String::new() });
            }
            "text" => steps.last_mut().expect("a command before its output").shown.push_str(text),
            _ => {}
        }
    }
    steps
}

/// Fenced blocks: their language and their text.
fn blocks(section: &str) -> Vec<(&str, &str)> {
    let mut parts = section.split("\n```");
    parts.next();
    // Every other part is what stands between two blocks.
    parts.step_by(2).filter_map(|part| part.split_once('\n')).collect()
}

/// A folder with what the walk needs of the repository.
fn like_the_repository(folder: &Path) {
    fs::create_dir(folder.join("target")).unwrap();
    fs::create_dir_all(folder.join("tests/fixtures")).unwrap();
    fs::create_dir(folder.join("bin")).unwrap();
    symlink(component(), folder.join("target/personio.wasm")).unwrap();
    symlink(repository().join("tests/fixtures/mock"), folder.join("tests/fixtures/mock")).unwrap();
    symlink(HARNESS, folder.join("bin/harness")).unwrap();
    if Command::new("curl").arg("--version").output().is_err() {
        symlink(LITTLE_CURL, folder.join("bin/curl")).unwrap();
    }
}

/// Runs commands in one shell, as a person would; gives what each block printed, stdout and stderr as they come.
fn walk(folder: &Path, steps: &[Step], origin: &str) -> Vec<String> {
    let mut script = "set -e\nexec 2>&1\n".to_owned();
    for command in steps.iter().flat_map(|step| step.commands.iter().map(Some).chain([None])) {
        script.push_str(&command.map_or_else(|| format!("echo '{END}'"), |command| command.replace(ORIGIN, origin)));
        script.push('\n');
    }
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh").arg("-c").arg(script).current_dir(folder).env("PATH", path).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap().replace(origin, ORIGIN);
    assert!(output.status.success(), "the walk does not go to its end:\n{told}");
    told.split(&format!("{END}\n")).map(str::to_owned).collect()
}

/// A line without what is another in every run: the run's name, the plan's hash, and what was measured.
fn settled(line: &str) -> String {
    let words: Vec<&str> = line.trim_end().split(' ').collect();
    let is_measured = |at: usize| {
        let unit = words.get(at + 1).map(|word| word.trim_end_matches([',', '.']));
        unit.is_some_and(|unit| ["ms", "s", "MiB"].contains(&unit))
    };
    let is_new = |word: &str| {
        let is_hash = word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit());
        is_hash || (word.contains('T') && word.contains("Z-"))
    };
    let settled = words.iter().enumerate();
    settled.map(|(at, word)| if is_measured(at) || is_new(word) { "*" } else { word }).collect::<Vec<_>>().join(" ")
}

/// Holds what is shown against what was printed: every line, in its order.
fn compare(step: &Step, printed: &str) {
    let mut lines = printed.lines().map(settled);
    let mut may_skip = false;
    for shown in step.shown.lines() {
        if shown.trim() == "…" {
            may_skip = true;
            continue;
        }
        let shown = settled(shown);
        let found = if may_skip { lines.any(|line| line == shown) } else { lines.next() == Some(shown.clone()) };
        assert!(found, "the README shows\n    {shown}\nand {:?} printed\n{printed}", step.commands);
        may_skip = false;
    }
    let rest: Vec<String> = lines.collect();
    assert!(may_skip || step.shown.is_empty() || rest.is_empty(), "the README leaves out\n{}", rest.join("\n"));
}

#[test]
fn the_walk_without_personio_is_what_happens() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let steps = steps(&readme);
    let (first, rest) = steps.split_first().expect("a walk");
    let folder = tempfile::tempdir().unwrap();
    like_the_repository(folder.path());

    let [mock] = first.commands.as_slice() else { panic!("the first block is the stand-in's: {:?}", first.commands) };
    let arguments: Vec<&str> = mock.strip_prefix("harness mock ").expect("the stand-in").split_whitespace().collect();
    let stand_in = StandIn::start(HARNESS, folder.path(), &arguments).unwrap();
    compare(first, &stand_in.said.replace(&stand_in.origin, ORIGIN));

    let printed = walk(folder.path(), rest, &stand_in.origin);
    for (step, printed) in rest.iter().zip(&printed) {
        compare(step, printed);
    }
    // It cleans up after itself.
    let left: Vec<_> =
        fs::read_dir(folder.path().join("target")).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(left, ["personio.wasm"]);
}

#[test]
fn every_fault_is_shown_with_what_it_does() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    for (written, meaning) in personio_mock::Fault::table() {
        let row = format!("| `{written}` | {meaning} |");
        assert!(readme.contains(&row), "the README's table of faults lacks: {row}");
    }
}
