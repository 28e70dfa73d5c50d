//! Who may do what, on every route of the table that the router is made from.

use connector_service::web::routes::{ALL, Access, Route};
use serde_json::json;
use whole_system_tests::service_client::{
    Answer, Browser, Console, Customer, Options, PASSWORD, Request, Source, encode, wait_for,
};

use super::HARNESS;

/// A service with two customers, the first of which has one of everything.
struct Town {
    console: Console,
    one: Customer,
    other: Customer,
    _source: Source,
    /// What stands for each parameter of a path: the first customer's, and one that does not exist.
    known: Vec<(&'static str, String, String)>,
}

impl Town {
    fn new() -> Self {
        let source = Source::of(30);
        let console = Console::start(Options::new(HARNESS, &source.origin()));
        let mut one = console.customer("Acme");
        let other = console.customer("Nordwind");
        let integration = one.integration("Personio", &source.origin());
        let run = one.done(&integration, "preview")["id"].as_str().unwrap().to_owned();
        let sync = one.done(&integration, "sync");
        assert_eq!(sync["verdict"], "done", "{sync}");
        let probe = probe(&mut one, &integration);
        let database = console.service.database();
        let of_one = |query: &str| database.query_row(query, [&one.id], |row| row.get::<_, String>(0)).unwrap();
        let user = of_one("SELECT id FROM users WHERE tenant = ?1");
        let token = of_one("SELECT tokens.id FROM tokens JOIN users ON users.id = tokens.user WHERE tenant = ?1");
        let employee = source.company.people.first().unwrap().id.to_string();
        let none = |text: &str| text.to_owned();
        let known = vec![
            ("integration", integration.clone(), none("aaaaaaaaaaaa")),
            ("run", run, none("20200101T000000Z-000000")),
            ("probe", probe, none("20200101T000000Z-000001")),
            ("tenant", one.id.clone(), none("bbbbbbbbbbbb")),
            ("user", user, none("cccccccccccc")),
            ("token", token, none("dddddddddddd")),
            ("employee", employee.clone(), employee.clone()),
            (
                "conflict",
                format!("{integration}:email-conflict:{employee}"),
                format!("aaaaaaaaaaaa:email-conflict:{employee}"),
            ),
            ("connector", none("personio"), none("nothing")),
            ("language", none("de"), none("de")),
            ("name", none("app.css"), none("app.css")),
        ];
        Self { console, one, other, _source: source, known }
    }

    /// A route's path with the first customer's things, or with things that do not exist.
    fn path(&self, route: &Route, exists: bool) -> String {
        let mut path = route.path.to_owned();
        for (name, known, unknown) in &self.known {
            path = path.replace(&format!("{{{name}}}"), &encode(if exists { known } else { unknown }));
        }
        assert!(
            !path.contains('{'),
            "what stands for the parameter in {}? Add it to the table of this test.",
            route.path
        );
        path
    }

