//! What a person decides about an account's link (rule S12): the only way to change a link.
//!
//! A decision is kept with its reason and is undone by the opposite one. Planning respects it: an earlier ID of somebody is
//! never taken for a newcomer, and an account is not linked by its address to somebody for whom a person decided that it is
//! not theirs.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{SqliteDirectory, failed};
use connector_sync::directory::DirectoryError;

const ACCOUNT: &str = "SELECT employee FROM accounts WHERE id = ?1";
const OWNER: &str = "SELECT id FROM accounts WHERE employee = ?1";
const EARLIER_OWNER: &str = "SELECT account FROM earlier_employees WHERE employee = ?1";
const LINK: &str = "UPDATE accounts SET employee = ?2, version = version + 1 WHERE id = ?1";
const ADD_EARLIER: &str = "INSERT INTO earlier_employees (employee, account) VALUES (?2, ?1)";
const DROP_EARLIER: &str = "DELETE FROM earlier_employees WHERE account = ?1 AND employee = ?2";
const ADD_FOREIGN: &str = "INSERT INTO foreign_employees (account, employee) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
/// Earlier IDs are the same person's: an account that is not theirs is theirs under none of their IDs.
const EARLIER_TO_FOREIGN: &str = "INSERT INTO foreign_employees (account, employee, earlier_of) \
     SELECT account, employee, ?2 FROM earlier_employees WHERE account = ?1 ON CONFLICT DO NOTHING";
const DROP_ALL_EARLIER: &str = "DELETE FROM earlier_employees WHERE account = ?1";
/// The opposite, for a person who gets the account back.
const FOREIGN_TO_EARLIER: &str = "INSERT INTO earlier_employees (employee, account) \
     SELECT employee, account FROM foreign_employees WHERE account = ?1 AND earlier_of = ?2 ON CONFLICT DO NOTHING";
const DROP_FOREIGN_EARLIER: &str = "DELETE FROM foreign_employees WHERE account = ?1 AND earlier_of = ?2";
const DROP_FOREIGN: &str = "DELETE FROM foreign_employees WHERE account = ?1 AND employee = ?2";
const DECISION: &str = "INSERT INTO decisions (account, kind, employee, earlier, reason, decided) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// The longest reason, in characters.
const REASON: usize = 500;

impl SqliteDirectory {
    /// Links an account to this employee: it is the same person with a new ID, or the account of somebody who has none.
    ///
    /// The employee it was linked to before is kept as an earlier ID of the same person. Linking it back to an earlier ID
    /// takes that decision back. `decided` is the time, RFC 3339 in UTC.
    ///
    /// # Errors
    /// When there is no such account, the employee has another account, or the directory cannot be written.
    pub fn relink(&mut self, account: &str, employee: &str, reason: &str, decided: &str) -> Result<(), DirectoryError> {
        let (employee, reason) = (employee.trim(), checked(reason)?);
        if employee.is_empty() {
            return refuse("an employee's ID is needed; write the one that the HR system shows".to_owned());
        }
        let transaction = self.transaction()?;
        let before = linked_to(&transaction, account)?;
        if before.as_deref() == Some(employee) {
            return refuse(format!(
                "account {account} is already linked to employee {employee}; there is nothing to do"
            ));
        }
        if let Some(owner) = one(&transaction, OWNER, employee)? {
            return refuse(format!(
                "employee {employee} already has account {owner}; unlink that one first if account {account} is theirs"
            ));
        }
        let undoes = match one(&transaction, EARLIER_OWNER, employee)? {
            Some(owner) if owner != account => {
                return refuse(format!(
                    "employee {employee} is an earlier ID of account {owner}; link that account back to it, or name another"
                ));
            }
            owner => owner.is_some(),
        };
        let write = || -> rusqlite::Result<()> {
            transaction.execute(DROP_EARLIER, [account, employee])?;
            transaction.execute(DROP_FOREIGN, [account, employee])?;
            transaction.execute(FOREIGN_TO_EARLIER, [account, employee])?;
            transaction.execute(DROP_FOREIGN_EARLIER, [account, employee])?;
            transaction.execute(LINK, [account, employee])?;
            if let Some(before) = before.as_deref().filter(|_| !undoes) {
                transaction.execute(ADD_EARLIER, [account, before])?;
            }
            transaction.execute(DECISION, params![account, "relink", employee, before, reason, decided]).map(|_| ())
        };
        write().map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    /// Takes an account's link away: it is not this person's, and is never linked to them by its address again, under any of
    /// their IDs. Gives the employee it was linked to. Linking it to them by hand takes the decision back, for their earlier IDs
    /// too.
    ///
    /// # Errors
    /// When there is no such account, it is not linked, or the directory cannot be written.
    pub fn unlink(&mut self, account: &str, reason: &str, decided: &str) -> Result<String, DirectoryError> {
        let reason = checked(reason)?;
        let transaction = self.transaction()?;
        let Some(before) = linked_to(&transaction, account)? else {
            return refuse(format!("account {account} is not linked to anybody; there is nothing to do"));
        };
        let write = || -> rusqlite::Result<()> {
            transaction.execute(LINK, params![account, None::<&str>])?;
            transaction.execute(EARLIER_TO_FOREIGN, [account, &before])?;
            transaction.execute(DROP_ALL_EARLIER, [account])?;
            transaction.execute(ADD_FOREIGN, [account, &before])?;
            transaction.execute(DECISION, params![account, "unlink", None::<&str>, before, reason, decided]).map(|_| ())
        };
        write().map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(before)
    }
}

fn refuse<T>(message: String) -> Result<T, DirectoryError> {
    Err(DirectoryError::Unusable(message))
}

/// Somebody who reads the log later has to understand it.
fn checked(reason: &str) -> Result<&str, DirectoryError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON {
        return refuse(format!("a reason of 1 to {REASON} characters is needed; it is kept in the log"));
    }
    Ok(reason)
}

