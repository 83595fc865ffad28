//! What is simpler to do once the whole network is known: constant sums become biases, batch norms
//! fold into quantised weights, layers that only carry a format disappear where nobody else reads
//! their source, and layers that nothing needs are dropped.

use bitladder_network::{Declared, FloatLayer, FloatNetwork, FloatOp, NetworkError, ValueId};
use bitladder_spec::BatchNorm;

use crate::norms;
use crate::value::Live;

/// A finished import.
pub(crate) struct Finished {
    pub(crate) network: FloatNetwork,
    pub(crate) declared: Declared,
    pub(crate) integer_inputs: Vec<bool>,
    pub(crate) integer_output: bool,
}

pub(crate) fn finish(
    network: &FloatNetwork,
    declared: &Declared,
    output: Live,
    integer_inputs: Vec<bool>,
) -> Result<Finished, NetworkError> {
    let old = Old::new(network, declared, output.id);
    let mut new = FloatNetwork::new(network.name(), network.inputs().to_vec())?;
    let mut new_declared = Declared::default();
    // Where each old value is found; dropped layers that nothing reads keep a meaningless place.
    let mut place: Vec<ValueId> = (0..network.inputs().len()).collect();
    for (index, layer) in network.layers().iter().enumerate() {
        let inputs: Vec<ValueId> = layer.inputs.iter().map(|value| place[*value]).collect();
        if !old.is_used[index] || old.is_gone(index) {
            place.push(inputs[0]);
            continue;
        }
        let mut op = layer.op.clone();
        let mut weights = declared.weights.get(&index).cloned();
        if let Some(bias) = old.bias_after(index) {
            add_bias(&mut op, bias);
            // The file's integers no longer tell the whole bias.
            weights.iter_mut().for_each(|weights| weights.bias = None);
        }
        if let (Some(norm), Some(weights)) = (old.norm_after(index), &mut weights) {
            norms::fold(&mut op, weights, norm);
        }
        let value = new.push(layer.name.clone(), op, inputs)?;
        place.push(value);
        if let (Some(weights), Some(layer)) = (weights, new.layer_of_value(value)) {
            new_declared.weights.insert(layer, weights);
        }
    }
    for (value, format) in &declared.values {
        if old.layer_is_used(*value) {
            new_declared.values.insert(place[*value], *format);
        }
    }
    new.set_output(place[output.id])?;
    let integer_output = output.integers.is_some();
    Ok(Finished { network: new, declared: new_declared, integer_inputs, integer_output })
}

/// The network as imported, with who reads what.
struct Old<'a> {
    network: &'a FloatNetwork,
    declared: &'a Declared,
    output: ValueId,
    /// Layers that read each value, themselves used.
    readers: Vec<Vec<usize>>,
    is_used: Vec<bool>,
}

impl<'a> Old<'a> {
    fn new(network: &'a FloatNetwork, declared: &'a Declared, output: ValueId) -> Self {
        let mut readers = vec![Vec::new(); network.values()];
        let mut is_used = vec![false; network.layers().len()];
        for (index, layer) in network.layers().iter().enumerate().rev() {
            let value = network.value_of_layer(index);
            is_used[index] = value == output || !readers[value].is_empty();
            if is_used[index] {
                layer.inputs.iter().for_each(|input| readers[*input].push(index));
            }
        }
        Self { network, declared, output, readers, is_used }
    }

    fn layer_is_used(&self, value: ValueId) -> bool {
        self.network.layer_of_value(value).is_none_or(|layer| self.is_used[layer])
    }

    fn layer(&self, index: usize) -> &FloatLayer {
        &self.network.layers()[index]
    }

    /// Whether a layer is part of another one or of none.
    fn is_gone(&self, index: usize) -> bool {
        self.is_loose_format(index) || self.is_bias(index) || self.is_folded_norm(index)
    }

    /// A layer that changes nothing and only has another format than its source.
    fn carries_format(&self, index: usize) -> bool {
        let nothing = FloatOp::Clamp { lo: f32::NEG_INFINITY, hi: f32::INFINITY };
        let value = self.network.value_of_layer(index);
        self.layer(index).op == nothing && self.declared.values.contains_key(&value)
    }

    /// Whether a layer's format may as well belong to its source: the source has none, and all
    /// who read it give it the same one.
    fn is_loose_format(&self, index: usize) -> bool {
        let source = self.layer(index).inputs[0];
        let format = |index: usize| self.declared.values.get(&self.network.value_of_layer(index));
        let agrees =
            |reader: &usize| self.carries_format(*reader) && format(*reader) == format(index);
        self.carries_format(index)
            && source != self.output
            && !self.declared.values.contains_key(&source)
            && self.readers[source].iter().all(agrees)
    }

    fn has_weights(&self, value: ValueId) -> bool {
        self.network.layer_of_value(value).is_some_and(|layer| {
            matches!(self.layer(layer).op, FloatOp::Conv { .. } | FloatOp::Dense { .. })
        })
    }

    /// A constant sum that alone reads a layer with weights.
    fn is_bias(&self, index: usize) -> bool {
        let layer = self.layer(index);
        let source = layer.inputs[0];
        let is_sum = matches!(&layer.op, FloatOp::BatchNorm(norm)
            if norm.epsilon == 0.0
                && norm.gamma.iter().chain(&norm.variance).all(|value| *value == 1.0)
                && norm.mean.iter().all(|value| *value == 0.0));
        is_sum
            && self.has_weights(source)
            && source != self.output
            && !self.declared.values.contains_key(&source)
            && self.readers[source].len() == 1
    }

    /// The constant sum that becomes a layer's bias.
    fn bias_after(&self, index: usize) -> Option<&'a [f32]> {
        let readers = &self.readers[self.network.value_of_layer(index)];
        let reader = readers.first().copied().filter(|reader| self.is_bias(*reader))?;
        match &self.network.layers()[reader].op {
            FloatOp::BatchNorm(norm) => Some(&norm.beta),
            _ => None,
        }
    }

    /// A batch norm that alone reads quantised weights, a bias between them aside.
    fn is_folded_norm(&self, index: usize) -> bool {
        let source = self.layer(index).inputs[0];
        let Some(before) = self.network.layer_of_value(source) else { return false };
        let linear = match self.network.layer_of_value(self.layer(before).inputs[0]) {
            Some(linear) if self.is_bias(before) => linear,
            _ => before,
        };
        matches!(self.layer(index).op, FloatOp::BatchNorm(_))
            && !self.is_bias(index)
            && self.declared.weights.contains_key(&linear)
            && source != self.output
            && !self.declared.values.contains_key(&source)
            && self.readers[source].len() == 1
    }

    /// The batch norm that folds into a layer's quantised weights.
    fn norm_after(&self, index: usize) -> Option<&'a BatchNorm> {
        let reader_of =
            |index: usize| self.readers[self.network.value_of_layer(index)].first().copied();
        let mut reader = reader_of(index)?;
        if self.is_bias(reader) {
            reader = reader_of(reader)?;
        }
        match &self.network.layers()[reader].op {
            FloatOp::BatchNorm(norm) if self.is_folded_norm(reader) => Some(norm),
            _ => None,
        }
    }
}

fn add_bias(op: &mut FloatOp, more: &[f32]) {
    if let FloatOp::Conv { bias, .. } | FloatOp::Dense { bias, .. } = op {
        bias.iter_mut().zip(more).for_each(|(bias, more)| *bias += more);
    }
}
