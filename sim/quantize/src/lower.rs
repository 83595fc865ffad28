//! From a float network with formats to an integer network.

mod linear;
mod pooling;

use bitladder_network::{
    FloatLayer, FloatNetwork, FloatOp, QuantInput, QuantLayer, QuantNetwork, QuantOp, ValueId,
};
use bitladder_spec::{OutputStage, Rounding, Saturation, Span, TensorFormat, accumulator};

use crate::error::InLayer;
use crate::rescale::{Rescaler, identity_stage};
use crate::{Formats, QuantizeError};

/// What all layers have in common.
#[derive(Debug, Clone, Copy)]
pub struct LowerOptions {
    /// Widest accumulator allowed.
    pub accumulator_bits: u8,
    /// Widest requantisation multiplier.
    pub multiplier_bits: u8,
    /// Rounding of all requantisations.
    pub rounding: Rounding,
    /// Saturation of all outputs.
    pub saturation: Saturation,
}

impl Default for LowerOptions {
    /// The contract's widest accumulator, 16-bit multipliers, half-up, saturating.
    fn default() -> Self {
        Self {
            accumulator_bits: accumulator::MAX_BITS,
            multiplier_bits: 16,
            rounding: Rounding::HalfUp,
            saturation: Saturation::Saturate,
        }
    }
}

/// An integer network and where it came from.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// The network, validated.
    pub network: QuantNetwork,
    /// For each value of the float network its value here; a layer fused into another shares the
    /// other's value.
    pub places: Vec<ValueId>,
    /// Whether the float network ended in a softmax, which stays on the host.
    pub softmax: bool,
}

/// Lowers a network whose batch norms are folded.
pub fn lower(
    network: &FloatNetwork,
    formats: &Formats,
    options: &LowerOptions,
) -> Result<Lowered, QuantizeError> {
    let mut lowering = Lowering::start(network, formats, *options)?;
    for index in 0..network.layers().len() {
        if lowering.places[network.value_of_layer(index)].is_none() {
            lowering.layer(index)?;
        }
    }
    lowering.finish()
}

struct Lowering<'a> {
    network: &'a FloatNetwork,
    formats: &'a Formats,
    options: LowerOptions,
    rescaler: Rescaler,
    result: QuantNetwork,
    places: Vec<Option<ValueId>>,
    softmax: bool,
}

/// A layer together with the clamp that follows it, if that can be part of its output stage.
struct Fused<'a> {
    index: usize,
    layer: &'a FloatLayer,
    /// The value that comes out: the clamp's, or the layer's own.
    target: ValueId,
    bounds: (f32, f32),
}

impl<'a> Lowering<'a> {
    fn start(
        network: &'a FloatNetwork,
        formats: &'a Formats,
        options: LowerOptions,
    ) -> Result<Self, QuantizeError> {
        let mut places = vec![None; network.values()];
        let mut inputs = Vec::new();
        for (value, input) in network.inputs().iter().enumerate() {
            let format = *formats
                .values
                .get(&value)
                .ok_or_else(|| QuantizeError::NoFormat { value: input.name.clone() })?;
            inputs.push(QuantInput {
                name: input.name.clone(),
                shape: input.shape.clone(),
                format,
            });
            places[value] = Some(value);
        }
        let name = network.name().to_owned();
        let result = QuantNetwork { name, inputs, layers: Vec::new(), output: 0 };
        let rescaler = Rescaler { options };
        Ok(Self { network, formats, options, rescaler, result, places, softmax: false })
    }

    fn finish(self) -> Result<Lowered, QuantizeError> {
        let Self { network, options, mut result, places, softmax, .. } = self;
        // Every value is placed once its layer was visited.
        let places: Vec<ValueId> = places.into_iter().map(Option::unwrap_or_default).collect();
        result.output = places[network.output()];
        result.validate(options.accumulator_bits)?;
        Ok(Lowered { network: result, places, softmax })
    }

    fn layer(&mut self, index: usize) -> Result<(), QuantizeError> {
        let fused = self.fuse(index);
        match &fused.layer.op {
            FloatOp::Conv { .. } | FloatOp::Dense { .. } => self.linear(&fused),
            FloatOp::AveragePool { window, count_padding } => {
                self.average(&fused, *window, *count_padding)
            }
            FloatOp::Add => self.add(&fused),
            FloatOp::Clamp { .. } => self.clamp(&fused),
            FloatOp::MaxPool { window } => self.keep(&fused, QuantOp::MaxPool { window: *window }),
            FloatOp::Reshape { .. } => self.keep(&fused, QuantOp::Reshape),
            FloatOp::Softmax => self.drop_softmax(&fused),
            FloatOp::BatchNorm(_) => Err(self.unsupported(
                &fused,
                "a batch norm over a vector cannot be lowered; fold batch norms first",
            )),
        }
    }

