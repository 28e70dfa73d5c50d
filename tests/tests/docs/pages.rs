//! Tables and examples of the pages, compared with what the code says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use connector_host::sandbox::Limits;
use connector_report::catalogue;
use connector_settings::Language;
use connector_settings::file;
use personio_mock::Fault;
use serde_json::Value;
use whole_system_tests::desk::Desk;
use whole_system_tests::tenants::Tenants;
use whole_system_tests::{component, repository};

use super::text::{block, blocks, page, pages, section};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// The README is an entrance. What does not fit into it has a page in `docs/`.
const MOST_LINES: usize = 200;

fn harness(arguments: &[&str]) -> Output {
    Command::new(HARNESS).args(arguments).output().expect("it runs")
}

pub fn help(words: &[&str]) -> String {
    let output = harness(&[words, &["--help"]].concat());
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_readme_stays_short() {
    let lines = page("README.md").lines().count();
    assert!(lines <= MOST_LINES, "README.md has {lines} lines; move what is new to docs/");
}

#[test]
fn every_page_begins_with_what_it_is_for() {
    for path in pages() {
        let text = page(&path);
        let mut lines = text.lines();
        assert!(lines.next().is_some_and(|line| line.starts_with("# ")), "{path} begins with its title");
        assert_eq!(lines.next(), Some(""), "{path}");
        let sentence = lines.next().unwrap_or_default();
        assert!(sentence.starts_with(char::is_uppercase), "{path}: a sentence comes after the title, not: {sentence}");
    }
}

#[test]
fn the_settings_shown_are_settings_that_load() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("acme.toml");
    fs::write(&path, block(&page("docs/settings.md"), "toml")).expect("written");
    let settings = file::load_with(&path, |_| Some("a secret".to_owned())).expect("they load");
    assert_eq!(settings.kind, "personio");
    assert!(settings.mail.is_some_and(|mail| mail.smtp.is_some()));
}

#[test]
fn the_mistakes_shown_are_what_such_a_file_is_refused_with() {
    let text = page("docs/settings.md");
    let shown = blocks(section(&text, "Mistakes"));
    let [("toml", wrong), ("text", refusal)] = shown.as_slice() else { panic!("a file and its refusal: {shown:?}") };
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("acme.toml"), wrong).expect("written");
    let component = component();
    let sync = ["sync", "--settings", "acme.toml", "--live", "--directory", "acme.db", "--component"];
    let output = Command::new(HARNESS).args(sync).arg(component).current_dir(folder.path()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr).trim_end(), refusal.trim_end());
}

/// With `UPDATE_EXPECT=1` the page is written again.
#[test]
fn the_catalogue_shown_is_the_catalogue() {
    let (table, path) = (catalogue::markdown(Language::En), "docs/codes.md");
    let text = page(path);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let before = text.split("| code |").next().unwrap_or_default();
        fs::write(repository().join(path), format!("{before}{table}")).expect("written");
        return;
    }
    assert!(text.contains(&table), "UPDATE_EXPECT=1 writes the table of {path}, which is to be:\n{table}");
    let rows = |text: &str| text.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows(&text), rows(&table), "{path} has a code that the catalogue does not have");
}

#[test]
fn every_limit_is_shown_with_its_default() {
    let text = page("docs/limits.md");
    let rows = Limits::default().rows();
    for (key, value) in &rows {
        let row = format!("| `{key}` | {value} |");
        assert!(text.contains(&row), "the table of limits lacks: {row}");
    }
    assert_eq!(text.lines().filter(|line| line.starts_with("| `")).count(), rows.len(), "a limit that does not exist");
}

#[test]
fn the_figures_that_need_no_clock_are_the_committed_ones() {
    let text = page("docs/figures.md");
    let committed = fs::read_to_string(repository().join("tests/figures.json")).expect("the figures");
    let committed: BTreeMap<String, u64> = serde_json::from_str(&committed).expect("figures");
    for (name, value) in committed {
        let digits = value.to_string();
        let groups: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().filter_map(|part| str::from_utf8(part).ok()).collect();
        let row = format!("| {name} | {} |", groups.join(","));
        assert!(text.contains(&row), "docs/figures.md lacks: {row}");
    }
}

#[test]
fn every_verb_of_the_command_line_is_shown() {
    let text = page("docs/command-line.md");
    for verb in harness::verbs() {
        assert!(text.contains(&format!("| `harness {verb}")), "the table of commands lacks {verb}");
    }
}

#[test]
fn every_option_of_the_command_line_is_shown() {
    let text = page("docs/command-line.md");
    let shown = long_options(section(&text, "Options"));
    let mut there = BTreeSet::new();
    for verb in harness::verbs() {
        let verb = verb.as_str();
        let parts: &[&str] = match verb {
            "directory" => &["import", "show", "relink", "unlink"],
            "cassette" => &["import", "export"],
            "tenant" => &["add", "list", "link", "token"],
            "keys" => &["rotate"],
            _ => &[],
        };
        there.extend(long_options(&help(&[verb])));
        for &part in parts {
            there.extend(long_options(&help(&[verb, part])));
        }
    }
    for everywhere in ["--help", "--version"] {
        there.remove(everywhere);
    }
    assert_eq!(shown, there);
}

