//! A source read in one of the two ways that the contract has: record by record, or a page mapped in one call. They give the
//! same, for every source.

use connector_host::contract::Error;
use connector_host::sandbox::{CallError, Tenant};
use connector_settings::Settings;

/// How a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `fetch-page`, and `map-employee` for each record.
    OneByOne,
    /// `fetch-mapped`.
    AtOnce,
}

/// The most calls of one read: a source that is always busy, or has no end, is left then.
const CALLS: usize = 60;

/// Configures the tenant and reads the source to its end, or to the first error that waiting does not help against. Gives each
/// answer as text, which is for comparing; the name of the call is not in it.
pub async fn read(tenant: &mut Tenant, settings: &Settings, way: Way) -> Vec<String> {
    let mut answers = Vec::new();
    let mut configured = false;
    let mut cursor = None;
    for _ in 0..CALLS {
        let has_read = configured;
        let next = if configured {
            page(tenant, cursor.as_deref(), way).await.map(|(answer, next)| {
                answers.push(answer);
                next
            })
        } else {
            tenant.configure(settings).await.map(|connection| {
                answers.push(format!("{connection:?}"));
                configured = true;
                None
            })
        };
        match next {
            Ok(None) if has_read => break,
            Ok(next) => cursor = next,
            Err(error) => {
                answers.push(error.to_string().replace("fetch-mapped", "fetch-page"));
                if !matches!(error, CallError::Guest(Error::RetryLater(_))) {
                    break;
                }
            }
        }
    }
    answers
}

/// A page as text, and its next cursor.
async fn page(tenant: &mut Tenant, cursor: Option<&str>, way: Way) -> Result<(String, Option<String>), CallError> {
    let (records, next, total, notices) = match way {
        Way::AtOnce => {
            let page = tenant.fetch_mapped(cursor).await?;
            (page.records, page.next, page.total, page.notices)
        }
        Way::OneByOne => {
            let page = tenant.fetch_page(cursor).await?;
            (tenant.map_page(&page.employees).await?, page.next, page.total, page.notices)
        }
    };
    Ok((format!("{records:?} {next:?} {total:?} {notices:?}"), next))
}
