#!/usr/bin/env python3
"""Runs the ONNX project's own node tests through the importer and the golden model.

    testbenches/onnx-node-tests/run.py            checks: any difference from unsupported.md fails
    testbenches/onnx-node-tests/run.py --write    rewrites unsupported.md

A case passes if the imported network computes what ONNX says. A case may be refused with a reason,
and unsupported.md lists all of those. A wrong value always fails.
"""

import argparse
import difflib
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import environment  # noqa: E402

environment.enter()

import cases as node_cases  # noqa: E402
import onnx  # noqa: E402

LIST = Path(__file__).with_name("unsupported.md")


def supported(runner: Path) -> set[tuple[str, str]]:
    lines = subprocess.run([runner, "--operators"], check=True, capture_output=True, text=True)
    return {tuple(line.split("\t")) for line in lines.stdout.splitlines()}


def run_all(runner: Path, cases: list[node_cases.Case], folder: Path) -> list[tuple[str, str]]:
    """Verdict and message of each case, in order."""
    results = []
    for index, case in enumerate(cases):
        node_cases.write(case, folder / str(index))
    for index, case in enumerate(cases):
        command = [runner, str(case.rtol), str(case.atol), folder / str(index)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            results.append(("failed", done.stderr.strip() or f"exit code {done.returncode}"))
            continue
        _, verdict, message = done.stdout.rstrip("\n").split("\t")
        results.append((verdict, plain(message, folder)))
    return results


def plain(message: str, folder: Path) -> str:
    """A message without the file and the node, which differ from case to case."""
    message = re.sub(f"`{re.escape(str(folder))}/[^`]*`: ", "", message)
    return re.sub(r"^\d+ \(\w+\): ", "", message)


def report(cases: list[node_cases.Case], results: list[tuple[str, str]]) -> str:
    """The text of unsupported.md."""
    counts = defaultdict(lambda: [0, 0])
    groups = defaultdict(list)
    for case, (verdict, message) in zip(cases, results, strict=True):
        key = (case.operator, case.mode)
        counts[key][0] += verdict == "passed"
        counts[key][1] += 1
        if verdict == "unsupported":
            groups[(*key, message)].append(case.name.removeprefix("test_"))
    lines = [
        "# Node tests that are not supported",
        "",
        f"Written by `run.py --write` from the node tests of ONNX {onnx.__version__}; `run.py`",
        "fails where this list is not what happens. Every case not listed computes what ONNX",
        "says. *Computed*: the first input comes from the network's input. *Constant*: all",
        "inputs are constants, and the importer computes the result itself.",
        "",
        "| operator | inputs | passed | total |",
        "|---|---|---|---|",
    ]
    for (operator, mode), (passed, total) in sorted(counts.items()):
        lines.append(f"| {operator} | {mode} | {passed} | {total} |")
    passed, total = (sum(count[place] for count in counts.values()) for place in (0, 1))
    lines += [f"| all | | {passed} | {total} |", "", "## Reasons", ""]
    for (operator, mode, message), names in sorted(groups.items()):
        lines += [f"- {operator}, {mode}: {', '.join(sorted(names))}", f"  > {message}", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="rewrite unsupported.md")
    write = parser.parse_args().write
    runner = environment.example("run_node_case")
    cases = node_cases.collect(supported(runner))
    with tempfile.TemporaryDirectory() as folder:
        results = run_all(runner, cases, Path(folder))
    text = report(cases, results)
    print(text.split("## Reasons")[0])
    wrong = [(c, m) for c, (verdict, m) in zip(cases, results, strict=True) if verdict == "failed"]
    for case, message in wrong:
        print(f"FAILED {case.name} ({case.operator}, {case.mode}): {message}")
    if write:
        LIST.write_text(text)
        return 1 if wrong else 0
    known = LIST.read_text() if LIST.exists() else ""
    diff = list(
        difflib.unified_diff(known.splitlines(), text.splitlines(), "known", "found", lineterm="")
    )
    print("\n".join(diff))
    return 1 if wrong or diff else 0


if __name__ == "__main__":
    sys.exit(main())
