//! The finished form of a module: plain data that elaboration, emission and simulation read.

use std::fmt;
use std::sync::Arc;

use super::blackbox::BlackBox;
use super::bundle::PlacedBundle;
use super::mem::ReadDuringWrite;
use crate::expr::node::{NetId, Node, NodeId, Op};
use crate::ty::Ty;

/// Which way a port goes, and whether it carries a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Data into the module.
    Input,
    /// Data out of the module.
    Output,
    /// A clock into the module.
    ClockInput,
    /// A clock out of the module.
    ClockOutput,
}

impl Direction {
    /// True for both kinds of input.
    pub fn is_input(self) -> bool {
        matches!(self, Direction::Input | Direction::ClockInput)
    }

    /// True for both kinds of clock.
    pub fn is_clock(self) -> bool {
        matches!(self, Direction::ClockInput | Direction::ClockOutput)
    }
}

/// A port of a module or of a black box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The name that the description uses.
    pub base: String,
    /// The name in the Verilog, with `_i` or `_o` unless the names are raw.
    pub name: String,
    /// Which way it goes.
    pub direction: Direction,
    /// Width and sign.
    pub ty: Ty,
    /// What it carries.
    pub doc: String,
    /// In a black box: one scalar port per bit, numbered from 0.
    pub per_bit: bool,
    pub(crate) net: NetId,
}

