//! One tenant's session: what `configure` found out, and the credential.
//!
//! Each tenant has an instance of its own and a component is single-threaded, so the session is a thread-local, not a
//! resource the host would have to carry around.

use std::cell::RefCell;

use crate::bindings::elearnio::connector::types::{Directory, Mapping, Plan, Rejected, SourceRead};
use crate::bindings::exports::elearnio::connector::connector::{Connection, Error, Page, Settings};
use crate::codes;
use crate::config::Config;
use crate::personio::attributes::Visible;
use crate::personio::client::{self, Client};
use crate::personio::employees::Place;
use crate::problem::problem;

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

struct Session {
    config: Config,
    client: Client,
    visible: Visible,
}

/// The contract's `configure`. A call that fails leaves the instance not configured.
pub fn configure(settings: Settings) -> Result<Connection, Error> {
    SESSION.take();
    let config = Config::check(&settings).map_err(Error::InvalidSettings)?;
    let mut client = Client::new(settings.client_id.trim().to_owned(), settings.client_secret);
    let visible = client.attributes(&config)?;
    let connection = Connection { hidden: visible.hidden() };
    SESSION.set(Some(Session { config, client, visible }));
    Ok(connection)
}

/// The contract's `fetch-page`.
pub fn fetch_page(cursor: Option<&str>) -> Result<Page, Error> {
    SESSION.with_borrow_mut(|session| {
        let session = session.as_mut().ok_or(Error::NotConfigured)?;
        let place = Place::of(cursor).ok_or_else(client::invalid_cursor)?;
        session.client.employees(&session.config, &session.visible, place)
    })
}

/// The contract's `map-employee`.
pub fn map_employee(employee: &str) -> Result<Mapping, Rejected> {
    SESSION.with_borrow(|session| match session {
        Some(session) => crate::mapping::map(employee, &session.visible.flag, &session.config),
        None => Err(Rejected {
            employee: None,
            problem: problem(
                codes::NOT_CONFIGURED,
                None,
                "The connector is not configured.",
                "Call `configure` first.",
            ),
        }),
    })
}

/// The contract's `plan-actions`.
pub fn plan_actions(source: SourceRead, target: Directory) -> Result<Plan, Error> {
    SESSION.with_borrow(|session| match session {
        Some(session) => Ok(crate::plan::plan_from(source, target, session.config.form.options)),
        None => Err(Error::NotConfigured),
    })
}
