#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::sqlite::SqliteDirectory;
use crate::sqlite::tests::now;
use crate::view::DirectoryView;

const ACME: &str = r#"{
  "groups": [{"id": "g-1", "name": "Vertrieb"}, {"id": "g-2", "name": "Büro"}],
  "accounts": [
    {"id": "a-1", "employee": "17", "email": "eva@x.example", "first_name": "Eva", "last_name": "Ast", "status": "active",
     "gender": "female", "groups": ["g-2", "VERTRIEB"], "supervisor": "a-2"},
    {"id": "a-2", "email": "udo@x.example", "first_name": "Udo", "last_name": "Bär", "status": "inactive", "role": "admin",
     "protected": true, "gender": null}
  ]
}"#;

struct Desk {
    folder: TempDir,
    directory: SqliteDirectory,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let directory = SqliteDirectory::open(&folder.path().join("acme.db")).unwrap();
        Self { folder, directory }
    }

    fn import(&mut self, text: &str) -> Result<ImportSummary, String> {
        let path = self.folder.path().join("file.json");
        fs::write(&path, text).unwrap();
        let folder = format!("{}/", self.folder.path().display());
        now(import(&mut self.directory, &path)).map_err(|error| error.to_string().replace(&folder, ""))
    }
}

fn summary(groups: usize, created: usize, updated: usize, unchanged: usize) -> ImportSummary {
    ImportSummary { groups, created, updated, unchanged }
}

#[test]
fn an_import_twice_changes_nothing_the_second_time() {
    let mut desk = Desk::new();
    assert_eq!(desk.import(ACME), Ok(summary(2, 2, 0, 0)));
    let first = desk.directory.snapshot().unwrap();
    assert_eq!(desk.import(ACME), Ok(summary(2, 0, 0, 2)));
    assert!(desk.directory.snapshot().unwrap() == first);
    let eva = first.accounts.iter().find(|account| account.id == "a-1").unwrap();
    assert_eq!((&*eva.groups.join(" "), eva.supervisor.as_deref(), eva.version), ("g-1 g-2", Some("a-2"), 1));
}

#[test]
fn an_account_of_the_file_replaces_the_one_with_its_id_and_no_other() {
    let mut desk = Desk::new();
    desk.import(ACME).unwrap();
    let eva = r#"{"accounts": [{"id": "a-1", "email": "e@x.example", "first_name": "E", "last_name": "A", "status": "absent"}]}"#;
    assert_eq!(desk.import(eva), Ok(summary(0, 0, 1, 0)));
    let accounts = desk.directory.snapshot().unwrap().accounts;
    let [eva, udo] = accounts.as_slice() else { unreachable!("two accounts") };
    assert_eq!((eva.version, eva.email.as_str(), &eva.employee, eva.groups.len()), (2, "e@x.example", &None, 0));
    assert_eq!((udo.version, udo.protected), (1, true));
    assert_eq!(desk.directory.roles().unwrap().get("a-2").map(String::as_str), Some("admin"));
}

