//! The contract is all there is between a connector and its host: what the component asks for, and what the WIT says.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use connector_host::sandbox::{CONTRACT_VERSION, Host, Interface};
use whole_system_tests::{component, guests, repository};
use wit_parser::{Docs, Interface as WitInterface, PackageId, Resolve, TypeDef, TypeDefKind};

/// An interface without its version, and the version's part that has to fit.
fn names(interfaces: &[Interface]) -> Vec<String> {
    let name = |one: &Interface| {
        let version = one.version.as_ref().expect("every interface of a contract has a version");
        if one.package.starts_with("elearnio:") {
            assert_eq!(*version, CONTRACT_VERSION, "{one}");
        } else {
            assert_eq!((version.major, version.minor), (0, 2), "{one}");
        }
        format!("{}/{}", one.package, one.name)
    };
    interfaces.iter().map(name).collect()
}

#[test]
fn the_component_imports_the_contract_and_nothing_else() {
    let host = Host::builder().build().expect("a host");
    let inspection = host.inspect(&component()).expect("a component");
    assert_eq!(
        names(&inspection.imports),
        ["elearnio:connector/http", "elearnio:connector/log", "elearnio:connector/types", "wasi:clocks/wall-clock",]
    );
}

#[test]
fn the_component_exports_the_contract_and_nothing_else() {
    let host = Host::builder().build().expect("a host");
    let inspection = host.inspect(&component()).expect("a component");
    assert_eq!(
        names(&inspection.exports),
        ["elearnio:connector/connector", "elearnio:connector/manifest", "elearnio:connector/pages"]
    );
}

#[test]
fn a_connector_need_not_map_whole_pages() {
    let host = Host::builder().build().expect("a host");
    let inspection = host.inspect(&guests::component("csv-connector").expect("a component")).expect("a component");
    assert_eq!(names(&inspection.exports), ["elearnio:connector/connector", "elearnio:connector/manifest"]);
    assert_eq!(inspection.check(), Ok(()));
}

/// Gathers the items of the contract that no comment explains.
#[derive(Default)]
struct Silent {
    items: Vec<String>,
    seen: usize,
}

impl Silent {
    fn look(&mut self, docs: &Docs, item: impl Into<String>) {
        self.seen += 1;
        if docs.contents.as_deref().is_none_or(|text| text.trim().is_empty()) {
            self.items.push(item.into());
        }
    }

    fn interface(&mut self, resolve: &Resolve, name: &str, interface: &WitInterface) {
        self.look(&interface.docs, name);
        for (function, def) in &interface.functions {
            self.look(&def.docs, format!("{name}.{function}"));
        }
        for (alias, id) in &interface.types {
            let def = resolve.types.get(*id).expect("a type");
            self.def(&format!("{name}.{alias}"), def);
        }
    }

    fn def(&mut self, name: &str, def: &TypeDef) {
        let parts: Vec<(&str, &Docs)> = match &def.kind {
            // A name that `use` brings in is documented where it is at home.
            TypeDefKind::Type(wit_parser::Type::Id(_)) => return,
            TypeDefKind::Record(record) => record.fields.iter().map(|field| (&*field.name, &field.docs)).collect(),
            TypeDefKind::Variant(variant) => variant.cases.iter().map(|case| (&*case.name, &case.docs)).collect(),
            TypeDefKind::Enum(one) => one.cases.iter().map(|case| (&*case.name, &case.docs)).collect(),
            TypeDefKind::Flags(flags) => flags.flags.iter().map(|flag| (&*flag.name, &flag.docs)).collect(),
            _ => Vec::new(),
        };
        self.look(&def.docs, name);
        for (part, docs) in parts {
            self.look(docs, format!("{name}.{part}"));
        }
    }
}

fn wit() -> (Resolve, PackageId) {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(repository().join("wit")).expect("the contract parses");
    (resolve, package)
}

#[test]
fn every_item_of_the_contract_is_explained() {
    let (resolve, package) = wit();
    let package = resolve.packages.get(package).expect("the contract");
    let mut silent = Silent::default();
    silent.look(&package.docs, package.name.to_string());
    for (name, id) in &package.interfaces {
        silent.interface(&resolve, name, resolve.interfaces.get(*id).expect("an interface"));
    }
    for (name, id) in &package.worlds {
        silent.look(&resolve.worlds.get(*id).expect("a world").docs, name.clone());
    }
    assert!(silent.seen > 150, "only {} items were found", silent.seen);
    assert!(silent.items.is_empty(), "without a doc comment: {:#?}", silent.items);
}

#[test]
fn what_may_grow_has_room_to_grow() {
    // In the component model a new case is a breaking change, so a variant of the data keeps an `other`.
    let (resolve, package) = wit();
    let package = resolve.packages.get(package).expect("the contract");
    let types = package.interfaces.get("types").and_then(|id| resolve.interfaces.get(*id)).expect("types");
    // These three are closed by what they mean: three states (S6), one record's fate, whether a plan may be applied.
    let closed = ["reading", "status-reading", "mapping", "source-record", "verdict"];
    for (name, id) in &types.types {
        let TypeDefKind::Variant(variant) = &resolve.types.get(*id).expect("a type").kind else { continue };
        let grows = variant.cases.iter().any(|case| case.name == "other");
        assert_eq!(grows, !closed.contains(&name.as_str()), "{name}");
    }
}
