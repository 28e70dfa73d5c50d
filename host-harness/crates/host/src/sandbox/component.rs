//! What a component is made of: its kind, its imports and exports, and how they stand to this host's contract.
//!
//! Judged by names before anything is linked or run, so that a mismatch is told in the contract's words and not in a
//! linker's.

use semver::Version;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::guest_error::{GuestError, Mismatch, NotAComponent};
use super::guest_log::printable;

/// The contract's package.
pub(super) const PACKAGE: &str = "elearnio:connector";
/// The contract's version, as in `wit/connector.wit`; a test holds them together.
pub const CONTRACT_VERSION: Version = Version::new(0, 2, 0);
/// What a component may import from the contract.
const IMPORTS: [&str; 3] = ["http", "log", "types"];
/// What a component has to export.
const EXPORTS: [&str; 2] = ["connector", "manifest"];
/// What of WASI 0.2 is linked, with nothing granted.
const WASI: [&str; 6] = ["wasi:cli", "wasi:clocks", "wasi:filesystem", "wasi:io", "wasi:random", "wasi:sockets"];

/// One imported or exported name: `package/interface@version`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interface {
    /// The package, such as `wasi:clocks`; empty for a bare name.
    pub package: String,
    /// The interface, such as `wall-clock`.
    pub name: String,
    /// The version, if there is one.
    pub version: Option<Version>,
}

impl Interface {
    fn parse(full: &str) -> Self {
        let (path, version) = match full.rsplit_once('@') {
            Some((path, version)) => (path, Version::parse(version).ok()),
            None => (full, None),
        };
        let (package, name) = path.rsplit_once('/').unwrap_or(("", path));
        // Some kinds of names may hold any text.
        Self { package: printable(package), name: printable(name), version }
    }

    fn is_contract(&self) -> bool {
        self.package == PACKAGE
    }

    /// The same before the first breaking change: what the component linker matches by.
    fn speaks(&self, host: &Version) -> bool {
        self.version
            .as_ref()
            .is_some_and(|version| version.pre.is_empty() && (version.major, version.minor) == (host.major, host.minor))
    }

    fn is_linked(&self) -> bool {
        if self.is_contract() {
            return IMPORTS.contains(&self.name.as_str());
        }
        WASI.contains(&self.package.as_str()) && self.speaks(&Version::new(0, 2, 0))
    }
}

impl std::fmt::Display for Interface {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.package.is_empty() {
            write!(f, "{}/", self.package)?;
        }
        f.write_str(&self.name)?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

/// A component, looked at from outside. Nothing of it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The file's size in bytes.
    pub size: u64,
    /// What it asks for, sorted.
    pub imports: Vec<Interface>,
    /// What it offers, sorted.
    pub exports: Vec<Interface>,
}

impl Inspection {
    pub(super) fn of(engine: &Engine, component: &Component, size: u64) -> Self {
        let kind = component.component_type();
        let mut imports: Vec<_> = kind.imports(engine).map(|(name, _)| Interface::parse(name)).collect();
        let mut exports: Vec<_> = kind.exports(engine).map(|(name, _)| Interface::parse(name)).collect();
        imports.sort();
        exports.sort();
        Self { size, imports, exports }
    }

    /// The version of the contract it speaks; none if it speaks no version of it.
    #[must_use]
    pub fn contract_version(&self) -> Option<&Version> {
        self.exports.iter().chain(&self.imports).find(|one| one.is_contract())?.version.as_ref()
    }

    /// Imports that this host does not offer.
    pub fn foreign_imports(&self) -> impl Iterator<Item = &Interface> {
        self.imports.iter().filter(|import| !import.is_linked())
    }

    /// Interfaces that this host calls and the component does not export.
    #[must_use]
    pub fn missing_exports(&self) -> Vec<String> {
        let offered = |name: &str| self.exports.iter().any(|export| export.is_contract() && export.name == name);
        EXPORTS
            .into_iter()
            .filter(|name| !offered(name))
            .map(|name| format!("{PACKAGE}/{name}@{CONTRACT_VERSION}"))
            .collect()
    }

    /// Whether this host can run it.
    ///
    /// # Errors
    /// [`GuestError::ContractMismatch`], with the first of: another version, foreign imports, missing exports.
    pub fn check(&self) -> Result<(), GuestError> {
        self.mismatch().map_or(Ok(()), |mismatch| Err(GuestError::ContractMismatch(mismatch)))
    }

