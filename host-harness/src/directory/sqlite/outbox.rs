//! Mails between commit and delivery.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::failed;
use crate::directory::{DirectoryError, Invitee};
use crate::mail::Mail;

const ENQUEUE: &str = "INSERT INTO outbox (message_id, sender, recipients, subject, text, html, date) \
     VALUES (:message_id, :sender, :recipients, :subject, :text, :html, :date) ON CONFLICT (message_id) DO NOTHING";
const QUEUED: &str = "SELECT message_id, sender, recipients, subject, text, html, date FROM outbox WHERE delivered = 0 \
     ORDER BY number";
const INVITEE: &str = "SELECT id, email, first_name FROM accounts WHERE employee = ?1";
const DELIVERED: &str = "UPDATE outbox SET delivered = 1, sender = '', recipients = '[]', subject = '', text = '', \
     html = '' WHERE message_id = ?1";

/// Queues a mail, unless its message ID is known: queued, or delivered before.
pub(super) fn enqueue(connection: &Connection, mail: &Mail) -> Result<(), DirectoryError> {
    let recipients = serde_json::to_string(&mail.to).map_err(|error| DirectoryError::Failed(error.to_string()))?;
    let insert = || -> rusqlite::Result<usize> {
        connection.prepare_cached(ENQUEUE)?.execute(named_params! {
            ":message_id": mail.message_id, ":sender": mail.from, ":recipients": recipients, ":subject": mail.subject,
            ":text": mail.text, ":html": mail.html, ":date": mail.date,
        })
    };
    insert().map(|_| ()).map_err(failed)
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

/// How many wait, and how many were delivered.
pub(super) fn counts(connection: &Connection) -> rusqlite::Result<(u64, u64)> {
    let count = |delivered: bool| -> rusqlite::Result<u64> {
        let sql = "SELECT count(*) FROM outbox WHERE delivered = ?1";
        let count: i64 = connection.query_row(sql, [delivered], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    };
    Ok((count(false)?, count(true)?))
}
