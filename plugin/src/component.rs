//! The exports: each hands over to the module that does the work.

use std::sync::Once;

use crate::bindings::elearnio::connector::log;
use crate::bindings::elearnio::connector::types::{Directory, Mapping, Plan, Rejected, SourceRead};
use crate::bindings::exports::elearnio::connector::connector::{Connection, Error, Guest, Page, Settings};
use crate::bindings::exports::elearnio::connector::manifest::{self, Description};
use crate::session;

struct Component;

impl manifest::Guest for Component {
    fn describe() -> Description {
        report_panics();
        crate::manifest::describe()
    }
}

impl Guest for Component {
    fn configure(settings: Settings) -> Result<Connection, Error> {
        report_panics();
        session::configure(settings)
    }

    fn fetch_page(cursor: Option<String>) -> Result<Page, Error> {
        session::fetch_page(cursor.as_deref())
    }

    fn map_employee(employee: String) -> Result<Mapping, Rejected> {
        session::map_employee(&employee)
    }

    fn plan_actions(source: SourceRead, target: Directory) -> Result<Plan, Error> {
        session::plan_actions(source, target)
    }
}

/// On this target a panic's text is lost unless the log gets it. Only its place is told: a message can quote a value.
fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
            log::write(log::Level::Error, &format!("the plugin panicked at {place}"));
        }));
    });
}

#[allow(unsafe_code, reason = "generated: the exports' ABI")]
mod exports {
    use super::Component;

    crate::bindings::export_plugin!(Component with_types_in crate::bindings);
}
