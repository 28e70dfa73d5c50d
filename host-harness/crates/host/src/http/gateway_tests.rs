//! The gateway's rules, with a transport that answers from a closure.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::sync::Mutex;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;
use crate::http::Method;

type Answer = Box<dyn Fn(&Outbound) -> Inbound + Send + Sync>;

/// Answers from a closure and keeps what it was asked.
struct Fake {
    answer: Answer,
    delay: Duration,
    asked: Mutex<Vec<Outbound>>,
}

#[async_trait::async_trait]
impl Transport for Fake {
    async fn send(&self, request: &Outbound, _: u64) -> Result<Inbound, HttpError> {
        self.asked.lock().unwrap().push(request.clone());
        tokio::time::sleep(self.delay).await;
        Ok((self.answer)(request))
    }
}

const API: &str = "https://api.personio.de";
const OTHER: &str = "https://other.example";
const SECRET: &str = "cl1ent/secret+1";

struct Bench {
    gateway: Gateway,
    fake: Arc<Fake>,
    vault: Vault,
    secret: SecretHandle,
}

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

fn bench(limits: HttpLimits, delay: Duration, answer: impl Fn(&Outbound) -> Inbound + Send + Sync + 'static) -> Bench {
    let fake = Arc::new(Fake { answer: Box::new(answer), delay, asked: Mutex::default() });
    let vault = Vault::new();
    let secret = vault.insert(SecretString::from(SECRET), vec![origin(API)]);
    let policy = EgressPolicy::new([origin(API), origin(OTHER)], []);
    let transport: Arc<dyn Transport> = fake.clone();
    Bench { gateway: Gateway::new(policy, transport, vault.clone(), limits), fake, vault, secret }
}

fn answering(answer: impl Fn(&Outbound) -> Inbound + Send + Sync + 'static) -> Bench {
    bench(HttpLimits::default(), Duration::ZERO, answer)
}

fn ok(body: &str) -> Inbound {
    Inbound { status: 200, headers: Vec::new(), body: body.into() }
}

fn to(status: u16, location: &str) -> Inbound {
    Inbound { status, headers: vec![("location".into(), location.into())], body: Vec::new() }
}

fn get(url: &str) -> GuestRequest {
    GuestRequest {
        method: Method::Get,
        url: url.into(),
        headers: Vec::new(),
        authorization: GuestAuthorization::None,
        body: GuestBody::Empty,
    }
}

fn post(url: &str, body: GuestBody) -> GuestRequest {
    GuestRequest { method: Method::Post, body, ..get(url) }
}

fn form(secret: &SecretHandle) -> GuestBody {
    GuestBody::Form(vec![("client_secret".into(), GuestValue::Secret(secret.clone()))])
}

fn at(path: &str) -> String {
    format!("{API}{path}")
}

impl Bench {
    fn asked(&self) -> Vec<Outbound> {
        self.fake.asked.lock().unwrap().clone()
    }

    async fn denied(&mut self, request: GuestRequest) -> String {
        match self.gateway.send(request).await {
            Err(HttpError::Denied(text)) => text,
            Err(error) => panic!("{error}"),
            Ok(answer) => panic!("answered {}", answer.status),
        }
    }
}

#[tokio::test]
async fn what_is_refused_never_reaches_the_transport() {
    let mut bench = answering(|_| ok(""));
    let injected = GuestRequest { headers: vec![("x".into(), "a\r\nb: c".into())], ..get(&at("/")) };
    bench.denied(injected).await;
    bench.denied(get("https://evil.example/")).await;
    let elsewhere = post(&format!("{OTHER}/"), form(&bench.secret));
    let text = bench.denied(elsewhere).await;
    assert!(text.contains(OTHER) && text.contains(API) && !text.contains(SECRET), "{text}");
    let elsewhere =
        GuestRequest { authorization: GuestAuthorization::Bearer(bench.secret.clone()), ..get(&format!("{OTHER}/")) };
    bench.denied(elsewhere).await;
    let foreign = Vault::new().insert(SecretString::from("another"), vec![origin(API)]);
    let text = bench.denied(post(&at("/"), form(&foreign))).await;
    assert!(text.contains("tenant"), "{text}");
    let colon = GuestAuthorization::Basic("a:b".into(), bench.secret.clone());
    bench.denied(GuestRequest { authorization: colon, ..get(&at("/")) }).await;
    assert!(bench.asked().is_empty());
    assert_eq!(bench.gateway.requests(), 0);
    assert!(bench.gateway.origins_contacted().is_empty());
}

