//! Models of the memories that lead out of a design, cycle by cycle, for any simulator.
//!
//! A model looks at some outputs of the design and drives some of its inputs. In each cycle, before
//! the clock's edge, the simulator's owner calls [`MemoryModel::drive`] with the outputs as they
//! are, sets the inputs, and calls [`MemoryModel::edge`] with the outputs as they then are. What
//! the design does wrong comes back as a [`Violation`] with the rule's name.
//!
//! | model | behind |
//! |---|---|
//! | [`SdramChip`] | a controller of SDR SDRAM: commands, and the times of a data sheet |
//! | [`Axi4Memory`] | an AXI4 master: bursts, 4 KiB, stable payloads, random stalls |
//! | [`WishboneMemory`] | a Wishbone master, classic or pipelined, likewise |
//!
//! ```
//! use bitladder_memory_models::{ChipSpec, MemoryModel, SdramChip, Violation};
//! let mut chip = SdramChip::new(ChipSpec::W9825G6KH_6, 12_500, false);
//! // An activate (0 on ras_n only) right after power-up.
//! let early = chip.edge(&[1, 0, 0, 1, 1, 0, 0, 3, 0, 0]).unwrap_err();
//! assert_eq!(early.to_string(), "tPU: activate after 0 ps, 200000000 are needed");
//! ```

mod axi4;
mod chip;
mod storage;
mod violation;
mod wishbone;

pub use axi4::Axi4Memory;
pub use chip::{ChipSpec, ChipTimes, SdramChip};
pub use storage::{Stalls, Words};
pub use violation::Violation;
pub use wishbone::{WishboneKind, WishboneMemory};

/// A memory outside a design.
pub trait MemoryModel {
    /// The design's outputs that the model looks at, without `_o`.
    fn outputs(&self) -> &'static [&'static str];

    /// The design's inputs that the model drives, without `_i`.
    fn inputs(&self) -> &'static [&'static str];

    /// The inputs of this cycle, given the outputs so far: those that depend on the inputs of the
    /// same cycle mean nothing yet.
    fn drive(&mut self, outputs: &[u64], inputs: &mut [u64]);

    /// The clock's edge at the end of the cycle.
    fn edge(&mut self, outputs: &[u64]) -> Result<(), Violation>;

    /// What is stored.
    fn words(&mut self) -> &mut Words;
}
