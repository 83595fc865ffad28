//! Values and signals of rust-hdl as this layer sees them.

use rust_hdl_core::prelude::{
    Bit, Bits, Clock, Direction as Way, In, Logic, Out, Signal, Signed, Synth, signed_cast,
};

use crate::module::Direction;
use crate::ty::{Ty, sint, uint};

/// A value type of rust-hdl whose bits can be exchanged.
pub trait Word: Synth {
    /// Two's complement when true.
    const SIGNED: bool;
    /// The bits of the value.
    fn to_word(self) -> u128;
    /// The value with these bits; higher bits are dropped.
    fn from_word(bits: u128) -> Self;
}

impl Word for Bit {
    const SIGNED: bool = false;

    fn to_word(self) -> u128 {
        u128::from(self)
    }

    fn from_word(bits: u128) -> Bit {
        bits & 1 == 1
    }
}

impl<const N: usize> Word for Bits<N> {
    const SIGNED: bool = false;

    fn to_word(self) -> u128 {
        (0..N.min(128)).fold(0, |all, bit| all | u128::from(self.get_bit(bit)) << bit)
    }

    fn from_word(bits: u128) -> Bits<N> {
        let set = |word: Bits<N>, bit: usize| word.replace_bit(bit, bits >> bit & 1 == 1);
        (0..N.min(128)).fold(Bits::default(), set)
    }
}

impl<const N: usize> Word for Signed<N> {
    const SIGNED: bool = true;

    fn to_word(self) -> u128 {
        self.inner().to_word()
    }

    fn from_word(bits: u128) -> Signed<N> {
        signed_cast(Bits::from_word(bits))
    }
}

/// A signal of a rust-hdl block that is a port for this layer.
pub trait Pin {
    /// Which way it goes, and whether it is a clock.
    fn direction(&self) -> Direction;
    /// Width and sign.
    fn ty(&self) -> Ty;
    /// The bits that are on it.
    fn word(&self) -> u128;
    /// Puts bits on it; they are there after its next update.
    fn put(&mut self, bits: u128);
    /// True if it is a clock that has just risen.
    fn rises(&self) -> bool {
        false
    }
    /// The number by which rust-hdl knows the signal.
    fn id(&self) -> usize;
    /// Tells rust-hdl's checks that an output is driven.
    fn claim(&mut self);
}

fn ty<T: Word>() -> Ty {
    // Widths beyond the layer's never match a port, so the cut does no harm.
    let width = u32::try_from(T::BITS).unwrap_or(u32::MAX);
    if T::SIGNED { sint(width) } else { uint(width) }
}

fn id<D: Way, T: Synth>(signal: &Signal<D, T>) -> usize {
    rust_hdl_core::prelude::Atom::id(signal)
}

impl<T: Word> Pin for Signal<In, T> {
    fn direction(&self) -> Direction {
        Direction::Input
    }

    fn ty(&self) -> Ty {
        ty::<T>()
    }

    fn word(&self) -> u128 {
        self.val().to_word()
    }

    fn put(&mut self, bits: u128) {
        self.next = T::from_word(bits);
    }

    fn id(&self) -> usize {
        id(self)
    }

    fn claim(&mut self) {}
}

impl<T: Word> Pin for Signal<Out, T> {
    fn direction(&self) -> Direction {
        Direction::Output
    }

    fn ty(&self) -> Ty {
        ty::<T>()
    }

    fn word(&self) -> u128 {
        self.val().to_word()
    }

    fn put(&mut self, bits: u128) {
        self.next = T::from_word(bits);
    }

    fn id(&self) -> usize {
        id(self)
    }

    fn claim(&mut self) {
        self.connect();
    }
}

impl Pin for Signal<In, Clock> {
    fn direction(&self) -> Direction {
        Direction::ClockInput
    }

    fn ty(&self) -> Ty {
        uint(1)
    }

    fn word(&self) -> u128 {
        u128::from(self.val().clk)
    }

    fn put(&mut self, bits: u128) {
        self.next = Clock { clk: bits & 1 == 1 };
    }

    fn rises(&self) -> bool {
        self.pos_edge()
    }

    fn id(&self) -> usize {
        id(self)
    }

    fn claim(&mut self) {}
}
