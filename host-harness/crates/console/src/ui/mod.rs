//! The parts that pages are made of.

pub(crate) mod controls;
pub(crate) mod frame;
pub(crate) mod names;
pub(crate) mod pager;
pub(crate) mod parts;
pub(crate) mod progress;
pub(crate) mod remarks;
pub(crate) mod url;
