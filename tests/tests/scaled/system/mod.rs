//! What the tests are about: a database, a queue, servers and workers, a source and a mail server.

mod gate;
mod post;
mod process;
mod sql;
mod stage;
mod whole;

pub use gate::{Gate, Moment};
pub use post::Post;
pub use process::Process;
pub use sql::Sql;
pub use stage::{READY, Setting, Stage};
