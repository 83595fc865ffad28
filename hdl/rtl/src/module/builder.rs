//! The module under construction.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::Location;
use std::sync::Arc;

use super::body::{Body, Module, Net, NetKind, Port};
use super::bundle::PlacedBundle;
use super::check;
use crate::error::{Errors, RtlError};
use crate::expr::Sig;
use crate::expr::node::{NetId, Node, NodeId, Op};
use crate::module::fold;
use crate::ty::{MAX_WIDTH, Ty};

/// Collects ports, signals, state and instances; [`build`](ModuleBuilder::build) checks them and
/// gives the finished [`Module`]. Mistakes are recorded on the way and all reported there.
pub struct ModuleBuilder {
    pub(super) state: RefCell<State>,
}

pub(super) struct State {
    pub(super) base: String,
    pub(super) doc: String,
    pub(super) params: Vec<(String, String)>,
    pub(super) raw_ports: bool,
    pub(super) ports: Vec<Port>,
    pub(super) bundles: Vec<PlacedBundle>,
    pub(super) body: Body,
    interned: HashMap<Node, NodeId>,
    /// Operands that folding made unnecessary: still a use for the "unused" check.
    pub(super) folded_away: Vec<NodeId>,
    pub(super) errors: Vec<RtlError>,
}

impl ModuleBuilder {
    /// Starts a module called `name`.
    pub fn new(name: &str) -> ModuleBuilder {
        ModuleBuilder {
            state: RefCell::new(State {
                base: name.to_owned(),
                doc: String::new(),
                params: Vec::new(),
                raw_ports: false,
                ports: Vec::new(),
                bundles: Vec::new(),
                body: Body::default(),
                interned: HashMap::new(),
                folded_away: Vec::new(),
                errors: Vec::new(),
            }),
        }
    }

    /// Says what the module is for: a comment above it in the Verilog.
    #[must_use]
    pub fn doc(self, text: &str) -> ModuleBuilder {
        text.clone_into(&mut self.state.borrow_mut().doc);
        self
    }

    /// Adds a parameter to the name, so that shapes of different size have different readable
    /// names: `lane` with `w` = 16 and `a` = 32 becomes `lane_w16_a32`.
    #[must_use]
    pub fn param(self, key: &str, value: impl std::fmt::Display) -> ModuleBuilder {
        self.state.borrow_mut().params.push((key.to_owned(), value.to_string()));
        self
    }

    /// Port names go into the Verilog as they are, without `_i` and `_o`: for models of vendor
    /// cells, whose names are given.
    #[must_use]
    pub fn raw_port_names(self) -> ModuleBuilder {
        self.state.borrow_mut().raw_ports = true;
        self
    }

    /// The name with its parameters, as in the Verilog.
    pub fn name(&self) -> String {
        let state = self.state.borrow();
        let params: String = state.params.iter().map(|(k, v)| format!("_{k}{v}")).collect();
        format!("{}{params}", state.base)
    }

    /// Checks the module as a whole and finishes it, or reports every mistake in it.
    #[track_caller]
    pub fn build(self) -> Result<Arc<Module>, Errors> {
        let name = self.name();
        let mut state = self.state.into_inner();
        check::check(&name, &mut state);
        if !state.errors.is_empty() {
            return Err(Errors(state.errors));
        }
        let State { doc, params, ports, bundles, body, .. } = state;
        Ok(Arc::new(Module { name, doc, params, ports, bundles, body }))
    }

    pub(crate) fn fail(&self, error: RtlError) {
        self.state.borrow_mut().errors.push(error);
    }

    /// A signal's path: `module.signal`.
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.name())
    }

    pub(crate) fn describe(&self, id: NodeId) -> String {
        self.path(&self.state.borrow().body.describe(id, 3))
    }

    /// A checked, folded and shared node.
    pub(crate) fn node(&self, op: Op, args: &[NodeId], ty: Ty) -> Sig<'_> {
        let mut state = self.state.borrow_mut();
        let id = match fold::fold(&state.body, &op, args, ty) {
            fold::Folded::Node(id) => id,
            fold::Folded::Const(bits) => state.intern(Op::Const(bits), &[], ty),
            fold::Folded::Keep => state.intern(op, args, ty),
        };
        if args.len() > 1 && state.body.node(id).args.as_ref() != args {
            state.folded_away.extend_from_slice(args);
        }
        let ty = state.body.node(id).ty;
        drop(state);
        Sig::new(self, id, ty)
    }

    pub(crate) fn poison(&self, ty: Ty) -> Sig<'_> {
        let ty = ty.with_width(ty.width.clamp(1, MAX_WIDTH));
        let id = self.state.borrow_mut().intern(Op::Poison, &[], ty);
        Sig::new(self, id, ty)
    }

    pub(crate) fn is_poison(&self, id: NodeId) -> bool {
        let state = self.state.borrow();
        state.body.nodes.get(id as usize).is_some_and(|node| node.op == Op::Poison)
    }

    /// True if `sig` was made by this builder; records the mistake otherwise.
    #[track_caller]
    pub(crate) fn owns(&self, op: &'static str, sig: Sig<'_>) -> bool {
        if std::ptr::eq(self, sig.m) {
            return true;
        }
        let (signal, module) = (sig.m.describe(sig.id), self.name());
        self.fail(RtlError::ForeignSignal { op, signal, module, at: Location::caller().into() });
        false
    }

    /// True if the layer can represent `width` bits; records the mistake otherwise.
    #[track_caller]
    pub(crate) fn fits(&self, what: &str, width: u64) -> bool {
        let good = (1..=u64::from(MAX_WIDTH)).contains(&width);
        if !good {
            let what = self.path(what);
            let at = Location::caller().into();
            self.fail(RtlError::WidthOutOfRange { what, width, at });
        }
        good
    }

    /// A new named net and the node that reads it.
    #[track_caller]
    pub(super) fn net(&self, name: &str, ty: Ty, kind: NetKind, doc: &str) -> (NetId, Sig<'_>) {
        let ty = if self.fits(name, u64::from(ty.width)) { ty } else { ty.with_width(1) };
        let mut state = self.state.borrow_mut();
        let net = state.body.nets.len() as NetId;
        let (name, doc) = (name.to_owned(), doc.to_owned());
        let node = state.intern(Op::Net(net), &[], ty);
        let (driver, ignored, crossing) = (None, false, false);
        state.body.nets.push(Net { name, node, ty, kind, doc, driver, ignored, crossing });
        drop(state);
        (net, Sig::new(self, node, ty))
    }
}

impl State {
    fn intern(&mut self, op: Op, args: &[NodeId], ty: Ty) -> NodeId {
        let node = Node { op, args: args.into(), ty };
        if let Some(id) = self.interned.get(&node) {
            return *id;
        }
        let id = self.body.nodes.len() as NodeId;
        self.body.nodes.push(node.clone());
        self.interned.insert(node, id);
        id
    }
}
