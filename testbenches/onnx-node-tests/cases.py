"""Turns the ONNX project's node tests into models the importer can be given.

The node tests pass everything as inputs, weights included. An accelerator has its weights built
in, so all inputs but the computed ones become initializers. Operators that the importer computes
itself are also tested with nothing but constants: their result is added to an input of zeros.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

# Works on constants alone: exporters compute shapes with these.
FOLDED = {"Concat", "Constant", "ConstantOfShape", "Gather", "Shape", "Slice"}
# Works on constants and on computed values.
BOTH = {
    "Add", "Cast", "DequantizeLinear", "Div", "Identity", "Mul", "QuantizeLinear", "Reshape",
    "Squeeze", "Sub", "Transpose", "Unsqueeze",
}  # fmt: skip
# Looks at each element alone, so a vector can be given a batch in front.
ELEMENTWISE = {
    "Add", "Cast", "Clip", "DequantizeLinear", "Div", "Dropout", "Identity", "Mul",
    "QuantizeLinear", "Relu", "Sub", "Sum",
}  # fmt: skip


@dataclass
class Case:
    """One node with its data, ready to be run."""

    name: str
    operator: str
    mode: str
    rtol: float
    atol: float
    model: onnx.ModelProto
    inputs: dict[str, np.ndarray]
    output: np.ndarray


def collect(operators: set[tuple[str, str]]) -> list[Case]:
    """All cases of one node whose operator (domain and name) is supported."""
    cases = []
    for test in _all_tests():
        nodes = test.model.graph.node
        # What is expanded tests the function body of another operator.
        if (
            len(nodes) != 1
            or test.name.endswith("_expanded")
            or (nodes[0].domain or "ai.onnx", nodes[0].op_type) not in operators
        ):
            continue
        operator = nodes[0].op_type
        if operator not in FOLDED:
            cases.append(_computed(test, operator))
        if operator in FOLDED | BOTH:
            cases.append(_constant(test, operator))
    return [case for case in cases if case is not None]


def _all_tests() -> list:
    with warnings.catch_warnings():
        # Some cases overflow or divide by zero on purpose.
        warnings.simplefilter("ignore", RuntimeWarning)
        return collect_testcases(None)


def _data(test) -> tuple[dict[str, np.ndarray], np.ndarray]:
    inputs, outputs = test.data_sets[0]
    names = [value.name for value in test.model.graph.input]
    return dict(zip(names, map(_array, inputs), strict=True)), _array(outputs[0])


def _array(data) -> np.ndarray:
    """Sequences and absent optional values become an empty array; their type says what they are."""
    if isinstance(data, onnx.TensorProto):
        return numpy_helper.to_array(data)
    return (
        np.zeros(0, dtype=np.float32)
        if data is None or isinstance(data, list)
        else np.asarray(data)
    )


def _copy(test) -> onnx.ModelProto:
    model = onnx.ModelProto()
    model.CopyFrom(test.model)
    del model.graph.output[1:]
    return model


def _freeze(graph: onnx.GraphProto, data: dict[str, np.ndarray], live: set[str]) -> None:
    """Makes initializers of all inputs but the live ones."""
    kept = [value for value in graph.input if value.name in live]
    frozen = [name for name in data if name not in live]
    del graph.input[:]
    graph.input.extend(kept)
    graph.initializer.extend(numpy_helper.from_array(data[name], name) for name in frozen)


def _computed(test, operator: str) -> Case:
    data, output = _data(test)
    model = _copy(test)
    names = list(data)
    live = set(names if operator == "Sum" else names[:1])
    if operator == "Add" and data[names[0]].shape == data[names[1]].shape:
        live = set(names[:2])
    _freeze(model.graph, data, live)
    inputs = {name: data[name] for name in live}
    if operator in ELEMENTWISE and all(array.ndim == 1 for array in [output, *inputs.values()]):
        for value in [*model.graph.input, *model.graph.output]:
            value.type.tensor_type.shape.dim.insert(0, onnx.TensorShapeProto.Dimension(dim_value=1))
        inputs = {name: array[np.newaxis] for name, array in inputs.items()}
        output = output[np.newaxis]
    return Case(test.name, operator, "computed", test.rtol, test.atol, model, inputs, output)


def _constant(test, operator: str) -> Case | None:
    data, output = _data(test)
    if operator == "Cast":
        data, output = {name: _finite(array) for name, array in data.items()}, _finite(output)
    size = int(output.size)
    if size == 0:
        return None  # nothing that could be added to an input
    model = _copy(test)
    graph = model.graph
    _freeze(graph, data, set())
    made = graph.output[0].name
    shape = numpy_helper.from_array(np.array([size], dtype=np.int64), "result_shape")
    graph.initializer.append(shape)
    graph.node.extend(
        [
            helper.make_node("Cast", [made], ["result_real"], to=TensorProto.FLOAT),
            helper.make_node("Reshape", ["result_real", "result_shape"], ["result_flat"]),
            helper.make_node("Add", ["zeros", "result_flat"], ["result"]),
        ]
    )
    graph.input.append(helper.make_tensor_value_info("zeros", TensorProto.FLOAT, [1, size]))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("result", TensorProto.FLOAT, [1, size]))
    inputs = {"zeros": np.zeros((1, size), dtype=np.float32)}
    flat = output.astype(np.float32).reshape(1, size)
    return Case(test.name, operator, "constant", test.rtol, test.atol, model, inputs, flat)


def _finite(array: np.ndarray) -> np.ndarray:
    """Zeros instead of infinities and NaN, which no constant of a network may hold."""
    if array.dtype.kind not in "fV":
        return array
    return np.where(np.isfinite(array.astype(np.float32)), array, array.dtype.type(0))


def write(case: Case, folder: Path) -> None:
    """Writes a case the way the runner reads it: one file for each tensor, named after it."""
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())
    for name, array in [*case.inputs.items(), ("output", case.output)]:
        tensor = numpy_helper.from_array(_plain(array), name)
        (data / f"{name}.pb").write_bytes(tensor.SerializeToString())


def _plain(array: np.ndarray) -> np.ndarray:
    """Single precision or 64-bit integers, so that the runner reads two types only."""
    if array.dtype.kind in "iub" or array.dtype.name in ("int2", "uint2", "int4", "uint4"):
        return array.astype(np.int64)
    if array.dtype.kind in "fV":
        return array.astype(np.float32)
    return np.zeros(array.shape, dtype=np.float32)  # text: the importer refuses it by its type
