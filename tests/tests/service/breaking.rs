//! The service itself panics at a step of a run: that run's failure, mailed like any other, and nobody else's.

use std::fs;

use whole_system_tests::service_client::{Console, Options, Source};

use super::HARNESS;
use super::faults::{check, folder, mails, rows};

#[test]
fn a_panic_fails_its_run_which_is_mailed_and_the_next_one_makes_up_for_it() {
    for (step, verdict) in [("read", "failed"), ("apply", "failed"), ("mail", "done")] {
        let (source, asked) = (Source::of(12), tempfile::NamedTempFile::new().unwrap());
        let options = Options::new(HARNESS, &source.origin()).variable("PANIC_AT", &asked.path().display().to_string());
        let console = Console::start(options);
        let customer = console.customer("Acme");
        let integration = customer.integration("Personio", &source.origin());
        let (directory, outbox) = {
            let folder = folder(&console.service, &customer, &integration);
            (folder.join("directory.db"), folder)
        };

        fs::write(asked.path(), step).unwrap();
        let broken = customer.done(&integration, "sync");
        assert_eq!(broken["verdict"], verdict, "{step}: {broken}");
        assert_eq!(broken["failures"][0]["code"], "host-failed", "{step}: {broken}");
        let summaries = rows(&directory, "SELECT verdict FROM runs");
        assert_eq!(summaries, [verdict], "{step}: the directory has it on file");
        let invitations = if verdict == "done" { broken["applied"].as_u64().unwrap() > 0 } else { false };
        assert_eq!(mails(&outbox).len() > 1, invitations, "{step}: {:?}", mails(&outbox));
        assert!(!mails(&outbox).is_empty(), "{step}: it is mailed");

        // The process has gone on, and so does the integration.
        fs::write(asked.path(), "").unwrap();
        let next = customer.done(&integration, "sync");
        assert_eq!(next["verdict"], "done", "{step}: {next}");
        let both = broken["applied"].as_u64().unwrap() + next["applied"].as_u64().unwrap();
        let accounts = rows(&directory, "SELECT CAST(count(*) AS TEXT) FROM accounts")[0].clone();
        assert!(both > 0 && accounts != "0", "{step}: {next}");
        check(&console, &customer, &integration, step);

        let said = console.service.said();
        assert!(said.contains(&format!("asked to break at {step}")), "{step}: {said}");
        // What it said of the panic was asked for.
        console.service.said.lock().unwrap().clear();
    }
}
