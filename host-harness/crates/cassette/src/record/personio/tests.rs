#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use url::Url;

use super::*;
use connector_host::http::{Authorization, Method, OutboundBody};

const LIST: &str = "https://api.personio.de/v1/company/employees?attributes%5B%5D=id&attributes%5B%5D=email\
    &attributes%5B%5D=first_name&attributes%5B%5D=last_name&attributes%5B%5D=gender&attributes%5B%5D=supervisor\
    &attributes%5B%5D=department&attributes%5B%5D=dynamic_1&attributes%5B%5D=hire_date&attributes%5B%5D=position";

fn redacted(url: &str, status: u16, body: &str, people: &mut People) -> Result<String, String> {
    let request = Outbound {
        method: Method::Get,
        url: Url::parse(url).unwrap(),
        headers: Vec::new(),
        authorization: Authorization::None,
        body: OutboundBody::Empty,
    };
    let inbound = Inbound { status, headers: Vec::new(), body: body.as_bytes().to_vec() };
    answer(&request, &inbound, people).map(|(body, _)| String::from_utf8(body).unwrap())
}

fn row(attributes: &Json) -> Json {
    let mut people = People::new().unwrap();
    let body = json!({"success": true, "data": [{"type": "Employee", "attributes": attributes}]}).to_string();
    let answer: Json = serde_json::from_str(&redacted(LIST, 200, &body, &mut people).unwrap()).unwrap();
    answer.pointer("/data/0/attributes").unwrap().clone()
}

#[test]
fn a_person_is_invented_and_what_groups_hang_on_stays() {
    let shown = row(&json!({
        "id": {"label": "ID", "value": 4711, "type": "integer", "universal_id": "id"},
        "first_name": {"label": "Vorname", "value": "Friederike"},
        "last_name": "Hollenstein",
        "email": {"value": "friederike@acme.example"},
        "gender": {"value": "female"},
        "department": {"value": {"type": "Department", "attributes": {"id": 1, "name": "Vertrieb", "head": "Friederike"}}},
        "position": {"value": "Leiterin"},
        "dynamic_1": {"label": "elearnio Sync", "value": " Ja "},
        "hire_date": {"value": "2001-02-03"},
        "fix_salary": {"value": 123_456},
    }));
    let text = shown.to_string();
    for gone in ["4711", "Friederike", "Hollenstein", "female", "2001-02-03", "salary", "123456", "acme"] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    assert_eq!(
        shown["department"],
        json!({"value": {"type": "Department", "attributes": {"id": 1, "name": "Vertrieb"}}})
    );
    assert_eq!(shown["dynamic_1"], json!({"label": "elearnio Sync", "value": " Ja "}));
    assert_eq!(shown["position"]["value"], "Leiterin");
    assert_eq!(shown["gender"]["value"], "");
    assert!(shown["id"]["value"].is_u64() && shown["email"]["value"].as_str().unwrap().contains('@'));
}

#[test]
fn s14_a_supervisor_is_the_same_person_as_their_own_record() {
    let mut people = People::new().unwrap();
    let boss = json!({"id": {"value": "7 "}, "first_name": {"value": "Wolfgang"}, "phone": {"value": "0815"}});
    let body = json!({"data": [
        {"type": "Employee", "attributes": {"id": {"value": 8}, "supervisor": {"value": {"type": "Employee", "attributes": boss}}}},
        {"type": "Employee", "attributes": {"id": {"value": 7}, "first_name": {"value": "Wolfgang"}}},
    ]});
    let answer: Json = serde_json::from_str(&redacted(LIST, 200, &body.to_string(), &mut people).unwrap()).unwrap();
    let supervisor = answer.pointer("/data/0/attributes/supervisor/value/attributes").unwrap();
    let own = answer.pointer("/data/1/attributes").unwrap();
    assert_eq!(supervisor["id"]["value"].as_str().unwrap(), own["id"]["value"].to_string());
    assert_eq!(supervisor["first_name"], own["first_name"]);
    assert!(supervisor.get("phone").is_none());
}

