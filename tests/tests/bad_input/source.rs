//! A source that refuses, hides data or sends garbage: the run is logged and mailed, and no account is changed.

use serde_json::{Value, json};
use whole_system_tests::desk::Desk;

use super::{civil, desk, errors, paragraph};

const LOG_IN: usize = 1;
const ATTRIBUTES: usize = 2;
const EMPLOYEES: usize = 3;

/// One row: a run that ends in words under "Failures".
struct Case {
    name: &'static str,
    spoil: fn(&Desk),
    code: i32,
    first_line: &'static str,
    says: &'static str,
}

fn attributes(exchange: &mut Value) -> &mut Vec<Value> {
    exchange.pointer_mut("/response/json/data").and_then(Value::as_array_mut).expect("a list of attributes")
}

fn hide(desk: &Desk, key: &str) {
    desk.exchange(ATTRIBUTES, |exchange| attributes(exchange).retain(|attribute| attribute["key"] != key));
}

const FAILED: &str = "Personio Acme (run RUN): failed, nothing was written.";
const BLOCKED: &str = "Personio Acme (run RUN): blocked, the plan may not be applied, nothing was written.";

const CASES: &[Case] = &[
    Case {
        name: "a wrong client secret, answered with 401",
        spoil: |desk| {
            desk.exchange(LOG_IN, |exchange| {
                exchange["response"] =
                    json!({ "status": 401, "json": { "success": false, "error": { "code": 0, "message": "Wrong credentials" } } });
            });
        },
        code: 1,
        first_line: FAILED,
        says: "  wrong-credentials: client-secret: Personio does not accept the client ID and secret (status 401).
    What to do: In Personio, open Marketplace, the integration, Connect, generate new credentials, and enter both.",
    },
    Case {
        name: "a wrong client secret, answered with 403",
        spoil: |desk| {
            desk.exchange(LOG_IN, |exchange| exchange["response"] = json!({ "status": 403, "text": "Forbidden" }));
        },
        code: 1,
        first_line: FAILED,
        says: "  wrong-credentials: client-secret: Personio does not accept the client ID and secret (status 403).
    What to do: In Personio, open Marketplace, the integration, Connect, generate new credentials, and enter both.",
    },
    Case {
        name: "the filter attribute is missing",
        spoil: |desk| hide(desk, "dynamic_2210417"),
        code: 1,
        first_line: FAILED,
        says: "  filter-attribute-missing: elearnio Sync: This credential sees no attribute labelled \"elearnio Sync\" in \
               Personio.
    What to do: In Personio, create a list attribute with this label and the values ja and nein, and let the credential read it.",
    },
    Case {
        name: "the filter attribute is there twice",
        spoil: |desk| {
            desk.exchange(ATTRIBUTES, |exchange| {
                attributes(exchange).push(json!({ "key": "dynamic_9", "label": " ELEARNIO sync", "type": "list" }));
            });
        },
        code: 1,
        first_line: FAILED,
        says: "  filter-attribute-ambiguous: elearnio Sync: More than one attribute in Personio is labelled \"elearnio Sync\".
    What to do: In Personio, rename all but one of them.",
    },
    Case {
        name: "the filter attribute is one of Personio's own",
        spoil: |desk| desk.settings("send-inv", "filter = { label = \"Status\" }\nsend-inv"),
        code: 1,
        first_line: FAILED,
        says: "  filter-attribute-standard: Status: The attribute labelled \"Status\" is one of Personio's own and cannot be \
               the filter.
    What to do: In Personio, create a custom list attribute with the values ja and nein, and enter its label in the settings.",
    },
    Case {
        name: "the e-mail address is hidden",
        spoil: |desk| hide(desk, "email"),
        code: 3,
        first_line: BLOCKED,
        says: "  hidden-required-attribute: email: The credential may not read the attribute email, and nothing can be decided \
               without it.
    What to do: In the HR system, let the credential read this attribute.",
    },
    Case {
        name: "the status is hidden",
        spoil: |desk| hide(desk, "status"),
        code: 3,
        first_line: BLOCKED,
        says: "  hidden-required-attribute: status: The credential may not read the attribute status, and nothing can be \
               decided without it.
    What to do: In the HR system, let the credential read this attribute.",
    },
    Case {
        name: "a body over the limit",
        spoil: |desk| {
            let body = "x".repeat((16 << 20) + 1);
            desk.exchange(EMPLOYEES, |exchange| exchange["response"] = json!({ "status": 200, "text": body }));
        },
        code: 1,
        first_line: FAILED,
        says: "  answer-unreadable: Personio's response is larger than the platform's limit of 16777216 bytes.
    What to do: If the responses are really that large, raise response-bytes under [limits] in the settings.",
    },
    Case {
        name: "an endpoint that is not allowed",
        spoil: |desk| desk.settings("send-inv", "endpoint = \"https://personio.evil.example\"\nsend-inv"),
        code: 1,
        first_line: FAILED,
        says: "  request-denied: The platform refused the request: https://personio.evil.example is not an origin this \
               connector may reach; if it should be reached, allow it by name: --allow-origin https://personio.evil.example
    What to do: Let the platform's operator allow this origin, or correct the endpoint in the settings.",
    },
    Case {
        name: "an endpoint without encryption",
        spoil: |desk| desk.settings("send-inv", "endpoint = \"http://api.personio.de\"\nsend-inv"),
        code: 1,
        first_line: FAILED,
        says: "  request-denied: The platform refused the request: http://api.personio.de is not an origin this \
               connector may reach; if it should be reached, allow it by name: --allow-origin http://api.personio.de
    What to do: Let the platform's operator allow this origin, or correct the endpoint in the settings.",
    },
    Case {
        name: "a request that is not in the recording",
        spoil: |desk| {
            desk.exchange(ATTRIBUTES, |exchange| exchange["request"]["url"] = "https://api.personio.de/v1/company".into());
        },
        code: 1,
        first_line: FAILED,
        says: "  source-unavailable: The request failed: no recorded exchange for GET https://api.personio.de/v1/company/employees/attributes\\n  nearest: 0002-get-v1-company-employees-attributes.json\\n    address: recorded https://api.personio.de/v1/company, sent https://api.personio.de/v1/company/employees/attributes
    What to do: The message says why; nothing was changed.",
    },
];