    /// Everything that is kept of the first customer, as far as a request could change it.
    fn kept(&self) -> Vec<String> {
        let database = self.console.service.database();
        let mut kept = Vec::new();
        for query in [
            "SELECT id || name || limits FROM tenants WHERE id = ?1",
            "SELECT id || email || coalesce(password, '') FROM users WHERE tenant = ?1",
            "SELECT tokens.id FROM tokens JOIN users ON users.id = tokens.user WHERE tenant = ?1",
            "SELECT sessions.hash FROM sessions JOIN users ON users.id = sessions.user WHERE tenant = ?1",
            "SELECT id || form || version || paused || coalesce(next_due, '') FROM integrations WHERE tenant = ?1",
            "SELECT hex(sealed) FROM secrets WHERE ?1 <> ''",
            "SELECT id || state || coalesce(decided, '') || coalesce(verdict, '') || (detail IS NULL) FROM runs WHERE tenant = ?1",
            "SELECT kind || about FROM decisions WHERE tenant = ?1",
            "SELECT name || granted || digest FROM connectors WHERE ?1 <> ''",
            "SELECT count(*) || '' FROM tenants WHERE ?1 <> ''",
        ] {
            let mut statement = database.prepare(query).unwrap();
            let rows = statement.query_map([&self.one.id], |row| row.get::<_, String>(0)).unwrap();
            let mut rows: Vec<String> = rows.map(Result::unwrap).collect();
            rows.sort();
            kept.push(format!("{query}: {rows:?}"));
        }
        kept
    }
}

/// A test of the connection that is over.
fn probe(one: &mut Customer, integration: &str) -> String {
    let edit = format!("/integrations/{integration}/edit");
    let fields = form_fields(one, integration);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    one.admin.get(&edit);
    let answer = one.admin.post(&edit, &[&fields[..], &[("action", "test")]].concat());
    assert_eq!(answer.status, 303, "{answer:?}");
    let at = answer.location().split_once("test=").unwrap().1;
    let id = at.split('#').next().unwrap().to_owned();
    wait_for("answer of the test", || {
        Some(one.admin.get(&format!("{edit}?test={id}"))).filter(|page| !page.body.contains("/events"))
    });
    id
}

/// The fields of the form of an integration, as they are saved.
fn form_fields(one: &Customer, integration: &str) -> Vec<(String, String)> {
    let view = one.api.get(&format!("/api/v1/integrations/{integration}")).json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let form = &view["form"];
    vec![
        ("revision".to_owned(), format!("{}.", view["version"])),
        ("name".to_owned(), text(&form["name"])),
        ("type".to_owned(), "personio".to_owned()),
        ("setting.client-id".to_owned(), text(&form["values"]["client-id"])),
        ("setting.endpoint".to_owned(), text(&form["values"]["endpoint"])),
        ("mail-to".to_owned(), text(&form["mail-to"][0])),
        ("mail-language".to_owned(), "en".to_owned()),
        ("send-invitations".to_owned(), "true".to_owned()),
        ("group-assignment".to_owned(), "department".to_owned()),
        ("schedule".to_owned(), "off".to_owned()),
    ]
}

/// The status and body of an answer, without what it was asked with and what is another each time.
fn essence(answer: &Answer, path: &str) -> (u16, String) {
    let (status, mut body) = answer.essence();
    for spelled in [path.to_owned(), encode(path), encode(path).replace("%2F", "/"), path.replace('&', "&amp;")] {
        body = body.replace(&spelled, "HERE");
    }
    (status, body)
}

fn is_shared(route: &Route) -> bool {
    !route.path.contains('{') || ["/language/{language}", "/assets/{name}"].contains(&route.path)
}

#[test]
fn every_route_asks_who_is_there_and_another_customers_things_do_not_exist() {
    let mut town = Town::new();
    let before = town.kept();
    nobody_is_let_in(&town);
    a_neighbour_finds_nothing(&mut town);
    forms_of_others_are_refused(&mut town);
    programs_of_others_find_nothing(&town);
    assert_eq!(town.kept(), before, "nothing of the customer's has changed");
    the_customer_finds_everything(&mut town);
    an_operator_finds_everything(&mut town);
}

/// Without a session or a token: to the door, or 401.
fn nobody_is_let_in(town: &Town) {
    for route in ALL.iter().filter(|route| route.access != Access::Public) {
        let path = town.path(route, true);
        let answer = town.console.wire.send(&Request::new(route.method, &path));
        if route.is_api() {
            assert_eq!(
                (answer.status, &answer.json()["code"]),
                (401, &json!("unauthorized")),
                "{} {path}",
                route.method
            );
        } else {
            assert_eq!(answer.status, 303, "{} {path}: {answer:?}", route.method);
            assert!(answer.location().starts_with("/sign-in"), "{path}: {answer:?}");
        }
        let with =
            |name: &str, value: &str| town.console.wire.send(&Request::new(route.method, &path).header(name, value));
        for (name, value) in
            [("Cookie", "session=forged"), ("Authorization", "Bearer harness_forged"), ("Authorization", "Basic eDp5")]
        {
            assert_eq!(with(name, value).status, answer.status, "{path} with {name}: {value}");
        }
    }
}

/// Signed in as another customer's admin: what is not theirs is as good as nothing, to the letter.
fn a_neighbour_finds_nothing(town: &mut Town) {
    let mut browser = town.other.admin.clone();
    for route in ALL.iter().filter(|route| !route.is_api() && route.access != Access::Public && !is_shared(route)) {
        let (path, nowhere) = (town.path(route, true), town.path(route, false));
        let mut ask = |path: &str| {
            if route.is_get() { browser.get(path) } else { browser.post(path, &[("confirm", "Personio")]) }
        };
        let (answer, nothing) = (ask(&path), ask(&nowhere));
        assert_eq!(answer.status, 404, "{} {path}: {answer:?}", route.method);
        assert_eq!(essence(&answer, &path), essence(&nothing, &nowhere), "{} {path}", route.method);
    }
    for route in ALL.iter().filter(|route| !route.is_api() && route.access == Access::Operator) {
        let path = town.path(route, true);
        let answer = if route.is_get() { browser.get(&path) } else { browser.post(&path, &[]) };
        assert_eq!(answer.status, 404, "{} {path}", route.method);
    }
    // A test of a connection that a form is to be filled from.
    let probe = town.known.iter().find(|(name, ..)| *name == "probe").map(|(_, known, _)| known.clone()).unwrap();
    let (page, blank) =
        (browser.get(&format!("/integrations/new?test={probe}")), browser.get("/integrations/new?test=none"));
    assert_eq!(page.essence().1.replace(&probe, "none"), blank.essence().1);
    // What an operator looks at is said by a query and a cookie; an admin's are not listened to.
    let one = town.one.id.clone();
    let answer = browser.get(&format!("/integrations?tenant={one}"));
    assert!(!answer.body.contains("Acme") && answer.body.contains("Nordwind"), "{answer:?}");
    browser.cookies.insert("tenant".to_owned(), one.clone());
    let answer = browser.get("/integrations");
    assert!(!answer.body.contains("Acme") && answer.body.contains("Nordwind"), "{answer:?}");
    let api = &town.other.api;
    assert_eq!(api.get(&format!("/api/v1/integrations?tenant={one}")).json(), json!([]));
    assert_eq!(api.get(&format!("/api/v1/runs?tenant={one}")).json()["total"], 0);
}

/// Forms without the hidden field, with another session's, or from another site.
fn forms_of_others_are_refused(town: &mut Town) {
    let (mut customer, neighbour) = (town.one.admin.clone(), town.other.admin.csrf.clone());
    let mut operator = town.console.operator.clone();
    assert_ne!(customer.csrf, neighbour);
    for route in ALL.iter().filter(|route| !route.is_api() && !route.is_get()) {
        let path = town.path(route, true);
        let browser = if route.access == Access::Operator { &mut operator } else { &mut customer };
        let own = browser.csrf.clone();
        let form = |csrf: &str| Request::new("POST", &path).form(&[("csrf", csrf), ("confirm", "Acme")]);
        let forged = [
            Request::new("POST", &path),
            form(""),
            form(&neighbour),
            form(&own).header("Sec-Fetch-Site", "cross-site"),
            form(&own).header("Sec-Fetch-Site", "same-site"),
            form(&own).header("Origin", "https://elsewhere.example"),
            form(&own).header("Origin", "null").header("Sec-Fetch-Site", "cross-site"),
        ];
        for request in forged {
            let answer = browser.send(request.clone());
            assert_eq!(answer.status, 403, "{path} {request:?}: {answer:?}");
            assert!(answer.header("set-cookie").is_empty(), "{path}: {answer:?}");
        }
    }
}

/// Another customer's token.
fn programs_of_others_find_nothing(town: &Town) {
    for route in ALL.iter().filter(|route| route.path.starts_with("/api/")) {
        let (path, nowhere) = (town.path(route, true), town.path(route, false));
        if is_shared(route) && route.access != Access::Operator {
            continue;
        }
        let body = json!({ "plan_hash": "", "name": "x", "type": "personio", "email": "x@y.example" });
        let ask = |path: &str| town.other.api.send(Request::new(route.method, path).json(&body));
        let answer = ask(&path);
        let is_read_first = [400, 404].contains(&answer.status);
        assert!(is_read_first, "{} {path}: {answer:?}", route.method);
        assert_eq!((answer.status, &answer.body), (ask(&nowhere).status, &ask(&nowhere).body), "{path}");
        let bare = |path: &str| town.other.api.send(Request::new(route.method, path));
        assert_eq!((bare(&path).status, bare(&path).body), (bare(&nowhere).status, bare(&nowhere).body), "{path}");
    }
}

/// The same paths exist for whom they are for.
fn the_customer_finds_everything(town: &mut Town) {
    for route in ALL.iter().filter(|route| route.is_get() && !route.path.ends_with("/events")) {
        let path = town.path(route, true);
        let answer = if route.path.starts_with("/api/") { town.one.api.get(&path) } else { town.one.admin.get(&path) };
        let expected = match (route.access, route.path) {
            // A preview has no mail.
            (Access::Operator, _) | (_, "/runs/{run}/mail") => 404,
            (_, "/welcome/{token}") => 410,
            (_, "/" | "/sign-in" | "/language/{language}") => 303,
            _ => 200,
        };
        assert_eq!(answer.status, expected, "{path}: {answer:?}");
    }
}

fn an_operator_finds_everything(town: &mut Town) {
    let opened = town.console.operator.post(&format!("/operator/tenants/{}/open", town.one.id), &[]);
    assert_eq!((opened.status, opened.location()), (303, "/integrations"));
    for route in ALL.iter().filter(|route| route.is_get() && !route.path.ends_with("/events")) {
        let path = town.path(route, true);
        let answer = if route.path.starts_with("/api/") {
            town.console.api.get(&format!("{path}?tenant={}", town.one.id))
        } else {
            town.console.operator.get(&path)
        };
        let expected = match route.path {
            "/welcome/{token}" => 410,
            "/runs/{run}/mail" => 404,
            "/" | "/sign-in" | "/language/{language}" => 303,
            _ => 200,
        };
        assert_eq!(answer.status, expected, "{path}: {answer:?}");
    }
}

#[test]
fn what_was_taken_away_opens_nothing() {
    let mut console = Console::start(Options::bare(HARNESS));
    let mut customer = console.customer("Acme");
    assert_eq!(customer.api.get("/api/v1/integrations").status, 200);
    let database = console.service.database();
    let token: String = database
        .query_row(
            "SELECT tokens.id FROM tokens JOIN users ON users.id = tokens.user WHERE tenant IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .unwrap();
    // A token that was revoked.
    assert_eq!(customer.admin.post(&format!("/account/tokens/{token}/revoke"), &[]).status, 303);
    let answer = customer.api.get("/api/v1/integrations");
    assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("unauthorized")));
    assert_eq!(customer.admin.post(&format!("/account/tokens/{token}/revoke"), &[]).status, 404);
    // A session that was signed out, used by whoever kept its cookie.
    let kept = customer.admin.clone();
    assert_eq!(customer.admin.post("/sign-out", &[]).status, 303);
    assert!(!customer.admin.cookies.contains_key("session"));
    for mut browser in [kept.clone(), customer.admin.clone()] {
        assert_eq!(browser.get("/integrations").location(), "/sign-in?next=%2Fintegrations");
        assert_eq!(browser.post("/integrations/new", &[]).location(), "/sign-in");
    }
    // Other sessions, ended from one of them; and by a new password.
    let sign_in = |email: &str| {
        let mut browser = Browser::new(&console.wire);
        assert_eq!(browser.sign_in(email, PASSWORD).status, 303);
        browser.get("/account");
        browser
    };
    let (mut one, mut other) = (sign_in(&customer.email), sign_in(&customer.email));
    assert_eq!(one.post("/account/sessions/end", &[]).status, 303);
    assert_eq!((one.get("/integrations").status, other.get("/integrations").status), (200, 303));
    other = sign_in(&customer.email);
    let new = "another correct horse battery";
    let changed = one.post("/account/password", &[("current", PASSWORD), ("password", new), ("password-again", new)]);
    assert_eq!(changed.status, 303, "{changed:?}");
    assert_eq!((one.get("/integrations").status, other.get("/integrations").status), (200, 303));
    // The user.
    let token = {
        one.get("/account");
        one.token("another")
    };
    let user: String =
        database.query_row("SELECT id FROM users WHERE tenant IS NOT NULL", [], |row| row.get(0)).unwrap();
    let remove = format!("/operator/tenants/{}/users/{user}/remove", customer.id);
    assert_eq!(console.operator.post(&remove, &[]).status, 303);
    assert_eq!(one.get("/integrations").location(), "/sign-in?next=%2Fintegrations");
    let api = whole_system_tests::service_client::Api::new(&console.wire, &token);
    assert_eq!(api.get("/api/v1/integrations").status, 401);
    assert_eq!(one.sign_in(&customer.email, new).status, 401);
}

