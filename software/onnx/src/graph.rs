//! The graph of a model: who makes each value, and which nodes the result needs.

use std::collections::{HashMap, HashSet};

use bitladder_onnx_proto::{GraphProto, NodeProto, TensorProto, ValueInfoProto};

use crate::{ImportError, NodeError};

/// What defines a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin<'a> {
    Input,
    Constant(&'a TensorProto),
    Sparse,
    Node(usize),
}

/// A graph whose names are unique and whose nodes are in order.
pub(crate) struct Graph<'a> {
    pub(crate) file: &'a str,
    pub(crate) proto: &'a GraphProto,
    origins: HashMap<&'a str, Origin<'a>>,
    /// The chosen output.
    pub(crate) output: &'a str,
    /// Nodes the output depends on, in order.
    pub(crate) needed: Vec<usize>,
    /// Inputs the output depends on, in the file's order.
    pub(crate) inputs: Vec<&'a ValueInfoProto>,
}

impl<'a> Graph<'a> {
    pub(crate) fn new(
        file: &'a str,
        proto: &'a GraphProto,
        output: Option<&str>,
    ) -> Result<Self, ImportError> {
        let origins = origins(file, proto)?;
        let output = choose_output(file, proto, output)?;
        let mut graph = Self { file, proto, origins, output, needed: vec![], inputs: vec![] };
        graph.check_order()?;
        let names = graph.reach();
        graph.needed = (0..proto.node.len())
            .filter(|index| proto.node[*index].output.iter().any(|o| names.contains(o.as_str())))
            .collect();
        let is_input = |input: &&ValueInfoProto| {
            names.contains(input.name.as_str())
                && matches!(graph.origin(&input.name), Some(Origin::Input))
        };
        graph.inputs = proto.input.iter().filter(is_input).collect();
        Ok(graph)
    }

    pub(crate) fn origin(&self, value: &str) -> Option<Origin<'a>> {
        self.origins.get(value).copied()
    }

    /// A node's name, or its number, with its operator.
    pub(crate) fn label(&self, index: usize) -> String {
        let node = &self.proto.node[index];
        let op = &node.op_type;
        if node.name.is_empty() {
            format!("{index} ({op})")
        } else {
            format!("`{}` ({op})", node.name)
        }
    }

    /// An error of a node, with file and node named.
    pub(crate) fn blame(&self, index: usize, source: NodeError) -> ImportError {
        let (file, node) = (self.file.to_owned(), self.label(index));
        ImportError::Node { file, node, source: Box::new(source) }
    }

    /// Every node may read only what is defined before it.
    fn check_order(&self) -> Result<(), ImportError> {
        for (index, node) in self.proto.node.iter().enumerate() {
            for value in node.input.iter().filter(|value| !value.is_empty()) {
                let value = value.clone();
                match self.origin(&value) {
                    None => return Err(self.blame(index, NodeError::UnknownValue { value })),
                    Some(Origin::Node(maker)) if maker >= index => {
                        let producer = self.label(maker);
                        return Err(self.blame(index, NodeError::Unordered { value, producer }));
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }

    /// Names of all values the output depends on, itself included.
    fn reach(&self) -> HashSet<&'a str> {
        let mut found = HashSet::from([self.output]);
        let mut open = vec![self.output];
        while let Some(value) = open.pop() {
            let Some(Origin::Node(maker)) = self.origin(value) else { continue };
            let read = self.proto.node[maker].input.iter().map(String::as_str);
            open.extend(read.filter(|value| !value.is_empty() && found.insert(value)));
        }
        found
    }
}

/// What defines each value; old files list their initializers among the inputs too.
fn origins<'a>(
    file: &str,
    proto: &'a GraphProto,
) -> Result<HashMap<&'a str, Origin<'a>>, ImportError> {
    let twice =
        |value: &str| ImportError::DuplicateValue { file: file.into(), value: value.into() };
    let mut inputs = HashMap::new();
    for input in &proto.input {
        if inputs.insert(input.name.as_str(), Origin::Input).is_some() {
            return Err(twice(&input.name));
        }
    }
    let mut origins = HashMap::new();
    let sparse = proto.sparse_initializer.iter().filter_map(|sparse| sparse.values.as_ref());
    let made = proto.node.iter().enumerate().flat_map(|(index, node)| {
        node.output.iter().map(move |name| (name.as_str(), Origin::Node(index)))
    });
    let constants = proto.initializer.iter().map(|t| (t.name.as_str(), Origin::Constant(t)));
    let sparse = sparse.map(|tensor| (tensor.name.as_str(), Origin::Sparse));
    for (name, origin) in constants.chain(sparse).chain(made) {
        let is_made = matches!(origin, Origin::Node(_));
        if is_made && name.is_empty() {
            continue;
        }
        if origins.insert(name, origin).is_some() || is_made && inputs.contains_key(name) {
            return Err(twice(name));
        }
    }
    for (name, origin) in inputs {
        origins.entry(name).or_insert(origin);
    }
    Ok(origins)
}

fn choose_output<'a>(
    file: &str,
    proto: &'a GraphProto,
    wanted: Option<&str>,
) -> Result<&'a str, ImportError> {
    let names: Vec<&str> = proto.output.iter().map(|output| output.name.as_str()).collect();
    let owned = || names.iter().map(|name| (*name).to_owned()).collect();
    match (wanted, names.as_slice()) {
        (Some(wanted), _) => names.iter().copied().find(|name| *name == wanted).ok_or_else(|| {
            let (file, output) = (file.to_owned(), wanted.to_owned());
            ImportError::UnknownOutput { file, output, outputs: owned() }
        }),
        (None, [only]) => Ok(only),
        (None, []) => Err(ImportError::Incomplete { file: file.into(), missing: "output" }),
        (None, _) => Err(ImportError::SeveralOutputs { file: file.into(), outputs: owned() }),
    }
}

/// The name of a node's layer: its own, or that of its first output.
pub(crate) fn layer_name(node: &NodeProto) -> &str {
    if node.name.is_empty() { node.output.first().map_or("", String::as_str) } else { &node.name }
}
