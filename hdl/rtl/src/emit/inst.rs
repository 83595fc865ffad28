//! Instances of modules, vendor cells and their models.

use std::fmt::Write;

use super::expr::Writer;
use super::render::strip_parentheses;
use super::{Cells, EmitError, comment, layout, usage};
use crate::module::body::{Binding, Instance, Target};
use crate::module::{BlackBox, Direction, Model, Port};

/// A pin and what is connected to it.
type Pin = (String, String);

impl Writer<'_> {
    pub(super) fn instance(&mut self, placed: &Instance, cells: Cells) -> Result<(), EmitError> {
        self.about(&placed.name);
        let before = self.out.len();
        let result = match (&placed.target, cells) {
            (Target::Module(module), _) => {
                let pairs = placed.target.ports().iter().zip(&placed.bindings);
                let pins = pairs.map(|(port, binding)| self.pin(&port.name, port, binding));
                let pins: Vec<_> = pins.collect();
                self.place(placed, &module.name, "", &pins);
                Ok(())
            }
            (Target::Box(cell), _) if cells.modelled(cell) => self.model(placed, cell),
            (Target::Box(cell), _) => {
                self.primitive(placed, cell);
                Ok(())
            }
        };
        self.set_apart(before);
        result
    }

    fn place(&mut self, placed: &Instance, kind: &str, params: &str, pins: &[Pin]) {
        self.out.push('\n');
        self.out.push_str(&comment("    ", &placed.doc));
        let (name, pins) = (&placed.name, layout::pins(pins));
        let _ = writeln!(self.out, "    {kind} {params}{name} (\n{pins}\n    );");
    }

    fn pin(&mut self, name: &str, port: &Port, binding: &Binding) -> Pin {
        (name.to_owned(), self.bound(port, binding))
    }

    fn bound(&mut self, _port: &Port, binding: &Binding) -> String {
        match binding {
            Binding::Input(Some(node)) => self.root(*node),
            Binding::Clock(Some(net)) => self.clock(*net),
            Binding::Output(net) => self.body.net(*net).name.clone(),
            Binding::Input(None) | Binding::Clock(None) => String::new(),
        }
    }

    fn primitive(&mut self, placed: &Instance, cell: &BlackBox) {
        let params: Vec<Pin> =
            cell.params.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        let params = match params.is_empty() {
            true => String::new(),
            false => format!("#(\n{}\n    ) ", layout::pins(&params)),
        };
        let mut pins = Vec::new();
        for (port, binding) in cell.ports.iter().zip(&placed.bindings) {
            match port.per_bit {
                true => pins.extend(self.scalar_pins(port, binding)),
                false => pins.push(self.pin(&port.name, port, binding)),
            }
        }
        self.place(placed, &cell.name, &params, &pins);
    }

    /// One pin per bit of the port.
    fn scalar_pins(&mut self, port: &Port, binding: &Binding) -> Vec<Pin> {
        let width = port.ty.width;
        let mut pins = Vec::new();
        for bit in 0..width {
            let value = match binding {
                Binding::Input(Some(node)) => self.part(*node, bit, 1),
                _ => usage::slice(&self.bound(port, binding), width, bit, 1),
            };
            pins.push((format!("{}{bit}", port.name), strip_parentheses(value)));
        }
        pins
    }

    /// Stands in for a cell in Verilog simulation.
    fn model(&mut self, placed: &Instance, cell: &BlackBox) -> Result<(), EmitError> {
        for (index, port) in cell.ports.iter().enumerate() {
            if port.direction == Direction::ClockOutput {
                self.clock_model(placed, cell, index);
            }
        }
        let has_data = cell.ports.iter().any(|port| port.direction == Direction::Output);
        match &cell.model {
            Model::Module(model) => {
                let mut pins = Vec::new();
                for inner in &model.ports {
                    let same = |outer: &Port| {
                        outer.base == inner.base && outer.direction == inner.direction
                    };
                    let outer = cell.ports.iter().position(same);
                    let binding = outer.map_or(Binding::Input(None), |at| placed.bindings[at]);
                    pins.push(self.pin(&inner.name, inner, &binding));
                }
                self.place(placed, &model.name, "", &pins);
                Ok(())
            }
            _ if !has_data => Ok(()),
            _ => Err(EmitError::NoModel { cell: cell.name.clone() }),
        }
    }

    /// Each rule becomes a gate whose condition is held while its clock is high.
    fn clock_model(&mut self, placed: &Instance, cell: &BlackBox, output: usize) {
        let Binding::Output(net) = placed.bindings[output] else { return };
        let mut gates = Vec::new();
        for rule in cell.clock_rules.iter().filter(|rule| rule.output == cell.ports[output].base) {
            let source = self.cell_input(placed, cell, &rule.source);
            let Some((name, value)) = &rule.when else {
                gates.push(source);
                continue;
            };
            let condition = self.cell_input(placed, cell, name);
            let held = self.fresh("gate");
            let not = if *value { "" } else { "~" };
            let _ = writeln!(self.out, "    reg {held};");
            let _ = writeln!(self.out, "    always @(*) if (!{source}) {held} = {not}{condition};");
            gates.push(format!("({source} & {held})"));
        }
        let name = &self.body.net(net).name;
        let _ = writeln!(self.out, "    assign {name} = {};", gates.join(" | "));
    }

    fn cell_input(&mut self, placed: &Instance, cell: &BlackBox, base: &str) -> String {
        let index = cell.ports.iter().position(|port| port.base == base);
        match index.map(|index| placed.bindings[index]) {
            Some(Binding::Input(Some(node))) => self.expr(node),
            Some(Binding::Clock(Some(net))) => self.clock(net),
            _ => String::new(),
        }
    }
}
