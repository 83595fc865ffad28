"""The Python environment all test benches share: .venv in the project's folder.

A script imports this module first and calls `enter()`, which installs the pinned packages of
requirements.txt once and runs the script again inside the environment.
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


def enter() -> None:
    """Returns only inside the environment with the pinned packages."""
    python = FOLDER / "bin" / "python"
    stamp = FOLDER / "requirements.txt"
    wanted = REQUIREMENTS.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(FOLDER, with_pip=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS], check=True
        )
        stamp.write_text(wanted)
    if Path(sys.prefix) != FOLDER:
        os.execv(python, [str(python), *sys.argv])


def example(name: str) -> Path:
    """Builds an example of the importer and returns its program."""
    command = ["cargo", "build", "--release", "--locked", "--package", "bitladder-onnx"]
    subprocess.run([*command, "--example", name], check=True, cwd=ROOT)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "release" / "examples" / name
