//! Links between accounts and employees, and what a person has decided about them (rule S12). What may be decided is judged in
//! [`connector_sync::decisions`].

use connector_sync::directory::{AccountsOf, ForeignEmployee, Link, Result};
use connector_sync::history::PastDecision;

use crate::Key;
use crate::session::{Session, Statement};
use crate::text::{Text, maybe, read, read_maybe, texts};

const ACCOUNT: &str = "SELECT employee FROM directory_accounts WHERE directory = $1 AND id = $2";
const EARLIER: &str =
    "SELECT employee FROM directory_earlier_employees WHERE directory = $1 AND account = $2 ORDER BY employee";
const FOREIGN: &str = "SELECT employee, earlier_of FROM directory_foreign_employees WHERE directory = $1 AND account = $2 ORDER BY employee";
const OWNER: &str = "SELECT id FROM directory_accounts WHERE directory = $1 AND employee = $2";
const EARLIER_OWNER: &str = "SELECT account FROM directory_earlier_employees WHERE directory = $1 AND employee = $2";
const LINK: &str =
    "UPDATE directory_accounts SET employee = $3, version = version + 1 WHERE directory = $1 AND id = $2 RETURNING 1";
const DROP_EARLIER: &str = "DELETE FROM directory_earlier_employees WHERE directory = $1 AND account = $2";
const ADD_EARLIER: &str = "INSERT INTO directory_earlier_employees (directory, tenant, account, employee) \
     SELECT $1, $2, $3, w.employee FROM unnest($4::text[]) AS w (employee)";
const DROP_FOREIGN: &str = "DELETE FROM directory_foreign_employees WHERE directory = $1 AND account = $2";
const ADD_FOREIGN: &str = "INSERT INTO directory_foreign_employees (directory, tenant, account, employee, earlier_of) \
     SELECT $1, $2, $3, w.employee, w.earlier_of FROM unnest($4::text[], $5::text[]) AS w (employee, earlier_of)";
const DECISION: &str = "INSERT INTO directory_decisions (directory, tenant, account, kind, employee, earlier, reason, decided) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// An account's link; none if there is no such account.
pub async fn link(session: &mut Session, key: &Key, account: &str) -> Result<Option<Link>> {
    let account = Text(account);
    let statements = [ACCOUNT, EARLIER, FOREIGN].map(|sql| Statement::new(sql, &[key.directory(), &account]));
    let [found, earlier, foreign] = session.all(statements).await?;
    let Some(found) = found.first() else { return Ok(None) };
    let foreign_employee = |row| Ok(ForeignEmployee { employee: read(row, 0)?, earlier_of: read_maybe(row, 1)? });
    Ok(Some(Link {
        employee: read_maybe(found, 0)?,
        earlier: earlier.iter().map(|row| read(row, 0)).collect::<Result<_>>()?,
        foreign: foreign.iter().map(foreign_employee).collect::<Result<_>>()?,
    }))
}

/// The accounts that have to do with an employee's ID.
pub async fn accounts_of(session: &mut Session, key: &Key, employee: &str) -> Result<AccountsOf> {
    let employee = Text(employee);
    let statements = [OWNER, EARLIER_OWNER].map(|sql| Statement::new(sql, &[key.directory(), &employee]));
    let [linked, earlier] = session.all(statements).await?;
    let first = |rows: &[tokio_postgres::Row]| rows.first().map(|row| read(row, 0)).transpose();
    Ok(AccountsOf { linked: first(&linked)?, earlier: first(&earlier)? })
}

/// Puts a link in the place of the account's.
pub async fn set_link(session: &mut Session, key: &Key, account: &str, link: &Link) -> Result<()> {
    let (account, employee) = (Text(account), maybe(link.employee.as_ref()));
    if session.query(LINK, &[key.directory(), &account, &employee]).await?.is_empty() {
        return Ok(());
    }
    let earlier = texts(&link.earlier);
    let foreign = texts(link.foreign.iter().map(|foreign| &foreign.employee));
    let earlier_of: Vec<_> = link.foreign.iter().map(|foreign| maybe(foreign.earlier_of.as_ref())).collect();
    let statements = [
        Statement::new(DROP_EARLIER, &[key.directory(), &account]),
        Statement::new(DROP_FOREIGN, &[key.directory(), &account]),
        Statement::new(ADD_EARLIER, &[key.directory(), key.tenant(), &account, &earlier]),
        Statement::new(ADD_FOREIGN, &[key.directory(), key.tenant(), &account, &foreign, &earlier_of]),
    ];
    session.all(statements).await.map(|_| ())
}

/// Files a decision.
pub async fn file(session: &mut Session, key: &Key, decision: &PastDecision) -> Result<()> {
    let PastDecision { decided, kind, account, employee, earlier, reason } = decision;
    let (employee, earlier) = (maybe(employee.as_ref()), maybe(earlier.as_ref()));
    let (account, reason) = (Text(account), Text(reason));
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 8] =
        [key.directory(), key.tenant(), &account, kind, &employee, &earlier, &reason, decided];
    session.query(DECISION, &values).await.map(|_| ())
}