/// The accounts as they are, in JSON.
fn accounts(desk: &Desk) -> Value {
    let shown = desk.harness(&["directory", "show", "--directory", "accounts.db", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    shown["accounts"].clone()
}

#[test]
fn a_source_that_refuses_is_reported_with_a_remedy_and_nothing_is_written() {
    for Case { name, spoil, code, first_line, says } in CASES {
        let desk = desk();
        let before = accounts(&desk);
        spoil(&desk);
        let ran = desk.replay("sync", &[]);
        civil(name, &ran);
        assert_eq!(whole_system_tests::expected::mask(&ran.stdout).lines().next(), Some(*first_line), "{name}");
        assert_eq!(paragraph(&ran, "Failures"), *says, "{name}");
        assert_eq!(ran.code, Some(*code), "{name}");
        assert!(!ran.stderr.contains("apply …"), "{name}: nothing is applied, so that nothing may say so");
        assert_eq!(accounts(&desk), before, "{name}");
        assert_eq!(desk.files("outbox").len(), 1, "{name}: a failed or blocked run mails too (S26)");
    }
}

#[test]
fn an_origin_that_was_not_granted_is_refused_with_the_option_that_grants_it() {
    let run = |granted: &str| desk().replay("sync", &["--dry-run", "--grant-origin", granted]);
    let ran = run("https://elsewhere.example");
    civil("not granted", &ran);
    let says = "  request-denied: The platform refused the request: https://api.personio.de is an origin that this \
                connector asks for but was not granted; to allow it, add --grant-origin https://api.personio.de";
    assert!(paragraph(&ran, "Failures").starts_with(says), "{}", ran.stdout);
    assert_eq!(ran.code, Some(1));
    assert_eq!(run("https://api.personio.de").code, Some(0));
}

#[test]
fn s07_a_blocked_run_claims_nothing_about_people() {
    let desk = desk();
    hide(&desk, "email");
    let ran = desk.replay("sync", &[]);
    assert_eq!(paragraph(&ran, "Notices"), "", "nobody was read, so that nobody can be meant");
}

#[test]
fn missing_and_unused_exchanges_are_reported() {
    let desk = desk();
    desk.exchange(ATTRIBUTES, |exchange| exchange["request"]["url"] = "https://api.personio.de/v1/company".into());
    let ran = desk.replay("sync", &[]);
    let said = errors(&ran);
    assert!(
        said.starts_with("not in the cassette: no recorded exchange for GET https://api.personio.de/v1/"),
        "{said}"
    );
    let unused = "in the cassette, but never requested: 0002-get-v1-company-employees-attributes.json, 0003-get-v1-company-employees.json";
    assert!(said.ends_with(unused), "{said}");
}

/// A whole answer to come after a bad one.
fn bad_then_good(desk: &Desk, bad: &Value) {
    desk.exchange(EMPLOYEES, |exchange| {
        desk.write("exchanges/0004-again.json", exchange.to_string());
        exchange["response"] = bad.clone();
    });
}

#[test]
fn s25_html_or_half_a_page_is_waited_out_and_shown_without_people() {
    let html = "<html>\n <body>502 Bad Gateway</body></html>";
    let half = "{\"success\":true,\"data\":[{\"type\":\"Employee\",\"attributes\":{\"email\":{\"value\":\"jonas.albrecht@acme.exa";
    for (bad, shown) in [
        (html, "<html> <body>502 Bad Gateway</body></html>"),
        (half, "{\"success\":true,\"data\":[{\"type\":\"…\",\"attributes\":{\"email\":{\"value\":\"…"),
    ] {
        let desk = desk();
        bad_then_good(&desk, &json!({ "status": 200, "text": bad }));
        let ran = desk.replay("sync", &[]);
        civil(bad, &ran);
        let wait = format!(
            "  Personio's response is not the JSON that was expected. It begins: {shown}\n  attempt 1 failed; the next is in "
        );
        assert!(ran.stderr.contains(&wait), "{}", ran.stderr);
        assert!(ran.stdout.contains("done, the plan was applied."), "{}", ran.stdout);
        assert_eq!(ran.code, Some(0));
    }
}
