//! Structured ports: groups of named signals that go together, such as a valid/ready stream.

use super::body::{Direction, NetKind};
use super::builder::ModuleBuilder;
use crate::expr::Sig;
use crate::ty::{BIT, Ty};

/// One signal of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name after the bundle's own, as in `x_valid`.
    pub name: String,
    /// Width and sign.
    pub ty: Ty,
    /// From the source to the sink when true.
    pub forward: bool,
    /// What it carries.
    pub doc: String,
}

/// The description of a group of ports, seen from its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    fields: Vec<Field>,
}

impl Bundle {
    /// An empty group.
    pub fn new() -> Bundle {
        Bundle::default()
    }

    /// Adds a signal from the source to the sink.
    #[must_use]
    pub fn forward(self, name: &str, ty: Ty, doc: &str) -> Bundle {
        self.field(name, ty, doc, true)
    }

    /// Adds a signal from the sink back to the source.
    #[must_use]
    pub fn backward(self, name: &str, ty: Ty, doc: &str) -> Bundle {
        self.field(name, ty, doc, false)
    }

    /// A valid/ready stream: a word moves at each edge where both bits are set.
    pub fn stream(ty: Ty, doc: &str) -> Bundle {
        Bundle::new()
            .forward("valid", BIT, "the source offers a word")
            .forward("data", ty, doc)
            .backward("ready", BIT, "the sink takes a word")
    }

    /// The signals in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn field(mut self, name: &str, ty: Ty, doc: &str, forward: bool) -> Bundle {
        let (name, doc) = (name.to_owned(), doc.to_owned());
        self.fields.push(Field { name, ty, forward, doc });
        self
    }
}

/// A bundle as ports of a finished module.
#[derive(Clone, Debug)]
pub(crate) struct PlacedBundle {
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
}

/// A bundle that became ports of the module under construction.
pub struct BundlePort<'m> {
    m: &'m ModuleBuilder,
    pub(super) signals: Vec<(Field, Sig<'m>)>,
    pub(super) source: bool,
}

impl ModuleBuilder {
    /// Ports that receive a bundle: its forward fields are inputs.
    #[track_caller]
    pub fn sink(&self, name: &str, bundle: &Bundle) -> BundlePort<'_> {
        self.place(name, bundle, false)
    }

    /// Ports that send a bundle: its forward fields are outputs.
    #[track_caller]
    pub fn source(&self, name: &str, bundle: &Bundle) -> BundlePort<'_> {
        self.place(name, bundle, true)
    }

    #[track_caller]
    fn place(&self, name: &str, bundle: &Bundle, source: bool) -> BundlePort<'_> {
        let mut signals = Vec::new();
        for field in &bundle.fields {
            let (direction, kind) = match field.forward == source {
                true => (Direction::Output, NetKind::Output),
                false => (Direction::Input, NetKind::Input),
            };
            let base = format!("{name}_{}", field.name);
            let (_, sig) = self.port(&base, field.ty, &field.doc, direction, kind);
            signals.push((field.clone(), sig));
        }
        let placed = PlacedBundle { name: name.to_owned(), fields: bundle.fields.clone() };
        self.state.borrow_mut().bundles.push(placed);
        BundlePort { m: self, signals, source }
    }
}

impl<'m> BundlePort<'m> {
    /// The signal of a field; a field that does not exist gives `None`.
    pub fn get(&self, field: &str) -> Option<Sig<'m>> {
        self.signals.iter().find(|(known, _)| known.name == field).map(|(_, sig)| *sig)
    }

    /// Drives the fields that are outputs here, in the order of the bundle.
    #[track_caller]
    pub fn drive_all(&self, values: &[Sig<'m>]) {
        let outputs = self.signals.iter().filter(|(field, _)| field.forward == self.source);
        for ((_, target), value) in outputs.zip(values) {
            self.m.drive(*target, *value);
        }
    }
}
