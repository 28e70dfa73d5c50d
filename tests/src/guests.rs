//! The components under test, from `target/guests/`, where the build puts them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context as _, ensure};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve, UnresolvedPackageGroup, WorldId};

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// A guest's component, by its package; built first if it is not there or older than its source.
///
/// # Errors
/// When it cannot be built or read.
pub fn component(name: &str) -> anyhow::Result<PathBuf> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let path = root().join("target/guests").join(format!("{name}.wasm"));
    if !is_fresh(&path, &folder(name)?.join("src"))? {
        build(name, &path)?;
    }
    Ok(path)
}

/// The folder of a package.
fn folder(name: &str) -> anyhow::Result<PathBuf> {
    let line = format!("name = \"{name}\"");
    for entry in std::fs::read_dir(root().join("tests/guests"))? {
        let folder = entry?.path();
        if std::fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|text| text.contains(&line)) {
            return Ok(folder);
        }
    }
    anyhow::bail!("tests/guests has no package {name}")
}

fn is_fresh(built: &Path, sources: &Path) -> anyhow::Result<bool> {
    let Ok(built) = built.metadata().and_then(|data| data.modified()) else { return Ok(false) };
    for file in std::fs::read_dir(sources)? {
        if file?.metadata()?.modified()? > built {
            return Ok(false);
        }
    }
    Ok(true)
}

fn build(name: &str, path: &Path) -> anyhow::Result<()> {
    let target = "wasm32-unknown-unknown";
    let status = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["build", "--quiet", "--package", name, "--target", target, "--profile", "component"])
        .status()?;
    ensure!(status.success(), "the guest {name} does not build; is the target {target} installed?");
    let module = root().join("target").join(target).join("component").join(format!("{}.wasm", name.replace('-', "_")));
    let module = std::fs::read(&module).with_context(|| module.display().to_string())?;
    let component = ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    std::fs::create_dir_all(path.parent().unwrap_or(path))?;
    std::fs::write(path, component)?;
    Ok(())
}

/// A component of this world that traps whatever is called: for what is judged before anything runs.
///
/// # Errors
/// When the text is no WIT.
pub fn dummy(wit: &str) -> anyhow::Result<Vec<u8>> {
    dummy_in(Resolve::default(), wit)
}

/// As [`dummy`], for a world that names the contract as it is in `wit/`.
///
/// # Errors
/// When the text is no WIT.
pub fn dummy_of_contract(wit: &str) -> anyhow::Result<Vec<u8>> {
    dummy_in(contract()?, wit)
}

/// As [`dummy`], for a connector that maps whole pages and has the contract's `pages` with one text replaced by another.
///
/// # Errors
/// When the text is not in it, or what comes out is no WIT.
pub fn dummy_with_pages(text: &str, other: &str) -> anyhow::Result<Vec<u8>> {
    let world = "package test:test;
        world test { include elearnio:connector/plugin@0.2.0; include elearnio:connector/paging@0.2.0; }";
    dummy_in(contract_with(&[("pages.wit", text, other)])?, world)
}

/// As [`dummy_of_contract`], with texts of the contract's files replaced by others.
///
/// # Errors
/// When a text is not in its file, or what comes out is no WIT.
pub fn dummy_of_contract_with(edits: &[Edit<'_>], wit: &str) -> anyhow::Result<Vec<u8>> {
    dummy_in(contract_with(edits)?, wit)
}

/// A file of the contract, a text in it, and what stands there instead.
pub type Edit<'a> = (&'a str, &'a str, &'a str);

fn contract_with(edits: &[Edit<'_>]) -> anyhow::Result<Resolve> {
    let folder = tempfile::tempdir()?;
    for file in std::fs::read_dir(root().join("wit"))? {
        let file = file?;
        if file.file_type()?.is_file() {
            std::fs::copy(file.path(), folder.path().join(file.file_name()))?;
        }
    }
    for (file, text, other) in edits {
        let path = folder.path().join(file);
        let before = std::fs::read_to_string(&path)?;
        anyhow::ensure!(before.contains(text), "{file} has no {text}");
        std::fs::write(path, before.replace(text, other))?;
    }
    let mut resolve = Resolve::default();
    for package in std::fs::read_dir(root().join("wit/deps"))? {
        resolve.push_path(package?.path())?;
    }
    resolve.push_dir(folder.path())?;
    Ok(resolve)
}

fn dummy_in(resolve: Resolve, wit: &str) -> anyhow::Result<Vec<u8>> {
    encode(resolve, wit, |resolve, world| Ok(dummy_module(resolve, world, ManglingAndAbi::Standard32)))
}

/// A component of this world, which names the contract as it is in `wit/`, around a module written as text.
///
/// # Errors
/// When either text is wrong, or they do not fit.
pub fn written(wit: &str, module: &str) -> anyhow::Result<Vec<u8>> {
    encode(contract()?, wit, |_, _| Ok(wat::parse_str(module)?))
}

fn contract() -> anyhow::Result<Resolve> {
    let mut resolve = Resolve::default();
    resolve.push_dir(root().join("wit"))?;
    Ok(resolve)
}

fn encode(
    mut resolve: Resolve,
    wit: &str,
    module: impl FnOnce(&Resolve, WorldId) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Vec<u8>> {
    let package = resolve.push_group(UnresolvedPackageGroup::parse("test.wit", wit).map_err(|(_, error)| error)?)?;
    let world = resolve.select_world(&[package], None)?;
    let mut module = module(&resolve, world)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().module(&module)?.validate(true).encode()
}
