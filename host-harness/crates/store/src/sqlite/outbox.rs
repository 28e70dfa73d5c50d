//! The queue of mails between commit and delivery.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::failed;
use connector_sync::directory::{DirectoryError, Invitee, OutboxCounts, Undeliverable};
use connector_sync::mail::Mail;

const ENQUEUE: &str = "INSERT INTO outbox (message_id, sender, recipients, subject, text, html, date) \
     VALUES (:message_id, :sender, :recipients, :subject, :text, :html, :date) ON CONFLICT (message_id) DO NOTHING";
const QUEUED: &str = "SELECT message_id, sender, recipients, subject, text, html, date FROM outbox \
     WHERE delivered = 0 AND undeliverable IS NULL ORDER BY number";
const REPLACE: &str = "UPDATE outbox SET sender = :sender, recipients = :recipients, subject = :subject, text = :text, \
     html = :html, date = :date, undeliverable = NULL WHERE message_id = :message_id AND delivered = 0";
const DEAD_LETTER: &str =
    "UPDATE outbox SET undeliverable = ?2, text = '', html = '' WHERE message_id = ?1 AND delivered = 0";
const UNDELIVERABLE: &str = "SELECT message_id, recipients, undeliverable FROM outbox WHERE undeliverable IS NOT NULL \
     ORDER BY number";
const INVITEE: &str = "SELECT id, email, first_name FROM accounts WHERE employee = ?1";
const DELIVERED: &str = "UPDATE outbox SET delivered = 1, sender = '', recipients = '[]', subject = '', text = '', \
     html = '' WHERE message_id = ?1";

/// Queues a mail, unless its message ID is known: queued, or delivered before.
pub(super) fn enqueue(connection: &Connection, mail: &Mail) -> Result<(), DirectoryError> {
    write(connection, ENQUEUE, mail)
}

/// Puts a mail in the place of the one with its ID, unless that was delivered.
pub(super) fn replace(connection: &Connection, mail: &Mail) -> Result<(), DirectoryError> {
    write(connection, REPLACE, mail)
}

fn write(connection: &Connection, sql: &str, mail: &Mail) -> Result<(), DirectoryError> {
    let recipients = serde_json::to_string(&mail.to).map_err(|error| DirectoryError::Failed(error.to_string()))?;
    let write = || -> rusqlite::Result<usize> {
        connection.prepare_cached(sql)?.execute(named_params! {
            ":message_id": mail.message_id, ":sender": mail.from, ":recipients": recipients, ":subject": mail.subject,
            ":text": mail.text, ":html": mail.html, ":date": mail.date,
        })
    };
    write().map(|_| ()).map_err(failed)
}

/// Where an employee's invitation goes.
pub(super) fn invitee(connection: &Connection, employee: &str) -> Result<Option<Invitee>, DirectoryError> {
    let select = || -> rusqlite::Result<Option<Invitee>> {
        let invitee = |row: &Row<'_>| Ok(Invitee { account: row.get(0)?, email: row.get(1)?, first_name: row.get(2)? });
        connection.prepare_cached(INVITEE)?.query_row([employee], invitee).optional()
    };
    select().map_err(failed)
}

/// What waits, oldest first.
pub(super) fn queued(connection: &Connection) -> Result<Vec<Mail>, DirectoryError> {
    let mut statement = connection.prepare_cached(QUEUED).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let mut mails = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        mails.push(mail(row)?);
    }
    Ok(mails)
}

fn mail(row: &Row<'_>) -> Result<Mail, DirectoryError> {
    let recipients: String = row.get("recipients").map_err(failed)?;
    let to = serde_json::from_str(&recipients).map_err(|_| {
        DirectoryError::Corrupt("a queued mail has no recipients; restore the directory from a copy".to_owned())
    })?;
    let values = || -> rusqlite::Result<Mail> {
        Ok(Mail {
            message_id: row.get("message_id")?,
            from: row.get("sender")?,
            to,
            subject: row.get("subject")?,
            text: row.get("text")?,
            html: row.get("html")?,
            date: row.get("date")?,
        })
    };
    values().map_err(failed)
}

/// Keeps a delivered mail's ID and forgets the rest: people's names and addresses have no more use here.
pub(super) fn delivered(connection: &Connection, message_id: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(DELIVERED)?.execute([message_id]).map(|_| ())
}

/// Notes why a mail can never be delivered. Its body is forgotten: a mail that takes its place brings its own.
pub(super) fn dead_letter(connection: &Connection, message_id: &str, why: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(DEAD_LETTER)?.execute([message_id, why]).map(|_| ())
}

/// What was set aside, oldest first.
pub(super) fn undeliverable(connection: &Connection) -> rusqlite::Result<Vec<Undeliverable>> {
    let mail = |row: &Row<'_>| {
        let recipients: String = row.get(1)?;
        // The mail is listed even if its recipients are damaged, so that somebody can see what went wrong.
        let recipients = serde_json::from_str(&recipients).unwrap_or_default();
        Ok(Undeliverable { message_id: row.get(0)?, recipients, reason: row.get(2)? })
    };
    connection.prepare_cached(UNDELIVERABLE)?.query_map([], mail)?.collect()
}

/// How many wait, and how many were delivered.
pub(super) fn counts(connection: &Connection) -> rusqlite::Result<OutboxCounts> {
    let count = |delivered: bool| -> rusqlite::Result<u64> {
        let sql = "SELECT count(*) FROM outbox WHERE delivered = ?1 AND undeliverable IS NULL";
        let count: i64 = connection.query_row(sql, [delivered], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    };
    Ok(OutboxCounts { queued: count(false)?, delivered: count(true)? })
}
