"""The path of a model: quantize, eval, dump, compile, simulate; each result is compared."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import digits
import numpy as np

NAMES = ("depthwise", "residual", "perceptron")
CONFIG = "sim-4x4"
# Steps of 2^-15 of each layer's range add up over a dozen layers.
SIXTEEN_BIT_TOLERANCE = 2e-3
# Four images keep the simulation in Rust short.
IMAGES = 4


def fail(model: Path, text: str) -> None:
    sys.exit(f"{model.name}: {text}")


def run(bitladder: Path, *arguments: object) -> dict:
    """One command with `--json`; ends the script if it fails."""
    command = [str(bitladder), *(str(a) for a in arguments), "--json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def sixteen_bit_scores(bitladder: Path, package: Path, images: int) -> np.ndarray:
    """The last tensor at 16 bits, as real numbers."""
    folder = package.with_suffix("")
    about = run(
        bitladder, "dump", package, "--data", digits.FOLDER, "--count", images, "-p", 16, "-o", folder
    )
    last = about["files"][-1]
    exponent = re.fullmatch(r"i32 x 2\^(-?\d+)", last["format"])
    if exponent is None:
        sys.exit(f"{package.name}: the scores' format is `{last['format']}`")
    return np.load(folder / last["file"]) * 2.0 ** int(exponent[1])


def compare_scores(bitladder: Path, model: Path, package: Path, scores: np.ndarray) -> None:
    """Float decisions and 16-bit scores against those of ONNX Runtime."""
    _, labels = digits.load("test")
    report = run(bitladder, "eval", package, "--data", digits.FOLDER, "--model", model)
    hits = [row["correct"] for row in report["precisions"]]
    wanted = int((scores.argmax(axis=1) == labels).sum())
    if hits[0] != wanted:
        fail(model, f"{hits[0]} correct in float, ONNX Runtime has {wanted}")
    ours = sixteen_bit_scores(bitladder, package, len(scores))
    difference = np.abs(ours - scores).max() / np.abs(scores).max()
    if difference > SIXTEEN_BIT_TOLERANCE:
        fail(model, f"16-bit scores differ from ONNX Runtime's by {difference:.1e} of their range")
    names = [row["name"] for row in report["precisions"]]
    counts = ", ".join(f"{name}: {count}" for name, count in zip(names, hits, strict=True))
    print(f"{model.stem}: correct of {len(labels)}: {counts}; 16 bits within {difference:.1e}")


def simulate(bitladder: Path, model: Path, package: Path, backend: str) -> None:
    report = run(
        bitladder, "simulate", package, "--config", CONFIG, "--data", digits.FOLDER,
        "--limit", IMAGES, "--batch", 2, "--backend", backend,
    )  # fmt: skip
    for row in report["precisions"]:
        if row["differences"] != 0 or row["images"] != IMAGES:
            fail(model, f"{backend}, precision {row['name']}: {row['differences']} differences")
    cycles = ", ".join(f"{row['name']}: {row['cycles']}" for row in report["precisions"])
    print(f"{model.stem}: {backend}: {IMAGES} images bit for bit as golden; cycles {cycles}")


def check(bitladder: Path, model: Path, scores: np.ndarray) -> None:
    """The whole path; ends the script at the first thing that is not as it must be."""
    with tempfile.TemporaryDirectory() as name:
        package = Path(name) / f"{model.stem}.blp"
        run(
            bitladder, "quantize", model, "--format", "16,8,4", "--calib", digits.FOLDER,
            "-o", package,
        )  # fmt: skip
        compare_scores(bitladder, model, package, scores)
        run(bitladder, "compile", package, "--config", CONFIG)
        for backend in ("rust", "verilator"):
            simulate(bitladder, model, package, backend)
