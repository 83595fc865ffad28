//! Elaboration: the whole hierarchy is looked at together.

mod clocks;
mod domains;
mod flatten;
mod order;
mod shapes;

use std::sync::Arc;

use crate::error::Errors;
use crate::module::Module;

pub(crate) use clocks::ClockSource;
pub(crate) use flatten::{Child, Flat};
pub(crate) use shapes::Shapes;

/// A checked hierarchy: ready to be simulated and to be written as Verilog.
pub struct Design {
    pub(crate) top: Arc<Module>,
    pub(crate) flat: Flat,
    pub(crate) shapes: Shapes,
}

impl Design {
    /// Checks what only shows in the whole: combinational loops across modules, clocks that
    /// lead nowhere, data that slips from one clock to another, models that do not fit their cell, and names shared by different shapes.
    pub fn elaborate(top: &Arc<Module>) -> Result<Design, Errors> {
        let shapes = shapes::collect(top)?;
        let mut flat = Flat::new(top)?;
        flat.clocks = clocks::resolve(&flat)?;
        flat.order = order::sort(&flat)?;
        domains::check(&flat)?;
        Ok(Design { top: Arc::clone(top), flat, shapes })
    }

    /// The module at the top.
    pub fn top(&self) -> &Arc<Module> {
        &self.top
    }

    /// The distinct modules, children before parents.
    pub fn modules(&self) -> &[Arc<Module>] {
        &self.shapes.modules
    }
}
