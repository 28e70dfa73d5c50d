//! The codes that only a service gives, beside those of every sync.

pub use connector_sync::codes::*;

connector_host::codes! {
    /// The connector is not there.
    CONNECTOR_MISSING = "connector-missing";
    /// The connector's file was exchanged.
    CONNECTOR_CHANGED = "connector-changed";
    /// The connector could not be had from its registry.
    CONNECTOR_NOT_FETCHED = "connector-not-fetched";
    /// The key for the integration's secrets is not there.
    KEY_MISSING = "key-missing";
    /// A secret cannot be opened.
    SECRET_DAMAGED = "secret-damaged";
    /// The service ended while the run was at work.
    RUN_INTERRUPTED = "run-interrupted";
    /// Workers have begun the run again and again, and none has ended it.
    RUN_GIVEN_UP = "run-given-up";
    /// Somebody else works on the integration by now; the run is theirs.
    LEASE_LOST = "lease-lost";
    /// The database does not answer; the run is begun again.
    DATABASE_AWAY = "database-away";
    /// The plan is no longer kept, or was applied or discarded.
    PLAN_GONE = "plan-gone";
    /// The service's own data cannot be written.
    SERVICE_FAILED = "service-failed";
}

#[cfg(test)]
mod tests {
    use connector_report::catalogue::{Kind, kind};

    #[test]
    fn every_code_of_the_service_has_words() {
        for code in super::ALL {
            assert_eq!(kind(code), Some(Kind::Failure), "{code}");
        }
    }
}
