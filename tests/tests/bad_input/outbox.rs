//! A mail that cannot be delivered changes nothing about the sync: it stays applied, and the mail stays queued.

use std::fs;

use connector_mail::deliver::{Delivery as _, MailError, Smtp};
use connector_settings::{SmtpSecurity, SmtpSettings};
use connector_sync::mail::Mail;
use jiff::{SignedDuration, Timestamp};
use whole_system_tests::smtp_server::Sink;

use super::{civil, desk, errors};

/// RFC 5321, 4.2.3, with RFC 3463's word for it.
const UNKNOWN: &str = "550 5.1.1 no such reader";
const LATER: &str = "451 4.3.2 try again later";

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
    assert!(ran.stdout.contains("done, there is nothing left to do."), "{}", ran.stdout);
    let mails = desk.files("outbox");
    let count = |kind: &str| mails.keys().filter(|name| name.starts_with(kind)).count();
    assert_eq!((count("summary."), count("invitation.")), (2, 2), "{:?}", mails.keys());
}

#[test]
fn s16_a_dead_lettered_invitation_is_reported_once_and_goes_to_the_new_address() {
    let (desk, sink) = (desk(), Sink::start(&[("jonas.albrecht@", UNKNOWN)]));
    let settings = String::from_utf8(desk.read("settings.toml")).expect("UTF-8");
    desk.write("settings.toml", settings + &sink.settings());
    let invitations = || sink.delivered().into_keys().filter(|id| id.starts_with("invitation.")).count();

    let ran = desk.replay("sync", &[]);
    civil("unknown reader", &ran);
    assert!(ran.stdout.contains("done, the plan was applied."), "{}", ran.stdout);
    let told = "error: 1 of 3 mails cannot be delivered and are not tried again; what the run wrote is kept. ";
    assert!(errors(&ran).starts_with(told), "{}", ran.stderr);
    assert_eq!((ran.code, invitations()), (Some(1), 1));

    let ran = desk.replay("sync", &[]);
    assert_eq!(ran.code, Some(0), "one mail does not spoil every later run: {}", ran.stderr);
    let shown = desk.harness(&["directory", "show", "--directory", "accounts.db"]).stdout;
    assert!(shown.contains("mails: 0 queued, 3 delivered\ncannot be delivered: invitation."), "{shown}");
    assert!(shown.contains(" to jonas.albrecht@acme.example: the mail server "), "{shown}");

    desk.exchange(3, |exchange| {
        let people = exchange["response"]["json"]["data"].as_array_mut().expect("people");
        let jonas = people.iter_mut().find(|person| person["attributes"]["id"]["value"] == 4703).expect("Jonas");
        jonas["attributes"]["email"]["value"] = "j.albrecht@acme.example".into();
    });
    let ran = desk.replay("sync", &[]);
    assert_eq!((ran.code, invitations()), (Some(0), 2), "{}{}", ran.stdout, ran.stderr);
    let shown = desk.harness(&["directory", "show", "--directory", "accounts.db"]).stdout;
    assert!(shown.ends_with("mails: 0 queued, 5 delivered\n"), "{shown}");
}

#[test]
fn s26_a_summary_that_one_reader_may_still_get_stays_queued() {
    let (desk, sink) = (desk(), Sink::start(&[("left@", UNKNOWN), ("busy@", LATER), ("gone@", UNKNOWN)]));
    let settings = String::from_utf8(desk.read("settings.toml")).expect("UTF-8");
    let readers = "to = [\"left@acme.example\", \"busy@acme.example\", \"gone@acme.example\"]";
    let (before, after) = settings.split_once("to = ").expect("readers");
    let after = after.split_once('\n').map_or("", |(_, after)| after);
    desk.write("settings.toml", format!("{before}{readers}\n{after}{}", sink.settings()));

    let ran = desk.replay("sync", &[]);
    civil("busy reader", &ran);
    let told = "error: 1 of 3 mails stay queued, and the next run tries them again; what the run wrote is kept. ";
    assert!(errors(&ran).starts_with(told), "{}", ran.stderr);
    assert!(errors(&ran).contains("with code 451; it asks to try again later"), "{}", ran.stderr);
    assert_eq!(ran.code, Some(1));
}

#[tokio::test]
async fn s26_a_reader_who_asks_to_wait_holds_back_the_others_for_five_days_and_no_longer() {
    let sink = Sink::start(&[("busy@", LATER)]);
    let settings = SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port: sink.port(),
        security: SmtpSecurity::None,
        credentials: None,
    };
    let smtp = Smtp::new(&settings).expect("a server");
    let mail = |hours: i64| Mail {
        message_id: format!("summary.{hours}@acme.example"),
        from: "sync@acme.example".to_owned(),
        to: vec!["busy@acme.example".to_owned(), "well@acme.example".to_owned()],
        subject: "s".to_owned(),
        text: "t".to_owned(),
        html: "h".to_owned(),
        date: (Timestamp::now() - SignedDuration::from_hours(hours)).as_second(),
    };
    let waits = smtp.deliver(&mail(5 * 24 - 1)).await;
    assert!(matches!(waits, Err(MailError::Refused(_))), "both may get it in the next run: {waits:?}");
    assert!(sink.delivered().is_empty());
    smtp.deliver(&mail(5 * 24 + 1)).await.expect("one of them got it");
    assert_eq!(sink.delivered().into_keys().collect::<Vec<_>>(), ["summary.121@acme.example"]);
}
