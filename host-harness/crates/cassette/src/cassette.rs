//! Recorded exchanges: a folder with one readable JSON file for each, in the order of their file names.
//!
//! ```json
//! {
//!   "request": {
//!     "method": "POST",
//!     "url": "https://api.personio.de/v1/auth",
//!     "form": { "client_id": "papi-1", "client_secret": { "secret": true } }
//!   },
//!   "response": { "status": 200, "json": { "success": true, "data": { "token": "made-up" } } }
//! }
//! ```
//!
//! | key | means |
//! |---|---|
//! | `request.method`, `request.url` | required; the query may stand in any order |
//! | `request.headers` | only those listed must match; names without case |
//! | `request.authorization` | `"bearer"` or `"basic"`; without it, none was sent. Never the secret |
//! | `request.form` | name to text, to `{"secret": true}`, or to a list of these |
//! | `request.json`, `request.text` | another body, compared by value or byte by byte; at most one of the three |
//! | `response.status` | required, 100 to 599 |
//! | `response.headers` | optional |
//! | `response.json`, `response.text`, `response.base64` | the body, at most one; `json` is given back as it is written |
//! | `repeat` | `true`: answers every time; else once |
//!
//! Of a field that is a credential by its name (`token`, `session`, …), in a query, a form or JSON, what counts is that it is
//! there: whatever the file says of its value is masked when it is read.
//!
//! Any other key is an error. One big file was rejected: a diff of a folder shows which exchange changed.

use connector_host::files;
use std::path::{Path, PathBuf};

pub use super::exchange::{AuthorizationKind, Exchange, FormValue, RecordedRequest, RecordedResponse, SecretMark};

/// Why a folder cannot be replayed: the file, the line, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CassetteError {
    /// The folder cannot be listed.
    #[error("the cassette {}: {reason}; name a folder of recorded exchanges", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        #[source]
        reason: std::io::Error,
    },
    /// The folder has no `.json` file.
    #[error("the cassette {} is empty; it should hold one .json file for each exchange", folder.display())]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read.
    #[error("{}: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        reason: std::io::Error,
    },
    /// A file is not a recorded exchange.
    #[error("{}: {reason}; correct the file, or remove it", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// What is wrong, with the line and column.
        #[source]
        reason: serde_json::Error,
    },
}

/// Reads a folder's exchanges with their file names, in the order of these. Files that do not end in `.json` are left out.
///
/// # Errors
/// At the first file that cannot be read, and for a folder without any.
pub fn read_folder(folder: &Path) -> Result<Vec<(String, Exchange)>, CassetteError> {
    let unlisted = |reason| CassetteError::Folder { folder: folder.to_owned(), reason };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unlisted)? {
        let path = entry.map_err(unlisted)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(CassetteError::Empty { folder: folder.to_owned() });
    }
    files.sort_unstable();
    files.into_iter().map(|file| Ok((name_of(&file), read_file(&file)?))).collect()
}

/// The largest file of one exchange, in bytes: several times what a run takes as an answer.
const LARGEST: u64 = 256 << 20;

/// Reads one exchange.
///
/// # Errors
/// When the file cannot be read, or is not a recorded exchange: with the line and the key.
pub fn read_file(file: &Path) -> Result<Exchange, CassetteError> {
    let unreadable =
        |error: files::ReadError| CassetteError::Unreadable { file: file.to_owned(), reason: error.into() };
    let text = files::read(file, LARGEST).map_err(unreadable)?;
    serde_json::from_slice(&text).map_err(|reason| CassetteError::Invalid { file: file.to_owned(), reason })
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    const GOOD: &str = r#"{
  "request": { "method": "GET", "url": "https://api.personio.de/v1/x?limit=1" },
  "response": { "status": 200, "json": { "big": 12345678901234567890123, "a": 1.0 } }
}"#;

    fn error(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("0001-x.json"), text).unwrap();
        read_folder(folder.path()).unwrap_err().to_string()
    }

    #[test]
    fn every_mistake_is_named_with_its_file_and_line() {
        for (from, to, expected) in [
            ("\"method\"", "\"metod\"", ["unknown field `metod`", "line 2"]),
            ("\"status\"", "\"code\"", ["unknown field `code`", "line 3"]),
            ("\"request\"", "\"req\"", ["unknown field `req`", "line 2"]),
            ("GET", "get", ["`get` is not one of GET", "line 2"]),
            ("https://api.personio.de", "", ["`url` is not an absolute URL", "line 2"]),
            ("\"status\": 200", "\"status\": 99", ["`status` must be from 100", "line 3"]),
            ("\"status\": 200", "\"status\": 200, \"text\": \"x\"", ["may have only one of", "line 4"]),
            ("\"json\": {", "\"base64\": \"?\", \"json\": {", ["`base64`", "line 3"]),
            ("limit=1\"", "limit=1\", \"form\": {\"a\": {\"secret\": false}}", ["a form field must be", "line 2"]),
            ("limit=1\"", "limit=1\", \"json\": null, \"text\": \"\"", ["may have only one of", "line 2"]),
            ("limit=1\"", "limit=1\", \"authorization\": \"Bearer x\"", ["unknown variant", "line 2"]),
            ("} }\n}", "} }", ["EOF", "line 3"]),
        ] {
            let text = error(&GOOD.replacen(from, to, 1));
            assert!(expected.iter().all(|part| text.contains(part)), "{to}: {text}");
            assert!(text.contains("0001-x.json"), "{text}");
        }
    }

    #[test]
    fn a_json_body_is_given_back_as_it_is_written() {
        let exchange: Exchange = serde_json::from_str(GOOD).unwrap();
        assert_eq!(exchange.response.body(), br#"{ "big": 12345678901234567890123, "a": 1.0 }"#);
        let again: Exchange = serde_json::from_str(&serde_json::to_string(&exchange).unwrap()).unwrap();
        assert_eq!(again.response.body(), exchange.response.body());
    }

    #[test]
    fn a_folder_without_exchanges_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read_folder(folder.path()).unwrap_err().to_string().contains("is empty; it should hold"));
        std::fs::write(folder.path().join("README.md"), "x").unwrap();
        assert!(read_folder(folder.path()).unwrap_err().to_string().contains("is empty; it should hold"));
        assert!(read_folder(&folder.path().join("nowhere")).unwrap_err().to_string().contains("nowhere"));
    }

    #[test]
    fn files_come_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["0002-b.json", "0010-c.json", "0001-a.json", "notes.txt"] {
            std::fs::write(folder.path().join(name), GOOD).unwrap();
        }
        let names: Vec<String> = read_folder(folder.path()).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["0001-a.json", "0002-b.json", "0010-c.json"]);
    }
}
