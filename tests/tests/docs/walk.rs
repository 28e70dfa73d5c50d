//! Runs the pages that are walk-throughs: every command as it is written, in a folder that looks like the repository after a
//! build. The output that a page shows has to be what the command prints.
//!
//! A plan's hash is another for each directory: one in a command is read from the plan that was saved, as a reader takes it
//! from their screen.
//!
//! The stand-in of the first block of "Work without Personio" gets a port of its own; the others meet it there. A line with
//! `…` alone in a text block leaves lines out: those with names that are invented anew each time, and those that would only
//! be long. Blocks that build, by cargo, are left out: the test that runs this was built already.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use whole_system_tests::mock_process::MockProcess;
use whole_system_tests::{component, repository};

use super::text::{blocks, page, section};

pub const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");
const LITTLE_CURL: &str = env!("CARGO_BIN_EXE_little-curl");
/// Where the stand-in of the page answers.
pub const ORIGIN: &str = "http://127.0.0.1:4010";
/// Stands between the outputs of two blocks.
const END: &str = "@@ end of a block";

/// A console block of the section, and the text block that shows its output.
pub struct Step {
    pub commands: Vec<String>,
    pub shown: String,
}

/// The steps of sections. A command begins with `$ `, and goes on to the next one: a here document has no prompts.
pub fn steps(sections: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (language, text) in blocks(sections) {
        match language {
            "console" => {
                let commands = text.strip_prefix("$ ").expect("a prompt").split("\n$ ");
                steps.push(Step { commands: commands.map(str::to_owned).collect(), shown: String::new() });
            }
            "text" => steps.last_mut().expect("a command before its output").shown.push_str(text),
            _ => {}
        }
    }
    steps.retain(|step| !step.commands.iter().all(|command| command.starts_with("cargo ")));
    steps
}

/// A folder with what the walk needs of the repository.
pub fn like_the_repository(folder: &Path) {
    fs::create_dir(folder.join("target")).unwrap();
    fs::create_dir_all(folder.join("tests/fixtures")).unwrap();
    fs::create_dir(folder.join("bin")).unwrap();
    symlink(component(), folder.join("target/personio.wasm")).unwrap();
    for fixture in ["acme", "mock"].map(|name| format!("tests/fixtures/{name}")) {
        symlink(repository().join(&fixture), folder.join(&fixture)).unwrap();
    }
    symlink(HARNESS, folder.join("bin/harness")).unwrap();
    if Command::new("curl").arg("--version").output().is_err() {
        symlink(LITTLE_CURL, folder.join("bin/curl")).unwrap();
    }
}

/// Runs commands in one shell, as a person would; gives what each block printed, stdout and stderr as they come.
pub fn walk(folder: &Path, steps: &[Step], stand_ins: &[(&str, &str)]) -> Vec<String> {
    let mut script = "set -e\nexec 2>&1\n".to_owned();
    for command in steps.iter().flat_map(|step| step.commands.iter().map(Some).chain([None])) {
        let there =
            |command: &String| stand_ins.iter().fold(command.clone(), |it, (shown, real)| it.replace(shown, real));
        let typed = |command: &String| with_their_hash(&there(command));
        script.push_str(&command.map_or_else(|| format!("echo '{END}'"), typed));
        script.push('\n');
    }
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh").arg("-c").arg(script).current_dir(folder).env("PATH", path).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let told = stand_ins.iter().fold(told, |told, (shown, real)| told.replace(real, shown));
    assert!(output.status.success(), "the walk does not go to its end:\n{told}");
    told.split(&format!("{END}\n")).map(str::to_owned).collect()
}

/// A command with the hash of the plan that was saved in the place of the one it shows.
fn with_their_hash(command: &str) -> String {
    const SAVED: &str = r#"$(sed -n 's/^  "hash": "\(.*\)",$/\1/p' target/demo/plan.json)"#;
    let shown = command.split_whitespace().find(|word| is_hash(word));
    shown.map_or_else(|| command.to_owned(), |shown| command.replace(shown, SAVED))
}

fn is_hash(word: &str) -> bool {
    word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit())
}

