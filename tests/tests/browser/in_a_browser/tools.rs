//! The tools themselves, on pages with known faults: a tool that finds nothing would pass every page.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use whole_system_tests::browser::{Chromium, Focus, Key, Role, Viewport};

use super::site;

#[tokio::test]
async fn a_page_is_used_by_the_names_that_are_on_it() -> Result<()> {
    let origin = site::start().await?;
    let chromium = Chromium::new("tools-names").language("de-AT,de");
    chromium
        .run(async |browser| {
            browser.goto(&origin).await?;
            assert_eq!(browser.title().await?, "A good page");
            assert_eq!(browser.names(Role::Heading).await?, ["Integrations"]);
            browser.click("Start").await?;
            browser.see("It runs").await?;
            browser.find(Role::Button, "Stop").await?;
            browser.click_within("#two", "Edit").await?;
            browser.see("The second row").await?;
            browser.see_no_more("It runs").await?;
            browser.fill("Name of the integration", "old").await?;
            browser.fill("Name of the integration", "Müller & Söhne").await?;
            assert_eq!(browser.value("Name of the integration").await?, "Müller & Söhne");
            browser.choose("Every", "day").await?;
            browser.click("Save").await?;
            browser.see("language de-AT,de").await?;
            browser.be_at("/echo?name=M%C3%BCller+%26+S%C3%B6hne&every=d").await
        })
        .await
}

