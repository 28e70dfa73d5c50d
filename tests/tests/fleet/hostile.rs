//! Tenants of a hostile component: the hostile guest's, whose settings' name says what it does.

use std::fs;

use connector_store::sqlite::SqliteDirectory;
use whole_system_tests::guests;
use whole_system_tests::tenants::Tenants;

use super::program::{Program, Ran, fleet};

/// A tenant of the hostile guest.
fn add(tenants: &Tenants, name: &str, does: &str, milliseconds: u64) {
    let settings = format!(
        "name = \"{does}\"
         type = \"hostile\"
         client-id = \"id\"
         client-secret = {{ file = \"secret.txt\" }}
         limits = {{ call-milliseconds = {milliseconds}, memory-mib = 16 }}"
    );
    fs::create_dir_all(tenants.tenant(name)).unwrap();
    fs::write(tenants.tenant(name).join("settings.toml"), settings).unwrap();
    fs::write(tenants.tenant(name).join("secret.txt"), "geheim").unwrap();
}

fn start(tenants: &Tenants, more: &[&str]) -> Program {
    let hostile = guests::component("hostile").unwrap();
    Program::start_with(&hostile, tenants, &[&["--live", "--parallel", "1", "--format", "json"], more].concat())
}

#[test]
fn a_tenant_that_computes_without_end_holds_back_nobody() {
    let tenants = Tenants::none();
    // The first in the order of names gets the only turn, and computes for as long as a call may take.
    add(&tenants, "a-spins", "later spin", 5_000);
    let quick: Vec<String> = (0..6).map(|number| format!("t{number}")).collect();
    for name in &quick {
        add(&tenants, name, "well", 5_000);
    }
    let mut program = start(&tenants, &[]);
    let mut ended: Vec<String> = (0..7).map(|_| program.next_end()).collect();
    let ran = program.end().parsed();
    assert_eq!(ended.pop().as_deref(), Some("a-spins"), "the others ended before it: {ran:?}");
    assert_eq!((ran.code, ran.verdict("a-spins")), (Some(1), "failed"), "{ran:?}");
    assert!(ran.message("a-spins").contains("stopped after 5000 ms, the limit call-milliseconds"), "{ran:?}");
    assert!(quick.iter().all(|name| ran.verdict(name) == "done"), "{ran:?}");
}

/// What a guest does in its calls, and how that ends.
const ENDS: [(&str, &str); 6] = [
    ("later panic", "plugin-panicked"),
    ("later abort", "plugin-trapped"),
    ("later spin", "plugin-timed-out"),
    ("later allocate", "limit-reached"),
    ("later no-id", "invalid-response"),
    ("later flood-denied", "request-denied"),
];

#[test]
fn whatever_ends_a_guest_leaves_the_accounts_as_they_were() {
    // Accounts to be hurt: those of a company that was synced before.
    let company = Tenants::none();
    company.add("acme", "acme", "");
    assert_eq!(fleet(&company, &["--replay"]).code, Some(0));
    let tenants = Tenants::none();
    for (name, (does, _)) in ["a", "b", "c", "d", "e", "f"].into_iter().zip(ENDS) {
        add(&tenants, name, does, 300);
        fs::copy(company.tenant("acme").join("directory.db"), tenants.tenant(name).join("directory.db")).unwrap();
    }
    let bytes = |name: &str| fs::read(tenants.tenant(name).join("directory.db")).unwrap();
    let accounts = |name: &str| {
        let directory = SqliteDirectory::open(&tenants.tenant(name).join("directory.db")).unwrap();
        format!("{:?}", directory.snapshot().unwrap())
    };
    let before = (bytes("a"), accounts("a"));
    let verdicts = |ran: &Ran| {
        let code = |name: &str| ran.failure_code(name).to_owned();
        ["a", "b", "c", "d", "e", "f"].map(code)
    };
    let dry = start(&tenants, &["--dry-run"]).end().parsed();
    assert_eq!(verdicts(&dry), ENDS.map(|(_, code)| code), "{dry:?}");
    for name in ["b", "c", "d", "e", "f"] {
        assert!(bytes(name) == before.0, "{name}: byte for byte");
    }
    // A run that failed is filed; the accounts stay.
    let ran = start(&tenants, &[]).end().parsed();
    assert_eq!(verdicts(&ran), ENDS.map(|(_, code)| code), "{ran:?}");
    for name in ["a", "b", "c", "d", "e", "f"] {
        assert_eq!(accounts(name), before.1, "{name}");
    }
}
