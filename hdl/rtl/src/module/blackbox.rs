//! Vendor cells: a Verilog instance in the output, a model in the simulation.

use std::fmt;
use std::sync::Arc;

use super::body::{Direction, Module, Port};
use crate::ty::{BIT, Ty};

/// A parameter of a vendor cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamValue {
    /// A decimal number.
    Int(i64),
    /// A string, written in quotes.
    Text(String),
    /// A sized binary number, as some cells demand.
    Bits {
        /// Number of bits.
        width: u32,
        /// The value.
        value: u128,
    },
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParamValue::Int(value) => write!(f, "{value}"),
            ParamValue::Text(text) => write!(f, "\"{text}\""),
            ParamValue::Bits { width, value } => {
                write!(f, "{width}'b{value:0width$b}", width = *width as usize)
            }
        }
    }
}

/// A combinational model: reads the data inputs in port order, fills the data outputs in port
/// order. Values are masked to the ports' widths.
pub type CombModel = Arc<dyn Fn(&[u128], &mut [u128]) + Send + Sync>;

/// How a clock output of a cell follows its clock inputs: it has an edge when `source` has one
/// and the condition held before. Several rules for one output make a clock multiplexer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockRule {
    /// The clock output.
    pub output: String,
    /// The clock input it follows.
    pub source: String,
    /// A one-bit data input and the value it must have; `None` passes every edge.
    pub when: Option<(String, bool)>,
}

/// How a cell behaves in simulation. Clock outputs always follow the cell's [`ClockRule`]s.
#[derive(Clone, Default)]
pub enum Model {
    /// No data outputs, or none that simulation needs: simulating a cell with data outputs and
    /// no model is an error.
    #[default]
    None,
    /// A module whose port names are those of the cell (see `raw_port_names`): it is simulated
    /// and can stand for the cell in Verilog simulations.
    Module(Arc<Module>),
    /// A Rust function from all data inputs to all data outputs.
    Function(CombModel),
}

/// A cell that is instantiated but not described: a vendor primitive or foreign Verilog.
#[derive(Clone)]
pub struct BlackBox {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) params: Vec<(String, ParamValue)>,
    pub(crate) ports: Vec<Port>,
    pub(crate) model: Model,
    pub(crate) clock_rules: Vec<ClockRule>,
    pub(crate) verilog: Option<String>,
}

impl fmt::Debug for BlackBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlackBox({}: {} ports)", self.name, self.ports.len())
    }
}

impl BlackBox {
    /// A cell with its exact Verilog name.
    pub fn new(name: &str, doc: &str) -> BlackBox {
        BlackBox {
            name: name.to_owned(),
            doc: doc.to_owned(),
            params: Vec::new(),
            ports: Vec::new(),
            model: Model::None,
            clock_rules: Vec::new(),
            verilog: None,
        }
    }

    /// Sets a parameter of the instances.
    #[must_use]
    pub fn param(mut self, name: &str, value: ParamValue) -> BlackBox {
        self.params.push((name.to_owned(), value));
        self
    }

    /// Adds a data input, by its exact name.
    #[must_use]
    pub fn input(self, name: &str, ty: Ty) -> BlackBox {
        self.port(name, ty, Direction::Input)
    }

    /// Adds a data output, by its exact name.
    #[must_use]
    pub fn output(self, name: &str, ty: Ty) -> BlackBox {
        self.port(name, ty, Direction::Output)
    }

    /// Adds a clock input, by its exact name.
    #[must_use]
    pub fn clock(self, name: &str) -> BlackBox {
        self.port(name, BIT, Direction::ClockInput)
    }

    /// Adds a clock output; give it a rule with [`clock_rule`](BlackBox::clock_rule).
    #[must_use]
    pub fn clock_output(self, name: &str) -> BlackBox {
        self.port(name, BIT, Direction::ClockOutput)
    }

    /// The port added last is one scalar port per bit in the Verilog: `A` of 18 bits is `A0` to
    /// `A17`, as in the cells of some vendors.
    #[must_use]
    pub fn per_bit(mut self) -> BlackBox {
        if let Some(port) = self.ports.last_mut() {
            port.per_bit = true;
        }
        self
    }

    /// Says when a clock output has an edge.
    #[must_use]
    pub fn clock_rule(
        mut self,
        output: &str,
        source: &str,
        when: Option<(&str, bool)>,
    ) -> BlackBox {
        let when = when.map(|(name, value)| (name.to_owned(), value));
        let (output, source) = (output.to_owned(), source.to_owned());
        self.clock_rules.push(ClockRule { output, source, when });
        self
    }

    /// Gives the cell a behaviour in simulation.
    #[must_use]
    pub fn model(mut self, model: Model) -> BlackBox {
        self.model = model;
        self
    }

    /// The cell's full definition: emitted in place of an empty stub.
    #[must_use]
    pub fn verilog(mut self, source: &str) -> BlackBox {
        self.verilog = Some(source.to_owned());
        self
    }

    fn port(mut self, name: &str, ty: Ty, direction: Direction) -> BlackBox {
        let (base, doc) = (name.to_owned(), String::new());
        let name = base.clone();
        self.ports.push(Port { base, name, direction, ty, doc, per_bit: false, net: 0 });
        self
    }
}
