//! Tests of a connection, and questions about one person: they read and write nothing, so they wait in no queue and leave nothing
//! behind but an answer in memory for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use connector_host::contract::SourceRecord;
use connector_host::http::Vault;
use connector_settings::Settings;
use connector_sync::directory::Directory;
use connector_sync::explain::{Explanation, Values, explain, gather};
use connector_sync::run::Failure;
use connector_sync::sleeper::TokioSleeper;
use connector_sync::tenant_builder::{StartError, TenantBuilder};
use connector_sync::{SyncContext, progress::Progress};
use jiff::Timestamp;

use super::Engine;
use crate::codes;
use crate::connectors::Ready;
use crate::db::Integration;
use crate::form::{Form, Secrets};

/// How long an answer is kept after it was last looked at.
const KEPT: Duration = Duration::from_mins(30);
/// How many answers one tenant can have; the oldest makes room.
const MOST: usize = 16;
/// How many a tenant can ask at once; the oldest makes room.
const MOST_AT_ONCE: usize = 3;

/// What a probe is for.
pub enum ProbeKind {
    /// Whether a form's connection works. The form and its secrets are kept, so that they can be saved afterwards.
    Test {
        /// The form.
        form: Box<Form>,
        /// Secrets that were entered and are not stored.
        secrets: Secrets,
        /// The integration that is being edited; none for a new one.
        integration: Option<String>,
    },
    /// Why one person's account is as it is.
    Question(Question),
}

/// A question about one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// In which integration.
    pub integration: String,
    /// About whom.
    pub employee: String,
}

/// Where a probe is.
#[derive(Clone)]
pub enum ProbeState {
    /// It is being answered.
    Running,
    /// It is answered.
    Answered(Arc<Answer>),
    /// It could not be answered.
    Failed(Vec<Failure>),
    /// A person, or the end of the service, stopped it.
    Stopped,
}

/// An answer.
pub enum Answer {
    /// Of a test.
    Test(TestFinding),
    /// Of a question, with values: personal data.
    Question(Box<Explanation>),
}

/// What a test of a connection found.
#[derive(Debug, Clone, Default)]
pub struct TestFinding {
    /// When.
    pub at: Timestamp,
    /// The attributes that the credential does not see, by the contract's names.
    pub hidden: Vec<String>,
    /// How many people it sees.
    pub people: u64,
    /// How many of them are selected for syncing.
    pub flagged: u64,
    /// Whether everybody was read.
    pub complete: bool,
    /// What the connector noticed for the admin: code, count, detail.
    pub notices: Vec<(String, u64, Option<String>)>,
}

/// One probe.
pub struct Probe {
    /// Its ID.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// What it is for.
    pub kind: ProbeKind,
    /// When it began; of two that began in one second the IDs do not tell.
    begun: Instant,
    state: Mutex<ProbeState>,
    seen: Mutex<Instant>,
}

impl Probe {
    /// Where it is.
    #[must_use]
    pub fn state(&self) -> ProbeState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn end(&self, state: ProbeState) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    fn is_old(&self, now: Instant) -> bool {
        now.saturating_duration_since(*self.seen.lock().unwrap_or_else(PoisonError::into_inner)) > KEPT
    }
}

/// Every probe that is kept.
#[derive(Default)]
pub struct Probes(Mutex<HashMap<String, Arc<Probe>>>);

impl Probes {
    /// A tenant's probe.
    #[must_use]
    pub fn find(&self, tenant: &str, id: &str) -> Option<Arc<Probe>> {
        let probes = self.lock();
        let probe = probes.get(id).filter(|probe| probe.tenant == tenant)?;
        *probe.seen.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Some(Arc::clone(probe))
    }

    /// The newest question about a person.
    #[must_use]
    pub fn about(&self, tenant: &str, question: &Question) -> Option<Arc<Probe>> {
        let probes = self.lock();
        let is_about = |probe: &&Arc<Probe>| {
            probe.tenant == tenant && matches!(&probe.kind, ProbeKind::Question(other) if other == question)
        };
        probes.values().filter(is_about).max_by_key(|probe| probe.begun).cloned()
    }

    /// Adds one; gives those of the tenant that are to be stopped for it.
    fn add(&self, probe: Arc<Probe>) -> Vec<Arc<Probe>> {
        let mut probes = self.lock();
        let now = Instant::now();
        probes.retain(|_, probe| !probe.is_old(now));
        let mut theirs: Vec<Arc<Probe>> =
            probes.values().filter(|other| other.tenant == probe.tenant).map(Arc::clone).collect();
        theirs.sort_unstable_by_key(|probe| probe.begun);
        let too_many = |count: usize, most: usize| (count + 1).saturating_sub(most);
        for gone in theirs.iter().take(too_many(theirs.len(), MOST)) {
            probes.remove(&gone.id);
        }
        probes.insert(probe.id.clone(), probe);
        theirs.retain(|other| matches!(other.state(), ProbeState::Running));
        theirs.truncate(too_many(theirs.len(), MOST_AT_ONCE));
        theirs
    }

