//! What the mail tests share.

use crate::settings::{Language, MailSettings};

pub(super) fn settings(language: Language) -> MailSettings {
    MailSettings {
        to: vec!["Jana Admin <admin@acme.example>".into()],
        from: "elearnio <sync@elearnio.example>".into(),
        language,
        smtp: None,
    }
}

/// Compares with a golden file of the mails.
pub(super) fn golden(name: &str, actual: &str) {
    crate::golden::golden(&format!("mail/golden/{name}"), actual);
}
