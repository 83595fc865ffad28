"""The Python environments of the test benches: .venv in the project's folder, which all share that
can.

A script imports this module first and calls `enter()`, which installs the pinned packages of
requirements.txt once and runs the script again inside the environment. `enter(requirements, name)`
does so with another list, in another environment.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

BENCHES = Path(__file__).resolve().parent
ROOT = BENCHES.parent
REQUIREMENTS = BENCHES / "requirements.txt"


def enter(requirements: Path = REQUIREMENTS, name: str = ".venv") -> None:
    """Returns only inside the environment with the pinned packages."""
    folder = ROOT / name
    python = folder / "bin" / "python"
    stamp = folder / "requirements.txt"
    wanted = requirements.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(folder, with_pip=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--requirement", requirements], check=True
        )
        stamp.write_text(wanted)
    if Path(sys.prefix) != folder:
        os.execv(python, [str(python), *sys.argv])


def example(name: str) -> Path:
    """Builds an example of the importer and returns its program."""
    command = ["cargo", "build", "--release", "--locked", "--package", "bitladder-onnx"]
    subprocess.run([*command, "--example", name], check=True, cwd=ROOT)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "release" / "examples" / name
