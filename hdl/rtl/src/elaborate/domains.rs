//! Clock domains: data that changes with one clock must not be sampled by another unawares.
//!
//! A gated clock is in the domain of its source; a clock that is switched between sources of
//! different domains is a domain of its own. Inputs of the top belong to no domain.

use super::clocks::ClockSource;
use super::flatten::{Flat, Scope};
use crate::error::{Errors, RtlError};
use crate::expr::node::{NetId, NodeId};
use crate::module::body::{Memory, Net, NetKind, Register};

/// One bit per domain. Beyond this many, domains share the last bit and are not told apart.
type Domains = u128;

pub(super) fn check(flat: &Flat) -> Result<(), Errors> {
    let of_clock = domains_of_clocks(flat);
    if of_clock.iter().max() == of_clock.iter().min() {
        return Ok(());
    }
    let mut checker = Checker { flat, of_clock, of_node: vec![0; flat.scope_of.len()] };
    for id in &flat.order {
        checker.of_node[*id as usize] = checker.domains_of_node(*id);
    }
    let mut errors = Vec::new();
    for (index, scope) in flat.scopes.iter().enumerate() {
        let body = &scope.module.body;
        for register in &body.registers {
            let name = &body.net(register.net).name;
            errors.extend(checker.sampled(index, name, register.clock, &register_nodes(register)));
        }
        for memory in &body.memories {
            let ports = memory_nodes(memory);
            let crossing = |(clock, nodes): &(NetId, Vec<NodeId>)| {
                checker.sampled(index, &memory.name, *clock, nodes)
            };
            errors.extend(ports.iter().find_map(crossing));
        }
        errors.extend((0..body.nets.len()).filter_map(|net| checker.gate(index, net as NetId)));
    }
    if errors.is_empty() { Ok(()) } else { Err(Errors(errors)) }
}

fn domains_of_clocks(flat: &Flat) -> Vec<Domains> {
    let mut next = 0;
    let mut fresh = || {
        next = (next + 1).min(Domains::BITS);
        1 << (next - 1)
    };
    let mut domains: Vec<Domains> = Vec::new();
    for source in &flat.clocks.sources {
        let domain = match source {
            ClockSource::Root(_) => fresh(),
            ClockSource::Derived(edges) => {
                let first = domains[edges[0].0];
                let same = edges.iter().all(|(source, _)| domains[*source] == first);
                if same { first } else { fresh() }
            }
        };
        domains.push(domain);
    }
    domains
}

/// What a register looks at.
fn register_nodes(register: &Register) -> Vec<NodeId> {
    let reset = register.reset.map(|(condition, _)| condition);
    [register.next, register.enable, reset].into_iter().flatten().collect()
}

/// What each port of a memory looks at, with the port's clock.
fn memory_nodes(memory: &Memory) -> Vec<(NetId, Vec<NodeId>)> {
    let reads = memory.reads.iter().map(|read| {
        let nodes = [Some(read.address), read.enable].into_iter().flatten().collect();
        (read.clock, nodes)
    });
    let writes = memory
        .writes
        .iter()
        .map(|write| (write.clock, vec![write.mask, write.address, write.data]));
    reads.chain(writes).collect()
}

struct Checker<'a> {
    flat: &'a Flat,
    of_clock: Vec<Domains>,
    of_node: Vec<Domains>,
}

impl Checker<'_> {
    fn domains_of_node(&self, id: u32) -> Domains {
        if let Some(net) = self.flat.net_of(id) {
            if net.crossing {
                return 0;
            }
            let scope = self.flat.scope_of[id as usize] as usize;
            if let Some(clock) = state_clock(&self.flat.scopes[scope], net) {
                return self.of_clock[self.flat.clocks.of_net[&(scope, clock)]];
            }
        }
        let needs = self.flat.needs(id);
        needs.iter().fold(0, |all, need| all | self.of_node[*need as usize])
    }

    /// The first of the nodes that does not belong to the clock's domain, as an error.
    fn sampled(
        &self,
        scope: usize,
        name: &str,
        clock: NetId,
        nodes: &[NodeId],
    ) -> Option<RtlError> {
        let place = &self.flat.scopes[scope];
        let own = self.of_clock[self.flat.clocks.of_net[&(scope, clock)]];
        let foreign = |id: u32| self.of_node[id as usize] & !own;
        let start = nodes.iter().map(|node| place.base + node).find(|id| foreign(*id) != 0)?;
        let clock = place.net_path(place.module.body.net(clock));
        self.crossing(format!("{}.{name}", place.path), clock, start, own)
    }

    fn crossing(
        &self,
        sampler: String,
        clock: String,
        start: u32,
        own: Domains,
    ) -> Option<RtlError> {
        let (source, other) = self.origin(start, own)?;
        let source_place = self.flat.scope(source);
        Some(RtlError::ClockCrossing {
            sampler,
            clock,
            signal: source_place.net_path(self.flat.net_of(source)?),
            other: source_place.net_path(source_place.module.body.net(other)),
        })
    }

    /// A clock gate whose condition comes from another domain than its clock. Switches between
    /// clocks have their own synchronisers and are not looked at.
    fn gate(&self, scope: usize, net: NetId) -> Option<RtlError> {
        let place = &self.flat.scopes[scope];
        let info = place.module.body.net(net);
        if !matches!(info.kind, NetKind::InstanceClock { .. }) {
            return None;
        }
        let clocks = &self.flat.clocks;
        let ClockSource::Derived(edges) = &clocks.sources[*clocks.of_net.get(&(scope, net))?]
        else {
            return None;
        };
        let [(source, Some((condition, _)))] = edges[..] else { return None };
        let own = self.of_clock[source];
        if self.of_node[condition as usize] & !own == 0 {
            return None;
        }
        let of_source = clocks.of_net.iter().filter(|(_, clock)| **clock == source);
        let (at, clock) = of_source.map(|(place, _)| *place).min()?;
        let clock_place = &self.flat.scopes[at];
        let clock = clock_place.net_path(clock_place.module.body.net(clock));
        self.crossing(place.net_path(info), clock, condition, own)
    }

    /// The register or read port from which a value outside the domain `own` comes, and its clock.
    fn origin(&self, start: u32, own: Domains) -> Option<(u32, NetId)> {
        let mut id = start;
        loop {
            let found = self.flat.net_of(id).and_then(|net| state_clock(self.flat.scope(id), net));
            if let Some(clock) = found {
                return Some((id, clock));
            }
            let foreign = |need: &u32| self.of_node[*need as usize] & !own != 0;
            id = self.flat.needs(id).into_iter().find(foreign)?;
        }
    }
}

/// The clock of a register or memory read port.
fn state_clock(scope: &Scope, net: &Net) -> Option<NetId> {
    let body = &scope.module.body;
    match net.kind {
        NetKind::Register(index) => Some(body.registers[index].clock),
        NetKind::MemoryRead { memory, port } => Some(body.memories[memory].reads[port].clock),
        _ => None,
    }
}
