#!/usr/bin/env python3
"""Measures wavediff side by side with other tools that compare waveforms.

    testbenches/bench/wavediff.py --vcddiff PATH --vcdiff PATH --wavetools PATH --write
    testbenches/bench/wavediff.py --large

Each tool compares the same pair of traces, which differ in one bit near the end; a tool that does
not find it has no figure. The tools run in turns, and the fastest of the turns counts. Results are
ratios to wavediff's time; --write puts them into docs/results/wavediff.md.

FST traces are made with vcd2fst, which comes with GTKWave. Tools are given by path, since no
distribution packages them:
  vcddiff    https://github.com/veripool/vcddiff (Verilator's own tests used it)
  vcdiff     https://github.com/orsonmmz/vcdiff
  wavetools  the program wavediff of https://github.com/hudson-trading/wavetools
A comparison in Python with the package vcdvcd always takes part.

--large compares two traces of 2 GiB each instead (4 GiB in the folder for temporary files) with
wavediff alone, and fails if it needs more than 500 MB of memory.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import environment  # noqa: E402

environment.enter()

RESULTS = environment.ROOT / "docs" / "results" / "wavediff.md"
# Signals, clock cycles and the share of signals that change in a cycle.
CASES = {
    "small": (200, 3_000, 0.2),
    "wide": (20_000, 600, 0.1),
    "long": (100, 100_000, 0.1),
}
TIMEOUT = 120
LARGE_BYTES = 2 << 30
LARGE_MEMORY_KIB = 500_000_000 // 1024

PYTHON_DIFF = """
import sys
from vcdvcd import VCDVCD
a, b = VCDVCD(sys.argv[1]), VCDVCD(sys.argv[2])
different = [name for name in a.signals if a[name].tv != b[name].tv]
print(*different)
sys.exit(bool(different))
"""


def identifier(number: int) -> str:
    text = ""
    number += 1
    while number > 0:
        number -= 1
        text += chr(33 + number % 94)
        number //= 94
    return text


def write_pair(folder: Path, name: str, signals: int, cycles: int, share: float) -> list[Path]:
    """Two traces of one clock and vectors of 1 to 32 bits; the second has one bit inverted."""
    draw = random.Random(name)
    ids = [identifier(number) for number in range(signals + 1)]
    widths = [1 if number % 3 == 0 else 8 * (1 + number % 4) for number in range(signals)]
    lines = ["$timescale 1ns $end", "$scope module top $end", f"$var wire 1 {ids[-1]} clk $end"]
    for number, width in enumerate(widths):
        bounds = "" if width == 1 else f" [{width - 1}:0]"
        lines.append(f"$var wire {width} {ids[number]} s{number}{bounds} $end")
    lines += ["$upscope $end", "$enddefinitions $end", "#0", f"0{ids[-1]}"]
    lines += [f"b0 {id}" if width > 1 else f"0{id}" for id, width in zip(ids, widths)]
    values = [0] * signals
    flip = None
    for cycle in range(cycles):
        lines += [f"#{cycle * 10 + 5}", f"1{ids[-1]}"]
        changed = {draw.randrange(signals) for _ in range(max(1, int(signals * share)))}
        for number in sorted(changed):
            values[number] ^= draw.getrandbits(widths[number]) | 1
            bits = f"{values[number]:b}"
            vector = widths[number] > 1
            if vector and cycle > cycles * 0.95 and flip is None:
                flip = len(lines)
            lines.append(f"b{bits} {ids[number]}" if vector else f"{bits}{ids[number]}")
        lines += [f"#{cycle * 10 + 10}", f"0{ids[-1]}"]
    pair = [folder / f"{name}-golden.vcd", folder / f"{name}-found.vcd"]
    pair[0].write_text("\n".join(lines) + "\n")
    bits, id = lines[flip].split()
    lines[flip] = f"{bits[:-1]}{1 - int(bits[-1])} {id}"
    pair[1].write_text("\n".join(lines) + "\n")
    return pair


def write_large(folder: Path) -> list[Path]:
    """Two traces of 2 GiB of 2,000 signals of 32 bits; the second has one bit inverted at its end."""
    draw = random.Random("large")
    ids = [identifier(number) for number in range(2_001)]
    clock = ids.pop()
    head = ["$timescale 1ns $end", "$scope module top $end", f"$var wire 1 {clock} clk $end"]
    head += [f"$var wire 32 {id} s{number} [31:0] $end" for number, id in enumerate(ids)]
    head += ["$upscope $end", "$enddefinitions $end", "#0", f"0{clock}"]
    head += [f"b0 {id}" for id in ids]

    def changes() -> str:
        chosen = draw.sample(ids, 200)
        return "".join(f"b{draw.getrandbits(32):b} {id}\n" for id in chosen)

    # Few different cycles, so that writing them takes no longer than it must.
    blocks = [changes() for _ in range(64)]
    pair = [folder / "large-golden.vcd", folder / "large-found.vcd"]
    for path in pair:
        with path.open("w") as file:
            file.write("\n".join(head) + "\n")
            cycle = 0
            while file.tell() < LARGE_BYTES:
                for block in blocks:
                    file.write(f"#{cycle * 10 + 5}\n1{clock}\n{block}#{cycle * 10 + 10}\n0{clock}\n")
                    cycle += 1
            last = 1 if path == pair[1] else 0
            file.write(f"#{cycle * 10 + 5}\nb{last} {ids[0]}\n")
    return pair


def compare_large(command: list[str], folder: Path) -> None:
    pair = write_large(folder)
    seconds, memory, problem = measure(command, pair, timeout=3600)
    if seconds is None:
        sys.exit(f"wavediff on two large traces: {problem}")
    size = pair[0].stat().st_size
    print(f"two VCD files of {size / 1e9:.1f} GB: {memory / 1024:.0f} MiB of memory")
    if memory > LARGE_MEMORY_KIB:
        sys.exit("more than 500 MB")


def to_fst(path: Path) -> Path:
    target = path.with_suffix(".fst")
    subprocess.run(["vcd2fst", path, target], check=True, capture_output=True)
    return target


def tools(options: argparse.Namespace) -> dict[str, list[str]]:
    build = ["cargo", "build", "--release", "--locked", "--package", "bitladder-wavediff"]
    subprocess.run(build, check=True, cwd=environment.ROOT)
    target = Path(os.environ.get("CARGO_TARGET_DIR", environment.ROOT / "target"))
    found = {
        "wavediff": [str(target / "release" / "wavediff")],
        "Python, vcdvcd": [sys.executable, "-c", PYTHON_DIFF],
    }
    for name in ("vcddiff", "vcdiff", "wavetools"):
        path = getattr(options, name)
        if path:
            found[name] = [path]
    return found


def peak_memory(pid: int) -> int:
    """Most memory of a process so far in KiB; what rusage says includes Python before the exec."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) if found else 0


