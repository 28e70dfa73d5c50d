//! The embedding example of the documentation, run.

#[path = "../../../host-harness/crates/embed/examples/embed.rs"]
#[allow(dead_code, reason = "its `main` is for the command line")]
mod embed;

use std::fs;

use connector_host::sandbox::Host;
use connector_sync::run::RunVerdict;
use whole_system_tests::tenants::Tenants;
use whole_system_tests::{component, repository};

use super::text::{block, page};

#[tokio::test]
async fn the_example_syncs_a_tenant_and_has_nothing_to_do_again() -> anyhow::Result<()> {
    let tenants = Tenants::none();
    tenants.add("acme", "acme", "");
    let connector = Host::builder().build()?.load(&component()).await?;
    let first = embed::sync_tenant(&connector, &tenants.tenant("acme")).await?;
    assert_eq!(first.verdict, RunVerdict::Done, "{:?}", first.failures);
    assert!(first.actions().count() > 0);
    let again = embed::sync_tenant(&connector, &tenants.tenant("acme")).await?;
    assert_eq!((again.verdict, again.actions().count()), (RunVerdict::Done, 0));
    Ok(())
}

#[test]
fn the_page_shows_the_example_as_it_is() -> anyhow::Result<()> {
    let text = page("docs/embedding.md");
    let example = fs::read_to_string(repository().join("host-harness/crates/embed/examples/embed.rs"))?;
    let shown = block(&text, "rust");
    let code = example.find("#[tokio::main]").and_then(|at| example.get(at..)).unwrap_or_default();
    assert!(!code.is_empty());
    assert_eq!(format!("{shown}\n"), code);
    Ok(())
}
