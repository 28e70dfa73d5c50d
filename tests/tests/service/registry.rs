//! Connectors from a registry: what is pulled, what of it is believed, and what is kept.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use whole_system_tests::component;
use whole_system_tests::service_client::{Api, Console, Options, Source, form};

use super::HARNESS;

const WASM: &str = "application/wasm";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

type Answers = Arc<Mutex<HashMap<String, (String, Vec<u8>)>>>;

/// A registry on loopback: paths, and what is answered to them.
struct Registry {
    address: String,
    answers: Answers,
    asked: Arc<Mutex<Vec<String>>>,
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// A component with other bytes that does the same: a custom section more.
fn another(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0, 6, 4][..], b"note", b"x"].concat()
}

fn manifest(layers: &Value) -> Value {
    json!({ "schemaVersion": 2, "mediaType": MANIFEST, "layers": layers })
}

fn layer(bytes: &[u8]) -> Value {
    json!({ "mediaType": WASM, "digest": digest(bytes), "size": bytes.len() })
}

impl Registry {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (answers, asked) = (Answers::default(), Arc::<Mutex<Vec<String>>>::default());
        let (known, seen) = (Arc::clone(&answers), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (known, seen) = (Arc::clone(&known), Arc::clone(&seen));
                std::thread::spawn(move || serve(&stream.unwrap(), &known, &seen));
            }
        });
        Self { address, answers, asked }
    }

    fn answer(&self, path: &str, head: &str, body: impl Into<Vec<u8>>) {
        self.answers.lock().unwrap().insert(path.to_owned(), (head.to_owned(), body.into()));
    }

    /// Puts a manifest under a tag.
    fn tag(&self, tag: &str, manifest: &Value) {
        self.answer(&format!("/v2/personio/manifests/{tag}"), "200 OK", manifest.to_string());
    }

    /// Puts a component under a tag and under its digests; gives the manifest's.
    fn push(&self, tag: &str, bytes: &[u8]) -> String {
        let manifest = manifest(&json!([layer(bytes)]));
        let pinned = digest(manifest.to_string().as_bytes());
        self.tag(tag, &manifest);
        self.tag(&pinned, &manifest);
        self.answer(&format!("/v2/personio/blobs/{}", digest(bytes)), "200 OK", bytes);
        pinned
    }

    fn reference(&self, tag: &str) -> String {
        format!("oci://{}/personio:{tag}", self.address)
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn serve(stream: &TcpStream, answers: &Answers, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let (mut path, mut authorization, mut line) = (String::new(), String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if path.is_empty() {
            line.split(' ').nth(1).unwrap().clone_into(&mut path);
        } else if let Some(value) = line.to_ascii_lowercase().strip_prefix("authorization: ") {
            value.trim().clone_into(&mut authorization);
        }
        line.clear();
    }
    asked.lock().unwrap().push(format!("{path} {authorization}").trim_end().to_owned());
    let found = answers.lock().unwrap().get(&format!("{path} {authorization}")).cloned();
    let found = found.or_else(|| answers.lock().unwrap().get(&path).cloned());
    let (head, body) = found.unwrap_or_else(|| ("404 Not Found".to_owned(), Vec::new()));
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let mut stream = stream;
    // Who has read enough does not wait for the rest.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

#[test]
fn a_connector_from_a_registry_is_pinned_and_kept_and_a_tag_that_moves_changes_nothing_by_itself() {
    let (source, registry) = (Source::of(12), Registry::start());
    let original = fs::read(component()).unwrap();
    let pinned = registry.push("1", &original);
    let options = Options::bare(HARNESS).argument("--connector", &registry.reference("1"));
    let mut console = Console::start(options.argument("--allow-origin", &source.origin()));
    let customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    assert_eq!(customer.done(&integration, "sync")["verdict"], "done");
    // The operator sees what it is; an admin sees no address inside the platform.
    let shown = console.api.get("/api/v1/connectors").json()[0].clone();
    assert_eq!(shown["source"], json!(format!("{}@{pinned}", registry.reference("1"))));
    assert_eq!(format!("sha256:{}", shown["digest"].as_str().unwrap()), digest(&original));
    assert!(customer.api.get("/api/v1/connectors").json()[0].get("source").is_none());
    let page = console.operator.get("/operator/connectors");
    assert!(page.body.contains(&pinned) && page.body.contains("not checked"), "{page:?}");
    // The tag moves: a restart asks nobody.
    let asked = registry.asked();
    registry.push("1", &another(&original));
    console.service.stop();
    console.service.start_again();
    assert_eq!(customer.done(&integration, "sync")["verdict"], "done");
    assert_eq!((registry.asked(), &console.api.get("/api/v1/connectors").json()[0]), (asked, &shown));
    // What is kept goes wrong: it is pulled again, by its digest.
    let folder = console.service.data().join("connectors");
    let kept = || fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let file = kept().pop().unwrap();
    for (code, spoil) in [("connector-missing", None), ("connector-changed", Some("\0asm"))] {
        fs::remove_file(&file).unwrap();
        if let Some(bytes) = spoil {
            fs::write(&file, bytes).unwrap();
        }
        let run = customer.done(&integration, "sync");
        assert_eq!((&run["verdict"], &run["failures"][0]["code"]), (&json!("failed"), &json!(code)), "{run}");
        assert!(console.operator.get("/operator/connectors").body.contains("Fetch again"));
        assert_eq!(console.operator.post("/operator/connectors/personio/accept", &[]).status, 303);
        assert_eq!(customer.done(&integration, "sync")["verdict"], "done");
        assert_eq!(fs::read(&file).unwrap(), original);
    }
    // An operator adds the tag again: what it names now is taken in, and what it named is gone.
    let added = console.operator.post("/operator/connectors", &[("path", &registry.reference("1"))]);
    assert_eq!(added.status, 303, "{added:?}");
    assert_ne!(console.api.get("/api/v1/connectors").json()[0]["digest"], shown["digest"]);
    assert_eq!(fs::read(kept().pop().unwrap()).unwrap(), another(&original));
    assert_eq!((kept().len(), customer.done(&integration, "sync")["verdict"].clone()), (1, json!("done")));
    // The same by the API, with the old one's digest.
    let by_digest = format!("oci://{}/personio@{pinned}", registry.address);
    let added = console.api.post_json("/api/v1/connectors", &json!({ "source": by_digest }));
    assert_eq!((added.status, &added.json()["digest"]), (201, &shown["digest"]), "{added:?}");
    assert_eq!(customer.done(&integration, "sync")["verdict"], "done");
    // Removed with what was kept.
    assert_eq!(console.operator.post("/operator/connectors/personio/remove", &[]).status, 303);
    assert_eq!(kept().len(), 0);
    assert_eq!(customer.api.post_json("/api/v1/integrations", &form("Another", &source.origin())).status, 422);
}

#[test]
fn a_registry_that_asks_for_a_token_gives_one_to_everybody_or_says_that_it_does_not() {
    let registry = Registry::start();
    let original = fs::read(component()).unwrap();
    let pinned = registry.push("1", &original);
    let paths = ["/v2/personio/manifests/1".to_owned(), format!("/v2/personio/blobs/{}", digest(&original))];
    for path in &paths {
        let (head, body) = registry.answers.lock().unwrap().remove(path).unwrap();
        registry.answer(&format!("{path} bearer everybodys"), &head, body);
        let realm = format!("Bearer realm=\"http://{}/token\",service=\"registry\"", registry.address);
        registry.answer(path, &format!("401 Unauthorized\r\nwww-authenticate: {realm}"), "");
    }
    let token = "/token?service=registry&scope=repository%3Apersonio%3Apull";
    registry.answer(token, "200 OK", json!({ "access_token": "everybodys" }).to_string());
    let console = Console::start(Options::bare(HARNESS));
    let add = || console.api.post_json("/api/v1/connectors", &json!({ "source": registry.reference("1") }));
    let added = add();
    assert_eq!(added.status, 201, "{added:?}");
    assert!(added.json()["source"].as_str().unwrap().ends_with(&pinned));
    // One token for the manifest and the layer.
    let asked = registry.asked.lock().unwrap().clone();
    assert_eq!(asked.iter().filter(|path| path.starts_with("/token")).count(), 1, "{asked:?}");
    registry.answer(token, "403 Forbidden", "");
    let refused = add();
    assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("connector-not-fetched")), "{refused:?}");
    assert!(refused.body.contains("does not give") && refused.body.contains("add it as a file"), "{refused:?}");
}

