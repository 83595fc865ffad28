#!/usr/bin/env python3
"""Trains three networks with PyTorch, exports them to ONNX, and takes them through the whole path.

    testbenches/own-models/make.py            # train, export, check
    testbenches/own-models/make.py --check    # only check the models that are there (no PyTorch)

The path: ONNX Runtime's scores against ours in float and at 16 bits; quantize; compile; every
result of the simulated machine, in Rust and in Verilator, against the golden model.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import environment  # noqa: E402

CHECK_ONLY = "--check" in sys.argv[1:]
environment.enter(*([] if CHECK_ONLY else [HERE / "requirements.txt"]))

import digits  # noqa: E402
import numpy as np  # noqa: E402
import onnxruntime as ort  # noqa: E402
import path  # noqa: E402

# The test suite compares these scores with ours, where neither PyTorch nor ONNX Runtime is there.
SCORED = 16


def runtime_scores(model: Path, images: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: images})[0]


def write_scores(model: Path, accuracy: float, parameters: int) -> None:
    """Beside the model: what ONNX Runtime says of the first test images."""
    images, labels = digits.load("test")
    scores = runtime_scores(model, images)
    correct = int((scores.argmax(axis=1) == labels).sum())
    rows = [[round(float(score), 6) for score in row] for row in scores[:SCORED]]
    lines = ",\n".join(f"    {json.dumps(row)}" for row in rows)
    text = f'{{\n  "correct": {correct},\n  "scores": [\n{lines}\n  ]\n}}\n'
    model.with_suffix(".json").write_text(text)
    size = model.stat().st_size
    print(
        f"{model.name}: {parameters} parameters, {size} bytes, PyTorch {accuracy:.2%}, "
        f"ONNX Runtime {correct} of {len(labels)}"
    )


def make() -> None:
    import train

    for name in path.NAMES:
        model, accuracy = train.trained(name)
        file = HERE / f"{name}.onnx"
        train.export(model, file)
        write_scores(file, accuracy, sum(p.numel() for p in model.parameters()))


def main() -> None:
    if not CHECK_ONLY:
        make()
    images, _ = digits.load("test")
    bitladder = path.Path(environment.command())
    for name in path.NAMES:
        scores = runtime_scores(HERE / f"{name}.onnx", images)
        path.check(bitladder, HERE / f"{name}.onnx", scores)


if __name__ == "__main__":
    main()
