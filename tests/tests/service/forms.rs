//! Forms that are wrong, and requests that nobody fills a form for.

use serde_json::json;
use whole_system_tests::service_client::{Browser, Console, Customer, Options, PASSWORD, Request, Source, encode};

use super::HARNESS;

fn town() -> (Source, Console, Customer) {
    let source = Source::of(12);
    let console = Console::start(Options::new(HARNESS, &source.origin()));
    let customer = console.customer("Acme");
    (source, console, customer)
}

#[test]
fn a_form_with_every_field_wrong_says_so_at_every_field_and_keeps_what_was_entered() {
    let (_source, _console, mut customer) = town();
    let endless = "n".repeat(101);
    let fields = [
        ("revision", "0."),
        ("name", endless.as_str()),
        ("type", "personio"),
        ("setting.client-id", ""),
        ("setting.client-secret", ""),
        ("setting.endpoint", "ftp://nowhere"),
        ("send-invitations", "true"),
        ("group-assignment", "planet"),
        ("filter-label", "&lt;b>\"quoted\"</b>"),
        ("status-from", "active"),
        ("status-to", "dancing"),
        ("status-from", "Active"),
        ("status-to", "active"),
        ("mail-to", "nobody"),
        ("mail-to", "hr@acme.example"),
        ("mail-to", "two @acme.example"),
        ("mail-language", "en"),
        ("schedule", "daily"),
        ("schedule-time", "25:61"),
        ("schedule-zone", "Mars/Base"),
    ];
    let page = customer.admin.post("/integrations/new", &fields);
    assert_eq!(page.status, 422);
    let errors = page.body.matches("class=\"error\"").count().max(page.body.matches("aria-invalid=\"true\"").count());
    assert!(errors >= 9, "{errors} errors: {}", page.body);
    for kept in [&endless, "ftp://nowhere", "nobody", "two @acme.example", "25:61", "Mars/Base", "hr@acme.example"] {
        assert!(page.body.contains(kept), "{kept} is kept");
    }
    assert!(page.body.contains("&amp;lt;b&gt;") && !page.body.contains("\"quoted\"</b>"), "what was entered is text");
    // A secret that was entered is never shown again, whatever else is wrong.
    let secret = "swordfish-in-a-wrong-form";
    let mut with_secret = fields.to_vec();
    with_secret[4] = ("setting.client-secret", secret);
    let page = customer.admin.post("/integrations/new", &with_secret);
    assert_eq!((page.status, page.body.contains(secret)), (422, false));
    assert_eq!(customer.api.get("/api/v1/integrations").json(), json!([]), "nothing was saved");
    // No connector of that name, and no field at all.
    for fields in [&[("type", "nothing"), ("name", "x")][..], &[]] {
        let page = customer.admin.post("/integrations/new", fields);
        assert_eq!(page.status, 422, "{page:?}");
    }
}

#[test]
fn two_who_edit_at_once_do_not_overwrite_one_another() {
    let (source, _console, mut customer) = town();
    let integration = customer.integration("Personio", &source.origin());
    let edit = format!("/integrations/{integration}/edit");
    let save = |browser: &mut Browser, name: &str| {
        let fields = [
            ("revision", "1."),
            ("name", name),
            ("type", "personio"),
            ("setting.client-id", "papi-mock-client"),
            ("setting.endpoint", &source.origin()),
            ("mail-language", "en"),
            ("schedule", "off"),
            ("action", "save"),
        ];
        browser.post(&edit, &fields)
    };
    let mut other = customer.admin.clone();
    assert_eq!(save(&mut customer.admin, "First").status, 303);
    let refused = save(&mut other, "Second");
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("changed this integration in the meantime") && refused.body.contains("Second"));
    let view = customer.api.get(&format!("/api/v1/integrations/{integration}")).json();
    assert_eq!((&view["form"]["name"], &view["version"]), (&json!("First"), &json!(2)));
    assert!(view["secrets_set"]["client-secret"].is_string(), "a secret that was left empty stays");
    // Deleting asks for the name.
    let page = customer.admin.post(&format!("/integrations/{integration}/delete"), &[("confirm", "Second")]);
    assert_eq!(page.status, 422);
    assert_eq!(
        customer.admin.post(&format!("/integrations/{integration}/delete"), &[("confirm", "First")]).status,
        303
    );
}

