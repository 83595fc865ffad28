#!/usr/bin/env python3
"""Compares imported models with ONNX Runtime.

Float networks are quantised with ONNX Runtime's own quantiser in several ways. Each model is run by
ONNX Runtime without graph optimisations, node by node as the file says, and by the integer oracle
with the formats of the file. Differences are counted in quanta: steps of the output's format.

    testbenches/onnx-models/compare.py
"""

import logging
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import environment  # noqa: E402

environment.enter()

import networks  # noqa: E402
import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime as ort  # noqa: E402
import variants  # noqa: E402
from onnx import numpy_helper  # noqa: E402

# What the hardware has by default, and wide enough to leave only the rounding.
MULTIPLIER_BITS = (16, 24)
FLOAT_TOLERANCE = 1e-4


def with_runtime(path: Path, name: str, images: np.ndarray) -> np.ndarray:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {name: images})[0].astype(np.float64)


def with_oracle(
    runner: Path, path: Path, bits: int, folder: Path
) -> tuple[np.ndarray, float | None]:
    """The result and the value of one step of it."""
    output = folder / "output.pb"
    command = [runner, path, str(bits), folder, output]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{path.name}: {done.stderr.strip() or done.returncode}")
    tensor = onnx.TensorProto()
    tensor.ParseFromString(output.read_bytes())
    quantum = done.stdout.strip()
    return numpy_helper.to_array(tensor).astype(np.float64), None if quantum == "none" else float(
        quantum
    )


def row(*cells: str) -> None:
    print("|", " | ".join(cells), "|")


def judge(
    variant: variants.Variant, found: np.ndarray, wanted: np.ndarray, quantum: float | None
) -> tuple[bool, str, str]:
    """Whether a result is near enough, the largest difference and how many values differ."""
    difference = np.abs(found - wanted)
    if not variant.quantised:
        share = difference.max() / np.abs(wanted).max()
        return share <= FLOAT_TOLERANCE, f"{share:.0e} of the range", "-"
    steps = np.rint(difference / quantum)
    return steps.max() <= variant.most, f"{steps.max():.0f}", f"{(steps > 0).mean():.2%}"


def compare(runner: Path, variant: variants.Variant, network: networks.Network) -> list[bool]:
    """Prints a row for each multiplier width; says whether each is as good as it must be."""
    good = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, reference = folder / f"{network.name}.onnx", folder / "reference.onnx"
        onnx.save(variant.model, path)
        onnx.save(variant.reference or variant.model, reference)
        tensor = numpy_helper.from_array(variant.images, network.input)
        (folder / f"{network.input}.pb").write_bytes(tensor.SerializeToString())
        wanted = with_runtime(reference, network.input, variant.images)
        if np.unique(wanted).size < 5:
            raise SystemExit(f"{network.name}, {variant.name}: all outputs are alike")
        for bits in MULTIPLIER_BITS if variant.quantised else MULTIPLIER_BITS[:1]:
            found, quantum = with_oracle(runner, path, bits, folder)
            if found.shape != wanted.shape:
                raise SystemExit(f"{path.name}: {found.shape} instead of {wanted.shape}")
            is_good, worst, share = judge(variant, found, wanted, quantum)
            good.append(is_good)
            agreement = (found.argmax(axis=1) == wanted.argmax(axis=1)).mean()
            width = str(bits) if variant.quantised else "-"
            verdict = worst if is_good else f"{worst} **TOO FAR**"
            row(network.name, variant.name, width, verdict, share, f"{agreement:.1%}")
    return good


def main() -> int:
    logging.getLogger().setLevel(logging.ERROR)
    runner = environment.example("run_model")
    row("network", "quantisation", "multiplier bits", "largest", "values that differ", "same class")
    row(*["---"] * 6)
    good = []
    for network in networks.networks():
        for variant in variants.variants(network):
            good += compare(runner, variant, network)
    print(f"\n{sum(good)} of {len(good)} within their limits")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