#[test]
fn s06_what_is_empty_or_hidden_stays_so() {
    for empty in [json!(null), json!(""), json!([]), json!("  ")] {
        let shown = row(&json!({"id": {"value": empty}, "email": {"value": empty}, "gender": {"value": empty}}));
        assert_eq!(shown, json!({"id": {"value": empty}, "email": {"value": empty}, "gender": {"value": empty}}));
    }
    assert_eq!(row(&json!({})), json!({}));
}

#[test]
fn odd_shapes_keep_their_kind_and_nothing_else() {
    let odd = json!({"id": ["Friederike"], "first_name": {"value": {"x": "Friederike"}}, "supervisor": "Friederike",
        "department": ["Friederike"], "dynamic_1": "Friederike has asked for it, and everybody agreed"});
    let shown = row(&odd);
    assert!(!shown.to_string().contains("Friederike"), "{shown}");
    assert_eq!((&shown["id"], &shown["first_name"]["value"]), (&json!([]), &json!({})));
}

#[test]
fn responses_that_are_not_a_list_say_nothing_about_anybody() {
    let mut people = People::new().unwrap();
    let mut of = |url: &str, status, body: &str| redacted(url, status, body, &mut people);
    for (message, told) in [
        ("no employee 4711 anna@acme.example", "[…]"),
        ("Anna Berg is not one of yours", "[…]"),
        ("Wrong credentials", "Wrong credentials"),
        ("Es ist ein Problem aufgetreten ", "Es ist ein Problem aufgetreten "),
    ] {
        let error = json!({"success": false, "error": {"code": 404, "message": message, "who": "Anna"}}).to_string();
        let expected = format!(r#"{{"error":{{"code":404,"message":"{told}"}},"success":false}}"#);
        assert_eq!(of(LIST, 404, &error).unwrap(), expected);
    }
    let html = of(LIST, 502, "<html>Anna</html>").unwrap();
    assert!(html.contains("17 bytes") && !html.contains("Anna"), "{html}");
    let login =
        of("https://api.personio.de/v1/auth", 200, r#"{"success":true,"data":{"token":"papi-1","x":"y"}}"#).unwrap();
    assert_eq!(login, format!(r#"{{"data":{{"token":"{MADE_UP}"}},"success":true}}"#));
    let list = r#"{"data":[{"key":"dynamic_9","label":"Mentor","options":["Anna"]}]}"#;
    let list = of("https://api.personio.de/v1/company/employees/attributes", 200, list).unwrap();
    assert_eq!(list, r#"{"data":[{"key":"dynamic_9","label":"Mentor","options":[]}]}"#);
    let unknown = of("https://api.personio.de/v1/company/absences", 200, "{}").unwrap_err();
    assert!(unknown.contains("/v1/company/…") && unknown.contains("--keep-people"), "{unknown}");
}

#[test]
fn where_nothing_is_asked_for_every_known_attribute_is_kept() {
    let body = json!({"success": true, "data": [{"type": "Employee", "attributes": {
        "id": {"value": 7}, "team": {"value": {"attributes": {"id": 1, "name": "Nord"}}}, "hire_date": {"value": "2001-02-03"},
        "dynamic_1": {"label": "elearnio Sync", "value": "Ja"}, "dynamic_2": {"label": "Mentor", "value": "Anna Berg"},
    }}]});
    let mut people = People::new().unwrap();
    let url = "https://api.personio.de/v1/company/employees?limit=100";
    let answer: Json = serde_json::from_str(&redacted(url, 200, &body.to_string(), &mut people).unwrap()).unwrap();
    let shown = answer.pointer("/data/0/attributes").unwrap();
    assert_eq!(shown["team"]["value"]["attributes"]["name"], "Nord");
    // Among all there are, only a yes or a no is a choice.
    assert_eq!((&shown["dynamic_1"]["value"], &shown["dynamic_2"]["value"]), (&json!("Ja"), &json!("[a text]")));
    assert!(shown["id"]["value"].is_u64() && shown.get("hire_date").is_none());
}
