//! Tenants of the hostile guest, hostile ones and their neighbours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use connector_host::contract::connector::Error;
use connector_host::contract::{
    Account, AccountStatus, Directory, Group, Learner, Plan, Reading, SourceRead, SourceRecord, StatusReading,
};
use connector_host::http::{EgressPolicy, Gateway, HttpLimits, Origin, SecretHandle, Transport, Vault};
use connector_host::sandbox::{CallError, Connector, GuestError, Host, Limits, Tenant};
use connector_settings::{ConnectorSettings, SettingValue, Settings};
use secrecy::SecretString;
use tokio::sync::OnceCell;
use whole_system_tests::guests;

use super::source::Source;

/// The client secret of every tenant here.
pub const SECRET: &str = "hunter2-hunter2-hunter2";
/// The same (RFC 4648).
pub const SECRET_IN_BASE64: &str = "aHVudGVyMi1odW50ZXIyLWh1bnRlcjI=";

/// Which call gets the behaviour.
#[derive(Clone, Copy)]
pub enum Call {
    /// `configure`, by the settings' name.
    Configure,
    /// `fetch-page`, by the cursor; goes on to the last page.
    FetchPage,
    /// `fetch-mapped`, by the cursor; goes on to the last page.
    FetchMapped,
    /// `map-employee`, by the record.
    MapEmployee,
    /// `map-employee` for a page of a hundred such records.
    MapPage,
    /// `plan-actions`, by the first group's name.
    PlanActions,
    /// The same, after a read that did not come to its end.
    PlanHalfRead,
}

/// Where a tenant may go, who answers there, and what its secret is bound to.
pub struct World {
    /// Where it may go.
    pub policy: EgressPolicy,
    /// Who answers.
    pub transport: Arc<dyn Transport>,
    /// Where its secret may go.
    pub bound: Vec<Origin>,
}

impl World {
    /// The origins that a connector names, and nothing else; its secret is for the first.
    pub fn of(connector: &Connector, source: Arc<Source>) -> Self {
        let origins = connector.description().origins.clone();
        let bound = origins.first().cloned().into_iter().collect();
        Self { policy: EgressPolicy::new(origins, []), transport: source, bound }
    }
}

/// A tenant in this world, and its secret.
pub async fn tenant_in(
    connector: &Connector,
    limits: &Limits,
    world: World,
) -> Result<(Tenant, SecretHandle), GuestError> {
    let vault = Vault::new();
    let secret = vault.insert(SecretString::from(SECRET), world.bound);
    let gateway = Gateway::new(world.policy, world.transport, vault.clone(), HttpLimits::from(limits));
    Ok((connector.tenant(gateway, vault, Some(limits.clone())).await?, secret))
}

/// A tenant with a way out to the origins the hostile guest names, and its secret.
pub async fn tenant(connector: &Connector, limits: &Limits) -> Result<(Tenant, SecretHandle), GuestError> {
    tenant_in(connector, limits, World::of(connector, Arc::default())).await
}

/// A configured tenant of the hostile guest in this world.
pub async fn configured(world: World) -> Tenant {
    let (mut guest, secret) = tenant_in(hostile_guest().await, &Limits::default(), world).await.unwrap();
    guest.configure(holding(&settings("well"), &secret)).await.unwrap();
    guest
}

/// Reads a page whose cursor is a behaviour; what came of it is the error's message, if it says any.
pub async fn told(tenant: &mut Tenant, what: &str) -> String {
    words(tenant.fetch_page(Some(what)).await).unwrap_or_else(|verdict| panic!("{what}: {verdict}"))
}

/// What a guest has to say of a behaviour, which it does in an error that is no fault.
pub fn words<T>(answer: Result<T, CallError>) -> Result<String, GuestError> {
    match answer {
        Ok(_) => Ok(String::new()),
        Err(CallError::Guest(Error::Other(problem))) => Ok(problem.message),
        Err(CallError::Host(verdict)) => Err(verdict),
        Err(CallError::Guest(error)) => panic!("another error than the hostile guest's: {error:?}"),
    }
}

/// The hostile guest, compiled once for all tests.
pub async fn hostile_guest() -> &'static Connector {
    static ZOO: OnceCell<Connector> = OnceCell::const_new();
    ZOO.get_or_init(|| async {
        let path = guests::component("hostile").expect("the hostile guest builds");
        // Small limits for the pool, so that tests in parallel have room.
        let host = Host::builder().tenants(64).build().expect("a host");
        host.load(&path).await.expect("the hostile guest loads")
    })
    .await
}

/// Settings whose secret is in the tenant's vault already.
pub fn holding(settings: &Settings, secret: &SecretHandle) -> ConnectorSettings {
    let mut settings = ConnectorSettings::from(settings);
    settings.values = vec![("client-secret".to_owned(), SettingValue::Handle(secret.clone()))];
    settings
}

/// Settings whose name is a behaviour.
pub fn settings(name: &str) -> Settings {
    let secret = SettingValue::Secret(SecretString::from(SECRET));
    Settings::new("hostile", ConnectorSettings::new(name).with("client-secret", secret))
}

