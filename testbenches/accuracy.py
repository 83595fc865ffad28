#!/usr/bin/env python3
"""Measures the shipped networks in every format and writes docs/results/accuracy.md.

    testbenches/accuracy.py --mnist FOLDER    # FOLDER holds the four IDX files of MNIST

Everything is computed by the `bitladder` command; this script only asks and tabulates.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
UNIFORM = ["16", "8", "4", "w8a4", "w4a8", "nested16", "nested8", "nested4", "pow2", "qsq", "ternary", "binary"]
LADDER = "16,8,4"


def bitladder(*arguments):
    command = ["cargo", "run", "-q", "--release", "--locked", "-p", "bitladder", "--"]
    command += [str(argument) for argument in arguments] + ["--json"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def measure(model, data, formats, folder, *extra):
    """Quantises and evaluates; calibration images are those of the training part."""
    package = pathlib.Path(folder) / "network.blp"
    bitladder("quantize", model, "--format", formats, "--calib", data, "-o", package)
    return bitladder("eval", package, "--data", data, *extra)


def row(result):
    weights = f"{result['weight_bits'] / 8192:.1f} KiB"
    correct = f"{result['correct']:,} of {result['images']:,}"
    return f"| {result['name']} | {100 * result['accuracy']:.2f} % | {correct} | {weights} |\n"


def section(title, model, data, folder):
    lines = [f"\n## {title}\n\n| format | accuracy | correct | weights |\n|---|---|---|---|\n"]
    uniform = measure(model, data, ",".join(UNIFORM), folder, "--model", model)
    lines += [row(result) for result in uniform["precisions"]]
    climbed = measure(model, data, LADDER, folder, "--ladder")["ladder"]
    lines.append(f"\nClimbing from 4 over 8 to 16 bits by the package's margins: "
                 f"{100 * climbed['accuracy']:.2f} % ({climbed['correct']:,} of {climbed['images']:,}).\n\n"
                 "| precision | run there | decided there | correct |\n|---|---|---|---|\n")
    for rung in climbed["rungs"]:
        lines.append(f"| {rung['precision']} | {rung['entered']:,} | {rung['ended']:,} | {rung['correct']:,} |\n")
    return "".join(lines)


def qualities(model, data, folder, layers):
    """Accuracy at 8 bits with fewer signed digits of every weight."""
    package = pathlib.Path(folder) / "network.blp"
    bitladder("quantize", model, "--format", "8", "--calib", data, "-o", package)
    lines = ["\nWith 8 bits, of which so many signed digits of each weight are used (`--quality LAYER=DIGITS`):\n\n"
             "| digits | accuracy | correct |\n|---|---|---|\n"]
    for digits in [4, 3, 2, 1]:
        chosen = [option for layer in layers for option in ("--quality", f"{layer}={digits}")]
        result = bitladder("eval", package, "--data", data, *chosen)["precisions"][0]
        lines.append(f"| {digits} | {100 * result['accuracy']:.2f} % | "
                     f"{result['correct']:,} of {result['images']:,} |\n")
    return "".join(lines)


HEAD = """# Accuracy of the shipped networks

Made by `testbenches/accuracy.py --mnist FOLDER` with the defaults of `bitladder quantize`: no retraining, 512
calibration images of the training part, least-error radix points; measured on the test part. The nested formats use
one store of 16-bit weights, so all three of them together take what `nested16` takes. The integer results are those
of the golden model, to the bit what hardware computes. Formats are explained by `bitladder quantize --help`.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mnist", required=True, type=pathlib.Path, help="folder with the IDX files of MNIST")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/results/accuracy.md")
    arguments = parser.parse_args()
    mnist = arguments.mnist.resolve()
    models = ROOT / "models"
    with tempfile.TemporaryDirectory() as folder:
        text = HEAD
        lenet = models / "lenet-mnist/model.onnx"
        text += section("LeNet on MNIST", lenet, mnist, folder)
        text += qualities(lenet, mnist, folder, ["conv1", "conv2", "fc1", "fc2"])
        digits, images = models / "digits-cnn/model.onnx", models / "data/digits8x8"
        text += section("digits-cnn on the 8x8 digits", digits, images, folder)
        text += qualities(digits, images, folder, ["conv1", "conv2", "fc1", "fc2"])
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text)
    print(f"wrote {arguments.out}")


if __name__ == "__main__":
    main()
