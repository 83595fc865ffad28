//! Instances of modules and of vendor cells.

use std::panic::Location;
use std::sync::Arc;

use super::blackbox::BlackBox;
use super::body::{Binding, Direction, Instance as Placed, Module, NetKind, Target};
use super::builder::ModuleBuilder;
use super::bundle::BundlePort;
use super::port::Clock;
use crate::error::RtlError;
use crate::expr::Sig;
use crate::ty::BIT;

/// An instance under construction. Connect every input; outputs can be read at once.
#[derive(Clone, Copy)]
pub struct Instance<'m> {
    m: &'m ModuleBuilder,
    index: usize,
}

impl Module {
    /// The first module below this one, or this one itself, whose name begins so: to test a unit
    /// of a hierarchy alone.
    pub fn find(self: &Arc<Self>, beginning: &str) -> Option<Arc<Module>> {
        if self.name.starts_with(beginning) {
            return Some(Arc::clone(self));
        }
        self.body.instances.iter().find_map(|instance| match &instance.target {
            Target::Module(inner) => inner.find(beginning),
            Target::Box(_) => None,
        })
    }
}

impl ModuleBuilder {
    /// Places an instance of a module.
    #[track_caller]
    pub fn instance(&self, name: &str, module: &Arc<Module>) -> Instance<'_> {
        self.place_instance(name, Target::Module(Arc::clone(module)))
    }

    /// Places a vendor cell.
    #[track_caller]
    pub fn black_box(&self, name: &str, cell: &Arc<BlackBox>) -> Instance<'_> {
        self.place_instance(name, Target::Box(Arc::clone(cell)))
    }

    #[track_caller]
    fn place_instance(&self, name: &str, target: Target) -> Instance<'_> {
        let instance = self.state.borrow().body.instances.len();
        let bind = |(port, info): (usize, &super::body::Port)| {
            let kind = match info.direction {
                Direction::Input => return Binding::Input(None),
                Direction::ClockInput => return Binding::Clock(None),
                Direction::Output => NetKind::InstanceOutput { instance, port },
                Direction::ClockOutput => NetKind::InstanceClock { instance, port },
            };
            let net_name = format!("{name}_{}", info.base);
            Binding::Output(self.net(&net_name, info.ty, kind, "").0)
        };
        let bindings = target.ports().iter().enumerate().map(bind).collect();
        let (name, doc) = (name.to_owned(), String::new());
        let placed = Placed { name, doc, target, bindings };
        self.state.borrow_mut().body.instances.push(placed);
        Instance { m: self, index: instance }
    }

    /// Connects a bundle that leaves one instance with the same bundle entering another.
    #[track_caller]
    pub fn link(&self, source: Instance<'_>, from: &str, sink: Instance<'_>, to: &str) {
        for (name, forward) in source.bundle_fields(from) {
            let (ahead, back) = (format!("{from}_{name}"), format!("{to}_{name}"));
            match forward {
                true => drop(sink.connect(&back, source.out(&ahead))),
                false => drop(source.connect(&ahead, sink.out(&back))),
            }
        }
    }
}

