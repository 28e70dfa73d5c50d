//! Users, their one-time links, sessions and API tokens.

use jiff::Timestamp;
use rusqlite::Row;

use super::{Db, DbError, all, execute, one};

/// Somebody who can sign in. No `Debug`: it names a person.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The identifier.
    pub id: String,
    /// The tenant whose admin it is; none for an operator.
    pub tenant: Option<String>,
    /// The address, as a comparison key.
    pub email: String,
    /// What is kept of the password; none until it is set.
    pub password: Option<String>,
    /// The language of pages, if chosen: `de` or `en`.
    pub language: Option<String>,
}

/// An API token, without the token. No `Debug`: its name may be a person's.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// The identifier.
    pub id: String,
    /// What it is for, in its owner's words.
    pub name: String,
    /// When it was made: UTC, RFC 3339.
    pub created: String,
    /// When it was last used, to the day.
    pub used: Option<String>,
}

const COLUMNS: &str = "users.id, users.tenant, users.email, users.password, users.language";

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: row.get(0)?, tenant: row.get(1)?, email: row.get(2)?, password: row.get(3)?, language: row.get(4)? })
}

impl Db {
    /// The users of a tenant, or the operators.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(&self, tenant: Option<&str>) -> Result<Vec<User>, DbError> {
        let tenant = tenant.map(str::to_owned);
        self.with(move |connection| {
            let query = format!("SELECT {COLUMNS} FROM users WHERE tenant IS ?1 ORDER BY email");
            all(connection, &query, &[&tenant], user)
        })
        .await
    }

    /// The user with this address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>, DbError> {
        let email = email.to_owned();
        self.with(move |connection| {
            one(connection, &format!("SELECT {COLUMNS} FROM users WHERE email = ?1"), &[&email], user)
        })
        .await
    }

    /// Adds a user; false if somebody has the address already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_user(&self, id: &str, tenant: Option<&str>, email: &str, language: &str) -> Result<bool, DbError> {
        let (id, tenant, email, language) =
            (id.to_owned(), tenant.map(str::to_owned), email.to_owned(), language.to_owned());
        let created = Timestamp::now().to_string();
        self.with(move |connection| {
            let add = "INSERT INTO users (id, tenant, email, language, created) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (email) DO NOTHING";
            execute(connection, add, &[&id, &tenant, &email, &language, &created])
        })
        .await
    }

    /// Removes a user of a tenant (none: an operator), with sessions and tokens.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_user(&self, id: &str, tenant: Option<&str>) -> Result<bool, DbError> {
        let (id, tenant) = (id.to_owned(), tenant.map(str::to_owned));
        self.with(move |connection| {
            execute(connection, "DELETE FROM users WHERE id = ?1 AND tenant IS ?2", &[&id, &tenant])
        })
        .await
    }

    /// Sets a user's password, and ends all sessions and links: whoever had one may not be the user.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password(&self, id: &str, password: &str) -> Result<(), DbError> {
        let (id, password) = (id.to_owned(), password.to_owned());
        self.transact(move |connection| put_password(connection, &id, &password)).await
    }

    /// Sets a user's password by a one-time link, which is used up; false if it was before, or is too old.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password_by_link(&self, link: &str, now: i64, id: &str, password: &str) -> Result<bool, DbError> {
        let (link, id, password) = (link.to_owned(), id.to_owned(), password.to_owned());
        self.transact(move |connection| {
            let used = "DELETE FROM links WHERE hash = ?1 AND user = ?2 AND expires > ?3";
            let is_good = execute(connection, used, &[&link, &id, &now])?;
            if is_good {
                put_password(connection, &id, &password)?;
            }
            Ok(is_good)
        })
        .await
    }

    /// Sets the language of a user's pages.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_language(&self, id: &str, language: &str) -> Result<(), DbError> {
        let (id, language) = (id.to_owned(), language.to_owned());
        self.with(move |connection| {
            execute(connection, "UPDATE users SET language = ?2 WHERE id = ?1", &[&id, &language]).map(|_| ())
        })
        .await
    }

    /// Adds a one-time link for a user; earlier ones no longer work.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_link(&self, hash: &str, user: &str, expires: i64) -> Result<(), DbError> {
        let (hash, user) = (hash.to_owned(), user.to_owned());
        self.transact(move |connection| {
            execute(connection, "DELETE FROM links WHERE user = ?1", &[&user])?;
            execute(
                connection,
                "INSERT INTO links (hash, user, expires) VALUES (?1, ?2, ?3)",
                &[&hash, &user, &expires],
            )
            .map(|_| ())
        })
        .await
    }

    /// Whose one-time link this is, if it still works.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_of_link(&self, hash: &str, now: i64) -> Result<Option<User>, DbError> {
        self.user_by_token("links", hash, now).await
    }

    /// Adds a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(&self, hash: &str, user: &str, expires: i64) -> Result<(), DbError> {
        let (hash, user, now) = (hash.to_owned(), user.to_owned(), Timestamp::now().as_second());
        self.transact(move |connection| {
            execute(connection, "DELETE FROM sessions WHERE expires <= ?1", &[&now])?;
            execute(
                connection,
                "INSERT INTO sessions (hash, user, expires) VALUES (?1, ?2, ?3)",
                &[&hash, &user, &expires],
            )
            .map(|_| ())
        })
        .await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, hash: &str) -> Result<(), DbError> {
        let hash = hash.to_owned();
        self.with(move |connection| execute(connection, "DELETE FROM sessions WHERE hash = ?1", &[&hash]).map(|_| ()))
            .await
    }

    /// In how many browsers a user is signed in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, user: &str) -> Result<u64, DbError> {
        let (user, now) = (user.to_owned(), Timestamp::now().as_second());
        self.with(move |connection| {
            let query = "SELECT count(*) FROM sessions WHERE user = ?1 AND expires > ?2";
            let count: Option<i64> = one(connection, query, &[&user, &now], |row| row.get(0))?;
            Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
        })
        .await
    }

    /// Ends a user's sessions but the one with this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_other_sessions(&self, user: &str, kept: &str) -> Result<(), DbError> {
        let (user, kept) = (user.to_owned(), kept.to_owned());
        self.with(move |connection| {
            let end = "DELETE FROM sessions WHERE user = ?1 AND hash <> ?2";
            execute(connection, end, &[&user, &kept]).map(|_| ())
        })
        .await
    }

    /// Until when each user's one-time link works, by user, in seconds since 1970.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn links(&self) -> Result<Vec<(String, i64)>, DbError> {
        let now = Timestamp::now().as_second();
        self.with(move |connection| {
            let query = "SELECT user, expires FROM links WHERE expires > ?1";
            all(connection, query, &[&now], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .await
    }

    /// Whose session this is, if it has not expired.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_of_session(&self, hash: &str, now: i64) -> Result<Option<User>, DbError> {
        self.user_by_token("sessions", hash, now).await
    }

    async fn user_by_token(&self, table: &'static str, hash: &str, now: i64) -> Result<Option<User>, DbError> {
        let hash = hash.to_owned();
        self.with(move |connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM {table} JOIN users ON users.id = {table}.user \
                 WHERE {table}.hash = ?1 AND {table}.expires > ?2"
            );
            one(connection, &query, &[&hash, &now], user)
        })
        .await
    }

    /// A user's API tokens, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self, user: &str) -> Result<Vec<ApiToken>, DbError> {
        let user = user.to_owned();
        let token = |row: &Row<'_>| {
            Ok(ApiToken { id: row.get(0)?, name: row.get(1)?, created: row.get(2)?, used: row.get(3)? })
        };
        self.with(move |connection| {
            let query = "SELECT id, name, created, used FROM tokens WHERE user = ?1 ORDER BY created DESC, id";
            all(connection, query, &[&user], token)
        })
        .await
    }

    /// Adds an API token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_token(&self, id: &str, hash: &str, user: &str, name: &str) -> Result<(), DbError> {
        let (id, hash, user, name) = (id.to_owned(), hash.to_owned(), user.to_owned(), name.to_owned());
        let created = Timestamp::now().to_string();
        self.with(move |connection| {
            let add = "INSERT INTO tokens (id, hash, user, name, created) VALUES (?1, ?2, ?3, ?4, ?5)";
            execute(connection, add, &[&id, &hash, &user, &name, &created]).map(|_| ())
        })
        .await
    }

    /// Revokes a user's API token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_token(&self, id: &str, user: &str) -> Result<bool, DbError> {
        let (id, user) = (id.to_owned(), user.to_owned());
        self.with(move |connection| {
            execute(connection, "DELETE FROM tokens WHERE id = ?1 AND user = ?2", &[&id, &user])
        })
        .await
    }

    /// Whose API token this is; notes the day of its use.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_of_token(&self, hash: &str) -> Result<Option<User>, DbError> {
        let (hash, day) = (hash.to_owned(), Timestamp::now().strftime("%Y-%m-%d").to_string());
        self.with(move |connection| {
            let note = "UPDATE tokens SET used = ?2 WHERE hash = ?1 AND used IS NOT ?2";
            // On a full disk the day is not noted, and the token is good all the same.
            if let Err(error) = execute(connection, note, &[&hash, &day]) {
                tracing::warn!("the use of a token cannot be noted: {error}");
            }
            let query =
                format!("SELECT {COLUMNS} FROM tokens JOIN users ON users.id = tokens.user WHERE tokens.hash = ?1");
            one(connection, &query, &[&hash], user)
        })
        .await
    }
}

fn put_password(connection: &rusqlite::Connection, id: &str, password: &str) -> Result<(), DbError> {
    execute(connection, "UPDATE users SET password = ?2 WHERE id = ?1", &[&id, &password])?;
    execute(connection, "DELETE FROM sessions WHERE user = ?1", &[&id])?;
    execute(connection, "DELETE FROM links WHERE user = ?1", &[&id]).map(|_| ())
}