#[test]
fn two_accounts_may_trade_their_employees() {
    let mut desk = Desk::new();
    let pair = |left: &str, right: &str| {
        let account = |id: &str, employee: &str| {
            format!(
                r#"{{"id": "{id}", "employee": "{employee}", "email": "{id}@x", "first_name": "F", "last_name": "L", "status": "active"}}"#
            )
        };
        format!(r#"{{"accounts": [{}, {}]}}"#, account("a", left), account("b", right))
    };
    desk.import(&pair("1", "2")).unwrap();
    assert_eq!(desk.import(&pair("2", "1")), Ok(summary(0, 0, 2, 0)));
}

#[test]
fn what_is_shown_as_json_can_be_imported_again() {
    let mut desk = Desk::new();
    desk.import(ACME).unwrap();
    let shown = now(DirectoryView::read(&mut desk.directory)).unwrap().json().unwrap();
    assert_eq!(desk.import(&shown), Ok(summary(2, 0, 0, 2)));
    let mut copy = Desk::new();
    copy.import(&shown).unwrap();
    assert_eq!(now(DirectoryView::read(&mut copy.directory)).unwrap().json().unwrap(), shown);
}

#[test]
fn what_is_shown_as_text_is_aligned_and_has_no_gender() {
    let mut desk = Desk::new();
    desk.import(&ACME.replace("Udo", "U\\u001bdo")).unwrap();
    let text = now(DirectoryView::read(&mut desk.directory)).unwrap().text();
    let expected = "\
2 accounts
 account  employee  name      e-mail         status    department  team  supervisor  groups          flags
 a-1      17        Eva Ast   eva@x.example  active    -           -     a-2         Vertrieb, Büro  -
 a-2      -         U do Bär  udo@x.example  inactive  -           -     -           -               protected

2 groups: Vertrieb, Büro

0 runs
 run  verdict  applied  stale  failed

mails: 0 queued, 0 delivered
";
    assert_eq!(text, expected);
}

#[test]
fn every_mistake_is_reported_with_its_line_and_without_anybodys_data() {
    let mut desk = Desk::new();
    let told = desk
        .import(
            r#"{
  "groups": [{"id": "g-1", "name": "Nord"}, {"id": "g-2", "name": "nord"}, {"id": "g-2", "name": "Süd"}],
  "accounts": [
    {"id": "a-1", "employee": "17", "email": "eva@x.example", "first_name": "Eva", "last_name": "Ast", "status": "aktiv"},
    {"id": "a-2", "employee": "17", "email": "eva@x.example", "first_name": "Eva", "last_name": "Ast", "status": "active",
     "groups": ["Nord", "West", 7], "supervisor": "a-9", "protected": "yes", "fist_name": "Eva"},
    {"id": "a-3", "employee": "17", "email": "x", "first_name": "Eva", "last_name": "Ast", "status": "active"},
    {"id": "a-3", "email": "x", "first_name": "Eva", "last_name": "Ast", "status": "active"},
    {"email": "", "first_name": 7, "status": "active"},
    "Eva"
  ],
  "acounts": []
}"#,
        )
        .unwrap_err();
    let expected = "\
file.json:2: group g-2: id: two groups of this file have this ID; give each its own
file.json:4: account a-1: status: `aktiv` is not a status; use one of preboarding, active, absent, inactive
file.json:5: account a-2: groups: several groups are named `Nord`; write the ID of one
file.json:5: account a-2: groups: the group `West` does not exist; add it to `groups`
file.json:5: account a-2: supervisor: no account has this ID; name an account of this file or of the directory
file.json:6: account a-2: fist_name: this key is unknown; did you mean `first_name`?
file.json:6: account a-2: groups: it must be a string
file.json:6: account a-2: protected: it must be true or false
file.json:7: account a-3: employee: account a-2 is linked to this employee; link one of the two
file.json:8: account a-3: id: two accounts of this file have this ID; give each its own
file.json:9: account number 5: email: it is empty; give it a value
file.json:9: account number 5: first_name: it must be a string in quotes
file.json:9: account number 5: id: this key is missing; add it
file.json:9: account number 5: last_name: this key is missing; add it
file.json:10: account number 6: it must be an object in braces
file.json:12: acounts: this key is unknown; did you mean `accounts`?";
    assert_eq!(told, expected);
    assert!(desk.directory.snapshot().unwrap().groups.is_empty(), "nothing was written");
}

#[test]
fn a_file_that_is_not_an_import_file_is_refused() {
    let mut desk = Desk::new();
    for (text, expected) in [
        ("{\n\"groups\": [,]}", "file.json:2: column 12: this is not valid JSON; check the commas and quotes"),
        ("{\"groups\": [", "file.json:1: column 12: this is not valid JSON; check the commas and quotes"),
        ("[]", "file.json:1: file: it must be an object with `groups` and `accounts`"),
        ("{\"accounts\": {}}", "file.json:1: accounts: it must be a list in brackets"),
    ] {
        assert_eq!(desk.import(text), Err(expected.to_owned()));
    }
    let absent = now(import(&mut desk.directory, std::path::Path::new("absent.json"))).unwrap_err().to_string();
    assert!(absent.starts_with("absent.json cannot be read: No such file"), "{absent}");
}

#[test]
fn an_employee_of_an_account_outside_the_file_cannot_be_linked_again() {
    let mut desk = Desk::new();
    desk.import(ACME).unwrap();
    let told = desk.import(
        r#"{"accounts": [{"id": "b", "employee": "17", "email": "b@x", "first_name": "B", "last_name": "B", "status": "active"}]}"#,
    );
    let expected = "file.json:1: account b: employee: account a-1 is linked to this employee; link one of the two";
    assert_eq!(told, Err(expected.to_owned()));
}

fn large_file(people: usize, status: &str) -> String {
    let account = |n: usize| {
        format!(
            r#"{{"id": "{n}", "email": "{n}@x", "first_name": "F", "last_name": "L", "status": "{status}", "employee": "{n}"}}"#
        )
    };
    format!("{{\"accounts\": [{}]}}", (0..people).map(account).collect::<Vec<_>>().join(",\n"))
}

#[test]
fn of_many_mistakes_the_first_are_shown_and_the_others_counted() {
    assert!(Desk::new().import(&large_file(20_000, "aktive")).unwrap_err().ends_with("and 19980 more"));
}

#[test]
fn importing_costs_the_same_for_each_account_however_many_there_are() {
    let steps = |people: usize| {
        let mut desk = Desk::new();
        let steps = desk.directory.count_steps();
        assert_eq!(desk.import(&large_file(people, "active")), Ok(summary(0, people, 0, 0)));
        steps.load(std::sync::atomic::Ordering::Relaxed)
    };
    let (few, many) = (steps(500), steps(5_000));
    assert!(few > 20 && many < 11 * few, "500 people: {few}, 5,000 people: {many}");
}
