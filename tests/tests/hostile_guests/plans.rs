//! The words of a plan, which end in terminals, plan files and mails.

use connector_host::contract::{Plan, Verdict};
use connector_host::http::{EgressPolicy, Gateway, HttpLimits, Vault};
use connector_host::sandbox::Tenant;
use secrecy::SecretString;
use std::sync::Arc;

use super::fixture::{SECRET, holding, hostile_guest, plan, settings};
use super::source::Source;

/// A tenant whose secret the guest has heard of: its words are to be scrubbed all the same.
async fn configured() -> Tenant {
    let vault = Vault::new();
    let secret = vault.insert(SecretString::from(SECRET), Vec::new());
    let gateway =
        Gateway::new(EgressPolicy::deny_all(), Arc::new(Source::default()), vault.clone(), HttpLimits::default());
    let mut guest = hostile_guest().await.tenant(gateway, vault, None).await.unwrap();
    guest.configure(holding(&settings("well"), &secret)).await.unwrap();
    guest
}

/// The one text that a behaviour is about.
fn word(kind: &str, plan: Plan) -> String {
    let guards = match &plan.verdict {
        Verdict::NeedsApproval(hits) => hits.clone(),
        _ => Vec::new(),
    };
    match (kind, plan.verdict) {
        ("notice-detail", _) => plan.notices[0].detail.clone().unwrap(),
        ("notice-employee", _) => plan.notices[0].employees[0].clone(),
        ("guard-employee", _) => guards[0].employees[0].clone(),
        ("action-id", _) => plan.actions[0].id.clone(),
        ("block", Verdict::Blocked(problem)) => problem.message,
        (other, _) => panic!("{other}"),
    }
}

const KINDS: [&str; 5] = ["notice-detail", "notice-employee", "guard-employee", "action-id", "block"];

#[tokio::test]
async fn every_word_of_a_plan_is_scrubbed_and_escaped() {
    let mut guest = configured().await;
    for kind in KINDS {
        let text = format!("{kind} a {SECRET} b\n\u{1b}[2Jc\u{202e}d\u{61c}");
        let word = word(kind, plan(&mut guest, &text, true).await.unwrap());
        assert_eq!(word, r"a [secret] b\n\u{1b}[2Jc\u{202e}d\u{61c}", "{kind}");
    }
}

#[tokio::test]
async fn harmless_words_stay_as_they_are() {
    let mut guest = configured().await;
    for kind in KINDS {
        let text = format!("{kind} Müller \"Öztürk\" & Söhne");
        assert_eq!(word(kind, plan(&mut guest, &text, true).await.unwrap()), "Müller \"Öztürk\" & Söhne", "{kind}");
    }
}

#[tokio::test]
async fn a_word_without_end_is_cut() {
    let mut guest = configured().await;
    let text = format!("notice-detail {}", "x".repeat(100_000));
    assert_eq!(word("notice-detail", plan(&mut guest, &text, true).await.unwrap()).len(), 4096);
}
