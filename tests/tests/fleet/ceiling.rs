//! A platform's own limits: no tenant's settings go beyond them.

use std::fs;

use whole_system_tests::tenants::Tenants;

use super::program::{Program, fleet};

#[test]
fn a_tenant_may_not_raise_a_limit_above_the_platform_s() {
    let tenants = Tenants::none();
    tenants.add("greedy", "acme", "limits = { pages = 20_001 }");
    tenants.add("modest", "acme", "limits = { pages = 20_000, memory-mib = 64 }");
    let ran = fleet(&tenants, &["--replay", "--dry-run"]);
    assert_eq!((ran.code, ran.verdict("greedy"), ran.verdict("modest")), (Some(1), "unusable", "planned"), "{ran:?}");
    let words = "limits.pages is set to 20001, but this platform allows at most 20000";
    assert_eq!((ran.message("greedy"), ran.failure_code("greedy")), (words, "setting-invalid"));
}

#[test]
fn a_file_of_limits_raises_the_ceiling_and_lowers_what_tenants_do_not_set() {
    let tenants = Tenants::none();
    tenants.add("greedy", "acme", "limits = { pages = 20_001 }");
    tenants.add("silent", "acme", "");
    let file = tenants.folder().join("limits.toml");
    let path = file.to_string_lossy();
    let arguments = ["--replay", "--dry-run", "--limits", &path];
    fs::write(&file, "pages = 30_000\n").unwrap();
    let ran = fleet(&tenants, &arguments);
    assert_eq!((ran.code, ran.verdict("greedy"), ran.verdict("silent")), (Some(0), "planned", "planned"), "{ran:?}");
    fs::write(&file, "pages = 30_000\nemployees = 5\n").unwrap();
    let ran = fleet(&tenants, &arguments);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.message("silent").ends_with("the limit employees is set to 5"), "{ran:?}");
}

#[test]
fn a_file_of_limits_with_mistakes_is_refused_with_all_of_them() {
    let tenants = Tenants::none();
    tenants.add("acme", "acme", "");
    let file = tenants.folder().join("limits.toml");
    fs::write(&file, "pages = \"many\"\nmemory-mb = 1\n").unwrap();
    let ran = Program::start(&tenants, &["--replay", "--limits", &file.to_string_lossy()]).end();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("limits.toml:1: pages: it must be a number"), "{}", ran.stderr);
    assert!(ran.stderr.contains("limits.toml:2: memory-mb: this key is unknown; did you mean `memory-mib`?"));
}
