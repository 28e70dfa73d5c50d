//! What the cells share: the component, a company, a directory to start from, and a run against a stand-in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_host::contract::{Account, AccountStatus};
use connector_host::http::{EgressPolicy, Gateway, HttpLimits, Live, Origin, Vault};
use connector_host::sandbox::{Connector, Host};
use connector_mail::TenantMails;
use connector_settings::{ConnectorSettings, GroupAssignment, Language, MailSettings, SettingValue, Settings};
use connector_store::import;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::progress::Silent;
use connector_sync::run::RunReport;
use connector_sync::sleeper::Sleeper;
use connector_sync::{self as sync, Options, SyncContext};
use personio_mock::company::{Company, Person};
use personio_mock::{CLIENT_SECRET, MockOptions, Rule, Server};
use whole_system_tests::company::learning;
use whole_system_tests::component;

/// How long a request may take where nothing is slow.
pub const PATIENT: Duration = Duration::from_secs(30);

/// How long where an answer would take forever.
pub const HASTY: Duration = Duration::from_secs(1);

/// Everybody. Small, because the matrix has hundreds of runs; the first test asserts that
/// somebody is created, invited and lowered.
pub const PEOPLE: i32 = 39;

/// Rows in a page: four pages, the last one not full.
pub const ROWS: i32 = 10;

/// A company in which no guard asks for a person (rule S19).
const SEED: u64 = 1;

/// Who gets the summaries.
const ADMIN: &str = "personal@nordwind.example";

/// What every cell starts from.
pub struct Fixture {
    connector: Connector,
    company: Arc<Company>,
    folder: tempfile::TempDir,
    /// The accounts of the two people that the source calls inactive: one on the first page, one on the last.
    pub dismissed: [String; 2],
}

/// One directory on disk.
pub struct Tenancy {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

/// A directory's contents without what differs from run to run: versions and the IDs of new accounts.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// By employee, or by address where there is none; supervisors by the same key, versions and IDs blank.
    pub accounts: BTreeMap<String, Account>,
    /// The accounts' IDs.
    pub ids: BTreeSet<String>,
    /// The employees of linked accounts.
    pub employees: Vec<String>,
    /// All addresses, in lower case.
    pub addresses: Vec<String>,
    /// Who was sent an invitation.
    pub invitations: Vec<String>,
    keys: BTreeMap<String, String>,
}

