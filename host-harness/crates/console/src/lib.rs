//! The service's pages: pure functions from view models to HTML.

#![forbid(unsafe_code)]
