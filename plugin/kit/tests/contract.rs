//! The contract's own text: what may grow can grow, and every item says what it is.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

/// Every line of the contract, file by file.
fn contract() -> Vec<(String, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "wit"));
    files.sort();
    let lines = |path: &Path| fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect();
    files.iter().map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), lines(path))).collect()
}

#[test]
fn what_may_grow_has_another_case_and_what_may_not_says_why() {
    let mut seen = 0;
    for (file, lines) in contract() {
        for (at, line) in lines.iter().enumerate() {
            let name = line.trim();
            if !(name.starts_with("variant ") || name.starts_with("enum ")) {
                continue;
            }
            seen += 1;
            let doc: Vec<_> = lines.iter().take(at).rev().take_while(|line| line.trim().starts_with("///")).collect();
            let is_closed = doc.iter().any(|line| line.trim().starts_with("/// Closed: "));
            let mut cases = lines.iter().skip(at + 1).take_while(|line| line.trim() != "}").map(|line| line.trim());
            let has_other = cases.any(|case| case.starts_with("other(") || case == "other,");
            assert!(
                is_closed != has_other,
                "{file}: {name} has a case `other`, or says under \"Closed: \" why it has none"
            );
        }
    }
    assert!(seen > 15, "{seen} variants and enums");
}

#[test]
fn every_item_says_what_it_is() {
    for (file, lines) in contract() {
        for (at, line) in lines.iter().enumerate() {
            let item = line.trim();
            let is_plain = ["///", "//", "use ", "import ", "export ", "package ", "}", "account-status,"]
                .iter()
                .any(|start| item.starts_with(start));
            if item.is_empty() || is_plain || line.starts_with("        account-status") {
                continue;
            }
            let before = at.checked_sub(1).and_then(|before| lines.get(before)).unwrap();
            assert!(before.trim().starts_with("///"), "{file}:{}: {item}", at + 1);
        }
    }
}

#[test]
fn every_file_speaks_of_one_version() {
    let all: String = contract().into_iter().flat_map(|(_, lines)| lines).collect();
    assert_eq!(all.matches("elearnio:connector@").count(), 1);
    assert!(all.contains("package elearnio:connector@0.2.0;"));
}