#[test]
fn a_body_of_ten_megabytes_is_refused_with_a_page() {
    let (_source, console, mut customer) = town();
    let large = "x".repeat(10 << 20);
    let page = customer.admin.post("/integrations/new", &[("name", &large)]);
    assert_eq!(page.status, 413);
    assert!(page.body.contains("413") && page.header("content-type").starts_with("text/html"), "{page:?}");
    let answer = customer.api.post_json("/api/v1/integrations", &json!({ "name": large }));
    assert_eq!((answer.status, &answer.json()["code"]), (413, &json!("too-large")));
    let mut nobody = Browser::new(&console.wire);
    assert_eq!(nobody.sign_in("a@b.example", &large).status, 413);
    assert_eq!(nobody.post("/nowhere", &[("a", &large)]).status, 404);
    assert_eq!(customer.admin.get("/integrations").status, 200);
}

#[test]
fn guessing_a_password_is_slowed_down_and_a_link_works_once() {
    let (_source, console, customer) = town();
    let mut guesser = Browser::new(&console.wire);
    for attempt in 1..=6 {
        let answer = guesser.sign_in(&customer.email, "wrong-password");
        assert_eq!(answer.status, if attempt < 6 { 401 } else { 429 }, "attempt {attempt}");
        assert!(!answer.body.contains("wrong-password"));
    }
    // Even with the right one, for now; and nobody learns who has an account.
    assert_eq!(guesser.sign_in(&customer.email, PASSWORD).status, 429);
    let (known, unknown) = (guesser.sign_in("operator@localhost", "x"), guesser.sign_in("nobody@acme.example", "x"));
    assert_eq!((known.status, unknown.status), (401, 401));
    let essence = |answer: &whole_system_tests::service_client::Answer, email: &str| answer.body.replace(email, "");
    assert_eq!(essence(&known, "operator@localhost"), essence(&unknown, "nobody@acme.example"));
    // Many at once are counted like one after another.
    let email = console.customer("Nordwind").email;
    let answers: Vec<u16> = in_parallel(20, |_| Browser::new(&console.wire).sign_in(&email, "wrong-password").status);
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 5, "{answers:?}");
    // One-time links.
    let created =
        console.api.post_json("/api/v1/tenants", &json!({ "name": "Third", "email": "admin@third.example" })).json();
    let link = created["sign_in_link"].as_str().unwrap().to_owned();
    let short = Browser::new(&console.wire).welcome(&link, "short");
    assert_eq!(short.status, 422, "a wrong password does not use the link up");
    let answers: Vec<u16> = in_parallel(20, |_| Browser::new(&console.wire).welcome(&link, PASSWORD).status);
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| [303, 410].contains(status)), "{answers:?}");
    let path = link.split_once("/welcome/").map(|(_, token)| format!("/welcome/{token}")).unwrap();
    assert_eq!(Browser::new(&console.wire).get(&path).status, 410);
}

/// What many threads at once get.
pub fn in_parallel<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = std::sync::Barrier::new(threads);
    std::thread::scope(|scope| {
        let one = |number| {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                barrier.wait();
                work(number)
            })
        };
        let running: Vec<_> = (0..threads).map(one).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn nobody_is_led_away_from_the_site() {
    let (_source, console, customer) = town();
    let elsewhere = [
        "//elsewhere.example",
        "https://elsewhere.example",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "/\n/elsewhere.example",
        "\\\\elsewhere.example",
        "elsewhere.example",
        " //elsewhere.example",
        "/\r\nSet-Cookie: session=forged",
        "javascript:alert(1)",
        "/\u{0}/elsewhere.example",
        "",
    ];
    for path in elsewhere {
        let mut browser = Browser::new(&console.wire);
        let fields = [("email", customer.email.as_str()), ("password", PASSWORD), ("next", path)];
        let answer = browser.send(Request::new("POST", "/sign-in").form(&fields));
        assert_eq!((answer.status, answer.location()), (303, "/"), "{path:?}");
        let answer = browser.get(&format!("/language/de?back={}", encode(path)));
        assert_eq!((answer.status, answer.location()), (303, "/"), "{path:?}");
        let page = Browser::new(&console.wire).get(&format!("/sign-in?next={}", encode(path)));
        assert!(path.is_empty() || !page.body.contains("value=\"//") && !page.body.contains("javascript:"), "{path:?}");
    }
    let mut browser = Browser::new(&console.wire);
    let fields = [("email", customer.email.as_str()), ("password", PASSWORD), ("next", "/history?tab=decisions")];
    let answer = browser.send(Request::new("POST", "/sign-in").form(&fields));
    assert_eq!(answer.location(), "/history?tab=decisions");
}

