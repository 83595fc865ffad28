//! Sums, differences and products.

use std::ops::{Add, Mul, Neg, Sub};

use super::node::Op;
use super::{Operand, Sig};
use crate::ty::sint;

impl<'m, T: Operand<'m>> Add<T> for Sig<'m> {
    type Output = Sig<'m>;

    /// The sum modulo the width: operands and result have one type.
    #[track_caller]
    fn add(self, other: T) -> Sig<'m> {
        let other = other.operand(self);
        self.binary("add", Op::Add, other, self.ty)
    }
}

impl<'m, T: Operand<'m>> Sub<T> for Sig<'m> {
    type Output = Sig<'m>;

    /// The difference modulo the width: operands and result have one type.
    #[track_caller]
    fn sub(self, other: T) -> Sig<'m> {
        let other = other.operand(self);
        self.binary("sub", Op::Sub, other, self.ty)
    }
}

impl<'m> Mul for Sig<'m> {
    type Output = Sig<'m>;

    /// The full product: as wide as both operands together. The operands have the same sign and
    /// may differ in width.
    #[track_caller]
    fn mul(self, other: Sig<'m>) -> Sig<'m> {
        let ty = self.ty.with_width(self.width() + other.width());
        let fits = self.m.fits("mul", u64::from(ty.width));
        match self.agrees("mul", other, false) && fits {
            true => self.m.node(Op::Mul, &[self.id, other.id], ty),
            false => self.m.poison(ty),
        }
    }
}

impl<'m> Neg for Sig<'m> {
    type Output = Sig<'m>;

    /// The negative of a signed number modulo the width (the most negative value stays).
    #[track_caller]
    fn neg(self) -> Sig<'m> {
        if !self.ty.signed {
            self.reject("neg", "signed");
            return self.m.poison(self.ty);
        }
        self.m.lit(self.ty, 0) - self
    }
}

impl<'m> Sig<'m> {
    /// The exact sum: one bit wider than the operands, which have one type.
    #[track_caller]
    pub fn widening_add(self, other: impl Operand<'m>) -> Sig<'m> {
        let other = other.operand(self);
        let ty = self.ty.with_width(self.width() + 1);
        if !self.m.fits("widening_add", u64::from(ty.width))
            || !self.agrees("widening_add", other, true)
        {
            return self.m.poison(ty);
        }
        self.extend(ty.width) + other.extend(ty.width)
    }

    /// The exact difference: signed, one bit wider than the operands, which have one type.
    #[track_caller]
    pub fn widening_sub(self, other: impl Operand<'m>) -> Sig<'m> {
        let other = other.operand(self);
        let ty = sint(self.width() + 1);
        if !self.m.fits("widening_sub", u64::from(ty.width))
            || !self.agrees("widening_sub", other, true)
        {
            return self.m.poison(ty);
        }
        (self.extend(ty.width) - other.extend(ty.width)).reinterpret(ty)
    }

    /// The smaller of two numbers of one type.
    #[track_caller]
    pub fn min(self, other: impl Operand<'m>) -> Sig<'m> {
        let other = other.operand(self);
        self.lt(other).mux(self, other)
    }

    /// The larger of two numbers of one type.
    #[track_caller]
    pub fn max(self, other: impl Operand<'m>) -> Sig<'m> {
        let other = other.operand(self);
        self.lt(other).mux(other, self)
    }

    /// The nearest number that fits `width` bits of the same sign.
    #[track_caller]
    pub fn saturate(self, width: u32) -> Sig<'m> {
        if width >= self.width() || !self.m.fits("saturate", u64::from(width)) {
            return self.extend(width.max(self.width()));
        }
        let kept = self.truncate(width);
        let top = if self.ty.signed { width - 1 } else { width };
        let excess = self.slice(self.width() - 1, top);
        let ones = self.m.ones(kept.ty());
        if !self.ty.signed {
            return excess.reduce_or().mux(ones, kept);
        }
        let fits = excess.reduce_and() | !excess.reduce_or();
        let most = ones.as_unsigned().shift_right(1);
        let limit = self.msb().mux(!most, most).as_signed();
        fits.mux(kept, limit)
    }
}
