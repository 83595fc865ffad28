//! The state of an import: values seen so far, the growing network, what the file declared.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use bitladder_network::{Declared, FloatNetwork, FloatOp, ValueId};
use bitladder_onnx_proto::TensorProto;
use bitladder_spec::TensorFormat;

use crate::constant::Constant;
use crate::graph::{Graph, Origin};
use crate::inputs::Inputs;
use crate::node::Node;
use crate::tensor::{self, Tensor, TensorError};
use crate::tidy::{self, Finished};
use crate::value::{Live, Value};
use crate::{ImportError, NodeError, ops};

/// Most elements of all constants that are read or computed: a gigabyte of weights.
const MAX_CONSTANT_ELEMENTS: usize = 1 << 28;
/// Elements granted to any file, and to each byte of it: four weights of two bits to a byte, each
/// read, rescaled and transposed. Whatever needs more grew out of proportion.
const ELEMENTS_PER_FILE: usize = 1 << 20;
const ELEMENTS_PER_BYTE: usize = 64;

/// How many elements of constants a file may lead to.
struct Budget {
    granted: usize,
    spent: usize,
}

impl Budget {
    fn grant(&mut self, bytes: usize) {
        let more = bytes.saturating_mul(ELEMENTS_PER_BYTE);
        self.granted = self.granted.saturating_add(more).min(MAX_CONSTANT_ELEMENTS);
    }

    fn spend(&mut self, elements: usize) -> Result<(), NodeError> {
        self.spent = self.spent.saturating_add(elements);
        if self.spent <= self.granted {
            return Ok(());
        }
        Err(NodeError::TooLarge { limit: self.granted })
    }
}

pub(crate) struct Importer<'a> {
    pub(crate) graph: Graph<'a>,
    pub(crate) opset: i64,
    /// The batch of the file, 1 where it is open: no layer looks at it.
    pub(crate) batch: usize,
    pub(crate) network: FloatNetwork,
    pub(crate) declared: Declared,
    folder: Option<&'a Path>,
    values: HashMap<&'a str, Value>,
    /// Integer values that have the format of another, which may not be known yet.
    pub(crate) follows: BTreeMap<ValueId, ValueId>,
    names: HashMap<String, usize>,
    budget: Budget,
    external: HashSet<&'a str>,
}

impl<'a> Importer<'a> {
    pub(crate) fn new(
        graph: Graph<'a>,
        folder: Option<&'a Path>,
        opset: i64,
        bytes: usize,
    ) -> Result<Self, ImportError> {
        let Inputs { network, values, batch } = Inputs::of(&graph)?;
        let mut budget = Budget { granted: ELEMENTS_PER_FILE, spent: 0 };
        budget.grant(bytes);
        Ok(Self {
            graph,
            opset,
            batch,
            network,
            declared: Declared::default(),
            folder,
            values,
            follows: BTreeMap::new(),
            names: HashMap::new(),
            budget,
            external: HashSet::new(),
        })
    }

    /// Imports every needed node and tidies the network up.
    pub(crate) fn run(mut self) -> Result<Finished, ImportError> {
        for index in self.graph.needed.clone() {
            let proto = &self.graph.proto.node[index];
            let made = ops::import(&mut Node { importer: &mut self, proto });
            let value = made.map_err(|source| self.graph.blame(index, source))?;
            if let Some(name) = proto.output.first() {
                self.values.insert(name, value);
            }
        }
        let output = self.result()?;
        self.settle_formats();
        let file = self.graph.file;
        let inputs = (0..self.network.inputs().len()).map(|id| self.is_integer_input(id)).collect();
        tidy::finish(&self.network, &self.declared, output, inputs)
            .map_err(|source| ImportError::Network { file: file.into(), source })
    }

    fn is_integer_input(&self, id: ValueId) -> bool {
        let name = self.network.inputs()[id].name.as_str();
        matches!(self.values.get(name), Some(Value::Live(Live { integers: Some(_), .. })))
    }

    /// The live value behind the chosen output.
    fn result(&self) -> Result<Live, ImportError> {
        let output = self.graph.output;
        let refused = |what| ImportError::Output {
            file: self.graph.file.into(),
            output: output.into(),
            what,
        };
        match self.values.get(output) {
            Some(Value::Live(live)) if live.padding.is_none() => Ok(*live),
            Some(Value::Live(_)) => Err(refused("padded by a Pad node that nothing takes up")),
            Some(Value::Constant(_)) => Err(refused("constant: it depends on no input")),
            None => Err(match self.graph.origin(output) {
                Some(Origin::Node(_)) => {
                    refused("an extra output that is not supported (a mask, indices, statistics)")
                }
                Some(_) => refused("constant: it depends on no input"),
                None => refused("defined nowhere"),
            }),
        }
    }

    /// Looks a name up, reading the constant behind it if there is one.
    pub(crate) fn value(&mut self, name: &str) -> Result<Value, NodeError> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        match self.graph.origin(name) {
            Some(Origin::Constant(proto)) => Ok(self.decode(proto)?.into()),
            Some(Origin::Sparse) => Err(TensorError::Sparse { tensor: name.into() }.into()),
            Some(Origin::Node(_)) => Err(NodeError::ExtraOutput { value: name.into() }),
            Some(Origin::Input) | None => Err(NodeError::UnknownValue { value: name.into() }),
        }
    }

    pub(crate) fn decode(&mut self, proto: &'a TensorProto) -> Result<Constant, NodeError> {
        let elements = tensor::promised(proto)?;
        if tensor::is_external(proto) && self.external.insert(proto.name.as_str()) {
            self.budget.grant(elements);
        }
        self.charge(elements)?;
        Ok(Constant::plain(Tensor::decode(proto, self.folder)?))
    }

    /// Accounts for constants before they are made.
    pub(crate) fn charge(&mut self, elements: usize) -> Result<(), NodeError> {
        self.budget.spend(elements)
    }

    /// Adds a layer under a name made unique.
    pub(crate) fn push(
        &mut self,
        name: &str,
        op: FloatOp,
        inputs: Vec<ValueId>,
    ) -> Result<ValueId, NodeError> {
        let name = self.unique(name);
        Ok(self.network.push(name, op, inputs)?)
    }

    fn unique(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while let Some(uses) = self.names.get_mut(&name) {
            *uses += 1;
            name = format!("{wanted}_{uses}");
        }
        self.names.insert(name.clone(), 1);
        name
    }

    /// The value whose format an integer value has.
    pub(crate) fn format_root(&self, mut id: ValueId) -> ValueId {
        while let Some(earlier) = self.follows.get(&id) {
            id = *earlier;
        }
        id
    }

    /// The format of an integer value, where it is known yet.
    pub(crate) fn format(&self, id: ValueId) -> Option<TensorFormat> {
        self.declared.values.get(&self.format_root(id)).copied()
    }

    /// Integers that no scale was ever given for stand for themselves.
    fn settle_formats(&mut self) {
        for input in 0..self.network.inputs().len() {
            let name = self.network.inputs()[input].name.as_str();
            if let Some(Value::Live(Live { integers: Some(ty), .. })) = self.values.get(name) {
                let itself = TensorFormat::fixed(*ty, 0);
                self.declared.values.entry(input).or_insert(itself);
            }
        }
        let formats: Vec<_> = self.follows.keys().map(|id| (*id, self.format(*id))).collect();
        for (id, format) in formats {
            self.declared.values.extend(format.map(|format| (id, format)));
        }
    }
}
