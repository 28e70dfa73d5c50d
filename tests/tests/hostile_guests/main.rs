//! Hostile guests: each gets its error, and its neighbours are not affected.
//!
//! A row of `guests!` is a test: the call, the behaviour (see `tests/guests/hostile`), the limits that are not the default,
//! and the error's code with some of its words. While the guest misbehaves, another tenant of the same component works
//! beside it and has to get on; afterwards the guest's further calls have to give the same error.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod files;
mod fixture;
mod guest_log;
mod host_env;
mod isolation;
mod limits;
mod live;
mod neighbours;
mod plans;
mod reach;
mod secrets;
mod source;
mod text;
mod wasi;

use connector_host::sandbox::Limits;
use fixture::{Call, hostile};

/// Rows to tests.
macro_rules! guests {
    ($($name:ident: $call:ident $what:literal $(, $limit:ident = $set_to:literal)* => $code:literal, $words:literal;)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                hostile(Call::$call, $what, Limits::default()$(.$limit($set_to))*, $code, $words).await;
            }
        )+
    };
}

guests! {
    spins: MapEmployee "spin", call_milliseconds = 200
        => "plugin-timed-out", "map-employee: stopped after 200 ms, the limit call-milliseconds";
    spins_inside_configure: Configure "spin", call_milliseconds = 200
        => "plugin-timed-out", "configure: stopped after 200 ms";
    spins_beyond_the_sync_s_time: FetchPage "spin", sync_milliseconds = 300
        => "plugin-timed-out", "fetch-page: stopped after 300 ms, the limit sync-milliseconds";
    waits_in_a_host_call: FetchPage "wait", call_milliseconds = 200
        => "plugin-timed-out", "fetch-page: stopped after 200 ms";
    allocates_for_ever: MapEmployee "allocate", memory_mib = 16
        => "limit-reached", "MiB of memory; the limit memory-mib is set to 16";
    recurses: MapEmployee "recurse"
        => "plugin-trapped", "running out of stack";
    panics: PlanActions "panic"
        => "plugin-panicked", "the connector's own words";
    aborts_without_a_word: MapEmployee "abort"
        => "plugin-trapped", "it aborted without a message";
    converts_what_does_not_fit: MapEmployee "convert"
        => "plugin-trapped", "map-employee: the connector trapped: ";
    leaves_its_memory: MapEmployee "leave-memory"
        => "plugin-trapped", "it accessed memory out of bounds";
    floods_the_log: MapEmployee "flood-log", log_kib = 16
        => "limit-reached", "of log messages; the limit log-kib is set to 16";
    floods_the_log_with_nothing: MapEmployee "flood-log-empty", log_kib = 16
        => "limit-reached", "the limit log-kib is set to 16";
    logs_what_is_no_text: MapEmployee "log-invalid"
        => "invalid-response", "utf-8";
    floods_the_network: FetchPage "flood-http", requests_per_sync = 20
        => "limit-reached", "the limit requests-per-sync is set to 20";
    floods_the_network_too_fast: FetchPage "flood-http", requests_per_minute = 20
        => "limit-reached", "the limit requests-per-minute is set to 20";
    asks_again_and_again_for_what_is_refused: FetchPage "flood-denied", denied_requests = 3
        => "request-denied", "the policy refused 4 requests";
    asks_while_it_maps: MapEmployee "flood-denied", denied_requests = 3
        => "request-denied", "map-employee makes no requests; only configure, fetch-page and fetch-mapped do";
    asks_while_it_plans: PlanActions "flood-http", denied_requests = 3
        => "request-denied", "plan-actions makes no requests; only configure, fetch-page and fetch-mapped do";
    uses_a_secret_it_gave_back: MapEmployee "use-after-drop"
        => "invalid-response", "unknown handle index";
    hoards_tokens: FetchPage "hoard-tokens", handles = 10
        => "limit-reached", "the limit handles is set to 10";
    hands_over_too_much: FetchPage "huge-request", call_mib = 8
        => "limit-reached", "the limit call-mib is set to 8";
    says_a_text_is_a_gigabyte_long: FetchPage "gigabyte-text"
        => "invalid-response", "out of bounds of memory";
    says_a_list_is_a_gigabyte_long: FetchPage "gigabyte-body"
        => "invalid-response", "out of bounds of memory";
    gives_one_text_ten_thousand_times: FetchPage "amplify"
        => "limit-reached", "the limit call-mib is set to 64";
    answers_what_is_no_text: FetchPage "invalid"
        => "invalid-response", "utf-8";
    returns_the_same_cursor: FetchPage "same-cursor"
        => "invalid-response", "leads back to a page that was already read";
    returns_a_cursor_without_end: FetchPage "long-cursor"
        => "limit-reached", "the limit cursor-bytes is set to 4096";
    never_ends_its_pages: FetchPage "endless", pages = 50
        => "limit-reached", "the source has 51 pages; the limit pages is set to 50";
    crowds_a_page: FetchPage "crowd"
        => "limit-reached", "the limit page-employees is set to 5000";
    maps_small_records_to_large_people: MapPage "learner 400000", read_mib = 32
        => "limit-reached", "the mapped records have too much text; the limit read-mib is set to 32";
    panics_at_a_record_of_a_page: MapPage "panic"
        => "plugin-panicked", "map-employee: the connector panicked";
    spins_at_a_record_of_a_page: MapPage "spin", call_milliseconds = 300
        => "plugin-timed-out", "map-employee: stopped after 300 ms";
    asks_at_a_record_of_a_page: MapPage "flood-denied", denied_requests = 3
        => "request-denied", "map-employee makes no requests; only configure, fetch-page and fetch-mapped do";
    maps_a_page_to_more_than_a_call_may_give: FetchMapped "map 100 learner 400000", call_mib = 8
        => "limit-reached", "the limit call-mib is set to 8";
    maps_a_page_to_more_than_a_read_may_hold: FetchMapped "map 100 learner 400000", read_mib = 32
        => "limit-reached", "the mapped records have too much text; the limit read-mib is set to 32";
    maps_a_page_to_more_than_its_memory: FetchMapped "map 100 learner 16777216"
        => "limit-reached", "the limit memory-mib is set to 256";
    maps_a_page_to_nobody: FetchMapped "map 3 no-id"
        => "invalid-response", "an employee ID";
    maps_a_page_to_what_is_no_code: FetchMapped "map 3 reject-as Broken Record"
        => "invalid-response", "a problem's code has to be";
    panics_in_a_mapped_page: FetchMapped "map 2 panic"
        => "plugin-panicked", "fetch-mapped: the connector panicked";
    spins_in_a_mapped_page: FetchMapped "map 2 spin", call_milliseconds = 300
        => "plugin-timed-out", "fetch-mapped: stopped after 300 ms";
    asks_in_a_mapped_page: FetchMapped "map 2 flood-denied", denied_requests = 3
        => "request-denied", "the policy refused 4 requests";
    crowds_a_mapped_page: FetchMapped "crowd"
        => "limit-reached", "the limit page-employees is set to 5000";
    returns_the_same_cursor_mapped: FetchMapped "same-cursor"
        => "invalid-response", "fetch-mapped: the connector's response is invalid: its cursor leads back";
    never_ends_its_mapped_pages: FetchMapped "endless", pages = 50
        => "limit-reached", "the source has 51 pages; the limit pages is set to 50";
    fails_with_what_is_no_code: FetchPage "fail-as a\u{1b}[2J"
        => "invalid-response", "fetch-page: the connector's response is invalid: a problem's code has to be";
    rejects_with_what_is_no_code: MapEmployee "reject-as Broken Record"
        => "invalid-response", "a problem's code has to be";
    leaves_out_with_what_is_no_code: MapEmployee "leave-out a\u{1b}[2J"
        => "invalid-response", "a reason to leave somebody out has to be";
    maps_to_nobody: MapEmployee "no-id"
        => "invalid-response", "an employee ID";
    plans_for_an_account_it_was_not_shown: PlanActions "act move 1 secret-account"
        => "invalid-response", "an account that the connector was not shown";
    plans_for_somebody_it_was_not_shown: PlanActions "act move 9 a1"
        => "invalid-response", "somebody who is not synced";
    plans_for_another_s_account: PlanActions "act move 1 a2"
        => "invalid-response", "another person's account";
    plans_for_an_account_without_a_link: PlanActions "act move 1 free"
        => "invalid-response", "an account without a link";
    links_an_account_that_has_a_link: PlanActions "act link 1 a1"
        => "invalid-response", "links an account that has a link";
    links_an_account_with_another_address: PlanActions "act link 6 free"
        => "invalid-response", "links an account with another address";
    plans_from_what_an_account_does_not_hold: PlanActions "act stale 1 a1"
        => "invalid-response", "a different previous value than the account";
    clears_an_address: PlanActions "act rob 1 a1"
        => "invalid-response", "clears a field that must never be cleared";
    invites_against_the_form: PlanActions "act invite 1 a1"
        => "invalid-response", "the settings turn invitations off";
    deactivates_too_many_without_asking: PlanActions "deactivate 4"
        => "invalid-response", "guard-deactivations allows 3, but the plan has 4 and does not report it";
    readdresses_too_many_without_asking: PlanActions "readdress 4"
        => "invalid-response", "guard-email-changes allows 3, but the plan has 4";
    clears_too_much_without_asking: PlanActions "clear 4"
        => "invalid-response", "guard-clears allows 3, but the plan has 4";
    deactivates_too_many_on_half_a_read: PlanHalfRead "deactivate 4"
        => "invalid-response", "guard-deactivations allows 3, but the plan has 4 and does not report it";
    calls_half_a_read_complete: PlanHalfRead "claim-complete"
        => "invalid-response", "it reports a read as complete that did not reach its end";
    notices_what_is_no_code: PlanActions "notice-code a\u{1b}[2J"
        => "invalid-response", "a notice's code has to be";
    counts_by_what_is_no_code: PlanActions "exclusion-code a\u{1b}[2J"
        => "invalid-response", "a reason to leave somebody out has to be";
    names_a_guard_by_what_is_no_code: PlanActions "guard-code a\u{1b}[2J"
        => "invalid-response", "a guard's code has to be";
    blocks_with_what_is_no_code: PlanActions "block-code a\u{1b}[2J"
        => "invalid-response", "a problem's code has to be";
    acts_for_what_is_no_code: PlanActions "action-reason a\u{1b}[2J"
        => "invalid-response", "an action's reason has to be";
    plans_what_is_no_operation: PlanActions "operation a\u{1b}[2J"
        => "invalid-response", "an operation's name has to be";
    plans_one_thing_twice: PlanActions "twice"
        => "invalid-response", "the same ID as another";
    plans_too_many_actions: PlanActions "actions 2000", actions = 1000
        => "limit-reached", "the plan has 2000 actions; the limit actions is set to 1000";
    plans_ten_million_actions: PlanActions "actions 10000000"
        => "limit-reached", "of memory; the limit memory-mib is set to 256";
    plans_ten_thousand_notices: PlanActions "notices 10001"
        => "limit-reached", "the plan has 10001 notices; the limit notices is set to 10000";
    names_ten_thousand_guards: PlanActions "guards 10001"
        => "limit-reached", "the plan has 10001 notices; the limit notices is set to 10000";
    counts_what_does_not_add_up: PlanActions "false-counts"
        => "invalid-response", "its counts do not add up";
}
