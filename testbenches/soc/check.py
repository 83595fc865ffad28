#!/usr/bin/env python3
"""Checks what `bitladder build` writes for systems on a chip with the tools it is for.

The register map goes through a SystemRDL compiler and is compared with the C header; FuseSoC reads
the core files of all host links and runs their lint targets, and sets up the builds of boards of each
family; LiteX builds a system on a chip around the wrapper, and Yosys elaborates the Verilog that comes
out.

    testbenches/soc/check.py [PROGRAM]

PROGRAM is a `bitladder`; without it one is built.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import environment  # noqa: E402

environment.enter()

from systemrdl import RDLCompiler  # noqa: E402

CONFIG = "sim-4x4"
TOP = "machine_wishbone_sim_4x4"


HOSTS = ["wishbone", "wishbone-pipelined", "axi-lite", "uart", "mailbox"]
BOARDS = [("ecp5-25", "ulx3s-25f"), ("hx8k-small", "hx8k-breakout"), ("gw2a-18", "tang-nano-20k")]


def emit(folder: Path, arguments: list[str]) -> None:
    """Writes a machine's files."""
    cargo = ["cargo", "run", "--release", "--locked", "--quiet", "--package", "bitladder", "--"]
    command = sys.argv[1:] or cargo
    build = ["build", *arguments, "--emit-only", "--out", folder]
    subprocess.run([*command, *build], check=True, cwd=environment.ROOT, stdout=subprocess.DEVNULL)


def register_map(folder: Path) -> None:
    """Names and addresses are those of the C header."""
    compiler = RDLCompiler()
    compiler.compile_file(str(folder / "registers.rdl"))
    found = {
        register.inst_name.upper(): register.absolute_address
        for register in compiler.elaborate().top.registers()
    }
    header = (folder / "bitladder_machine.h").read_text()
    lines = re.findall(r"#define BITLADDER_REG_([A-Z0-9_]+) (0x[0-9a-f]+)u", header)
    wanted = {name: int(address, 16) for name, address in lines}
    if not wanted or found != wanted:
        raise SystemExit(f"registers.rdl and the C header differ: {found} and {wanted}")
    print(f"registers.rdl: {len(found)} registers, as in the C header")


def run_fusesoc(folder: Path, arguments: list[str], core: str) -> str:
    """Runs FuseSoC on the core of a folder; gives what it said."""
    program = Path(sys.prefix) / "bin" / "fusesoc"
    command = [program, "--cores-root", folder, "run", *arguments]
    command += ["--build-root", folder / "fusesoc", f"bitladder::{core}:"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    said = f"{done.stdout}{done.stderr}"
    if done.returncode != 0:
        raise SystemExit(f"FuseSoC on {core}: {said}")
    return said


def lint(folder: Path, host: str) -> None:
    """FuseSoC finds the core and lints it with Verilator."""
    run_fusesoc(folder, ["--target", "lint"], CONFIG)
    print(f"FuseSoC: the core behind {host} is read, its lint target passes")


def set_up(folder: Path, machine: str, board: str) -> None:
    """FuseSoC writes the build of a board, whose constraints it finds."""
    run_fusesoc(folder, ["--target", board, "--setup"], machine)
    made = list((folder / "fusesoc").rglob("*.eda.yml"))
    text = "".join(path.read_text() for path in made)
    wanted = next(folder.glob(f"{board}.*")).name
    if wanted not in text:
        raise SystemExit(f"FuseSoC's build of {machine} does not name {wanted}: {made}")
    run_fusesoc(folder, ["--target", "lint"], machine)
    print(f"FuseSoC: {machine} on {board} is set up with {wanted}, its lint target passes")


def litex(folder: Path) -> None:
    """A system on a chip with the machine on its bus and at its interrupt controller."""
    sys.path.insert(0, str(folder))
    from litex.build.generic_platform import IOStandard, Pins
    from litex.build.lattice import LatticeECP5Platform
    from litex.soc.integration.builder import Builder
    from litex.soc.integration.soc import SoCRegion
    from litex.soc.integration.soc_core import SoCMini
    from litex_machine import BitladderMachine
    from migen import ClockDomain

    pins = [("clk25", 0, Pins("G2")), ("rst", 0, Pins("R1"))]
    io = [(name, number, pin, IOStandard("LVCMOS33")) for name, number, pin in pins]
    platform = LatticeECP5Platform("LFE5U-25F-6BG381C", io, toolchain="trellis")
    soc = SoCMini(platform, clk_freq=25_000_000)
    soc.clock_domains.cd_sys = ClockDomain()
    soc.comb += soc.cd_sys.clk.eq(platform.request("clk25"))
    soc.comb += soc.cd_sys.rst.eq(platform.request("rst"))
    soc.submodules.accelerator = BitladderMachine(platform)
    region = SoCRegion(origin=0x3000_0000, size=BitladderMachine.SIZE, cached=False)
    soc.bus.add_slave("accelerator", soc.accelerator.bus, region)
    builder = Builder(
        soc, output_dir=str(folder / "litex"), compile_software=False, compile_gateware=False
    )
    builder.build(run=False, build_name="soc")
    written = folder / "litex" / "gateware" / "soc.v"
    if f"{TOP} {TOP}(" not in written.read_text():
        raise SystemExit(f"{written}: LiteX did not place `{TOP}`")
    sources = sorted((folder / "verilog").glob("*.v"))
    reads = "; ".join(f"read_verilog {path}" for path in [*sources, written])
    yosys = ["yosys", "-q", "-p", f"{reads}; hierarchy -check -top soc; proc; check"]
    done = subprocess.run(yosys, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"Yosys on LiteX's Verilog: {done.stderr}")
    print("LiteX: a system on a chip with the machine is built and elaborates")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for host in HOSTS:
            folder = Path(name) / host
            emit(folder, ["--config", CONFIG, "--host", host])
            lint(folder, host)
        for machine, board in BOARDS:
            folder = Path(name) / board
            emit(folder, ["--config", machine, "--board", board])
            set_up(folder, machine, board)
        register_map(Path(name) / "wishbone")
        litex(Path(name) / "wishbone")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
