//! A combinational block of rust-hdl as a cell of this layer.

use std::sync::{Arc, Mutex, PoisonError};

use rust_hdl_core::ast::Verilog;
use rust_hdl_core::check_error::check_all;
use rust_hdl_core::prelude::{Atom, AtomKind, Block, ModuleDefines, Probe, TypeKind};

use super::{BridgeError, Pin, safety};
use crate::module::{BlackBox, Direction, Model};
use crate::ty::{MAX_WIDTH, sint, uint};

/// Sweeps after which a combinational block must have settled, as in rust-hdl's simulation.
const SWEEPS: usize = 100;

/// rust-hdl writes all literals with 32 bits, and all modules into one file.
const BEFORE: &str = "// Written by rust-hdl.\n/* verilator lint_off WIDTH */\n\
    /* verilator lint_off DECLFILENAME */\n";
const AFTER: &str = "/* verilator lint_on DECLFILENAME */\n/* verilator lint_on WIDTH */\n";

/// Makes a cell called `name` out of a combinational rust-hdl block. `pins` lists every port of
/// the block; their order does not matter. The block's own update is the model in simulation,
/// its Verilog is the cell's definition. Both are only the same for simple code (see
/// [`BridgeError::Unsafe`]); everything else is refused.
pub fn import<B: Block + Send + 'static>(
    name: &str,
    doc: &str,
    mut block: B,
    pins: fn(&mut B) -> Vec<&mut dyn Pin>,
) -> Result<BlackBox, BridgeError> {
    block.connect_all();
    check_all(&block).map_err(|error| BridgeError::Rejected {
        block: name.to_owned(),
        reason: format!("{error:?}"),
    })?;
    let mut survey = Survey::default();
    block.accept(name, &mut survey);
    if let Some(error) = survey.error {
        return Err(error);
    }
    let mut cell = BlackBox::new(name, doc);
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    let known: Vec<usize> = pins(&mut block).iter().map(|pin| pin.id()).collect();
    for port in survey.ports {
        let Some(index) = known.iter().position(|id| *id == port.id) else {
            return Err(BridgeError::MissingPin { block: name.to_owned(), port: port.name });
        };
        let ty = if port.signed { sint(port.width) } else { uint(port.width) };
        if port.direction == Direction::Output {
            outputs.push(index);
            cell = cell.output(&port.name, ty);
        } else {
            inputs.push(index);
            cell = cell.input(&port.name, ty);
        }
    }
    let mut defines = ModuleDefines::default();
    block.accept(name, &mut defines);
    let verilog = format!("{BEFORE}{}\n{AFTER}", defines.defines().trim());
    Ok(cell.verilog(&verilog).model(model(block, pins, inputs, outputs)))
}

/// The block's own update as a function; `inputs` and `outputs` are places in the list of pins.
fn model<B: Block + Send + 'static>(
    block: B,
    pins: fn(&mut B) -> Vec<&mut dyn Pin>,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
) -> Model {
    let shared = Mutex::new(block);
    let update = move |given: &[u128], found: &mut [u128]| {
        // A panic inside a block leaves values that the next call replaces.
        let mut block = shared.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, bits) in inputs.iter().zip(given) {
            pins(&mut block)[*index].put(*bits);
        }
        for _ in 0..SWEEPS {
            block.update_all();
            if !block.has_changed() {
                break;
            }
        }
        for (index, bits) in outputs.iter().zip(found) {
            *bits = pins(&mut block)[*index].word();
        }
    };
    Model::Function(Arc::new(update))
}

/// A port of the block at the top.
struct Port {
    name: String,
    id: usize,
    width: u32,
    signed: bool,
    direction: Direction,
}

/// Collects the ports of the top and the first objection to any block.
#[derive(Default)]
struct Survey {
    path: Vec<String>,
    namespace: Vec<String>,
    ports: Vec<Port>,
    signed: Vec<bool>,
    error: Option<BridgeError>,
}

impl Survey {
    fn block(&self) -> String {
        self.path.join(".")
    }

    fn unsupported(&mut self, what: String) {
        let block = self.block();
        self.error.get_or_insert(BridgeError::Unsupported { block, what });
    }
}

impl Probe for Survey {
    fn visit_start_scope(&mut self, name: &str, _: &dyn Block) {
        self.path.push(name.to_owned());
        self.signed.push(false);
    }

    fn visit_start_namespace(&mut self, name: &str, _: &dyn Block) {
        self.namespace.push(name.to_owned());
    }

    fn visit_atom(&mut self, name: &str, signal: &dyn Atom) {
        let (descriptor, mut parts) = (signal.descriptor(), self.namespace.clone());
        parts.push(name.to_owned());
        let name = parts.join("$");
        let is_signed = matches!(descriptor.kind, TypeKind::Signed(_));
        if let Some(signed) = self.signed.last_mut() {
            *signed |= is_signed;
        }
        if descriptor.name == "clock" {
            let block = self.block();
            self.error.get_or_insert(BridgeError::Clocked { block, signal: name });
            return;
        }
        let direction = match signal.kind() {
            AtomKind::InputParameter => Direction::Input,
            AtomKind::OutputParameter => Direction::Output,
            AtomKind::InOutParameter | AtomKind::OutputPassthrough => {
                return self.unsupported(format!("the bidirectional port `{name}`"));
            }
            _ => return,
        };
        if self.path.len() > 1 {
            return;
        }
        match (u32::try_from(signal.bits()), descriptor.kind) {
            (Ok(width), TypeKind::Bits(_) | TypeKind::Signed(_)) if width <= MAX_WIDTH => {
                let (id, signed) = (signal.id(), is_signed);
                self.ports.push(Port { name, id, width, signed, direction });
            }
            _ => self.unsupported(format!("the port `{name}` of type {}", descriptor.name)),
        }
    }

    fn visit_end_namespace(&mut self, _: &str, _: &dyn Block) {
        self.namespace.pop();
    }

    fn visit_end_scope(&mut self, _: &str, node: &dyn Block) {
        let signed = self.signed.pop().unwrap_or(false);
        match node.hdl() {
            Verilog::Combinatorial(code) => {
                if let Err((target, what)) = safety::check(&code, signed) {
                    let block = self.block();
                    self.error.get_or_insert(BridgeError::Unsafe { block, target, what });
                }
            }
            Verilog::Empty => self.unsupported("no Verilog".to_owned()),
            _ => self.unsupported("hand-written Verilog".to_owned()),
        }
        self.path.pop();
    }
}
