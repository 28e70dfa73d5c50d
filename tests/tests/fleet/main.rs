//! Fleets: the real program on folders of tenants, some of which misbehave in every way that must not hurt the others.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

mod approval;
mod ceiling;
mod hostile;
mod program;
mod settings;
mod source;

use std::fs;
use std::time::Duration;

use connector_store::lock::DirectoryLock;
use program::{Program, fleet};
use source::{Source, tell_apart};
use whole_system_tests::tenants::Tenants;

/// The people of the fixture acme who get an account where there is none.
const ACME: usize = 8;

fn many(count: usize, company: &str, more: &str) -> (Tenants, Vec<String>) {
    let tenants = Tenants::none();
    let names: Vec<String> = (0..count).map(|number| format!("t{number:02}")).collect();
    for name in &names {
        tenants.add(name, company, more);
    }
    (tenants, names)
}

#[test]
fn what_is_wrong_with_one_tenant_is_that_tenants_own() {
    let (tenants, names) = many(20, "acme", "");
    fs::write(tenants.tenant("t03").join("settings.toml"), "name = 7").unwrap();
    fs::remove_file(tenants.tenant("t07").join("exchanges/0003-get-v1-company-employees.json")).unwrap();
    fs::remove_dir_all(tenants.tenant("t09").join("exchanges")).unwrap();
    let lock = DirectoryLock::take(&tenants.tenant("t11").join("directory.db")).unwrap();

    let ran = fleet(&tenants, &["--replay", "--parallel", "3"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(ran.tenants(), names, "in the order of names");
    let bad = ["t03", "t07", "t09", "t11"];
    for name in names.iter().filter(|name| !bad.contains(&name.as_str())) {
        assert_eq!((ran.verdict(name), tenants.accounts(name)), ("done", ACME), "{name}");
        assert!(tenants.mails(name) > 0, "{name}");
    }
    assert_eq!(bad.map(|name| ran.verdict(name)), ["unusable", "failed", "unusable", "busy"]);
    assert!(ran.message("t03").contains("t03/settings.toml:1: name: it must be a string in quotes"), "{ran:?}");
    assert!(ran.message("t07").contains("no recorded exchange"), "{}", ran.message("t07"));
    assert!(ran.message("t09").contains("name a folder of recorded exchanges"), "{}", ran.message("t09"));
    let held = "directory.db is being synced by another run; wait until that one is done, then start again";
    assert!(ran.message("t11").ends_with(held), "{}", ran.message("t11"));
    assert_eq!(ran.json["totals"], serde_json::json!({ "busy": 1, "done": 16, "failed": 1, "unusable": 2 }));

    drop(lock);
    for name in bad {
        fs::remove_dir_all(tenants.tenant(name)).unwrap();
        tenants.add(name, "acme", "");
    }
    let again = fleet(&tenants, &["--replay"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    for name in &names {
        let applied = again.run(name)["applied"].as_u64();
        assert_eq!(applied == Some(0), !bad.contains(&name.as_str()), "{name}: only those left over had work");
    }
}

#[test]
fn s22_a_dry_run_leaves_no_file_behind() {
    let (tenants, names) = many(3, "acme", "");
    let ran = fleet(&tenants, &["--replay", "--dry-run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for name in &names {
        assert_eq!(ran.verdict(name), "planned");
        assert!(!tenants.tenant(name).join("directory.db").exists() && !tenants.tenant(name).join("outbox").exists());
        assert!(!tenants.tenant(name).join("directory.db.lock").exists());
    }
}

#[test]
fn a_plan_that_waits_for_a_person_is_held_and_the_exit_code_says_so() {
    let (tenants, _) = many(2, "acme", "");
    assert_eq!(fleet(&tenants, &["--replay"]).code, Some(0));
    // Nobody is flagged any more, and there are linked accounts: blocked (rule S18).
    let path = tenants.tenant("t01").join("settings.toml");
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{settings}\n[filter]\nvalues = [\"niemals\"]\n")).unwrap();
    let ran = fleet(&tenants, &["--replay"]);
    assert_eq!((ran.code, ran.verdict("t00"), ran.verdict("t01")), (Some(3), "done", "blocked"));
}

#[test]
fn a_folder_without_tenants_is_a_mistake() {
    let ran = Program::start(&Tenants::none(), &["--replay"]).end();
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("has no tenants in it; a tenant is a folder with a settings.toml"), "{}", ran.stderr);
}

#[test]
fn two_fleets_at_once_never_sync_a_tenant_twice_at_once() {
    let (tenants, names) = many(12, "acme", "");
    let one = Program::start(&tenants, &["--replay", "--parallel", "1"]);
    let other = Program::start(&tenants, &["--replay", "--parallel", "1"]);
    let (one, other) = (one.end().parsed(), other.end().parsed());
    for name in &names {
        let verdicts = [one.verdict(name), other.verdict(name)];
        assert!(
            verdicts.contains(&"done") && verdicts.iter().all(|v| ["done", "busy"].contains(v)),
            "{name}: {verdicts:?}"
        );
        assert_eq!(tenants.accounts(name), ACME, "{name}");
    }
}

#[test]
fn a_single_sync_takes_the_same_lock_as_a_fleet() {
    let (tenants, _) = many(1, "acme", "");
    let folder = tenants.tenant("t00");
    let _lock = DirectoryLock::take(&folder.join("directory.db")).unwrap();
    let ran = program::sync(&folder, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("directory.db is being synced by another run; wait until"), "{}", ran.stderr);
    assert_eq!(program::sync(&folder, &["--dry-run"]).code, Some(0), "what writes nothing needs no lock");
}

#[test]
fn a_tenant_that_waits_for_its_source_holds_back_nobody() {
    let source = Source::start();
    let tenants = Tenants::none();
    let endpoint = format!("endpoint = \"{}\"", source.origin);
    // The first in the order of names, with one turn for all: it waits, the others pass.
    for name in ["a-waits", "b-hangs"] {
        tenants.add(name, "acme", &endpoint);
        tell_apart(&tenants, name);
    }
    let quick: Vec<String> = (0..6).map(|number| format!("t{number}")).collect();
    for name in &quick {
        tenants.add(name, "acme", &endpoint);
        tell_apart(&tenants, name);
    }
    source.busy_once("a-waits");
    source.slow("b-hangs", Duration::from_secs(3));
    let mut program = Program::start(&tenants, &["--live", "--allow-origin", &source.origin, "--parallel", "1"]);
    let ended: Vec<String> = (0..8).map(|_| program.next_end()).collect();
    let ran = program.end().parsed();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (first, last) = ended.split_at(quick.len());
    let mut first = first.to_vec();
    first.sort();
    assert_eq!(first, quick, "{ended:?}");
    assert!(last.contains(&"a-waits".to_owned()) && last.contains(&"b-hangs".to_owned()), "{ended:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_what_waits_and_a_rerun_completes() {
    let source = Source::start();
    let (tenants, names) = many(8, "acme", &format!("endpoint = \"{}\"", source.origin));
    for name in &names {
        tell_apart(&tenants, name);
    }
    let (quick, slow) = names.split_at(4);
    for name in slow {
        source.slow(name, Duration::from_mins(10));
    }
    let arguments = ["--live", "--allow-origin", &source.origin];
    let mut program = Program::start(&tenants, &arguments);
    for _ in quick {
        program.next_end();
    }
    program.interrupt();
    let ran = program.end().parsed();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("stopping: plans that are being applied are finished"), "{}", ran.stderr);
    for name in quick {
        assert_eq!((ran.verdict(name), tenants.accounts(name)), ("done", ACME), "{name}");
    }
    for name in slow {
        assert_eq!((ran.verdict(name), tenants.accounts(name)), ("stopped", 0), "{name}: read, and nothing written");
    }
    for name in slow {
        source.slow(name, Duration::ZERO);
    }
    let again = Program::start(&tenants, &arguments).end().parsed();
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(names.iter().all(|name| tenants.accounts(name) == ACME));
}

/// Wherever it is stopped, a directory is as it was or as planned.
#[cfg(unix)]
#[test]
fn ctrl_c_in_the_midst_leaves_no_tenant_half_done() {
    let (tenants, names) = many(6, "nordwind", "");
    let mut program = Program::start(&tenants, &["--replay", "--parallel", "2"]);
    program.next_end();
    program.interrupt();
    let ran = program.end().parsed();
    let all = tenants.accounts("t00").max(tenants.accounts("t01"));
    assert!(all > 100);
    for name in &names {
        match ran.verdict(name) {
            "done" => assert_eq!((tenants.accounts(name), tenants.mails(name) > 0), (all, true), "{name}"),
            "stopped" => assert_eq!(tenants.accounts(name), 0, "{name}"),
            other => panic!("{name}: {other}"),
        }
    }
    let again = fleet(&tenants, &["--replay"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(names.iter().all(|name| tenants.accounts(name) == all));
}
