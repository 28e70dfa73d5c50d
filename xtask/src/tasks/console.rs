//! `cargo xtask console`: the service and a stand-in for Personio on this machine, with one customer set up as far as the form.
//!
//! Everything is made anew each time, so that the reader begins where the customer's admin does.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::files;
use crate::shell;
use crate::tasks::{build, demo};
use crate::workspace::Workspace;

/// Where the service keeps its data, new each time; from the repository's folder.
const FOLDER: &str = "target/console";
/// The port that the service listens on, unless somebody else does.
const PORT: u16 = 8420;
/// The company that the stand-in invents: the accounts in the fixture are some of its people.
const PEOPLE: &str = "120";

/// A program that ends with this one.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Builds everything, starts both, and waits for Ctrl-C.
///
/// # Errors
/// When something does not build or start.
pub fn run(workspace: &Workspace) -> Result<()> {
    build::run(workspace)?;
    shell::step("Building the harness", || {
        shell::run(workspace.cargo("build").args(["--package", "harness", "--bin", "harness"]))
    })?;
    files::empty_folder(&workspace.root.join(FOLDER))?;
    let harness = || {
        let mut command = Command::new(demo::harness_file(workspace));
        command.current_dir(&workspace.root).stdin(Stdio::null());
        command
    };
    let listen = format!("127.0.0.1:{}", free_port()?);
    let mut mock = harness();
    mock.args(["mock", "--company", PEOPLE, "--port", "0"]).stdout(Stdio::piped());
    let (_mock, personio) = start(&mut mock, "Standing in for Personio at ")?;
    let accounts = "tests/fixtures/console/accounts.json";
    let mut tenant = harness();
    tenant.args(["tenant", "add", "Rotor AG", "--email", "admin@rotor.example", "--data", FOLDER, "--listen", &listen]);
    let admin = shell::quiet_output(tenant.args(["--accounts", accounts]))?;
    let mut serve = harness();
    serve.args(["serve", "--data", FOLDER, "--listen", &listen, "--connector", "target/personio.wasm"]);
    serve.args(["--allow-origin", &personio]).stdout(Stdio::piped());
    let (mut service, _) = start(&mut serve, "The service is at ")?;
    println!("\n{}", welcome(admin.trim(), &personio));
    let status = service.0.wait().context("the service cannot be waited for")?;
    if status.success() { Ok(()) } else { bail!("the service ended: {status}") }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", PORT)).or_else(|_| TcpListener::bind(("127.0.0.1", 0)));
    Ok(listener.context("no port of this machine can be listened on")?.local_addr()?.port())
}

/// Starts a program, and waits for the line that says where it is; gives the address. What it prints after that is printed.
fn start(command: &mut Command, says: &str) -> Result<(Running, String)> {
    let shown = shell::show(command);
    let mut running = Running(command.spawn().with_context(|| format!("`{shown}` does not start"))?);
    let output = running.0.stdout.take().with_context(|| format!("`{shown}` has no output"))?;
    let mut lines = BufReader::new(output).lines();
    let first = lines.next().with_context(|| format!("`{shown}` ended at once"))??;
    let address = first.strip_prefix(says).and_then(|rest| rest.split_whitespace().next());
    let Some(address) = address.map(str::to_owned) else { bail!("`{shown}` said: {first}") };
    let is_service = says.starts_with("The service");
    // Read to its end even where it is not shown: a program whose output is not read blocks.
    std::thread::spawn(move || lines.map_while(Result::ok).filter(|_| is_service).for_each(|line| println!("{line}")));
    Ok((running, address))
}

/// What to do now.
fn welcome(link: &str, personio: &str) -> String {
    format!(
        "Open this link in a browser. It works once, and you choose a password:\n\n    {link}\n\n\
         Then press + New, and enter what the stand-in for Personio knows:\n\n    \
         Client ID      papi-mock-client\n    \
         Client secret  papi-mock-secret-that-opens-nothing\n    \
         Endpoint       {personio}\n\n\
         Mails become files in {FOLDER}; the page of a run shows its mail, too. Press Ctrl-C to end everything.\n"
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_accounts_of_the_console_are_json() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/console/accounts.json");
        let accounts: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        assert!(accounts["groups"].is_array() && accounts["accounts"].is_array());
    }

    #[test]
    fn a_program_that_says_something_else_is_named() {
        let mut command = Command::new("echo");
        let told =
            start(command.arg("nonsense").stdout(Stdio::piped()), "The service is at ").err().unwrap().to_string();
        assert_eq!(told, "`echo nonsense` said: nonsense");
    }
}
