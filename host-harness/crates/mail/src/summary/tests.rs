#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::summary;
use crate::testing::{golden, settings};
use connector_settings::Language;
use connector_sync::mail::Mail;
use connector_sync::run::{Done, Outcome, RunReport, RunVerdict};
use connector_sync::samples;

const LANGUAGES: [(Language, &str); 2] = [(Language::De, "de"), (Language::En, "en")];

fn mail(report: &RunReport, language: Language) -> Mail {
    summary(report, &settings(language), None)
}

#[test]
fn s26_every_kind_of_run_has_its_mail() {
    for (name, report) in samples::all() {
        for (language, suffix) in LANGUAGES {
            let mail = mail(&report, language);
            golden(&format!("{name}-{suffix}.txt"), &format!("{}\n\n{}", mail.subject, mail.text));
            golden(&format!("{name}-{suffix}.html"), &mail.html);
        }
    }
}

#[test]
fn s26_the_subject_has_verdict_date_errors_and_notices() {
    for (report, german, english) in [
        (
            samples::all_well(),
            "Synchronisierung abgeschlossen am 23.11.2026: 0 Fehler, 0 Hinweise (Personio-Integration)",
            "Sync completed on 23 Nov 2026: 0 errors, 0 notices (Personio-Integration)",
        ),
        (
            // Two people share an address, one address is taken, one record is empty, one step failed.
            samples::conflicts(),
            "Synchronisierung abgeschlossen am 23.11.2026: 5 Fehler, 2 Hinweise (Personio-Integration)",
            "Sync completed on 23 Nov 2026: 5 errors, 2 notices (Personio-Integration)",
        ),
        (
            samples::blocked(),
            "Synchronisierung angehalten am 23.11.2026: 1 Fehler, 0 Hinweise (Personio-Integration)",
            "Sync blocked on 23 Nov 2026: 1 error, 0 notices (Personio-Integration)",
        ),
    ] {
        assert_eq!(mail(&report, Language::De).subject, german);
        assert_eq!(mail(&report, Language::En).subject, english);
    }
}

#[test]
fn s26_what_to_do_comes_first_and_the_figures_second() {
    for (name, report) in samples::all() {
        let mail = mail(&report, Language::En);
        for part in [&mail.text, &mail.html] {
            let to_do = part.find("What to do now").unwrap();
            assert!(part.find("In figures").is_none_or(|figures| to_do < figures), "{name}");
        }
    }
}

#[test]
fn s26_a_list_stops_at_50_names() {
    for (language, _) in LANGUAGES {
        let mail = mail(&samples::many_names(), language);
        let more = if language == Language::De { "und 13 weitere" } else { "and 13 more" };
        for part in [&mail.text, &mail.html] {
            // Two lists: the people who are gone, and those who were invited.
            assert_eq!(part.matches("Person Nr. ").count() + part.matches("Person\n  Nr. ").count(), 100);
            assert_eq!(part.replace("\n  ", " ").matches(more).count(), 2);
        }
    }
}

#[test]
fn s26_no_mail_holds_a_gender() {
    for (name, report) in samples::all() {
        for (language, _) in LANGUAGES {
            let mail = mail(&report, language);
            for part in [&mail.subject, &mail.text, &mail.html] {
                assert!(!part.contains(samples::GENDER), "{name}");
            }
        }
    }
}

