//! A company as a folder of recorded exchanges: what a connector asks Personio in one sync, and the answers.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::Company;
use super::pretty::pretty;
use super::wire::{self, Attribute};

/// The account that was recorded.
#[derive(Debug, Clone)]
pub struct Account {
    /// Where Personio answers, such as `https://api.personio.de`.
    pub origin: String,
    /// The credential's ID; its secret is in no cassette.
    pub client_id: String,
    /// The token that the recorded log-in gives. It opens nothing.
    pub token: String,
    /// The attributes that the connector asks for, in its order.
    pub attributes: Vec<Attribute>,
    /// Attributes that the credential may read too, and that nobody asks for.
    pub unasked: Vec<Attribute>,
}

/// The exchanges of one sync, by file name: log-in, attribute list, and pages of `limit` people.
#[must_use]
pub fn exchanges(company: &Company, account: &Account, limit: usize) -> BTreeMap<String, String> {
    let offsets = (0..company.people.len().max(1)).step_by(limit.max(1));
    let pages = offsets.map(|offset| ("get-v1-company-employees", page(company, account, offset, limit)));
    let start = [("post-v1-auth", log_in(account)), ("get-v1-company-employees-attributes", attribute_list(account))];
    let numbered = start.into_iter().chain(pages).enumerate();
    numbered.map(|(index, (name, json))| (format!("{:04}-{name}.json", index + 1), pretty(&json))).collect()
}

/// Writes the exchanges into a folder; files that an earlier company left there are removed.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(company: &Company, account: &Account, limit: usize, folder: &Path) -> io::Result<()> {
    let exchanges = exchanges(company, account, limit);
    fs::create_dir_all(folder)?;
    for entry in folder.read_dir()? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == "json") {
            fs::remove_file(entry.path())?;
        }
    }
    exchanges.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
}

fn log_in(account: &Account) -> Value {
    let request = json!({
        "method": "POST",
        "url": format!("{}/v1/auth", account.origin),
        "headers": { "accept": "application/json" },
        "form": { "client_id": account.client_id, "client_secret": { "secret": true } },
    });
    exchange(&request, &wire::token_json(&account.token, 86_400))
}

fn attribute_list(account: &Account) -> Value {
    let visible: Vec<Attribute> = account.attributes.iter().chain(&account.unasked).cloned().collect();
    let url = format!("{}/v1/company/employees/attributes", account.origin);
    exchange(&read(&url), &wire::attributes_json(&visible))
}

fn page(company: &Company, account: &Account, offset: usize, limit: usize) -> Value {
    let mut url = format!("{}/v1/company/employees?limit={limit}&offset={offset}", account.origin);
    for attribute in &account.attributes {
        url.push_str("&attributes%5B%5D=");
        url.push_str(&attribute.key);
    }
    exchange(&read(&url), &wire::page_json(&company.people, &account.attributes, offset, limit))
}

fn read(url: &str) -> Value {
    json!({ "method": "GET", "url": url, "headers": { "accept": "application/json" }, "authorization": "bearer" })
}

fn exchange(request: &Value, body: &Value) -> Value {
    let response = json!({ "status": 200, "headers": { "content-type": "application/json" }, "json": body });
    json!({ "request": request, "response": response })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;
    use crate::company::wire::Labels;

    fn account() -> Account {
        Account {
            origin: "https://api.personio.de".to_owned(),
            client_id: "client".to_owned(),
            token: "papi-none".to_owned(),
            attributes: Attribute::needed(Labels::English, "dynamic_7"),
            unasked: Vec::new(),
        }
    }

    #[test]
    fn a_sync_is_a_log_in_a_list_and_as_many_pages_as_it_takes() {
        let count = |size| exchanges(&Company::generate("a", size, 1), &account(), 10).len();
        assert_eq!([0, 1, 10, 11, 100].map(count), [3, 3, 3, 4, 12]);
    }

    #[test]
    fn writing_again_leaves_no_page_of_a_larger_company() {
        let folder = tempfile::tempdir().expect("a folder");
        for (size, files) in [(40, 6), (15, 4)] {
            write(&Company::generate("a", size, 1), &account(), 10, folder.path()).expect("written");
            assert_eq!(folder.path().read_dir().expect("it is there").count(), files);
        }
    }
}
