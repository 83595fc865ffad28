//! Bitwise operators, reductions and comparisons.

use std::ops::{BitAnd, BitOr, BitXor, Not};

use super::node::Op;
use super::{Operand, Sig};
use crate::ty::BIT;

macro_rules! bitwise {
    ($($trait:ident $method:ident $op:ident),*) => {$(
        impl<'m, T: Operand<'m>> $trait<T> for Sig<'m> {
            type Output = Sig<'m>;

            #[track_caller]
            fn $method(self, other: T) -> Sig<'m> {
                let other = other.operand(self);
                self.binary(stringify!($method), Op::$op, other, self.ty)
            }
        }
    )*};
}
bitwise!(BitAnd bitand And, BitOr bitor Or, BitXor bitxor Xor);

impl<'m> Not for Sig<'m> {
    type Output = Sig<'m>;

    fn not(self) -> Sig<'m> {
        self.unary(Op::Not, self.ty)
    }
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $method:ident $op:ident $swap:literal),*) => {
        impl<'m> Sig<'m> {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $method(self, other: impl Operand<'m>) -> Sig<'m> {
                let other = other.operand(self);
                let (left, right) = if $swap { (other, self) } else { (self, other) };
                left.binary(stringify!($method), Op::$op, right, BIT)
            }
        )*}
    };
}
comparisons!(
    /// One bit: both operands are the same. They have one type.
    eq Eq false,
    /// One bit: the operands differ. They have one type.
    ne Ne false,
    /// One bit: less than, by the operands' sign. They have one type.
    lt Lt false,
    /// One bit: at most, by the operands' sign. They have one type.
    le Le false,
    /// One bit: greater than, by the operands' sign. They have one type.
    gt Lt true,
    /// One bit: at least, by the operands' sign. They have one type.
    ge Le true
);

impl<'m> Sig<'m> {
    /// One bit: every bit is set.
    pub fn reduce_and(self) -> Sig<'m> {
        self.unary(Op::RedAnd, BIT)
    }

    /// One bit: some bit is set.
    pub fn reduce_or(self) -> Sig<'m> {
        self.unary(Op::RedOr, BIT)
    }

    /// One bit: an odd number of bits is set.
    pub fn reduce_xor(self) -> Sig<'m> {
        self.unary(Op::RedXor, BIT)
    }

    /// How many bits are set, as an unsigned number just wide enough: a balanced adder tree.
    #[track_caller]
    pub fn popcount(self) -> Sig<'m> {
        let mut sums: Vec<Sig<'m>> = (0..self.width()).map(|index| self.bit(index)).collect();
        while sums.len() > 1 {
            sums = sums
                .chunks(2)
                .map(|pair| match pair {
                    [a, b] => {
                        let width = a.width().max(b.width());
                        a.extend(width).widening_add(b.extend(width))
                    }
                    _ => pair[0],
                })
                .collect();
        }
        sums[0].resize(self.width().ilog2() + 1)
    }
}
