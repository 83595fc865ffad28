//! Registers.

use std::panic::Location;

use super::body::{NetKind, Register};
use super::builder::ModuleBuilder;
use super::port::Clock;
use crate::error::RtlError;
use crate::expr::Sig;
use crate::expr::node::NodeId;
use crate::ty::{BIT, Ty};

/// A register under construction. `q` is its value; give it the next one with
/// [`next`](Reg::next). Without a reset its first value is only defined by
/// [`init`](Reg::init); simulations start from 0.
#[derive(Clone, Copy)]
pub struct Reg<'m> {
    /// The stored value.
    pub q: Sig<'m>,
    index: usize,
}

impl ModuleBuilder {
    /// A register of a type, clocked by the rising edge of `clock`.
    #[track_caller]
    pub fn reg<'m>(&'m self, name: &str, ty: Ty, clock: Clock<'m>) -> Reg<'m> {
        let clock = self.clock_net("reg", clock).unwrap_or_default();
        let index = self.state.borrow().body.registers.len();
        let (net, q) = self.net(name, ty, NetKind::Register(index), "");
        let (next, enable, reset, init) = (None, None, None, None);
        let register = Register { net, clock, next, enable, reset, init, apart: false };
        self.state.borrow_mut().body.registers.push(register);
        Reg { q, index }
    }

    /// A register that takes `value` at every edge: a pipeline stage.
    #[track_caller]
    pub fn pipe<'m>(&'m self, name: &str, value: Sig<'m>, clock: Clock<'m>) -> Sig<'m> {
        let reg = self.reg(name, value.ty(), clock);
        reg.next(value);
        reg.q
    }

    /// A register that takes `value` at the edges where the bit `when` is set, and keeps it.
    #[track_caller]
    pub fn kept<'m>(
        &'m self,
        name: &str,
        value: Sig<'m>,
        when: Sig<'m>,
        clock: Clock<'m>,
    ) -> Sig<'m> {
        let reg = self.reg(name, value.ty(), clock).enable(when);
        reg.next(value);
        reg.q
    }
}

impl<'m> Reg<'m> {
    /// Synchronous reset: `value` is loaded at an edge where the bit `condition` is set, before
    /// anything else is looked at.
    #[track_caller]
    #[must_use]
    pub fn reset(self, condition: Sig<'m>, value: impl Into<i128>) -> Reg<'m> {
        let value = self.constant(value.into());
        if condition.must_be(self.q.m, "reset", BIT) {
            self.change(|register| register.reset = Some((condition.id, value)));
        }
        self
    }

    /// Clock enable: the register keeps its value at edges where the bit `condition` is clear.
    #[track_caller]
    #[must_use]
    pub fn enable(self, condition: Sig<'m>) -> Reg<'m> {
        if condition.must_be(self.q.m, "enable", BIT) {
            self.change(|register| register.enable = Some(condition.id));
        }
        self
    }

    /// The value after power-up, where the target can set one.
    #[track_caller]
    #[must_use]
    pub fn init(self, value: impl Into<i128>) -> Reg<'m> {
        let value = self.constant(value.into());
        self.change(|register| register.init = Some(value));
        self
    }

    /// Keeps synthesis from merging the register with others that have the same value at all times.
    /// Copies that stand near what reads them shorten the wires of a large design; synthesis, which
    /// knows of no places, would make one register of them.
    #[must_use]
    pub fn apart(self) -> Reg<'m> {
        self.change(|register| register.apart = true);
        self
    }

    /// What the register is for: a comment in the Verilog.
    #[must_use]
    pub fn doc(self, text: &str) -> Reg<'m> {
        self.q.m.describe_signal(self.q, text);
        self
    }

    /// The value to take at the next edge.
    #[track_caller]
    pub fn next(self, value: Sig<'m>) {
        let good = self.q.agrees("next", value, true);
        let next = if good { value.id } else { self.q.id };
        let mut doubly = false;
        self.change(|register| {
            doubly = register.next.is_some();
            register.next.get_or_insert(next);
        });
        if doubly {
            let (signal, at) = (self.q.m.describe(self.q.id), Location::caller().into());
            self.q.m.fail(RtlError::DoublyDriven { signal, at });
        }
    }

    #[track_caller]
    fn constant(self, value: i128) -> u128 {
        let lit: NodeId = self.q.m.lit(self.q.ty(), value).id;
        let state = self.q.m.state.borrow();
        match state.body.node(lit).op {
            crate::expr::node::Op::Const(bits) => bits,
            _ => 0,
        }
    }

    fn change(self, edit: impl FnOnce(&mut Register)) {
        edit(&mut self.q.m.state.borrow_mut().body.registers[self.index]);
    }
}