impl<'m> Instance<'m> {
    /// Connects a data input.
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "the handle is only returned for chaining")]
    pub fn connect(self, port: &str, value: Sig<'m>) -> Instance<'m> {
        let Some(index) = self.find("input", port, Direction::Input) else { return self };
        let ty = self.port_ty(index);
        let good = value.must_be(self.m, "connect", ty);
        self.bind(index, Binding::Input(Some(value.id)), good);
        self
    }

    /// Connects a clock input.
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "the handle is only returned for chaining")]
    pub fn clock(self, port: &str, clock: Clock<'m>) -> Instance<'m> {
        let Some(index) = self.find("clock input", port, Direction::ClockInput) else {
            return self;
        };
        let net = self.m.clock_net("connect", clock).unwrap_or_default();
        self.bind(index, Binding::Clock(Some(net)), true);
        self
    }

    /// The value of a data output.
    #[track_caller]
    pub fn out(self, port: &str) -> Sig<'m> {
        let found = self.find("output", port, Direction::Output);
        match found.and_then(|index| self.output_net(index)) {
            Some(net) => {
                let ty = self.m.state.borrow().body.net(net).ty;
                self.m.node(crate::expr::node::Op::Net(net), &[], ty)
            }
            None => self.m.poison(BIT),
        }
    }

    /// A clock that the instance gives out.
    #[track_caller]
    pub fn clock_out(self, port: &str) -> Clock<'m> {
        let found = self.find("clock output", port, Direction::ClockOutput);
        let net = found.and_then(|index| self.output_net(index)).unwrap_or_default();
        Clock { m: self.m, net }
    }

    /// States that an output is unused on purpose.
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "the handle is only returned for chaining")]
    pub fn ignore(self, port: &str) -> Instance<'m> {
        let found = self.find("output", port, Direction::Output);
        if let Some(net) = found.and_then(|index| self.output_net(index)) {
            self.m.state.borrow_mut().body.nets[net as usize].ignored = true;
        }
        self
    }

    /// Hands a bundle of the surrounding module on to the same bundle of this instance.
    #[track_caller]
    pub fn pass_on(self, bundle: &str, outer: &BundlePort<'m>) {
        for (field, sig) in &outer.signals {
            let port = format!("{bundle}_{}", field.name);
            match field.forward == outer.source {
                true => self.m.drive(*sig, self.out(&port)),
                false => drop(self.connect(&port, *sig)),
            }
        }
    }

    /// What the instance is for: a comment in the Verilog.
    #[must_use]
    pub fn doc(self, text: &str) -> Instance<'m> {
        text.clone_into(&mut self.m.state.borrow_mut().body.instances[self.index].doc);
        self
    }

    #[track_caller]
    fn bundle_fields(self, bundle: &str) -> Vec<(String, bool)> {
        let state = self.m.state.borrow();
        let Target::Module(module) = &state.body.instances[self.index].target else {
            drop(state);
            return self.unknown("bundle", bundle, &[]).map_or(Vec::new(), |()| Vec::new());
        };
        let module = Arc::clone(module);
        drop(state);
        match module.bundles.iter().find(|placed| placed.name == bundle) {
            Some(placed) => {
                placed.fields.iter().map(|field| (field.name.clone(), field.forward)).collect()
            }
            None => {
                let known: Vec<String> =
                    module.bundles.iter().map(|placed| placed.name.clone()).collect();
                self.unknown::<()>("bundle", bundle, &known);
                Vec::new()
            }
        }
    }

    fn output_net(self, port: usize) -> Option<u32> {
        match self.m.state.borrow().body.instances[self.index].bindings[port] {
            Binding::Output(net) => Some(net),
            _ => None,
        }
    }

    fn port_ty(self, port: usize) -> crate::ty::Ty {
        self.m.state.borrow().body.instances[self.index].target.ports()[port].ty
    }

    #[track_caller]
    fn bind(self, port: usize, binding: Binding, good: bool) {
        let mut state = self.m.state.borrow_mut();
        let instance = &mut state.body.instances[self.index];
        let open = matches!(instance.bindings[port], Binding::Input(None) | Binding::Clock(None));
        if open {
            instance.bindings[port] = binding;
        }
        let signal = format!("{}.{}", instance.name, instance.target.ports()[port].base);
        drop(state);
        if !open && good {
            let (signal, at) = (self.m.path(&signal), Location::caller().into());
            self.m.fail(RtlError::DoublyDriven { signal, at });
        }
    }

    /// The index of a port by its base name; records the mistake if there is none.
    #[track_caller]
    fn find(self, what: &'static str, port: &str, direction: Direction) -> Option<usize> {
        let state = self.m.state.borrow();
        let ports = state.body.instances[self.index].target.ports();
        let fits = |info: &super::body::Port| info.direction == direction;
        if let Some(index) = ports.iter().position(|info| info.base == port && fits(info)) {
            return Some(index);
        }
        let known: Vec<String> =
            ports.iter().filter(|info| fits(info)).map(|info| info.base.clone()).collect();
        drop(state);
        self.unknown(what, port, &known)
    }

    #[track_caller]
    fn unknown<T>(self, what: &'static str, port: &str, known: &[String]) -> Option<T> {
        let name = self.m.state.borrow().body.instances[self.index].name.clone();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let (instance, port, at) = (self.m.path(&name), port.to_owned(), Location::caller().into());
        self.m.fail(RtlError::UnknownPort { instance, what, port, known, at });
        None
    }
}
