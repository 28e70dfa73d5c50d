//! The API's page: its tour is walked against a real service and a real stand-in, and its table is the service's own.

use std::fs;

use connector_service::web::routes::{ALL, Access};
use connector_settings::file::load_service;
use whole_system_tests::mock_process::MockProcess;
use whole_system_tests::service_client::{Options, Service};

use super::text::{block, page, section};
use super::walk::{HARNESS, ORIGIN, Step, compare, like_the_repository, steps, walk};

/// Where the service of the page answers.
const SERVICE: &str = "http://127.0.0.1:8420";

#[test]
fn the_tour_of_the_api_is_what_happens() {
    let page = page("docs/api.md");
    let steps = steps(section(&page, "A tour"));
    let [mock, serve, tour @ ..] = steps.as_slice() else { panic!("two blocks that start, and a tour") };
    let folder = tempfile::tempdir().unwrap();
    like_the_repository(folder.path());
    let [mock] = mock.commands.as_slice() else { panic!("the first block is the stand-in's") };
    let arguments: Vec<&str> = mock.strip_prefix("harness mock ").expect("the stand-in").split_whitespace().collect();
    let arguments: Vec<&str> = arguments.into_iter().take_while(|word| *word != "--port").collect();
    let stand_in = MockProcess::start(HARNESS, folder.path(), &arguments).unwrap();

    let [add, serve] = serve.commands.as_slice() else { panic!("a customer and the service") };
    walk(folder.path(), &[Step { commands: vec![add.clone()], shown: String::new() }], &[]);
    let rest = serve.strip_prefix("harness serve --data target/service").expect("the service");
    let component = folder.path().join("target/personio.wasm");
    let mut options = Options::bare(HARNESS);
    options.arguments = rest
        .split_whitespace()
        .map(|word| {
            word.replace(ORIGIN, &stand_in.origin).replace("target/personio.wasm", &component.display().to_string())
        })
        .collect();
    let mut service = Service::prepared(options);
    service.move_to(&folder.path().join("target/service"));
    service.start_again();

    let origin = format!("http://{}", service.address.lock().unwrap());
    let stand_ins = [(ORIGIN, stand_in.origin.as_str()), (SERVICE, origin.as_str())];
    let printed = walk(folder.path(), tour, &stand_ins);
    assert!(tour.iter().filter(|step| !step.shown.is_empty()).count() > 3, "the page shows answers");
    for (step, printed) in tour.iter().zip(&printed).filter(|(step, _)| !step.shown.is_empty()) {
        compare(step, printed);
    }
}

#[test]
fn the_paths_shown_are_the_routes() {
    let text = page("docs/api.md");
    let shown: Vec<&str> = section(&text, "Every path").lines().filter(|line| line.starts_with("| `")).collect();
    let there: Vec<String> = ALL
        .iter()
        .filter(|route| route.path.starts_with("/api/"))
        .map(|route| {
            let who = match route.access {
                Access::Public => "anybody",
                Access::User => "admins and operators",
                Access::Tenant => "admins; operators with `?tenant=ID`",
                Access::Operator => "operators",
            };
            format!("| `{}` | `{}` | {who} |", route.method, route.path)
        })
        .collect();
    assert_eq!(shown, there);
}

#[test]
fn the_settings_of_a_service_that_are_shown_load() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("service.toml");
    let text = page("docs/service.md");
    let shown = block(&text, "toml").replace("{ env = \"SMTP_PASSWORD\" }", "{ file = \"password\" }");
    fs::write(&path, shown).unwrap();
    fs::write(folder.path().join("password"), "a secret").unwrap();
    let settings = load_service(&path).unwrap();
    assert_eq!((settings.detail_days, settings.limits.memory_mib, settings.smtp.is_some()), (90, 256, true));
}