    /// Forgets everything of a tenant.
    pub fn forget(&self, tenant: &str) {
        self.lock().retain(|_, probe| probe.tenant != tenant);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Probe>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Begins a probe with these settings; gives it at once.
    pub fn probe(
        self: &Arc<Self>,
        tenant: &str,
        kind: ProbeKind,
        ready: Ready,
        settings: Settings,
        of: Option<Integration>,
    ) -> Arc<Probe> {
        let probe = Arc::new(Probe {
            id: connector_sync::run::id(Timestamp::now()),
            tenant: tenant.to_owned(),
            kind,
            begun: Instant::now(),
            state: Mutex::new(ProbeState::Running),
            seen: Mutex::new(Instant::now()),
        });
        for oldest in self.probes.add(Arc::clone(&probe)) {
            if let Some(watched) = self.live.find(&oldest.id) {
                watched.stop();
            }
        }
        let (engine, asked) = (Arc::clone(self), Arc::clone(&probe));
        let ongoing = self.live.begin(tenant, &probe.id);
        tokio::spawn(async move {
            let watched = Arc::clone(&ongoing.watched);
            let work = Box::pin(async {
                // Syncs have room left, however many ask.
                let _place = engine.asking.acquire().await;
                connector_fleet::steps::caught(engine.answer(&asked, ready, &settings, of, &*watched)).await
            });
            let state = match watched.stopped().run_until_cancelled(work).await {
                None => ProbeState::Stopped,
                Some(None) => ProbeState::Failed(vec![connector_fleet::steps::broken()]),
                Some(Some(Ok(answer))) => ProbeState::Answered(Arc::new(answer)),
                Some(Some(Err(failures))) => ProbeState::Failed(failures),
            };
            asked.end(state);
            drop(ongoing);
        });
        probe
    }

    /// Waits until a probe is answered.
    pub async fn until_answered(&self, probe: &Probe) {
        self.live.until_over(&probe.id).await;
    }

    async fn answer(
        &self,
        probe: &Probe,
        ready: Ready,
        settings: &Settings,
        of: Option<Integration>,
        progress: &dyn Progress,
    ) -> Result<Answer, Vec<Failure>> {
        let builder = TenantBuilder::new(&ready.connector, ready.policy, ready.transport).vault(Vault::new());
        let mut tenant = builder.start(settings).await.map_err(|error| vec![not_started(error)])?;
        let context = SyncContext { tenant: &mut tenant, settings, progress, sleeper: &TokioSleeper };
        let of = match &probe.kind {
            ProbeKind::Question(_) => of,
            ProbeKind::Test { .. } => None,
        };
        let mut directory = match of {
            Some(integration) => self.read_directory(&integration).await.map_err(|error| vec![(&error).into()])?,
            None => None,
        };
        let employee = match &probe.kind {
            ProbeKind::Question(question) => question.employee.as_str(),
            ProbeKind::Test { .. } => "",
        };
        let directory = directory.as_mut().map(|directory| &mut **directory as &mut dyn Directory);
        let evidence = gather(Some(context), directory, employee).await;
        let evidence = evidence.map_err(|error| vec![(&super::DirectoryProblem::from(error)).into()])?;
        if let ProbeKind::Question(question) = &probe.kind {
            return Ok(Answer::Question(Box::new(explain(&question.employee, &evidence, Values::Shown))));
        }
        let Some(source) = &evidence.source else { return Err(evidence.failures) };
        let flagged = |record: &&SourceRecord| matches!(record, SourceRecord::Learner(_));
        let hidden = source.hidden.iter().map(|hidden| connector_host::names::field_name(&hidden.attribute).to_owned());
        let notices = evidence.plan.iter().flat_map(|(plan, _)| &plan.notices);
        Ok(Answer::Test(TestFinding {
            at: Timestamp::now(),
            hidden: hidden.collect(),
            people: source.records.len() as u64,
            flagged: source.records.iter().filter(flagged).count() as u64,
            complete: evidence.plan.as_ref().map_or(source.ended, |(plan, _)| plan.complete),
            notices: notices.map(|notice| (notice.code.clone(), notice.count, notice.detail.clone())).collect(),
        }))
    }
}

fn not_started(error: StartError) -> Failure {
    match error {
        StartError::Guest(error) => (&error).into(),
        error => Failure {
            code: codes::SETTING_INVALID.to_owned(),
            subject: None,
            message: error.to_string(),
            remedy: "Correct the settings, and test again.".to_owned(),
        },
    }
}