#[test]
fn s26_names_are_escaped_and_keep_to_their_line() {
    for (language, _) in LANGUAGES {
        let mail = mail(&samples::markup(), language);
        assert!(!mail.html.contains("<script") && !mail.html.contains("<b>"));
        assert!(mail.html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; (4712)"));
        assert_eq!(mail.text.lines().filter(|line| *line == "-- ").count(), 1);
        assert!(!mail.text.contains('\u{202e}') && !mail.html.contains('\u{202e}'));
        assert!(!mail.subject.contains(['\r', '\n']));
        assert!(mail.subject.ends_with("(Acme & <Söhne> Bcc: eve@evil.example)"));
    }
}

#[test]
fn s26_the_html_loads_nothing() {
    for (name, report) in samples::all() {
        let html = mail(&report, Language::De).html;
        for outside in ["http:", "https:", "src=", "href=", "url(", "@import"] {
            assert!(!html.contains(outside), "{name}: {outside}");
        }
    }
}

#[test]
fn s26_the_message_id_is_the_runs_and_tells_nothing() {
    let report = samples::all_well();
    let id = mail(&report, Language::De).message_id;
    assert_eq!(id, mail(&report, Language::En).message_id);
    let mut next = samples::all_well();
    next.run = "20261124T143000Z-0001".into();
    assert_ne!(id, mail(&next, Language::De).message_id);
    assert!(id.starts_with("summary.") && !id.contains("Personio"));
}

#[test]
fn s19_the_mail_says_how_to_approve_exactly_this_plan() {
    let mail = mail(&samples::needs_approval(), Language::En);
    let command = format!("--approve {}", samples::HASH);
    assert!(mail.text.contains(&command) && mail.html.contains(&command));
    assert!(mail.text.contains("Allowed without approval: 3. In this plan: 4."));
}

#[test]
fn s19_an_approved_plan_asks_for_no_approval_again() {
    let mut report = samples::needs_approval();
    report.verdict = RunVerdict::Done;
    let mail = mail(&report, Language::En);
    assert!(!mail.text.contains("--approve") && mail.text.contains("There is nothing you need to do."));
}

#[test]
fn an_unknown_code_is_shown_in_the_plugins_own_words() {
    let text = mail(&samples::failed(), Language::De).text;
    assert!(text.contains("* something new happened\n  Was zu tun ist: Ask the connector's makers."));
}

/// Every way in which the six actions of a run can turn out.
#[test]
fn s23_the_sums_agree_in_plan_result_and_mail_however_much_was_applied() {
    let mail = connector_settings::MailSettings {
        to: vec!["hr@acme.example".to_owned()],
        from: "sync@acme.example".to_owned(),
        language: Language::En,
        smtp: None,
    };
    for applied in 0_u32..64 {
        let mut report = samples::all_well();
        let is_applied = |index: usize| applied & (1 << index) != 0;
        let outcome = |index| if is_applied(index) { Outcome::Applied } else { Outcome::Stale };
        report.outcomes = (0..6).map(outcome).collect();
        // In the sample's order: create, link, update, supervisor, group, invitation; one of each, of which the
        // supervisor's is about somebody new.
        let [created, linked, updated, supervisors, group_additions, invitations] =
            [0, 1, 2, 3, 4, 5].map(|index| u64::from(is_applied(index)));
        let done = Done { created, linked, updated, supervisors, group_additions, invitations };
        assert_eq!(report.done(), Some(done), "{applied:06b}");
        let json = serde_json::to_value(connector_report::json::json(&report)).unwrap();
        assert_eq!(json["done"], serde_json::to_value(done).unwrap());
        assert_eq!(json["counts"]["created"], 1, "what was planned stays what it was");
        let text = summary(&report, &mail, None).text;
        assert_eq!(text.matches("0 of 1 planned").count(), (6 - applied.count_ones()) as usize, "{text}");
    }
}

#[test]
fn s26_where_the_run_has_a_page_the_mail_links_to_it_and_names_no_option() {
    let url = "https://hr.platform.example/base/runs/20261127T060000Z-abc123?x=\"&y";
    for (language, button) in [(Language::De, "Lauf öffnen"), (Language::En, "Open the run")] {
        let mail = summary(&samples::needs_approval(), &settings(language), Some(url));
        assert!(mail.text.contains(&format!("\n{button}:\n{url}\n")), "{}", mail.text);
        let escaped = "<a href=\"https://hr.platform.example/base/runs/20261127T060000Z-abc123?x=&quot;&amp;y\"";
        assert!(mail.html.contains(escaped) && mail.html.contains(button), "{}", mail.html);
        assert!(!mail.text.contains("--approve") && !mail.html.contains("--approve"));
    }
}
