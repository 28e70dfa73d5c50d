//! What needs a browser.

mod gallery;
mod journey;
mod site;
mod tools;
