//! Reports panics to the host.

use std::sync::Once;

use crate::bindings::elearnio::connector::log;

/// Reports panics to the log, from now on: on this target their text is lost otherwise. Call it first in `describe` and in
/// `configure`.
///
/// Only a panic's place is reported, because its message can quote a value.
pub fn report() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
            log::write(log::Level::Error, &format!("panicked at {place}"));
        }));
    });
}
