//! What needs a browser.

mod site;
mod tools;