    fn mismatch(&self) -> Option<Mismatch> {
        let mut contract = self.exports.iter().chain(&self.imports).filter(|one| one.is_contract());
        if let Some(other) = contract.find(|one| !one.speaks(&CONTRACT_VERSION)) {
            return Some(Mismatch::Version {
                interface: format!("{PACKAGE}/{}", other.name),
                component: other.version.as_ref().map_or_else(|| "none".to_owned(), Version::to_string),
                host: CONTRACT_VERSION.to_string(),
            });
        }
        let foreign: Vec<_> = self.foreign_imports().map(Interface::to_string).collect();
        if !foreign.is_empty() {
            return Some(Mismatch::Imports(foreign));
        }
        let missing = self.missing_exports();
        (!missing.is_empty()).then_some(Mismatch::Exports(missing))
    }
}

/// Tells components from core modules and from everything else by their first eight bytes.
pub(super) fn check_kind(bytes: &[u8]) -> Result<(), GuestError> {
    let not = |what| Err(GuestError::NotAComponent(what));
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => not(NotAComponent::CoreModule),
        Some([0, b'a', b's', b'm', ..]) => not(NotAComponent::Invalid("its header has an unknown version".to_owned())),
        _ => not(NotAComponent::NotWasm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspection(imports: &[&str], exports: &[&str]) -> Inspection {
        let parse = |names: &[&str]| names.iter().map(|name| Interface::parse(name)).collect();
        Inspection { size: 0, imports: parse(imports), exports: parse(exports) }
    }

    const GOOD: [&str; 2] = ["elearnio:connector/connector@0.2.0", "elearnio:connector/manifest@0.2.0"];

    #[test]
    fn a_name_cannot_turn_the_terminal() {
        assert_eq!(Interface::parse("url=<https://a.example/\u{1b}[2J>").name, r"\u{1b}[2J>");
    }

    #[test]
    fn the_contract_version_is_the_one_of_the_wit() {
        let line = format!("package {PACKAGE}@{CONTRACT_VERSION};");
        assert!(include_str!("../../../../../wit/connector.wit").contains(&line));
    }

    #[test]
    fn the_contract_and_wasi_0_2_fit() {
        let imports = ["elearnio:connector/http@0.2.0", "elearnio:connector/types@0.2.3", "wasi:io/poll@0.2.6"];
        assert_eq!(inspection(&imports, &GOOD).mismatch(), None);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let cases: [(&[&str], &[&str], &str); 6] = [
            (&["wasi:http/types@0.2.0"], &GOOD, "it imports wasi:http/types@0.2.0, which this host does not offer"),
            (&["wasi:io/poll@0.3.0"], &GOOD, "it imports wasi:io/poll@0.3.0, which this host does not offer"),
            (&["env"], &GOOD, "it imports env, which this host does not offer"),
            (
                &["elearnio:connector/shell@0.2.0"],
                &GOOD,
                "it imports elearnio:connector/shell@0.2.0, which this host does not offer",
            ),
            (
                &[],
                &["elearnio:connector/connector@0.1.0"],
                "it uses version 0.1.0 of elearnio:connector/connector, and this host uses 0.2.0",
            ),
            (&[], &["elearnio:connector/connector@0.2.0"], "it does not export elearnio:connector/manifest@0.2.0"),
        ];
        for (imports, exports, words) in cases {
            let mismatch = inspection(imports, exports).mismatch().map(|mismatch| mismatch.to_string());
            assert_eq!(mismatch.as_deref(), Some(words));
        }
    }

    #[test]
    fn bytes_are_told_apart_by_their_header() {
        let cases: [(&[u8], Option<NotAComponent>); 5] = [
            (b"\0asm\x0d\0\x01\0 and more", None),
            (b"\0asm\x01\0\0\0", Some(NotAComponent::CoreModule)),
            (b"\x7fELF\x02\x01\x01\0", Some(NotAComponent::NotWasm)),
            (b"\0asm", Some(NotAComponent::NotWasm)),
            (b"", Some(NotAComponent::NotWasm)),
        ];
        for (bytes, what) in cases {
            assert_eq!(check_kind(bytes).err(), what.map(GuestError::NotAComponent));
        }
    }
}
