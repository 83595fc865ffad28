#!/usr/bin/env python3
"""Trains small networks in every format and runs what is exported in ONNX Runtime.

For each format the trainer writes two models: a float one, whose weights are those that the codes
stand for, and one with its integers (QuantizeLinear and DequantizeLinear). Checked are

- the float model: its logits against our float reference, within 1e-4 of their range, and in
  a float run its hits, which must be those that the trainer reports;
- the model with integers: its hits against those that the trainer reports for the quantised
  forward pass. ONNX rounds halves to even, our output stages round them up, so an image whose two
  best scores all but tie may differ: 4 of 400.

    testbenches/trained-models/compare.py
"""

import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import environment  # noqa: E402

environment.enter()

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime as ort  # noqa: E402
from onnx import numpy_helper  # noqa: E402

DIGITS = environment.ROOT / "models/data/digits8x8"
MODEL = environment.ROOT / "models/digits-cnn/model.onnx"
FLOAT_TOLERANCE = 1e-4
HITS_TOLERANCE = 4
FORMATS = [
    [],
    ["--format", "16"],
    ["--format", "8"],
    ["--format", "4"],
    ["--format", "2", "--layer", "conv1=8", "--layer", "fc2=8"],
    ["--format", "pow2"],
    ["--format", "qsq"],
    ["--format", "ternary"],
    ["--format", "binary"],
    ["--format", "kbit4a8"],
    ["--format", "binarya4", "--layer", "conv1=16", "--layer", "conv2=w2a2", "--layer", "fc2=16"],
]


def idx(name: str) -> np.ndarray:
    """An IDX file of bytes."""
    data = gzip.decompress((DIGITS / name).read_bytes())
    dimensions = data[3]
    shape = np.frombuffer(data, ">u4", dimensions, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def trainer() -> Path:
    """Builds the trainer and returns its program."""
    folder = environment.ROOT / "software/train"
    subprocess.run(["cargo", "build", "--release", "--locked"], check=True, cwd=folder)
    metadata = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
    found = subprocess.run(metadata, check=True, cwd=folder, capture_output=True, text=True)
    return Path(json.loads(found.stdout)["target_directory"]) / "release/bitladder-train"


def train(program: Path, start: list, out: Path, options: list) -> int:
    """Trains and returns the hits on the test images that the trainer reports."""
    command = [program, "train", *start, "--data", DIGITS, "--out", out, "--json", *options]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(options)}: {done.stderr}")
    scores = json.loads(done.stdout)["scores"]
    return next(score["correct"] for score in scores if score["part"] == "test")


def with_runtime(path: Path, images: np.ndarray) -> np.ndarray:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"image": images})[0]


def with_reference(runner: Path, path: Path, images: np.ndarray, folder: Path) -> np.ndarray:
    (folder / "image.pb").write_bytes(numpy_helper.from_array(images, "image").SerializeToString())
    output = folder / "output.pb"
    subprocess.run([runner, path, "16", folder, output], check=True, capture_output=True)
    tensor = onnx.TensorProto()
    tensor.ParseFromString(output.read_bytes())
    return numpy_helper.to_array(tensor)


def compare(runner: Path, run: Path, hits: int, name: str, options: list) -> list[bool]:
    """Prints a row for each model of a run; says whether each is as good as it must be."""
    images = idx("test-images-idx3-ubyte.gz").astype(np.float32)[:, None] / 16
    labels = idx("test-labels-idx1-ubyte.gz")
    logits = with_runtime(run / "model.onnx", images)
    wanted = with_reference(runner, run / "model.onnx", images, run)
    share = np.abs(logits - wanted).max() / np.abs(wanted).max()
    found = int((logits.argmax(axis=1) == labels).sum())
    good = [share <= FLOAT_TOLERANCE and (bool(options) or found == hits)]
    cells = [name, " ".join(options) or "float", f"{share:.0e}", str(hits), "-"]
    if options:
        integers = with_runtime(run / "model-qdq.onnx", images)
        found = int((integers.argmax(axis=1) == labels).sum())
        good.append(abs(found - hits) <= HITS_TOLERANCE)
        cells[-1] = str(found)
    print("|", " | ".join(cells), "|", "" if all(good) else " **TOO FAR**")
    return good


def main() -> int:
    program, runner = trainer(), environment.example("run_model")
    print("| network | format | float logits differ by | hits, trainer | hits, integers in ONNX Runtime |")
    print("|---|---|---|---|---|")
    good = []
    with tempfile.TemporaryDirectory() as name:
        for number, options in enumerate(FORMATS):
            out = Path(name) / str(number)
            steps = ["--epochs", "10", "--batch", "48"]
            steps += ["--method", "adam", "--rate", "0.003"] if options else ["--rate", "0.005"]
            hits = train(program, ["--from", MODEL], out, [*options, *steps])
            good += compare(runner, out, hits, "digits-cnn", options)
    print(f"\n{sum(good)} of {len(good)} within their limits")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