/// Where a net gets its value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NetKind {
    Input,
    Clock,
    Output,
    /// Takes the clock net with this index out of the module.
    ClockOutput(NetId),
    Wire,
    Register(usize),
    MemoryRead {
        memory: usize,
        port: usize,
    },
    InstanceOutput {
        instance: usize,
        port: usize,
    },
    InstanceClock {
        instance: usize,
        port: usize,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Net {
    pub(crate) name: String,
    /// The node that reads the net.
    pub(crate) node: NodeId,
    pub(crate) ty: Ty,
    pub(crate) kind: NetKind,
    pub(crate) doc: String,
    pub(crate) driver: Option<NodeId>,
    pub(crate) ignored: bool,
    /// Its value may be sampled by any clock: the description says that this is safe.
    pub(crate) crossing: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Register {
    pub(crate) net: NetId,
    pub(crate) clock: NetId,
    pub(crate) next: Option<NodeId>,
    pub(crate) enable: Option<NodeId>,
    /// Reset condition and value.
    pub(crate) reset: Option<(NodeId, u128)>,
    pub(crate) init: Option<u128>,
    /// Synthesis must not merge it with its equals.
    pub(crate) apart: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReadPort {
    pub(crate) net: NetId,
    pub(crate) clock: NetId,
    pub(crate) address: NodeId,
    pub(crate) enable: Option<NodeId>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WritePort {
    pub(crate) clock: NetId,
    /// One bit per equal lane of the word.
    pub(crate) mask: NodeId,
    pub(crate) lanes: u32,
    pub(crate) address: NodeId,
    pub(crate) data: NodeId,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Memory {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) ty: Ty,
    pub(crate) depth: usize,
    pub(crate) policy: ReadDuringWrite,
    pub(crate) init: Vec<u128>,
    pub(crate) reads: Vec<ReadPort>,
    pub(crate) writes: Vec<WritePort>,
}

/// What an instance port is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    Input(Option<NodeId>),
    Clock(Option<NetId>),
    Output(NetId),
}

/// What an instance is an instance of.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Module(Arc<Module>),
    Box(Arc<BlackBox>),
}

impl Target {
    pub(crate) fn ports(&self) -> &[Port] {
        match self {
            Target::Module(module) => &module.ports,
            Target::Box(cell) => &cell.ports,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) target: Target,
    pub(crate) bindings: Vec<Binding>,
}

/// The contents of a module, under construction or finished.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) nodes: Vec<Node>,
    pub(crate) nets: Vec<Net>,
    pub(crate) registers: Vec<Register>,
    pub(crate) memories: Vec<Memory>,
    pub(crate) instances: Vec<Instance>,
}

impl Body {
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    pub(crate) fn net(&self, id: NetId) -> &Net {
        &self.nets[id as usize]
    }

    /// Every place where the module takes the value of an expression.
    pub(crate) fn roots(&self) -> Vec<NodeId> {
        let mut roots: Vec<NodeId> = self.nets.iter().filter_map(|net| net.driver).collect();
        for register in &self.registers {
            roots.extend(register.next);
            roots.extend(register.enable);
            roots.extend(register.reset.map(|(condition, _)| condition));
        }
        for memory in &self.memories {
            roots.extend(memory.reads.iter().map(|read| read.address));
            roots.extend(memory.reads.iter().filter_map(|read| read.enable));
            for write in &memory.writes {
                roots.extend([write.mask, write.address, write.data]);
            }
        }
        for binding in self.instances.iter().flat_map(|instance| &instance.bindings) {
            if let Binding::Input(node) = binding {
                roots.extend(*node);
            }
        }
        roots
    }

    /// A short rendering of an expression for error messages.
    pub(crate) fn describe(&self, id: NodeId, depth: u32) -> String {
        let node = self.node(id);
        let arg = |index: usize| match depth {
            0 => "...".to_owned(),
            _ => self.describe(node.args[index], depth - 1),
        };
        let infix = |op: &str| format!("({} {op} {})", arg(0), arg(1));
        match &node.op {
            Op::Const(bits) => format!("{}", node.ty.number(*bits)),
            Op::Net(net) => self.net(*net).name.clone(),
            Op::Poison => "?".to_owned(),
            Op::Not => format!("~{}", arg(0)),
            Op::And => infix("&"),
            Op::Or => infix("|"),
            Op::Xor => infix("^"),
            Op::Add => infix("+"),
            Op::Sub => infix("-"),
            Op::Mul => infix("*"),
            Op::Eq => infix("=="),
            Op::Ne => infix("!="),
            Op::Lt => infix("<"),
            Op::Le => infix("<="),
            Op::ShlBy => infix("<<"),
            Op::ShrBy => infix(">>"),
            Op::Shl(by) => format!("({} << {by})", arg(0)),
            Op::Shr(by) => format!("({} >> {by})", arg(0)),
            Op::Slice(low) => format!("{}[{}:{low}]", arg(0), low + node.ty.width - 1),
            Op::Repeat(times) => format!("{{{times}{{{}}}}}", arg(0)),
            Op::Extend => format!("extend({})", arg(0)),
            Op::Cast => arg(0),
            Op::RedAnd => format!("&{}", arg(0)),
            Op::RedOr => format!("|{}", arg(0)),
            Op::RedXor => format!("^{}", arg(0)),
            Op::Mux => format!("({} ? {} : {})", arg(0), arg(1), arg(2)),
            Op::Case(_) => format!("case({})", arg(0)),
            Op::Concat => {
                let parts: Vec<String> = (0..node.args.len()).map(arg).collect();
                format!("{{{}}}", parts.join(", "))
            }
        }
    }
}

/// A finished module: checked, immutable, and shared by all its instances.
pub struct Module {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) ports: Vec<Port>,
    pub(crate) bundles: Vec<PlacedBundle>,
    pub(crate) body: Body,
}

impl Module {
    /// The Verilog name: the base name with the parameters, such as `lane_w16_a32`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the module is for.
    pub fn doc(&self) -> &str {
        &self.doc
    }

    /// The ports in the order they were described.
    pub fn ports(&self) -> &[Port] {
        &self.ports
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Body { nodes, nets, instances, .. } = &self.body;
        let (nodes, nets, instances) = (nodes.len(), nets.len(), instances.len());
        write!(f, "Module({}: {nodes} nodes, {nets} nets, {instances} instances)", self.name)
    }
}
