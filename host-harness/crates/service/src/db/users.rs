//! Users, their one-time links, sessions and API tokens.

use connector_database::{Result, Row, Transaction};
use jiff::Timestamp;

use super::{Db, Scope, execute};

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
    /// When they last signed in: UTC, RFC 3339.
    pub signed_in: Option<String>,
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

const COLUMNS: &str = "users.id, users.tenant, users.email, users.password, users.language, users.signed_in";

fn user(row: &Row<'_>) -> Result<User> {
    Ok(User {
        id: row.get(0)?,
        tenant: row.get(1)?,
        email: row.get(2)?,
        password: row.get(3)?,
        language: row.get(4)?,
        signed_in: row.get(5)?,
    })
}

fn api_token(row: &Row<'_>) -> Result<ApiToken> {
    Ok(ApiToken { id: row.get(0)?, name: row.get(1)?, created: row.get(2)?, used: row.get(3)? })
}

impl Db {
    /// The users of a tenant, or the operators.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(&self, tenant: Option<&str>) -> Result<Vec<User>> {
        let query = format!("SELECT {COLUMNS} FROM users WHERE tenant IS NOT DISTINCT FROM ?1 ORDER BY email");
        self.all(&query, &[&tenant], user).await
    }

    /// The user with this address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        self.one(&format!("SELECT {COLUMNS} FROM users WHERE email = ?1"), &[&email], user).await
    }

    /// Adds a user; false if somebody has the address already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_user(&self, id: &str, tenant: Option<&str>, email: &str, language: &str) -> Result<bool> {
        let add = "INSERT INTO users (id, tenant, email, language, created) VALUES (?1, ?2, ?3, ?4, now_utc()) \
             ON CONFLICT (email) DO NOTHING";
        self.execute(add, &[&id, &tenant, &email, &language]).await
    }

    /// Removes a user of a tenant (none: an operator), with sessions and tokens.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_user(&self, id: &str, tenant: Option<&str>) -> Result<bool> {
        let remove = "DELETE FROM users WHERE id = ?1 AND tenant IS NOT DISTINCT FROM ?2";
        self.execute(remove, &[&id, &tenant]).await
    }

    /// Sets a user's password, and ends all sessions and links: whoever had one may not be the user.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password(&self, id: &str, password: &str) -> Result<()> {
        let mut transaction = self.0.write(&Scope::All).await?;
        put_password(&mut transaction, id, password).await?;
        transaction.commit().await
    }

    /// Sets a user's password by a one-time link, which is used up; false if it was before, or is too old.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password_by_link(&self, link: &str, now: i64, id: &str, password: &str) -> Result<bool> {
        let mut transaction = self.0.write(&Scope::All).await?;
        let used = "DELETE FROM links WHERE hash = ?1 AND \"user\" = ?2 AND expires > ?3";
        if !execute(&mut transaction, used, &[&link, &id, &now]).await? {
            return Ok(false);
        }
        put_password(&mut transaction, id, password).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Sets the language of a user's pages.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_language(&self, id: &str, language: &str) -> Result<()> {
        self.execute("UPDATE users SET language = ?2 WHERE id = ?1", &[&id, &language]).await.map(|_| ())
    }

    /// Adds a one-time link for a user; earlier ones no longer work.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_link(&self, hash: &str, user: &str, expires: i64) -> Result<()> {
        let mut transaction = self.0.write(&Scope::All).await?;
        execute(&mut transaction, "DELETE FROM links WHERE \"user\" = ?1", &[&user]).await?;
        let add = "INSERT INTO links (hash, \"user\", expires) VALUES (?1, ?2, ?3)";
        execute(&mut transaction, add, &[&hash, &user, &expires]).await?;
        transaction.commit().await
    }

    /// Whose one-time link this is, if it still works.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_of_link(&self, hash: &str, now: i64) -> Result<Option<User>> {
        self.user_by_token("links", hash, now).await
    }

    /// Adds a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(&self, hash: &str, user: &str, expires: i64) -> Result<()> {
        let mut transaction = self.0.write(&Scope::All).await?;
        execute(&mut transaction, "DELETE FROM sessions WHERE expires <= now_seconds()", &[]).await?;
        execute(&mut transaction, "UPDATE users SET signed_in = now_utc() WHERE id = ?1", &[&user]).await?;
        let add = "INSERT INTO sessions (hash, \"user\", expires) VALUES (?1, ?2, ?3)";
        execute(&mut transaction, add, &[&hash, &user, &expires]).await?;
        transaction.commit().await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, hash: &str) -> Result<()> {
        self.execute("DELETE FROM sessions WHERE hash = ?1", &[&hash]).await.map(|_| ())
    }

    /// In how many browsers a user is signed in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, user: &str) -> Result<u64> {
        let query = "SELECT count(*) FROM sessions WHERE \"user\" = ?1 AND expires > now_seconds()";
        Ok(self.one(query, &[&user], |row| row.get(0)).await?.unwrap_or_default())
    }

    /// Ends a user's sessions but the one with this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_other_sessions(&self, user: &str, kept: &str) -> Result<()> {
        let end = "DELETE FROM sessions WHERE \"user\" = ?1 AND hash <> ?2";
        self.execute(end, &[&user, &kept]).await.map(|_| ())
    }

    /// Until when each user's one-time link works, by user, in seconds since 1970.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn links(&self) -> Result<Vec<(String, i64)>> {
        let query = "SELECT \"user\", expires FROM links WHERE expires > now_seconds()";
        self.all(query, &[], |row| Ok((row.get(0)?, row.get(1)?))).await
    }

    /// Whose session this is, if it has not expired.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_of_session(&self, hash: &str, now: i64) -> Result<Option<User>> {
        self.user_by_token("sessions", hash, now).await
    }

    async fn user_by_token(&self, table: &'static str, hash: &str, now: i64) -> Result<Option<User>> {
        let query = format!(
            "SELECT {COLUMNS} FROM {table} JOIN users ON users.id = {table}.\"user\" \
             WHERE {table}.hash = ?1 AND {table}.expires > ?2"
        );
        self.one(&query, &[&hash, &now], user).await
    }

    /// A user's API tokens, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self, user: &str) -> Result<Vec<ApiToken>> {
        let query = "SELECT id, name, created, used FROM tokens WHERE \"user\" = ?1 ORDER BY created DESC, id";
        self.all(query, &[&user], api_token).await
    }

    /// Adds an API token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_token(&self, id: &str, hash: &str, user: &str, name: &str) -> Result<()> {
        let add = "INSERT INTO tokens (id, hash, \"user\", name, created) VALUES (?1, ?2, ?3, ?4, now_utc())";
        self.execute(add, &[&id, &hash, &user, &name]).await.map(|_| ())
    }

    /// Revokes a user's API token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_token(&self, id: &str, user: &str) -> Result<bool> {
        self.execute("DELETE FROM tokens WHERE id = ?1 AND \"user\" = ?2", &[&id, &user]).await
    }

    /// Whose API token this is; notes the day of its use.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_of_token(&self, hash: &str) -> Result<Option<User>> {
        let day = Timestamp::now().strftime("%Y-%m-%d").to_string();
        let note = "UPDATE tokens SET used = ?2 WHERE hash = ?1 AND used IS DISTINCT FROM ?2";
        // On a full disk the day is not noted, and the token is good all the same.
        if let Err(error) = self.execute(note, &[&hash, &day]).await {
            tracing::warn!("the use of a token cannot be noted: {error}");
        }
        let query =
            format!("SELECT {COLUMNS} FROM tokens JOIN users ON users.id = tokens.\"user\" WHERE tokens.hash = ?1");
        self.one(&query, &[&hash], user).await
    }
}

async fn put_password(transaction: &mut Transaction, id: &str, password: &str) -> Result<()> {
    execute(transaction, "UPDATE users SET password = ?2 WHERE id = ?1", &[&id, &password]).await?;
    execute(transaction, "DELETE FROM sessions WHERE \"user\" = ?1", &[&id]).await?;
    execute(transaction, "DELETE FROM links WHERE \"user\" = ?1", &[&id]).await.map(|_| ())
}
