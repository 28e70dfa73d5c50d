//! Links between accounts and employees, and what a person has decided about them (rule S12). What may be decided is judged in
//! [`connector_sync::decisions`].

use rusqlite::{Connection, OptionalExtension as _, params};

use connector_sync::directory::{AccountsOf, ForeignEmployee, Link};
use connector_sync::history::PastDecision;

const ACCOUNT: &str = "SELECT employee FROM accounts WHERE id = ?1";
const EARLIER: &str = "SELECT employee FROM earlier_employees WHERE account = ?1 ORDER BY employee";
const FOREIGN: &str = "SELECT employee, earlier_of FROM foreign_employees WHERE account = ?1 ORDER BY employee";
const OWNER: &str = "SELECT id FROM accounts WHERE employee = ?1";
const EARLIER_OWNER: &str = "SELECT account FROM earlier_employees WHERE employee = ?1";
const LINK: &str = "UPDATE accounts SET employee = ?2, version = version + 1 WHERE id = ?1";
const DROP_EARLIER: &str = "DELETE FROM earlier_employees WHERE account = ?1";
const ADD_EARLIER: &str = "INSERT INTO earlier_employees (employee, account) VALUES (?2, ?1)";
const DROP_FOREIGN: &str = "DELETE FROM foreign_employees WHERE account = ?1";
const ADD_FOREIGN: &str = "INSERT INTO foreign_employees (account, employee, earlier_of) VALUES (?1, ?2, ?3)";
const DECISION: &str = "INSERT INTO decisions (account, kind, employee, earlier, reason, decided) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// An account's link; none if there is no such account.
pub(super) fn link(connection: &Connection, account: &str) -> rusqlite::Result<Option<Link>> {
    let employee = connection.prepare_cached(ACCOUNT)?.query_row([account], |row| row.get(0)).optional()?;
    let Some(employee) = employee else { return Ok(None) };
    let foreign = |row: &rusqlite::Row<'_>| Ok(ForeignEmployee { employee: row.get(0)?, earlier_of: row.get(1)? });
    Ok(Some(Link {
        employee,
        earlier: connection
            .prepare_cached(EARLIER)?
            .query_map([account], |row| row.get(0))?
            .collect::<Result<_, _>>()?,
        foreign: connection.prepare_cached(FOREIGN)?.query_map([account], foreign)?.collect::<Result<_, _>>()?,
    }))
}

/// The accounts that have to do with an employee's ID.
pub(super) fn accounts_of(connection: &Connection, employee: &str) -> rusqlite::Result<AccountsOf> {
    let one = |sql: &str| connection.prepare_cached(sql)?.query_row([employee], |row| row.get(0)).optional();
    Ok(AccountsOf { linked: one(OWNER)?, earlier: one(EARLIER_OWNER)? })
}

/// Puts a link in the place of the account's.
pub(super) fn set_link(connection: &Connection, account: &str, link: &Link) -> rusqlite::Result<()> {
    if connection.execute(LINK, params![account, link.employee])? == 0 {
        return Ok(());
    }
    connection.execute(DROP_EARLIER, [account])?;
    connection.execute(DROP_FOREIGN, [account])?;
    for earlier in &link.earlier {
        connection.execute(ADD_EARLIER, [account, earlier])?;
    }
    for ForeignEmployee { employee, earlier_of } in &link.foreign {
        connection.execute(ADD_FOREIGN, params![account, employee, earlier_of])?;
    }
    Ok(())
}