/// The employee an account is linked to.
fn linked_to(connection: &Connection, account: &str) -> Result<Option<String>, DirectoryError> {
    let found = connection.query_row(ACCOUNT, [account], |row| row.get(0)).optional().map_err(failed)?;
    found.map_or_else(
        || refuse(format!("there is no account {account}; `harness directory show` lists the accounts")),
        Ok,
    )
}

fn one(connection: &Connection, sql: &str, key: &str) -> Result<Option<String>, DirectoryError> {
    connection.query_row(sql, [key], |row| row.get(0)).optional().map_err(failed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;
    use crate::import::import;

    const DAY: &str = "2026-11-26T12:00:00Z";

    fn directory(folder: &tempfile::TempDir) -> SqliteDirectory {
        let file = folder.path().join("start.json");
        let accounts = r#"{"groups": [], "accounts": [
            {"id": "a", "email": "a@x.example", "first_name": "A", "last_name": "A", "status": "active", "employee": "1"},
            {"id": "b", "email": "b@x.example", "first_name": "B", "last_name": "B", "status": "active", "employee": "2"}]}"#;
        std::fs::write(&file, accounts).unwrap();
        let mut directory = SqliteDirectory::open(&folder.path().join("acme.db")).unwrap();
        import(&mut directory, &file).unwrap();
        directory
    }

    /// An account's employee, earlier IDs and IDs that are not theirs.
    fn links(directory: &SqliteDirectory, id: &str) -> (Option<String>, Vec<String>, Vec<String>) {
        let accounts = directory.snapshot().unwrap().accounts;
        let account = accounts.into_iter().find(|account| account.id == id).unwrap();
        (account.employee, account.earlier_employees, account.foreign_employees)
    }

    #[test]
    fn s12_the_same_person_with_a_new_id_keeps_the_account_and_the_decision_can_be_undone() {
        let folder = tempfile::tempdir().unwrap();
        let mut directory = directory(&folder);
        directory.relink("a", "9", "re-hired", DAY).unwrap();
        assert_eq!(links(&directory, "a"), (Some("9".to_owned()), vec!["1".to_owned()], Vec::new()));
        directory.relink("a", "1", "a mistake", DAY).unwrap();
        assert_eq!(links(&directory, "a"), (Some("1".to_owned()), Vec::new(), Vec::new()));
        let decisions: i64 =
            directory.connection.query_row("SELECT count(*) FROM decisions", [], |row| row.get(0)).unwrap();
        assert_eq!(decisions, 2, "both are in the log");
    }

    #[test]
    fn s12_an_account_that_is_not_theirs_is_unlinked_and_linked_back_by_hand() {
        let folder = tempfile::tempdir().unwrap();
        let mut directory = directory(&folder);
        assert_eq!(directory.unlink("a", "two people, one mailbox", DAY).unwrap(), "1");
        assert_eq!(links(&directory, "a"), (None, Vec::new(), vec!["1".to_owned()]));
        directory.relink("a", "1", "it was theirs", DAY).unwrap();
        assert_eq!(links(&directory, "a"), (Some("1".to_owned()), Vec::new(), Vec::new()));
    }

    #[test]
    fn s12_earlier_ids_go_and_come_with_the_person() {
        let folder = tempfile::tempdir().unwrap();
        let mut directory = directory(&folder);
        let both = || vec!["1".to_owned(), "9".to_owned()];
        directory.relink("a", "9", "re-hired", DAY).unwrap();
        directory.unlink("a", "somebody else's", DAY).unwrap();
        assert_eq!(links(&directory, "a"), (None, Vec::new(), both()));
        directory.relink("a", "9", "it was theirs", DAY).unwrap();
        assert_eq!(links(&directory, "a"), (Some("9".to_owned()), vec!["1".to_owned()], Vec::new()));
        // Somebody else who gets the account has none of these IDs.
        directory.unlink("a", "somebody else's", DAY).unwrap();
        directory.relink("a", "5", "theirs", DAY).unwrap();
        assert_eq!(links(&directory, "a"), (Some("5".to_owned()), Vec::new(), both()));
    }

    #[test]
    fn impossible_decisions_are_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let mut directory = directory(&folder);
        directory.relink("b", "8", "re-hired", DAY).unwrap();
        let long = "x".repeat(REASON + 1);
        for (account, employee, reason, words) in [
            ("a", "8", "x", "employee 8 already has account b; unlink that one first if account a is theirs"),
            ("a", "2", "x", "employee 2 is an earlier ID of account b; link that account back to it, or name another"),
            ("a", "1", "x", "account a is already linked to employee 1; there is nothing to do"),
            ("z", "9", "x", "there is no account z; `harness directory show` lists the accounts"),
            ("a", " ", "x", "an employee's ID is needed; write the one that the HR system shows"),
            ("a", "9", " ", "a reason of 1 to 500 characters is needed; it is kept in the log"),
            ("a", "9", &long, "a reason of 1 to 500 characters is needed; it is kept in the log"),
        ] {
            assert_eq!(directory.relink(account, employee, reason, DAY).unwrap_err().to_string(), words);
        }
        directory.unlink("a", "x", DAY).unwrap();
        let again = directory.unlink("a", "x", DAY).unwrap_err().to_string();
        assert_eq!(again, "account a is not linked to anybody; there is nothing to do");
    }
}
