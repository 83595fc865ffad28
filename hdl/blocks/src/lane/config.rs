//! The lane's configuration and what follows from it.

use bitladder_spec::accumulator::{MAX_BITS, bound_of_format};

use super::format::{Mode, WeightKind};
use crate::{BlockError, Family};

/// How a lane multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Multiplier {
    /// No DSP block: rows of adders, on ECP5 two partial products per carry chain.
    Fabric,
    /// One DSP block (18 x 18, on iCE40 UltraPlus `SB_MAC16` as 16 x 16): 16 x 16, or one 8 x 8,
    /// or the sum of two 4 x 4 products; a small fabric multiplier makes the other half of the
    /// word.
    OneDsp,
    /// One DSP block as in `OneDsp` and nothing beside it: narrow modes use the low byte of a word
    /// only, one 8 x 8 or two 4 x 4 products, and ignore the high one. Half the narrow products
    /// per cycle for two thirds of the LUTs.
    HalfWord,
    /// Two 18 x 18 DSP blocks: as `OneDsp`, but a second block makes the other half of the word.
    TwoDsp,
    /// `SB_MAC16` blocks of iCE40 UltraPlus. Without 16-bit words one block makes two 8 x 8
    /// products, and two of the four 4 x 4 products, the fabric the other two; with them a
    /// second block multiplies 16 x 16 and makes the sum of those two.
    Mac16,
    /// No multiplier: 16-bit activations are shifted and conditionally negated. For weights that
    /// are all powers of two or zero.
    Shifter,
}

impl Multiplier {
    /// The name as in configurations and reports.
    pub fn name(self) -> &'static str {
        match self {
            Multiplier::Fabric => "fabric",
            Multiplier::OneDsp => "dsp1",
            Multiplier::HalfWord => "half",
            Multiplier::TwoDsp => "dsp2",
            Multiplier::Mac16 => "mac16",
            Multiplier::Shifter => "shifter",
        }
    }
}

/// What a lane must be able to do. What is not asked for is not built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneConfig {
    /// Whose primitives may be used.
    pub family: Family,
    /// How products are made.
    pub multiplier: Multiplier,
    /// The modes that can be chosen while running.
    pub modes: Vec<Mode>,
    /// The kinds of weights that can be chosen while running.
    pub weights: Vec<WeightKind>,
    /// The longest dot product, in products (not words).
    pub reduction: u32,
    /// Width of the accumulator; `None` takes the narrowest that cannot overflow.
    pub accumulator_bits: Option<u32>,
}

/// Position of the packed DSP's wanted field: sums of narrow products lie this far up in the
/// accumulator, so that 16-bit products and the field need no multiplexer to line up.
pub(crate) const PACKED_FRACTION: u32 = 9;

/// Bits of the weight digits in fabric: lanes without blocks sum 4-bit products this far up, where
/// wider words' higher digits have their place.
const DIGIT_BITS: u32 = 4;

/// A checked [`LaneConfig`] with the sizes that follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanePlan {
    config: LaneConfig,
    accumulator: u32,
}

impl LanePlan {
    /// Clock edges from a word at the lane's inputs to the sum that contains it.
    pub const LATENCY: u32 = 5;

    /// Checks a configuration.
    pub fn new(config: &LaneConfig) -> Result<LanePlan, BlockError> {
        check_sets(config)?;
        check_multiplier(config)?;
        let mut plan = LanePlan { config: config.clone(), accumulator: 0 };
        let needed = plan.needed_bits();
        if config.reduction == 0 || needed > u32::from(MAX_BITS) {
            let value = i64::from(config.reduction);
            let allowed = format!("1 up to what fits an accumulator of {MAX_BITS} bits");
            return Err(BlockError::Range { key: "lane.reduction", value, allowed });
        }
        plan.accumulator = config.accumulator_bits.unwrap_or(needed);
        if !(needed..=u32::from(MAX_BITS)).contains(&plan.accumulator) {
            let (value, products) = (i64::from(plan.accumulator), config.reduction);
            let allowed = format!("{needed} to {MAX_BITS} for sums of {products} products");
            return Err(BlockError::Range { key: "lane.accumulator_bits", value, allowed });
        }
        Ok(plan)
    }

    /// The configuration that was checked.
    pub fn config(&self) -> &LaneConfig {
        &self.config
    }

    /// Width of the accumulator.
    pub fn accumulator_bits(&self) -> u32 {
        self.accumulator
    }

    /// True if the lane has this mode.
    pub fn has(&self, mode: Mode) -> bool {
        self.config.modes.contains(&mode)
    }

    /// True if the lane takes weights of this kind.
    pub fn takes(&self, kind: WeightKind) -> bool {
        self.config.weights.contains(&kind)
    }

    /// Operands of a word that count, which is also the products per cycle.
    pub fn parts(&self, mode: Mode) -> u32 {
        match mode {
            Mode::Word8 | Mode::Word4 if self.config.multiplier == Multiplier::HalfWord => {
                mode.parts() / 2
            }
            _ => mode.parts(),
        }
    }

    /// How far up in the accumulator sums of a mode lie.
    pub fn fraction(&self, mode: Mode) -> u32 {
        let wide = self.has(Mode::Word16) || self.has(Mode::Word8);
        match mode {
            Mode::Word8 | Mode::Word4 | Mode::Binary if self.is_packed() => PACKED_FRACTION,
            Mode::Word4 if wide && self.config.multiplier == Multiplier::Fabric => DIGIT_BITS,
            _ => 0,
        }
    }

