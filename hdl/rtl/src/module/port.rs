//! Ports, wires and clocks.

use std::panic::Location;

use super::body::{Direction, NetKind, Port};
use super::builder::ModuleBuilder;
use crate::error::RtlError;
use crate::expr::Sig;
use crate::expr::node::{NetId, Op};
use crate::ty::{BIT, Ty};

/// A clock inside a module under construction. Clocks are not data: they only go to registers,
/// memories, instances and clock outputs.
#[derive(Clone, Copy)]
pub struct Clock<'m> {
    pub(crate) m: &'m ModuleBuilder,
    pub(crate) net: NetId,
}

impl ModuleBuilder {
    /// An input port; `name_i` in the Verilog.
    #[track_caller]
    pub fn input(&self, name: &str, ty: Ty, doc: &str) -> Sig<'_> {
        self.port(name, ty, doc, Direction::Input, NetKind::Input).1
    }

    /// An output port, `name_o` in the Verilog; give it a value with
    /// [`drive`](ModuleBuilder::drive). It can be read inside the module.
    #[track_caller]
    pub fn output(&self, name: &str, ty: Ty, doc: &str) -> Sig<'_> {
        self.port(name, ty, doc, Direction::Output, NetKind::Output).1
    }

    /// Output ports that show values: name, value and meaning of each.
    #[track_caller]
    pub fn outputs(&self, shown: &[(&str, Sig<'_>, &str)]) {
        for (name, value, doc) in shown {
            self.drive(self.output(name, value.ty(), doc), *value);
        }
    }

    /// A clock input, `name_i` in the Verilog.
    #[track_caller]
    pub fn clock(&self, name: &str, doc: &str) -> Clock<'_> {
        let net = self.port(name, BIT, doc, Direction::ClockInput, NetKind::Clock).0;
        Clock { m: self, net }
    }

    /// Passes a clock out of the module, as `name_o` in the Verilog.
    #[track_caller]
    pub fn clock_output(&self, name: &str, clock: Clock<'_>, doc: &str) {
        if let Some(source) = self.clock_net("clock_output", clock) {
            self.port(name, BIT, doc, Direction::ClockOutput, NetKind::ClockOutput(source));
        }
    }

    /// A wire that gets its value later, with [`drive`](ModuleBuilder::drive).
    #[track_caller]
    pub fn wire(&self, name: &str, ty: Ty) -> Sig<'_> {
        self.net(name, ty, NetKind::Wire, "").1
    }

    /// Gives an expression a name: a wire that is visible in the Verilog and in traces.
    #[track_caller]
    pub fn named<'m>(&'m self, name: &str, value: Sig<'m>) -> Sig<'m> {
        let wire = self.wire(name, value.ty());
        self.drive(wire, value);
        wire
    }

    /// Gives an output or a wire its value.
    #[track_caller]
    pub fn drive(&self, target: Sig<'_>, value: Sig<'_>) {
        if !self.owns("drive", target) || self.is_poison(target.id) {
            return;
        }
        let at = Location::caller().into();
        let Some(net) = self.drivable(target) else {
            let signal = self.describe(target.id);
            return self.fail(RtlError::NotDrivable { signal, at });
        };
        let good = target.agrees("drive", value, true);
        let mut state = self.state.borrow_mut();
        let net = &mut state.body.nets[net as usize];
        let doubly = net.driver.is_some();
        // A rejected value still counts as a driver: one mistake, one error.
        net.driver.get_or_insert(if good { value.id } else { target.id });
        drop(state);
        if doubly {
            let signal = self.describe(target.id);
            self.fail(RtlError::DoublyDriven { signal, at });
        }
    }

    /// States that a signal is unused on purpose.
    pub fn ignore(&self, signal: Sig<'_>) {
        if let Some(net) = self.net_of(signal) {
            self.state.borrow_mut().body.nets[net as usize].ignored = true;
        }
    }

    /// Puts a comment on a wire or register.
    pub fn describe_signal(&self, signal: Sig<'_>, doc: &str) {
        if let Some(net) = self.net_of(signal) {
            doc.clone_into(&mut self.state.borrow_mut().body.nets[net as usize].doc);
        }
    }

    pub(super) fn net_of(&self, signal: Sig<'_>) -> Option<NetId> {
        match self.state.borrow().body.node(signal.id).op {
            Op::Net(net) if std::ptr::eq(self, signal.m) => Some(net),
            _ => None,
        }
    }

    fn drivable(&self, target: Sig<'_>) -> Option<NetId> {
        let net = self.net_of(target)?;
        let kind = self.state.borrow().body.net(net).kind;
        matches!(kind, NetKind::Output | NetKind::Wire).then_some(net)
    }

    /// The net of a clock of this module; records the mistake if it belongs elsewhere.
    #[track_caller]
    pub(super) fn clock_net(&self, op: &'static str, clock: Clock<'_>) -> Option<NetId> {
        if std::ptr::eq(self, clock.m) {
            return Some(clock.net);
        }
        let signal = clock.m.path(&clock.m.state.borrow().body.net(clock.net).name.clone());
        let (module, at) = (self.name(), Location::caller().into());
        self.fail(RtlError::ForeignSignal { op, signal, module, at });
        None
    }

    #[track_caller]
    pub(super) fn port(
        &self,
        base: &str,
        ty: Ty,
        doc: &str,
        direction: Direction,
        kind: NetKind,
    ) -> (NetId, Sig<'_>) {
        let suffix = match (self.state.borrow().raw_ports, direction.is_input()) {
            (true, _) => "",
            (false, true) => "_i",
            (false, false) => "_o",
        };
        let name = format!("{base}{suffix}");
        let (net, sig) = self.net(&name, ty, kind, doc);
        let (base, doc, ty) = (base.to_owned(), doc.to_owned(), sig.ty());
        let port = Port { base, name, direction, ty, doc, per_bit: false, net };
        self.state.borrow_mut().ports.push(port);
        (net, sig)
    }
}
