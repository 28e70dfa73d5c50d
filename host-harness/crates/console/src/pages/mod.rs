//! One function for each page.

mod account;
mod audit;
mod conflicts;
mod connectors;
mod entry;
mod error;
mod form;
mod history;
mod integrations;
mod operator_runs;
mod people;
mod plan;
mod run;
mod run_list;
mod states;
mod tenant;
mod tenants;
mod test_panel;
mod why;

pub use account::account;
pub use audit::audit;
pub use conflicts::conflicts;
pub use connectors::connectors;
pub use entry::{sign_in, welcome};
pub use error::error;
pub use form::form;
pub use history::history;
pub use integrations::integrations;
pub use operator_runs::operator_runs;
pub use people::people;
pub use run::run;
pub use tenant::tenant;
pub use tenants::tenants;
pub use test_panel::test_panel;
pub use why::why;