def measure(
    command: list[str], pair: list[Path], timeout: float = TIMEOUT
) -> tuple[float | None, int, str]:
    """Seconds, most memory in KiB, and why there are no seconds."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([*command, *pair], stdout=output, stderr=subprocess.STDOUT)
        memory = 0
        while True:
            memory = max(memory, peak_memory(process.pid))
            done = process.poll() is not None
            seconds = time.monotonic() - begin
            if done:
                break
            if seconds > timeout:
                process.kill()
                process.wait()
                return None, 0, f"more than {timeout} s"
            time.sleep(0.002)
        output.seek(0)
        text = output.read()
    if b"top.s" not in text:
        return None, memory, "difference not found"
    return seconds, memory, ""


def compare(found: dict[str, list[str]], pair: list[Path], turns: int) -> dict[str, tuple]:
    best: dict[str, tuple] = {}
    for _ in range(turns):
        for name, command in found.items():
            if name in best and (best[name][0] is None or best[name][0] > 30):
                continue
            result = measure(command, pair)
            if name not in best or result[0] and result[0] < best[name][0]:
                best[name] = result
    return best


def row(case: str, size: int, results: dict[str, tuple], names: list[str]) -> str:
    base, memory, problem = results["wavediff"]
    if base is None:
        sys.exit(f"wavediff on {case}: {problem}")
    cells = [case, f"{size / 1e6:.0f} MB", f"{memory / 1024:.0f} MiB"]
    for name in names[1:]:
        seconds, peak, problem = results.get(name, (None, 0, "not read"))
        cells.append(problem or f"{seconds / base:.1f} x, {peak / 1024:.0f} MiB")
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("vcddiff", "vcdiff", "wavetools"):
        parser.add_argument(f"--{name}", metavar="PATH")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="measure memory on 2 GiB instead")
    parser.add_argument("--write", action="store_true", help=f"rewrite {RESULTS.name}")
    options = parser.parse_args()
    found = tools(options)
    if options.large:
        with tempfile.TemporaryDirectory() as folder:
            compare_large(found["wavediff"], Path(folder))
        return
    names = list(found)
    head = ["trace", "size of one", "wavediff", *names[1:]]
    table = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    with tempfile.TemporaryDirectory() as folder:
        for case, shape in CASES.items():
            pair = write_pair(Path(folder), case, *shape)
            size = pair[0].stat().st_size
            table.append(row(f"{case}.vcd", size, compare(found, pair, options.turns), names))
            pair = [to_fst(path) for path in pair]
            size = pair[0].stat().st_size
            readers = {name: found[name] for name in names if name in ("wavediff", "wavetools")}
            table.append(row(f"{case}.fst", size, compare(readers, pair, options.turns), names))
            print("\n".join(table), flush=True)
    if options.write:
        text = RESULTS.read_text()
        start, end = text.index("<!-- table -->"), text.index("<!-- end -->")
        inner = "\n\n" + "\n".join(table) + "\n\n"
        RESULTS.write_text(text[: start + len("<!-- table -->")] + inner + text[end:])


if __name__ == "__main__":
    main()
