"""The Python environment all test benches share: .venv in the project's folder.

A script imports this module first and calls `enter()`, which installs the pinned packages of
requirements.txt once and runs the script again inside the environment. What only one bench needs
stands in a file of its own, which that bench names.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

BENCHES = Path(__file__).resolve().parent
ROOT = BENCHES.parent
FOLDER = ROOT / ".venv"
REQUIREMENTS = BENCHES / "requirements.txt"


def enter(*more: Path) -> None:
    """Returns only inside the environment with the pinned packages, and those of `more` files."""
    python = FOLDER / "bin" / "python"
    for file in (REQUIREMENTS, *more):
        stamp = FOLDER / ("-".join(file.relative_to(BENCHES).parts))
        wanted = file.read_text()
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        if not python.exists():
            venv.create(FOLDER, with_pip=True)
        command = [python, "-m", "pip", "install", "--quiet", "--requirement", file]
        subprocess.run(command, check=True)
        stamp.write_text(wanted)
    if Path(sys.prefix) != FOLDER:
        os.execv(python, [str(python), *sys.argv])


def example(name: str) -> Path:
    """Builds an example of the importer and returns its program."""
    command = ["cargo", "build", "--release", "--locked", "--package", "bitladder-onnx"]
    subprocess.run([*command, "--example", name], check=True, cwd=ROOT)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "release" / "examples" / name


def command() -> Path:
    """The `bitladder` command: what the variable BITLADDER names, or built anew."""
    if "BITLADDER" in os.environ:
        return Path(os.environ["BITLADDER"])
    build = ["cargo", "build", "--release", "--locked", "--package", "bitladder"]
    subprocess.run(build, check=True, cwd=ROOT)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "bitladder"
