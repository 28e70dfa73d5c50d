//! Statements, and what they answer.

use crate::postgres::ServerTransaction;
use crate::sqlite::FileTransaction;
use crate::value::{self, FromValue};
use crate::{DatabaseError, Result, ToValue, Value};

/// What a statement has done.
pub struct Done {
    /// How many rows were changed, or read.
    pub changed: u64,
    pub rows: Rows,
}

/// Rows, by column.
pub struct Rows {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

impl Rows {
    pub fn each<T>(&self, mut read: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        self.rows.iter().map(|values| read(&Row { columns: &self.columns, values })).collect()
    }
}

/// One row of an answer.
pub struct Row<'a> {
    columns: &'a [String],
    values: &'a [Value],
}

impl Row<'_> {
    /// The value in this column, from 0.
    ///
    /// # Errors
    /// When there is no such column, or it holds another kind of value.
    pub fn get<T: FromValue>(&self, column: usize) -> Result<T> {
        let name = self.columns.get(column).map_or("", String::as_str);
        match self.values.get(column) {
            Some(value) => value::read(value, name),
            None => Err(DatabaseError::Failed(format!("there is no column {column}"))),
        }
    }

    /// All values, by column.
    #[must_use]
    pub const fn values(&self) -> &[Value] {
        self.values
    }

    /// The value in the column of this name.
    ///
    /// # Errors
    /// When there is no such column, or it holds another kind of value.
    pub fn named<T: FromValue>(&self, column: &str) -> Result<T> {
        match self.columns.iter().position(|name| name == column) {
            Some(at) => self.get(at),
            None => Err(DatabaseError::Failed(format!("there is no column {column}"))),
        }
    }
}

/// A transaction: all of its statements, or none.
pub struct Transaction(Kind);

enum Kind {
    File(FileTransaction),
    Server(Box<ServerTransaction>),
}

impl Transaction {
    pub(crate) const fn of_file(transaction: FileTransaction) -> Self {
        Self(Kind::File(transaction))
    }

    pub(crate) fn of_server(transaction: ServerTransaction) -> Self {
        Self(Kind::Server(Box::new(transaction)))
    }

    async fn run(&mut self, statement: &str, values: &[&dyn ToValue]) -> Result<Done> {
        match &mut self.0 {
            Kind::File(file) => file.run(statement, values).await,
            Kind::Server(server) => server.run(statement, values).await,
        }
    }

    /// Executes a statement; gives how many rows it changed.
    ///
    /// # Errors
    /// When it fails; the transaction is then to be dropped.
    pub async fn execute(&mut self, statement: &str, values: &[&dyn ToValue]) -> Result<u64> {
        Ok(self.run(statement, values).await?.changed)
    }

    /// The rows of a query, one thing each.
    ///
    /// # Errors
    /// When it fails, or a row cannot be read.
    pub async fn all<T>(
        &mut self,
        query: &str,
        values: &[&dyn ToValue],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.run(query, values).await?.rows.each(read)
    }

    /// The first row of a query, if there is one.
    ///
    /// # Errors
    /// When it fails, or the row cannot be read.
    pub async fn one<T>(
        &mut self,
        query: &str,
        values: &[&dyn ToValue],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.all(query, values, read).await?.into_iter().next())
    }

    /// Makes everything lasting.
    ///
    /// # Errors
    /// When the database fails. If it went away, nobody knows whether everything or nothing is lasting.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Kind::File(file) => file.commit().await,
            Kind::Server(server) => server.commit().await,
        }
    }
}
