//! Secrets are capabilities: what a guest can try with a handle, with a number it makes up, and with what comes back.

use std::sync::Arc;

use connector_host::http::{EgressPolicy, Gateway, HttpLimits, Origin, Vault};
use connector_host::sandbox::{CallError, GuestError, Limits, Tenant};
use connector_settings::SettingValue;
use connector_sync::run::Failure;
use connector_sync::tenant_builder::{self, TenantBuilder};
use secrecy::SecretString;

use super::fixture::{
    Call, SECRET, SECRET_IN_BASE64, World, configured, holding, hostile_guest, run, settings, tenant, told,
};
use super::source::Source;

const OTHER: &str = "https://other.example";

/// A world where a second origin may be reached, to which the secret is not bound.
async fn two_origins(source: &Arc<Source>) -> World {
    let home = World::of(hostile_guest().await, Arc::clone(source));
    World { policy: EgressPolicy::new(home.bound.clone(), [Origin::parse(OTHER).unwrap()]), ..home }
}

#[tokio::test]
async fn a_secret_or_token_never_goes_to_another_origin_the_guest_may_reach() {
    let source = Arc::new(Source::default());
    for what in ["send-secret", "bearer-secret", "bearer-token"] {
        let answer = told(&mut configured(two_origins(&source).await).await, &format!("{what} {OTHER}/")).await;
        let words = "the secret may not be sent to https://other.example: it is bound to https://api.example.com";
        assert!(answer.starts_with("Error::Denied(") && answer.contains(words), "{what}: {answer}");
    }
    let reached: Vec<_> = source.seen().into_iter().filter(|request| request.contains(OTHER)).collect();
    assert!(reached.is_empty(), "{reached:?}");
}

/// A configured tenant, started as a platform does it; of its two origins, only those `granted`, if any are named.
async fn started(endpoint: Option<&str>, granted: &[&str]) -> Tenant {
    let mut settings = settings("well");
    settings
        .connector
        .values
        .extend(endpoint.map(|origin| ("endpoint".to_owned(), SettingValue::Text(origin.to_owned()))));
    let mut policy = tenant_builder::policy(hostile_guest().await, []);
    if !granted.is_empty() {
        policy = policy.granting(granted.iter().map(|origin| Origin::parse(origin).unwrap()));
    }
    let builder = TenantBuilder::new(hostile_guest().await, policy, Arc::new(Source::default()));
    let mut tenant = builder.start(&settings).await.unwrap();
    tenant.configure(&settings).await.unwrap();
    tenant
}

#[tokio::test]
async fn the_client_secret_goes_to_the_source_and_not_to_the_manifests_other_origins() {
    let (first, second) = ("https://api.example.com", "https://second.example.com");
    for (endpoint, bound, other) in [(None, first, second), (Some(first), first, second), (Some(second), second, first)]
    {
        let mut guest = started(endpoint, &[]).await;
        for what in ["send-secret", "bearer-secret"] {
            let answer = told(&mut guest, &format!("{what} {bound}/ok")).await;
            assert!(answer.starts_with("200"), "{endpoint:?}: {answer}");
            let answer = told(&mut guest, &format!("{what} {other}/ok")).await;
            let words = format!("the secret may not be sent to {other}: it is bound to {bound}\"");
            assert!(answer.contains(&words), "{endpoint:?}: {answer}");
        }
        let answer = told(&mut guest, &format!("send {other}/ok")).await;
        assert!(answer.starts_with("200"), "without a secret it may go there: {answer}");
    }
}

#[tokio::test]
async fn an_origin_that_the_manifest_asks_for_can_be_withheld() {
    let mut guest = started(None, &["https://api.example.com"]).await;
    assert!(told(&mut guest, "send https://api.example.com/ok").await.starts_with("200"));
    let answer = told(&mut guest, "send https://second.example.com/ok").await;
    assert!(answer.starts_with("Error::Denied(\"https://second.example.com is an origin that this"), "{answer}");
    assert!(answer.contains("--grant-origin https://second.example.com"), "{answer}");
}

#[tokio::test]
async fn a_guest_reads_no_token_however_it_logs_in() {
    for what in [
        "send-secret https://api.example.com/token",
        "log-in /token",
        "log-in /refresh_token",
        "log-in /nothing",
        "log-in token",
        "log-in ",
    ] {
        let answer = told(&mut configured(World::of(hostile_guest().await, Arc::default())).await, what).await;
        assert!(answer.starts_with("200") && !answer.contains("x-auth-token"), "{what}: {answer}");
        assert!(answer.contains("\"refresh_token\":\"\"") && answer.contains("\"token\":\"\""), "{what}: {answer}");
        assert!(!answer.contains("papi-"), "{what}: {answer}");
    }
}

