//! Integrations: the list, the form, and what its buttons do.

mod buttons;
mod editing;
mod list;
mod saving;

pub use buttons::{delete, pause, preview, remove, resume, sync};
pub use editing::{change, create, edit, new};
pub use list::{last_run, list, rows, time};
pub use saving::{Saved, checked, save};
