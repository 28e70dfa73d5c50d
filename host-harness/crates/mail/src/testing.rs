//! What the mail tests share.

use connector_settings::{Language, MailSettings};

pub(super) fn settings(language: Language) -> MailSettings {
    MailSettings {
        to: vec!["Jana Admin <admin@acme.example>".into()],
        from: "elearnio <sync@elearnio.example>".into(),
        language,
        smtp: None,
    }
}

/// Compares with a golden file of the mails; `UPDATE_EXPECT=1 cargo test -p connector-mail` writes them.
pub(super) fn golden(name: &str, actual: &str) {
    expect_test::expect_file![format!("golden/{name}")].assert_eq(actual);
}
