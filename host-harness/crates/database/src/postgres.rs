//! The server: connecting to it, a pool of connections, and transactions that are held to a tenant.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts};
use futures_util::future::join3;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Socket, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::transaction::{Done, Rows};
use crate::{DatabaseError, Result, Scope, ToValue, Value};

/// The oldest server that is supported, as `server_version_num` has it.
const OLDEST: i32 = 130_000;
/// How long making a connection, and waiting for a free one, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// After this a connection that nobody answers on is given up, so that a server which vanished is noticed.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// Of each connection: our tables and no others; a statement that never ends, a lock that is never given, and a process that was
/// stopped in the middle of a transaction hold nobody up for longer than this.
const OPTIONS: &str = "-c search_path=connector -c statement_timeout=60s -c lock_timeout=15s \
     -c idle_in_transaction_session_timeout=30s -c client_min_messages=warning";

/// Where the server is, and as whom to sign in: `postgres://user:password@host:port/database?sslmode=require`.
///
/// Without `sslmode` a server on this machine is spoken to as it is, and every other one through TLS, whose certificate has to be good
/// for its name. `Debug` and `Display` show neither user nor password.
#[derive(Clone)]
pub struct PostgresUrl(Box<Config>);

impl FromStr for PostgresUrl {
    type Err = DatabaseError;

    fn from_str(url: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Err(DatabaseError::Unusable(format!(
                "the URL of the database is wrong: {why}; write postgres://USER:PASSWORD@HOST:PORT/DATABASE"
            )))
        };
        if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
            return wrong("it does not begin with postgres://");
        }
        // The parser's own message may quote the password.
        let Ok(mut config) = url.parse::<Config>() else { return wrong("it cannot be read") };
        if config.get_hosts().is_empty() {
            return wrong("it names no host");
        }
        if config.get_dbname().is_none() {
            return wrong("it names no database");
        }
        if config.get_ssl_mode() == SslMode::Prefer {
            let is_here = config.get_hosts().iter().all(is_on_this_machine);
            config.ssl_mode(if is_here { SslMode::Disable } else { SslMode::Require });
        }
        let own = config.get_options().map(|own| format!("{OPTIONS} {own}"));
        config.options(own.as_deref().unwrap_or(OPTIONS));
        config.application_name("harness").connect_timeout(PATIENCE);
        config.keepalives(true).keepalives_idle(KEEPALIVE).keepalives_interval(Duration::from_secs(5));
        config.keepalives_retries(3).tcp_user_timeout(Duration::from_secs(30));
        Ok(Self(Box::new(config)))
    }
}

fn is_on_this_machine(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.0.get_hosts().first() {
            Some(Host::Tcp(name)) => name.as_str(),
            _ => "this machine",
        };
        let port = self.0.get_ports().first().copied().unwrap_or(5432);
        write!(formatter, "{host}:{port}/{}", self.0.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PostgresUrl({self})")
    }
}

/// How many connections, at most.
#[derive(Debug, Clone, Copy)]
pub struct PoolOptions {
    /// Connections of this process to the server, beside one that listens.
    pub connections: usize,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self { connections: 16 }
    }
}

/// A server, and a pool of connections to it.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
    config: Arc<Config>,
    tls: Arc<ClientConfig>,
}

impl Postgres {
    /// The channel of [`crate::Signal`]s.
    pub(crate) const CHANNEL: &'static str = "connector";

    /// Connects, and makes our schema if it is not there.
    pub(crate) async fn connect(url: &PostgresUrl, options: PoolOptions) -> Result<Self> {
        let tls = Arc::new(tls()?);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = if url.0.get_ssl_mode() == SslMode::Disable {
            Manager::from_config((*url.0).clone(), NoTls, recycling)
        } else {
            Manager::from_config((*url.0).clone(), MakeRustlsConnect::new((*tls).clone()), recycling)
        };
        let waits = Timeouts { wait: Some(PATIENCE), create: Some(PATIENCE), recycle: Some(PATIENCE) };
        let pool = Pool::builder(manager).max_size(options.connections.max(2)).runtime(Runtime::Tokio1).timeouts(waits);
        let pool = pool.build().map_err(|error| DatabaseError::Failed(error.to_string()))?;
        let server = Self { pool, config: Arc::new((*url.0).clone()), tls };
        server.check(url).await?;
        Ok(server)
    }