#[tokio::test]
async fn a_secret_goes_where_it_is_bound_to() {
    let mut bench = answering(|_| ok(""));
    let request = post(&at("/v1/auth"), form(&bench.secret));
    bench.gateway.send(request).await.map_err(|error| error.to_string()).unwrap();
    let asked = bench.asked();
    let OutboundBody::Form(fields) = &asked[0].body else { panic!("no form") };
    assert!(matches!(&fields[0].1, Value::Secret(value) if value.expose_secret() == SECRET));
    assert!(!format!("{asked:?}").contains(SECRET));
    assert_eq!(bench.gateway.origins_contacted().iter().map(ToString::to_string).collect::<Vec<_>>(), [API]);
}

#[tokio::test]
async fn an_exchanged_token_is_bound_blanked_and_scrubbed_in_the_same_answer() {
    let mut bench = answering(|_| Inbound {
        status: 200,
        headers: vec![
            ("Authorization".into(), "Bearer papi-t0ken".into()),
            ("x-echo".into(), format!("papi-t0ken {SECRET}")),
            ("set-cookie".into(), "session=unknown".into()),
        ],
        body: br#"{"again":"papi-t0ken","data":{"token":"early","token":"papi-t0ken"},"id":7}"#.into(),
    });
    let request = post(&at("/v1/auth"), form(&bench.secret));
    let (answer, token) = bench.gateway.exchange(request, "/data/token").await.map_err(|e| e.to_string()).unwrap();
    assert_eq!(String::from_utf8(answer.body).unwrap(), r#"{"again":"","data":{"token":""},"id":0}"#);
    assert_eq!(answer.headers, []);
    let token = token.unwrap();
    assert!(bench.vault.owns(&token));
    assert_eq!(token.origins(), [origin(API)]);
    assert_eq!(bench.vault.value(&token).unwrap().expose_secret(), "papi-t0ken");
}

#[tokio::test]
async fn an_answer_without_a_token_is_given_back_with_its_credentials_emptied() {
    let empty = r#"{"token":""}"#;
    for (status, body, pointer, given) in [
        (401, r#"{"token":"x-y-z"}"#, "/token", empty),
        (200, r#"{"token":"x-y-z"}"#, "/other", empty),
        (200, r#"{"token":"x-y-z"}"#, "token", empty),
        (200, r#"{"token":7}"#, "/token", r#"{"token":0}"#),
        (200, empty, "/token", empty),
        (200, "<html>", "/token", ""),
        (200, "\u{feff}", "", ""),
    ] {
        let mut bench = answering(move |_| Inbound { status, ..ok(body) });
        let (answer, token) = bench.gateway.exchange(get(&at("/")), pointer).await.map_err(|e| e.to_string()).unwrap();
        assert!(token.is_none(), "{body} {pointer}");
        assert_eq!(String::from_utf8(answer.body).unwrap(), given);
    }
}

/// A login's answer: a token, another beside it, one in a header field.
fn login() -> Inbound {
    Inbound {
        headers: vec![("X-Auth-Token".into(), "papi-in-a-header".into()), ("x-id".into(), "7".into())],
        ..ok(r#"{"data":{"token":"papi-t0ken","expires_in":86400},"refresh_token":"papi-refresh","text":"hello"}"#)
    }
}

#[tokio::test]
async fn a_guest_reads_no_token_whatever_way_it_logs_in() {
    type Login = fn(&SecretHandle) -> GuestRequest;
    let in_form: Login = |secret| post(&at("/auth"), form(secret));
    let redirected: Login = |secret| post(&at("/moved"), form(secret));
    let basic: Login = |secret| GuestRequest {
        authorization: GuestAuthorization::Basic("papi".into(), secret.clone()),
        ..get(&at("/auth"))
    };
    let bearer: Login = |secret| GuestRequest {
        authorization: GuestAuthorization::Bearer(secret.clone()),
        ..post(&at("/auth"), GuestBody::Empty)
    };
    for (request, is_perhaps) in [(in_form, false), (redirected, false), (basic, true), (bearer, true)] {
        for pointer in [None, Some("/data/token"), Some("/token"), Some("/data")] {
            let mut bench =
                answering(|request| if request.url.path() == "/moved" { to(307, "/auth") } else { login() });
            let request = request(&bench.secret);
            let answer = match pointer {
                None => bench.gateway.send(request).await,
                Some(pointer) => bench.gateway.exchange(request, pointer).await.map(|(answer, _)| answer),
            };
            let answer = answer.map_err(|error| error.to_string()).unwrap();
            let read: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            // What is not a log-in for certain may be data.
            let is_data = pointer.is_none() && is_perhaps;
            let text = if is_data { "hello" } else { "" };
            let expected = serde_json::json!(
                {"data": {"token": "", "expires_in": 86400}, "refresh_token": "", "text": text}
            );
            assert_eq!(read, expected, "{pointer:?}");
            let headers: Vec<(&str, &str)> = answer.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
            let left: &[_] = if is_data { &[("x-auth-token", "[secret]"), ("x-id", "7")] } else { &[] };
            assert_eq!(headers, left);
        }
    }
}

#[tokio::test]
async fn a_forms_answer_is_emptied_too_and_an_answer_to_a_reader_is_not() {
    let mut bench = answering(|_| Inbound {
        headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
        ..ok("access_token=papi-t0ken&scope=read")
    });
    let request = post(&at("/auth"), form(&bench.secret));
    let answer = bench.gateway.send(request).await.map_err(|error| error.to_string()).unwrap();
    assert_eq!(answer.body, b"");
    let authorization = GuestAuthorization::Basic("papi".into(), bench.secret.clone());
    let request = GuestRequest { authorization, ..get(&at("/auth")) };
    let answer = bench.gateway.send(request).await.map_err(|error| error.to_string()).unwrap();
    assert_eq!(answer.body, b"access_token=&scope=read");

    let mut bench = answering(|_| ok(r#"{"session":"Onboarding day"}"#));
    let authorization = GuestAuthorization::Bearer(bench.secret.clone());
    let request = GuestRequest { authorization, ..get(&at("/people")) };
    let answer = bench.gateway.send(request).await.map_err(|error| error.to_string()).unwrap();
    assert_eq!(answer.body, br#"{"session":"Onboarding day"}"#);
}

#[tokio::test]
async fn a_token_has_a_minimum_and_a_maximum_length() {
    for (length, kept) in [(7, false), (8, true), (16 << 10, true), ((16 << 10) + 1, false)] {
        let mut bench = answering(move |_| ok(&format!("{{\"token\":\"{}\"}}", "t".repeat(length))));
        let result = bench.gateway.exchange(get(&at("/")), "/token").await;
        assert_eq!(matches!(&result, Ok((_, Some(_)))), kept, "{length}");
        if let Err(HttpError::Denied(text)) = result {
            assert!(text.contains(&format!("{length} bytes")) && !text.contains("ttt"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_token_is_taken_from_an_answer_of_a_mebibyte_and_no_more() {
    for (length, taken) in [(1 << 20, true), ((1 << 20) + 1, false)] {
        let mut bench = answering(move |_| {
            let mut body = r#"{"token":"papi-t0ken"}"#.to_owned();
            body.extend(std::iter::repeat_n(' ', length - body.len()));
            ok(&body)
        });
        let (answer, token) = bench.gateway.exchange(get(&at("/")), "/token").await.map_err(|e| e.to_string()).unwrap();
        assert_eq!(token.is_some(), taken, "{length}");
        assert_eq!(answer.body, if taken { br#"{"token":""}"#.to_vec() } else { Vec::new() }, "nothing of it is left");
    }
}

#[tokio::test]
async fn a_large_answer_is_scrubbed_like_any_other() {
    let mut bench = answering(|_| ok(&format!("{SECRET}{}{SECRET}", "x".repeat(1 << 20))));
    let answer = bench.gateway.send(get(&at("/"))).await.map_err(|error| error.to_string()).unwrap();
    assert_eq!(answer.body, format!("[secret]{}[secret]", "x".repeat(1 << 20)).into_bytes());
}

#[tokio::test]
async fn a_redirect_to_a_url_with_a_secret_in_it_is_refused() {
    for location in ["/b?token=cl1ent%2Fsecret%2B1", "https://other.example/CL1ENT/SECRET+1", "/b#cl1ent/secret+1"] {
        let mut bench = answering(move |request| if request.url.path() == "/a" { to(302, location) } else { ok("") });
        let result = bench.gateway.send(get(&at("/a"))).await;
        let fragment_is_not_sent = location.contains('#');
        assert_eq!(result.is_ok(), fragment_is_not_sent, "{location}");
        if let Err(error) = result {
            assert_eq!(error, HttpError::Denied(format!("{API} redirects to a URL with a secret in it")));
            assert_eq!(bench.asked().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_token_comes_from_the_origin_that_issued_it() {
    let mut bench = answering(|request| match Origin::of(&request.url) {
        Some(origin) if origin.to_string() == API => to(302, "https://other.example/token"),
        _ => ok(r#"{"token":"papi-t0ken"}"#),
    });
    let (_, token) = bench.gateway.exchange(get(&at("/")), "/token").await.map_err(|e| e.to_string()).unwrap();
    let token = token.unwrap();
    assert_eq!(token.origins(), [origin(OTHER)]);
    bench.denied(GuestRequest { authorization: GuestAuthorization::Bearer(token), ..get(&at("/")) }).await;
}

#[tokio::test]
async fn redirects_rewrite_the_method_as_rfc_9110_has_it() {
    for (status, method, expected) in [
        (301, Method::Post, Method::Get),
        (302, Method::Post, Method::Get),
        (303, Method::Post, Method::Get),
        (303, Method::Put, Method::Get),
        (303, Method::Head, Method::Head),
        (301, Method::Put, Method::Put),
        (307, Method::Post, Method::Post),
        (308, Method::Post, Method::Post),
    ] {
        let mut bench =
            answering(move |request| if request.url.path() == "/a" { to(status, "b#c") } else { ok("end") });
        let headers = vec![("content-type".into(), "text/plain".into()), ("x".into(), "y".into())];
        let body = if method == Method::Head { GuestBody::Empty } else { GuestBody::Bytes(b"x".into()) };
        let request = GuestRequest { method, headers, ..post(&at("/a"), body) };
        let answer = bench.gateway.send(request).await.map_err(|e| e.to_string()).unwrap();
        assert_eq!(answer.body, b"end");
        let asked = bench.asked();
        assert_eq!((asked[1].method, asked[1].url.as_str()), (expected, "https://api.personio.de/b"), "{status}");
        let kept = expected == method;
        assert_eq!(matches!(asked[1].body, OutboundBody::Bytes(_)), kept && method != Method::Head);
        assert_eq!(asked[1].headers.len(), if kept { 2 } else { 1 });
        assert_eq!(bench.gateway.requests(), 2);
    }
}

#[tokio::test]
async fn authorization_stays_within_its_origin_on_a_redirect() {
    for (location, kept) in [("/b", true), ("https://other.example/b", false)] {
        let mut bench = answering(move |request| if request.url.path() == "/a" { to(307, location) } else { ok("") });
        let authorization = GuestAuthorization::Bearer(bench.secret.clone());
        bench.gateway.send(GuestRequest { authorization, ..get(&at("/a")) }).await.map_err(|e| e.to_string()).unwrap();
        assert_eq!(matches!(bench.asked()[1].authorization, Authorization::Bearer(_)), kept, "{location}");
    }
}

#[tokio::test]
async fn authorization_does_not_come_back_when_a_redirect_does() {
    let mut bench = answering(|request| match request.url.path() {
        "/a" => to(302, "https://other.example/b"),
        "/b" => to(302, "https://api.personio.de/c"),
        _ => ok(""),
    });
    let authorization = GuestAuthorization::Bearer(bench.secret.clone());
    bench.gateway.send(GuestRequest { authorization, ..get(&at("/a")) }).await.map_err(|e| e.to_string()).unwrap();
    assert!(matches!(bench.asked()[2].authorization, Authorization::None));
}

#[tokio::test]
async fn a_redirect_never_carries_a_secret_in_a_body_to_another_origin() {
    for status in [301, 302, 303, 307, 308] {
        let mut bench = answering(move |_| to(status, "https://other.example/"));
        let request = post(&at("/"), form(&bench.secret));
        let text = bench.denied(request).await;
        assert!(text.contains(OTHER), "{text}");
        assert_eq!(bench.asked().len(), 1);
    }
}

#[tokio::test]
async fn every_hop_is_judged_by_the_policy() {
    for target in [
        "http://169.254.169.254/latest",
        "http://api.personio.de/",
        "file:///etc/passwd",
        "https://me@api.personio.de/",
    ] {
        let mut bench = answering(move |_| to(302, target));
        bench.denied(get(&at("/"))).await;
        assert_eq!(bench.asked().len(), 1, "{target}");
    }
}

#[tokio::test]
async fn a_redirect_without_a_target_is_an_answer() {
    let mut bench = answering(|_| Inbound { status: 302, ..ok("x") });
    assert_eq!(bench.gateway.send(get(&at("/"))).await.map_err(|e| e.to_string()).unwrap().status, 302);
}

fn limit(result: Result<Inbound, HttpError>) -> Option<String> {
    match result {
        Ok(_) => None,
        Err(error @ HttpError::Limit { .. }) => Some(error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn redirects_are_followed_up_to_the_limit() {
    for (hops, past) in [(2, false), (3, true)] {
        let limits = HttpLimits { redirects: 2, ..HttpLimits::default() };
        let mut bench = bench(limits, Duration::ZERO, move |request| {
            let hop: u32 = request.url.path().trim_start_matches('/').parse().unwrap();
            if hop < hops { to(302, &format!("/{}", hop + 1)) } else { ok("end") }
        });
        let text = limit(bench.gateway.send(get(&at("/0"))).await);
        assert_eq!(text.is_some(), past, "{text:?}");
        assert!(text.is_none_or(|text| text.contains("`redirects` = 2")));
    }
}

#[tokio::test]
async fn requests_per_sync_are_limited() {
    let limits = HttpLimits { requests_per_sync: 2, ..HttpLimits::default() };
    let mut bench = bench(limits, Duration::ZERO, |_| ok(""));
    assert_eq!(limit(bench.gateway.send(get(&at("/"))).await), None);
    assert_eq!(limit(bench.gateway.send(get(&at("/"))).await), None);
    assert!(limit(bench.gateway.send(get(&at("/"))).await).unwrap().contains("`requests-per-sync` = 2"));
    assert_eq!((bench.asked().len(), bench.gateway.requests()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn requests_per_minute_are_limited_over_any_minute() {
    let limits = HttpLimits { requests_per_minute: 2, ..HttpLimits::default() };
    let mut bench = bench(limits, Duration::ZERO, |_| ok(""));
    assert_eq!(limit(bench.gateway.send(get(&at("/"))).await), None);
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(limit(bench.gateway.send(get(&at("/"))).await), None);
    tokio::time::advance(Duration::from_secs(29)).await;
    assert!(limit(bench.gateway.send(get(&at("/"))).await).unwrap().contains("`requests-per-minute` = 2"));
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(limit(bench.gateway.send(get(&at("/"))).await), None);
    assert!(limit(bench.gateway.send(get(&at("/"))).await).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_request_has_its_time_and_no_more() {
    for (delay, past) in [(999, false), (1001, true)] {
        let limits = HttpLimits { request_timeout: Duration::from_secs(1), ..HttpLimits::default() };
        let mut bench = bench(limits, Duration::from_millis(delay), |_| ok(""));
        let result = bench.gateway.send(get(&at("/"))).await;
        assert_eq!(matches!(result, Err(HttpError::TimedOut)), past);
    }
}

#[tokio::test]
async fn requests_are_limited_in_size() {
    // The URL is 24 bytes, the field `x: yy` and its line end 7.
    for (length, past) in [(69, false), (70, true)] {
        let limits = HttpLimits { request_bytes: 100, ..HttpLimits::default() };
        let mut bench = bench(limits, Duration::ZERO, |_| ok(""));
        let headers = vec![("x".into(), "yy".into())];
        let request = GuestRequest { headers, ..post(&at("/"), GuestBody::Bytes(vec![b'x'; length])) };
        let text = limit(bench.gateway.send(request).await);
        assert_eq!(text.is_some(), past, "{text:?}");
    }
}

#[tokio::test]
async fn answers_are_limited_in_size_even_if_a_transport_is_not() {
    for (length, past) in [(100, false), (101, true)] {
        let limits = HttpLimits { response_bytes: 100, ..HttpLimits::default() };
        let mut bench = bench(limits, Duration::ZERO, move |_| ok(&"x".repeat(length)));
        let result = bench.gateway.send(get(&at("/"))).await;
        assert_eq!(matches!(result, Err(HttpError::TooLarge(100))), past);
    }
}

#[tokio::test]
async fn header_fields_and_what_stands_in_secrets_places_count_as_an_answers_size() {
    for (limit, past) in [(100, false), (99, true)] {
        let limits = HttpLimits { response_bytes: limit, ..HttpLimits::default() };
        let headers = vec![("x-padding".to_owned(), "x".repeat(91))];
        let mut bench = bench(limits, Duration::ZERO, move |_| Inbound { headers: headers.clone(), ..ok("") });
        let result = bench.gateway.send(get(&at("/"))).await;
        assert_eq!(matches!(result, Err(HttpError::TooLarge(_))), past, "{limit}");
    }
    for (limit, past) in [(35, false), (34, true)] {
        let limits = HttpLimits { response_bytes: limit, ..HttpLimits::default() };
        let mut bench = bench(limits, Duration::ZERO, |_| ok("pw,pw,pw,pw"));
        // Shorter than what replaces it: the operator's, since no token may be.
        let _short = bench.vault.insert(SecretString::from("pw"), Vec::new());
        let result = bench.gateway.send(get(&at("/"))).await;
        assert_eq!(matches!(result, Err(HttpError::TooLarge(_))), past, "{limit}");
    }
}

#[tokio::test]
async fn a_vault_takes_only_so_many_tokens() {
    let counter = std::sync::atomic::AtomicU32::new(0);
    let mut bench = answering(move |_| {
        let number = counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        ok(&format!("{{\"token\":\"papi-t0ken-{number}\"}}"))
    });
    // One is the client secret.
    for _ in 1..MAX_SECRETS {
        bench.gateway.exchange(get(&at("/")), "/token").await.map_err(|e| e.to_string()).unwrap();
    }
    let result = bench.gateway.exchange(get(&at("/")), "/token").await;
    assert!(matches!(result, Err(HttpError::Denied(_))));
    assert_eq!(bench.vault.len(), MAX_SECRETS);
}
