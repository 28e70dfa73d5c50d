//! What needs a browser.

mod gallery;
mod site;
mod tools;
