//! Breaks what was found.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Fault, Site};
use crate::expr::node::{NetId, Node, NodeId, Op};
use crate::module::Module;
use crate::module::body::{Body, NetKind, Target};
use crate::ty::{Ty, uint};

impl Fault {
    /// The hierarchy with this fault. One that lacks the module comes back as it was.
    #[must_use]
    pub fn apply(&self, top: &Arc<Module>) -> Arc<Module> {
        self.rebuild(top, &mut HashMap::new())
    }

    fn rebuild(
        &self,
        module: &Arc<Module>,
        done: &mut HashMap<*const Module, Arc<Module>>,
    ) -> Arc<Module> {
        if let Some(known) = done.get(&Arc::as_ptr(module)) {
            return Arc::clone(known);
        }
        let mut body = module.body.clone();
        let mut changed = module.name == self.module;
        if changed {
            break_(&mut body, &self.site);
        }
        for instance in &mut body.instances {
            if let Target::Module(inner) = &mut instance.target {
                let rebuilt = self.rebuild(inner, done);
                changed |= !Arc::ptr_eq(&rebuilt, inner);
                *inner = rebuilt;
            }
        }
        let result = match changed {
            false => Arc::clone(module),
            true => Arc::new(Module {
                name: module.name.clone(),
                doc: module.doc.clone(),
                params: module.params.clone(),
                ports: module.ports.clone(),
                bundles: module.bundles.clone(),
                body,
            }),
        };
        done.insert(Arc::as_ptr(module), Arc::clone(&result));
        result
    }
}

fn push(body: &mut Body, op: Op, args: &[NodeId], ty: Ty) -> NodeId {
    body.nodes.push(Node { op, args: args.into(), ty });
    body.nodes.len() as NodeId - 1
}

fn break_(body: &mut Body, site: &Site) {
    match site {
        Site::Op { node, op } => body.nodes[*node as usize].op = op.clone(),
        Site::Swap { node } => body.nodes[*node as usize].args.swap(1, 2),
        Site::Zeros { node } => zeros(body, *node),
        Site::Stuck { net, bit, set } => stuck(body, *net, *bit, *set),
        Site::Narrow { register } => narrow(body, *register),
        Site::Enable { register } => body.registers[*register].enable = None,
        Site::Reset { register } => body.registers[*register].reset = None,
        Site::Read { memory, port } => body.memories[*memory].reads[*port].enable = None,
    }
}

fn zeros(body: &mut Body, node: NodeId) {
    let Node { args, ty, .. } = body.node(node).clone();
    let narrow = body.node(args[0]).ty.width;
    let bits = push(body, Op::Cast, &args, uint(narrow));
    let wide = push(body, Op::Extend, &[bits], uint(ty.width));
    body.nodes[node as usize] = Node { op: Op::Cast, args: [wide].into(), ty };
}

/// A node with one bit forced.
fn forced(ty: Ty, bit: u32, set: bool) -> (Op, u128) {
    match set {
        true => (Op::Or, 1 << bit),
        false => (Op::And, ty.mask() & !(1 << bit)),
    }
}

fn stuck(body: &mut Body, net: NetId, bit: u32, set: bool) {
    let (ty, reader) = (body.net(net).ty, body.net(net).node);
    let (op, bits) = forced(ty, bit, set);
    let mask = push(body, Op::Const(bits), &[], ty);
    let driven = matches!(body.net(net).kind, NetKind::Output | NetKind::Wire);
    match body.net(net).driver.filter(|_| driven) {
        Some(driver) => {
            let driver = push(body, op, &[driver, mask], ty);
            body.nets[net as usize].driver = Some(driver);
        }
        None => {
            // Who read the net reads the forced value; the net itself gets a reader of its own.
            let own = push(body, Op::Net(net), &[], ty);
            body.nets[net as usize].node = own;
            body.nodes[reader as usize] = Node { op, args: [own, mask].into(), ty };
        }
    }
}

/// The register's next value with its top bit cut off and extended again.
fn narrow(body: &mut Body, register: usize) {
    let Some(next) = body.registers[register].next else { return };
    let ty = body.node(next).ty;
    let cut = push(body, Op::Slice(0), &[next], uint(ty.width - 1));
    let cut = match ty.signed {
        true => push(body, Op::Cast, &[cut], ty.with_width(ty.width - 1)),
        false => cut,
    };
    body.registers[register].next = Some(push(body, Op::Extend, &[cut], ty));
}
