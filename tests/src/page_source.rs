//! A source in memory that answers a connector's requests with ready bytes: for measurements, in which only the connector
//! and its host should cost anything.

use std::sync::Arc;

use connector_host::contract::SourceRecord;
use connector_host::http::{EgressPolicy, Gateway, HttpError, HttpLimits, Inbound, Outbound, Transport, Vault};
use connector_host::sandbox::{CallError, Connector, GuestError, Limits, Tenant};
use serde_json::Value;

use crate::company::wire::{self, LIMIT};
use crate::company::{Company, cassette::Account};

/// In which order the attributes of a record stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrder {
    /// The same in every record, as Personio writes them.
    Same,
    /// Turned round in every tenth record: what a prediction of the next record's shape gets wrong.
    EveryTenthTurned,
}

/// A company's answers.
#[derive(Debug, Clone)]
pub struct PageSource {
    log_in: Vec<u8>,
    attributes: Vec<u8>,
    pages: Vec<Vec<u8>>,
}

impl PageSource {
    /// The answers for this company as this account reads it.
    #[must_use]
    pub fn of(company: &Company, account: &Account, order: KeyOrder) -> Self {
        let offsets = (0..company.people.len()).step_by(LIMIT);
        let page = |offset| wire::page_json(&company.people, &account.attributes, offset, LIMIT);
        Self {
            log_in: bytes(&wire::token_json(&account.token, 86_400)),
            attributes: bytes(&wire::attributes_json(&account.attributes)),
            pages: offsets.map(|offset| written(&page(offset), order)).collect(),
        }
    }

    /// The bodies of all pages, in their order.
    #[must_use]
    pub fn pages(&self) -> &[Vec<u8>] {
        &self.pages
    }
}

fn bytes(json: &Value) -> Vec<u8> {
    json.to_string().into_bytes()
}

/// A page's text, its records in the order asked for.
fn written(page: &Value, order: KeyOrder) -> Vec<u8> {
    let records = page.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    let records: Vec<String> = records.iter().enumerate().map(|(at, record)| record_text(record, at, order)).collect();
    let mut rest = page.clone();
    if let Some(object) = rest.as_object_mut() {
        object.remove("data");
    }
    let rest = rest.to_string();
    format!("{{\"data\":[{}],{}", records.join(","), rest.trim_start_matches('{')).into_bytes()
}

fn record_text(record: &Value, at: usize, order: KeyOrder) -> String {
    let attributes = record.get("attributes").and_then(Value::as_object);
    match attributes {
        Some(attributes) if order == KeyOrder::EveryTenthTurned && at % 10 == 9 => {
            let turned: Vec<String> =
                attributes.iter().rev().map(|(key, value)| format!("{}:{value}", Value::from(key.as_str()))).collect();
            format!("{{\"attributes\":{{{}}},\"type\":\"Employee\"}}", turned.join(","))
        }
        _ => record.to_string(),
    }
}

#[async_trait::async_trait]
impl Transport for PageSource {
    async fn send(&self, request: &Outbound, _: u64) -> Result<Inbound, HttpError> {
        let path = request.url.path();
        let body = if path.ends_with("/auth") {
            self.log_in.clone()
        } else if path.ends_with("/attributes") {
            self.attributes.clone()
        } else {
            let offset = request.url.query_pairs().find_map(|(key, value)| (key == "offset").then_some(value));
            let offset: usize = offset.and_then(|offset| offset.parse().ok()).unwrap_or_default();
            self.pages.get(offset / LIMIT).cloned().unwrap_or_else(|| br#"{"data":[]}"#.to_vec())
        };
        Ok(Inbound { status: 200, headers: Vec::new(), body })
    }
}

/// The way out of a tenant that this source answers.
#[must_use]
pub fn way_out(connector: &Connector, source: &Arc<PageSource>) -> (Gateway, Vault) {
    let vault = Vault::new();
    let policy = EgressPolicy::new(connector.description().origins.clone(), Vec::new());
    let transport = Arc::clone(source) as Arc<dyn Transport>;
    (Gateway::new(policy, transport, vault.clone(), HttpLimits::default()), vault)
}

/// A new tenant that this source answers. It has its connector's limits, or these.
///
/// # Errors
/// When it cannot be started.
pub async fn tenant(
    connector: &Connector,
    source: &Arc<PageSource>,
    limits: Option<Limits>,
) -> Result<Tenant, GuestError> {
    let (gateway, vault) = way_out(connector, source);
    connector.tenant(gateway, vault, limits).await
}

/// How pages become people.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// `fetch-mapped`.
    InOneCall,
    /// `fetch-page`, then `map-employee` for each record.
    RecordByRecord,
}

/// Reads everybody.
///
/// # Errors
/// When a call fails.
pub async fn read(tenant: &mut Tenant, way: Way) -> Result<Vec<SourceRecord>, CallError> {
    let (mut records, mut cursor) = (Vec::new(), None);
    loop {
        cursor = match way {
            Way::InOneCall => {
                let page = tenant.fetch_mapped(cursor.as_deref()).await?;
                records.extend(page.records);
                page.next
            }
            Way::RecordByRecord => {
                let page = tenant.fetch_page(cursor.as_deref()).await?;
                records.extend(tenant.map_page(&page.employees).await?);
                page.next
            }
        };
        if cursor.is_none() {
            return Ok(records);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;
    use crate::nordwind;

    #[test]
    fn turned_records_say_the_same() {
        let company = Company::generate("nordwind", 120, 7);
        let of = |order| PageSource::of(&company, &nordwind::account(), order);
        let (same, turned) = (of(KeyOrder::Same), of(KeyOrder::EveryTenthTurned));
        assert_ne!(same.pages(), turned.pages());
        for (same, turned) in same.pages().iter().zip(turned.pages()) {
            let parsed = |page: &[u8]| serde_json::from_slice::<Value>(page).expect("JSON");
            assert_eq!(parsed(same), parsed(turned));
        }
    }
}