/// A line without what is different in every run: the run's name, the plan's hash, and what was measured.
fn settled(line: &str) -> String {
    let words: Vec<&str> = line.trim_end().split(' ').collect();
    let is_measured = |at: usize| {
        let unit = words.get(at + 1).map(|word| word.trim_end_matches([',', '.']));
        // How many texts there were to look for secrets in depends on the people whom a recording invents.
        let is_looked_through = words.get(at.wrapping_sub(1)) == Some(&"in") && unit == Some("responses");
        is_looked_through || unit.is_some_and(|unit| ["ms", "s", "MiB"].contains(&unit))
    };
    let is_time = |word: &str| {
        let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        shape == "0000-00-00" || shape == "00:00"
    };
    let is_new = |word: &str| is_hash(word) || (word.contains('T') && word.contains("Z-")) || is_time(word);
    let settled = words.iter().enumerate();
    settled.map(|(at, word)| if is_measured(at) || is_new(word) { "*" } else { word }).collect::<Vec<_>>().join(" ")
}

/// Holds what is shown against what was printed: every line, in its order.
pub fn compare(step: &Step, printed: &str) {
    let mut lines = printed.lines().map(settled);
    let mut may_skip = false;
    for shown in step.shown.lines() {
        if shown.trim() == "…" {
            may_skip = true;
            continue;
        }
        let shown = settled(shown);
        let found = if may_skip { lines.any(|line| line == shown) } else { lines.next() == Some(shown.clone()) };
        assert!(found, "the page shows\n    {shown}\nand {:?} printed\n{printed}", step.commands);
        may_skip = false;
    }
    let rest: Vec<String> = lines.collect();
    assert!(may_skip || step.shown.is_empty() || rest.is_empty(), "the page leaves out\n{}", rest.join("\n"));
}

/// Walks sections from a folder of its own; gives that folder.
fn walk_and_compare(sections: &str) -> tempfile::TempDir {
    let steps = steps(sections);
    assert!(steps.iter().any(|step| !step.shown.is_empty()), "a walk shows something");
    let folder = tempfile::tempdir().unwrap();
    like_the_repository(folder.path());
    let printed = walk(folder.path(), &steps, &[]);
    for (step, printed) in steps.iter().zip(&printed) {
        compare(step, printed);
    }
    folder
}

#[test]
fn the_tour_of_the_readme_is_what_happens() {
    let folder = walk_and_compare(section(&page("README.md"), "A tour"));
    assert!(folder.path().join("target/demo/acme-outbox").exists());
}

#[test]
fn the_first_sync_and_the_approval_are_what_happens() {
    let page = page("docs/tutorial.md");
    walk_and_compare(
        &["A first sync", "The same again", "Approve a plan"].map(|heading| section(&page, heading)).join("\n"),
    );
}

/// After a first sync, which is compared elsewhere.
#[test]
fn asking_about_one_person_is_what_happens() {
    let page = page("docs/tutorial.md");
    let mut all = steps(section(&page, "A first sync"));
    let asked = steps(section(&page, "Ask about one person"));
    let before = all.len();
    all.extend(asked);
    let folder = tempfile::tempdir().unwrap();
    like_the_repository(folder.path());
    let printed = walk(folder.path(), &all, &[]);
    let shown = || all.iter().zip(&printed).skip(before);
    assert!(shown().filter(|(step, _)| !step.shown.is_empty()).count() > 1, "the page shows answers");
    shown().for_each(|(step, printed)| compare(step, printed));
}

#[test]
fn the_walk_without_personio_is_what_happens() {
    let page = page("docs/tutorial.md");
    let steps = steps(section(&page, "Work without Personio"));
    let (first, rest) = steps.split_first().expect("a walk");
    let folder = tempfile::tempdir().unwrap();
    like_the_repository(folder.path());

    let [mock] = first.commands.as_slice() else { panic!("the first block is the stand-in's: {:?}", first.commands) };
    let arguments: Vec<&str> = mock.strip_prefix("harness mock ").expect("the stand-in").split_whitespace().collect();
    let stand_in = MockProcess::start(HARNESS, folder.path(), &arguments).unwrap();
    compare(first, &stand_in.said.replace(&stand_in.origin, ORIGIN));

    let printed = walk(folder.path(), rest, &[(ORIGIN, &stand_in.origin)]);
    for (step, printed) in rest.iter().zip(&printed) {
        compare(step, printed);
    }
    // It cleans up after itself.
    let left: Vec<_> =
        fs::read_dir(folder.path().join("target")).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(left, ["personio.wasm"]);
}
