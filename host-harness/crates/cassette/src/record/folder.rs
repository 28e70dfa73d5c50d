//! Writing a cassette: whole, or not at all.
//!
//! The files go into a hidden folder beside the one that was asked for, which takes its name at the end. A run that dies
//! half way leaves at most that hidden folder, never half a cassette.

use std::path::Path;

use connector_host::files;

use super::RecordError;

/// Whether a cassette may go there: there is nothing, or an empty folder. Asked before a run starts.
///
/// # Errors
/// [`RecordError::Occupied`], or that it cannot be looked at.
pub fn vacant(folder: &Path) -> Result<(), RecordError> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(RecordError::Occupied(folder.to_owned())),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(reason) => Err(RecordError::Folder { folder: folder.to_owned(), reason }),
    }
}

/// Writes files, by name, into a new folder.
///
/// # Errors
/// When the folder is not vacant or cannot be written; it is then as it was.
pub fn write(folder: &Path, files: &[(String, String)]) -> Result<(), RecordError> {
    vacant(folder)?;
    let failed = |reason| RecordError::Folder { folder: folder.to_owned(), reason };
    let parent = files::folder_of(folder);
    std::fs::create_dir_all(parent).map_err(failed)?;
    // Removed on drop, unless it was renamed.
    let draft = files::private_temporary_folder(".recording-", Some(parent)).map_err(failed)?;
    for (name, text) in files {
        files::write(&draft.path().join(name), text.as_bytes()).map_err(failed)?;
    }
    if folder.exists() {
        std::fs::remove_dir(folder).map_err(failed)?;
    }
    // Its owner's alone, as it was made: what is in a cassette is its maker's to share.
    let draft = draft.keep();
    std::fs::rename(&draft, folder).map_err(|reason| {
        drop(std::fs::remove_dir_all(&draft));
        failed(reason)
    })?;
    files::sync_folder(parent).map_err(failed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn file(name: &str) -> (String, String) {
        (name.to_owned(), "{}".to_owned())
    }

    #[test]
    fn a_folder_that_is_in_use_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("mine"), "x").unwrap();
        let error = write(place.path(), &[file("a")]).unwrap_err().to_string();
        assert!(error.contains("is not empty; name a new folder"), "{error}");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn new_and_empty_folders_are_filled() {
        let place = tempfile::tempdir().unwrap();
        let empty = place.path().join("empty");
        std::fs::create_dir(&empty).unwrap();
        for folder in [empty, place.path().join("deep/new")] {
            write(&folder, &[file("a"), file("b")]).unwrap();
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
        }
    }

    #[test]
    fn a_write_that_fails_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("new");
        // The second name is a folder that does not exist.
        write(&folder, &[file("a"), file("no/such")]).unwrap_err();
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }
}
