//! Modules full of random expressions, from a seed.

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, Ty, sint, uint};

/// A small generator with a fixed sequence for each seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn width(&mut self, most: u32) -> u32 {
        let corners = [1, 2, 7, 8, 16, 31, 32, 33, 63, 64, 65, 127, 128];
        match self.below(3) {
            0 => corners[self.below(corners.len() as u64) as usize].min(most),
            1 => 1 + self.below(u64::from(most)) as u32,
            _ => 1 + self.below(u64::from(most.min(20))) as u32,
        }
    }

    pub(crate) fn ty(&mut self, most: u32) -> Ty {
        let width = self.width(most);
        if self.below(2) == 0 { uint(width) } else { sint(width) }
    }
}

/// Brings any signal to any type by explicit steps.
fn coerce<'m>(sig: Sig<'m>, ty: Ty) -> Sig<'m> {
    let sized = sig.resize(ty.width);
    if ty.signed { sized.as_signed() } else { sized.as_unsigned() }
}

/// Signals that random expressions are made of.
pub(crate) struct Pool<'m> {
    pub(crate) m: &'m ModuleBuilder,
    pub(crate) random: Random,
    pub(crate) sigs: Vec<Sig<'m>>,
}

impl<'m> Pool<'m> {
    /// Starts with inputs of random types.
    pub(crate) fn with_inputs(m: &'m ModuleBuilder, mut random: Random, count: usize) -> Pool<'m> {
        let mut sigs = Vec::new();
        for index in 0..count {
            let input = m.input(&format!("x{index}"), random.ty(128), "random input");
            m.ignore(input);
            sigs.push(input);
        }
        Pool { m, random, sigs }
    }

    fn any(&mut self) -> Sig<'m> {
        if self.random.below(12) == 0 {
            let ty = self.random.ty(128);
            let bits = u128::from(self.random.below(u64::MAX)) << 64
                | u128::from(self.random.below(u64::MAX));
            let corner = [0, 1, ty.mask(), bits][self.random.below(4) as usize];
            return self.m.lit_bits(ty, corner & ty.mask());
        }
        // Half of the operands are recent results: expressions grow deep.
        let all = self.sigs.len() as u64;
        let recent = if self.random.below(2) == 0 { all.min(6) } else { all };
        self.sigs[(all - 1 - self.random.below(recent)) as usize]
    }

    pub(crate) fn like(&mut self, ty: Ty) -> Sig<'m> {
        coerce(self.any(), ty)
    }

    pub(crate) fn bit(&mut self) -> Sig<'m> {
        self.like(BIT)
    }

    fn unsigned(&mut self, most: u32) -> Sig<'m> {
        let width = self.random.width(most);
        self.like(uint(width))
    }

    pub(crate) fn operator(&mut self) -> Sig<'m> {
        let (a, choice) = (self.any(), self.random.below(34));
        let b = self.like(a.ty());
        let (width, r) = (a.width(), self.random.below(128) as u32);
        match choice {
            0 => a + b,
            1 => a - b,
            2 => a & b,
            3 => a | b,
            4 => a ^ b,
            5 => !a,
            6 => a.as_signed().neg_or_same(),
            7 => a.resize(width.min(127)).widening_add(b.resize(width.min(127))),
            8 => a.resize(width.min(127)).widening_sub(b.resize(width.min(127))),
            9 | 10 => a.resize(self.random.width(64)) * b.resize(self.random.width(64)),
            11 => a.eq(b),
            12 => a.ne(b),
            13 => a.lt(b),
            14 => a.le(b),
            15 => a.gt(b),
            16 => a.ge(b),
            17 => a.shift_left(r % width),
            18 => a.shift_right(r % (width + 2)),
            19 => a.shift_left_by(self.unsigned(9)),
            20 => a.shift_right_by(self.unsigned(9)),
            21 => a.bits(r % width, 1 + r.reverse_bits() % (width - r % width)),
            22 => self.m.cat(&[a.resize(width.min(60)), self.unsigned(60)]),
            23 => a.resize(width.min(20)).repeat(1 + r % 6),
            24 => a.extend(width.max(1 + r)),
            25 => a.truncate(width.min(1 + r)),
            26 => a.reduce_and(),
            27 => a.reduce_or(),
            28 => a.reduce_xor(),
            29 => self.bit().mux(a, b),
            30 => self.case(a.ty()),
            31 => a.resize(width.min(20)).popcount(),
            32 => a.saturate(1 + r),
            _ => a.min(b).max(self.like(a.ty())),
        }
    }

    fn case(&mut self, ty: Ty) -> Sig<'m> {
        let selector = self.unsigned(3);
        let arms: Vec<Sig<'m>> = (0..1u32 << selector.width()).map(|_| self.like(ty)).collect();
        if self.random.below(2) == 0 {
            return self.m.select(selector, &arms);
        }
        let keyed: Vec<_> = (0u128..).zip(arms.iter().copied()).skip(1).collect();
        self.m.case(selector, &keyed, arms[0])
    }
}

trait NegOrSame {
    fn neg_or_same(self) -> Self;
}

impl NegOrSame for Sig<'_> {
    fn neg_or_same(self) -> Self {
        if self.ty().signed { -self } else { self }
    }
}

/// A module with `count` random expressions; about half of them have an output of their own, the
/// others only show inside those.
pub(crate) fn random_module(name: &str, seed: u64, count: usize) -> Arc<Module> {
    let m = ModuleBuilder::new(name);
    let mut pool = Pool::with_inputs(&m, Random::new(seed), 8);
    for index in 0..count {
        let value = pool.operator();
        pool.sigs.push(value);
        if pool.random.below(2) == 0 && index + 1 < count {
            continue;
        }
        m.drive(m.output(&format!("y{index}"), value.ty(), "random expression"), value);
    }
    m.build().expect("random modules are correct by construction")
}
