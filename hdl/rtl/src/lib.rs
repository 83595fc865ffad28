//! Hardware description sized at run time: one expression graph per module gives the simulation
//! and the Verilog.
//!
//! Generators of hardware read a configuration and then decide how wide a word is and how many
//! lanes there are. Here a module is built by ordinary Rust code: a [`ModuleBuilder`] hands out
//! signals ([`Sig`]), operators on them build a graph in which every node has an explicit width
//! and sign ([`Ty`]), and [`ModuleBuilder::build`] checks the result and freezes it as a
//! [`Module`]. [`Design::elaborate`] then looks at the whole hierarchy (loops, clocks, names).
//! From there two readers take the same graph: [`Sim`] compiles it for simulation in Rust, and
//! [`Design::verilog`] writes it as Verilog-2005. They cannot drift apart, because there is
//! nothing else to read, and the tests compare both in Icarus Verilog and Verilator anyway.
//!
//! ```
//! use bitladder_rtl::{Design, EmitOptions, ModuleBuilder, Sim, sint, uint};
//!
//! // A multiply-accumulate cell whose word width is a run-time value.
//! let word = 8;
//! let m = ModuleBuilder::new("mac").param("w", word).doc("Multiplies and accumulates.");
//! let clk = m.clock("clk", "clock");
//! let rst = m.input("rst", uint(1), "synchronous reset");
//! let a = m.input("a", sint(word), "left operand");
//! let b = m.input("b", sint(word), "right operand");
//! let acc = m.reg("acc_q", sint(2 * word + 8), clk).reset(rst, 0);
//! let product = a * b; // exact: 2 * word bits, signed
//! acc.next(acc.q + product.sign_extend(acc.q.width()));
//! m.drive(m.output("acc", acc.q.ty(), "the sum so far"), acc.q);
//! let design = Design::elaborate(&m.build()?)?;
//!
//! let mut sim = Sim::new(&design)?;
//! sim.set_number("a", -3)?;
//! sim.set_number("b", 5)?;
//! sim.step("clk")?;
//! sim.step("clk")?;
//! assert_eq!(sim.get_number("acc_o")?, -30);
//!
//! let verilog = design.verilog(&EmitOptions::default())?;
//! assert_eq!(verilog.files[0].name, "mac_w8.v");
//! assert!(verilog.files[0].text.contains("module mac_w8 ("));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing is extended, cut or reinterpreted behind your back. An operator on operands that do
//! not fit records an error with the line that wrote it, and `build` reports all of them:
//!
//! ```
//! use bitladder_rtl::{ModuleBuilder, uint};
//!
//! let m = ModuleBuilder::new("sum");
//! let (a, b) = (m.input("a", uint(8), "left"), m.input("b", uint(9), "right"));
//! m.drive(m.output("y", uint(8), "sum"), a + b);
//! let errors = m.build().unwrap_err().to_string();
//! assert!(errors.contains(
//!     "add: width mismatch between `sum.a_i` (unsigned 8 bits) and `sum.b_i` (unsigned 9 bits)"
//! ));
//! ```
//!
//! # Where things are
//!
//! | module | what it holds |
//! |---|---|
//! | `ty` | width and sign of a signal |
//! | `expr` | signals and operators; `expr::eval` says what each operator means |
//! | `module` | the builder: ports, wires, registers, memories, instances, bundles, vendor cells |
//! | `elaborate` | the hierarchy as one graph: order of evaluation, loops, clocks, equal shapes |
//! | `sim` | compilation to instructions, the simulation, waveforms |
//! | `emit` | Verilog-2005, one file for each distinct module |
//! | `mutate` | faults put into a design on purpose |
//! | `error` | everything that can be wrong with a description |
//! | `cosim` | test support: compare with Icarus Verilog and Verilator (feature `cosim`) |
//! | `rust_hdl` | working together with rust-hdl (feature `rust-hdl`) |
//!
//! `docs/hdl-layer.md` in the repository is the guide for people who write hardware with it.

mod elaborate;
mod emit;
mod error;
mod expr;
mod module;
pub mod mutate;
mod names;
mod sim;
mod ty;

#[cfg(feature = "cosim")]
pub mod cosim;
#[cfg(feature = "rust-hdl")]
pub mod rust_hdl;

pub use elaborate::Design;
pub use emit::{Cells, EmitError, EmitOptions, Emitted, EmittedFile};
pub use error::{Errors, MemoryProblem, Operand as NamedOperand, Place, RtlError, Unread};
pub use expr::{Operand, Sig};
pub use module::{
    BlackBox, Bundle, BundlePort, Clock, ClockRule, CombModel, Direction, Field, Instance, Mem,
    Model, Module, ModuleBuilder, ParamValue, Port, ReadDuringWrite, Reg,
};
pub use sim::{Signal, Sim, SimError};
pub use ty::{BIT, MAX_WIDTH, Ty, address_width, mask, sint, uint};
