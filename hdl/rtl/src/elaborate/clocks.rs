//! Which clock reaches which register: through ports, clock gates and clock multiplexers.

use std::collections::HashMap;

use super::flatten::{Child, Flat, Scope};
use crate::error::{Errors, RtlError};
use crate::expr::node::NetId;
use crate::module::body::{Binding, Instance, NetKind, Target};
use crate::module::{BlackBox, Direction};

/// Where a clock comes from.
#[derive(Clone, Debug)]
pub(crate) enum ClockSource {
    /// A clock input of the top.
    Root(String),
    /// A cell's output: an edge of one of these clocks, where the one-bit node has the value.
    Derived(Vec<(usize, Option<(u32, bool)>)>),
}

/// All distinct clocks, sources first, and the clock of every clock net.
#[derive(Default)]
pub(crate) struct Clocks {
    pub(crate) sources: Vec<ClockSource>,
    pub(crate) of_net: HashMap<(usize, NetId), usize>,
}

pub(super) fn resolve(flat: &Flat) -> Result<Clocks, Errors> {
    let mut resolver = Resolver { flat, clocks: Clocks::default(), open: Vec::new() };
    for (index, scope) in flat.scopes.iter().enumerate() {
        for (net, info) in scope.module.body.nets.iter().enumerate() {
            if matches!(info.kind, NetKind::Clock | NetKind::InstanceClock { .. }) {
                resolver.net(index, net as NetId)?;
            }
        }
    }
    Ok(resolver.clocks)
}

struct Resolver<'a> {
    flat: &'a Flat,
    clocks: Clocks,
    open: Vec<(usize, NetId)>,
}

impl Resolver<'_> {
    fn net(&mut self, scope: usize, net: NetId) -> Result<usize, Errors> {
        if let Some(known) = self.clocks.of_net.get(&(scope, net)) {
            return Ok(*known);
        }
        if self.open.contains(&(scope, net)) {
            return Err(self.loop_error(scope, net).into());
        }
        self.open.push((scope, net));
        let place = &self.flat.scopes[scope];
        let clock = match place.module.body.net(net).kind {
            NetKind::ClockOutput(source) => self.net(scope, source)?,
            NetKind::InstanceClock { instance, port } => {
                self.source_in_child(scope, instance, port)?
            }
            _ => self.source_in_parent(scope, net)?,
        };
        self.open.pop();
        self.clocks.of_net.insert((scope, net), clock);
        Ok(clock)
    }

    fn source_in_parent(&mut self, scope: usize, net: NetId) -> Result<usize, Errors> {
        let place = &self.flat.scopes[scope];
        let name = &place.module.body.net(net).name;
        let Some((parent, instance)) = place.parent else {
            self.clocks.sources.push(ClockSource::Root(name.clone()));
            return Ok(self.clocks.sources.len() - 1);
        };
        let base = place.module.ports.iter().find(|port| port.net == net).map(|port| &port.base);
        let outer = &self.flat.scopes[parent].module.body.instances[instance];
        match base.and_then(|base| clock_input(outer, base)) {
            Some(outer_net) => self.net(parent, outer_net),
            None => Err(rule_error(&self.flat.scopes[parent], outer, name).into()),
        }
    }

    fn source_in_child(
        &mut self,
        scope: usize,
        instance: usize,
        port: usize,
    ) -> Result<usize, Errors> {
        let place = &self.flat.scopes[scope];
        let placed = &place.module.body.instances[instance];
        match (&placed.target, place.children[instance]) {
            (Target::Module(module), Child::Scope(child)) => {
                self.net(child, module.ports[port].net)
            }
            (Target::Box(cell), _) => self.source_by_rules(scope, placed, cell, port),
            (Target::Module(_), Child::Cell) => {
                Err(rule_error(place, placed, &placed.target.ports()[port].base).into())
            }
        }
    }

    fn source_by_rules(
        &mut self,
        scope: usize,
        placed: &Instance,
        cell: &BlackBox,
        port: usize,
    ) -> Result<usize, Errors> {
        let place = &self.flat.scopes[scope];
        let output = &cell.ports[port].base;
        let fail = || Errors::from(rule_error(place, placed, output));
        let mut edges = Vec::new();
        for rule in cell.clock_rules.iter().filter(|rule| rule.output == *output) {
            let source = clock_input(placed, &rule.source).ok_or_else(fail)?;
            let when = match &rule.when {
                Some((name, value)) => {
                    let node = data_input(placed, name).ok_or_else(fail)?;
                    Some((place.base + node, *value))
                }
                None => None,
            };
            edges.push((self.net(scope, source)?, when));
        }
        if edges.is_empty() {
            return Err(fail());
        }
        self.clocks.sources.push(ClockSource::Derived(edges));
        Ok(self.clocks.sources.len() - 1)
    }

    fn loop_error(&self, scope: usize, net: NetId) -> RtlError {
        let from = self.open.iter().position(|open| *open == (scope, net)).unwrap_or(0);
        let ring = self.open[from..].iter().copied().chain([(scope, net)]);
        let name = |(scope, net): (usize, NetId)| {
            let place = &self.flat.scopes[scope];
            place.net_path(place.module.body.net(net))
        };
        RtlError::CombinationalLoop { path: ring.map(name).collect() }
    }
}

fn port_index(placed: &Instance, base: &str, direction: Direction) -> Option<usize> {
    let ports = placed.target.ports();
    ports.iter().position(|port| port.base == base && port.direction == direction)
}

fn clock_input(placed: &Instance, base: &str) -> Option<NetId> {
    match placed.bindings[port_index(placed, base, Direction::ClockInput)?] {
        Binding::Clock(net) => net,
        _ => None,
    }
}

/// A one-bit data input, as the node connected to it.
fn data_input(placed: &Instance, base: &str) -> Option<u32> {
    let index = port_index(placed, base, Direction::Input)?;
    match placed.bindings[index] {
        Binding::Input(node) if placed.target.ports()[index].ty.width == 1 => node,
        _ => None,
    }
}

fn rule_error(place: &Scope, placed: &Instance, output: &str) -> RtlError {
    let (cell, output) = (format!("{}.{}", place.path, placed.name), output.to_owned());
    RtlError::ClockRule { cell, output }
}
