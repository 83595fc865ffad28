//! One module per distinct shape: equal modules are merged, different ones need different names.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Errors, RtlError};
use crate::module::body::{Instance, Target};
use crate::module::{BlackBox, Model, Module};

/// Modules with children before parents, and the cells they use.
pub(super) type Shapes = (Vec<Arc<Module>>, Vec<Arc<BlackBox>>);

pub(super) fn collect(top: &Arc<Module>) -> Result<Shapes, Errors> {
    let mut walk = Walk::default();
    walk.module(top);
    match walk.errors.is_empty() {
        true => Ok((walk.modules, walk.cells)),
        false => Err(Errors(walk.errors)),
    }
}

#[derive(Default)]
struct Walk {
    modules: Vec<Arc<Module>>,
    by_name: HashMap<String, Arc<Module>>,
    cells: Vec<Arc<BlackBox>>,
    errors: Vec<RtlError>,
}

impl Walk {
    fn module(&mut self, module: &Arc<Module>) {
        if let Some(known) = self.by_name.get(&module.name) {
            if !Arc::ptr_eq(known, module) && !same_shape(known, module) {
                self.clash(&module.name);
            }
            return;
        }
        self.by_name.insert(module.name.clone(), Arc::clone(module));
        for instance in &module.body.instances {
            match &instance.target {
                Target::Module(inner) => self.module(inner),
                Target::Box(cell) => self.cell(cell),
            }
        }
        self.modules.push(Arc::clone(module));
    }

    fn cell(&mut self, cell: &Arc<BlackBox>) {
        let mut same_name = self.cells.iter().filter(|known| known.name == cell.name);
        let clash = same_name.clone().any(|known| {
            known.ports != cell.ports || known.verilog != cell.verilog
        });
        let known = same_name.any(|known| known.params == cell.params);
        if clash {
            return self.clash(&cell.name);
        }
        if !known {
            self.cells.push(Arc::clone(cell));
            if let Model::Module(model) = &cell.model {
                self.model_cells(model);
            }
        }
    }

    /// Models are no part of the output, but may themselves contain cells.
    fn model_cells(&mut self, model: &Arc<Module>) {
        for instance in &model.body.instances {
            match &instance.target {
                Target::Module(inner) => self.model_cells(inner),
                Target::Box(cell) => self.cell(cell),
            }
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
