//! Tenants share an engine, a pool and a component, and nothing else.

use connector_host::sandbox::{GuestError, Host, Limits};

use super::fixture::{holding, hostile_guest, settings, tenant, told, verdict};

#[tokio::test]
async fn pooled_memory_is_clean_for_the_next_tenant() {
    let connector = hostile_guest().await;
    let (mut first, _) = tenant(connector, &Limits::default()).await.unwrap();
    assert_eq!(told(&mut first, "leave-a-trace").await, "");
    assert_eq!(told(&mut first, "find-a-trace").await, "found: true", "the search must be able to find");
    drop(first);
    for _ in 0..8 {
        let (mut next, _) = tenant(connector, &Limits::default()).await.unwrap();
        assert_eq!(told(&mut next, "find-a-trace").await, "found: false");
    }
}

#[tokio::test]
async fn a_guest_that_copes_with_a_refusal_lives_on() {
    let (mut guest, _) = tenant(hostile_guest().await, &Limits::default().memory_mib(16)).await.unwrap();
    assert_eq!(told(&mut guest, "allocate-and-cope").await, "refused: true");
    assert_eq!(told(&mut guest, "7").await, "");
    let usage = guest.usage();
    assert!(usage.peak_memory_bytes <= 16 << 20 && usage.calls == 2, "{usage:?}");
}

#[tokio::test]
async fn a_call_that_was_given_up_ends_the_tenant() {
    let (mut guest, secret) = tenant(hostile_guest().await, &Limits::default()).await.unwrap();
    guest.configure(holding(&settings("well"), &secret)).await.unwrap();
    let waiting = guest.fetch_page(Some("wait"));
    assert!(tokio::time::timeout(std::time::Duration::from_millis(50), waiting).await.is_err());
    let verdict = verdict(guest.fetch_page(None).await.map(drop));
    assert_eq!(verdict, GuestError::Interrupted { call: "fetch-page" });
}

#[tokio::test]
async fn a_full_host_lets_the_next_tenant_wait_for_room() {
    let path = whole_system_tests::guests::component("hostile").unwrap();
    for pooling in [true, false] {
        let host = Host::builder().tenants(1).pooling(pooling).build().unwrap();
        let connector = host.load(&path).await.unwrap();
        let (first, _) = tenant(&connector, &Limits::default()).await.unwrap();
        let limits = Limits::default();
        let next = tenant(&connector, &limits);
        tokio::pin!(next);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(50), &mut next).await.is_err());
        drop(first);
        assert!(next.await.is_ok());
    }
}

#[tokio::test]
async fn a_component_that_does_not_start_within_its_limits_says_which() {
    let cases = [
        (Limits::default().memory_mib(0), "memory-mib"),
        (Limits::default().table_elements(0), "table-elements"),
        (Limits::default().instances(0), "instances"),
        (Limits::default().tables(0), "tables"),
        (Limits::default().memories(0), "memories"),
    ];
    for (limits, limit) in cases {
        let verdict = tenant(hostile_guest().await, &limits).await.map(drop).unwrap_err();
        assert!(verdict.to_string().ends_with(&format!("the limit {limit} is set to 0")), "{verdict}");
    }
}

#[tokio::test]
async fn a_host_that_gets_no_pool_does_without() {
    // More address space than a machine has.
    let host = Host::builder().tenants(60_000).build().unwrap();
    assert!(!host.pooled());
    let connector = host.load(&whole_system_tests::guests::component("hostile").unwrap()).await.unwrap();
    let (mut tenant, secret) = tenant(&connector, &Limits::default()).await.unwrap();
    tenant.configure(holding(&settings("well"), &secret)).await.unwrap();
    assert_eq!(tenant.fetch_page(None).await.unwrap().employees.len(), 2);
}
