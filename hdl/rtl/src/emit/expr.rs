//! Expressions as Verilog text whose value cannot depend on where it stands.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use super::render::strip_parentheses;
use super::usage::Usage;
use super::{literal, range};
use crate::expr::node::{NodeId, Op};
use crate::module::body::Body;
use crate::names::{INIT_INDEX, UNUSED_SINK};

/// Operands with a longer text get a wire of their own, so that lines stay readable.
const OPERAND: usize = 48;

pub(super) struct Writer<'a> {
    pub(super) body: &'a Body,
    pub(super) usage: Usage,
    /// Statements so far: intermediate wires come before their readers.
    pub(super) out: String,
    uses: Vec<u32>,
    pub(super) wires: HashMap<NodeId, String>,
    taken: HashSet<String>,
    /// What the current statement is about: part of the names of intermediate wires.
    subject: String,
}

impl<'a> Writer<'a> {
    pub(super) fn new(body: &'a Body) -> Writer<'a> {
        let nets = body.nets.iter().map(|net| net.name.clone());
        let others = body.memories.iter().map(|memory| memory.name.clone());
        let instances = body.instances.iter().map(|instance| instance.name.clone());
        let own = [UNUSED_SINK, INIT_INDEX].map(str::to_owned);
        let taken = nets.chain(others).chain(instances).chain(own).collect();
        let (usage, out, subject) = (Usage::default(), String::new(), String::new());
        Writer { body, usage, out, uses: count_uses(body), wires: HashMap::new(), taken, subject }
    }

    /// The next statements are about this net, memory or instance.
    pub(super) fn about(&mut self, name: &str) {
        let stem = ["_q", "_o", "_i"].iter().find_map(|suffix| name.strip_suffix(suffix));
        stem.unwrap_or(name).clone_into(&mut self.subject);
    }

    /// A blank line before what was written since `before`, unless there is one.
    pub(super) fn set_apart(&mut self, before: usize) {
        let written = &self.out[before..];
        if before > 0 && !written.is_empty() && !written.starts_with('\n') {
            self.out.insert(before, '\n');
        }
    }

    /// A name nobody has: `sum_product`, `sum_product_2`, ...
    pub(super) fn fresh(&mut self, kind: &'static str) -> String {
        let first = format!("{}_{kind}", self.subject);
        let mut name = first.clone();
        let mut count = 1;
        while !self.taken.insert(name.clone()) {
            count += 1;
            name = format!("{first}_{count}");
        }
        name
    }

    /// The right-hand side of an assignment to something as wide as the node.
    pub(super) fn root(&mut self, id: NodeId) -> String {
        let node = self.body.node(id);
        let once = self.uses[id as usize] <= 1 && !matches!(node.op, Op::Case(_));
        let text = match once && !self.wires.contains_key(&id) {
            true => self.render(id),
            false => self.expr(id),
        };
        strip_parentheses(text)
    }

    /// The node's value, in any place that is as wide as the node or evaluated on its own.
    pub(super) fn expr(&mut self, id: NodeId) -> String {
        let node = self.body.node(id);
        if self.wires.contains_key(&id) || self.needs_wire(id) {
            return self.name(id);
        }
        let text = self.render(id);
        let plain = matches!(node.op, Op::Net(_) | Op::Const(_));
        if text.len() <= OPERAND || plain {
            return text;
        }
        let name = self.hoist(id, &text);
        self.usage.read(&name, 0, node.ty.width);
        name
    }

    /// A net that has the node's value, to be read as a whole.
    pub(super) fn name(&mut self, id: NodeId) -> String {
        let name = self.net(id);
        self.usage.read(&name, 0, self.body.node(id).ty.width);
        name
    }

    /// A net that has the node's value; the caller says which bits it reads.
    pub(super) fn net(&mut self, id: NodeId) -> String {
        let node = self.body.node(id);
        if let Some(name) = self.wires.get(&id) {
            return name.clone();
        }
        match &node.op {
            Op::Net(net) => self.body.net(*net).name.clone(),
            Op::Cast => self.net(node.args[0]),
            Op::Case(keys) => self.case(id, keys),
            _ => {
                let text = self.render(id);
                self.hoist(id, &text)
            }
        }
    }

    fn needs_wire(&self, id: NodeId) -> bool {
        let node = self.body.node(id);
        match node.op {
            Op::Case(_) | Op::Mul => true,
            Op::ShrBy if node.ty.signed => true,
            Op::Const(_) | Op::Net(_) => false,
            _ if is_wiring(&node.op) => false,
            _ => self.uses[id as usize] > 1,
        }
    }

    fn hoist(&mut self, id: NodeId, text: &str) -> String {
        let width = self.body.node(id).ty.width;
        let name = self.fresh(kind(&self.body.node(id).op));
        let text = strip_parentheses(text.to_owned());
        let _ = writeln!(self.out, "    wire {}{name} = {text};", range(width));
        self.keep(id, &name, width)
    }

    fn keep(&mut self, id: NodeId, name: &str, width: u32) -> String {
        self.usage.declare(name, width);
        self.wires.insert(id, name.to_owned());
        name.to_owned()
    }

    fn case(&mut self, id: NodeId, keys: &[u128]) -> String {
        let node = self.body.node(id);
        let selector = self.name(node.args[0]);
        let select_width = self.body.node(node.args[0]).ty.width;
        let arms: Vec<String> = node.args[1..].iter().map(|arm| self.root(*arm)).collect();
        let name = self.fresh("choice");
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        let _ = writeln!(self.out, "    reg {}{name};", range(node.ty.width));
        let _ = writeln!(self.out, "    always @(*) begin\n        case ({selector})");
        for (key, arm) in keys.iter().zip(&arms) {
            let key = literal(select_width, *key);
            let _ = writeln!(self.out, "            {key}: {name} = {arm};");
        }
        let default = arms.last().map_or("", String::as_str);
        let _ = writeln!(self.out, "            default: {name} = {default};");
        let _ = writeln!(self.out, "        endcase\n    end");
        self.keep(id, &name, node.ty.width)
    }
}

/// Operators that only move bits: repeating their text costs nothing.
fn is_wiring(op: &Op) -> bool {
    matches!(op, Op::Cast | Op::Slice(_) | Op::Repeat(_) | Op::Extend | Op::Shl(_) | Op::Shr(_))
}

/// How often the text of each node would appear. Operands have smaller numbers than their node.
fn count_uses(body: &Body) -> Vec<u32> {
    let mut uses = vec![0u32; body.nodes.len()];
    for root in body.roots() {
        uses[root as usize] += 1;
    }
    for (id, node) in body.nodes.iter().enumerate().rev() {
        let times = if is_wiring(&node.op) { uses[id] } else { uses[id].min(1) };
        for arg in &node.args {
            uses[*arg as usize] = uses[*arg as usize].saturating_add(times);
        }
    }
    uses
}

fn kind(op: &Op) -> &'static str {
    match op {
        Op::Add => "sum",
        Op::Sub => "difference",
        Op::Mul => "product",
        Op::ShlBy | Op::ShrBy | Op::Shl(_) | Op::Shr(_) => "shifted",
        Op::Eq | Op::Ne | Op::Lt | Op::Le => "test",
        Op::Mux => "choice",
        Op::Extend => "wide",
        Op::Concat | Op::Repeat(_) => "joined",
        _ => "bits",
    }
}
