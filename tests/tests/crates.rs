//! The crates of the host depend on each other in one direction, and `connector-host` brings nothing that an embedder did
//! not ask for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;
use whole_system_tests::repository;

/// From the lowest to the highest. A crate may depend on those of earlier lines only, also in its tests.
const LEVELS: [&[&str]; 11] = [
    &["connector-common", "hostile", "api-listing", "xtask"],
    &["connector-kit", "connector-host"],
    &["personio-connector", "csv-connector", "broken", "connector-settings", "connector-database"],
    &["connector-sync", "personio-mock", "connector-queue"],
    &["connector-store-conformance", "connector-queue-conformance"],
    &["connector-store", "connector-store-postgres", "connector-report", "connector-cassette"],
    &["connector-mail", "connector-console"],
    &["connector-conformance", "connector-fleet"],
    &["connector-embed", "connector-service"],
    &["harness"],
    &["whole-system-tests"],
];

/// What only a command line, a server, a database, a mail or a HAR file needs.
const NOT_IN_THE_HOST: [&str; 14] = [
    "clap",
    "axum",
    "rusqlite",
    "libsqlite3-sys",
    "sqlx",
    "tokio-postgres",
    "async-nats",
    "lettre",
    "har",
    "indicatif",
    "comfy-table",
    "anstream",
    "terminal_size",
    "console",
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Whether it is of this workspace.
    path: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// None for what is compiled in; else "dev" or "build".
    kind: Option<String>,
}

fn metadata() -> Metadata {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(repository())
        .args(["metadata", "--locked", "--format-version", "1"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn no_crate_depends_on_a_higher_one() {
    let metadata = metadata();
    let levels: BTreeMap<&str, usize> =
        LEVELS.iter().enumerate().flat_map(|(level, names)| names.iter().map(move |name| (*name, level))).collect();
    let level = |name: &str| *levels.get(name).unwrap_or_else(|| panic!("say in LEVELS where {name} belongs"));
    let members = metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id));
    for package in members {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            let (higher, lower) = (&package.name, &dependency.name);
            assert!(level(lower) < level(higher), "{higher} depends on {lower}, which is not below it");
        }
    }
}

#[test]
fn connector_host_brings_no_command_line_server_database_or_mail() {
    let metadata = metadata();
    let names: BTreeMap<&str, &str> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
    let nodes: BTreeMap<&str, &Node> = metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let host = metadata.packages.iter().find(|package| package.name == "connector-host").unwrap();
    let (mut open, mut found) = (vec![host.id.as_str()], BTreeSet::new());
    while let Some(id) = open.pop() {
        if found.insert(names[id]) {
            let compiled_in = |edge: &&Edge| edge.dep_kinds.iter().any(|kind| kind.kind.is_none());
            open.extend(nodes[id].deps.iter().filter(compiled_in).map(|edge| edge.pkg.as_str()));
        }
    }
    assert!(found.contains("wasmtime"), "the tree was not walked: {found:?}");
    for name in NOT_IN_THE_HOST {
        assert!(!found.contains(name), "connector-host depends on {name}");
    }
}
