//! Directory files that cannot be used.
//!
//! Read-only is judged by the permission bits, so that these cases hold for a privileged user too.

use std::fs;
use std::path::Path;

use super::{Case, check, civil, desk, errors};

fn read_only(path: &Path, is: bool) {
    let mut permissions = fs::metadata(path).expect("it is there").permissions();
    permissions.set_readonly(is);
    fs::set_permissions(path, permissions).expect("it is ours");
}

const CASES: &[Case] = &[
    Case {
        name: "no database",
        spoil: |desk| desk.write("accounts.db", "Name;E-Mail\n".repeat(100)),
        arguments: &[],
        code: 1,
        says: "error: accounts.db is not a SQLite database; name another file, or move this one away",
    },
    Case {
        name: "somebody else's database",
        spoil: |desk| {
            fs::remove_file(desk.path("accounts.db")).expect("it was there");
            let other = rusqlite::Connection::open(desk.path("accounts.db")).expect("a database");
            other.execute_batch("CREATE TABLE invoices (number INTEGER)").expect("a table");
        },
        arguments: &[],
        code: 1,
        says: "error: accounts.db is the database of another application; name another file for the directory",
    },
    Case {
        name: "a newer harness' database",
        spoil: |desk| {
            let newer = rusqlite::Connection::open(desk.path("accounts.db")).expect("a database");
            newer.pragma_update(None, "user_version", 99).expect("a version");
        },
        arguments: &[],
        code: 1,
        says: "error: accounts.db was written by a newer harness (schema 99, but this one supports up to 6); use the newer harness",
    },
    Case {
        name: "a read-only file",
        spoil: |desk| read_only(&desk.path("accounts.db"), true),
        arguments: &[],
        code: 1,
        says: "error: accounts.db is read-only; make it writable, or name another file",
    },
    Case {
        name: "a folder",
        spoil: |desk| {
            fs::remove_file(desk.path("accounts.db")).expect("it was there");
            fs::create_dir(desk.path("accounts.db")).expect("a folder");
        },
        arguments: &[],
        code: 1,
        says: "error: accounts.db is a folder; name a file in it, such as acme.db",
    },
];

#[test]
fn a_file_that_is_not_our_directory_is_left_alone() {
    check(CASES);
}

#[test]
fn a_folder_that_is_not_there_or_read_only_is_named() {
    let desk = desk();
    fs::create_dir(desk.path("closed")).expect("a folder");
    read_only(&desk.path("closed"), true);
    for (path, says) in [
        ("nowhere/accounts.db", "error: the folder nowhere does not exist; create it, or name a file in another one"),
        (
            "closed/accounts.db",
            "error: the folder closed is read-only, and the directory's journal is written there; make it writable",
        ),
    ] {
        let ran = desk.harness(&["directory", "import", "directory.json", "--directory", path]);
        civil(path, &ran);
        assert_eq!((errors(&ran).as_str(), ran.code), (says, Some(1)));
    }
    read_only(&desk.path("closed"), false);
}

#[test]
fn a_read_only_directory_can_be_looked_at_and_planned_against() {
    let desk = desk();
    read_only(&desk.path("accounts.db"), true);
    let ran = desk.harness(&["directory", "show", "--directory", "accounts.db"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = desk.replay("plan", &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}
