//! The API holds what its own document says.

use std::collections::BTreeSet;
use std::path::Path;

use connector_service::audit;
use connector_service::web::api::document;
use connector_service::web::routes::{ALL, Access};
use jsonschema::Validator;
use serde_json::{Value, json};
use whole_system_tests::service_client::{Answer, Api, Console, Customer, Options, Request, Source, form, wait_for};

use super::HARNESS;

/// The document, and what it says of each answer.
struct Described(Value);

impl Described {
    fn new() -> Self {
        Self(serde_json::from_str(&document().to_json().unwrap()).unwrap())
    }

    /// Fails unless the document foresees this answer.
    fn hold(&self, method: &str, path: &str, answer: &Answer) {
        let route = ALL.iter().find(|route| route.method == method && fits(route.path, path)).expect("a route");
        let operation = &self.0["paths"][route.path][method.to_lowercase()];
        let responses = &operation["responses"];
        let status = answer.status.to_string();
        let response = if responses[&status].is_null() { &responses["default"] } else { &responses[&status] };
        let place = format!("{method} {path} -> {status}: {}", answer.body);
        // What any request can get is described once.
        let is_common =
            [400, 401, 413].contains(&answer.status) || answer.status == 404 && route.access == Access::Operator;
        assert!(is_common || !responses[&status].is_null(), "{place}: an answer of its own is not in the document");
        assert_eq!(answer.header("content-type"), "application/json", "{place}");
        let schema = &response["content"]["application/json"]["schema"];
        assert!(!schema.is_null(), "{place}");
        let problems: Vec<String> =
            self.validator(schema).iter_errors(&answer.json()).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{place}: {problems:?}");
        if answer.status >= 400 {
            assert_eq!(schema["$ref"], "#/components/schemas/Problem", "{place}");
            assert_eq!(answer.json()["status"], answer.status, "{place}");
        }
    }

    fn validator(&self, schema: &Value) -> Validator {
        // In OpenAPI 3.1 a schema is JSON Schema 2020-12.
        let whole = json!({ "allOf": [schema], "components": self.0["components"] });
        jsonschema::validator_for(&whole).unwrap()
    }
}

fn fits(route: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap();
    let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len() && route.iter().zip(&path).all(|(part, it)| part == it || part.starts_with('{'))
}

/// A program whose every answer is held against the document.
struct Held<'a> {
    api: Api,
    described: &'a Described,
    audit: &'a Path,
}

impl Held<'_> {
    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = Request::new(method, path);
        let answer = self.api.send(match body {
            Some(body) => request.json(body),
            None => request,
        });
        self.described.hold(method, path, &answer);
        answer
    }

    fn ok(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let entries = || audit::read(self.audit).unwrap().0.len();
        let before = entries();
        let answer = self.send(method, path, body);
        assert!(answer.status < 300, "{method} {path}: {answer:?}");
        assert!(method == "GET" || entries() > before, "{method} {path}: a change of state is not in the audit log");
        answer.json()
    }

    fn refused(&self, method: &str, path: &str, body: Option<&Value>, status: u16, code: &str) -> Value {
        let answer = self.send(method, path, body);
        assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)), "{method} {path}: {answer:?}");
        answer.json()
    }

    fn ended(&self, run: &Value) -> Value {
        let path = format!("/api/v1/runs/{}", run["run"].as_str().unwrap());
        wait_for("end of the run", || Some(self.ok("GET", &path, None)).filter(|run| run["state"] == "ended"))
    }
}

