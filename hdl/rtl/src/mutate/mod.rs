//! Faults put into a design on purpose: a test suite that does not see them has a hole.
//!
//! [`faults`] lists what can be broken in a hierarchy, [`Fault::apply`] gives the hierarchy with
//! that one thing broken. The result is a description like any other: it can be simulated and
//! written as Verilog. A fault in a module is in all its instances.
//!
//! ```
//! use bitladder_rtl::mutate::{FaultKind, faults};
//! use bitladder_rtl::{Design, ModuleBuilder, Sim, uint};
//!
//! let m = ModuleBuilder::new("sum");
//! let (a, b) = (m.input("a", uint(8), "left"), m.input("b", uint(8), "right"));
//! m.drive(m.output("y", uint(8), "sum"), a + b);
//! let module = m.build()?;
//! let all = faults(&module);
//! let swap = all.iter().find(|fault| fault.kind() == FaultKind::Operator).unwrap();
//! assert_eq!(swap.to_string(), "sum.y_o: `-` for `+` in (a_i + b_i)");
//!
//! let mut sim = Sim::new(&Design::elaborate(&swap.apply(&module))?)?;
//! sim.set("a", 5)?;
//! sim.set("b", 3)?;
//! assert_eq!(sim.get("y_o")?, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply;
mod sites;

use std::fmt;

use crate::expr::node::{NetId, NodeId, Op};

pub use sites::faults;

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// An operator stands for another: sums and differences, comparisons, logic, choices.
    Operator,
    /// A bit of a signal is always 0 or always 1.
    Stuck,
    /// A slice or shift is off by one place, or a register lacks its top bit.
    Width,
    /// A register or a read of a memory does not wait for its enable.
    Enable,
    /// A register is not reset.
    Reset,
    /// A signed value is extended with zeros.
    Sign,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [FaultKind; 6] = [
        FaultKind::Operator,
        FaultKind::Stuck,
        FaultKind::Width,
        FaultKind::Enable,
        FaultKind::Reset,
        FaultKind::Sign,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Operator => "operator",
            FaultKind::Stuck => "stuck bit",
            FaultKind::Width => "width",
            FaultKind::Enable => "enable",
            FaultKind::Reset => "reset",
            FaultKind::Sign => "sign",
        }
    }
}

/// The place and the change.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Site {
    /// Another operator.
    Op { node: NodeId, op: Op },
    /// Operands 1 and 2 change places.
    Swap { node: NodeId },
    /// The extension of the operand's bits without their sign.
    Zeros { node: NodeId },
    /// A bit of a net.
    Stuck { net: NetId, bit: u32, set: bool },
    /// A register without its top bit.
    Narrow { register: usize },
    /// A register without its enable.
    Enable { register: usize },
    /// A register without its reset.
    Reset { register: usize },
    /// A read port without its enable.
    Read { memory: usize, port: usize },
}

/// One fault in one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    module: String,
    place: String,
    what: String,
    kind: FaultKind,
    site: Site,
}

impl Fault {
    /// The module it is in, by its Verilog name.
    pub fn module(&self) -> &str {
        &self.module
    }

    /// The signal of the module that shows it first.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is broken.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}: {}", self.module, self.place, self.what)
    }
}
