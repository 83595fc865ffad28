#!/usr/bin/env python3
"""Races the golden engine against onnxruntime on LeNet at 8 bits, one thread, one core.

Both get float images and return float logits. The two are timed in turn, round by round, so that
whatever else the machine does falls on both; what counts is the ratio within a round. onnxruntime
is quantised in several ways, and the engine is held against whichever is fastest at that batch
size. If onnxruntime cannot be imported, the script makes a virtual environment for itself.
"""

import argparse
import gzip
import importlib.util
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from onnx_models import identity_model, quantised_models

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models/lenet-mnist/model.onnx"
DIGITS = ROOT / "models/data/digits8x8/test-images-idx3-ubyte.gz"
VENV = ROOT / "target/bench-venv"
EXAMPLE = "lenet_throughput"
BATCHES = (1, 64)


def ensure_packages():
    """Restarts inside an environment that has the packages, made on first use."""
    wanted = ("numpy", "onnx", "onnxruntime")
    if all(importlib.util.find_spec(name) for name in wanted):
        return
    python = VENV / "bin/python"
    if Path(sys.prefix) == VENV:
        sys.exit(f"the packages are missing from {VENV}: delete it and start again")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    requirements = ROOT / "testbenches/requirements.txt"
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
    os.execv(python, [str(python), *sys.argv])


def load_images(path):
    """IDX images as floats in 0..1, shaped [n, 1, 28, 28]; 8x8 digits are enlarged."""
    import numpy as np

    raw = gzip.open(path).read()
    count, height, width = np.frombuffer(raw, ">u4", 3, 4)
    images = np.frombuffer(raw, np.uint8, offset=16).reshape(count, height, width)
    if (height, width) == (8, 8):
        images = np.pad(images.repeat(3, 1).repeat(3, 2), ((0, 0), (2, 2), (2, 2)))
    if images.shape[1:] != (28, 28):
        sys.exit(f"{path}: images of 28x28 or 8x8 are needed, not {height}x{width}")
    scale = 255 if images.max() > 16 else 16
    return (images.astype(np.float32) / scale)[:, None]


class OnnxRuntime:
    """A session on one thread, with inputs and outputs bound once per batch size."""

    def __init__(self, path, images):
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        self.session = ort.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self.input = self.session.get_inputs()[0].name
        self.output = self.session.get_outputs()[0].name
        self.images = images

    def classes(self):
        return self.session.run(None, {self.input: self.images})[0].argmax(1)

    def binding(self, batch):
        import numpy as np

        bound = self.session.io_binding()
        bound.bind_cpu_input(self.input, np.ascontiguousarray(self.images[:batch]))
        bound.bind_output(self.output)
        return bound

    def seconds(self, bound, runs):
        run = self.session.run_with_iobinding
        start = time.perf_counter()
        for _ in range(runs):
            run(bound)
        return (time.perf_counter() - start) / runs


def build_engine():
    cargo = ["cargo", "build", "--release", "-p", "bitladder-golden"]
    subprocess.run([*cargo, "--example", EXAMPLE], cwd=ROOT, check=True)


class Engine:
    """The golden engine in a process of its own, on the same core, answering line by line."""

    def __init__(self, images, folder):
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        raw = folder / "images.f32"
        images.astype("<f4").tofile(raw)
        self.process = subprocess.Popen(
            [target / "release/examples" / EXAMPLE, MODEL, raw],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, command):
        print(command, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"the engine's process ended at the command `{command}`")
        return answer

    def seconds(self, batch, runs):
        return float(self.ask(f"time {batch} {runs}"))

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def runs_for(seconds, wanted):
    return max(1, round(wanted / seconds))


def fastest(sessions, batch, slice_seconds):
    """The name of the fastest session: medians of a few rounds over all of them."""
    bound = {name: session.binding(batch) for name, session in sessions.items()}
    times = {name: [] for name in sessions}
    for _ in range(7):
        for name, session in sessions.items():
            once = session.seconds(bound[name], 3)
            runs = runs_for(once, slice_seconds)
            times[name].append(session.seconds(bound[name], runs))
    medians = {name: statistics.median(values) for name, values in times.items()}
    return min(medians, key=medians.get), medians


