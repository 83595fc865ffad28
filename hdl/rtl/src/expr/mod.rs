//! Expressions: signals and the operators on them.
//!
//! A [`Sig`] is a small handle to a node of its module's expression graph. Operators check
//! widths and signs at once; a mistake is recorded in the module's builder with the line that
//! made it, and the expression goes on as a placeholder, so that one `build()` reports all of
//! them.

mod arith;
mod bits;
pub(crate) mod eval;
mod logic;
pub(crate) mod node;
mod select;

use std::fmt;
use std::panic::Location;

use crate::error::{Operand as Named, RtlError};
use crate::module::ModuleBuilder;
use crate::ty::Ty;
use node::NodeId;

/// A signal or an expression inside a module under construction.
#[derive(Clone, Copy)]
pub struct Sig<'m> {
    pub(crate) m: &'m ModuleBuilder,
    pub(crate) id: NodeId,
    ty: Ty,
}

impl fmt::Debug for Sig<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.named())
    }
}

/// The second operand of an operator: a signal, or a plain number that takes the type of the
/// first operand (and must fit it).
pub trait Operand<'m> {
    /// The operand as a signal, for an operator whose first operand is `like`.
    #[track_caller]
    fn operand(self, like: Sig<'m>) -> Sig<'m>;
}

impl<'m> Operand<'m> for Sig<'m> {
    fn operand(self, _like: Sig<'m>) -> Sig<'m> {
        self
    }
}

macro_rules! number_operands {
    ($($number:ty),*) => {$(
        impl<'m> Operand<'m> for $number {
            #[track_caller]
            fn operand(self, like: Sig<'m>) -> Sig<'m> {
                like.m.lit(like.ty, i128::from(self))
            }
        }
    )*};
}
number_operands!(i32, u32, i64, u64, i128);

impl<'m> Operand<'m> for usize {
    #[track_caller]
    fn operand(self, like: Sig<'m>) -> Sig<'m> {
        like.m.lit(like.ty, self as i128)
    }
}

impl<'m> Sig<'m> {
    pub(crate) fn new(m: &'m ModuleBuilder, id: NodeId, ty: Ty) -> Sig<'m> {
        Sig { m, id, ty }
    }

    /// Width and sign.
    pub fn ty(self) -> Ty {
        self.ty
    }

    /// Width in bits.
    pub fn width(self) -> u32 {
        self.ty.width
    }

    /// The signal as errors name it.
    pub(crate) fn named(self) -> Named {
        Named { path: self.m.describe(self.id), ty: self.ty }
    }

    /// Checks that both operands belong here and agree in sign and (if asked) in width.
    /// False if the operator must give a placeholder.
    #[track_caller]
    pub(crate) fn agrees(self, op: &'static str, other: Sig<'m>, widths: bool) -> bool {
        let at = Location::caller().into();
        if !self.m.owns(op, other) || self.m.is_poison(self.id) || other.m.is_poison(other.id) {
            return false;
        }
        let (left, right) = (self.named(), other.named());
        if widths && self.ty.width != other.ty.width {
            self.m.fail(RtlError::WidthMismatch { op, left, right, at });
            return false;
        }
        if self.ty.signed != other.ty.signed {
            self.m.fail(RtlError::SignMismatch { op, left, right, at });
            return false;
        }
        true
    }

    /// A checked operator on two operands of one type.
    #[track_caller]
    fn binary(self, name: &'static str, op: node::Op, other: Sig<'m>, ty: Ty) -> Sig<'m> {
        match self.agrees(name, other, true) {
            true => self.m.node(op, &[self.id, other.id], ty),
            false => self.m.poison(ty),
        }
    }

    /// An operator on one operand.
    fn unary(self, op: node::Op, ty: Ty) -> Sig<'m> {
        match self.m.is_poison(self.id) {
            true => self.m.poison(ty),
            false => self.m.node(op, &[self.id], ty),
        }
    }

    /// Records that this operand should have another type.
    #[track_caller]
    pub(crate) fn reject(self, op: &'static str, expected: impl Into<String>) {
        if !self.m.is_poison(self.id) {
            let (signal, at) = (self.named(), Location::caller().into());
            self.m.fail(RtlError::WrongType { op, signal, expected: expected.into(), at });
        }
    }

    /// Checks that the operand is owned by `m` and has exactly the type `ty`.
    #[track_caller]
    pub(crate) fn must_be(self, m: &ModuleBuilder, op: &'static str, ty: Ty) -> bool {
        if !m.owns(op, self) || self.m.is_poison(self.id) {
            return false;
        }
        if self.ty != ty {
            self.reject(op, ty.to_string());
        }
        self.ty == ty
    }
}
