//! Finds what can be broken.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Fault, FaultKind, Site};
use crate::expr::node::{NetId, NodeId, Op};
use crate::module::Module;
use crate::module::body::{Binding, Body, NetKind, Target};

/// Every fault of a hierarchy, module by module, in an order that is always the same. What nothing
/// depends on is left out, also where a module's surroundings ignore what it gives.
pub fn faults(top: &Arc<Module>) -> Vec<Fault> {
    let mut order = Vec::new();
    walk(top, &mut HashSet::new(), &mut order);
    // Parents before children: they say which outputs are used.
    let mut used: HashMap<&str, HashSet<&str>> = HashMap::new();
    let all_of_top = top.ports.iter().map(|port| port.name.as_str());
    used.insert(&top.name, all_of_top.collect());
    let mut all = Vec::new();
    for module in order.into_iter().rev() {
        let sites = Sites::new(module, used.get(module.name.as_str()));
        sites.collect(&mut all);
        for (child, port) in sites.used() {
            used.entry(child).or_default().insert(port);
        }
    }
    all
}

/// Distinct modules, children before parents.
fn walk<'a>(module: &'a Arc<Module>, seen: &mut HashSet<String>, order: &mut Vec<&'a Module>) {
    if !seen.insert(module.name.clone()) {
        return;
    }
    for instance in &module.body.instances {
        if let Target::Module(inner) = &instance.target {
            walk(inner, seen, order);
        }
    }
    order.push(module);
}

struct Sites<'a> {
    module: &'a Module,
    body: &'a Body,
    /// The net whose expression a node is in first; nodes that nothing depends on have none.
    owner: HashMap<NodeId, String>,
}

/// What depends on a node within a module, named.
fn sinks(body: &Body, outputs: Option<&HashSet<&str>>) -> Vec<(NodeId, String)> {
    let mut sinks = Vec::new();
    let alive = |net: NetId| !body.net(net).ignored;
    let read = |name: &str| outputs.is_some_and(|outputs| outputs.contains(name));
    for net in body.nets.iter().filter(|net| net.kind != NetKind::Output || read(&net.name)) {
        sinks.extend(net.driver.map(|driver| (driver, net.name.clone())));
    }
    for register in body.registers.iter().filter(|register| alive(register.net)) {
        let name = &body.net(register.net).name;
        let nodes = [register.next, register.enable, register.reset.map(|(node, _)| node)];
        sinks.extend(nodes.into_iter().flatten().map(|node| (node, name.clone())));
    }
    for memory in &body.memories {
        let reads = memory.reads.iter().flat_map(|read| [Some(read.address), read.enable]);
        sinks.extend(reads.flatten().map(|node| (node, memory.name.clone())));
        for write in &memory.writes {
            let nodes = [write.mask, write.address, write.data];
            sinks.extend(nodes.map(|node| (node, memory.name.clone())));
        }
    }
    for instance in &body.instances {
        for (port, binding) in instance.target.ports().iter().zip(&instance.bindings) {
            if let Binding::Input(Some(node)) = binding {
                sinks.push((*node, format!("{}.{}", instance.name, port.base)));
            }
        }
    }
    sinks
}

