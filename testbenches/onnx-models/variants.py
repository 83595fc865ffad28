"""Ways to quantise a network, with ONNX Runtime's quantiser."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import networks
import numpy as np
import onnx
import rescale
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

QDQ, OPERATORS = QuantFormat.QDQ, QuantFormat.QOperator
U8, S8, U16 = QuantType.QUInt8, QuantType.QInt8, QuantType.QUInt16
SYMMETRIC = {"ActivationSymmetric": True, "WeightSymmetric": True}

# Name, format, activations, weights, per channel, options, most quanta of difference.
WAYS = [
    ("QDQ, u8 activations, s8 weights", QDQ, U8, S8, False, {}, 1),
    ("QDQ, per channel", QDQ, U8, S8, True, {}, 1),
    ("QDQ, symmetric s8", QDQ, S8, S8, True, SYMMETRIC, 1),
    ("QDQ, u8 weights with zero point", QDQ, U8, U8, False, {"WeightSymmetric": False}, 1),
    # A multiplier of 16 bits is off by up to half a step of 16 bits, in every layer.
    ("QDQ, u16 activations", QDQ, U16, S8, True, {}, 4),
    ("QLinear operators", OPERATORS, U8, S8, False, {}, 1),
    ("QLinear operators, per channel", OPERATORS, U8, S8, True, {}, 1),
]


@dataclass
class Variant:
    """A model to compare, the images for it and the difference allowed."""

    name: str
    model: onnx.ModelProto
    images: np.ndarray
    quantised: bool
    most: int
    # What ONNX Runtime runs instead, where it does not know the operators.
    reference: onnx.ModelProto | None = None


class Reader(CalibrationDataReader):
    """Hands out calibration images in batches."""

    def __init__(self, name: str, images: np.ndarray):
        self.batches = iter([{name: batch} for batch in np.split(images, len(images) // 50)])

    def get_next(self):
        return next(self.batches, None)


def variants(network: networks.Network) -> Iterator[Variant]:
    """The float model itself, and every quantised form of it if it is to be quantised."""
    images = network.images
    operators = {node.op_type for node in network.model.graph.node}
    yield Variant("float", network.model, images, False, 0)
    if not network.is_quantised:
        return
    for name, form, activations, weights, per_channel, options, most in WAYS:
        model = quantised(
            network, quant_format=form, activation_type=activations, weight_type=weights,
            per_channel=per_channel, extra_options=options,
        )  # fmt: skip
        yield Variant(name, model, images, True, most)
        if name == "QDQ, symmetric s8":
            # Factors that the file holds as real numbers become weights of 16 bits.
            exact = not operators & {"Sub", "Div"}
            powers = rescale.powers_of_two(model)
            yield Variant("QDQ, powers of two", powers, images, True, 0 if exact else 2)
            if "Softmax" not in operators:  # probabilities of ten classes are all zero in 4 bits
                narrow = rescale.four_bits(model)
                yield Variant("QDQ, s4", narrow, images, True, 1)
                qonnx = rescale.as_qonnx(narrow)
                yield Variant("QONNX, s4", qonnx, images, True, 1, reference=narrow)
    if operators & {"BatchNormalization", "MatMul"}:
        model = quantised(network, False, activation_type=U8, weight_type=S8)
        yield Variant("QDQ, nothing fused before", model, images, True, 1)
        if "BatchNormalization" in operators:
            behind = rescale.norms_behind_weights(model)
            yield Variant("QDQ, norms behind weights", behind, images, True, 1)


def quantised(network: networks.Network, fuse: bool = True, **options) -> onnx.ModelProto:
    """What ONNX Runtime's quantiser makes of a network."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder, "float.onnx"), Path(folder, "quantised.onnx")
        onnx.save(network.model, source)
        if fuse:
            # Shapes and fused batch norms, as its documentation asks.
            quant_pre_process(source, source, skip_symbolic_shape=True)
        quantize_static(source, result, Reader(network.input, network.calibration), **options)
        return onnx.load(result)
