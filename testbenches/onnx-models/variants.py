"""Ways to quantise a network, with ONNX Runtime's quantiser."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import networks
import numpy as np
import onnx
from onnx import numpy_helper
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


class Reader(CalibrationDataReader):
    """Hands out calibration images in batches."""

    def __init__(self, name: str, images: np.ndarray):
        self.batches = iter([{name: batch} for batch in np.split(images, len(images) // 50)])

    def get_next(self):
        return next(self.batches, None)


def variants(network: networks.Network) -> Iterator[Variant]:
    """The float model itself, and every quantised form of it."""
    yield Variant("float", network.model, network.images, False, 0)
    for name, form, activations, weights, per_channel, options, most in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            source, result = Path(folder, "float.onnx"), Path(folder, "quantised.onnx")
            onnx.save(network.model, source)
            # Shapes and fused batch norms, as its documentation asks.
            quant_pre_process(source, source, skip_symbolic_shape=True)
            quantize_static(
                source, result, Reader(network.input, network.calibration), quant_format=form,
                activation_type=activations, weight_type=weights, per_channel=per_channel,
                extra_options=options,
            )  # fmt: skip
            model = onnx.load(result)
        yield Variant(name, model, network.images, True, most)
        if name == "QDQ, symmetric s8":
            yield Variant("QDQ, powers of two", powers_of_two(model), network.images, True, 0)


def powers_of_two(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same with every scale raised to the next power of two, where rescaling is a shift."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    constants = {constant.name: constant for constant in changed.graph.initializer}
    made_by = {node.output[0]: node for node in changed.graph.node}

    def put(name: str, array: np.ndarray) -> None:
        constants[name].CopyFrom(numpy_helper.from_array(array, name))

    def scale_of(value: str) -> np.ndarray:
        return numpy_helper.to_array(constants[made_by[value].input[1]])

    layers = [node for node in changed.graph.node if node.op_type in ("Conv", "Gemm")]
    biases = {node.input[2]: made_by[node.input[2]] for node in layers}
    reals = {name: numpy_helper.to_array(constants[b.input[0]]) * scale_of(name) for name, b in biases.items()}
    rounding = ("QuantizeLinear", "DequantizeLinear")
    for name in {node.input[1] for node in changed.graph.node if node.op_type in rounding}:
        raised = np.exp2(np.ceil(np.log2(numpy_helper.to_array(constants[name]))))
        put(name, raised.astype(np.float32))
    for node in layers:
        # A bias counts in steps of input times weights, so it has to follow them.
        name, bias = node.input[2], biases[node.input[2]]
        step = scale_of(node.input[0]) * scale_of(node.input[1])
        put(bias.input[1], np.broadcast_to(step, scale_of(name).shape).astype(np.float32))
        put(bias.input[0], np.rint(reals[name] / step).astype(np.int32))
    return changed
