"""Other forms of a model with symmetric QuantizeLinear and DequantizeLinear nodes."""

from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS = ("Conv", "Gemm")
ROUNDING = ("QuantizeLinear", "DequantizeLinear")
QONNX = "qonnx.custom_op.general"


class Quantised:
    """A copy of a model, with its constants by name."""

    def __init__(self, model: onnx.ModelProto):
        self.model = onnx.ModelProto()
        self.model.CopyFrom(model)
        self.graph = self.model.graph
        self.constants = {constant.name: constant for constant in self.graph.initializer}
        self.made_by = {node.output[0]: node for node in self.graph.node}

    def get(self, name: str) -> np.ndarray:
        return numpy_helper.to_array(self.constants[name])

    def put(self, name: str, array: np.ndarray) -> None:
        self.constants[name].CopyFrom(numpy_helper.from_array(array, name))

    def scale_of(self, value: str) -> np.ndarray:
        return self.get(self.made_by[value].input[1])

    def spread_scale(self, value: str) -> np.ndarray:
        """The scale of a dequantised constant, shaped to be multiplied with it."""
        node, scale = self.made_by[value], self.scale_of(value)
        if scale.size == 1:
            return scale.reshape(())
        axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
        dims = [1] * self.get(node.input[0]).ndim
        dims[axis] = scale.size
        return scale.reshape(dims)

    def real(self, value: str) -> np.ndarray:
        """A dequantised constant."""
        return self.get(self.made_by[value].input[0]).astype(np.float32) * self.spread_scale(value)

    def layers(self) -> list[onnx.NodeProto]:
        return [node for node in self.graph.node if node.op_type in LAYERS]


def rescaled(model: onnx.ModelProto, change: Callable[[np.ndarray], np.ndarray]) -> Quantised:
    """The same with other scales; biases count in steps of input times weights, so they follow."""
    result = Quantised(model)
    biases = {node.input[2]: result.real(node.input[2]) for node in result.layers()}
    for name in {node.input[1] for node in result.graph.node if node.op_type in ROUNDING}:
        result.put(name, change(result.get(name)).astype(np.float32))
    for node in result.layers():
        bias = result.made_by[node.input[2]]
        step = result.scale_of(node.input[0]) * result.scale_of(node.input[1])
        shape = result.get(bias.input[1]).shape
        result.put(bias.input[1], np.broadcast_to(step, shape).astype(np.float32))
        result.put(bias.input[0], np.rint(biases[node.input[2]] / step).astype(np.int32))
    return result


def powers_of_two(model: onnx.ModelProto) -> onnx.ModelProto:
    """Every scale raised to the next power of two, where rescaling is a shift."""
    return rescaled(model, lambda scale: np.exp2(np.ceil(np.log2(scale)))).model


def four_bits(model: onnx.ModelProto) -> onnx.ModelProto:
    """Weights and activations of 4 bits that span what 8 bits did."""
    result = rescaled(model, lambda scale: scale * 127 / 7)
    result.model.opset_import[0].version = max(21, result.model.opset_import[0].version)
    s4 = helper.tensor_dtype_to_np_dtype(TensorProto.INT4)
    biases = {node.input[2] for node in result.layers()}
    for node in result.graph.node:
        if node.op_type in ROUNDING and node.output[0] not in biases:
            result.put(node.input[2], np.zeros_like(result.get(node.input[2])).astype(s4))
            constant = result.constants.get(node.input[0])
            if constant is not None:
                result.put(node.input[0], np.rint(result.get(node.input[0]) * (7 / 127)).astype(s4))
    return result.model


def as_qonnx(model: onnx.ModelProto) -> onnx.ModelProto:
    """Quant nodes over real numbers instead of pairs, real biases instead of integers."""
    result = Quantised(model)
    biases = {node.input[2] for node in result.layers()}
    zero = numpy_helper.from_array(np.float32(0), "quant_zero")
    bits = numpy_helper.from_array(np.float32(4), "quant_bits")
    nodes, reals = [], [zero, bits]
    for node in result.graph.node:
        if node.op_type not in ROUNDING:
            nodes.append(node)
        elif node.output[0] in biases:
            reals.append(numpy_helper.from_array(result.real(node.output[0]), node.output[0]))
        elif node.op_type == "DequantizeLinear":
            source, scale = node.input[0], node.input[1]
            if source in result.constants:
                reals.append(numpy_helper.from_array(result.real(node.output[0]), source + "_real"))
                source += "_real"
                scale = source + "_scale"
                steps = np.asarray(result.spread_scale(node.output[0]))
                reals.append(numpy_helper.from_array(steps, scale))
            else:
                source = result.made_by[source].input[0]
            inputs = [source, scale, "quant_zero", "quant_bits"]
            nodes.append(helper.make_node("Quant", inputs, node.output, domain=QONNX, signed=1))
    del result.graph.node[:]
    result.graph.node.extend(nodes)
    result.graph.initializer.extend(reals)
    result.model.opset_import.append(helper.make_opsetid(QONNX, 1))
    return result.model


def norms_behind_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """No rounding between a convolution and its batch norm, as trained QONNX models have it."""
    result = Quantised(model)
    for node in result.graph.node:
        if node.op_type == "BatchNormalization":
            rounded = result.made_by[result.made_by[node.input[0]].input[0]]
            node.input[0] = rounded.input[0]
    return result.model