impl<'a> Sites<'a> {
    fn new(module: &'a Module, outputs: Option<&HashSet<&str>>) -> Sites<'a> {
        let body = &module.body;
        let mut owner = HashMap::new();
        for (sink, name) in sinks(body, outputs) {
            let mut queue = vec![sink];
            while let Some(node) = queue.pop() {
                if owner.contains_key(&node) {
                    continue;
                }
                owner.insert(node, name.clone());
                queue.extend(&body.node(node).args);
            }
        }
        Sites { module, body, owner }
    }

    /// Outputs of child modules that something reads, by the child's name and the port's.
    fn used(&self) -> Vec<(&'a str, &'a str)> {
        let mut used = Vec::new();
        for instance in &self.body.instances {
            let Target::Module(inner) = &instance.target else { continue };
            for (port, binding) in inner.ports.iter().zip(&instance.bindings) {
                let Binding::Output(net) = binding else { continue };
                if self.owner.contains_key(&self.body.net(*net).node) {
                    used.push((inner.name.as_str(), port.name.as_str()));
                }
            }
        }
        used
    }

    fn collect(&self, all: &mut Vec<Fault>) {
        for id in 0..self.body.nodes.len() as NodeId {
            if let Some(place) = self.owner.get(&id) {
                self.node(id, place, all);
            }
        }
        for id in 0..self.body.nets.len() as NetId {
            self.stuck(id, all);
        }
        self.state(all);
    }

    fn fault(&self, place: &str, what: String, kind: FaultKind, site: Site) -> Fault {
        Fault { module: self.module.name.clone(), place: place.to_owned(), what, kind, site }
    }

    fn node(&self, id: NodeId, place: &str, all: &mut Vec<Fault>) {
        let node = self.body.node(id);
        let text = self.body.describe(id, 2);
        if let Some((old, new, op)) = other(&node.op) {
            let what = format!("`{new}` for `{old}` in {text}");
            all.push(self.fault(place, what, FaultKind::Operator, Site::Op { node: id, op }));
        }
        match &node.op {
            Op::Mux if node.args[1] != node.args[2] => {
                let what = format!("the choices of {text} exchanged");
                all.push(self.fault(place, what, FaultKind::Operator, Site::Swap { node: id }));
            }
            Op::Extend if self.body.node(node.args[0]).ty.signed => {
                let what = format!("{text} without its sign");
                all.push(self.fault(place, what, FaultKind::Sign, Site::Zeros { node: id }));
            }
            _ => {}
        }
        if let Some(op) = self.beside(id) {
            let what = format!("{text} off by one place");
            all.push(self.fault(place, what, FaultKind::Width, Site::Op { node: id, op }));
        }
    }

    /// A slice or shift by one place more, or less where there is no more.
    fn beside(&self, id: NodeId) -> Option<Op> {
        let node = self.body.node(id);
        let operand = self.body.node(*node.args.first()?).ty.width;
        let more = |by: u32, most: u32| if by < most { by + 1 } else { by - 1 };
        match node.op {
            Op::Slice(low) if node.ty.width < operand => {
                Some(Op::Slice(more(low, operand - node.ty.width)))
            }
            Op::Shl(by) if by > 0 => Some(Op::Shl(more(by, node.ty.width - 1))),
            Op::Shr(by) if by > 0 => Some(Op::Shr(more(by, node.ty.width - 1))),
            _ => None,
        }
    }

    /// The lowest and the highest bit of a net, one of them always 0, the other always 1.
    fn stuck(&self, id: NetId, all: &mut Vec<Fault>) {
        let net = self.body.net(id);
        let clock = matches!(
            net.kind,
            NetKind::Clock | NetKind::ClockOutput(_) | NetKind::InstanceClock { .. }
        );
        let driven = net.driver.is_some_and(|driver| self.owner.contains_key(&driver));
        let read = self.owner.contains_key(&net.node) || (net.kind == NetKind::Output && driven);
        if clock || !read {
            return;
        }
        let mut bits = vec![(0, id.is_multiple_of(2))];
        if net.ty.width > 1 {
            bits.push((net.ty.width - 1, !id.is_multiple_of(2)));
        }
        for (bit, set) in bits {
            let what = format!("bit {bit} stuck at {}", u8::from(set));
            let site = Site::Stuck { net: id, bit, set };
            all.push(self.fault(&net.name, what, FaultKind::Stuck, site));
        }
    }

    fn state(&self, all: &mut Vec<Fault>) {
        for (index, register) in self.body.registers.iter().enumerate() {
            let net = self.body.net(register.net);
            if !self.owner.contains_key(&net.node) {
                continue;
            }
            let mut add = |what: &str, kind, site| {
                all.push(self.fault(&net.name, what.to_owned(), kind, site));
            };
            if register.enable.is_some() {
                add("the enable dropped", FaultKind::Enable, Site::Enable { register: index });
            }
            if register.reset.is_some() {
                add("the reset dropped", FaultKind::Reset, Site::Reset { register: index });
            }
            if net.ty.width > 1 {
                add("one bit too narrow", FaultKind::Width, Site::Narrow { register: index });
            }
        }
        for (index, memory) in self.body.memories.iter().enumerate() {
            for (port, read) in memory.reads.iter().enumerate() {
                if read.enable.is_some() {
                    let what = format!("the enable of read port {port} dropped");
                    let site = Site::Read { memory: index, port };
                    all.push(self.fault(&memory.name, what, FaultKind::Enable, site));
                }
            }
        }
    }
}

/// What an operator is mistaken for: names of both, and the other.
fn other(op: &Op) -> Option<(&'static str, &'static str, Op)> {
    Some(match op {
        Op::Add => ("+", "-", Op::Sub),
        Op::Sub => ("-", "+", Op::Add),
        Op::And => ("&", "|", Op::Or),
        Op::Or => ("|", "&", Op::And),
        Op::Xor => ("^", "|", Op::Or),
        Op::Eq => ("==", "!=", Op::Ne),
        Op::Ne => ("!=", "==", Op::Eq),
        Op::Lt => ("<", "<=", Op::Le),
        Op::Le => ("<=", "<", Op::Lt),
        Op::RedAnd => ("&", "|", Op::RedOr),
        Op::RedOr => ("|", "&", Op::RedAnd),
        Op::RedXor => ("^", "|", Op::RedOr),
        Op::ShlBy => ("<<", ">>", Op::ShrBy),
        Op::ShrBy => (">>", "<<", Op::ShlBy),
        _ => return None,
    })
}
