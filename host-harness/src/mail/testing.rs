//! What the mail tests share: settings, and golden files beside this module.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::Path;

use crate::settings::{Language, MailSettings};

pub(super) fn settings(language: Language) -> MailSettings {
    MailSettings {
        to: vec!["Jana Admin <admin@acme.example>".into()],
        from: "elearnio <sync@elearnio.example>".into(),
        language,
        smtp: None,
    }
}

/// Compares with the file in `golden/`; with `UPDATE_GOLDEN=1` writes it instead.
pub(super) fn golden(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mail/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; UPDATE_GOLDEN=1 cargo test writes it", path.display()));
    for (number, (expected, actual)) in expected.lines().zip(actual.lines()).enumerate() {
        assert_eq!(expected, actual, "{name}, line {}", number + 1);
    }
    assert_eq!(expected, actual, "{name}");
}
