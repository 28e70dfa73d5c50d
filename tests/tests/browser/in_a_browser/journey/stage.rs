//! What a journey needs: the service, a stand-in for Personio with a small company, and the accounts there are before.

use std::fs;

use anyhow::{Context as _, Result};
use personio_mock::company::file;
use personio_mock::{MockOptions, Rule, Server};
use serde_json::{Value, json};
use whole_system_tests::service_client::{Options, Service};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// The first operator.
pub const OPERATOR: &str = "ops@elearnio.example";
/// Somebody who comes back under a new ID: the account of the old one has the address (rule S12).
pub const RETURNED: (&str, &str) = ("110", "Nele Friedrich");
/// Who is new, and gets an account and an invitation.
pub const NEW: (&str, &str) = ("109", "Jonas Albrecht");
/// Whom the filter leaves out.
pub const LEFT_OUT: &str = "111";

/// A service, and the source it may ask.
pub struct Stage {
    /// The service.
    pub service: Service,
    /// The stand-in for Personio.
    pub source: Server,
}

impl Stage {
    /// Starts both. The source has the faults that are named, as `harness mock --fault` has them.
    pub async fn set(faults: &[&str]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let company = folder.path().join("company.json");
        fs::write(&company, company_file().to_string())?;
        let faults = faults.iter().map(|fault| fault.parse::<Rule>().map_err(|why| anyhow::anyhow!("{why}")));
        let options = MockOptions {
            port: 0,
            rate_limits: false,
            page_limit: 5,
            faults: faults.collect::<Result<_>>()?,
            ..MockOptions::new(file::read(&company).map_err(|why| anyhow::anyhow!("{why}"))?)
        };
        let source = Server::start(options).await?;
        let options = Options::new(HARNESS, &source.origin()).argument("--operator", OPERATOR);
        Ok(Self { service: Service::start(options), source })
    }

    /// Gives a tenant the accounts that its first integration begins with.
    pub fn give_accounts(&self, tenant: &str) -> Result<()> {
        let folder = self.service.data().join("tenants").join(tenant);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("accounts.json"), accounts_file().to_string()).context("its accounts")
    }

    /// An address of the service.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.service.address.lock().unwrap())
    }
}

const NAMES: [(&str, &str); 8] = [
    ("Karla", "Weber"),
    ("Ömer", "Yıldız"),
    ("Zoë", "Groß"),
    ("Mateusz", "Rossi"),
    ("Lena", "Kowalski"),
    ("Ida", "Berg"),
    ("Sofia", "Dubois"),
    ("Élodie", "van der Meer"),
];

/// Four of eight have left, which is more than a sync may do without approval; one is new, one is back, one is not synced.
fn company_file() -> Value {
    let person = |id: u32, first: &str, last: &str, status: &str, flag: &str| {
        json!({
            "id": id, "first_name": first, "last_name": last, "email": format!("person.{id}@acme.example"),
            "gender": "female", "position": "Fachkraft", "office": "Hamburg", "department": "Vertrieb",
            "status": status, "flag": flag,
        })
    };
    let mut people: Vec<Value> = (101..)
        .zip(NAMES)
        .map(|(id, (first, last))| person(id, first, last, if id > 104 { "inactive" } else { "active" }, "ja"))
        .collect();
    people.push(person(109, "Jonas", "Albrecht", "active", "ja"));
    people.push(person(110, "Nele", "Friedrich", "active", "ja"));
    people.push(person(111, "Ole", "Spule", "active", "nein"));
    json!({ "name": "acme", "people": people })
}

fn accounts_file() -> Value {
    let account = |employee: u32, address: u32, first: &str, last: &str| {
        json!({
            "id": format!("a-{employee}"), "employee": employee.to_string(), "first_name": first, "last_name": last,
            "email": format!("person.{address}@acme.example"), "gender": "female", "status": "active",
            "position": "Fachkraft", "department": "Vertrieb", "location": "Hamburg", "protected": false,
            "invited": true, "created_by_connector": true, "groups": ["g-vertrieb"],
        })
    };
    let mut accounts: Vec<Value> = (101..).zip(NAMES).map(|(id, (first, last))| account(id, id, first, last)).collect();
    accounts.push(account(90, 110, "Nele", "Friedrich"));
    json!({ "groups": [{ "id": "g-vertrieb", "name": "Vertrieb" }], "accounts": accounts })
}
