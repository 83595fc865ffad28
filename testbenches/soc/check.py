#!/usr/bin/env python3
"""Checks what `bitladder build` writes for systems on a chip with the tools it is for.

The register map goes through a SystemRDL compiler and is compared with the C header; FuseSoC reads
the core file and runs its lint target; LiteX builds a system on a chip around the wrapper, and Yosys
elaborates the Verilog that comes out.

    testbenches/soc/check.py
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


def emit(folder: Path) -> None:
    """The machine behind Wishbone."""
    command = ["cargo", "run", "--release", "--locked", "--quiet", "--package", "bitladder", "--"]
    build = ["build", "--config", CONFIG, "--host", "wishbone", "--emit-only", "--out", folder]
    subprocess.run([*command, *build], check=True, cwd=environment.ROOT)


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


def fusesoc(folder: Path) -> None:
    """FuseSoC finds the core and lints it with Verilator."""
    program = Path(sys.prefix) / "bin" / "fusesoc"
    core = f"bitladder::{CONFIG}:"
    command = [program, "--cores-root", folder, "run", "--target", "lint"]
    command += ["--build-root", folder / "fusesoc", core]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if done.returncode != 0:
        raise SystemExit(f"FuseSoC: {done.stdout}{done.stderr}")
    print("FuseSoC: the core file is read, its lint target passes")


def litex(folder: Path) -> None:
    """A system on a chip with the machine on its bus and at its interrupt controller."""
    sys.path.insert(0, str(folder))
    from litex.build.generic_platform import Pins
    from litex.build.sim import SimPlatform
    from litex.soc.integration.builder import Builder
    from litex.soc.integration.soc import SoCRegion
    from litex.soc.integration.soc_core import SoCMini
    from litex_machine import BitladderMachine
    from migen import ClockDomain

    platform = SimPlatform("SIM", [("sys_clk", 0, Pins(1)), ("sys_rst", 0, Pins(1))])
    soc = SoCMini(platform, clk_freq=50_000_000)
    soc.clock_domains.cd_sys = ClockDomain()
    soc.comb += soc.cd_sys.clk.eq(platform.request("sys_clk"))
    soc.comb += soc.cd_sys.rst.eq(platform.request("sys_rst"))
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
        folder = Path(name)
        emit(folder)
        register_map(folder)
        fusesoc(folder)
        litex(folder)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
