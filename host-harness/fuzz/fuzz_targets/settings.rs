//! Settings: any file is settings or a list of mistakes, and no mistake shows a secret.

#![no_main]

use std::cell::LazyCell;

use connector_settings::file;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// The value of every environment variable, and what it is not to be found in.
const SECRET: &str = "s3cret-of-the-fuzzer";

thread_local! {
    static FOLDER: LazyCell<TempDir> = const {
        LazyCell::new(|| tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap())
    };
}

fuzz_target!(|data: &[u8]| {
    FOLDER.with(|folder| {
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, data).unwrap();
        match file::load_with(&path, |_| Some(SECRET.to_owned())) {
            Ok(settings) => {
                assert!(!settings.connector.name.trim().is_empty() && !settings.kind.is_empty());
                assert!(settings.mail.is_none_or(|mail| !mail.to.is_empty()));
            }
            Err(error) => {
                let text = error.to_string();
                assert!(!text.is_empty() && !text.contains(SECRET));
                assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
            }
        }
        let _ = file::load_limits(&path);
    });
});