/// Files a decision.
pub(super) fn file(connection: &Connection, decision: &PastDecision) -> rusqlite::Result<()> {
    let PastDecision { decided, kind, account, employee, earlier, reason } = decision;
    connection.execute(DECISION, params![account, kind, employee, earlier, reason, decided]).map(|_| ())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use connector_sync::decisions::{self, REASON};
    use connector_sync::directory::{DirectoryError, Store as _};
    use jiff::Timestamp;

    use crate::import::import;
    use crate::sqlite::SqliteDirectory;
    use crate::sqlite::tests::now;

    const DAY: &str = "2026-11-26T12:00:00Z";

    fn day() -> Timestamp {
        DAY.parse().unwrap()
    }

    /// Decides in a transaction of its own.
    fn relink(
        directory: &mut SqliteDirectory,
        account: &str,
        employee: &str,
        reason: &str,
    ) -> Result<(), DirectoryError> {
        now(async {
            let mut transaction = directory.administer().await?;
            decisions::relink(&mut *transaction, account, employee, reason, day()).await?;
            transaction.commit().await
        })
    }

    fn unlink(directory: &mut SqliteDirectory, account: &str, reason: &str) -> Result<String, DirectoryError> {
        now(async {
            let mut transaction = directory.administer().await?;
            let before = decisions::unlink(&mut *transaction, account, reason, day()).await?;
            transaction.commit().await?;
            Ok(before)
        })
    }

    fn directory(folder: &tempfile::TempDir) -> SqliteDirectory {
        let file = folder.path().join("start.json");
        let accounts = r#"{"groups": [], "accounts": [
            {"id": "a", "email": "a@x.example", "first_name": "A", "last_name": "A", "status": "active", "employee": "1"},
            {"id": "b", "email": "b@x.example", "first_name": "B", "last_name": "B", "status": "active", "employee": "2"}]}"#;
        std::fs::write(&file, accounts).unwrap();
        let mut directory = SqliteDirectory::open(&folder.path().join("acme.db")).unwrap();
        now(import(&mut directory, &file)).unwrap();
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
        relink(&mut directory, "a", "9", "re-hired").unwrap();
        assert_eq!(links(&directory, "a"), (Some("9".to_owned()), vec!["1".to_owned()], Vec::new()));
        relink(&mut directory, "a", "1", "a mistake").unwrap();
        assert_eq!(links(&directory, "a"), (Some("1".to_owned()), Vec::new(), Vec::new()));
        let decisions: i64 =
            directory.connection.query_row("SELECT count(*) FROM decisions", [], |row| row.get(0)).unwrap();
        assert_eq!(decisions, 2, "both are in the log");
    }

    #[test]
    fn s12_an_account_that_is_not_theirs_is_unlinked_and_linked_back_by_hand() {
        let folder = tempfile::tempdir().unwrap();
        let mut directory = directory(&folder);
        assert_eq!(unlink(&mut directory, "a", "two people, one mailbox").unwrap(), "1");
        assert_eq!(links(&directory, "a"), (None, Vec::new(), vec!["1".to_owned()]));
        relink(&mut directory, "a", "1", "it was theirs").unwrap();
        assert_eq!(links(&directory, "a"), (Some("1".to_owned()), Vec::new(), Vec::new()));
    }

    #[test]
    fn s12_earlier_ids_go_and_come_with_the_person() {
        let folder = tempfile::tempdir().unwrap();
        let mut directory = directory(&folder);
        let both = || vec!["1".to_owned(), "9".to_owned()];
        relink(&mut directory, "a", "9", "re-hired").unwrap();
        unlink(&mut directory, "a", "somebody else's").unwrap();
        assert_eq!(links(&directory, "a"), (None, Vec::new(), both()));
        relink(&mut directory, "a", "9", "it was theirs").unwrap();
        assert_eq!(links(&directory, "a"), (Some("9".to_owned()), vec!["1".to_owned()], Vec::new()));
        // Somebody else who gets the account has none of these IDs.
        unlink(&mut directory, "a", "somebody else's").unwrap();
        relink(&mut directory, "a", "5", "theirs").unwrap();
        assert_eq!(links(&directory, "a"), (Some("5".to_owned()), Vec::new(), both()));
    }

    #[test]
    fn impossible_decisions_are_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let mut directory = directory(&folder);
        relink(&mut directory, "b", "8", "re-hired").unwrap();
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
            assert_eq!(relink(&mut directory, account, employee, reason).unwrap_err().to_string(), words);
        }
        unlink(&mut directory, "a", "x").unwrap();
        let again = unlink(&mut directory, "a", "x").unwrap_err().to_string();
        assert_eq!(again, "account a is not linked to anybody; there is nothing to do");
    }
}
