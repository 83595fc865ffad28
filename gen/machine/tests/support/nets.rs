//! Networks of a few layers, written down by hand.

use bitladder_network::{QuantInput, QuantLayer, QuantNetwork, QuantOp, ValueId};
use bitladder_spec::{IntType, OutputStage, Requant, TensorFormat};

/// A fixed-point format.
pub(crate) fn format(bits: u8, signed: bool) -> TensorFormat {
    TensorFormat::fixed(IntType::new(bits, signed).expect("a valid width"), 0)
}

/// A stage that shifts into a format.
pub(crate) fn stage(format: TensorFormat, shift: u8) -> OutputStage {
    let requant = vec![Requant::shift(shift).expect("a valid shift")];
    let (ty, zero_point) = (format.ty, format.zero_point);
    OutputStage { requant, ty, zero_point, clamp: ty.span(), ..OutputStage::raw() }
}

/// A network with one input `image` and no layers yet.
pub(crate) fn network(shape: &[usize], format: TensorFormat) -> QuantNetwork {
    let input = QuantInput { name: "image".into(), shape: shape.into(), format };
    QuantNetwork { name: "net".into(), inputs: vec![input], layers: Vec::new(), output: 0 }
}

/// Adds a layer on top of a value; it becomes the result.
pub(crate) fn push(
    network: &mut QuantNetwork,
    name: &str,
    op: QuantOp,
    inputs: &[ValueId],
    shape: &[usize],
) {
    let format = match op.stage() {
        Some(stage) => {
            TensorFormat { zero_point: stage.zero_point, ..TensorFormat::fixed(stage.ty, 0) }
        }
        None => network.format(inputs[0]),
    };
    let (name, inputs, shape) = (name.into(), inputs.into(), shape.into());
    network.layers.push(QuantLayer { name, op, inputs, shape, format });
    network.output = network.values() - 1;
}
