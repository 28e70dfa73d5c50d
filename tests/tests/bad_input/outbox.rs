//! A mail that cannot be delivered changes nothing about the sync: it stays applied, and the mail stays queued.

use std::fs;

use super::{civil, desk, errors};

#[test]
fn an_unwritable_outbox_keeps_the_mails_until_the_next_run() {
    let desk = desk();
    // A file in the folder's place: even a privileged user cannot write below it.
    desk.write("outbox", "taken");
    let ran = desk.replay("sync", &[]);
    civil("outbox", &ran);
    assert!(ran.stdout.contains("done, the plan was applied."), "{}", ran.stdout);
    assert_eq!(
        errors(&ran),
        "error: 3 of 3 mails stay queued, and the next run tries them again; what the run wrote is kept. The first failed \
         because the outbox folder outbox cannot be written (File exists (os error 17)); make it writable or name another \
         with --outbox"
    );
    assert_eq!(ran.code, Some(1), "the exit code says that not all is well");
    let shown = desk.harness(&["directory", "show", "--directory", "accounts.db"]).stdout;
    assert!(shown.contains("jonas.albrecht@acme.example"), "the sync stays applied: {shown}");

    fs::remove_file(desk.path("outbox")).expect("it was there");
    let ran = desk.replay("sync", &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("done, nothing left to do."), "{}", ran.stdout);
    let mails = desk.files("outbox");
    let count = |kind: &str| mails.keys().filter(|name| name.starts_with(kind)).count();
    assert_eq!((count("summary."), count("invitation.")), (2, 2), "{:?}", mails.keys());
}
