//! Programs that tests need and Cargo does not bring: where they are, and what to type where they are missing.
//!
//! `cargo xtask test` takes this file too: it installs what this finds missing, and two lists of names would drift apart.
//! Nothing but the path is looked at, and the folders where a distribution keeps what it leaves off the path. A driver that
//! downloads a browser of its own, and crates that download a database, were rejected: what is tested would change from one
//! day to the next, and a machine without a network could test nothing.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

/// What some tests need beside Cargo. All of those tests are in modules of one name, so that they can be left out by it.
#[derive(Debug, PartialEq, Eq)]
pub struct Need {
    /// What is not tested without it.
    pub subject: &'static str,
    /// The programs.
    pub programs: &'static [Program],
    /// Debian's packages that have them.
    pub packages: &'static [&'static str],
    /// What to install elsewhere.
    pub elsewhere: &'static str,
    /// The name of the modules with the tests.
    pub module: &'static str,
    /// The targets of `whole-system-tests` with such modules.
    pub targets: &'static [&'static str],
}

/// One program.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// What a reader knows it as.
    called: &'static str,
    /// The same beside the first of a list.
    beside: &'static str,
    /// What its file is called, by distribution; the first that is found counts.
    names: &'static [&'static str],
    /// Where it may be beside the path.
    kept_in: Option<KeptIn>,
}

/// A folder that is not on everybody's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeptIn {
    /// It itself.
    Folder(&'static str),
    /// One of each version: before its number, and after it.
    Versions(&'static str, &'static str),
}

/// Chromium and its driver; the driver drives Google Chrome as well. A browser without a font draws boxes for letters.
pub static BROWSER: Need = Need {
    subject: "the pages in a browser",
    programs: &[
        Program {
            called: "Chromium",
            beside: "Chromium",
            names: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
            kept_in: None,
        },
        Program {
            called: "Chromium's driver, `chromedriver`,",
            beside: "its driver, `chromedriver`,",
            names: &["chromedriver"],
            kept_in: None,
        },
    ],
    packages: &["chromium", "chromium-driver", "fonts-liberation"],
    elsewhere: "Chromium or Google Chrome, and the ChromeDriver of the same version",
    module: "in_a_browser",
    targets: &["browser"],
};

/// `PostgreSQL`. Debian keeps the programs of a server off the path.
pub static POSTGRESQL: Need = Need {
    subject: "what is kept in PostgreSQL",
    programs: &[
        Program {
            called: "PostgreSQL's server, `postgres`,",
            beside: "PostgreSQL's server, `postgres`,",
            names: &["postgres"],
            kept_in: POSTGRESQL_IS_IN,
        },
        Program {
            called: "PostgreSQL's `initdb`",
            beside: "its `initdb`",
            names: &["initdb"],
            kept_in: POSTGRESQL_IS_IN,
        },
    ],
    packages: &["postgresql"],
    elsewhere: "PostgreSQL 13 or newer",
    module: "in_postgresql",
    targets: &["crash", "postgres", "properties", "queue", "rules", "scaled"],
};

const POSTGRESQL_IS_IN: Option<KeptIn> = Some(KeptIn::Versions("/usr/lib/postgresql", "bin"));

/// NATS. Debian keeps it where only root's path leads.
pub static NATS: Need = Need {
    subject: "the queue in NATS JetStream",
    programs: &[Program {
        called: "NATS's server, `nats-server`,",
        beside: "NATS's server, `nats-server`,",
        names: &["nats-server"],
        kept_in: Some(KeptIn::Folder("/usr/sbin")),
    }],
    packages: &["nats-server"],
    elsewhere: "NATS server 2.9 or newer",
    module: "in_nats",
    targets: &["queue"],
};

/// What is not there. Its text says what to type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// What it belongs to.
    pub need: &'static Need,
    /// A bit for each program.
    programs: u8,
}

impl Need {
    /// Looks for its programs, in their order, on a path such as that of the variable `PATH`, and where a distribution keeps them.
    ///
    /// # Errors
    /// When one of them is not there.
    pub fn find(&'static self, path: Option<&OsStr>) -> Result<Vec<PathBuf>, Missing> {
        let path = path.unwrap_or_default();
        let found: Vec<Option<PathBuf>> = self.programs.iter().map(|program| program.find(path)).collect();
        let bit = |(place, file): (usize, &Option<PathBuf>)| if file.is_none() { 1 << place } else { 0 };
        match found.iter().enumerate().map(bit).sum() {
            0 => Ok(found.into_iter().flatten().collect()),
            programs => Err(Missing { need: self, programs }),
        }
    }
}

impl Program {
    fn find(&self, path: &OsStr) -> Option<PathBuf> {
        let folders: Vec<PathBuf> = std::env::split_paths(path).chain(self.versions()).collect();
        let name_in_folders = |name: &&str| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file());
        self.names.iter().find_map(name_in_folders)
    }

    /// The folders beside the path, the newest version first.
    fn versions(&self) -> Vec<PathBuf> {
        let (folder, part) = match self.kept_in {
            None => return Vec::new(),
            Some(KeptIn::Folder(folder)) => return vec![folder.into()],
            Some(KeptIn::Versions(folder, part)) => (folder, part),
        };
        let entries = Path::new(folder).read_dir().into_iter().flatten().flatten();
        let number = |name: &OsStr| name.to_str().and_then(|name| name.parse::<u32>().ok());
        let mut versions: Vec<(u32, PathBuf)> =
            entries.filter_map(|entry| Some((number(&entry.file_name())?, entry.path().join(part)))).collect();
        versions.sort_unstable_by(|one, other| other.cmp(one));
        versions.into_iter().map(|(_, folder)| folder).collect()
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.need.programs.iter().enumerate().filter(|(place, _)| self.programs & (1 << place) != 0);
        let missing: Vec<&Program> = missing.map(|(_, program)| program).collect();
        match missing.as_slice() {
            [one] => write!(f, "{} is", one.called)?,
            [first, others @ ..] => {
                write!(f, "{}", first.called)?;
                others.iter().try_for_each(|other| write!(f, " and {}", other.beside))?;
                write!(f, " are")?;
            }
            [] => write!(f, "nothing is")?,
        }
        write!(
            f,
            " not on the path. On Debian and as root, type\n    \
             apt-get update && apt-get install -y --no-install-recommends {}\n\
             Elsewhere, install {}",
            self.need.packages.join(" "),
            self.need.elsewhere
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
        let found = BROWSER.find(Some(&path)).expect("both");
        assert_eq!(found, [other.path().join("chromium"), one.path().join("chromedriver")], "the first name wins");
    }

    #[test]
    fn what_is_missing_is_named_with_what_to_type() {
        let driver = folder_with(&["chromedriver"]);
        let missing = BROWSER.find(Some(driver.path().as_os_str())).expect_err("no browser").to_string();
        assert!(missing.starts_with("Chromium is not on the path"), "{missing}");
        let both = BROWSER.find(None).expect_err("no path").to_string();
        assert!(both.starts_with("Chromium and its driver, `chromedriver`, are not on the path"), "{both}");
        assert!(both.contains("apt-get install -y --no-install-recommends chromium chromium-driver"), "{both}");
    }
}
