//! The programs that a test in a browser needs, and what to type where they are missing.
//!
//! `cargo xtask test` takes this file too: it installs what this finds missing, and two lists of names would drift apart.
//! Nothing but the path is looked at. A driver that downloads a browser of its own was rejected: what is tested would
//! change from one day to the next, and a machine without a network could test nothing.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

/// What Chromium is called, by distribution; the driver drives Google Chrome as well.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// What its driver is called.
const DRIVERS: [&str; 1] = ["chromedriver"];

/// Debian's packages. A browser without a font draws boxes for letters.
pub const PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "fonts-liberation"];

/// A browser, and what drives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// Chromium.
    pub browser: PathBuf,
    /// Its driver.
    pub driver: PathBuf,
}

/// What is not on the path. Its text says what to type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    browser: bool,
    driver: bool,
}

impl Programs {
    /// Looks for both on a path, such as that of the variable `PATH`.
    ///
    /// # Errors
    /// When one of them is not there.
    pub fn find(path: Option<&OsStr>) -> Result<Self, Missing> {
        let path = path.unwrap_or_default();
        match (first(path, &BROWSERS), first(path, &DRIVERS)) {
            (Some(browser), Some(driver)) => Ok(Self { browser, driver }),
            (browser, driver) => Err(Missing { browser: browser.is_none(), driver: driver.is_none() }),
        }
    }
}

/// The file of the first of these names that is on the path.
fn first(path: &OsStr, names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(path).collect();
    let name_in_folders = |name: &&str| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file());
    names.iter().find_map(name_in_folders)
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = match (self.browser, self.driver) {
            (true, false) => "Chromium is",
            (false, true) => "Chromium's driver, `chromedriver`, is",
            _ => "Chromium and its driver, `chromedriver`, are",
        };
        write!(
            f,
            "{missing} not on the path. On Debian and as root, type\n    \
             apt-get update && apt-get install -y --no-install-recommends {}\n\
             Elsewhere, install Chromium or Google Chrome, and the ChromeDriver of the same version",
            PACKAGES.join(" ")
        )
    }
}

impl std::error::Error for Missing {}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    fn folder_with(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for name in names {
            std::fs::write(folder.path().join(name), "").expect("a file");
        }
        folder
    }

    #[test]
    fn both_are_found_wherever_they_are_on_the_path() {
        let (one, other) = (folder_with(&["chromedriver"]), folder_with(&["google-chrome", "chromium"]));
        let path = std::env::join_paths([one.path(), other.path()]).expect("a path");
        let found = Programs::find(Some(&path)).expect("both");
        assert_eq!(found.driver, one.path().join("chromedriver"));
        assert_eq!(found.browser, other.path().join("chromium"), "the first name wins");
    }

    #[test]
    fn what_is_missing_is_named_with_what_to_type() {
        let driver = folder_with(&["chromedriver"]);
        let missing = Programs::find(Some(driver.path().as_os_str())).expect_err("no browser").to_string();
        assert!(missing.starts_with("Chromium is not on the path"), "{missing}");
        let both = Programs::find(None).expect_err("no path").to_string();
        assert!(both.starts_with("Chromium and its driver, `chromedriver`, are not on the path"), "{both}");
        assert!(both.contains("apt-get install -y --no-install-recommends chromium chromium-driver"), "{both}");
    }
}
