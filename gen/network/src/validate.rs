//! What makes a quantised network valid.

use bitladder_spec::{OutputStage, Span, SpecError, TensorFormat, accumulator};

use crate::float::{check_size, infer};
use crate::{Linear, NetworkError, QuantLayer, QuantNetwork, QuantOp};

impl QuantNetwork {
    /// Checks everything an engine relies on: order, shapes, parameter counts, formats, and that
    /// no accumulator can overflow `accumulator_bits`.
    pub fn validate(&self, accumulator_bits: u8) -> Result<(), NetworkError> {
        for input in &self.inputs {
            in_layer(&input.name, input.format.validate())?;
            check_size(&input.name, &input.shape)?;
        }
        for index in 0..self.layers.len() {
            self.validate_layer(index)?;
            self.validate_accumulator(index, accumulator_bits)?;
        }
        if self.output >= self.values() {
            return Err(NetworkError::Output {
                network: self.name.clone(),
                output: self.output,
                known: self.values(),
            });
        }
        Ok(())
    }

    fn validate_layer(&self, index: usize) -> Result<(), NetworkError> {
        let layer = &self.layers[index];
        let known = self.inputs.len() + index;
        if let Some(value) = layer.inputs.iter().copied().find(|value| *value >= known) {
            return Err(NetworkError::UnknownValue { layer: layer.name.clone(), value, known });
        }
        let wanted = if matches!(layer.op, QuantOp::Add { .. }) { 2 } else { 1 };
        if layer.inputs.len() != wanted {
            let (layer, found) = (layer.name.clone(), layer.inputs.len());
            return Err(NetworkError::Arity { layer, wanted, found });
        }
        in_layer(&layer.name, layer.format.validate())?;
        check_size(&layer.name, &layer.shape)?;
        self.validate_shape(layer)?;
        self.validate_format(layer)
    }

    fn validate_shape(&self, layer: &QuantLayer) -> Result<(), NetworkError> {
        let name = &layer.name;
        let input = self.shape(layer.inputs[0]);
        let shape = match &layer.op {
            QuantOp::Conv { window, groups, linear } => {
                let shape = infer::conv(name, window, *groups, linear.bias.len(), input)?;
                let [height, width] = window.kernel;
                check_weights(name, linear, [input[0] / groups, height, width])?;
                shape
            }
            QuantOp::Dense { linear } => {
                let shape = infer::dense(name, linear.bias.len(), input)?;
                check_weights(name, linear, [input[0], 1, 1])?;
                shape
            }
            QuantOp::MaxPool { window } | QuantOp::AveragePool { window, .. } => {
                infer::pool(name, window, input)?
            }
            QuantOp::Add { .. } => infer::same(name, input, self.shape(layer.inputs[1]))?,
            QuantOp::Rescale { .. } => input.to_vec(),
            QuantOp::Reshape => infer::reshape(name, input, &layer.shape)?,
        };
        infer::same(name, &shape, &layer.shape).map(drop)
    }

    fn validate_format(&self, layer: &QuantLayer) -> Result<(), NetworkError> {
        let Some(stage) = layer.op.stage() else {
            let kept = self.format(layer.inputs[0]);
            return if kept == layer.format { Ok(()) } else { Err(disagreement(layer, kept)) };
        };
        let channels = layer.shape.first().copied().unwrap_or(1);
        in_layer(&layer.name, stage.validate(channels))?;
        let made = made_by(stage, layer.format);
        if made == layer.format { Ok(()) } else { Err(disagreement(layer, made)) }
    }

    fn validate_accumulator(&self, index: usize, limit: u8) -> Result<(), NetworkError> {
        let limit = limit.min(accumulator::MAX_BITS);
        let needed = self.accumulator_span(index).map_or(0, Span::signed_bits);
        if needed <= limit {
            return Ok(());
        }
        let layer = self.layers[index].name.clone();
        Err(NetworkError::Accumulator { layer, needed, limit })
    }
}

/// The format a stage yields; the scale is not the stage's to say.
fn made_by(stage: &OutputStage, format: TensorFormat) -> TensorFormat {
    TensorFormat { ty: stage.ty, zero_point: stage.zero_point, ..format }
}

fn disagreement(layer: &QuantLayer, actual: TensorFormat) -> NetworkError {
    NetworkError::Format {
        layer: layer.name.clone(),
        declared: layer.format.to_string(),
        actual: actual.to_string(),
    }
}

fn in_layer<T>(layer: &str, result: Result<T, SpecError>) -> Result<T, NetworkError> {
    result.map_err(|source| NetworkError::Spec { layer: layer.into(), source })
}

fn check_weights(
    layer: &str,
    linear: &Linear,
    [inputs, height, width]: [usize; 3],
) -> Result<(), NetworkError> {
    let wanted = [linear.bias.len(), inputs, height, width];
    if linear.weights.shape() == wanted {
        return Ok(());
    }
    Err(NetworkError::InputShape {
        layer: layer.into(),
        found: linear.weights.shape().to_vec(),
        wanted: format!("its weights must be shaped {wanted:?}"),
    })
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;