    /// The clamp joins a layer with an output stage when nobody else sees the layer's own value.
    fn fuse(&self, index: usize) -> Fused<'a> {
        let layer = &self.network.layers()[index];
        let value = self.network.value_of_layer(index);
        let alone = Fused {
            index,
            layer,
            target: value,
            bounds: match layer.op {
                FloatOp::Clamp { lo, hi } => (lo, hi),
                _ => (f32::NEG_INFINITY, f32::INFINITY),
            },
        };
        let has_stage = matches!(
            layer.op,
            FloatOp::Conv { .. }
                | FloatOp::Dense { .. }
                | FloatOp::AveragePool { .. }
                | FloatOp::Add
        );
        let seen = value == self.network.output() || self.is_declared(value);
        let readers = self.network.readers(value);
        match readers.as_slice() {
            [reader] if has_stage && !seen => match self.network.layers()[*reader].op {
                FloatOp::Clamp { lo, hi } => Fused {
                    target: self.network.value_of_layer(*reader),
                    bounds: (lo, hi),
                    ..alone
                },
                _ => alone,
            },
            _ => alone,
        }
    }

    fn is_declared(&self, value: ValueId) -> bool {
        self.formats.declared.contains(&value)
    }

    /// Whether a value leaves the network, directly or through a softmax, in no declared format.
    fn is_result(&self, value: ValueId) -> bool {
        let through_softmax = || {
            self.network.readers(value).iter().any(|reader| {
                self.network.value_of_layer(*reader) == self.network.output()
                    && matches!(self.network.layers()[*reader].op, FloatOp::Softmax)
            })
        };
        !self.is_declared(value) && (value == self.network.output() || through_softmax())
    }

    fn place(&self, value: ValueId) -> ValueId {
        // Layers are visited in order, so what a layer reads is placed.
        self.places[value].unwrap_or_default()
    }

    fn input_format(&self, fused: &Fused, input: usize) -> TensorFormat {
        self.result.format(self.place(fused.layer.inputs[input]))
    }

    fn format_of(&self, value: ValueId) -> Result<TensorFormat, QuantizeError> {
        self.formats.values.get(&value).copied().ok_or_else(|| QuantizeError::NoFormat {
            value: self.network.value_name(value).to_owned(),
        })
    }

    /// Adds the layer and places its value (and its own value before a fused clamp).
    fn emit(&mut self, fused: &Fused, op: QuantOp, format: TensorFormat) {
        let inputs = fused.layer.inputs.iter().map(|value| self.place(*value)).collect();
        let name = fused.layer.name.clone();
        let shape = fused.layer.shape.clone();
        self.result.layers.push(QuantLayer { name, op, inputs, shape, format });
        let value = self.result.values() - 1;
        self.places[self.network.value_of_layer(fused.index)] = Some(value);
        self.places[fused.target] = Some(value);
    }

    fn unsupported(&self, fused: &Fused, what: &str) -> QuantizeError {
        QuantizeError::Unsupported { layer: fused.layer.name.clone(), what: what.into() }
    }

    /// The activation function's bounds in a format.
    fn bounds(&self, fused: &Fused, format: TensorFormat) -> Span {
        let at = |bound: f32| {
            let rounding = bitladder_spec::ValueRounding::Named(self.options.rounding);
            i64::from(format.quantize(bound, rounding, 0))
        };
        Span::new(at(fused.bounds.0), at(fused.bounds.1))
    }

    fn clamp(&mut self, fused: &Fused) -> Result<(), QuantizeError> {
        let from = self.input_format(fused, 0);
        let format =
            if self.is_result(fused.target) { from } else { self.format_of(fused.target)? };
        let stage = self
            .rescaler
            .stage(&[from.scale], format, self.bounds(fused, format))
            .in_layer(&fused.layer.name)?;
        self.emit(fused, QuantOp::Rescale { stage }, format);
        Ok(())
    }

    /// An operation that keeps its input's format; a model that declares another format for the
    /// result gets a change of format behind it.
    fn keep(&mut self, fused: &Fused, op: QuantOp) -> Result<(), QuantizeError> {
        let from = self.input_format(fused, 0);
        self.emit(fused, op, from);
        if !self.is_declared(fused.target) {
            return Ok(());
        }
        let format = self.format_of(fused.target)?;
        if format == from {
            return Ok(());
        }
        let stage = self
            .rescaler
            .stage(&[from.scale], format, format.ty.span())
            .in_layer(&fused.layer.name)?;
        let value = self.result.values();
        self.result.layers.push(QuantLayer {
            name: format!("{}.rescale", fused.layer.name),
            op: QuantOp::Rescale { stage },
            inputs: vec![value - 1],
            shape: fused.layer.shape.clone(),
            format,
        });
        self.places[fused.target] = Some(value);
        Ok(())
    }

    fn drop_softmax(&mut self, fused: &Fused) -> Result<(), QuantizeError> {
        if fused.target != self.network.output() {
            let what = "a softmax inside the network cannot run on integers; only the last layer \
                        may be one, and it runs on the host";
            return Err(self.unsupported(fused, what));
        }
        self.softmax = true;
        self.places[fused.target] = Some(self.place(fused.layer.inputs[0]));
        Ok(())
    }

    /// A stage without a change of scale, with the activation function's bounds.
    fn wide_stage(&self, fused: &Fused, format: TensorFormat) -> OutputStage {
        let clamp = self.bounds(fused, format);
        OutputStage { clamp, ..identity_stage(format.ty, self.options) }
    }
}