    /// The mode whose sums lie elsewhere in the accumulator than those of all other modes, if
    /// there is one.
    pub(crate) fn odd_mode(&self) -> Option<Mode> {
        let modes = &self.config.modes;
        let odd = |mode: &&Mode| {
            let mut others = modes.iter().filter(|other| other != mode);
            modes.len() > 1 && others.all(|other| self.fraction(*other) != self.fraction(**mode))
        };
        modes.iter().find(odd).copied()
    }

    /// Bits of a result that are the sum in this mode.
    pub fn result_bits(&self, mode: Mode) -> u32 {
        self.accumulator - self.fraction(mode)
    }

    /// DSP blocks of a lane.
    pub fn dsp_blocks(&self) -> u32 {
        let narrow = self.has(Mode::Word8) || self.has(Mode::Word4);
        match self.config.multiplier {
            Multiplier::Fabric | Multiplier::Shifter => 0,
            _ if self.config.modes == [Mode::Binary] => 0,
            Multiplier::OneDsp | Multiplier::HalfWord => 1,
            Multiplier::TwoDsp => 1 + u32::from(narrow),
            Multiplier::Mac16 => u32::from(narrow) + u32::from(self.has(Mode::Word16)),
        }
    }

    /// True if one block multiplies 16-bit words and packed pairs.
    pub(crate) fn is_packed(&self) -> bool {
        let wide = match self.config.multiplier {
            Multiplier::OneDsp | Multiplier::HalfWord | Multiplier::TwoDsp => true,
            Multiplier::Mac16 => self.has(Mode::Word16),
            Multiplier::Fabric | Multiplier::Shifter => false,
        };
        wide && self.config.modes.iter().any(|mode| *mode != Mode::Word16)
            && self.config.modes != [Mode::Binary]
    }

    /// Width of a block's operands.
    pub(crate) fn block_bits(&self) -> u32 {
        if self.config.family == Family::Ice40 { 16 } else { 18 }
    }

    /// Width of what one word adds to the accumulator.
    pub(crate) fn term_bits(&self) -> u32 {
        self.config.modes.iter().map(|mode| self.bits_for(*mode, 1)).max().unwrap_or(1)
    }

    fn needed_bits(&self) -> u32 {
        let words = |mode: &Mode| u64::from(self.config.reduction).div_ceil(mode.parts().into());
        self.config.modes.iter().map(|mode| self.bits_for(*mode, words(mode))).max().unwrap_or(1)
    }

    /// Bits for the sum of some words, in place. Every part of the last word counts, used or not.
    fn bits_for(&self, mode: Mode, words: u64) -> u32 {
        let products = words * u64::from(mode.parts());
        let kinds = self.config.weights.iter().filter(|kind| kind.goes_with(mode));
        let fixed = (mode == Mode::Binary).then_some(&WeightKind::Fixed);
        let bits = |kind: &WeightKind| {
            let bound = bound_of_format(kind.span(mode), mode.activation_span(), products);
            u32::from(bound.signed_bits())
        };
        kinds.chain(fixed).map(bits).max().unwrap_or(1) + self.fraction(mode)
    }
}

fn check_sets(config: &LaneConfig) -> Result<(), BlockError> {
    let empty = |key, allowed: &str| {
        Err(BlockError::Range { key, value: 0, allowed: format!("a list with {allowed}") })
    };
    if config.modes.is_empty() {
        return empty("lane.modes", "at least one mode");
    }
    if config.weights.is_empty() {
        return empty("lane.weights", "at least one kind of weights");
    }
    for kind in &config.weights {
        if !config.modes.iter().any(|mode| kind.goes_with(*mode)) {
            let modes: Vec<&str> = config.modes.iter().map(|mode| mode.name()).collect();
            return Err(BlockError::Conflict {
                key: "lane.weights",
                value: kind.name().into(),
                other: "lane.modes",
                other_value: modes.join(", "),
                remedy: "power-of-two weights need 1x16, ternary and qsq weights 1x16, 2x8 or 4x4",
            });
        }
    }
    Ok(())
}

fn check_multiplier(config: &LaneConfig) -> Result<(), BlockError> {
    let multiplier = config.multiplier;
    let conflict = |other, other_value: &str, remedy| {
        let (key, value) = ("lane.multiplier", multiplier.name().into());
        Err(BlockError::Conflict { key, value, other, other_value: other_value.into(), remedy })
    };
    let narrow = |mode: &Mode| matches!(mode, Mode::Word8 | Mode::Word4);
    let sixteen = multiplier == Multiplier::Mac16 || config.family == Family::Ice40;
    let power = config.weights.contains(&WeightKind::PowerOfTwo);
    match multiplier {
        Multiplier::Mac16 if !matches!(config.family, Family::Ice40 | Family::Generic) => {
            conflict("lane.family", config.family.name(), "SB_MAC16 exists on iCE40 UltraPlus only")
        }
        Multiplier::TwoDsp if config.family == Family::Ice40 => {
            conflict("lane.family", "ice40", "it has no 18 x 18 blocks: choose mac16 or dsp1")
        }
        Multiplier::Mac16 | Multiplier::OneDsp | Multiplier::HalfWord if sixteen && power => {
            conflict(
                "lane.weights",
                "power-of-two",
                "+2^15 does not fit its 16-bit operand: choose fabric or shifter",
            )
        }
        Multiplier::Shifter if config.weights.contains(&WeightKind::Fixed) => conflict(
            "lane.weights",
            "fixed",
            "only power-of-two, ternary and qsq weights are shifts",
        ),
        Multiplier::Shifter if config.modes.iter().any(narrow) => {
            conflict("lane.modes", "2x8 or 4x4", "it shifts 16-bit activations only")
        }
        _ => Ok(()),
    }
}
