//! What the host calls of a component: what every connector exports, and `pages`, where one offers it.
//!
//! Looked up by name once for each component, and by index for each instance.

use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use crate::contract::{Paging, PagingIndices, Plugin, PluginIndices};

use super::component::{CONTRACT_VERSION, PACKAGE};
use super::guest::Guest;
use super::host::shape;

/// A component, linked, and where its exports are.
pub(super) struct Exports {
    pre: InstancePre<Guest>,
    plugin: PluginIndices,
    paging: Option<PagingIndices>,
}

impl Exports {
    /// Looks the exports up.
    ///
    /// # Errors
    /// When one is missing that every connector has, or `pages` is not the contract's.
    pub fn of(pre: InstancePre<Guest>) -> wasmtime::Result<Self> {
        let plugin = PluginIndices::new(&pre)?;
        let pages = pre.component().get_export_index(None, &*format!("{PACKAGE}/pages@{CONTRACT_VERSION}"));
        let paging = pages.map(|_| PagingIndices::new(&pre)).transpose()?;
        Ok(Self { pre, plugin, paging })
    }

    /// True if the component maps whole pages in one call.
    pub const fn maps_pages(&self) -> bool {
        self.paging.is_some()
    }

    /// Starts an instance.
    ///
    /// # Errors
    /// When it does not start, or an export is not what the contract says it is.
    pub async fn start(&self, store: &mut Store<Guest>) -> wasmtime::Result<Functions> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        // A name that fits, and a type that does not, are the contract's matter and not this call's.
        Functions::load(store, &instance, self).map_err(|error| shape(&error).into())
    }
}

/// An instance's functions.
pub(super) struct Functions {
    /// What every connector has.
    pub plugin: Plugin,
    /// `pages`, if this one has it.
    pub paging: Option<Paging>,
}

impl Functions {
    fn load(store: &mut Store<Guest>, instance: &Instance, exports: &Exports) -> wasmtime::Result<Self> {
        let plugin = exports.plugin.load(&mut *store, instance)?;
        let paging = exports.paging.as_ref().map(|paging| paging.load(&mut *store, instance)).transpose()?;
        Ok(Self { plugin, paging })
    }
}
