//! What each operator means: the reference for constant folding and for wide signals.

use super::node::Op;
use crate::ty::{Ty, mask, sign_extend};

/// An operand: its bits, masked to its type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value {
    pub(crate) bits: u128,
    pub(crate) ty: Ty,
}

impl Value {
    /// The bits with the sign copied upwards if there is one.
    fn extended(self) -> u128 {
        if self.ty.signed { sign_extend(self.bits, self.ty.width) } else { self.bits }
    }

    fn less_than(self, other: Value) -> bool {
        if self.ty.signed {
            (self.extended() as i128) < (other.extended() as i128)
        } else {
            self.bits < other.bits
        }
    }

    fn shifted_right(self, by: u128) -> u128 {
        let by = by.min(127) as u32;
        match self.ty.signed {
            true => ((self.extended() as i128) >> by) as u128,
            false => self.bits >> by,
        }
    }
}

/// The value of a pure operator, masked to `ty`; `None` for nets and rejected nodes.
pub(crate) fn eval(op: &Op, args: &[Value], ty: Ty) -> Option<u128> {
    let raw = match op {
        Op::Net(_) | Op::Poison => return None,
        Op::Const(bits) => *bits,
        Op::Mux => args[if args[0].bits != 0 { 1 } else { 2 }].bits,
        Op::Case(keys) => {
            let hit = keys.iter().position(|&key| key == args[0].bits);
            args[hit.map_or(args.len() - 1, |arm| arm + 1)].bits
        }
        Op::Concat => args.iter().fold(0, |high, low| shl(high, low.ty.width) | low.bits),
        _ if args.len() == 1 => unary(op, args[0]),
        _ => binary(op, args[0], args[1]),
    };
    Some(raw & ty.mask())
}

fn shl(bits: u128, by: u32) -> u128 {
    bits.checked_shl(by).unwrap_or(0)
}

fn unary(op: &Op, a: Value) -> u128 {
    match op {
        Op::Not => !a.bits,
        Op::Shl(by) => shl(a.bits, *by),
        Op::Shr(by) => a.shifted_right(u128::from(*by)),
        Op::Slice(low) => a.bits >> low,
        Op::Repeat(times) => (0..*times).fold(0, |all, _| shl(all, a.ty.width) | a.bits),
        Op::Extend => a.extended(),
        Op::RedAnd => u128::from(a.bits == mask(a.ty.width)),
        Op::RedOr => u128::from(a.bits != 0),
        Op::RedXor => u128::from(a.bits.count_ones() & 1),
        _ => a.bits,
    }
}

fn binary(op: &Op, a: Value, b: Value) -> u128 {
    match op {
        Op::And => a.bits & b.bits,
        Op::Or => a.bits | b.bits,
        Op::Xor => a.bits ^ b.bits,
        Op::Add => a.bits.wrapping_add(b.bits),
        Op::Sub => a.bits.wrapping_sub(b.bits),
        Op::Mul => a.extended().wrapping_mul(b.extended()),
        Op::Eq => u128::from(a.bits == b.bits),
        Op::Ne => u128::from(a.bits != b.bits),
        Op::Lt => u128::from(a.less_than(b)),
        Op::Le => u128::from(!b.less_than(a)),
        Op::ShlBy => u32::try_from(b.bits).map_or(0, |by| shl(a.bits, by)),
        Op::ShrBy if !a.ty.signed && b.bits > 127 => 0,
        Op::ShrBy => a.shifted_right(b.bits),
        _ => a.bits,
    }
}