    async fn check(&self, url: &PostgresUrl) -> Result<()> {
        let unusable = |why: String| DatabaseError::Unusable(format!("the database {url} {why}"));
        let client = self.pool.get().await.map_err(|error| match error {
            deadpool_postgres::PoolError::Backend(error) => unusable(refusal(&error, url)),
            deadpool_postgres::PoolError::Timeout(_) => {
                unusable("does not answer; check the host and the port".to_owned())
            }
            other => unusable(format!("cannot be reached: {other}")),
        })?;
        let version: String = client.query_one("SHOW server_version_num", &[]).await?.get(0);
        if version.parse::<i32>().is_ok_and(|version| version < OLDEST) {
            let shown: String = client.query_one("SHOW server_version", &[]).await?.get(0);
            return Err(unusable(format!("is PostgreSQL {shown}, and at least {} is needed", OLDEST / 10_000)));
        }
        let role = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";
        if client.query_opt(role, &[]).await?.is_some_and(|row| row.get(0)) {
            tracing::warn!(
                "the database's user may see every row whatever a policy says; use one that is no superuser and has no BYPASSRLS"
            );
        }
        if let Err(error) = client.batch_execute("CREATE SCHEMA IF NOT EXISTS connector").await {
            if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
                let user = self.config.get_user().unwrap_or_default();
                let name = url.0.get_dbname().unwrap_or_default();
                return Err(unusable(format!(
                    "does not let its user make tables; type: GRANT CREATE ON DATABASE \"{name}\" TO \"{user}\""
                )));
            }
            // Another process makes it in the same moment.
            if error.code() != Some(&SqlState::UNIQUE_VIOLATION) {
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// A connection from the pool, for what goes beyond [`crate::Transaction`].
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn client(&self) -> Result<Object> {
        Ok(self.pool.get().await?)
    }

    /// Starts a transaction that row-level security holds to a scope, on a connection from the pool. It is undone unless it is
    /// committed.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn begin(&self, scope: &Scope, writes: bool) -> Result<ServerTransaction> {
        let transaction = ServerTransaction(Some(self.client().await?));
        transaction.client()?.batch_execute(&opening(scope, writes)).await?;
        Ok(transaction)
    }

    /// One statement, which is a transaction of its own: everything is sent at once, and waited for once.
    pub(crate) async fn alone(&self, scope: &Scope, statement: &str, values: &[&dyn ToValue]) -> Result<Done> {
        let client = self.client().await?;
        let prepared = client.prepare_cached(&numbered(statement)).await?;
        let opening = opening(scope, false);
        let (begun, done, ended) =
            join3(client.batch_execute(&opening), run(&client, &prepared, values), client.batch_execute("COMMIT"))
                .await;
        begun?;
        let done = done?;
        ended?;
        Ok(done)
    }

    pub(crate) async fn notify(&self, word: &str) -> Result<()> {
        let client = self.client().await?;
        let prepared = client.prepare_cached("SELECT pg_notify($1, $2)").await?;
        client.execute(&prepared, &[&Self::CHANNEL, &word]).await?;
        Ok(())
    }

    /// A connection of its own, outside the pool, that can be listened on.
    pub(crate) async fn listener(&self) -> std::result::Result<(Client, Messages), tokio_postgres::Error> {
        if self.config.get_ssl_mode() == SslMode::Disable {
            let (client, connection) = self.config.connect(NoTls).await?;
            return Ok((client, messages(connection)));
        }
        let (client, connection) = self.config.connect(MakeRustlsConnect::new((*self.tls).clone())).await?;
        Ok((client, messages(connection)))
    }
}

/// What a connection receives.
pub type Messages = BoxStream<'static, std::result::Result<AsyncMessage, tokio_postgres::Error>>;

fn messages<T: TlsStream + Unpin + Send + 'static>(mut connection: Connection<Socket, T>) -> Messages {
    stream::poll_fn(move |context| connection.poll_message(context)).boxed()
}

