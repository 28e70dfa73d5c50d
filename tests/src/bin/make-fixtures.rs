//! Writes the generated fixtures: `cargo xtask fixtures`.

use anyhow::Context as _;
use whole_system_tests::{fixture, nordwind};

fn main() -> anyhow::Result<()> {
    let folder = fixture("nordwind");
    nordwind::write(&folder).with_context(|| format!("cannot write {}", folder.display()))?;
    println!("{}: {} files", folder.display(), nordwind::files().len());
    Ok(())
}
