//! Tenants whose settings are made to hurt the others: secrets of somebody else, mail servers inside, files that never end.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use whole_system_tests::component;
use whole_system_tests::tenants::Tenants;

use super::program::{Program, Ran, fleet};

const OTHERS: &str = "the-secret-of-somebody-else";

/// A tenant whose client secret stands here.
fn add(tenants: &Tenants, name: &str, secret: &str) {
    tenants.add(name, "acme", "");
    let path = tenants.tenant(name).join("settings.toml");
    let settings = fs::read_to_string(&path).unwrap().replace("{ file = \"secret.txt\" }", secret);
    fs::write(path, settings).unwrap();
}

fn with_environment(tenants: &Tenants, variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness-under-test"));
    command.arg("fleet").arg(tenants.folder()).arg("--component").arg(component());
    command.args(["--replay", "--dry-run", "--format", "json"]).envs(variables.iter().copied());
    Program::of(&mut command).end().parsed()
}

#[test]
fn a_secret_is_one_of_the_tenants_own_variables() {
    let tenants = Tenants::none();
    add(&tenants, "acme", "{ env = \"HARNESS_ACME__SECRET\" }");
    add(&tenants, "acme-north", "{ env = \"HARNESS_ACME__SECRET\" }");
    add(&tenants, "north", "{ env = \"PATH\" }");
    add(&tenants, "Odd_Name", "{ env = \"HARNESS_ODD_NAME__SECRET\" }");
    let ran = with_environment(&tenants, &[("HARNESS_ACME__SECRET", OTHERS), ("HARNESS_ODD_NAME__SECRET", OTHERS)]);
    assert_eq!(ran.verdict("acme"), "planned", "{ran:?}");
    for (name, words) in [
        ("acme-north", "this tenant's variables must begin with HARNESS_ACME_NORTH__; rename HARNESS_ACME__SECRET"),
        ("north", "this tenant's variables must begin with HARNESS_NORTH__; rename PATH"),
        ("Odd_Name", "rename the folder, or write { file = \"secret.txt\" }"),
    ] {
        assert_eq!((ran.verdict(name), ran.failure_code(name)), ("unusable", "setting-invalid"), "{ran:?}");
        assert!(ran.message(name).contains(words), "{}", ran.message(name));
    }
}

#[cfg(unix)]
#[test]
fn a_secret_is_a_file_in_the_tenants_own_folder() {
    use std::os::unix::fs::symlink;
    let tenants = Tenants::none();
    add(&tenants, "acme", "{ file = \"secret.txt\" }");
    fs::write(tenants.tenant("acme").join("secret.txt"), OTHERS).unwrap();
    add(&tenants, "climbs", "{ file = \"../acme/secret.txt\" }");
    add(&tenants, "names", &format!("{{ file = \"{}\" }}", tenants.tenant("acme").join("secret.txt").display()));
    add(&tenants, "links", "{ file = \"link\" }");
    symlink(tenants.tenant("acme").join("secret.txt"), tenants.tenant("links").join("link")).unwrap();
    add(&tenants, "own-link", "{ file = \"link\" }");
    symlink("secret.txt", tenants.tenant("own-link").join("link")).unwrap();
    let ran = fleet(&tenants, &["--replay", "--dry-run"]);
    assert_eq!((ran.verdict("acme"), ran.verdict("own-link")), ("planned", "planned"), "{ran:?}");
    for name in ["climbs", "names", "links"] {
        assert_eq!(ran.verdict(name), "unusable", "{ran:?}");
        let words = "in a fleet, a secret's file must be in its tenant's folder, with links resolved; move it there";
        assert!(ran.message(name).ends_with(words), "{}", ran.message(name));
    }
    assert!(!format!("{ran:?}").contains(OTHERS));
}

