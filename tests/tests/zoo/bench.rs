//! Tenants of the zoo, hostile ones and their neighbours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use host_harness::contract::{Directory, Group, SourceRead};
use host_harness::http::{
    Authorization, EgressPolicy, Gateway, HttpError, HttpLimits, Inbound, Outbound, OutboundBody, SecretHandle,
    Transport, Value, Vault,
};
use host_harness::sandbox::{CallError, Connector, Host, Limits, Tenant, Verdict};
use host_harness::settings::{GroupAssignment, Settings};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;
use whole_system_tests::guests;

/// The client secret of every tenant here.
pub const SECRET: &str = "hunter2-hunter2-hunter2";

/// Which call gets the behaviour.
#[derive(Clone, Copy)]
pub enum Call {
    /// `configure`, by the settings' name.
    Configure,
    /// `fetch-page`, by the cursor; goes on to the last page.
    FetchPage,
    /// `map-employee`, by the record.
    MapEmployee,
    /// `plan-actions`, by the first group's name.
    PlanActions,
}

/// A source that answers everything, badly where it can: it sends back what it got, the secret included.
#[derive(Default)]
struct Source(AtomicU64);

#[async_trait::async_trait]
impl Transport for Source {
    async fn send(&self, request: &Outbound, _: u64) -> Result<Inbound, HttpError> {
        if request.url.path() == "/slow" {
            tokio::time::sleep(Duration::from_hours(1)).await;
        }
        let secret = match (&request.authorization, &request.body) {
            (Authorization::Bearer(token), _) => token.expose_secret().to_owned(),
            (_, OutboundBody::Form(fields)) => {
                let value = |(_, value): &(String, Value)| match value {
                    Value::Text(text) => text.clone(),
                    Value::Secret(secret) => secret.expose_secret().to_owned(),
                };
                fields.iter().map(value).collect()
            }
            _ => String::new(),
        };
        let answer = |status, name: &str, value: &str, body: String| {
            Ok(Inbound { status, headers: vec![(name.to_owned(), value.to_owned())], body: body.into_bytes() })
        };
        match request.url.path() {
            "/token" => {
                let number = self.0.fetch_add(1, Ordering::Relaxed);
                answer(200, "x-number", "", format!("{{\"token\":\"papi-{number}-papi\"}}"))
            }
            "/to-metadata" => answer(302, "location", "http://169.254.169.254/latest/", String::new()),
            _ => answer(200, "x-echo", &secret, format!("echo {secret}")),
        }
    }
}

/// A tenant with a way out to the origins the zoo names, and its secret.
pub async fn tenant(connector: &Connector, limits: &Limits) -> Result<(Tenant, SecretHandle), Verdict> {
    let vault = Vault::new();
    let origins = connector.description().origins.clone();
    let secret = vault.insert(SecretString::from(SECRET), origins.clone());
    let policy = EgressPolicy::new(origins, []);
    let gateway = Gateway::new(policy, Arc::new(Source::default()), vault.clone(), HttpLimits::from(limits));
    Ok((connector.tenant(gateway, vault, Some(limits.clone())).await?, secret))
}

/// The zoo, compiled once for all tests.
pub async fn zoo() -> &'static Connector {
    static ZOO: OnceCell<Connector> = OnceCell::const_new();
    ZOO.get_or_init(|| async {
        let path = guests::component("zoo").expect("the zoo builds");
        // Small limits for the pool, so that tests in parallel have room.
        let host = Host::builder().tenants(64).build().expect("a host");
        host.load(&path).await.expect("the zoo loads")
    })
    .await
}

/// Settings whose name is a behaviour.
pub fn settings(name: &str) -> Settings {
    Settings {
        name: name.to_owned(),
        connector: "zoo".to_owned(),
        client_id: "id".to_owned(),
        client_secret: SecretString::from(SECRET),
        send_invitations: false,
        group_assignment: GroupAssignment::None,
        endpoint: None,
        filter_label: None,
        filter_values: Vec::new(),
        statuses: Vec::new(),
        partner_id: None,
        app_id: None,
        mail: None,
        limits: Limits::default(),
    }
}

/// Runs a call with a behaviour; a call that goes well gives nothing.
pub async fn run(tenant: &mut Tenant, secret: &SecretHandle, call: Call, what: &str) -> Result<(), CallError> {
    match call {
        Call::Configure => tenant.configure(&settings(what), secret.clone()).await.map(drop),
        Call::FetchPage => {
            let mut cursor = Some(what.to_owned());
            while cursor.is_some() {
                cursor = tenant.fetch_page(cursor.as_deref()).await?.next;
            }
            Ok(())
        }
        Call::MapEmployee => tenant.map_employee(what).await.map(drop).map_err(CallError::from),
        Call::PlanActions => {
            let source = SourceRead { records: Vec::new(), hidden: Vec::new(), total: None, ended: true };
            let groups = vec![Group { id: "g".to_owned(), name: what.to_owned() }];
            tenant.plan_actions(&source, &Directory { accounts: Vec::new(), groups }).await.map(drop)
        }
    }
}

/// One row: the hostile guest, and a neighbour beside it.
pub async fn hostile(call: Call, what: &str, limits: Limits, code: &str, words: &str) {
    let connector = zoo().await;
    let (mut guest, secret) = tenant(connector, &limits).await.expect("it starts");
    // Configured well first, for its panic hook, unless that is the call.
    if !matches!(call, Call::Configure) {
        guest.configure(&settings("well"), secret.clone()).await.expect("it configures");
    }
    let done = Arc::new(AtomicBool::new(false));
    let neighbour = tokio::spawn(neighbour(Arc::clone(&done)));
    let verdict = verdict(run(&mut guest, &secret, call, what).await);
    done.store(true, Ordering::Relaxed);
    assert_eq!(verdict.code(), code, "{verdict}");
    assert!(verdict.to_string().contains(words), "{verdict}");
    let again = self::verdict(guest.fetch_page(None).await.map(drop));
    assert_eq!(again, verdict, "a tenant that got a verdict keeps it");
    assert!(neighbour.await.expect("the neighbour lives") > 0, "the neighbour got on");
}

/// Works until told to stop; gives the number of records it mapped.
async fn neighbour(done: Arc<AtomicBool>) -> u64 {
    let (mut tenant, secret) = tenant(zoo().await, &Limits::default()).await.expect("it starts");
    tenant.configure(&settings("well"), secret).await.expect("it configures");
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
pub fn verdict(result: Result<(), CallError>) -> Verdict {
    match result {
        Err(CallError::Verdict(verdict)) => verdict,
        Err(CallError::Guest(error)) => panic!("the guest's own error instead of a verdict: {error:?}"),
        Ok(()) => panic!("no verdict at all"),
    }
}
