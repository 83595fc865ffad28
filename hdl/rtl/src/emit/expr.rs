//! Expressions as Verilog text whose value cannot depend on where it stands.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use super::usage::{Usage, slice};
use super::{literal, range};
use crate::expr::node::{NodeId, Op};
use crate::module::body::Body;

/// Longer texts get a wire of their own.
const LINE: usize = 100;

pub(super) struct Writer<'a> {
    pub(super) body: &'a Body,
    pub(super) usage: Usage,
    /// Statements so far: intermediate wires come before their readers.
    pub(super) out: String,
    uses: Vec<u32>,
    wires: HashMap<NodeId, String>,
    taken: HashSet<String>,
    counters: HashMap<&'static str, u32>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(body: &'a Body) -> Writer<'a> {
        let nets = body.nets.iter().map(|net| net.name.clone());
        let others = body.memories.iter().map(|memory| memory.name.clone());
        let instances = body.instances.iter().map(|instance| instance.name.clone());
        let taken = nets.chain(others).chain(instances).collect();
        let (usage, out) = (Usage::default(), String::new());
        let (wires, counters) = (HashMap::new(), HashMap::new());
        Writer { body, usage, out, uses: count_uses(body), wires, taken, counters }
    }

    /// A name nobody has: `kind_1`, `kind_2`, ...
    pub(super) fn fresh(&mut self, kind: &'static str) -> String {
        loop {
            let count = self.counters.entry(kind).or_default();
            *count += 1;
            let name = format!("{kind}_{count}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
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
        if text.len() <= LINE || plain {
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
    fn net(&mut self, id: NodeId) -> String {
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

    fn render(&mut self, id: NodeId) -> String {
        let node = self.body.node(id);
        let (args, width) = (&node.args, node.ty.width);
        match &node.op {
            Op::Const(bits) => literal(width, *bits),
            Op::Net(net) => {
                let net = self.body.net(*net);
                self.usage.read(&net.name, 0, width);
                net.name.clone()
            }
            Op::Cast => self.expr(args[0]),
            Op::Poison | Op::Case(_) => self.name(id),
            Op::Not => format!("(~{})", self.expr(args[0])),
            Op::RedAnd => format!("(&{})", self.expr(args[0])),
            Op::RedOr => format!("(|{})", self.expr(args[0])),
            Op::RedXor => format!("(^{})", self.expr(args[0])),
            Op::And => self.infix(args, "&"),
            Op::Or => self.infix(args, "|"),
            Op::Xor => self.infix(args, "^"),
            Op::Add => self.infix(args, "+"),
            Op::Sub => self.infix(args, "-"),
            Op::Eq => self.infix(args, "=="),
            Op::Ne => self.infix(args, "!="),
            Op::ShlBy => self.infix(args, "<<"),
            Op::Lt => self.compare(args, "<"),
            Op::Le => self.compare(args, "<="),
            Op::ShrBy if node.ty.signed => {
                format!("$signed({}) >>> {}", self.expr(args[0]), self.expr(args[1]))
            }
            Op::ShrBy => self.infix(args, ">>"),
            Op::Mul => self.product(args[0], args[1], width),
            Op::Shl(by) => {
                let kept = self.part(args[0], 0, width - by);
                format!("{{{kept}, {}}}", literal(*by, 0))
            }
            Op::Shr(by) => {
                let fill = self.fill(args[0], *by);
                let kept = self.part(args[0], *by, width - by);
                format!("{{{fill}, {kept}}}")
            }
            Op::Slice(low) => self.part(args[0], *low, width),
            Op::Concat => {
                let parts: Vec<String> =
                    args.iter().map(|arg| strip_parentheses(self.expr(*arg))).collect();
                format!("{{{}}}", parts.join(", "))
            }
            Op::Repeat(times) => format!("{{{times}{{{}}}}}", self.expr(args[0])),
            Op::Extend => self.widened(args[0], width),
            Op::Mux => {
                let [condition, then, otherwise] =
                    [args[0], args[1], args[2]].map(|arg| self.expr(arg));
                format!("({condition} ? {then} : {otherwise})")
            }
        }
    }

    fn infix(&mut self, args: &[NodeId], op: &str) -> String {
        let left = self.expr(args[0]);
        format!("({left} {op} {})", self.expr(args[1]))
    }

    fn compare(&mut self, args: &[NodeId], op: &str) -> String {
        if !self.body.node(args[0]).ty.signed {
            return self.infix(args, op);
        }
        let left = strip_parentheses(self.expr(args[0]));
        let right = strip_parentheses(self.expr(args[1]));
        format!("($signed({left}) {op} $signed({right}))")
    }

    /// Both operands are brought to the product's width first, so that the product is exact
    /// whatever surrounds it; synthesis takes the copies of the sign off again.
    fn product(&mut self, a: NodeId, b: NodeId, width: u32) -> String {
        let [left, right] = [a, b].map(|arg| self.widened(arg, width));
        match self.body.node(a).ty.signed {
            true => format!("$signed({left}) * $signed({right})"),
            false => format!("{left} * {right}"),
        }
    }

    /// The operand extended to `width` by its own sign.
    fn widened(&mut self, id: NodeId, width: u32) -> String {
        let node = self.body.node(id);
        if let Op::Const(bits) = node.op {
            let number = node.ty.number(bits) as u128;
            return literal(width, number & crate::ty::mask(width));
        }
        let missing = width - node.ty.width;
        if missing == 0 {
            return format!("{{{}}}", strip_parentheses(self.expr(id)));
        }
        let fill = self.fill(id, missing);
        let text = match node.ty.signed {
            true => self.part(id, 0, node.ty.width),
            false => strip_parentheses(self.expr(id)),
        };
        format!("{{{fill}, {text}}}")
    }

    /// What goes above a node: copies of its sign, or zeroes. A sign is a bit of a net, so the
    /// node has one when its other bits are asked for next.
    fn fill(&mut self, id: NodeId, missing: u32) -> String {
        let ty = self.body.node(id).ty;
        if !ty.signed {
            return literal(missing, 0);
        }
        let sign = self.part(id, ty.width - 1, 1);
        if missing == 1 { sign } else { format!("{{{missing}{{{sign}}}}}") }
    }

    /// Some bits of a node; reads through slices, casts and extensions on the way down.
    fn part(&mut self, id: NodeId, low: u32, width: u32) -> String {
        let node = self.body.node(id);
        let whole = node.ty.width;
        if !self.wires.contains_key(&id) {
            match node.op {
                Op::Cast => return self.part(node.args[0], low, width),
                Op::Slice(inner) => return self.part(node.args[0], low + inner, width),
                Op::Extend if low + width <= self.body.node(node.args[0]).ty.width => {
                    return self.part(node.args[0], low, width);
                }
                Op::Const(bits) => return literal(width, bits >> low & crate::ty::mask(width)),
                _ if width == whole => return self.expr(id),
                _ => {}
            }
        }
        let name = self.net(id);
        self.usage.read(&name, low, width);
        slice(&name, whole, low, width)
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

/// Takes one pair of parentheses off if it surrounds the whole text.
fn strip_parentheses(text: String) -> String {
    if !text.starts_with('(') {
        return text;
    }
    let mut depth = 0;
    for (index, c) in text.char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 && index + 1 < text.len() {
            return text;
        }
    }
    text[1..text.len() - 1].to_owned()
}
