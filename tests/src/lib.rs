//! What the suites share. The suites themselves are in `tests/`, the guests they run in `guests/`.

pub mod guests;
