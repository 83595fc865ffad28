//! Checks of a module as a whole, when it is built.

use std::collections::HashSet;

use super::body::{Binding, Body, Direction, NetKind};
use super::builder::State;
use super::mem::ReadDuringWrite;
use crate::error::{MemoryProblem, Place, RtlError, Unread};
use crate::expr::node::{NetId, NodeId, Op};
use crate::names::{is_identifier, is_reserved};

#[track_caller]
pub(super) fn check(module: &str, state: &mut State) {
    let mut errors = names(module, state);
    errors.extend(drivers(module, &state.body));
    errors.extend(memories(module, &state.body));
    // Reachability follows drivers: with one missing it would only repeat the first mistake.
    if state.errors.is_empty() && errors.is_empty() {
        errors.extend(unused(module, state));
    }
    state.errors.extend(errors);
}

fn names(module: &str, state: &State) -> Vec<RtlError> {
    let body = &state.body;
    let nets = body.nets.iter().map(|net| net.name.as_str());
    let memories = body.memories.iter().map(|memory| memory.name.as_str());
    let instances = body.instances.iter().map(|instance| instance.name.as_str());
    let mut seen = HashSet::new();
    let mut errors = Vec::new();
    for name in nets.chain(memories).chain(instances).chain([module]) {
        let (module, name) = (module.to_owned(), name.to_owned());
        if !is_identifier(&name) {
            errors.push(RtlError::InvalidName { module, name });
        } else if is_reserved(&name) {
            errors.push(RtlError::ReservedName { module, name });
        } else if !seen.insert(name.clone()) {
            errors.push(RtlError::NameClash { module, name });
        }
    }
    errors
}

fn drivers(module: &str, body: &Body) -> Vec<RtlError> {
    let mut errors = Vec::new();
    for net in &body.nets {
        let open = match net.kind {
            NetKind::Output | NetKind::Wire => net.driver.is_none(),
            NetKind::Register(index) => body.registers[index].next.is_none(),
            _ => false,
        };
        if open {
            errors.push(RtlError::Undriven { signal: format!("{module}.{}", net.name) });
        }
    }
    for instance in &body.instances {
        for (port, binding) in instance.target.ports().iter().zip(&instance.bindings) {
            if matches!(binding, Binding::Input(None) | Binding::Clock(None)) {
                let instance = format!("{module}.{}", instance.name);
                errors.push(RtlError::UnconnectedPort { instance, port: port.base.clone() });
            }
        }
    }
    errors
}

#[track_caller]
fn memories(module: &str, body: &Body) -> Vec<RtlError> {
    let at: Place = std::panic::Location::caller().into();
    let mut errors = Vec::new();
    for memory in &body.memories {
        let mut fail = |problem| {
            let memory = format!("{module}.{}", memory.name);
            errors.push(RtlError::Memory { memory, problem, at });
        };
        if memory.reads.is_empty() {
            fail(MemoryProblem::NeverRead);
        }
        let reads = memory.reads.iter().map(|read| read.clock);
        let mut clocks = reads.chain(memory.writes.iter().map(|write| write.clock));
        let first = clocks.next();
        let mixed = clocks.any(|clock| Some(clock) != first);
        if memory.policy == ReadDuringWrite::NewData && mixed {
            fail(MemoryProblem::NewDataAcrossClocks);
        }
    }
    errors
}

/// Nets that no output, instance or ignored signal depends on.
fn unused(module: &str, state: &State) -> Vec<RtlError> {
    let mut live = Live::new(&state.body);
    for (id, net) in state.body.nets.iter().enumerate() {
        if net.ignored || matches!(net.kind, NetKind::Output | NetKind::ClockOutput(_)) {
            live.net(id as NetId);
        }
    }
    for binding in state.body.instances.iter().flat_map(|instance| &instance.bindings) {
        match binding {
            Binding::Input(Some(node)) => live.queue.push(*node),
            Binding::Clock(Some(net)) => live.net(*net),
            _ => {}
        }
    }
    live.queue.extend(&state.folded_away);
    live.run();
    let dead = |(id, _): &(usize, _)| !live.nets[*id];
    let nets = state.body.nets.iter().enumerate().filter(dead);
    nets.filter_map(|(_, net)| {
        let kind = match net.kind {
            NetKind::Input | NetKind::Clock => Unread::Input,
            NetKind::Wire => Unread::Wire,
            NetKind::Register(_) => Unread::Register,
            NetKind::MemoryRead { .. } => Unread::MemoryRead,
            NetKind::InstanceOutput { .. } | NetKind::InstanceClock { .. } => {
                Unread::InstanceOutput
            }
            NetKind::Output | NetKind::ClockOutput(_) => return None,
        };
        Some(RtlError::Unused { kind, signal: format!("{module}.{}", net.name) })
    })
    .collect()
}

struct Live<'a> {
    body: &'a Body,
    nets: Vec<bool>,
    nodes: Vec<bool>,
    queue: Vec<NodeId>,
}

impl<'a> Live<'a> {
    fn new(body: &'a Body) -> Live<'a> {
        let (nets, nodes) = (vec![false; body.nets.len()], vec![false; body.nodes.len()]);
        Live { body, nets, nodes, queue: Vec::new() }
    }

    fn run(&mut self) {
        while let Some(id) = self.queue.pop() {
            if std::mem::replace(&mut self.nodes[id as usize], true) {
                continue;
            }
            let node = self.body.node(id);
            self.queue.extend(&node.args);
            if let Op::Net(net) = node.op {
                self.net(net);
            }
        }
    }

    fn net(&mut self, id: NetId) {
        if std::mem::replace(&mut self.nets[id as usize], true) {
            return;
        }
        let net = self.body.net(id);
        self.queue.extend(net.driver);
        match net.kind {
            NetKind::ClockOutput(source) => self.net(source),
            NetKind::Register(index) => {
                let register = &self.body.registers[index];
                self.queue.extend(register.next);
                self.queue.extend(register.enable);
                self.queue.extend(register.reset.map(|(condition, _)| condition));
                self.net(register.clock);
            }
            NetKind::MemoryRead { memory, port } => self.memory(memory, port),
            _ => {}
        }
    }

    fn memory(&mut self, memory: usize, port: usize) {
        let body = self.body;
        let read = &body.memories[memory].reads[port];
        self.queue.push(read.address);
        self.queue.extend(read.enable);
        self.net(read.clock);
        for write in &body.memories[memory].writes {
            self.queue.extend([write.mask, write.address, write.data]);
            self.net(write.clock);
        }
    }
}

impl Direction {
    /// The word for this direction in a Verilog port list.
    pub(crate) fn keyword(self) -> &'static str {
        if self.is_input() { "input " } else { "output" }
    }
}
