//! The text of each operator.

use super::expr::Writer;
use super::literal;
use super::usage::slice;
use crate::expr::node::{NodeId, Op};

impl Writer<'_> {
    /// The operator on the texts of its operands.
    pub(super) fn render(&mut self, id: NodeId) -> String {
        let node = self.body.node(id);
        let (args, width) = (&node.args, node.ty.width);
        match &node.op {
            Op::Const(bits) => literal(width, *bits),
            Op::Net(net) => {
                let net = self.body.net(*net);
                self.usage.read(&net.name, 0, width);
                net.name.clone()
            }
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
            Op::Mux => {
                let [condition, then, otherwise] =
                    [args[0], args[1], args[2]].map(|arg| self.expr(arg));
                format!("({condition} ? {then} : {otherwise})")
            }
            op => self.moved(op, args, width),
        }
    }

    /// Operators that only move bits.
    fn moved(&mut self, op: &Op, args: &[NodeId], width: u32) -> String {
        match op {
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
            _ => self.expr(args[0]),
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

    /// Some bits of a node; reads through everything that only moves bits on the way down.
    pub(super) fn part(&mut self, id: NodeId, low: u32, width: u32) -> String {
        let node = self.body.node(id);
        let whole = node.ty.width;
        if !self.wires.contains_key(&id) {
            match node.op {
                Op::Cast => return self.part(node.args[0], low, width),
                Op::Slice(inner) => return self.part(node.args[0], low + inner, width),
                Op::Extend if low + width <= self.body.node(node.args[0]).ty.width => {
                    return self.part(node.args[0], low, width);
                }
                Op::Extend if width == 1 => return self.fill(node.args[0], 1),
                Op::Repeat(_) => {
                    let one = self.body.node(node.args[0]).ty.width;
                    if low / one == (low + width - 1) / one {
                        return self.part_of_joined(node.args[0], low % one, width);
                    }
                }
                Op::Concat => {
                    if let Some((part, low)) = self.joined(&node.args, low, width) {
                        return self.part_of_joined(part, low, width);
                    }
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

    /// The one operand of a concatenation that holds all the bits, and where they are in it.
    fn joined(&self, args: &[NodeId], low: u32, width: u32) -> Option<(NodeId, u32)> {
        let mut below = 0;
        for arg in args.iter().rev() {
            let own = self.body.node(*arg).ty.width;
            if low < below + own {
                return (low >= below && low + width <= below + own).then(|| (*arg, low - below));
            }
            below += own;
        }
        None
    }

    /// Bits of an operand of a concatenation. Its text may be needed again for other bits, so
    /// that anything but a net or a constant gets a wire.
    fn part_of_joined(&mut self, id: NodeId, low: u32, width: u32) -> String {
        let node = self.body.node(id);
        let plain = matches!(node.op, Op::Net(_) | Op::Const(_));
        if plain || width < node.ty.width {
            return self.part(id, low, width);
        }
        self.name(id)
    }
}

/// Takes one pair of parentheses off if it surrounds the whole text.
pub(super) fn strip_parentheses(text: String) -> String {
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