#[test]
fn the_document_and_the_table_of_routes_have_the_same_paths() {
    let described = Described::new();
    let mut in_document = BTreeSet::new();
    for (path, item) in described.0["paths"].as_object().unwrap() {
        in_document.extend(item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    let in_table: BTreeSet<_> = ALL
        .iter()
        .filter(|route| route.path.starts_with("/api/"))
        .map(|route| (route.method.to_owned(), route.path.to_owned()))
        .collect();
    assert_eq!(in_document, in_table);
    assert_eq!(described.0["openapi"], "3.1.0");
    // Every reference leads to something, and every schema is one.
    let schemas = described.0["components"]["schemas"].as_object().unwrap();
    let text = described.0.to_string();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
    for name in schemas.keys() {
        described.validator(&json!({ "$ref": format!("#/components/schemas/{name}") }));
    }
}

#[test]
fn every_answer_of_a_customers_first_day_is_as_described() {
    let source = Source::of(40);
    let console = Console::start(Options::new(HARNESS, &source.origin()));
    let described = Described::new();
    let audit = console.service.data().join("audit.jsonl");
    let operator = Held { api: console.api.clone(), described: &described, audit: &audit };
    let served = operator.ok("GET", "/api/v1/openapi.json", None);
    assert_eq!(served, described.0);
    let customer = an_operator_sets_a_customer_up(&console, &operator);
    let program = Held { api: customer.api.clone(), described: &described, audit: &audit };
    let path = it_is_set_up(&program, &source);
    let preview = it_runs_and_explains(&program, &source, &path);
    any_request_can_be_refused(&program, &path);
    program.ok("DELETE", &path, None);
    program.refused("DELETE", &path, None, 404, "not-found");
    program.refused("GET", &format!("/api/v1/runs/{}", preview["id"].as_str().unwrap()), None, 404, "not-found");
}

fn an_operator_sets_a_customer_up(console: &Console, operator: &Held<'_>) -> Customer {
    operator.refused("POST", "/api/v1/tenants", Some(&json!({ "nonsense": 1 })), 400, "bad-request");
    let wrong = json!({ "name": "", "email": "a@b.example" });
    assert!(
        operator.refused("POST", "/api/v1/tenants", Some(&wrong), 422, "invalid-fields")["fields"]["name"].is_string()
    );
    let wrong = json!({ "name": "Acme", "email": "nobody" });
    assert!(
        operator.refused("POST", "/api/v1/tenants", Some(&wrong), 422, "invalid-fields")["fields"]["email"].is_string()
    );
    let customer = console.customer("Acme");
    let again = json!({ "name": " acme ", "email": "a@b.example" });
    operator.refused("POST", "/api/v1/tenants", Some(&again), 422, "invalid-fields");
    assert_eq!(operator.ok("GET", "/api/v1/tenants", None).as_array().unwrap().len(), 1);
    let accounts = format!("/api/v1/tenants/{}/accounts", customer.id);
    let wrong = operator.refused("PUT", &accounts, Some(&json!([])), 422, "invalid-accounts");
    assert!(wrong["detail"].as_str().unwrap().starts_with("body:1: "), "{wrong}");
    operator.refused("PUT", "/api/v1/tenants/nobody/accounts", Some(&json!({})), 404, "not-found");
    let one = json!({ "groups": [], "accounts": [
        { "id": "u-1", "email": "chef@acme.example", "first_name": "Kim", "last_name": "Vorhanden", "status": "active" } ] });
    operator.ok("PUT", &accounts, Some(&one));
    customer
}

/// Gives the integration's path.
fn it_is_set_up(program: &Held<'_>, source: &Source) -> String {
    program.refused("GET", "/api/v1/tenants", None, 404, "not-found");
    let connectors = program.ok("GET", "/api/v1/connectors", None);
    assert_eq!(connectors[0]["name"], "personio");
    assert_eq!(program.ok("GET", "/api/v1/integrations", None), json!([]));
    let wrong = json!({ "name": "", "type": "personio", "mail-to": ["x"], "schedule": { "every": "daily", "at": "25:00", "zone": "Mars" } });
    let fields = program.refused("POST", "/api/v1/integrations", Some(&wrong), 422, "invalid-fields")["fields"].clone();
    let named: Vec<&String> = fields.as_object().unwrap().keys().collect();
    assert_eq!(
        named,
        ["mail-to.0", "name", "schedule.at", "schedule.zone", "secrets.client-secret", "values.client-id"]
    );
    let integration = program.ok("POST", "/api/v1/integrations", Some(&form("Personio", &source.origin())));
    let path = format!("/api/v1/integrations/{}", integration["id"].as_str().unwrap());
    let at = |more: &str| format!("{path}{more}");
    assert_eq!(program.ok("GET", &path, None), integration);
    program.refused("GET", "/api/v1/integrations/nothing", None, 404, "not-found");
    let mut changed = form("Personio II", &source.origin());
    changed.as_object_mut().unwrap().remove("secrets");
    let changed = program.ok("PUT", &path, Some(&changed));
    assert_eq!((&changed["version"], &changed["form"]["name"]), (&json!(2), &json!("Personio II")));
    assert!(changed["secrets_set"]["client-secret"].is_string(), "the secret stays");
    program.refused("PUT", &path, Some(&json!({ "name": "x" })), 400, "bad-request");
    let daily = json!({ "every": "daily", "at": "06:30", "zone": "Europe/Berlin" });
    assert!(program.ok("PUT", &at("/schedule"), Some(&daily))["next_due"].is_string());
    let wrong = json!({ "every": "daily", "at": "six", "zone": "Europe/Berlin" });
    program.refused("PUT", &at("/schedule"), Some(&wrong), 422, "invalid-fields");
    assert!(program.ok("PUT", &at("/schedule"), Some(&json!({ "every": "off" })))["next_due"].is_null());
    path
}

/// Gives a preview.
fn it_runs_and_explains(program: &Held<'_>, source: &Source, path: &str) -> Value {
    let at = |more: &str| format!("{path}{more}");
    program.refused("GET", &at("/people/1"), None, 404, "not-found");
    let tested = program.ok("POST", &at("/test"), None);
    assert_eq!((&tested["passed"], &tested["people"]), (&json!(true), &json!(40)), "{tested}");
    source.fault("unauthorized@auth:1x*");
    let tested = program.ok("POST", &at("/test"), None);
    assert!(tested["passed"] == false && tested["failures"][0]["remedy"].is_string(), "{tested}");
    source.mend();
    let preview = program.ended(&program.ok("POST", &at("/preview"), None));
    assert!(["planned", "needs-approval"].contains(&preview["verdict"].as_str().unwrap()), "{preview}");
    let run = |run: &Value, more: &str| format!("/api/v1/runs/{}{more}", run["id"].as_str().unwrap());
    let plan = program.ok("GET", &run(&preview, "/plan"), None);
    assert_eq!(plan["actions"].as_array().unwrap().len().to_string(), preview["actions"].to_string());
    program.refused("POST", &run(&preview, "/approve"), Some(&json!({ "plan_hash": "x" })), 422, "wrong-confirmation");
    program.refused("POST", &run(&preview, "/approve"), Some(&json!({})), 400, "bad-request");
    let approval = json!({ "plan_hash": preview["plan_hash"] });
    let applied = program.ended(&program.ok("POST", &run(&preview, "/approve"), Some(&approval)));
    assert_eq!((&applied["verdict"], &applied["applied"]), (&json!("done"), &preview["actions"]), "{applied}");
    program.refused("POST", &run(&preview, "/approve"), Some(&approval), 409, "not-waiting");
    program.refused("POST", &run(&preview, "/discard"), None, 409, "not-waiting");
    source.fault("join=3@1");
    let another = program.ended(&program.ok("POST", &at("/preview"), None));
    source.mend();
    if another["actions"] != 0 {
        assert_eq!(program.ok("POST", &run(&another, "/discard"), None)["decided"], "discarded");
    }
    let synced = program.ended(&program.ok("POST", &at("/sync"), None));
    assert_eq!(synced["verdict"], "done", "{synced}");
    let runs = program.ok("GET", "/api/v1/runs?page=1", None);
    assert_eq!((&runs["total"], runs["runs"].as_array().unwrap().len()), (&json!(4), 4));
    let employee = source.company.people.first().unwrap().id;
    program.ok("GET", &at(&format!("/people/{employee}")), None);
    program.ok("GET", &at(&format!("/people/{employee}?ask=true")), None);
    preview
}

fn any_request_can_be_refused(program: &Held<'_>, path: &str) {
    let nobody = Api::new(&program.api.wire, "harness_nobody's");
    for (method, path) in [("GET", path.to_owned()), ("POST", format!("{path}/sync")), ("DELETE", path.to_owned())] {
        let answer = nobody.send(Request::new(method, &path));
        assert_eq!(answer.status, 401);
        program.described.hold(method, &path, &answer);
    }
    let large = json!({ "name": "x".repeat(300_000) });
    program.refused("POST", "/api/v1/integrations", Some(&large), 413, "too-large");
    let unknown = program.api.get("/api/v1/nothing");
    assert_eq!((unknown.status, &unknown.json()["code"]), (404, &json!("not-found")));
    let wrong = program.api.send(Request::new("PATCH", path));
    assert_eq!((wrong.status, &wrong.json()["code"]), (405, &json!("method-not-allowed")));
}
