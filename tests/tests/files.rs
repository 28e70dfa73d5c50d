//! Files: what the program writes is its owner's alone, whatever the umask; and what it reads is a regular file of limited
//! size.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use whole_system_tests::component;
use whole_system_tests::tenants::Tenants;

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// Runs the program in a folder under a umask.
fn harness(umask: &str, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh", HARNESS]).args(arguments);
    command.current_dir(folder).output().expect("it runs")
}

/// Everything below a folder, with its rights.
fn modes(folder: &Path, below: &str, found: &mut BTreeMap<String, u32>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        // A mail's name is made of what the directory drew at random.
        let name = if std::path::Path::new(&name).extension().is_some_and(|ending| ending == "eml") {
            "mail.eml".to_owned()
        } else {
            name
        };
        let name = format!("{below}{name}");
        found.insert(name.clone(), entry.metadata().unwrap().permissions().mode() & 0o777);
        if entry.path().is_dir() {
            modes(&entry.path(), &format!("{name}/"), found);
        }
    }
}

#[test]
fn files_are_readable_by_their_owner_alone_whatever_the_umask() {
    let component = component();
    let written = ["000", "077", "022"].map(|umask| {
        let tenants = Tenants::none();
        tenants.add("acme", "acme", "");
        let folder = tenants.tenant("acme");
        let mut before = BTreeMap::new();
        modes(&folder, "", &mut before);
        let of = ["--settings", "settings.toml", "--replay", "exchanges", "--component", component.to_str().unwrap()];
        let plan = [&["plan"], &of[..], &["--directory", "directory.db", "--save", "plan.json"]].concat();
        let sync = [&["sync"], &of[..], &["--directory", "directory.db", "--outbox", "outbox"]].concat();
        for arguments in [plan, sync] {
            let output = harness(umask, &folder, &arguments);
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        let mut after = BTreeMap::new();
        modes(&folder, "", &mut after);
        after.retain(|name, _| !before.contains_key(name));
        after
    });
    let [open, closed, usual] = written;
    assert_eq!(open, closed);
    assert_eq!(open, usual);
    for name in ["directory.db", "directory.db.lock", "outbox", "outbox/mail.eml", "plan.json"] {
        assert!(open.contains_key(name), "{name}: {open:?}");
    }
    for (name, mode) in &open {
        assert_eq!(*mode, if name == "outbox" { 0o700 } else { 0o600 }, "{name}");
    }
}

#[test]
fn files_that_an_older_harness_left_open_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("accounts.json"), "{\"groups\":[],\"accounts\":[]}").unwrap();
    let import = ["directory", "import", "accounts.json", "--directory", "a.db"];
    assert!(harness("022", folder.path(), &import).status.success());
    let database = folder.path().join("a.db");
    fs::set_permissions(&database, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(harness("022", folder.path(), &import).status.success());
    assert_eq!(fs::metadata(&database).unwrap().permissions().mode() & 0o777, 0o600);
}

/// Every file that is named to the program, by the command that reads it.
const READERS: [(&str, &[&str]); 7] = [
    ("settings", &["sync", "--settings", "it", "--replay", "exchanges", "--directory", "a.db"]),
    ("limits", &["fleet", "tenants", "--replay", "--limits", "it"]),
    ("accounts", &["directory", "import", "it", "--directory", "a.db"]),
    ("directory", &["directory", "show", "--directory", "it"]),
    ("component", &["inspect", "it"]),
    ("capture", &["cassette", "import", "it", "--to", "recorded"]),
    ("plan", &["apply", "it", "--settings", "settings.toml", "--directory", "a.db"]),
];