#[cfg(unix)]
#[test]
fn a_file_that_never_comes_or_never_ends_fails_only_its_tenant() {
    use std::os::unix::fs::symlink;
    let tenants = Tenants::none();
    let fifo = |path: &Path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    add(&tenants, "acme", "{ file = \"secret.txt\" }");
    add(&tenants, "device", "{ file = \"/dev/zero\" }");
    add(&tenants, "huge", "{ file = \"secret.txt\" }");
    fs::write(tenants.tenant("huge").join("secret.txt"), vec![b'x'; (64 << 10) + 1]).unwrap();
    add(&tenants, "waits", "{ file = \"fifo\" }");
    fifo(&tenants.tenant("waits").join("fifo"));
    add(&tenants, "settings-wait", "{ file = \"secret.txt\" }");
    fs::remove_file(tenants.tenant("settings-wait").join("settings.toml")).unwrap();
    fifo(&tenants.tenant("settings-wait").join("settings.toml"));
    add(&tenants, "recording-waits", "{ file = \"secret.txt\" }");
    fifo(&tenants.tenant("recording-waits").join("exchanges/0000-get-wait.json"));
    add(&tenants, "directory-waits", "{ file = \"secret.txt\" }");
    fifo(&tenants.tenant("directory-waits").join("directory.db"));
    add(&tenants, "anothers-directory", "{ file = \"secret.txt\" }");
    fs::write(tenants.tenant("acme").join("directory.db"), "").unwrap();
    symlink(tenants.tenant("acme").join("directory.db"), tenants.tenant("anothers-directory").join("directory.db"))
        .unwrap();
    let ran = fleet(&tenants, &["--replay"]);
    assert_eq!(ran.verdict("acme"), "done", "{ran:?}");
    for (name, words) in [
        ("device", "in a fleet, a secret's file must be in its tenant's folder"),
        ("huge", "it is larger than 65536 bytes"),
        ("waits", "it is a FIFO, and only a regular file is read"),
        ("settings-wait", "it is a FIFO, and only a regular file is read"),
        ("recording-waits", "it is a FIFO, and only a regular file is read"),
        ("directory-waits", "is not a regular file; name one, such as acme.db"),
        (
            "anothers-directory",
            "is a link, or its path contains one; in a fleet, a tenant's files must be in its own folder",
        ),
    ] {
        assert_eq!(ran.verdict(name), "unusable", "{name}: {ran:?}");
        assert!(ran.message(name).contains(words), "{name}: {}", ran.message(name));
    }
}

fn mails_to(tenants: &Tenants, name: &str, host: &str, port: u16) {
    let more = "";
    tenants.add(name, "acme", more);
    let path = tenants.tenant(name).join("settings.toml");
    let settings = fs::read_to_string(&path).unwrap();
    assert!(settings.contains("[mail]"), "{settings}");
    let from = if settings.contains("\nfrom = ") { "" } else { "from = \"no-reply@acme.example\"\n" };
    let settings = settings.replacen("[mail]\n", &format!("[mail]\n{from}"), 1);
    let smtp = format!("\n[mail.smtp]\nhost = \"{host}\"\nport = {port}\nsecurity = \"none\"\n");
    fs::write(path, settings + &smtp).unwrap();
}

#[test]
fn mails_go_to_no_internal_server_unless_the_platform_names_it() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let (asked, connections) = mpsc::channel();
    std::thread::spawn(move || {
        for connection in server.incoming() {
            let _ = asked.send(());
            let mut connection = connection.unwrap();
            let _ = connection.write_all(b"421 not now\r\n");
            let _ = BufReader::new(connection).read_line(&mut String::new());
        }
    });
    let tenants = Tenants::none();
    for (name, host) in [("address", "127.0.0.1"), ("name", "localhost")] {
        mails_to(&tenants, name, host, port);
    }
    let ran = fleet(&tenants, &["--replay"]);
    for (name, host) in [("address", "127.0.0.1"), ("name", "localhost")] {
        assert_eq!(ran.failure_code(name), "mail-failed", "{ran:?}");
        let words = format!("allow it by name: --allow-smtp {host}");
        assert!(ran.message(name).ends_with(&words), "{}", ran.message(name));
    }
    assert!(connections.try_recv().is_err(), "nobody connected to the server inside");
    let ran = fleet(&tenants, &["--replay", "--allow-smtp", "LocalHost"]);
    assert!(ran.message("address").contains("--allow-smtp 127.0.0.1"), "{ran:?}");
    assert!(!ran.message("name").contains("--allow-smtp"), "{ran:?}");
    connections.recv_timeout(Duration::from_secs(10)).expect("the server that was allowed was asked");
}

/// A server that answers each line late, for longer than a sync may take.
#[test]
fn a_slow_mail_server_is_left_when_the_syncs_time_is_up_and_holds_no_lock() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let (connected, connection) = mpsc::channel();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for one in server.incoming() {
            open.push(one);
            let _ = connected.send(());
        }
    });
    let tenants = Tenants::none();
    mails_to(&tenants, "acme", "localhost", port);
    let path = tenants.tenant("acme").join("settings.toml");
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("limits = {{ sync-milliseconds = 4_000 }}\n{settings}")).unwrap();
    let program = Program::start(&tenants, &["--replay", "--allow-smtp", "localhost"]);
    connection.recv_timeout(Duration::from_mins(1)).expect("it comes to its mails");
    let directory = tenants.tenant("acme").join("directory.db");
    connector_store::lock::DirectoryLock::take(&directory).expect("the directory is free while mails wait");
    let ran = program.end().parsed();
    assert_eq!((ran.verdict("acme"), ran.failure_code("acme")), ("done", "mail-failed"), "{ran:?}");
    assert!(ran.message("acme").contains("delivering was stopped before it was done"), "{}", ran.message("acme"));
}
