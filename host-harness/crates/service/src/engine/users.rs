//! One-time links, and what is exported of a tenant.

use connector_mail::deliver::Smtp;
use connector_mail::{Delivery, MailError};
use connector_settings::Language;
use connector_sync::mail::Mail;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Engine;
use crate::db::{DbError, RunFilter, Scope, Tenant, User};
use crate::ids::{NoRandomness, Token};

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Random numbers.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl Engine {
    /// Makes a one-time link for a user, and gives its URL; earlier ones no longer work.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn one_time_link(&self, user: &User, seconds: i64) -> Result<String, LinkError> {
        let token = Token::new()?;
        let expires = Timestamp::now().as_second() + seconds;
        self.db.add_link(&token.hash(), &user.id, expires).await?;
        Ok(self.url(&format!("/welcome/{}", token.reveal())))
    }

    /// Mails a one-time link; false if it could not be: the operator has it to copy.
    pub async fn mail_link(&self, user: &User, url: &str, language: Language) -> bool {
        let language = match user.language.as_deref() {
            Some("de") => Language::De,
            Some("en") => Language::En,
            _ => language,
        };
        let mail = welcome(&self.settings.from, &user.email, url, language);
        // Without a mail server the operator passes the link on; in a file it would only lie about.
        let Some(smtp) = &self.settings.smtp else { return false };
        let sent: Result<(), MailError> = match Smtp::new(smtp) {
            Ok(smtp) => smtp.deliver(&mail).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &sent {
            tracing::warn!("a one-time link could not be mailed: {error}");
        }
        sent.is_ok()
    }

    /// Everything that is kept of a tenant but secrets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_tenant(&self, tenant: &Tenant) -> Result<Value, DbError> {
        let scope = Scope::Tenant(tenant.id.clone());
        let users: Vec<Value> = self
            .db
            .users(Some(&tenant.id))
            .await?
            .into_iter()
            .map(|user| json!({ "id": user.id, "email": user.email }))
            .collect();
        let mut integrations = Vec::new();
        for integration in self.db.integrations(&scope).await? {
            let directory = self.snapshot(&integration).await.ok().flatten();
            integrations.push(json!({
                "id": integration.id, "form": integration.form, "paused": integration.paused,
                "directory": directory,
            }));
        }
        let filter = RunFilter { limit: u32::MAX, ..RunFilter::default() };
        let mut runs = Vec::new();
        for run in self.db.runs(&scope, filter).await?.0 {
            let sealed = if run.has_detail { self.db.run_detail(&run.id).await? } else { None };
            let detail = sealed.and_then(|sealed| crate::detail::Detail::open(&self.keys, &run.id, &sealed).ok());
            let report: Option<Value> = detail.and_then(|detail| serde_json::from_str(&detail.json.read()?).ok());
            runs.push(json!({
                "id": run.id, "integration": run.integration, "kind": run.kind.as_str(), "verdict": run.verdict,
                "queued": run.queued, "started": run.started, "ended": run.ended, "report": report,
            }));
        }
        let decisions: Vec<Value> = self
            .db
            .decisions(&scope, u32::MAX)
            .await?
            .into_iter()
            .map(|it| json!({ "decided": it.decided, "by": it.by, "kind": it.kind, "about": it.about, "reason": it.reason, "run": it.run }))
            .collect();
        Ok(json!({
            "id": tenant.id, "name": tenant.name, "created": tenant.created,
            "users": users, "integrations": integrations, "runs": runs, "decisions": decisions,
        }))
    }
}

/// The mail with a one-time link.
fn welcome(from: &str, to: &str, url: &str, language: Language) -> Mail {
    let now = Timestamp::now();
    let (subject, lead, last) = match language {
        Language::De => (
            "Ihr Zugang zu den elearnio-Integrationen",
            "Guten Tag,\n\nüber diesen Link legen Sie Ihr Passwort fest. Er gilt einmal, eine Woche lang:",
            "Wenn Sie diese Nachricht nicht erwartet haben, müssen Sie nichts tun.",
        ),
        Language::En => (
            "Your access to the elearnio integrations",
            "Hello,\n\nset your password with this link. It works once, for one week:",
            "If you did not expect this message, you need not do anything.",
        ),
    };
    let text = format!("{lead}\n\n{url}\n\n{last}\n");
    let paragraphs = lead.replace("\n\n", "</p><p>");
    Mail {
        message_id: format!(
            "welcome-{}@elearnio.example",
            Token::presented(url).hash().chars().take(24).collect::<String>()
        ),
        from: from.to_owned(),
        to: vec![to.to_owned()],
        subject: subject.to_owned(),
        text,
        html: format!(
            "<!DOCTYPE html><html><body><p>{paragraphs}</p><p><a href=\"{url}\">{url}</a></p><p>{last}</p></body></html>"
        ),
        date: now.as_second(),
    }
}