fn tls() -> Result<ClientConfig> {
    let unusable = |error: rustls::Error| DatabaseError::Unusable(format!("TLS cannot be used: {error}"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(unusable)?;
    Ok(config.with_platform_verifier().map_err(unusable)?.with_no_client_auth())
}

/// Why a server refused, and what to do.
fn refusal(error: &tokio_postgres::Error, url: &PostgresUrl) -> String {
    let user = url.0.get_user().unwrap_or("nobody");
    match error.code() {
        Some(code) if *code == SqlState::INVALID_PASSWORD => format!("refuses the password of the user {user}"),
        Some(code) if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            format!("does not let the user {user} in")
        }
        Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
            "does not exist on that server; make it with: CREATE DATABASE".to_owned()
        }
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => format!("does not let the user {user} connect"),
        Some(_) => format!("refuses: {}", error.as_db_error().map_or("for no reason", |answer| answer.message())),
        None => {
            let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
            format!("cannot be reached: {cause}; check the host, the port and whether it is running")
        }
    }
}

/// What begins a transaction. The scope is a word of ours, and quoted all the same.
fn opening(scope: &Scope, writes: bool) -> String {
    let tenant = scope.tenant().unwrap_or("*").replace('\'', "''");
    let alone = format!("; SELECT pg_advisory_xact_lock(hashtextextended('connector:write:{tenant}', 0))");
    format!("BEGIN; SELECT set_config('connector.tenant', '{tenant}', true){}", if writes { &alone } else { "" })
}

/// The statement with its values as `PostgreSQL` numbers them. None of ours has a question mark for anything else.
fn numbered(statement: &str) -> String {
    statement.replace('?', "$")
}

async fn run(
    client: &Client,
    prepared: &Statement,
    values: &[&dyn ToValue],
) -> std::result::Result<Done, tokio_postgres::Error> {
    let values: Vec<Value> = values.iter().copied().map(ToValue::to_value).collect();
    let values: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = values.iter().map(|value| value as _).collect();
    let columns: Vec<String> = prepared.columns().iter().map(|column| column.name().to_owned()).collect();
    if columns.is_empty() {
        let changed = client.execute(prepared, &values).await?;
        return Ok(Done { changed, rows: Rows { columns, rows: Vec::new() } });
    }
    let rows = client.query(prepared, &values).await?;
    let rows = rows.iter().map(cells).collect::<std::result::Result<Vec<_>, _>>()?;
    Ok(Done { changed: rows.len() as u64, rows: Rows { columns, rows } })
}

fn cells(row: &tokio_postgres::Row) -> std::result::Result<Vec<Value>, tokio_postgres::Error> {
    use tokio_postgres::types::Type;
    let cell = |(at, column): (usize, &tokio_postgres::Column)| {
        let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
        Ok(match *column.type_() {
            Type::INT8 => number(row.try_get(at)?),
            Type::INT4 => number(row.try_get::<_, Option<i32>>(at)?.map(i64::from)),
            Type::INT2 => number(row.try_get::<_, Option<i16>>(at)?.map(i64::from)),
            Type::BOOL => number(row.try_get::<_, Option<bool>>(at)?.map(i64::from)),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(at)?.map_or(Value::Null, Value::Blob),
            // What a function without an answer gives.
            Type::VOID => Value::Null,
            _ => row.try_get::<_, Option<String>>(at)?.map_or(Value::Null, Value::Text),
        })
    };
    row.columns().iter().enumerate().map(cell).collect()
}

/// A transaction on a connection of its own.
pub struct ServerTransaction(Option<Object>);

impl ServerTransaction {
    /// The connection, for statements that only `PostgreSQL` has.
    ///
    /// # Errors
    /// When the transaction was broken off.
    pub fn client(&self) -> Result<&Object> {
        self.0.as_ref().ok_or_else(|| DatabaseError::Failed("the transaction was broken off".to_owned()))
    }

    pub(crate) async fn run(&mut self, statement: &str, values: &[&dyn ToValue]) -> Result<Done> {
        let client = self.client()?;
        let prepared = client.prepare_cached(&numbered(statement)).await?;
        Ok(run(client, &prepared, values).await?)
    }

    /// Makes everything lasting.
    ///
    /// # Errors
    /// When the server fails. If it went away, nobody knows whether everything or nothing is lasting.
    pub async fn commit(mut self) -> Result<()> {
        self.client()?.batch_execute("COMMIT").await?;
        // The connection is fit for the next one.
        drop(self.0.take());
        Ok(())
    }
}

impl Drop for ServerTransaction {
    fn drop(&mut self) {
        // The server undoes what a closed connection has begun; a connection with a transaction in it must not go back to the pool.
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}
