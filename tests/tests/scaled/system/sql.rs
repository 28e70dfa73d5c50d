//! A look into the service's database from outside, by a superuser, whom row-level security does not hold.

use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};
use whole_system_tests::service_client::PATIENCE;

/// A connection. One that was cut off is made again.
pub struct Sql {
    url: String,
    runtime: Runtime,
    client: Option<Client>,
}

impl Sql {
    /// To this database.
    pub fn open(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { url: url.to_owned(), runtime, client: None }
    }

    /// The rows of a query, as text; what is nothing is an empty one. A server that is away is waited for.
    pub fn rows(&mut self, query: &str) -> Vec<Vec<String>> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.once(query) {
                Ok(rows) => return rows,
                Err(error) => {
                    assert!(
                        error.as_db_error().is_none_or(|error| error.code().code().starts_with("57")),
                        "{query}: {error:?}"
                    );
                    assert!(Instant::now() < end, "the database is still away: {error}");
                    self.client = None;
                    thread::sleep(Duration::from_millis(20));
                }
            }
        }
    }

    fn once(&mut self, query: &str) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
        let client = match self.client.take() {
            Some(client) if !client.is_closed() => client,
            _ => self.runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await?;
                tokio::spawn(connection);
                Ok::<_, tokio_postgres::Error>(client)
            })?,
        };
        let messages = self.runtime.block_on(client.simple_query(query));
        self.client = Some(client);
        let row = |message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect())
            }
            _ => None,
        };
        Ok(messages?.into_iter().filter_map(row).collect())
    }

    /// The first column.
    pub fn column(&mut self, query: &str) -> Vec<String> {
        self.rows(query).into_iter().map(|row| row.into_iter().next().unwrap_or_default()).collect()
    }

    /// The first column of the first row.
    pub fn text(&mut self, query: &str) -> String {
        self.column(query).into_iter().next().unwrap_or_default()
    }

    /// The same as a number.
    pub fn number(&mut self, query: &str) -> i64 {
        let text = self.text(query);
        text.parse().unwrap_or_else(|_| panic!("{query}: {text}"))
    }

    /// Executes statements.
    pub fn execute(&mut self, statements: &str) {
        self.rows(statements);
    }
}
