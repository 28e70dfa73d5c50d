//! Plans that wait for a person, in a fleet (rule S19).

use std::fs;

use whole_system_tests::component;
use whole_system_tests::tenants::Tenants;

use super::program::{Program, fleet};

/// A fleet in which the plan of one tenant, `held`, makes almost everybody inactive, and that of the other nothing.
fn one_held() -> Tenants {
    synced(&["held", "well"], &["held"])
}

/// A fleet that was synced, and in which the plans of some tenants make almost everybody inactive from now on.
fn synced(names: &[&str], held: &[&str]) -> Tenants {
    let tenants = Tenants::none();
    for name in names {
        tenants.add(name, "acme", "");
    }
    assert_eq!(fleet(&tenants, &["--replay"]).code, Some(0));
    for name in held {
        let path = tenants.tenant(name).join("settings.toml");
        let settings = fs::read_to_string(&path).unwrap();
        let statuses = "[statuses]\nactive = \"inactive\"\nonboarding = \"inactive\"\nleave = \"inactive\"\n";
        fs::write(&path, format!("{settings}\n{statuses}")).unwrap();
    }
    tenants
}

/// The same name in the settings, the same people, the same plan.
#[test]
fn s19_an_approval_counts_for_no_other_tenant_with_the_same_plan() {
    let tenants = synced(&["one", "twin"], &["one", "twin"]);
    let held = fleet(&tenants, &["--replay"]);
    assert_eq!((held.verdict("one"), held.verdict("twin")), ("needs-approval", "needs-approval"), "{held:?}");
    assert_eq!(held.run("one")["counts"], held.run("twin")["counts"]);
    let hash = held.run("one")["plan_hash"].as_str().unwrap();
    assert_ne!(hash, held.run("twin")["plan_hash"]);
    let approved = fleet(&tenants, &["--replay", "--approve", hash]);
    let verdicts = (approved.code, approved.verdict("one"), approved.verdict("twin"));
    assert_eq!(verdicts, (Some(3), "done", "needs-approval"), "{approved:?}");
}

#[test]
fn s19_an_approval_is_for_the_one_tenant_whose_plan_it_names() {
    let tenants = one_held();
    let held = fleet(&tenants, &["--replay"]);
    assert_eq!(
        (held.code, held.verdict("held"), held.verdict("well")),
        (Some(3), "needs-approval", "done"),
        "{held:?}"
    );
    let hash = held.run("held")["plan_hash"].as_str().unwrap().to_owned();

    let typed = ["--replay", "--dry-run", "--approve=0abc"];
    let shown = Program::start_with(&component(), &tenants, &typed).end();
    let command = shown.stdout.lines().find(|line| line.contains("--approve")).unwrap_or_default().trim();
    assert!(
        command.starts_with("harness fleet ") && command.ends_with(&format!(" --replay --approve {hash}")),
        "{shown:?}"
    );

    let other = fleet(&tenants, &["--replay", "--approve", "0abc"]);
    assert_eq!((other.code, other.verdict("held")), (Some(1), "needs-approval"), "{other:?}");
    assert!(
        other.stderr.contains("--approve 0abc matches no tenant's plan; check the current plans"),
        "{}",
        other.stderr
    );

    // What a dry run was told to approve is still to be approved when it is not one.
    let typed = ["--replay", "--dry-run", "--approve", &hash];
    assert_eq!(fleet(&tenants, &typed).code, Some(0));

    let approved = fleet(&tenants, &["--replay", "--approve", &hash]);
    assert_eq!(
        (approved.code, approved.verdict("held"), approved.verdict("well")),
        (Some(0), "done", "done"),
        "{approved:?}"
    );
    assert!(approved.run("held")["applied"].as_u64() > Some(3), "{approved:?}");
    assert_eq!(approved.run("well")["applied"], 0);
}

#[test]
fn a_held_plan_that_nobody_could_be_mailed_about_is_a_failure() {
    let tenants = one_held();
    let outbox = tenants.tenant("held").join("outbox");
    fs::remove_dir_all(&outbox).unwrap();
    fs::write(&outbox, "no folder").unwrap();
    let ran = fleet(&tenants, &["--replay"]);
    assert_eq!((ran.code, ran.verdict("held")), (Some(1), "needs-approval"), "{ran:?}");
    assert_eq!(ran.json["verdict"], "failed");
}