def race(engine, session, idle, batch, rounds, slice_seconds):
    """Seconds per batch of engine, onnxruntime and an empty call, round by round."""
    bound, nothing = session.binding(batch), idle.binding(batch)
    ours_runs = runs_for(engine.seconds(batch, 20), slice_seconds)
    theirs_runs = runs_for(session.seconds(bound, 20), slice_seconds)
    results = []
    for number in range(rounds):
        # Each leads every other round.
        if number % 2:
            theirs = session.seconds(bound, theirs_runs)
            ours = engine.seconds(batch, ours_runs)
        else:
            ours = engine.seconds(batch, ours_runs)
            theirs = session.seconds(bound, theirs_runs)
        results.append((ours, theirs, idle.seconds(nothing, theirs_runs)))
    return results


def quartiles(values):
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def report(name, batch, results):
    """One row of the table; returns the median ratio."""
    ratios = [theirs / ours for ours, theirs, _ in results]
    bare = [(theirs - idle) / ours for ours, theirs, idle in results]
    ours = batch / statistics.median(r[0] for r in results)
    theirs = batch / statistics.median(r[1] for r in results)
    print(
        f"| {batch} | {ours:,.0f} | {theirs:,.0f} | {name} | {quartiles(ratios)} "
        f"| {quartiles(bare)} |"
    )
    return statistics.median(ratios)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=Path, default=DIGITS, help="gzipped IDX file of images")
    parser.add_argument("--core", type=int, help="core to run on (default: the last one)")
    parser.add_argument("--rounds", type=int, default=40, help="rounds per batch size")
    parser.add_argument("--slice", type=float, default=0.05, help="seconds per measurement")
    parser.add_argument(
        "--at-least",
        type=float,
        nargs=len(BATCHES),
        default=[0] * len(BATCHES),
        metavar="RATIO",
        help=f"fail below these ratios at batch {' and '.join(map(str, BATCHES))}",
    )
    return parser.parse_args()


def introduce(engine, sessions, best, images):
    """Says what is raced: decisions of the fastest variants, rates of all."""
    wanted = OnnxRuntime(MODEL, images).classes()
    ours = [int(c) for c in engine.ask("classes").split()]
    agree = {"engine": sum(a == b for a, b in zip(ours, wanted, strict=True))}
    for name in sorted({name for name, _ in best.values()}):
        agree[name] = (sessions[name].classes() == wanted).sum()
    counts = ", ".join(f"{name} {count}" for name, count in agree.items())
    print(f"{len(images)} images; decisions as of the float network: {counts}\n")
    for batch, (_, medians) in best.items():
        times = ", ".join(
            f"{name} {batch / seconds:,.0f}"
            for name, seconds in sorted(medians.items(), key=lambda item: item[1])
        )
        print(f"onnxruntime at batch {batch}, images/s: {times}\n")


def compete(arguments, images, folder):
    """The median ratio at each batch size."""
    paths = quantised_models(MODEL, folder, images)
    build_engine()
    # Built on all cores, raced on one: children inherit it.
    core = max(os.sched_getaffinity(0)) if arguments.core is None else arguments.core
    os.sched_setaffinity(0, {core})
    engine = Engine(images, folder)
    sessions = {name: OnnxRuntime(path, images) for name, path in paths.items()}
    idle = OnnxRuntime(identity_model(folder), images)
    best = {batch: fastest(sessions, batch, arguments.slice) for batch in BATCHES}
    introduce(engine, sessions, best, images)
    print("| batch | engine, images/s | onnxruntime, images/s | its quantisation | ratio | without its call |")
    print("|---|---|---|---|---|---|")
    ratios = []
    for batch, (name, _) in best.items():
        racers = engine, sessions[name], idle
        results = race(*racers, batch, arguments.rounds, arguments.slice)
        ratios.append(report(name, batch, results))
    engine.end()
    return ratios


def main():
    arguments = parse_arguments()
    # The quantiser advises at every call to do what has been done.
    logging.disable(logging.WARNING)
    images = load_images(arguments.images)
    with tempfile.TemporaryDirectory() as folder:
        ratios = compete(arguments, images, Path(folder))
    limits = arguments.at_least
    if any(ratio < limit for ratio, limit in zip(ratios, limits, strict=True)):
        sys.exit(f"slower than asked for: {ratios} against {limits}")


if __name__ == "__main__":
    ensure_packages()
    main()