/// What an operator is told when this is added.
fn refusal(api: &Api, reference: &str) -> (String, String) {
    let answer = api.post_json("/api/v1/connectors", &json!({ "source": reference }));
    assert_eq!(answer.status, 422, "{reference}: {answer:?}");
    let problem = answer.json();
    (problem["code"].as_str().unwrap().to_owned(), problem["detail"].as_str().unwrap().to_owned())
}

#[test]
fn what_cannot_be_used_of_a_registry_is_refused_with_its_reason() {
    let registry = Registry::start();
    let mut console = Console::start(Options::bare(HARNESS));
    let (bytes, address) = (b"not wasm".to_vec(), &registry.address);
    registry.push("text", &bytes);
    registry.tag("nonsense", &json!("nonsense"));
    registry.tag("index", &json!({ "schemaVersion": 2, "manifests": [] }));
    registry.tag("two", &manifest(&json!([layer(&bytes), layer(&bytes)])));
    registry.tag("none", &manifest(&json!([])));
    let with = |key: &str, value: Value| {
        let mut layer = layer(&bytes);
        layer[key] = value;
        manifest(&json!([layer]))
    };
    registry.tag("tar", &with("mediaType", json!("application/vnd.oci.image.layer.v1.tar+gzip")));
    registry.tag("large", &with("size", json!(1_u64 << 40)));
    registry.tag("odd", &with("digest", json!("md5:0")));
    let other = digest(b"other");
    registry.tag("other", &with("digest", json!(other)));
    registry.answer(&format!("/v2/personio/blobs/{other}"), "200 OK", bytes.clone());
    let longer = digest(b"longer");
    registry.tag("longer", &with("digest", json!(longer)));
    registry.answer(&format!("/v2/personio/blobs/{longer}"), "200 OK", vec![b'x'; 1 << 20]);
    let moved = |tag: &str, to: &str| {
        registry.answer(&format!("/v2/personio/manifests/{tag}"), &format!("307 Moved\r\nlocation: {to}"), "");
    };
    moved("open", "http://registry.example/manifest");
    moved("inside", "https://10.0.0.1/manifest");
    moved("round", "/v2/personio/manifests/round");
    registry.answer("/v2/personio/manifests/broken", "500 Broken", "");
    registry.answer(&format!("/v2/personio/manifests/{other}"), "200 OK", "{}");
    for (tag, says) in [
        ("nowhere", "the registry has no oci://"),
        ("nonsense", "its manifest is not one of OCI's"),
        ("index", "it is an index of several artifacts"),
        ("two", "it has 2 layers and not one"),
        ("none", "it has 0 layers and not one"),
        ("tar", "its layer has the type \"application/vnd.oci.image.layer.v1.tar+gzip\""),
        ("large", "is 1099511627776 bytes long; a component may be"),
        ("odd", "its layer's digest is not one of SHA-256"),
        ("other", &format!("has the digest {}, and not {other}", digest(&bytes))),
        ("longer", "larger than the limit"),
        ("open", "it points to an address without TLS"),
        ("inside", "private address"),
        ("round", "it points from place to place"),
        ("broken", "it answers with status 500"),
    ] {
        let (code, detail) = refusal(&console.api, &registry.reference(tag));
        assert_eq!(code, "connector-not-fetched", "{tag}: {detail}");
        assert!(detail.contains(says), "{tag}: {detail}");
    }
    let (_, detail) = refusal(&console.api, &format!("oci://{address}/personio@{other}"));
    assert!(detail.contains("has the digest") && detail.contains("Do not use it"), "{detail}");
    let (_, detail) = refusal(&console.api, "oci://127.0.0.1:1/personio:1");
    assert!(detail.contains("the registry 127.0.0.1:1 cannot be used"), "{detail}");
    let (_, detail) = refusal(&console.api, "oci://registry.example/Personio");
    assert!(detail.contains("its repository is not lower-case words"), "{detail}");
    // What came is what was asked for, and it is no component.
    let (code, detail) = refusal(&console.api, &registry.reference("text"));
    assert_eq!(code, "contract-mismatch", "{detail}");
    assert!(detail.contains("this is not a component"), "{detail}");
    // The same on the page, beside what was entered.
    let page = console.operator.post("/operator/connectors", &[("path", &registry.reference("nowhere"))]);
    assert_eq!(page.status, 422, "{page:?}");
    assert!(page.body.contains("the registry has no oci://") && page.body.contains("Check its name and tag"));
    // Nothing of it stays.
    assert!(!console.service.data().join("connectors").exists());
    assert_eq!(console.api.get("/api/v1/connectors").json(), json!([]));
}
