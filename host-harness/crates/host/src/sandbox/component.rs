//! What a component is made of: its kind, its imports and exports, and how they stand to this host's contract.
//!
//! Judged by names before anything is linked or run, so that a mismatch is reported in the contract's words and not in a
//! linker's.

use semver::Version;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::guest_error::{GuestError, Mismatch, NotAComponent};
use super::guest_log::printable;
use super::metadata::Metadata;

/// The contract's package.
pub(super) const PACKAGE: &str = "elearnio:connector";
/// The contract's version, as in `wit/connector.wit`; a test holds them together.
pub const CONTRACT_VERSION: Version = Version::new(0, 2, 0);
/// What a component may import from the contract.
const IMPORTS: [&str; 3] = ["http", "log", "types"];
/// What a component has to export.
const EXPORTS: [&str; 2] = ["connector", "manifest"];
/// What of WASI 0.2 is linked, with nothing granted: each interface, since a package as a whole would let in names that the
/// linker then refuses in its own words. A test holds the table to the linker.
const WASI: [(&str, &[&str]); 6] = [
    (
        "wasi:cli",
        &[
            "environment",
            "exit",
            "stderr",
            "stdin",
            "stdout",
            "terminal-input",
            "terminal-output",
            "terminal-stderr",
            "terminal-stdin",
            "terminal-stdout",
        ],
    ),
    ("wasi:clocks", &["monotonic-clock", "wall-clock"]),
    ("wasi:filesystem", &["preopens", "types"]),
    ("wasi:io", &["error", "poll", "streams"]),
    ("wasi:random", &["insecure", "insecure-seed", "random"]),
    (
        "wasi:sockets",
        &["instance-network", "ip-name-lookup", "network", "tcp", "tcp-create-socket", "udp", "udp-create-socket"],
    ),
];
/// The one interface of WASI that is the contract's own clock.
const CLOCK: (&str, &str) = ("wasi:clocks", "wall-clock");

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
        let of_package = WASI.iter().find(|(package, _)| *package == self.package);
        of_package.is_some_and(|(_, names)| names.contains(&self.name.as_str())) && self.speaks(&Version::new(0, 2, 0))
    }

    /// True for an interface of a later contract than this host's.
    fn is_newer(&self) -> bool {
        self.is_contract() && self.version.as_ref().is_some_and(|version| *version > CONTRACT_VERSION)
    }

    fn version_mismatch(&self) -> Mismatch {
        Mismatch::Version {
            interface: format!("{PACKAGE}/{}", self.name),
            component: self.version.as_ref().map_or_else(|| "none".to_owned(), Version::to_string),
            host: CONTRACT_VERSION.to_string(),
        }
    }

    /// True for an interface of WASI that the host links with nothing behind it, and the contract does not have.
    fn is_stub(&self) -> bool {
        self.is_linked() && !self.is_contract() && (self.package.as_str(), self.name.as_str()) != CLOCK
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
    /// What it says of itself in sections of its own: claims.
    pub metadata: Metadata,
    /// What it asks for, sorted.
    pub imports: Vec<Interface>,
    /// What it offers, sorted.
    pub exports: Vec<Interface>,
}

impl Inspection {
    pub(super) fn of(engine: &Engine, component: &Component, bytes: &[u8]) -> Self {
        let kind = component.component_type();
        let mut imports: Vec<_> = kind.imports(engine).map(|(name, _)| Interface::parse(name)).collect();
        let mut exports: Vec<_> = kind.exports(engine).map(|(name, _)| Interface::parse(name)).collect();
        imports.sort();
        exports.sort();
        Self { size: bytes.len() as u64, metadata: Metadata::of(bytes), imports, exports }
    }

    /// The version of the contract it speaks; none if it speaks no version of it.
    #[must_use]
    pub fn contract_version(&self) -> Option<&Version> {
        self.exports.iter().chain(&self.imports).find(|one| one.is_contract())?.version.as_ref()
    }

    /// Imports that the contract has: its own interfaces, and WASI's wall clock.
    pub fn contract_imports(&self) -> impl Iterator<Item = &Interface> {
        self.imports.iter().filter(|import| import.is_linked() && !import.is_stub())
    }

    /// Imports from WASI that the contract does not have, and the host links with nothing granted: a component may call them,
    /// and finds no files, no environment and no network.
    pub fn stubbed_imports(&self) -> impl Iterator<Item = &Interface> {
        self.imports.iter().filter(|import| import.is_stub())
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

    /// What does not fit, for a component that did not link although its names do: it may ask an interface of a later version for
    /// what this host's does not have yet.
    pub(super) fn newer(&self) -> Option<Mismatch> {
        self.imports.iter().find(|one| one.is_newer()).map(Interface::version_mismatch)
    }

    fn mismatch(&self) -> Option<Mismatch> {
        let mut contract = self.exports.iter().chain(&self.imports).filter(|one| one.is_contract());
        if let Some(other) = contract.find(|one| !one.speaks(&CONTRACT_VERSION)) {
            return Some(other.version_mismatch());
        }
        if let Some(newer) = self.foreign_imports().find(|one| one.is_newer()) {
            return Some(newer.version_mismatch());
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
        Inspection { size: 0, metadata: Metadata::default(), imports: parse(imports), exports: parse(exports) }
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
    fn every_import_is_of_the_contract_a_stub_or_foreign() {
        let names = [
            "elearnio:connector/http@0.2.0",
            "wasi:clocks/wall-clock@0.2.6",
            "wasi:clocks/monotonic-clock@0.2.6",
            "wasi:sockets/tcp@0.2.6",
            "wasi:cli/shell@0.2.6",
        ];
        let inspection = inspection(&names, &GOOD);
        let texts = |imports: Vec<&Interface>| imports.into_iter().map(Interface::to_string).collect::<Vec<_>>();
        assert_eq!(texts(inspection.contract_imports().collect()), names[..2]);
        assert_eq!(texts(inspection.stubbed_imports().collect()), names[2..4]);
        assert_eq!(texts(inspection.foreign_imports().collect()), names[4..]);
    }

    #[test]
    fn every_interface_of_the_table_is_linked() {
        let engine = Engine::default();
        let linker = super::super::host::link(&engine).unwrap_or_else(|error| unreachable!("{error}"));
        for (package, names) in WASI {
            for name in names {
                let text = format!("(component (import \"{package}/{name}@0.2.0\" (instance)))");
                let component = wat::parse_str(&text).map(|bytes| Component::new(&engine, bytes));
                let is_there = component.is_ok_and(|it| it.is_ok_and(|it| linker.instantiate_pre(&it).is_ok()));
                assert!(is_there, "{package}/{name}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let cases: [(&[&str], &[&str], &str); 8] = [
            (
                &["elearnio:connector/shell@0.2.1"],
                &GOOD,
                "it uses version 0.2.1 of elearnio:connector/shell, and this host uses 0.2.0",
            ),
            (&["wasi:cli/shell@0.2.0"], &GOOD, "it imports wasi:cli/shell@0.2.0, which this host does not offer"),
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