#[tokio::test]
async fn a_page_is_used_by_keyboard_alone() -> Result<()> {
    let origin = site::start().await?;
    Chromium::new("tools-keyboard")
        .run(async |browser| {
            browser.goto(&origin).await?;
            browser.tab_to(Role::Field, "Name of the integration").await?;
            browser.type_text("né").await?;
            browser.tab_to(Role::Field, "Every").await?;
            browser.press(&[Key::Down]).await?;
            let focus = browser.tab_to(Role::Button, "Save").await?;
            assert_eq!(focus, Focus { role: "button".to_owned(), name: "Save".to_owned() });
            browser.tab_to(Role::Button, "Start").await?;
            browser.press_with(Key::Shift, Key::Tab).await?;
            assert_eq!(browser.focus().await?.name, "Save");
            browser.press(&[Key::Enter]).await?;
            browser.be_at("/echo?name=n%C3%A9&every=d").await?;
            browser.goto(&format!("{origin}/bad")).await?;
            let unseen = browser.tab_to(Role::Button, "Unseen").await.expect_err("it has no outline").to_string();
            assert!(unseen.contains("button `Unseen`"), "{unseen}");
            browser.reload().await?;
            let nowhere = browser.tab_to(Role::Button, "Save").await.expect_err("it is on another page").to_string();
            assert!(
                nowhere.contains("never reached Button `Save`") && nowhere.contains("button `Unseen`"),
                "{nowhere}"
            );
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_page_is_looked_at_in_each_window_colour_and_without_scripts() -> Result<()> {
    let origin = site::start().await?;
    Chromium::new("tools-view")
        .run(async |browser| {
            browser.look_through(Viewport::Phone).await?;
            browser.goto(&origin).await?;
            browser.see("Scripts are on").await?;
            assert_eq!(browser.script("return [innerWidth, innerHeight]").await?, serde_json::json!([390, 844]));
            assert_eq!(browser.overflow().await?, [""; 0]);
            assert!(!browser.text().await?.contains("Dark colours"));
            browser.prefer_dark(true).await?;
            browser.see("Dark colours").await?;
            browser.allow_scripts(false).await?;
            browser.look_through(Viewport::Desktop).await?;
            browser.reload().await?;
            browser.see("Scripts are off").await?;
            browser.see("Dark colours").await?;
            browser.fill("Name of the integration", "without").await?;
            browser.click("Save").await?;
            browser.see("query name=without").await?;
            browser.allow_scripts(true).await?;
            browser.goto(&format!("{origin}/bad")).await?;
            assert_eq!(browser.script("return innerWidth").await?, 1280);
            assert_eq!(browser.overflow().await?, ["div#wide"]);
            let picture = fs::read(browser.screenshot("tools-view").await?)?;
            assert!(picture.starts_with(b"\x89PNG"));
            Ok(())
        })
        .await
}

#[tokio::test]
async fn axe_finds_what_keeps_people_out_and_nothing_on_a_good_page() -> Result<()> {
    let origin = site::start().await?;
    Chromium::new("tools-axe")
        .run(async |browser| {
            browser.goto(&origin).await?;
            browser.ensure_accessible().await?;
            browser.goto(&format!("{origin}/bad")).await?;
            let violations = browser.axe().await?;
            let found: Vec<&str> = violations.iter().map(|violation| violation.id.as_str()).collect();
            for id in ["html-has-lang", "image-alt", "label", "color-contrast"] {
                assert!(found.contains(&id), "{id} is not among {found:?}");
            }
            let text = browser.ensure_accessible().await.expect_err("a bad page").to_string();
            for part in
                ["/bad keeps people out", "image-alt (critical)", "Fix any of the following", "name=\"nameless\""]
            {
                assert!(text.contains(part), "{part}: {text}");
            }
            Ok(())
        })
        .await
}

#[tokio::test]
async fn what_the_console_holds_fails_a_test_that_did_not_expect_it() -> Result<()> {
    let origin = site::start().await?;
    let visit = async |path: &str, expected: &[&str]| {
        let chromium = Chromium::new("tools-console");
        let run = chromium.run(async |browser| {
            for part in expected {
                browser.expect_in_console(part);
            }
            browser.goto(&format!("{origin}{path}")).await
        });
        run.await.map_err(|error| error.to_string())
    };
    let refused = visit("/refused", &[]).await.expect_err("an inline script");
    assert!(refused.contains("Content Security Policy"), "{refused}");
    let broken = visit("/broken", &[]).await.expect_err("a script that throws, and a picture from elsewhere");
    assert!(broken.contains("it is broken") && broken.contains("elsewhere.example"), "{broken}");
    let missing = visit("/no-such-page", &[]).await.expect_err("a page that is not there");
    assert!(missing.contains("404"), "{missing}");
    visit("/no-such-page", &["404"]).await.map_err(anyhow::Error::msg)
}

#[tokio::test]
async fn a_failed_test_shows_its_page() -> Result<()> {
    let origin = site::start().await?;
    let chromium = Chromium::new("tools-failed").patience(Duration::from_millis(200));
    let failed = chromium.run(async |browser| {
        browser.goto(&origin).await?;
        let ambiguous = browser.click("Edit").await.expect_err("there are two");
        assert!(format!("{ambiguous:#}").contains("2 are called so"), "{ambiguous:#}");
        browser.click("Delete").await
    });
    let error = failed.await.expect_err("there is no such button").to_string();
    for part in [
        "waited in vain for `Delete`",
        "`Save`, `Start`",
        "Title: A good page",
        "Scripts are on",
        "failed-tools-failed.png",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    Ok(())
}

#[test]
fn nothing_is_left_of_a_browser_however_its_test_ends() {
    let (send, profile) = std::sync::mpsc::channel();
    let test = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let run = Chromium::new("tools-ended").run(async |browser| -> Result<()> {
            let chrome = browser.client().capabilities().and_then(|all| all.get("chrome")).expect("what it is");
            let folder = chrome["userDataDir"].as_str().expect("its profile").to_owned();
            assert!(processes_with(&folder) > 0, "the browser runs");
            send.send(folder).expect("somebody waits");
            panic!("on purpose")
        });
        runtime.block_on(run)
    });
    let profile = profile.recv().expect("the browser started");
    assert!(test.join().is_err(), "it panicked");
    assert!(!std::path::Path::new(&profile).exists(), "{profile} is left");
    assert_eq!(processes_with(&profile), 0, "a process of the browser is left");
}

/// How many processes name this folder in their arguments.
fn processes_with(folder: &str) -> usize {
    let command_lines = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path().join("cmdline"));
    command_lines
        .filter(|file| fs::read(file).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(folder)))
        .count()
}