#[test]
fn behind_a_proxy_cookies_are_for_tls_and_paths_are_under_the_base() {
    let options = Options::bare(HARNESS).argument("--url", "https://platform.example/hr");
    let service = whole_system_tests::service_client::Service::start(options.listen(&free_address()));
    let mut wire = service.wire();
    wire.is_secure = true;
    assert!(service.link.starts_with("https://platform.example/hr/welcome/"), "{}", service.link);
    let mut browser = Browser::new(&wire);
    let path = service.link.trim_start_matches("https://platform.example").to_owned();
    let form = Request::new("POST", &path).form(&[("password", PASSWORD), ("password-again", PASSWORD)]);
    let answer = browser.send(form.clone().header("Origin", "https://elsewhere.example"));
    assert_eq!(answer.status, 403, "{answer:?}");
    let answer = browser.send(form.header("Origin", "https://platform.example"));
    assert_eq!((answer.status, answer.location()), (303, "/hr/"), "{answer:?}");
    assert!(answer.header("set-cookie").contains("Path=/hr"), "{answer:?}");
    let page = browser.get("/hr/operator/tenants");
    assert_eq!(page.status, 200);
    for attribute in ["href=\"/", "src=\"/", "action=\"/"] {
        let wrong =
            page.body.split(attribute).skip(1).find(|rest| !rest.starts_with("hr/") && !rest.starts_with("hr\""));
        assert_eq!(wrong.map(|rest| rest.split('"').next().unwrap()), None, "{attribute}");
    }
    assert_eq!(browser.get("/hr/nothing").status, 404);
    assert_eq!(browser.get("/operator/tenants").status, 404);
}

/// An address that is free now.
pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
