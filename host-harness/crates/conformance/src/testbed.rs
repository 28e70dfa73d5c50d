//! Starts the instances for the checks, and gathers what they produced.

use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;

use super::Seen;
use super::fixture::Fixture;
use super::pages::Whole;
use super::recording_transport::{Script, Sight, Watch};
use super::report::Figures;
use connector_cassette::Replay;
use connector_host::contract::Error;
use connector_host::contract::connector::Connection;
use connector_host::contract::manifest::{Setting, SettingKind};
use connector_host::http::{EgressPolicy, Origin};
use connector_host::sandbox::{CallError, Connector, Tenant};
use connector_host::settings::named_origins;
use connector_settings::file::SettingsError;
use connector_settings::{ConnectorSettings, SettingValue, Settings};
use connector_sync::tenant_builder::TenantBuilder;

/// The client secret of every check: nobody's, and found wherever it stands.
pub(super) const CANARY: &str = "canary-7f1b2c9e-opens-nothing";

/// A call that takes longer is a failure here: nobody is waited for.
const CALL_MILLISECONDS: u64 = 10_000;

/// How often a busy source is asked again; recordings answer at once.
const TRIES: usize = 5;

/// Where instances are started.
pub(super) struct Testbed<'a> {
    connector: &'a Connector,
    pub settings: Settings,
    replay: Option<&'a Replay>,
    pub sight: Arc<Sight>,
    /// What connectors said, to be searched for secrets: where, and what.
    said: Mutex<Vec<(&'static str, String)>>,
}

/// An instance.
pub(super) struct Running {
    pub tenant: Tenant,
    /// What answers it.
    pub source: Arc<Script>,
}

impl<'a> Testbed<'a> {
    /// # Errors
    /// When the fixture's settings are not for this connector.
    pub fn new(connector: &'a Connector, fixture: Option<&'a Fixture>) -> Result<Self, SettingsError> {
        let mut settings = match fixture {
            Some(fixture) => fixture.settings(connector.description())?,
            None => settings_of(connector),
        };
        // What the settings say of limits, the host was built with; a tenant's own cannot go beyond those of its pool.
        settings.limits = connector.host_limits().clone();
        settings.limits.call_milliseconds = settings.limits.call_milliseconds.min(CALL_MILLISECONDS);
        let replay = fixture.and_then(|fixture| fixture.replay.as_ref());
        Ok(Self { connector, settings, replay, sight: Arc::default(), said: Mutex::default() })
    }

    /// The origins its manifest names.
    pub fn named(&self) -> &[Origin] {
        &self.connector.description().origins
    }

    /// The origins that the settings name: by naming them, the author of the settings has allowed them.
    pub fn endpoints(&self) -> Vec<Origin> {
        named_origins(self.connector.description(), &self.settings.connector.values).collect()
    }

    /// What the component declares.
    pub fn declared(&self) -> &[Setting] {
        &self.connector.description().settings
    }

    /// True if it maps whole pages in one call.
    pub fn maps_pages(&self) -> bool {
        self.connector.maps_pages()
    }

    /// A fresh instance, not configured.
    pub async fn start(&self) -> Result<Running, String> {
        let policy = EgressPolicy::new(self.named().iter().cloned(), self.endpoints());
        let source = Arc::new(Script::of(self.replay.map(Replay::rewound)));
        let watch = Watch { sight: Arc::clone(&self.sight), secret: CANARY, source: Arc::clone(&source) };
        let builder = TenantBuilder::new(self.connector, policy, Arc::new(watch));
        let tenant = builder.start(&self.settings).await.map_err(|error| error.to_string())?;
        Ok(Running { tenant, source })
    }

    /// A fresh instance, configured.
    pub async fn configured(&self) -> Result<(Running, Connection), Unread> {
        let mut running = self.start().await.map_err(Unread::Broke)?;
        for _ in 0..TRIES {
            match running.tenant.configure(&self.settings).await {
                Ok(connection) => return Ok((running, connection)),
                Err(CallError::Guest(Error::RetryLater(_))) => {}
                Err(error) => return Err(self.unread("configure", &error)),
            }
        }
        Err(Unread::Reported(format!("configure: the source was busy {TRIES} times")))
    }

