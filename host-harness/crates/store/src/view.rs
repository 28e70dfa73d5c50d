//! `harness directory show`: the directory for people and for programs, in an order that never changes.

use std::collections::BTreeMap;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::import::DEFAULT_ROLE;
use connector_host::contract::Account;
use connector_host::names::status_name;
use connector_host::one_line::one_line;
use connector_sync::directory::{DirectoryError, OutboxCounts, Store, Undeliverable};
use connector_sync::run::StoredRun;

/// A directory, ready to be shown. As JSON, `accounts` and `groups` have the import file's keys, so that it can be
/// imported again.
#[derive(Serialize)]
pub struct DirectoryView {
    accounts: Vec<ShownAccount>,
    groups: Vec<ShownGroup>,
    runs: Vec<StoredRun>,
    outbox: ShownOutbox,
}

#[derive(Serialize)]
struct ShownGroup {
    id: String,
    name: String,
}

#[derive(Serialize)]
struct ShownOutbox {
    queued: u64,
    delivered: u64,
    undeliverable: Vec<Undeliverable>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
struct ShownAccount {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    employee: Option<String>,
    email: String,
    first_name: String,
    last_name: String,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supervisor: Option<String>,
    role: String,
    protected: bool,
    created_by_connector: bool,
    invited: bool,
    groups: Vec<String>,
}

impl DirectoryView {
    /// Reads what is to be shown.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub async fn read(directory: &mut dyn Store) -> Result<Self, DirectoryError> {
        let mut transaction = directory.inspect().await?;
        let snapshot = transaction.snapshot().await?;
        let mut roles = transaction.roles().await?;
        let OutboxCounts { queued, delivered } = transaction.outbox_counts().await?;
        let role = |id: &str| roles.remove(id).unwrap_or_else(|| DEFAULT_ROLE.to_owned());
        Ok(Self {
            accounts: snapshot.accounts.into_iter().map(shown_account(role)).collect(),
            groups: snapshot.groups.into_iter().map(|group| ShownGroup { id: group.id, name: group.name }).collect(),
            runs: transaction.runs().await?,
            outbox: ShownOutbox { queued, delivered, undeliverable: transaction.undeliverable().await? },
        })
    }

    /// Indented JSON with a line feed at its end.
    ///
    /// # Errors
    /// Never for a directory that was read.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }

    /// Tables for a terminal; no gender.
    #[must_use]
    pub fn text(&self) -> String {
        let names: BTreeMap<&str, &str> =
            self.groups.iter().map(|group| (group.id.as_str(), group.name.as_str())).collect();
        let mut accounts = table(&[
            "account",
            "employee",
            "name",
            "e-mail",
            "status",
            "department",
            "team",
            "supervisor",
            "groups",
            "flags",
        ]);
        for account in &self.accounts {
            accounts.add_row(account.cells(&names));
        }
        let mut runs = table(&["run", "verdict", "applied", "stale", "failed"]);
        for run in &self.runs {
            runs.add_row([
                one_line(&run.id),
                one_line(&run.verdict),
                run.applied.to_string(),
                run.stale.to_string(),
                run.failed.to_string(),
            ]);
        }
        format!(
            "{} accounts\n{}\n\n{} groups: {}\n\n{} runs\n{}\n\nmails: {} queued, {} delivered\n{}",
            self.accounts.len(),
            accounts.trim_fmt(),
            self.groups.len(),
            self.groups.iter().map(|group| one_line(&group.name)).collect::<Vec<_>>().join(", "),
            self.runs.len(),
            runs.trim_fmt(),
            self.outbox.queued,
            self.outbox.delivered,
            self.outbox.words(),
        )
    }
}

impl ShownOutbox {
    /// The mails that were set aside, one a line.
    fn words(&self) -> String {
        let line = |mail: &Undeliverable| {
            let (to, why) = (one_line(&mail.recipients.join(", ")), one_line(&mail.reason));
            format!("cannot be delivered: {} to {to}: {why}\n", one_line(&mail.message_id))
        };
        self.undeliverable.iter().map(line).collect()
    }
}

fn shown_account(mut role: impl FnMut(&str) -> String) -> impl FnMut(Account) -> ShownAccount {
    move |account| ShownAccount {
        role: role(&account.id),
        status: status_name(&account.status).to_owned(),
        id: account.id,
        employee: account.employee,
        email: account.email,
        first_name: account.first_name,
        last_name: account.last_name,
        gender: account.gender,
        position: account.position,
        department: account.department,
        location: account.location,
        team: account.team,
        supervisor: account.supervisor,
        protected: account.protected,
        created_by_connector: account.created_by_connector,
        invited: account.invited,
        groups: account.groups,
    }
}

impl ShownAccount {
    fn cells(&self, group_names: &BTreeMap<&str, &str>) -> Vec<String> {
        let name = |id: &String| one_line(group_names.get(id.as_str()).copied().unwrap_or(id));
        let groups: Vec<String> = self.groups.iter().map(name).collect();
        let or_dash = |value: &Option<String>| value.as_deref().map_or_else(|| "-".to_owned(), one_line);
        vec![
            one_line(&self.id),
            or_dash(&self.employee),
            one_line(&format!("{} {}", self.first_name, self.last_name)),
            one_line(&self.email),
            self.status.clone(),
            or_dash(&self.department),
            or_dash(&self.team),
            or_dash(&self.supervisor),
            if groups.is_empty() { "-".to_owned() } else { groups.join(", ") },
            self.flags(),
        ]
    }

    fn flags(&self) -> String {
        let flags = [(self.protected, "protected"), (self.created_by_connector, "created"), (self.invited, "invited")];
        let set: Vec<&str> = flags.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
        if set.is_empty() { "-".to_owned() } else { set.join(", ") }
    }
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.to_vec());
    table
}
