//! The operator's pages: tenants and their users, connectors and what they may reach, runs across tenants, who works, the audit log.

mod connectors;
mod overview;
mod tenant;
mod tenants;
mod users;
mod work;

pub use connectors::{accept_connector, add, add_connector, connectors, grant_origins, remove_connector};
pub use overview::{audit, runs};
pub use tenant::{erase_tenant, export_tenant, open_tenant, set_limits, tenant};
pub use tenants::{add_tenant, name_mistake, tenants};
pub use users::{add_user, invite, links, new_link, remove_user};
pub use work::work;

/// Rows on a page.
const ROWS: u64 = 50;
