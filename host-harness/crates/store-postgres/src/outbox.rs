//! The queue of mails between commit and delivery.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use connector_database::Postgres;
use connector_sync::directory::{DirectoryError, Invitee, OutboxCounts, Result, Undeliverable};
use connector_sync::mail::Mail;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::Key;
use crate::error::failed;
use crate::session::{Session, Statement};
use crate::text::{Text, kept, read, read_all, texts};

/// Recipients are a list in each row, and arrays of lists there are none: they come as JSON.
const ENQUEUE: &str = "INSERT INTO directory_outbox (directory, tenant, message_id, sender, recipients, subject, text, html, date) \
     SELECT $1, $2, w.message_id, w.sender, ARRAY(SELECT jsonb_array_elements_text(w.recipients::jsonb)), w.subject, w.text, \
     w.html, w.date FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[]) \
     WITH ORDINALITY AS w (message_id, sender, recipients, subject, text, html, date, place) ORDER BY w.place \
     ON CONFLICT (directory, message_id) DO NOTHING";
const REPLACE: &str = "UPDATE directory_outbox AS mail SET sender = w.sender, \
     recipients = ARRAY(SELECT jsonb_array_elements_text(w.recipients::jsonb)), subject = w.subject, text = w.text, \
     html = w.html, date = w.date, undeliverable = NULL \
     FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[]) \
     AS w (message_id, sender, recipients, subject, text, html, date) \
     WHERE mail.directory = $1 AND mail.tenant = $2 AND mail.message_id = w.message_id AND NOT mail.delivered";
const QUEUED: &str = "SELECT message_id, sender, recipients, subject, text, html, date FROM directory_outbox \
     WHERE directory = $1 AND NOT delivered AND undeliverable IS NULL ORDER BY number";
const DELIVERED: &str = "UPDATE directory_outbox SET delivered = true, sender = '', recipients = '{}', subject = '', \
     text = '', html = '' WHERE directory = $1 AND message_id = $2";
const DEAD_LETTER: &str = "UPDATE directory_outbox SET undeliverable = $3, text = '', html = '' \
     WHERE directory = $1 AND message_id = $2 AND NOT delivered";
const UNDELIVERABLE: &str = "SELECT message_id, recipients, undeliverable FROM directory_outbox \
     WHERE directory = $1 AND NOT delivered AND undeliverable IS NOT NULL ORDER BY number";
const COUNTS: &str = "SELECT count(*) FILTER (WHERE NOT delivered), count(*) FILTER (WHERE delivered) FROM directory_outbox \
     WHERE directory = $1 AND undeliverable IS NULL";
const INVITEES: &str = "SELECT employee, id, email, first_name FROM directory_accounts WHERE directory = $1 AND employee = ANY ($2::text[])";
const WITH_MAIL: &str = "SELECT DISTINCT tenant, directory FROM directory_outbox WHERE NOT delivered AND undeliverable IS NULL \
     ORDER BY tenant, directory";

/// Queues mails, unless their message IDs are known: queued, or delivered before.
pub async fn enqueue(session: &mut Session, key: &Key, mails: &[Mail]) -> Result<()> {
    write(session, key, ENQUEUE, &mails.iter().collect::<Vec<_>>()).await
}

/// Puts mails in the place of those with their IDs, unless those were delivered.
pub async fn replace(session: &mut Session, key: &Key, mails: &[Mail]) -> Result<()> {
    // Of several with one ID the last.
    let last: BTreeMap<&str, &Mail> = mails.iter().map(|mail| (mail.message_id.as_str(), mail)).collect();
    write(session, key, REPLACE, &last.into_values().collect::<Vec<_>>()).await
}

