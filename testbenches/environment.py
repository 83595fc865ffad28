"""The Python environments of the test benches: .venv in the project's folder, which all share that
can.

A script imports this module first and calls `enter()`, which installs the pinned packages of
requirements.txt once and runs the script again inside the environment. What only one bench needs
stands in a file of its own: `enter(file)` adds it, `enter(file, name=FOLDER)` installs only that, in
an environment of its own.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

BENCHES = Path(__file__).resolve().parent
ROOT = BENCHES.parent
SHARED = ".venv"
REQUIREMENTS = BENCHES / "requirements.txt"


def enter(*files: Path, name: str = SHARED) -> None:
    """Returns only inside the environment with the pinned packages of all files."""
    folder = ROOT / name
    python = folder / "bin" / "python"
    for file in (REQUIREMENTS, *files) if name == SHARED else files:
        stamp = folder / "-".join(file.relative_to(BENCHES).parts)
        wanted = file.read_text()
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        if not python.exists():
            venv.create(folder, with_pip=True)
        command = [python, "-m", "pip", "install", "--quiet", "--requirement", file]
        subprocess.run(command, check=True)
        stamp.write_text(wanted)
    if Path(sys.prefix) != folder:
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
