"""Installs cocotb, pinned, into .venv-cocotb in the project's folder, once."""

import subprocess
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".venv-cocotb"
WANTED = "cocotb==2.1.0\n"


def main() -> None:
    stamp = FOLDER / "requirements.txt"
    if stamp.exists() and stamp.read_text() == WANTED:
        return
    venv.create(FOLDER, with_pip=True)
    python = FOLDER / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", WANTED.strip()], check=True)
    stamp.write_text(WANTED)


if __name__ == "__main__":
    main()