impl Fixture {
    pub async fn new() -> Self {
        let host = Host::builder().build().unwrap();
        let connector = host.load(&component()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut directory = SqliteDirectory::open(&folder.path().join("start.sqlite")).unwrap();
        let mut company = Company::generate("nordwind", PEOPLE.unsigned_abs() as usize, SEED);
        let known = learning(&company);
        let dismissed = dismiss_two(&mut company, &known);
        let accounts = folder.path().join("directory.json");
        fs::write(&accounts, serde_json::to_vec(&known).unwrap()).unwrap();
        import::import(&mut directory, &accounts).await.unwrap();
        Self { connector, company: Arc::new(company), folder, dismissed }
    }

    pub fn options(&self, faults: &[Rule]) -> MockOptions {
        let nobody = Company { name: String::new(), people: Vec::new() };
        MockOptions {
            company: Arc::clone(&self.company),
            page_limit: ROWS.unsigned_abs() as usize,
            rate_limits: false,
            faults: faults.to_vec(),
            ..MockOptions::new(nobody)
        }
    }

    pub async fn serve(&self, faults: &[Rule]) -> Server {
        Server::start(self.options(faults)).await.unwrap()
    }

    /// A copy of the directory to start from.
    pub fn tenancy(&self) -> Tenancy {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("directory.sqlite");
        fs::copy(self.folder.path().join("start.sqlite"), &path).unwrap();
        Tenancy { path, _folder: folder }
    }

    /// Syncs without really waiting; gives the waits too.
    pub async fn sync(
        &self,
        server: &Server,
        tenancy: &Tenancy,
        request_timeout: Duration,
    ) -> (RunReport, Vec<Duration>) {
        let origin = Origin::parse(&server.origin()).unwrap();
        let policy = EgressPolicy::new([], [origin]);
        let vault = Vault::new();
        let limits = HttpLimits { request_timeout, ..HttpLimits::default() };
        let live = Arc::new(Live::new(policy.clone()).unwrap());
        let gateway = Gateway::new(policy, live, vault.clone(), limits);
        let mut tenant = self.connector.tenant(gateway, vault, None).await.unwrap();
        let settings = settings(server);
        let waits = Waits::default();
        let mut directory = SqliteDirectory::open(&tenancy.path).unwrap();
        let job = SyncContext { tenant: &mut tenant, settings: &settings, progress: &Silent, sleeper: &waits };
        let started = "2026-03-02T06:00:00Z".parse().unwrap();
        let report =
            sync::sync(job, &mut directory, &TenantMails::new(&settings), &Options::default(), started).await.unwrap();
        (report, waits.0.into_inner().unwrap())
    }
}

/// The accounts before the first run, some of them out of date.
fn learning(company: &Company) -> learning::Directory {
    let group = |id: &str, name: &str| learning::Group { id: id.to_owned(), name: name.to_owned() };
    let groups = vec![(group("g-fertigung", "FERTIGUNG"), "Fertigung"), (group("g-it", "IT"), "IT")];
    learning::directory(company, groups, SEED)
}

/// Two statuses to lower, one on the first page and one on the last; gives the accounts.
fn dismiss_two(company: &mut Company, known: &learning::Directory) -> [String; 2] {
    let employed = known.accounts.iter().filter(|account| account.status == "active" && !account.protected);
    let employed: BTreeSet<&String> = employed.filter_map(|account| account.employee.as_ref()).collect();
    let flagged = |person: &&mut Person| person.flag.value().is_some_and(|flag| flag == "ja");
    let mut staff = company.people.iter_mut().filter(flagged).filter(|one| employed.contains(&one.id.to_string()));
    [staff.next(), staff.next_back()].map(|person| {
        let person = person.expect("two people with accounts");
        "inactive".clone_into(&mut person.status);
        let id = person.id.to_string();
        let account = known.accounts.iter().find(|account| account.employee.as_ref() == Some(&id));
        account.expect("an account").id.clone()
    })
}

fn settings(server: &Server) -> Settings {
    let mut connector = ConnectorSettings::new("Nordwind")
        .with("client-id", SettingValue::Text(personio_mock::CLIENT_ID.to_owned()))
        .with("client-secret", SettingValue::Secret(CLIENT_SECRET.into()))
        .with("endpoint", SettingValue::Text(server.origin()));
    connector.send_invitations = true;
    connector.group_assignment = GroupAssignment::Department;
    Settings {
        mail: Some(MailSettings {
            to: vec![ADMIN.to_owned()],
            from: "elearnio <no-reply@elearnio.example>".to_owned(),
            language: Language::De,
            smtp: None,
        }),
        ..Settings::new("personio", connector)
    }
}

/// Notes what a run would have waited.
#[derive(Default)]
struct Waits(Mutex<Vec<Duration>>);

#[async_trait::async_trait]
impl Sleeper for Waits {
    async fn sleep(&self, delay: Duration) {
        self.0.lock().unwrap().push(delay);
    }
}

impl Tenancy {
    /// The directory as it is on disk.
    pub fn state(&self) -> State {
        let directory = SqliteDirectory::open_read_only(&self.path).unwrap();
        let accounts = directory.snapshot().unwrap().accounts;
        let queued = directory.queued().unwrap();
        let recipients = queued.into_iter().flat_map(|mail| mail.to);
        let key = |account: &Account| account.employee.clone().unwrap_or_else(|| account.email.to_lowercase());
        let keys: BTreeMap<String, String> =
            accounts.iter().map(|account| (account.id.clone(), key(account))).collect();
        State {
            ids: keys.keys().cloned().collect(),
            employees: accounts.iter().filter_map(|account| account.employee.clone()).collect(),
            addresses: accounts.iter().map(|account| account.email.to_lowercase()).collect(),
            invitations: recipients.filter(|recipient| recipient != ADMIN).collect(),
            accounts: accounts.into_iter().map(|account| (key(&account), plain(account, &keys))).collect(),
            keys,
        }
    }
}

/// An account without what differs from run to run.
fn plain(account: Account, keys: &BTreeMap<String, String>) -> Account {
    let supervisor = account.supervisor.as_ref().and_then(|id| keys.get(id)).cloned();
    let mut groups = account.groups;
    groups.sort();
    Account { id: String::new(), version: 0, supervisor, groups, ..account }
}

impl State {
    /// An account by its ID.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(self.keys.get(id)?)
    }

    /// Accounts that are inactive and were not (rule S8).
    pub fn lowered_since(&self, before: &Self) -> Vec<String> {
        let is_lowered = |id: &&String| {
            let inactive = |state: &Self| state.account(id).is_some_and(|one| one.status == AccountStatus::Inactive);
            inactive(self) && !inactive(before)
        };
        before.ids.iter().filter(is_lowered).cloned().collect()
    }

    /// What differs from another one, if something does; invitations are a set.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let keys: BTreeSet<&String> = self.accounts.keys().chain(other.accounts.keys()).collect();
        let differ = keys.into_iter().find(|key| self.accounts.get(*key) != other.accounts.get(*key));
        if let Some(key) = differ {
            return Some(format!("{:?} instead of {:?}", self.accounts.get(key), other.accounts.get(key)));
        }
        let invited = |state: &Self| -> BTreeSet<String> { state.invitations.iter().cloned().collect() };
        (invited(self) != invited(other)).then(|| "other people are invited".to_owned())
    }
}
