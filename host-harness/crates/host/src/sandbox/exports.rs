//! What the host calls of a component: what every connector exports, and `batch`, where one offers it.
//!
//! Looked up by name once for each component, and by index for each instance. The generated bindings know only what every
//! connector has, so `batch` is looked up here.

use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, Func, Instance, InstancePre};

use crate::contract::{Mapping, Plugin, PluginIndices, Rejected};

use super::component::{CONTRACT_VERSION, PACKAGE};
use super::guest::Guest;
use super::guest_error::GuestError;
use super::host::shape;
use super::validate::MAP;

/// How many records go into one call. With more it would be hardly quicker, and the guest would hold more of them at once.
const BATCH: usize = 100;

/// What a record was mapped to.
type Mapped = Result<Mapping, Rejected>;

/// A component, linked, and where its exports are.
pub(super) struct Exports {
    pre: InstancePre<Guest>,
    plugin: PluginIndices,
    batch: Option<ComponentExportIndex>,
}

impl Exports {
    /// Looks the exports up.
    ///
    /// # Errors
    /// When one is missing that every connector has.
    pub fn of(pre: InstancePre<Guest>) -> wasmtime::Result<Self> {
        let plugin = PluginIndices::new(&pre)?;
        let component = pre.component();
        let batch = component.get_export_index(None, &*format!("{PACKAGE}/batch@{CONTRACT_VERSION}"));
        let in_batch = |batch| {
            let map = component.get_export_index(Some(&batch), "map-employees");
            map.ok_or_else(|| wasmtime::Error::msg("its `batch` has no function `map-employees`"))
        };
        Ok(Self { plugin, batch: batch.map(in_batch).transpose()?, pre })
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
    /// `batch.map-employees`, if this one has it.
    batch: Option<Func>,
}

impl Functions {
    fn load(store: &mut Store<Guest>, instance: &Instance, exports: &Exports) -> wasmtime::Result<Self> {
        let plugin = exports.plugin.load(&mut *store, instance)?;
        let batch = exports.batch.map(|index| load_batch(store, instance, index)).transpose()?;
        Ok(Self { plugin, batch })
    }

    /// How many records to map in one call.
    pub const fn at_once(&self) -> usize {
        if self.batch.is_some() { BATCH } else { 1 }
    }

    /// Maps records, an answer for each: one alone by `map-employee`, several by `batch` where the connector has it. Verdicts
    /// call both `map-employee`: to whoever reads them, it is the same work.
    ///
    /// # Errors
    /// What broke a call, or a verdict on its answer.
    pub async fn map(&self, store: &mut Store<Guest>, employees: &[&str]) -> wasmtime::Result<Vec<Mapped>> {
        match self.batch {
            Some(batch) if employees.len() > 1 => map_batch(batch, store, employees).await,
            _ => {
                let mut mapped = Vec::with_capacity(employees.len());
                for employee in employees {
                    let connector = self.plugin.elearnio_connector_connector();
                    mapped.push(connector.call_map_employee(&mut *store, employee).await?);
                }
                Ok(mapped)
            }
        }
    }
}

fn load_batch(store: &mut Store<Guest>, instance: &Instance, index: ComponentExportIndex) -> wasmtime::Result<Func> {
    let other = "its `batch.map-employees` is not the contract's";
    let batch = instance.get_func(&mut *store, index).ok_or_else(|| wasmtime::Error::msg(other))?;
    batch.typed::<(&[&str],), (Vec<Mapped>,)>(&*store).map_err(|error| error.context(other))?;
    Ok(batch)
}

async fn map_batch(batch: Func, store: &mut Store<Guest>, employees: &[&str]) -> wasmtime::Result<Vec<Mapped>> {
    // Checked when the instance started; a typed function of borrowed arguments cannot be kept.
    let batch = batch.typed::<(&[&str],), (Vec<Mapped>,)>(&*store)?;
    let (mapped,) = batch.call_async(store, (employees,)).await?;
    if mapped.len() == employees.len() {
        return Ok(mapped);
    }
    let what = format!("`batch.map-employees` gave {} answers for {} records", mapped.len(), employees.len());
    Err(GuestError::invalid_response(MAP, what).into())
}