/// Every `--option` of a text.
fn long_options(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '-';
    let options = text
        .split(|c: char| !is_part(c))
        .filter(|word| word.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase())));
    options.map(str::to_owned).collect()
}

#[test]
fn every_exit_code_is_shown() {
    let (text, help) = (page("docs/command-line.md"), help(&[]));
    let (_, codes) = help.split_once("Exit codes:\n").expect("the table of exit codes");
    let codes: Vec<(&str, &str)> = codes.lines().filter_map(|line| line.trim().split_once("  ")).collect();
    assert_eq!(codes.len(), 6, "{help}");
    for (code, meaning) in codes {
        let row = format!("| {code} | {}", meaning.trim());
        assert!(text.contains(&row), "the table of exit codes lacks: {row}");
    }
}

#[test]
fn every_key_of_the_json_is_shown() {
    let text = page("docs/json.md");
    let tenants = Tenants::none();
    tenants.add("acme", "acme", "");
    let folder = tenants.tenant("acme");
    let [settings, exchanges, directory] = ["settings.toml", "exchanges", "directory.db"].map(|name| folder.join(name));
    let [settings, exchanges, directory, component] =
        [&settings, &exchanges, &directory, &component()].map(|path| path.to_str().expect("a path in text").to_owned());
    let source =
        ["--settings", &settings, "--replay", &exchanges, "--directory", &directory, "--component", &component];
    let output = harness(&[["sync", "--dry-run", "--format", "json"].as_slice(), &source].concat());
    let run: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut keys = BTreeSet::new();
    collect_keys(&run, &mut keys);
    assert!(keys.len() > 30, "{keys:?}");
    for key in keys {
        assert!(text.contains(&format!("\"{key}\"")), "docs/json.md lacks the key {key}");
    }
}

/// Every key of every answer: of somebody changed, in conflict, held by a guard, by a blocked plan, and of a source that
/// cannot be read.
#[test]
fn every_key_of_the_json_of_one_person_is_shown() {
    let text = page("docs/json.md");
    let text = section(&text, "One person");
    let desk = Desk::furnished(HARNESS, "acme");
    let mut keys = BTreeSet::new();
    let mut ask = |employee: &str| {
        let ran = desk.replay("explain", &[employee, "--values", "--format", "json"]);
        collect_keys(&serde_json::from_str(&ran.stdout).expect("JSON"), &mut keys);
    };
    for employee in ["4701", "4705", "4709", "4711"] {
        ask(employee);
    }
    assert_eq!(desk.replay("sync", &[]).code, Some(0));
    for decision in [["relink", "a-friedrich", "4711"].as_slice(), &["unlink", "a-boehm"]] {
        let rest = ["--reason", "Somebody said so", "--directory", "accounts.db"];
        assert_eq!(desk.harness(&[&["directory"], decision, &rest].concat()).code, Some(0));
    }
    let settings = String::from_utf8(desk.read("settings.toml")).expect("text");
    desk.write(
        "settings.toml",
        settings + "\n[statuses]\nonboarding = \"inactive\"\nactive = \"inactive\"\nleave = \"inactive\"\n",
    );
    for employee in ["4701", "4703", "4711"] {
        ask(employee);
    }
    desk.exchange(3, |exchange| {
        exchange["response"]["json"]["data"] = Value::Array(Vec::new());
        exchange["response"]["json"]["metadata"]["total_elements"] = 0.into();
    });
    ask("4703");
    desk.exchange(1, |exchange| exchange["response"]["status"] = 403.into());
    ask("4703");
    assert!(keys.len() > 50, "{keys:?}");
    for key in keys {
        assert!(text.contains(&format!("\"{key}\"")), "docs/json.md lacks the key {key} of one person");
    }
}

/// The keys of a value and of all below it, but for those that are codes.
fn collect_keys(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                keys.insert(key.clone());
                if key != "exclusions" {
                    collect_keys(value, keys);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| collect_keys(value, keys)),
        _ => {}
    }
}

#[test]
fn every_fault_is_shown_with_what_it_does() {
    let text = page("docs/recordings.md");
    for (written, meaning) in Fault::table() {
        let row = format!("| `{written}` | {meaning} |");
        assert!(text.contains(&row), "the table of faults lacks: {row}");
    }
}

/// The words of a newcomer's first change are those of the catalogue.
#[test]
fn the_first_change_changes_what_is_there() {
    let text = page("CONTRIBUTING.md");
    let notice = catalogue::entry("person-gone", Language::De).expect("the notice");
    assert!(text.contains(&format!("de.remedy = \"{}\"", notice.remedy(1, None))));
    assert!(text.contains(&format!("de.sentence.one = \"{}\"", notice.sentence(1, None))));
}

/// A newcomer finds everything where the table says it is.
#[test]
fn the_places_that_contributing_names_exist() {
    let text = page("CONTRIBUTING.md");
    let rows: Vec<&str> = section(&text, "Where things are").lines().filter(|line| line.ends_with("` |")).collect();
    assert!(rows.len() > 10);
    let place = |row: &str| row.rsplit('`').nth(1).map(|place| repository().join(place)).expect("a place");
    let lost: Vec<&str> = rows.into_iter().filter(|row| !Path::new(&place(row)).exists()).collect();
    assert!(lost.is_empty(), "CONTRIBUTING.md names places that are not there:\n{}", lost.join("\n"));
}