/// Runs a call with a behaviour; a call that goes well gives nothing.
pub async fn run(tenant: &mut Tenant, secret: &SecretHandle, call: Call, what: &str) -> Result<(), CallError> {
    match call {
        Call::Configure => tenant.configure(holding(&settings(what), secret)).await.map(drop),
        Call::FetchPage => {
            let mut cursor = Some(what.to_owned());
            while cursor.is_some() {
                cursor = tenant.fetch_page(cursor.as_deref()).await?.next;
            }
            Ok(())
        }
        Call::FetchMapped => {
            let mut cursor = Some(what.to_owned());
            while cursor.is_some() {
                cursor = tenant.fetch_mapped(cursor.as_deref()).await?.next;
            }
            Ok(())
        }
        Call::MapEmployee => tenant.map_employee(what).await.map(drop).map_err(CallError::from),
        Call::MapPage => tenant.map_page(&vec![what.to_owned(); 100]).await.map(drop).map_err(CallError::from),
        Call::PlanActions => plan(tenant, what, true).await.map(drop),
        Call::PlanHalfRead => plan(tenant, what, false).await.map(drop),
    }
}

/// Plans for five people with accounts (1 to 5: a1 to a5), one without (6), and an account without a link (free).
pub async fn plan(tenant: &mut Tenant, what: &str, ended: bool) -> Result<Plan, CallError> {
    let records = (1..=6).map(|number| SourceRecord::Learner(learner(&number.to_string()))).collect();
    let source = SourceRead { records, hidden: Vec::new(), total: None, ended };
    let mut accounts: Vec<_> =
        (1..=5).map(|number| account(&format!("a{number}"), Some(&number.to_string()))).collect();
    accounts.push(account("free", None));
    let groups = vec![Group { id: "g".to_owned(), name: what.to_owned() }];
    tenant.plan_actions(&source, &Directory { accounts, groups }).await
}

fn learner(employee: &str) -> Learner {
    Learner {
        employee: employee.to_owned(),
        email: Reading::Value(format!("{employee}@example.com")),
        first_name: Reading::Hidden,
        last_name: Reading::Hidden,
        status: StatusReading::Known(AccountStatus::Active),
        gender: Reading::Hidden,
        position: Reading::Hidden,
        department: Reading::Hidden,
        location: Reading::Hidden,
        team: Reading::Hidden,
        supervisor: Reading::Hidden,
    }
}

fn account(id: &str, employee: Option<&str>) -> Account {
    Account {
        id: id.to_owned(),
        version: 1,
        employee: employee.map(str::to_owned),
        earlier_employees: Vec::new(),
        foreign_employees: Vec::new(),
        email: format!("{id}@example.com"),
        first_name: "A".to_owned(),
        last_name: "B".to_owned(),
        status: AccountStatus::Active,
        gender: None,
        position: None,
        department: None,
        location: None,
        team: Some("Team".to_owned()),
        supervisor: None,
        protected: false,
        created_by_connector: true,
        invited: false,
        groups: Vec::new(),
    }
}

/// One row: the hostile guest, and a neighbour beside it.
pub async fn hostile(call: Call, what: &str, limits: Limits, code: &str, words: &str) {
    let connector = hostile_guest().await;
    let (mut guest, secret) = tenant(connector, &limits).await.expect("it starts");
    // Configured well first, for its panic hook, unless that is the call.
    if !matches!(call, Call::Configure) {
        guest.configure(holding(&settings("well"), &secret)).await.expect("it configures");
    }
    let done = Arc::new(AtomicBool::new(false));
    let neighbour = tokio::spawn(neighbour(Arc::clone(&done)));
    let verdict = verdict(run(&mut guest, &secret, call, what).await);
    done.store(true, Ordering::Relaxed);
    assert_eq!(verdict.code(), code, "{verdict}");
    assert!(verdict.to_string().contains(words), "{verdict}");
    assert!(!format!("{verdict} {verdict:?} {}", verdict.remedy()).contains(SECRET), "{verdict}");
    let again = self::verdict(guest.fetch_page(None).await.map(drop));
    assert_eq!(again, verdict, "a tenant that got a verdict keeps it");
    assert!(neighbour.await.expect("the neighbour lives") > 0, "the neighbour got on");
}

/// Works until told to stop; gives the number of records it mapped.
async fn neighbour(done: Arc<AtomicBool>) -> u64 {
    let (mut tenant, secret) = tenant(hostile_guest().await, &Limits::default()).await.expect("it starts");
    tenant.configure(holding(&settings("well"), &secret)).await.expect("it configures");
    let mut mapped = 0;
    loop {
        let page = tenant.fetch_page(None).await.expect("it reads");
        mapped += tenant.map_page(&page.employees).await.expect("it maps").len() as u64;
        if done.load(Ordering::Relaxed) {
            return mapped;
        }
        tokio::task::yield_now().await;
    }
}

/// The verdict a call has to end in.
pub fn verdict(result: Result<(), CallError>) -> GuestError {
    match result {
        Err(CallError::Host(verdict)) => verdict,
        Err(CallError::Guest(error)) => panic!("the guest's own error instead of a verdict: {error:?}"),
        Ok(()) => panic!("no verdict at all"),
    }
}