#[test]
fn strange_paths_and_parameters_are_answered_like_any_other() {
    let (source, console, mut customer) = town();
    let integration = customer.integration("Personio", &source.origin());
    let long = "x".repeat(20_000);
    let paths = [
        "/assets/../service.key",
        "/assets/..%2f..%2fservice.key",
        "/assets/%2e%2e/service.key",
        "/assets/%00",
        "/assets/....//service.db",
        "/integrations/..%2F..%2Fetc%2Fpasswd/edit",
        "/runs/%FF%FE",
        "/runs/%0d%0aX-Forged:%20yes",
        "/welcome/%F0%28%8C%28",
        "/language/xx",
        "/tests/%22%3E%3Cscript%3E/events",
        "/people/%00/1",
        "//integrations",
        "/integrations//edit",
        "/runs/' OR 1=1 --".replace(' ', "%20").as_str(),
    ]
    .map(str::to_owned);
    let more = [
        format!("/runs/{long}"),
        format!("/people/{integration}/{}", long.get(..2_000).unwrap()),
        format!("/assets/{long}"),
        format!("/integrations/{integration}%2F..%2F{integration}/edit"),
    ];
    for path in paths.iter().chain(&more) {
        let answer = customer.admin.get(path);
        assert!([404, 410, 200].contains(&answer.status), "{path:.60}: {answer:?}");
        assert!(!answer.headers.iter().any(|(name, _)| name == "x-forged"), "{path}");
        assert!(!answer.body.contains("<script>") && !answer.body.contains("root:"), "{path}");
        if answer.status == 200 {
            assert!(path.starts_with("/people/"), "{path}");
        }
    }
    // Parameters of a query.
    let strange = [
        "'",
        "%27%20OR%201%3D1",
        "%00",
        "%FF",
        "-1",
        "99999999999999999999",
        "%22%3E%3Cscript%3E",
        long.get(..8_000).unwrap(),
    ];
    for value in strange {
        for path in [
            format!("/people?q={value}&page={value}&integration={value}"),
            format!("/history?tab={value}&page={value}&verdict={value}&integration={value}"),
            format!("/conflicts?page={value}"),
            format!("/integrations/new?type={value}&test={value}"),
            format!("/integrations/{integration}/edit?test={value}"),
        ] {
            let answer = customer.admin.get(&path);
            assert_eq!(answer.status, 200, "{path:.80}: {answer:?}");
            assert!(!answer.body.contains("\"><script>"), "{path:.80}");
        }
        let answer = customer.api.get(&format!("/api/v1/runs?page={value}&verdict={value}&integration={value}"));
        assert_eq!(answer.status, 200);
    }
    // A cookie that says what happened is shown as text.
    let mut forged = customer.admin.clone();
    forged.cookies.insert("flash".to_owned(), "bad%7C%3Cscript%3Ealert(1)%3C%2Fscript%3E%7C%22%3E%3Cb%3E".to_owned());
    assert!(!forged.get("/integrations").body.contains("<script>alert"));
    // Other methods.
    let head = customer.admin.send(Request::new("HEAD", "/integrations"));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        assert_eq!(customer.admin.send(Request::new(method, "/integrations")).status, 405, "{method}");
    }
    assert_eq!(console.wire.send(&Request::new("GET", "/healthz")).body, "ok\n");
}

#[test]
fn a_reader_who_comes_from_a_mail_is_let_in_by_the_page_itself() {
    let (_source, console, customer) = town();
    // The browser keeps the cookie back, because another site has sent the reader.
    let mut browser = Browser::new(&console.wire);
    let answer =
        browser.send(Request::new("GET", "/runs/x?a=%22%3E%3Cscript%3E&b='").header("Sec-Fetch-Site", "cross-site"));
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("http-equiv=\"refresh\"") && !answer.body.contains("<script>"), "{answer:?}");
    // For a form there is no such way.
    let answer = browser.send(Request::new("POST", "/integrations/new").header("Sec-Fetch-Site", "cross-site"));
    assert_eq!((answer.status, answer.location()), (303, "/sign-in"));
    assert_eq!(customer.api.get("/api/v1/runs").json()["total"], 0);
}
