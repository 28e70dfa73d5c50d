//! The files that a server is set up with, compared with what the service takes and says.

use std::collections::BTreeSet;
use std::fs;

use whole_system_tests::repository;

use super::pages::help;
use super::text::page;

const FOLDER: &str = "host-harness/deploy";

fn file(name: &str) -> String {
    fs::read_to_string(repository().join(FOLDER).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The options in a text, without those of the lines that call other programs.
fn options(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| c.is_whitespace() || "\"',=".contains(c)).filter(|word| word.starts_with("--")).collect()
}

/// A text from a word up to the end of its command: the first line that does not end in a backslash.
fn command<'t>(text: &'t str, from: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no `{from}`"));
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        end += line.len();
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    rest.get(..end).unwrap_or_default()
}

#[test]
fn every_option_of_the_files_and_the_page_is_one_of_serve() {
    let help = help(&["serve"]);
    let known = options(&help);
    let (unit, image, page) = (file("harness.service"), file("Containerfile"), page("docs/deploy.md"));
    let proxies = [file("nginx.conf"), file("Caddyfile")];
    let commands = [
        command(&unit, "ExecStart="),
        command(&image, "CMD ["),
        command(&page, "HARNESS_OPTIONS="),
        command(&page, "    harness serve "),
        command(&proxies[0], "Start the service with:"),
        command(&proxies[1], "Start the service with:"),
    ];
    for text in commands {
        let used = options(text);
        assert!(!used.is_empty(), "{text}");
        assert!(used.is_subset(&known), "{used:?} are not all among {known:?}");
    }
}

#[test]
fn one_port_is_meant_everywhere() {
    assert!(help(&["serve"]).contains("127.0.0.1:8420"), "the default");
    for (name, port) in [
        ("harness.service", "SocketBindAllow=ipv4:tcp:8420"),
        ("Containerfile", "EXPOSE 8420"),
        ("nginx.conf", "proxy_pass http://127.0.0.1:8420;"),
        ("Caddyfile", "reverse_proxy 127.0.0.1:8420"),
    ] {
        assert!(file(name).contains(port), "{name} lacks {port}");
    }
}

#[test]
fn the_page_names_every_file_of_the_folder() {
    let text = page("docs/deploy.md");
    for entry in fs::read_dir(repository().join(FOLDER)).expect("the folder") {
        let name = entry.expect("a file").file_name().into_string().expect("a name");
        assert!(name.ends_with(".dockerignore") || text.contains(&name), "docs/deploy.md does not name {name}");
    }
}

/// The image is built with the Rust that the workspace asks for.
#[test]
fn the_image_is_built_by_the_rust_of_the_workspace() {
    let rust = env!("CARGO_PKG_RUST_VERSION");
    assert!(file("Containerfile").contains(&format!("FROM rust:{rust}-")), "rust-version is {rust}");
}

#[test]
fn options_are_told_from_values() {
    let text = "HARNESS_OPTIONS=--url https://hr.example --log json \\\n  \"--data\", x\n--other";
    assert_eq!(options(command(text, "HARNESS_OPTIONS=")), BTreeSet::from(["--url", "--log", "--data"]));
}
