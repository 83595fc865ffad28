"""The ONNX models a race needs besides the float network."""


def quantised_models(source, folder, images):
    """The network at 8 bits in each of onnxruntime's ways, as name -> path."""
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rest = iter(images[:100])

        def get_next(self):
            image = next(self.rest, None)
            return None if image is None else {"image": image[None]}

    prepared = folder / "prepared.onnx"
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    paths = {}
    for style in (QuantFormat.QDQ, QuantFormat.QOperator):
        for activations in (QuantType.QUInt8, QuantType.QInt8):
            for per_channel in (False, True):
                sign = "u8s8" if activations == QuantType.QUInt8 else "s8s8"
                scales = "channel" if per_channel else "tensor"
                name = f"{style.name.lower()}-{sign}-{scales}"
                paths[name] = folder / f"{name}.onnx"
                quantize_static(
                    str(prepared),
                    str(paths[name]),
                    Reader(),
                    quant_format=style,
                    activation_type=activations,
                    weight_type=QuantType.QInt8,
                    per_channel=per_channel,
                )
    return paths


def identity_model(folder):
    """A network that does nothing: what calling onnxruntime from Python costs by itself."""
    import onnx
    from onnx import TensorProto, helper

    shape = ["n", 1, 28, 28]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["image"], ["same"])],
        "identity",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("same", TensorProto.FLOAT, shape)],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8
    )
    path = folder / "identity.onnx"
    onnx.save(model, str(path))
    return path
