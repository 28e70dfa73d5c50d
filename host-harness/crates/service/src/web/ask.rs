//! What a handler gets.

use std::sync::Arc;

use connector_console::model::{Flash, Role, Section, Shell, Tone, User as ShownUser};
use connector_settings::Language;

use super::{Oops, Site};
use crate::db::{DbError, Integration, Run, Scope, Tenant, User};
use crate::engine::Engine;
use crate::form::Pairs;
use crate::ids::Token;

/// A request whose sender is known and may make it.
pub struct Ask {
    /// The site.
    pub site: Arc<Site>,
    /// Who asks; none where nobody has to be signed in.
    pub user: Option<User>,
    /// The tenant whose pages are asked for: the user's own, or the one an operator looks at.
    pub tenant: Option<Tenant>,
    /// The session's token; none with an API token.
    pub session: Option<Token>,
    /// The parts of the path, by name.
    pub parameters: Vec<(String, String)>,
    /// The query.
    pub query: Pairs,
    /// The form.
    pub form: Pairs,
    /// The body, of a request to the API.
    pub body: Vec<u8>,
    /// The path and query without the base.
    pub here: String,
    /// The language of the answer.
    pub language: Language,
    /// What has just happened.
    pub flash: Option<Flash>,
    /// Where the request is from, for slowing down.
    pub peer: std::net::IpAddr,
    /// Whether another site has sent the reader here.
    pub is_cross_site: bool,
    /// Whether a proxy says that it passes somebody's request on.
    pub is_passed_on: bool,
}

impl Ask {
    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.site.engine
    }

    /// A part of the path.
    #[must_use]
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// The tenant.
    ///
    /// # Errors
    /// When an operator looks at none.
    pub fn tenant(&self) -> Result<&Tenant, Oops> {
        self.tenant.as_ref().ok_or(Oops::NotFound)
    }

    /// Who asks.
    ///
    /// # Errors
    /// When nobody is signed in.
    pub fn user(&self) -> Result<&User, Oops> {
        self.user.as_ref().ok_or(Oops::NotFound)
    }

    /// True for an operator.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.tenant.is_none())
    }

    /// Whose things may be seen by an identifier: an operator's everybody's.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match &self.user {
            Some(user) => user.tenant.clone().map_or(Scope::All, Scope::Tenant),
            // Nobody's: no tenant has this identifier.
            None => Scope::Tenant(String::new()),
        }
    }

    /// The tenant's own things.
    ///
    /// # Errors
    /// When an operator looks at no tenant.
    pub fn own(&self) -> Result<Scope, Oops> {
        Ok(Scope::Tenant(self.tenant()?.id.clone()))
    }

    /// The integration named in the path. Another tenant's is as good as none.
    ///
    /// # Errors
    /// When there is none.
    pub async fn integration(&self) -> Result<Integration, Oops> {
        self.integration_by(self.parameter("integration")).await
    }

    /// An integration by its identifier.
    ///
    /// # Errors
    /// When there is none.
    pub async fn integration_by(&self, id: &str) -> Result<Integration, Oops> {
        self.engine().db.integration(&self.scope(), id).await?.ok_or(Oops::NotFound)
    }

    /// The run named in the path.
    ///
    /// # Errors
    /// When there is none.
    pub async fn run(&self) -> Result<Run, Oops> {
        self.engine().db.run(&self.scope(), self.parameter("run")).await?.ok_or(Oops::NotFound)
    }

    /// The number of the page of a long list, from 1.
    #[must_use]
    pub fn page(&self) -> u64 {
        self.query.text("page").parse().ok().filter(|page| (1..=1_000_000).contains(page)).unwrap_or(1)
    }

    /// The frame of a page.
    #[must_use]
    pub fn shell(&self, section: Section) -> Shell {
        let role = if self.is_operator() { Role::Operator } else { Role::Admin };
        Shell {
            language: self.language,
            base: self.site.base.clone(),
            here: self.here.clone(),
            csrf: self.session.as_ref().map(csrf).unwrap_or_default(),
            assets: super::reply::assets_version().to_owned(),
            user: self.user.as_ref().map(|user| ShownUser { email: user.email.clone(), role }),
            tenant: self.tenant.as_ref().map(|tenant| tenant.name.clone()),
            section,
            flash: self.flash.clone(),
        }
    }

    /// Notes a change of state in the audit log: before it is made, so that none is made unseen.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn audit(&self, action: &str, subject: &str) -> Result<(), Oops> {
        let who = self.user.as_ref().map_or("service", |user| user.email.as_str());
        let tenant = self.tenant.as_ref().map(|tenant| tenant.id.as_str());
        self.audit_as(who, tenant, action, subject).await
    }

    /// [`Ask::audit`] in somebody's name.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn audit_as(&self, who: &str, tenant: Option<&str>, action: &str, subject: &str) -> Result<(), Oops> {
        self.engine().audit.add(who, tenant, action, subject).await.map_err(|error| {
            tracing::error!("{error}");
            if error.is_full { Oops::DiskFull } else { Oops::Internal }
        })
    }
}

/// The token that a session's forms carry.
#[must_use]
pub fn csrf(session: &Token) -> String {
    session.derived("csrf")
}

/// A message for the next page.
#[must_use]
pub fn flash(tone: Tone, message: &str, subject: Option<&str>) -> Flash {
    Flash { tone, message: message.to_owned(), subject: subject.map(str::to_owned) }
}

impl From<DbError> for Oops {
    fn from(error: DbError) -> Self {
        tracing::error!("{error}");
        match error {
            DbError::DiskFull => Self::DiskFull,
            _ => Self::Internal,
        }
    }
}
