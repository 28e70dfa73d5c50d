//! Converts a connector's error into what a run reports: one function for all calls.

use crate::codes;
use crate::run::Failure;
use connector_host::contract::Error;
use connector_host::sandbox::CallError;

/// What a failed call means for the run.
#[must_use]
pub fn of_call(error: CallError) -> Vec<Failure> {
    match error {
        CallError::Host(error) => vec![Failure::from(&error)],
        CallError::Guest(error) => of_guest(error),
    }
}

fn of_guest(error: Error) -> Vec<Failure> {
    match error {
        Error::InvalidSettings(problems) => problems.iter().map(Failure::from).collect(),
        Error::Refused(problem)
        | Error::Unreadable(problem)
        | Error::InvalidArgument(problem)
        | Error::Other(problem) => {
            vec![Failure::from(&problem)]
        }
        Error::RetryLater(retry) => vec![Failure::from(&retry.problem)],
        Error::NotConfigured => vec![Failure {
            code: codes::NOT_CONFIGURED.to_owned(),
            subject: None,
            message: "The connector says that it is not configured.".to_owned(),
            remedy: "Report this to the connector's makers; nothing was written.".to_owned(),
        }],
    }
}