#[test]
fn a_fifo_a_device_and_a_folder_are_refused_wherever_a_file_is_read() {
    let tenants = Tenants::none();
    tenants.add("acme", "acme", "");
    let folder = tenants.tenant("acme");
    fs::create_dir_all(folder.join("tenants/one")).unwrap();
    fs::write(folder.join("tenants/one/settings.toml"), "").unwrap();
    for kind in ["a FIFO", "a device", "a folder"] {
        let it = folder.join("it");
        match kind {
            "a FIFO" => assert!(Command::new("mkfifo").arg(&it).status().unwrap().success()),
            "a device" => std::os::unix::fs::symlink("/dev/zero", &it).unwrap(),
            _ => fs::create_dir(&it).unwrap(),
        }
        for (what, arguments) in READERS {
            let output = harness("022", &folder, arguments);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(matches!(output.status.code(), Some(1 | 2)), "{kind} as {what}: {output:?}");
            let told = said.contains(kind) || said.contains("not a regular file");
            assert!(told && said.contains("it"), "{kind} as {what}: {said}");
        }
        if it.is_dir() { fs::remove_dir(&it).unwrap() } else { fs::remove_file(&it).unwrap() }
    }
}

/// A saved plan takes the place of an earlier one. What else is there, a directory of accounts above all, would be lost.
#[test]
fn a_plan_is_saved_over_an_earlier_plan_and_over_nothing_else() {
    let tenants = Tenants::none();
    tenants.add("acme", "acme", "");
    let folder = tenants.tenant("acme");
    let component = component();
    let plan = |to: &str| {
        let source = ["plan", "--settings", "settings.toml", "--replay", "exchanges", "--directory", "a.db"];
        let arguments = [&source[..], &["--save", to, "--component", component.to_str().unwrap()]].concat();
        harness("022", &folder, &arguments)
    };
    for _ in 0..2 {
        let output = plan("plan.json");
        assert!(String::from_utf8_lossy(&output.stderr).contains("plan saved to plan.json"), "{output:?}");
    }
    assert!(Command::new("mkfifo").arg(folder.join("fifo")).status().unwrap().success());
    std::os::unix::fs::symlink("plan.json", folder.join("link")).unwrap();
    std::os::unix::fs::symlink("/dev/null", folder.join("device")).unwrap();
    for (to, words) in [
        ("a.db", "something else than a saved plan is there; name another file"),
        ("settings.toml", "something else than a saved plan is there; name another file"),
        ("fifo", "it is a FIFO, and only a regular file is read; name another file"),
        ("device", "it is a device, and only a regular file is read; name another file"),
        ("link", "a link is there; name another file"),
    ] {
        let before = fs::symlink_metadata(folder.join(to)).unwrap().modified().unwrap();
        let output = plan(to);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{to}: {said}");
        assert!(said.contains(to) && said.contains(words), "{to}: {said}");
        if to != "a.db" {
            assert_eq!(fs::symlink_metadata(folder.join(to)).unwrap().modified().unwrap(), before, "{to}");
        }
    }
    assert!(harness("022", &folder, &["directory", "show", "--directory", "a.db"]).status.success());
}

/// What is in the cache is run: one that somebody else may have put something into is not used.
#[test]
fn a_compile_cache_that_others_could_change_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let component = component();
    let inspect = |umask: &str, caches: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh", HARNESS, "inspect"]).arg(&component);
        let output = command.env("XDG_CACHE_HOME", folder.path().join(caches)).output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let rights =
        |path: &str, mode| fs::set_permissions(folder.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    // Whatever the umask, the folder that holds it all is closed.
    assert_eq!(inspect("000", "mine"), "");
    let made = fs::metadata(folder.path().join("mine/connector-host")).unwrap().permissions().mode();
    assert_eq!(made & 0o777, 0o700);
    assert_eq!(inspect("000", "mine"), "");
    rights("mine/connector-host", 0o755);
    assert!(inspect("022", "mine").contains("is open to other users, who may have put something into it; remove it"));
    rights("mine/connector-host", 0o700);
    rights("mine", 0o777);
    assert!(inspect("022", "mine").contains("can be changed by other users; take that right from them"));
}
