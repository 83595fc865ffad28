//! Selecting, joining, extending and shifting bits.

use std::panic::Location;

use super::Sig;
use super::node::Op;
use crate::error::RtlError;
use crate::ty::{Ty, uint};

/// Enough bits to shift out the widest signal.
const SHIFT_BITS: u32 = 8;

impl<'m> Sig<'m> {
    /// Bits `hi` down to `lo`, both included, as an unsigned number.
    #[track_caller]
    pub fn slice(self, hi: u32, lo: u32) -> Sig<'m> {
        if hi < lo || hi >= self.width() {
            let (signal, at) = (self.named(), Location::caller().into());
            let (hi, lo) = (u64::from(hi), u64::from(lo));
            if !self.m.is_poison(self.id) {
                self.m.fail(RtlError::SliceOutOfRange { signal, hi, lo, at });
            }
            return self.m.poison(uint(hi.saturating_sub(lo).min(127) as u32 + 1));
        }
        self.unary(Op::Slice(lo), uint(hi - lo + 1))
    }

    /// `width` bits from `lo` upwards, as an unsigned number.
    #[track_caller]
    pub fn bits(self, lo: u32, width: u32) -> Sig<'m> {
        match self.m.fits("bits", u64::from(width)) {
            true => self.slice(lo.saturating_add(width - 1), lo),
            false => self.m.poison(uint(1)),
        }
    }

    /// One bit.
    #[track_caller]
    pub fn bit(self, index: u32) -> Sig<'m> {
        self.slice(index, index)
    }

    /// The highest bit: the sign of a signed number.
    pub fn msb(self) -> Sig<'m> {
        self.slice(self.width() - 1, self.width() - 1)
    }

    /// This signal above `low`: `{self, low}`, unsigned.
    #[track_caller]
    pub fn cat(self, low: Sig<'m>) -> Sig<'m> {
        self.m.cat(&[self, low])
    }

    /// The signal `times` times side by side, unsigned.
    #[track_caller]
    pub fn repeat(self, times: u32) -> Sig<'m> {
        let width = u64::from(self.width()) * u64::from(times);
        match self.m.fits("repeat", width) {
            true => self.unary(Op::Repeat(times), uint(width as u32)),
            false => self.m.poison(uint(1)),
        }
    }

    /// Zeroes on top, up to `width` bits. Only for unsigned signals.
    #[track_caller]
    pub fn zero_extend(self, width: u32) -> Sig<'m> {
        if self.ty.signed {
            self.reject("zero_extend", "unsigned (use `as_unsigned` first)");
            return self.m.poison(self.ty.with_width(width));
        }
        self.extend(width)
    }

    /// Copies of the sign on top, up to `width` bits. Only for signed signals.
    #[track_caller]
    pub fn sign_extend(self, width: u32) -> Sig<'m> {
        if !self.ty.signed {
            self.reject("sign_extend", "signed (use `as_signed` first)");
            return self.m.poison(self.ty.with_width(width));
        }
        self.extend(width)
    }

    /// Zeroes or copies of the sign on top, as the type says, up to `width` bits.
    #[track_caller]
    pub fn extend(self, width: u32) -> Sig<'m> {
        let ty = self.ty.with_width(width);
        if !self.m.fits("extend", u64::from(width)) {
            return self.m.poison(self.ty);
        }
        if width < self.width() {
            self.reject("extend", format!("at most {width} bits wide (use `truncate` to cut)"));
            return self.m.poison(ty);
        }
        self.unary(Op::Extend, ty)
    }

    /// The low `width` bits, with the same sign.
    #[track_caller]
    pub fn truncate(self, width: u32) -> Sig<'m> {
        let ty = self.ty.with_width(width);
        if !self.m.fits("truncate", u64::from(width)) {
            return self.m.poison(self.ty);
        }
        if width > self.width() {
            self.reject("truncate", format!("at least {width} bits wide (use `extend`)"));
            return self.m.poison(ty);
        }
        self.unary(Op::Slice(0), ty)
    }

    /// `extend` or `truncate`, whichever leads to `width` bits.
    #[track_caller]
    pub fn resize(self, width: u32) -> Sig<'m> {
        if width < self.width() { self.truncate(width) } else { self.extend(width) }
    }

    /// The same bits read as two's complement.
    pub fn as_signed(self) -> Sig<'m> {
        self.reinterpret(Ty { signed: true, ..self.ty })
    }

    /// The same bits read as an unsigned number.
    pub fn as_unsigned(self) -> Sig<'m> {
        self.reinterpret(Ty { signed: false, ..self.ty })
    }

    pub(super) fn reinterpret(self, ty: Ty) -> Sig<'m> {
        self.unary(Op::Cast, ty)
    }

    /// Shifted up by a constant at the same width: the top bits drop out.
    #[track_caller]
    pub fn shift_left(self, by: u32) -> Sig<'m> {
        match by < self.width() {
            true => self.unary(Op::Shl(by), self.ty),
            false => self.m.lit(self.ty, 0),
        }
    }

    /// Shifted up by a constant, wider by as many bits: nothing is lost.
    #[track_caller]
    pub fn widening_shl(self, by: u32) -> Sig<'m> {
        let width = u64::from(self.width()) + u64::from(by);
        match self.m.fits("widening_shl", width) {
            true => self.extend(width as u32).shift_left(by),
            false => self.m.poison(self.ty),
        }
    }

    /// Shifted down by a constant: arithmetic if the signal is signed, else logical.
    pub fn shift_right(self, by: u32) -> Sig<'m> {
        match (by < self.width(), self.ty.signed) {
            (true, _) => self.unary(Op::Shr(by), self.ty),
            (false, true) => self.unary(Op::Shr(self.width() - 1), self.ty),
            (false, false) => self.m.lit(self.ty, 0),
        }
    }

    /// Shifted up by an unsigned signal at the same width.
    #[track_caller]
    pub fn shift_left_by(self, by: Sig<'m>) -> Sig<'m> {
        self.shift_by("shift_left_by", Op::ShlBy, by)
    }

    /// Shifted down by an unsigned signal: arithmetic if this signal is signed, else logical.
    #[track_caller]
    pub fn shift_right_by(self, by: Sig<'m>) -> Sig<'m> {
        self.shift_by("shift_right_by", Op::ShrBy, by)
    }

    #[track_caller]
    fn shift_by(self, name: &'static str, op: Op, by: Sig<'m>) -> Sig<'m> {
        if !self.m.owns(name, by) || self.m.is_poison(self.id) || self.m.is_poison(by.id) {
            return self.m.poison(self.ty);
        }
        if by.ty.signed {
            by.reject(name, "unsigned, as a shift amount");
            return self.m.poison(self.ty);
        }
        if by.width() <= SHIFT_BITS {
            return self.m.node(op, &[self.id, by.id], self.ty);
        }
        // Simulators take shift amounts of at most 32 bits; anything beyond the width is the same.
        let near = self.m.node(op.clone(), &[self.id, by.truncate(SHIFT_BITS).id], self.ty);
        let far = match op {
            Op::ShlBy => self.shift_left(self.width()),
            _ => self.shift_right(self.width()),
        };
        by.slice(by.width() - 1, SHIFT_BITS).reduce_or().mux(far, near)
    }
}
