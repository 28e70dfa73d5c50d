//! Prints the public API of crates, for `cargo xtask api`: `api-listing FILE.json...`, each listing after a line `# FILE.json`.
//!
//! A program of its own, so that the chores everybody runs do not compile what only this one needs.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use public_api::{Builder, PublicApi};

fn main() -> Result<()> {
    let mut out = std::io::stdout().lock();
    for file in std::env::args_os().skip(1) {
        let file = Path::new(&file);
        writeln!(out, "# {}", file.display())?;
        for line in listing(file).with_context(|| format!("cannot list what {} has", file.display()))? {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// Every public item. Of a derived trait the listing has the fact, and not its methods; of what every type has, nothing.
fn listing(json: &Path) -> Result<Vec<String>> {
    let builder = || Builder::from_rustdoc_json(json).omit_blanket_impls(true).omit_auto_trait_impls(true);
    let brief = builder().omit_auto_derived_impls(true).build()?;
    Ok(brief_with_derives(&lines(&brief), lines(&builder().build()?)))
}

fn lines(api: &PublicApi) -> Vec<String> {
    api.items().map(ToString::to_string).collect()
}

fn brief_with_derives(brief: &[String], full: Vec<String>) -> Vec<String> {
    let brief: HashSet<&str> = brief.iter().map(String::as_str).collect();
    full.into_iter().filter(|line| brief.contains(line.as_str()) || line.starts_with("impl")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_trait_is_one_line() {
        let text = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<String>>();
        let brief = text(&["pub struct a::B", "pub fn a::B::new() -> a::B"]);
        let full = text(&[
            "pub struct a::B",
            "pub fn a::B::new() -> a::B",
            "impl core::clone::Clone for a::B",
            "pub fn a::B::clone(&self) -> a::B",
        ]);
        assert_eq!(
            brief_with_derives(&brief, full),
            ["pub struct a::B", "pub fn a::B::new() -> a::B", "impl core::clone::Clone for a::B"]
        );
    }
}