    /// Keeps what a connector said.
    pub fn said(&self, place: &'static str, text: String) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).push((place, text));
    }

    /// Everything that was said.
    pub fn all_said(&self) -> Vec<(&'static str, String)> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A failed call in one line; its error is kept, too.
    pub fn note_error(&self, call: &str, error: &CallError) -> String {
        let text = match error {
            CallError::Guest(error) => format!("{error:?}"),
            CallError::Host(verdict) => verdict.to_string(),
        };
        self.said("an error", text);
        match error {
            CallError::Guest(error) => format!("{call}: {}", words(error)),
            CallError::Host(verdict) => verdict.to_string(),
        }
    }

    /// As [`Testbed::note_error`], for a call without which the source is not read.
    pub fn unread(&self, call: &str, error: &CallError) -> Unread {
        let told = self.note_error(call, error);
        match error {
            CallError::Guest(_) => Unread::Reported(told),
            CallError::Host(_) => Unread::Broke(told),
        }
    }

    pub fn figures(whole: &Whole) -> Figures {
        let usage = whole.usage;
        Figures {
            peak_memory_bytes: usage.peak_memory_bytes,
            calls: usage.calls,
            http_requests: usage.http_requests,
            employees: whole.source.records.len() as u64,
            milliseconds: whole.milliseconds,
        }
    }

    /// Half of a limit is what a company of twice the size needs.
    pub fn resources(&self, whole: &Whole) -> Seen {
        const MIB: u64 = 1 << 20;
        let (limits, figures) = (self.connector.host_limits(), Self::figures(whole));
        let memory = figures.peak_memory_bytes.div_ceil(MIB);
        for (what, used, limit, most) in [
            ("MiB of memory", memory, "memory-mib", limits.memory_mib),
            ("requests", figures.http_requests, "requests-per-sync", limits.requests_per_sync),
            ("ms", figures.milliseconds, "call-milliseconds", limits.call_milliseconds),
        ] {
            if used > most / 2 {
                return Err(format!("it took {used} {what}: more than half of the limit {limit} = {most}"));
            }
        }
        Ok(format!(
            "{} employees: {memory} MiB of memory, {} calls, {} requests, {} ms",
            figures.employees, figures.calls, figures.http_requests, figures.milliseconds
        ))
    }
}

/// Why the source was not read to its end.
pub(super) enum Unread {
    /// The connector says so, or the source has nobody: without recorded traffic, that is as it should be.
    Reported(String),
    /// The connector broke, or answered what the contract does not allow.
    Broke(String),
}

impl From<Unread> for String {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Reported(text) | Unread::Broke(text) => text,
        }
    }
}

/// A connector's error in words.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::NotConfigured => "it says that it is not configured".to_owned(),
        Error::InvalidSettings(problems) => {
            problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" ")
        }
        Error::RetryLater(retry) => retry.problem.message.clone(),
        Error::Refused(problem)
        | Error::Unreadable(problem)
        | Error::InvalidArgument(problem)
        | Error::Other(problem) => problem.message.clone(),
    }
}

/// Settings as good as can be made without knowing the source: something for each that is required.
fn settings_of(connector: &Connector) -> Settings {
    let description = connector.description();
    let origin = description.origins.first().map_or_else(|| "https://check.example".to_owned(), ToString::to_string);
    let value = |setting: &Setting| {
        Some(match &setting.kind {
            SettingKind::Secret => SettingValue::Secret(SecretString::from(CANARY)),
            SettingKind::Origin => SettingValue::Text(origin.clone()),
            SettingKind::Url => SettingValue::Text(format!("{origin}/")),
            SettingKind::Number => SettingValue::Number(1),
            SettingKind::Flag => SettingValue::Flag(false),
            SettingKind::Choice(options) => SettingValue::Text(options.first()?.value.clone()),
            SettingKind::Text | SettingKind::Other(_) => SettingValue::Text("check".to_owned()),
        })
    };
    let is_needed = |setting: &&Setting| setting.required || matches!(setting.kind, SettingKind::Origin);
    let values = description.settings.iter().filter(is_needed);
    let mut connector = ConnectorSettings::new("check");
    connector.values = values.filter_map(|setting| Some((setting.key.clone(), value(setting)?))).collect();
    Settings::new(&description.name, connector)
}
