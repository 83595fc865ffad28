//! The hierarchy as one graph: every node of every instance gets a number of its own.

use std::sync::Arc;

use super::clocks::Clocks;
use crate::error::{Errors, RtlError};
use crate::expr::node::{NetId, Node, Op};
use crate::module::body::{Binding, Instance, Net, NetKind, Target};
use crate::module::{BlackBox, Direction, Model, Module, Port};

/// Below an instance: another scope, or a cell that is not described by a module.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Child {
    Scope(usize),
    Cell,
}

/// One module instance of the hierarchy.
pub(crate) struct Scope {
    /// Path from the top, the top's own name included.
    pub(crate) path: String,
    pub(crate) module: Arc<Module>,
    /// Number of the scope's first node.
    pub(crate) base: u32,
    /// The surrounding scope and the instance in it.
    pub(crate) parent: Option<(usize, usize)>,
    pub(crate) children: Vec<Child>,
}

/// All scopes, and the order in which their nodes can be evaluated.
pub(crate) struct Flat {
    pub(crate) scopes: Vec<Scope>,
    pub(crate) scope_of: Vec<u32>,
    pub(crate) clocks: Clocks,
    pub(crate) order: Vec<u32>,
}

impl Flat {
    pub(super) fn new(top: &Arc<Module>) -> Result<Flat, Errors> {
        let (scopes, scope_of) = (Vec::new(), Vec::new());
        let (clocks, order) = (Clocks::default(), Vec::new());
        let mut flat = Flat { scopes, scope_of, clocks, order };
        flat.place(top, top.name.clone(), None)?;
        Ok(flat)
    }

    fn place(
        &mut self,
        module: &Arc<Module>,
        path: String,
        parent: Option<(usize, usize)>,
    ) -> Result<usize, Errors> {
        let index = self.scopes.len();
        let base = self.scope_of.len() as u32;
        self.scope_of.resize(self.scope_of.len() + module.body.nodes.len(), index as u32);
        let (module, children) = (Arc::clone(module), Vec::new());
        self.scopes.push(Scope { path, module: Arc::clone(&module), base, parent, children });
        for (number, instance) in module.body.instances.iter().enumerate() {
            let inner = match &instance.target {
                Target::Module(inner) => Some(inner),
                Target::Box(cell) => match &cell.model {
                    Model::Module(inner) => Some(check_model(cell, inner)?),
                    _ => None,
                },
            };
            let child = match inner {
                Some(inner) => {
                    let path = format!("{}.{}", self.scopes[index].path, instance.name);
                    Child::Scope(self.place(inner, path, Some((index, number)))?)
                }
                None => Child::Cell,
            };
            self.scopes[index].children.push(child);
        }
        Ok(index)
    }

    pub(crate) fn node(&self, id: u32) -> &Node {
        let scope = self.scope(id);
        &scope.module.body.nodes[(id - scope.base) as usize]
    }

    pub(crate) fn scope(&self, id: u32) -> &Scope {
        &self.scopes[self.scope_of[id as usize] as usize]
    }

    /// The net that a node reads, if it is one.
    pub(crate) fn net_of(&self, id: u32) -> Option<&Net> {
        match self.node(id).op {
            Op::Net(net) => Some(self.scope(id).module.body.net(net)),
            _ => None,
        }
    }

    /// The nodes whose values a node needs within the same clock cycle.
    pub(crate) fn needs(&self, id: u32) -> Vec<u32> {
        let scope = self.scope(id);
        let node = self.node(id);
        match self.net_of(id) {
            None => node.args.iter().map(|arg| scope.base + arg).collect(),
            Some(net) => self.net_needs(scope, net),
        }
    }

    fn net_needs(&self, scope: &Scope, net: &Net) -> Vec<u32> {
        match net.kind {
            NetKind::Output | NetKind::Wire => {
                net.driver.iter().map(|driver| scope.base + driver).collect()
            }
            NetKind::Input => self.outside(scope, net).into_iter().collect(),
            NetKind::InstanceOutput { instance, port } => match scope.children[instance] {
                Child::Scope(child) => {
                    let child = &self.scopes[child];
                    let name = &scope.module.body.instances[instance].target.ports()[port].base;
                    find(&child.module.ports, name, Direction::Output)
                        .map(|inner| child.base + child.module.body.net(inner.net).node)
                        .into_iter()
                        .collect()
                }
                Child::Cell => scope.inputs(&scope.module.body.instances[instance]),
            },
            _ => Vec::new(),
        }
    }

    /// The node in the surrounding scope that feeds an input; `None` at the top.
    fn outside(&self, scope: &Scope, net: &Net) -> Option<u32> {
        let (parent, instance) = scope.parent?;
        let parent = &self.scopes[parent];
        let instance = &parent.module.body.instances[instance];
        let inner = scope.module.ports.iter().find(|port| port.name == net.name)?;
        let outer = instance.target.ports().iter().position(|port| port.base == inner.base)?;
        match instance.bindings[outer] {
            Binding::Input(Some(node)) => Some(parent.base + node),
            _ => None,
        }
    }
}

impl Scope {
    /// The nodes connected to the data inputs of an instance, in port order.
    pub(crate) fn inputs(&self, instance: &Instance) -> Vec<u32> {
        let nodes = instance.bindings.iter().filter_map(|binding| match binding {
            Binding::Input(node) => node.map(|node| self.base + node),
            _ => None,
        });
        nodes.collect()
    }

    /// The node that reads a net of this scope.
    pub(crate) fn reader(&self, net: NetId) -> u32 {
        self.base + self.module.body.net(net).node
    }

    /// A net's path.
    pub(crate) fn net_path(&self, net: &Net) -> String {
        format!("{}.{}", self.path, net.name)
    }
}

pub(super) fn find<'a>(ports: &'a [Port], base: &str, direction: Direction) -> Option<&'a Port> {
    ports.iter().find(|port| port.base == base && port.direction == direction)
}

/// A model must have every port of its cell; clock outputs follow the cell's rules instead.
fn check_model<'a>(cell: &BlackBox, model: &'a Arc<Module>) -> Result<&'a Arc<Module>, Errors> {
    let needed = cell.ports.iter().filter(|port| port.direction != Direction::ClockOutput);
    let mut errors = Vec::new();
    for port in needed {
        let found = find(&model.ports, &port.base, port.direction);
        if found.is_none_or(|inner| inner.ty != port.ty) {
            let what = match port.direction {
                Direction::Input => "input",
                Direction::Output => "output",
                _ => "clock input",
            };
            let (cell, port, ty) = (cell.name.clone(), port.base.clone(), port.ty);
            errors.push(RtlError::ModelPort { cell, what, port, ty });
        }
    }
    if errors.is_empty() { Ok(model) } else { Err(Errors(errors)) }
}
