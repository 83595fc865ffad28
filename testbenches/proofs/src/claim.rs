//! What is claimed of a module, and how it is decided.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bitladder_rtl::Module;
use thiserror::Error;

use crate::aig::{Aig, AigError};
use crate::exhaust::satisfy;
use crate::tools::{self, ToolError};
use crate::unroll::{Function, UnrollError, unroll};

/// How a claim is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `bad_o` so many edges after the start, for every value of the inputs, which are held. Does
    /// not depend on what registers held before.
    Cases {
        /// Edges.
        edges: usize,
    },
    /// `bad_o` is never set, whatever the inputs do: by ABC's `pdr`.
    AllTime,
}

/// A claim about a module.
#[derive(Debug, Clone)]
pub struct Claim {
    /// A name.
    pub name: String,
    /// What is claimed, in words.
    pub says: String,
    /// The module.
    pub module: Arc<Module>,
    /// A Verilog module `proof` around the module, which is called `dut` there. Its clock is
    /// `clk_i`, its only output `bad_o`.
    pub property: String,
    /// Registers of the module that the property looks at beside the ports.
    pub registers: Vec<&'static str>,
    /// How it is decided.
    pub method: Method,
}

/// A claim that could not be decided.
#[derive(Debug, Error)]
pub enum ClaimError {
    /// A tool.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The tool's netlist.
    #[error(transparent)]
    Aig(#[from] AigError),
    /// The property.
    #[error(transparent)]
    Unroll(#[from] UnrollError),
    /// More cases than can be evaluated.
    #[error("the property depends on {bits} bits of input; at most {MOST_BITS} can be run through")]
    Inputs {
        /// How many bits.
        bits: usize,
    },
}

/// Most bits of input that are run through.
const MOST_BITS: usize = 32;

/// Cases that a mutant is tried with, spread over all.
const MUTANT_CASES: u64 = 1 << 27;

/// What the answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// All values of so many bits of input.
    Cases(usize),
    /// An inductive invariant.
    AllTime,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Why the claim does not hold, if it does not.
    pub failure: Option<String>,
    /// What a claim that holds rests on.
    pub evidence: Evidence,
    /// The time for the module itself.
    pub time: Duration,
    /// Mutants on which the claim fails.
    pub refuted: usize,
    /// Mutants for which it still holds, or holds in all cases that were tried.
    pub unharmed: usize,
    /// Mutants of parts that the property does not look at.
    pub unreached: usize,
}

/// The mutants to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mutants {
    /// How many are made.
    pub count: usize,
    /// How many must fail before no more are tried.
    pub enough: usize,
    /// The seed of Yosys' `mutate`.
    pub seed: u32,
}

/// A netlist that is looked at.
struct Netlist<'a> {
    folder: &'a Path,
    name: String,
    function: Option<Function>,
}

impl Claim {
    /// Decides the claim, and then for mutants of the module until enough of them have failed.
    pub fn decide(&self, workers: usize, mutants: Mutants) -> Result<Verdict, ClaimError> {
        let folder = tempfile::tempdir().map_err(ToolError::File)?;
        let folder = folder.path();
        let list = tools::prepare(folder, &self.module, mutants.count, mutants.seed)?;
        let start = Instant::now();
        let original = self.netlist(folder, "original".to_owned(), None)?;
        let (failure, evidence) = self.look(&original, workers, u64::MAX)?;
        let time = start.elapsed();
        let (refuted, unharmed, unreached) = (0, 0, 0);
        let mut verdict = Verdict { failure, evidence, time, refuted, unharmed, unreached };
        for (index, mutant) in list.iter().enumerate() {
            if verdict.refuted >= mutants.enough || verdict.failure.is_some() {
                break;
            }
            let mutated = match self.netlist(folder, format!("mutant_{index}"), Some(mutant)) {
                // What was reset no longer is: the result is open.
                Err(ClaimError::Unroll(UnrollError::Undefined { .. })) => {
                    verdict.refuted += 1;
                    continue;
                }
                // Yosys cannot build every one: a constant may meet another initial value.
                Err(ClaimError::Tool(ToolError::Failed { .. })) => {
                    verdict.unreached += 1;
                    continue;
                }
                other => other?,
            };
            if mutated.function.is_some() && mutated.function == original.function {
                verdict.unreached += 1;
            } else if self.look(&mutated, workers, MUTANT_CASES)?.0.is_some() {
                verdict.refuted += 1;
            } else {
                verdict.unharmed += 1;
            }
        }
        Ok(verdict)
    }

    fn netlist<'a>(
        &self,
        folder: &'a Path,
        name: String,
        mutant: Option<&str>,
    ) -> Result<Netlist<'a>, ClaimError> {
        tools::graph(folder, &name, self, mutant)?;
        let function = match self.method {
            Method::Cases { edges } => {
                let text = std::fs::read_to_string(folder.join(format!("{name}.aag")));
                Some(unroll(&Aig::parse(&text.map_err(ToolError::File)?)?, edges)?)
            }
            Method::AllTime => None,
        };
        Ok(Netlist { folder, name, function })
    }

    /// Why the claim does not hold, if so, and what the answer rests on.
    fn look(
        &self,
        netlist: &Netlist<'_>,
        workers: usize,
        most: u64,
    ) -> Result<(Option<String>, Evidence), ClaimError> {
        let Some(function) = &netlist.function else {
            let cycle = tools::decide(netlist.folder, &netlist.name)?;
            let failure = cycle.map(|cycle| format!("it fails in cycle {cycle}"));
            return Ok((failure, Evidence::AllTime));
        };
        let seen = &function.support()[1..function.first()];
        let bits = seen.iter().filter(|seen| **seen).count();
        if bits > MOST_BITS {
            return Err(ClaimError::Inputs { bits });
        }
        let case = satisfy(function, workers, most);
        let failure = case.map(|case| format!("it fails for the inputs {case:#x}"));
        Ok((failure, Evidence::Cases(bits)))
    }
}
