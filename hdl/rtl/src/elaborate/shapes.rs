//! One module per distinct shape: equal modules are merged, different ones need different names.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Errors, RtlError};
use crate::module::body::{Instance, Target};
use crate::module::{BlackBox, Model, Module};

/// Distinct modules, children before parents, the models of cells apart from the others.
#[derive(Default)]
pub(crate) struct Shapes {
    pub(crate) modules: Vec<Arc<Module>>,
    pub(crate) models: Vec<Arc<Module>>,
    /// Every distinct cell and parameter set.
    pub(crate) cells: Vec<Arc<BlackBox>>,
}

pub(super) fn collect(top: &Arc<Module>) -> Result<Shapes, Errors> {
    let mut walk = Walk::default();
    walk.module(top, false);
    match walk.errors.is_empty() {
        true => Ok(walk.shapes),
        false => Err(Errors(walk.errors)),
    }
}

#[derive(Default)]
struct Walk {
    shapes: Shapes,
    by_name: HashMap<String, Arc<Module>>,
    errors: Vec<RtlError>,
}

impl Walk {
    fn module(&mut self, module: &Arc<Module>, model: bool) {
        if let Some(known) = self.by_name.get(&module.name) {
            if !Arc::ptr_eq(known, module) && !same_shape(known, module) {
                self.clash(&module.name);
            }
            return;
        }
        self.by_name.insert(module.name.clone(), Arc::clone(module));
        for instance in &module.body.instances {
            match &instance.target {
                Target::Module(inner) => self.module(inner, model),
                Target::Box(cell) => self.cell(cell),
            }
        }
        let list = if model { &mut self.shapes.models } else { &mut self.shapes.modules };
        list.push(Arc::clone(module));
    }

    fn cell(&mut self, cell: &Arc<BlackBox>) {
        let cells = &self.shapes.cells;
        let mut same_name = cells.iter().filter(|known| known.name == cell.name);
        let clash = same_name
            .clone()
            .any(|known| known.ports != cell.ports || known.verilog != cell.verilog);
        if clash {
            return self.clash(&cell.name);
        }
        if same_name.any(|known| known.params == cell.params) {
            return;
        }
        self.shapes.cells.push(Arc::clone(cell));
        if let Model::Module(model) = &cell.model {
            self.module(model, true);
        }
    }

    fn clash(&mut self, name: &str) {
        let error = RtlError::ShapeClash { name: name.to_owned() };
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}

fn same_shape(a: &Module, b: &Module) -> bool {
    let (left, right) = (&a.body, &b.body);
    a.ports == b.ports
        && a.doc == b.doc
        && left.nodes == right.nodes
        && left.nets == right.nets
        && left.registers == right.registers
        && left.memories == right.memories
        && left.instances.len() == right.instances.len()
        && left.instances.iter().zip(&right.instances).all(|(a, b)| same_instance(a, b))
}

fn same_instance(a: &Instance, b: &Instance) -> bool {
    let same_target = match (&a.target, &b.target) {
        (Target::Module(a), Target::Module(b)) => {
            a.name == b.name && (Arc::ptr_eq(a, b) || same_shape(a, b))
        }
        (Target::Box(a), Target::Box(b)) => a.name == b.name && a.params == b.params,
        _ => false,
    };
    a.name == b.name && a.bindings == b.bindings && a.doc == b.doc && same_target
}