async fn write(session: &mut Session, key: &Key, sql: &'static str, mails: &[&Mail]) -> Result<()> {
    if mails.is_empty() {
        return Ok(());
    }
    let list = |mail: &&Mail| serde_json::to_string(&mail.to.iter().map(|to| kept(to)).collect::<Vec<_>>());
    let recipients = mails.iter().map(list);
    let recipients = recipients
        .collect::<serde_json::Result<Vec<_>>>()
        .map_err(|error| DirectoryError::Failed(error.to_string()))?;
    let columns = [
        texts(mails.iter().map(|mail| &mail.message_id)),
        texts(mails.iter().map(|mail| &mail.from)),
        texts(&recipients),
        texts(mails.iter().map(|mail| &mail.subject)),
        texts(mails.iter().map(|mail| &mail.text)),
        texts(mails.iter().map(|mail| &mail.html)),
    ];
    let dates: Vec<i64> = mails.iter().map(|mail| mail.date).collect();
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![key.directory(), key.tenant()];
    values.extend(columns.iter().map(|column| column as &(dyn ToSql + Sync)));
    values.push(&dates);
    session.query(sql, &values).await.map(|_| ())
}

/// Where each employee's invitation goes, in their order.
pub async fn invitees(session: &mut Session, key: &Key, employees: &[String]) -> Result<Vec<Option<Invitee>>> {
    let wanted = texts(employees);
    let rows = session.query(INVITEES, &[key.directory(), &wanted]).await?;
    let mut by_employee = HashMap::with_capacity(rows.len());
    for row in &rows {
        let invitee = Invitee { account: read(row, 1)?, email: read(row, 2)?, first_name: read(row, 3)? };
        by_employee.insert(read(row, 0)?, invitee);
    }
    Ok(employees.iter().map(|employee| by_employee.get(employee).cloned()).collect())
}

/// What waits, oldest first.
pub async fn queued(session: &mut Session, key: &Key) -> Result<Vec<Mail>> {
    session.query(QUEUED, &[key.directory()]).await?.iter().map(mail).collect()
}

fn mail(row: &Row) -> Result<Mail> {
    Ok(Mail {
        message_id: read(row, 0)?,
        from: read(row, 1)?,
        to: read_all(row, 2)?,
        subject: read(row, 3)?,
        text: read(row, 4)?,
        html: read(row, 5)?,
        date: row.try_get(6).map_err(failed)?,
    })
}

/// Keeps a delivered mail's ID and forgets the rest: people's names and addresses have no more use here.
pub async fn delivered(session: &mut Session, key: &Key, message_id: &str) -> Result<()> {
    session.query(DELIVERED, &[key.directory(), &Text(message_id)]).await.map(|_| ())
}

/// Notes why a mail can never be delivered. Its body is forgotten: a mail that takes its place brings its own.
pub async fn dead_letter(session: &mut Session, key: &Key, message_id: &str, why: &str) -> Result<()> {
    session.query(DEAD_LETTER, &[key.directory(), &Text(message_id), &Text(why)]).await.map(|_| ())
}

/// What was set aside, oldest first.
pub async fn undeliverable(session: &mut Session, key: &Key) -> Result<Vec<Undeliverable>> {
    let mail = |row: &Row| {
        Ok(Undeliverable { message_id: read(row, 0)?, recipients: read_all(row, 1)?, reason: read(row, 2)? })
    };
    session.query(UNDELIVERABLE, &[key.directory()]).await?.iter().map(mail).collect()
}

/// How many wait, and how many were delivered.
pub async fn counts(session: &mut Session, key: &Key) -> Result<OutboxCounts> {
    let rows = session.query(COUNTS, &[key.directory()]).await?;
    let Some(row) = rows.first() else { return Ok(OutboxCounts::default()) };
    let count = |column: usize| row.try_get::<_, i64>(column).map(i64::unsigned_abs).map_err(failed);
    Ok(OutboxCounts { queued: count(0)?, delivered: count(1)? })
}

/// The directories in which a mail waits, each by its tenant and ID.
pub async fn directories(server: &Postgres) -> Result<Vec<(String, String)>> {
    let key = Arc::new(Key::of_everybody());
    let (session, rows) = Session::read(server, &key, Statement::new(WITH_MAIL, &[])).await?;
    session.end().await?;
    rows.iter().map(|row| Ok((read(row, 0)?, read(row, 1)?))).collect()
}
