//! A tenant's settings as the contract has them.
//!
//! Where they come from (a file, a page, a platform's own database) is not this crate's business: whoever has settings
//! makes these of them. The credential's secret is not among them: it stays in the [vault](crate::http::Vault), and the
//! guest gets a handle.

use wasmtime::component::Resource;

use crate::contract::AccountStatus;
use crate::contract::connector::{self, StatusRow};
use crate::http::SecretHandle;

/// Which of the source's values names the groups people join (rule S15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupAssignment {
    /// Nobody joins a group.
    #[default]
    None,
    /// The department's name.
    Department,
    /// The team's name.
    Team,
}

/// What `configure` is given, without the secret.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ConnectorSettings {
    /// The integration's name, free text.
    pub name: String,
    /// The credential's ID.
    pub client_id: String,
    /// Whether people may be invited (rule S16).
    pub send_invitations: bool,
    /// Rule S15.
    pub group_assignment: GroupAssignment,
    /// Another origin than the manifest's first.
    pub endpoint: Option<String>,
    /// The filter attribute's label; none means the connector's own (rule S1).
    pub filter_label: Option<String>,
    /// The values that mean yes; none given means the connector's own (rule S1).
    pub filter_values: Vec<String>,
    /// The status table, source value first; none given means the connector's own (rule S8).
    pub statuses: Vec<(String, AccountStatus)>,
    /// `X-Personio-Partner-ID`.
    pub partner_id: Option<String>,
    /// `X-Personio-App-ID`.
    pub app_id: Option<String>,
}

impl ConnectorSettings {
    /// Settings with a name and a credential's ID, and everything else as the connector has it.
    #[must_use]
    pub fn new(name: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self { name: name.into(), client_id: client_id.into(), ..Self::default() }
    }

    /// The contract's own record, with a handle on the secret.
    pub(crate) fn to_contract(&self, client_secret: Resource<SecretHandle>) -> connector::Settings {
        let row = |(source, account): &(String, AccountStatus)| StatusRow {
            source: source.clone(),
            account: account.clone(),
        };
        connector::Settings {
            name: self.name.clone(),
            client_id: self.client_id.clone(),
            client_secret,
            send_invitations: self.send_invitations,
            group_assignment: match self.group_assignment {
                GroupAssignment::None => connector::GroupAssignment::None,
                GroupAssignment::Department => connector::GroupAssignment::Department,
                GroupAssignment::Team => connector::GroupAssignment::Team,
            },
            endpoint: self.endpoint.clone(),
            filter_label: self.filter_label.clone(),
            filter_values: self.filter_values.clone(),
            statuses: self.statuses.iter().map(row).collect(),
            partner_id: self.partner_id.clone(),
            app_id: self.app_id.clone(),
        }
    }
}
