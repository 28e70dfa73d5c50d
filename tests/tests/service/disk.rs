//! The disk is full.

use std::fs;

use connector_service::audit;
use serde_json::json;
use whole_system_tests::service_client::{Console, Options, Request, Service, Source, form, wait_for};

use super::HARNESS;

/// Whether this machine lets a process have a mount of its own.
fn can_mount() -> bool {
    let tried = std::process::Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
    tried.is_ok_and(|output| output.status.success())
}

#[test]
fn a_full_disk_says_so_loses_nothing_and_work_goes_on_when_there_is_room() {
    if !can_mount() {
        println!("not run: this machine gives no process a mount of its own, so no disk can be filled");
        return;
    }
    let source = Source::of(250);
    let mut service = Service::prepared(Options::new(HARNESS, &source.origin()));
    let disk = service.beside().join("disk");
    fs::create_dir(&disk).unwrap();
    let script = "mount -t tmpfs -o size=6m tmpfs \"$0\" && exec \"$@\"";
    service.options.before =
        ["unshare", "-rm", "sh", "-c", script, &disk.to_string_lossy()].map(str::to_owned).to_vec();
    service.move_to(&disk.join("data"));
    service.start_again();
    let console = Console::of(service);
    let customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let filler = console.service.data_within().parent().unwrap().join("filler");
    let fill = || {
        use std::io::Write as _;
        let mut file = fs::File::create(&filler).unwrap();
        for size in [1 << 16, 4096, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
    };
    for moment in ["read", "start"] {
        source.fault("slow-drip=60@1x*");
        let run = customer.begin(&integration, "sync");
        if moment == "read" {
            wait_for("reading", || Some(customer.run(&run)).filter(|run| run["phase"] == "read"));
        }
        fill();
        source.mend();
        // Everything that writes says what is wrong, and everything that reads still works.
        let answer = customer.api.post_json("/api/v1/integrations", &form("More", &source.origin()));
        assert_eq!((answer.status, &answer.json()["code"]), (503, &json!("disk-full")), "{answer:?}");
        let mut admin = customer.admin.clone();
        let page = admin.post(&format!("/integrations/{integration}/pause"), &[]);
        assert!(page.status == 503 && page.body.contains("disk"), "{page:?}");
        assert_eq!(admin.get("/integrations").status, 200);
        assert_eq!(console.wire.send(&Request::new("GET", "/healthz")).status, 200);
        wait_for("a word about the disk in the log", || console.service.said().contains("full").then_some(()));
        assert_eq!(customer.run(&run)["applied"], 0);
        fs::remove_file(&filler).unwrap();
        let ended = customer.ended(&run);
        assert!(["failed", "done", "needs-approval"].contains(&ended["verdict"].as_str().unwrap()), "{ended}");
        if ended["verdict"] == "failed" {
            assert!(ended["failures"].to_string().contains("full"), "{ended}");
            assert_eq!(ended["applied"], 0, "{ended}");
        }
        let (_, broken) = audit::read(&console.service.data_within().join("audit.jsonl")).unwrap();
        assert_eq!(broken, None, "the audit log");
    }
    let run = customer.done(&integration, "sync");
    assert!(["done", "needs-approval"].contains(&run["verdict"].as_str().unwrap()), "{run}");
    assert_eq!(customer.api.get("/api/v1/integrations").json().as_array().unwrap().len(), 1);
}
