//! Choosing between values, joining lists, constants.

use std::panic::Location;

use super::node::Op;
use super::{Operand, Sig};
use crate::error::RtlError;
use crate::module::ModuleBuilder;
use crate::ty::{BIT, Ty, uint};

impl<'m> Sig<'m> {
    /// `then` where this bit is set, else `otherwise`; both have one type.
    #[track_caller]
    pub fn mux(self, then: Sig<'m>, otherwise: impl Operand<'m>) -> Sig<'m> {
        let otherwise = otherwise.operand(then);
        let condition = self.must_be(self.m, "mux condition", BIT);
        if !then.agrees("mux", otherwise, true) || !condition || !self.m.owns("mux", then) {
            return self.m.poison(then.ty);
        }
        self.m.node(Op::Mux, &[self.id, then.id, otherwise.id], then.ty)
    }
}

impl ModuleBuilder {
    /// A constant of a type, which must be able to represent it.
    #[track_caller]
    pub fn lit(&self, ty: Ty, value: impl Into<i128>) -> Sig<'_> {
        let value = value.into();
        if !self.fits("constant", u64::from(ty.width)) {
            return self.poison(BIT);
        }
        if !ty.holds(value) {
            let (module, at) = (self.name(), Location::caller().into());
            self.fail(RtlError::ConstantTooWide { module, value: value.to_string(), ty, at });
            return self.poison(ty);
        }
        self.node(Op::Const(value as u128 & ty.mask()), &[], ty)
    }

    /// A constant given by its bits; none may be set above the type's width.
    #[track_caller]
    pub fn lit_bits(&self, ty: Ty, bits: u128) -> Sig<'_> {
        if !self.fits("constant", u64::from(ty.width)) {
            return self.poison(BIT);
        }
        if bits & !ty.mask() != 0 {
            let (module, at) = (self.name(), Location::caller().into());
            self.fail(RtlError::ConstantTooWide { module, value: format!("{bits:#x}"), ty, at });
            return self.poison(ty);
        }
        self.node(Op::Const(bits), &[], ty)
    }

    /// All bits set.
    #[track_caller]
    pub fn ones(&self, ty: Ty) -> Sig<'_> {
        match self.fits("constant", u64::from(ty.width)) {
            true => self.node(Op::Const(ty.mask()), &[], ty),
            false => self.poison(BIT),
        }
    }

    /// Signals side by side, the first one on top; the result is unsigned.
    #[track_caller]
    pub fn cat<'m>(&'m self, parts: &[Sig<'m>]) -> Sig<'m> {
        let width: u64 = parts.iter().map(|part| u64::from(part.width())).sum();
        let owned = parts.iter().all(|part| self.owns("cat", *part));
        if !self.fits("cat", width) || !owned {
            return self.poison(uint(width.clamp(1, 128) as u32));
        }
        let ids: Vec<_> = parts.iter().map(|part| part.id).collect();
        match ids.iter().any(|id| self.is_poison(*id)) {
            true => self.poison(uint(width as u32)),
            false => self.node(Op::Concat, &ids, uint(width as u32)),
        }
    }

    /// The arm whose key equals the selector, else `default`. Keys are the selector's bits; all
    /// arms have the type of `default`.
    #[track_caller]
    pub fn case<'m>(
        &'m self,
        selector: Sig<'m>,
        arms: &[(u128, Sig<'m>)],
        default: Sig<'m>,
    ) -> Sig<'m> {
        let mut good = self.owns("case", selector) && self.owns("case", default);
        for (index, (key, arm)) in arms.iter().enumerate() {
            good &= self.key_is_good(selector, *key, &arms[..index]);
            good &= default.agrees("case", *arm, true);
        }
        let poisoned = self.is_poison(selector.id) || self.is_poison(default.id);
        if !good || poisoned {
            return self.poison(default.ty);
        }
        if arms.is_empty() {
            return default;
        }
        let mut args = vec![selector.id];
        args.extend(arms.iter().map(|(_, arm)| arm.id));
        args.push(default.id);
        let keys = arms.iter().map(|(key, _)| *key).collect();
        self.node(Op::Case(keys), &args, default.ty)
    }

    #[track_caller]
    fn key_is_good(&self, selector: Sig<'_>, key: u128, earlier: &[(u128, Sig<'_>)]) -> bool {
        let (module, at) = (self.name(), Location::caller().into());
        if key & !selector.ty.mask() != 0 {
            let (value, ty) = (key.to_string(), selector.ty);
            self.fail(RtlError::ConstantTooWide { module, value, ty, at });
            return false;
        }
        if earlier.iter().any(|(other, _)| *other == key) {
            let selector = selector.named();
            self.fail(RtlError::DuplicateCase { module, selector, key, at });
            return false;
        }
        true
    }

    /// The arm with the selector's number. There is one arm for each value of the selector.
    #[track_caller]
    pub fn select<'m>(&'m self, selector: Sig<'m>, arms: &[Sig<'m>]) -> Sig<'m> {
        let needed = selector.ty.mask().saturating_add(1);
        match arms.split_last() {
            Some((last, others)) if arms.len() as u128 == needed => {
                let keyed: Vec<_> =
                    others.iter().enumerate().map(|(key, arm)| (key as u128, *arm)).collect();
                self.case(selector, &keyed, *last)
            }
            _ => {
                let (module, selector) = (self.name(), selector.named());
                let (given, at) = (arms.len(), Location::caller().into());
                self.fail(RtlError::TableLength { module, selector, needed, given, at });
                self.poison(arms.first().map_or(BIT, |arm| arm.ty))
            }
        }
    }
}
