//! Simplifications made while an expression is built.
//!
//! They keep comparisons that can only have one result out of the Verilog (linters object to
//! them) and let generators write `wide.truncate(w)` for any `w` without leaving useless nodes.

use super::body::Body;
use crate::expr::eval::{Value, eval};
use crate::expr::node::{Node, NodeId, Op};
use crate::ty::Ty;

pub(super) enum Folded {
    /// The expression is an existing node.
    Node(NodeId),
    /// The expression is a constant of its type.
    Const(u128),
    /// The expression is needed as it stands.
    Keep,
}

pub(super) fn fold(body: &Body, op: &Op, args: &[NodeId], ty: Ty) -> Folded {
    if args.is_empty() {
        return Folded::Keep;
    }
    let known: Option<Vec<Value>> = args.iter().map(|id| constant(body.node(*id))).collect();
    if let Some(bits) = known.and_then(|values| eval(op, &values, ty)) {
        return Folded::Const(bits);
    }
    let same_type = body.node(args[0]).ty == ty;
    match op {
        Op::Extend | Op::Cast if same_type => Folded::Node(args[0]),
        Op::Slice(0) if same_type => Folded::Node(args[0]),
        Op::Shl(0) | Op::Shr(0) => Folded::Node(args[0]),
        Op::RedAnd | Op::RedOr | Op::RedXor if same_type => Folded::Node(args[0]),
        Op::Concat | Op::Repeat(1) if args.len() == 1 && same_type => Folded::Node(args[0]),
        Op::Mux if args[1] == args[2] => Folded::Node(args[1]),
        Op::Mux => match constant(body.node(args[0])) {
            Some(condition) => Folded::Node(args[if condition.bits != 0 { 1 } else { 2 }]),
            None => Folded::Keep,
        },
        Op::Case(keys) => match constant(body.node(args[0])) {
            Some(sel) => {
                let hit = keys.iter().position(|key| *key == sel.bits);
                Folded::Node(args[hit.map_or(args.len() - 1, |arm| arm + 1)])
            }
            None => Folded::Keep,
        },
        Op::Eq | Op::Ne | Op::Lt | Op::Le => compare(body, op, args),
        _ => Folded::Keep,
    }
}

fn constant(node: &Node) -> Option<Value> {
    match node.op {
        Op::Const(bits) => Some(Value { bits, ty: node.ty }),
        _ => None,
    }
}

/// Comparisons of a signal with itself or with the end of its range.
fn compare(body: &Body, op: &Op, args: &[NodeId]) -> Folded {
    if args[0] == args[1] {
        return Folded::Const(u128::from(matches!(op, Op::Eq | Op::Le)));
    }
    let ty = body.node(args[0]).ty;
    let (least, most) = match ty.signed {
        true => ((ty.mask() >> 1) + 1, ty.mask() >> 1),
        false => (0, ty.mask()),
    };
    let left = constant(body.node(args[0])).map(|value| value.bits);
    let right = constant(body.node(args[1])).map(|value| value.bits);
    match op {
        Op::Lt if left == Some(most) || right == Some(least) => Folded::Const(0),
        Op::Le if left == Some(least) || right == Some(most) => Folded::Const(1),
        _ => Folded::Keep,
    }
}