#[tokio::test]
async fn an_echoed_secret_is_worthless_in_a_url_a_header_or_a_body() {
    for spelling in ["plain", "percent", "json", "html", "base64"] {
        let source = Arc::new(Source::default());
        let mut guest = configured(two_origins(&source).await).await;
        let what = format!("pass-on https://api.example.com/echo/{spelling} {OTHER}/");
        let answer = told(&mut guest, &what).await;
        assert_eq!(answer.matches("200 ").count(), 3, "all three arrive: {answer}");
        let loot: Vec<_> = source.seen().into_iter().filter(|request| request.contains(OTHER)).collect();
        assert_eq!(loot.len(), 3, "{loot:?}");
        for request in loot {
            assert!(request.contains("secret") && !request.contains(SECRET), "{request}");
            assert!(!request.contains(SECRET_IN_BASE64), "{request}");
        }
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_takes_no_secret_along() {
    let source = Arc::new(Source::default());
    let mut guest = configured(two_origins(&source).await).await;
    let answer = told(&mut guest, "bearer-secret https://api.example.com/to-other").await;
    assert!(answer.starts_with("200"), "{answer}");
    let answer = told(&mut guest, "send-secret https://api.example.com/to-other").await;
    assert!(answer.contains("with a secret in its body was redirected to https://other.example"), "{answer}");
    let landed: Vec<_> = source.seen().into_iter().filter(|request| request.contains("landing")).collect();
    assert!(landed.len() == 1 && !landed.concat().contains(SECRET), "{landed:?}");
}

#[tokio::test]
async fn a_handle_number_is_invalid_after_its_tenant_is_gone() {
    let connector = hostile_guest().await;
    let mut first = configured(World::of(connector, Arc::default())).await;
    let number = told(&mut first, "secret-number").await;
    let mine = told(&mut first, &format!("forge {number} https://api.example.com/ok")).await;
    assert!(mine.contains("echo [secret]"), "the number stands for its secret while it lives: {mine}");
    drop(first);
    // The same number, and those around it, in a tenant that was given no secret.
    let handles = (0..=8).map(|number| number.to_string()).chain([number, u32::MAX.to_string()]);
    for number in handles {
        let source = Arc::new(Source::default());
        let (mut second, _) =
            super::fixture::tenant_in(connector, &Limits::default(), World::of(connector, Arc::clone(&source)))
                .await
                .unwrap();
        let what = format!("forge {number} https://api.example.com/ok");
        let verdict = second.map_employee(&what).await.unwrap_err();
        assert!(matches!(verdict, GuestError::InvalidResponse { .. }), "{number}: {verdict}");
        assert!(source.seen().is_empty(), "{number}");
    }
}

#[tokio::test]
async fn a_platform_that_hands_over_another_tenants_secret_by_mistake_gives_nothing_away() {
    let connector = hostile_guest().await;
    let (gone, handle) = tenant(connector, &Limits::default()).await.unwrap();
    let (alive, of_another) = tenant(connector, &Limits::default()).await.unwrap();
    drop(gone);
    for handle in [handle, of_another] {
        let (mut guest, _) = tenant(connector, &Limits::default()).await.unwrap();
        guest.configure(holding(&settings("well"), &handle)).await.unwrap();
        let answer = told(&mut guest, "bearer-secret https://api.example.com/ok").await;
        assert_eq!(answer, "Error::Denied(\"the secret is not one of this tenant's\")");
    }
    drop(alive);
}

/// Every text about a call that people or machines may get to see.
fn texts(error: &CallError) -> String {
    let verdict = match error {
        CallError::Host(verdict) => format!("{} {:?}", verdict.remedy(), Failure::from(verdict)),
        CallError::Guest(_) => String::new(),
    };
    format!("{error} {error:?} {verdict}")
}

#[tokio::test]
async fn a_secret_is_in_no_error_or_usage_even_if_the_guest_knows_it() {
    let ways = [
        "say",
        "panic",
        "log-and-abort",
        "send",
        "send https://api.example.com/echo/",
        "send https://elsewhere.example/?",
        "send https://elsewhere.example:",
        "header x|",
        "header x|\n",
        "header",
        "basic-user",
        "forge",
        "unheard-of",
    ];
    let mut silent = 0;
    for way in ways {
        for secret in [SECRET, SECRET_IN_BASE64] {
            for call in [Call::Configure, Call::FetchPage, Call::MapEmployee, Call::PlanActions] {
                let (mut guest, handle) = tenant(hostile_guest().await, &Limits::default()).await.unwrap();
                if !matches!(call, Call::Configure) {
                    guest.configure(holding(&settings("well"), &handle)).await.unwrap();
                }
                let separator = if way.ends_with(char::is_alphabetic) { " " } else { "" };
                let what = format!("{way}{separator}{secret}");
                let text = match run(&mut guest, &handle, call, &what).await {
                    Err(error) => texts(&error),
                    Ok(()) => String::new(),
                };
                silent += usize::from(text.is_empty());
                let all = format!("{text} {:?}", guest.usage());
                assert!(!all.contains(SECRET) && !all.contains(SECRET_IN_BASE64), "{way:?}: {all}");
            }
        }
    }
    assert!(silent < ways.len() * 8 / 2, "most of the ways have to lead to words: {silent}");
}

#[tokio::test]
async fn a_guests_words_are_scrubbed_and_escaped() {
    let vault = Vault::new();
    let secret = vault.insert(SecretString::from(SECRET), Vec::new());
    let gateway =
        Gateway::new(EgressPolicy::deny_all(), Arc::new(Source::default()), vault.clone(), HttpLimits::default());
    let mut guest = hostile_guest().await.tenant(gateway, vault, None).await.unwrap();
    guest.configure(holding(&settings("well"), &secret)).await.unwrap();
    let words = told(&mut guest, &format!("say a {SECRET} b\n\u{1b}[2Jc\u{202e}d")).await;
    assert_eq!(words, r"a [secret] b\n\u{1b}[2Jc\u{202e}d");
}
