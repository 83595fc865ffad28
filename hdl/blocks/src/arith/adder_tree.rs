//! A balanced adder tree without loss of bits, with registers every few levels.
//!
//! Cost: `inputs - 1` adders, and the registers of every stage: 276 LUT4, 92 FF on ECP5 for 16 x 16
//! bits, registered every second level. The last level is always
//! registered, so the latency is [`AdderTreeConfig::latency`] edges with `enable` set.
//!
//! | port | meaning |
//! |---|---|
//! | `enable` | the registers move |
//! | `x_0` ... | operands of one type |
//! | `sum` | wider by one bit per level |
//!
//! ```text
//! x_0 --+
//!       (+)--+             levels_per_stage = 1: a register behind each (+)
//! x_1 --+    |
//!           (+)-- sum
//! x_2 -------+
//! ```
//!
//! ```
//! # use bitladder_blocks::arith::{AdderTreeConfig, adder_tree};
//! let config = AdderTreeConfig { inputs: 16, bits: 32, signed: true, levels_per_stage: 2 };
//! assert_eq!((config.latency(), config.sum_bits()), (2, 36));
//! assert_eq!(adder_tree(&config)?.name(), "adder_tree_n16_i32_l2");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, Ty};

use crate::BlockError;
use crate::check::within;

/// Size of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdderTreeConfig {
    /// Operands, 2 to 128; any number.
    pub inputs: u32,
    /// Width of an operand, 1 to 64.
    pub bits: u32,
    /// Two's complement operands.
    pub signed: bool,
    /// Levels of adders between registers, 1 to 7: fewer registers, longer paths.
    pub levels_per_stage: u32,
}

impl AdderTreeConfig {
    fn levels(self) -> u32 {
        self.inputs.next_power_of_two().ilog2()
    }

    /// Edges from operands to their sum.
    pub fn latency(self) -> u32 {
        self.levels().div_ceil(self.levels_per_stage)
    }

    /// Width of the sum.
    pub fn sum_bits(self) -> u32 {
        self.bits + self.levels()
    }

    pub(super) fn validate(self) -> Result<(), BlockError> {
        within("adder_tree.inputs", self.inputs, 2..=128)?;
        within("adder_tree.bits", self.bits, 1..=64)?;
        within("adder_tree.levels_per_stage", self.levels_per_stage, 1..=7)
    }
}

/// Builds the tree.
pub fn adder_tree(config: &AdderTreeConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let AdderTreeConfig { inputs, bits, signed, levels_per_stage } = *config;
    let kind = if signed { "i" } else { "u" };
    let m = ModuleBuilder::new("adder_tree").param("n", inputs).param(kind, bits);
    let m = m.param("l", levels_per_stage).doc("A balanced tree of adders.");
    let clk = m.clock("clk", "clock");
    let enable = m.input("enable", BIT, "the registers move");
    let ty = Ty { width: bits, signed };
    let mut terms: Vec<Sig> =
        (0..inputs).map(|i| m.input(&format!("x_{i}"), ty, "an operand")).collect();
    for level in 1..=config.levels() {
        let registered = level % levels_per_stage == 0 || level == config.levels();
        terms = terms.chunks(2).map(sum_of).collect();
        if registered {
            for (index, term) in terms.iter_mut().enumerate() {
                let held = m.reg(&format!("sum_{level}_{index}_q"), term.ty(), clk).enable(enable);
                held.next(*term);
                *term = held.q;
            }
        }
    }
    m.drive(m.output("sum", ty.with_width(config.sum_bits()), "exact sum"), terms[0]);
    Ok(m.build()?)
}

/// The sum of a pair, or the last operand of an odd level, one bit wider.
fn sum_of<'m>(pair: &[Sig<'m>]) -> Sig<'m> {
    match pair {
        [left, right] => left.widening_add(*right),
        _ => pair[0].extend(pair[0].width() + 1),
    }
}
