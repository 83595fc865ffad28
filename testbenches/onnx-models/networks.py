"""The float networks that are compared: shipped ones and small ones with random weights."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[2]
OPSET = 21


@dataclass
class Network:
    """A float model, images it is calibrated on, and images it is compared on."""

    name: str
    model: onnx.ModelProto
    calibration: np.ndarray
    images: np.ndarray
    is_quantised: bool = True

    @property
    def input(self) -> str:
        return self.model.graph.input[0].name


def digits(split: str) -> np.ndarray:
    """Images of 8 by 8, from 0 to 1."""
    path = ROOT / "models" / "data" / "digits8x8" / f"{split}-images-idx3-ubyte.gz"
    data = np.frombuffer(gzip.decompress(path.read_bytes()), dtype=np.uint8, offset=16)
    return data.reshape(-1, 1, 8, 8).astype(np.float32) / 16


def enlarged(images: np.ndarray) -> np.ndarray:
    """Images of 28 by 28, as MNIST has them: three times the size, with a border."""
    return np.pad(images.repeat(3, axis=2).repeat(3, axis=3), ((0, 0), (0, 0), (2, 2), (2, 2)))


class Builder:
    """A chain of nodes; each method adds one and returns the name of its value."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.constants = [], []

    def constant(self, array: np.ndarray) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, op: str, *inputs: str, **attributes) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(op, list(inputs), [name], name=f"{op}_{name}", **attributes)
        )
        return name

    def conv(
        self, x: str, inputs: int, outputs: int, kernel: int, group: int = 1, **attributes
    ) -> str:
        fan = inputs // group * kernel * kernel
        weights = self.rng.normal(0, fan**-0.5, (outputs, inputs // group, kernel, kernel))
        # Channels of unequal size are what scales per channel are for.
        weights *= self.rng.uniform(0.3, 1.5, (outputs, 1, 1, 1))
        names = [
            self.constant(a.astype(np.float32)) for a in (weights, self.rng.normal(0, 0.2, outputs))
        ]
        if "auto_pad" not in attributes:
            attributes["pads"] = [kernel // 2] * 4
        return self.node("Conv", x, *names, group=group, kernel_shape=[kernel] * 2, **attributes)

    def dense(self, x: str, inputs: int, outputs: int) -> str:
        weights = self.rng.normal(0, inputs**-0.5, (outputs, inputs)).astype(np.float32)
        bias = self.rng.normal(0, 0.2, outputs).astype(np.float32)
        return self.node("Gemm", x, self.constant(weights), self.constant(bias), transB=1)

    def norm(self, x: str, channels: int) -> str:
        spread = self.rng.uniform(0.5, 2, (4, channels)).astype(np.float32)
        spread[1:3] -= 1
        return self.node("BatchNormalization", x, *map(self.constant, spread))

    def relu(self, x: str) -> str:
        return self.node("Relu", x)

    def clip(self, x: str) -> str:
        return self.node("Clip", x, *(self.constant(np.float32(bound)) for bound in (0, 6)))

    def model(
        self, name: str, shape: list[int], output: str, features: int, opset: int = OPSET
    ) -> onnx.ModelProto:
        value = helper.make_tensor_value_info
        inputs = [value("x", TensorProto.FLOAT, ["batch", *shape])]
        outputs = [value(output, TensorProto.FLOAT, ["batch", features])]
        graph = helper.make_graph(self.nodes, name, inputs, outputs, self.constants)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10
        )
        onnx.checker.check_model(model)
        return model


def everything() -> onnx.ModelProto:
    """One of each: strides, groups, norms, paddings, pools with partial windows, means."""
    b = Builder(1)
    x = b.relu(b.norm(b.conv("x", 3, 8, 3, strides=[2, 2]), 8))
    x = b.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    pads = b.constant(np.array([0, 0, 1, 0, 0, 0, 0, 1], dtype=np.int64))
    x = b.relu(b.conv(b.node("Pad", x, pads), 8, 8, 3, group=2, dilations=[1, 1]))
    x = b.node("AveragePool", x, kernel_shape=[2, 2], pads=[0, 0, 1, 1], count_include_pad=1)
    x = b.clip(b.conv(x, 8, 12, 3, auto_pad="SAME_UPPER", strides=[1, 2]))
    axes = b.constant(np.array([2, 3], dtype=np.int64))
    x = b.dense(b.node("ReduceMean", x, axes, keepdims=0), 12, 10)
    return b.model("everything", [3, 20, 20], b.node("Softmax", x), 10)


def residual() -> onnx.ModelProto:
    """Two residual blocks, the second with a convolution on its shortcut."""
    b = Builder(2)
    x = b.relu(b.conv("x", 3, 8, 3))
    inner = b.conv(b.relu(b.conv(x, 8, 8, 3)), 8, 8, 3)
    x = b.relu(b.node("Add", inner, x))
    inner = b.conv(b.relu(b.conv(x, 8, 16, 3, strides=[2, 2])), 16, 16, 3)
    x = b.relu(b.node("Add", inner, b.conv(x, 8, 16, 1, strides=[2, 2])))
    x = b.node("Flatten", b.node("GlobalAveragePool", x))
    return b.model("residual", [3, 12, 12], b.dense(x, 16, 10), 10)


def depthwise() -> onnx.ModelProto:
    """Depthwise and pointwise convolutions with clipped rectifiers."""
    b = Builder(3)
    x = b.clip(b.conv("x", 3, 8, 3, strides=[2, 2]))
    x = b.clip(b.conv(x, 8, 8, 3, group=8))
    x = b.clip(b.conv(x, 8, 16, 1))
    x = b.clip(b.conv(x, 16, 16, 3, group=16, strides=[2, 2]))
    x = b.conv(x, 16, 12, 1)
    x = b.node("Flatten", b.node("GlobalAveragePool", x))
    return b.model("depthwise", [3, 16, 16], b.dense(x, 12, 10), 10)


def perceptron() -> onnx.ModelProto:
    """Products and sums as separate nodes, on inputs that are normalised first."""
    b = Builder(4)
    x = b.node("Sub", "x", b.constant(np.array([0.5, -0.5, 0.25], np.float32).reshape(3, 1, 1)))
    x = b.node("Flatten", b.node("Div", x, b.constant(np.float32(1.7))))
    for inputs, outputs in ((48, 24), (24, 24), (24, 10)):
        weights = b.rng.normal(0, inputs**-0.5, (inputs, outputs)).astype(np.float32)
        x = b.node("MatMul", x, b.constant(weights))
        x = b.node("Add", x, b.constant(b.rng.normal(0, 0.3, outputs).astype(np.float32)))
        x = b.relu(x) if outputs != 10 else x
    return b.model("perceptron", [3, 4, 4], x, 10)


def older() -> onnx.ModelProto:
    """What newer operator sets give as inputs, as the attributes of operator set 9."""
    b = Builder(5)
    x = b.node("Pad", "x", pads=[0, 0, 1, 1, 0, 0, 1, 0], mode="constant", value=0.0)
    x = b.node("Clip", b.norm(b.conv(x, 3, 8, 3), 8), min=-0.5, max=2.0)
    x = b.node("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    x = b.node("Dropout", b.relu(b.conv(x, 8, 12, 3)), ratio=0.5)
    x = b.node("ReduceMean", x, axes=[2, 3], keepdims=1)
    x = b.dense(b.node("Squeeze", x, axes=[2, 3]), 12, 10)
    return b.model("older", [3, 9, 9], b.node("Softmax", x, axis=1), 10, opset=9)


def noise(seed: int, count: int, shape: list[int]) -> np.ndarray:
    """Random images with some structure: blobs rather than white noise."""
    rng = np.random.default_rng(seed)
    fine = rng.normal(0, 0.5, (count, *shape))
    coarse = rng.normal(0, 1, (count, shape[0], 1, 1)) * np.ones(shape)
    return (fine + coarse).astype(np.float32)


def networks() -> list[Network]:
    """All networks, with images of their own for calibration and comparison."""
    shipped = [
        onnx.load(ROOT / "models" / name / "model.onnx") for name in ("digits-cnn", "lenet-mnist")
    ]
    train, test = digits("train")[:200], digits("test")
    result = [
        Network("digits-cnn", shipped[0], train, test),
        Network("lenet-mnist", shipped[1], enlarged(train[:100]), enlarged(test[:100])),
    ]
    for make in (everything, residual, depthwise, perceptron, older):
        model = make()
        shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim][1:]
        images = noise(10, 100, shape), noise(11, 200, shape)
        result.append(Network(make.__name__, model, *images, is_quantised=make is not older))
    return result
