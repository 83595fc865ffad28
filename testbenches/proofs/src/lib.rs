//! Proofs about the hardware modules, on the netlist that Yosys makes of their Verilog.
//!
//! | module | what it holds |
//! |---|---|
//! | [`claims`] | what is claimed of which module |
//! | [`claim`] | how a claim is decided, with mutants of the module |
//! | [`aig`] | and-inverter graphs from AIGER files |
//! | [`unroll`] | a fixed number of cycles as one function of the inputs |
//! | [`exhaust`] | all values of a function's inputs |
//! | [`tools`] | Yosys and ABC |
//!
//! A claim is a Verilog module `proof` around the module in question, with an output `bad_o` that
//! must never be set. Where a result depends on at most 32 bits of input, all 2^32 cases are
//! evaluated; claims about all time go to ABC (`pdr`, or `bmc3` up to a bound).
//!
//! A claim counts only if it fails on some mutant of the module: each is decided for mutants that
//! Yosys' `mutate` makes with a fixed seed as well.

pub mod aig;
pub mod claim;
pub mod claims;
pub mod exhaust;
pub mod tools;
pub mod unroll;

pub use claim::{Claim, Evidence, Method, Verdict};
