"""Installs cocotb, pinned, once, and prints the folder of its programs.

It goes beside the FPGA tools, in the user's cache: cocotb's makefiles cannot lie in a path with
spaces, as a project's folder may.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

VERSION = "2.1.0"


def main() -> None:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "bitladder" / f"cocotb-{VERSION}"
    if any(character.isspace() for character in str(folder)):
        sys.exit(f"cocotb cannot be installed in `{folder}`: make knows no paths with spaces; "
                 "name another folder by XDG_CACHE_HOME")
    complete = folder / "complete"
    if not complete.exists():
        venv.create(folder, with_pip=True)
        python = folder / "bin" / "python"
        command = [python, "-m", "pip", "install", "--quiet", f"cocotb=={VERSION}"]
        subprocess.run(command, check=True, stdout=sys.stderr)
        complete.touch()
    print(folder / "bin")


if __name__ == "__main__":
    main()
