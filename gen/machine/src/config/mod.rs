//! What one machine is made of: the file all generators read.

mod check;
mod error;
mod external;
mod host;
mod limits;
mod post;

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use error::ConfigError;
pub use external::{BusMemory, ExternalMemory, SdramChip};
pub use host::{HostConfig, HostPort};
pub use limits::LimitsConfig;
pub use post::PostConfig;

use crate::isa::{Mode, Operation, WeightKind};

/// A machine's configuration. Every key must be given: a machine is never half configured.
///
/// ```
/// use bitladder_machine::MachineConfig;
/// let text = include_str!("../../../configs/sim-4x4.toml");
/// let config = MachineConfig::parse("sim-4x4.toml", text)?;
/// assert_eq!((config.array.rows, config.array.columns), (4, 4));
/// # Ok::<(), bitladder_machine::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineConfig {
    /// Its name in reports and generated files.
    pub name: String,
    /// Whose primitives the RTL uses.
    pub family: Family,
    /// The array of lanes.
    pub array: ArrayConfig,
    /// From sums to stored integers.
    pub post: PostConfig,
    /// Layers without weights.
    pub element: ElementConfig,
    /// Sizes of the memories.
    pub memory: MemoryConfig,
    /// What programs may ask for.
    pub limits: LimitsConfig,
    /// Clocks.
    pub clock: ClockConfig,
    /// How the host reaches it.
    pub host: HostConfig,
    /// Memory outside the FPGA: the one section that may be missing, and then costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_memory: Option<ExternalMemory>,
}

/// A family of FPGAs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Plain Verilog for any tool.
    Generic,
    /// Lattice ECP5.
    Ecp5,
    /// Lattice iCE40.
    Ice40,
    /// Gowin.
    Gowin,
}

/// How a lane multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Multiplier {
    /// Rows of adders.
    Fabric,
    /// One 18 x 18 block per lane.
    Dsp1,
    /// Two 18 x 18 blocks per lane.
    Dsp2,
    /// `SB_MAC16` blocks of iCE40 UltraPlus.
    Mac16,
    /// Shifts only: power-of-two, ternary and 3-bit weights.
    Shifter,
}

/// How operands reach the lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dataflow {
    /// All lanes of a row or column get a word in the same cycle.
    Broadcast,
    /// From lane to lane, a cycle each.
    Systolic,
}

/// The array of lanes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArrayConfig {
    /// Output pixels computed side by side.
    pub rows: usize,
    /// Output channels computed side by side; a power of two from 2 to 64.
    pub columns: usize,
    /// The modes that exist.
    pub modes: Vec<Mode>,
    /// The weight kinds that exist.
    pub weight_kinds: Vec<WeightKind>,
    /// Width of the sums in mode `word16`, and in all modes unless products are packed: see
    /// [`ArrayConfig::sum_bits`].
    pub accumulator_bits: u8,
    /// How a lane multiplies.
    pub multiplier: Multiplier,
    /// How operands reach the lanes.
    pub dataflow: Dataflow,
    /// Whether nested weights are stored once for all precisions, and narrowed on their way to the
    /// array. Without, each precision's are stored as fixed weights.
    pub nested: bool,
    /// Whether weights can lose signed digits on their way to the array. Without, weights of less
    /// quality are stored as what is left of them.
    pub quality: bool,
}

/// Layers without weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElementConfig {
    /// Those that exist, out of max pool, average pool, add and rescale.
    pub operations: Vec<Operation>,
    /// Whether windows of pools can reach beyond their image.
    pub padding: bool,
}

/// Sizes of the memories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryConfig {
    /// Groups of `columns` words of activation memory.
    pub activation_groups: usize,
    /// Groups of `columns` words of weight memory.
    pub weight_groups: usize,
    /// Entries of parameter memory, 64 bits each.
    pub parameter_entries: usize,
    /// Descriptors in program memory.
    pub program_descriptors: usize,
    /// Words of result memory, 32 bits each.
    pub result_words: usize,
    /// Images in the decision table; with 0, nothing in the machine decides, and the host ranks the
    /// results.
    pub decision_images: usize,
    /// Words of one half of a row's patch buffer: the longest reduction.
    pub patch_words: usize,
    /// Whether the host can have the machine check its memories' contents.
    pub checks: bool,
    /// Whether weights lie in single-port memory (SPRAM), which iCE40 UltraPlus has.
    pub single_port: bool,
    /// Whether program, results and decisions share a block RAM.
    pub shared_words: bool,
    /// Whether the host can read what it writes: program, weights, parameters and activations.
    pub readback: bool,
}

/// Clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockConfig {
    /// Frequencies that can be chosen while running, the fastest first.
    pub levels_mhz: Vec<u32>,
    /// What stops the array between layers.
    pub array_gate: ArrayGate,
}

/// What stops the array while no layer uses it. Rows that a layer leaves idle stop by their
/// registers' enables either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArrayGate {
    /// The enables of its registers: its clock tree still moves.
    Enables,
    /// The family's clock cell: the array is a clock domain of its own, in step with the other.
    Cell,
}

/// Whether words wait for an array of so many rows and columns behind their memories, whatever is done
/// with them on their way: so large a machine lies all over its device.
pub fn is_large_array(rows: usize, columns: usize) -> bool {
    rows * columns >= 64
}

/// Bits below the sums of packed products.
const PACKED_FRACTION: u8 = 9;

impl ArrayConfig {
    /// Whether words are held on their way from memory to the array: what is done with some weights
    /// takes its time, and so do the ways of a large array.
    pub fn holds_words(&self) -> bool {
        let large = is_large_array(self.rows, self.columns);
        large || self.nested || self.quality || self.weight_kinds.contains(&WeightKind::Qsq)
    }

    /// Cycles that lie at least between the ends of two passes: rows leave one after the other,
    /// systolic lanes also start one after the other.
    pub fn interval(&self) -> usize {
        self.rows + self.skew()
    }

    /// Cycles between the first and the last lane to get a word.
    pub fn skew(&self) -> usize {
        match self.dataflow {
            Dataflow::Broadcast => 0,
            Dataflow::Systolic => self.rows + self.columns - 2,
        }
    }

    /// Whether a lane makes 16-bit products and pairs of narrow ones in one multiplier.
    fn packs(&self) -> bool {
        match self.multiplier {
            Multiplier::Dsp1 | Multiplier::Dsp2 => true,
            Multiplier::Mac16 => self.modes.contains(&Mode::Word16),
            Multiplier::Fabric | Multiplier::Shifter => false,
        }
    }

    /// Width of the sums in a mode. Sums of packed products lie nine bits up in the accumulator,
    /// so that they need no multiplexer to line up with 16-bit products.
    pub fn sum_bits(&self, mode: Mode) -> u8 {
        let lost = if self.packs() && mode != Mode::Word16 { PACKED_FRACTION } else { 0 };
        self.accumulator_bits.saturating_sub(lost)
    }

    /// Multiplications per cycle in a mode.
    pub fn peak_macs(&self, mode: Mode) -> usize {
        self.rows * self.columns * mode.parts()
    }
}

impl MachineConfig {
    /// Cycles a row of sums takes through the post lanes.
    pub fn row_cycles(&self) -> usize {
        self.array.columns / self.post.lanes.max(1)
    }

    /// Whether a single post lane takes each column's parameters from memory in its turn, where
    /// room is short and the clock is slow: only if it shifts, and nothing else reads that memory.
    /// Then it takes rows at a steady pace, [`MachineConfig::row_cycles`] each.
    pub fn parameters_in_turns(&self) -> bool {
        self.family == Family::Ice40
            && (self.post.lanes, self.post.multiplier_bits) == (1, 1)
            && self.element.operations.iter().all(|operation| *operation == Operation::MaxPool)
            && !self.array.weight_kinds.contains(&WeightKind::Qsq)
    }

    /// Cycles from the parameters of one pass to those of the next, where registers keep them: an
    /// entry per cycle, and two more until they are in use. A large array takes one more, in which no
    /// row leaves it.
    pub fn parameter_cycles(&self) -> usize {
        let (rows, columns) = (self.array.rows, self.array.columns);
        match is_large_array(rows, columns) {
            true => (columns + 3).max(rows + 1),
            false => columns + 2,
        }
    }

    /// Reads and checks a configuration; `file` is its name in messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|source| ConfigError::Syntax {
            file: file.into(),
            source: Box::new(source),
        })?;
        check::check(&config).map_err(|fault| fault.located(file, text))?;
        Ok(config)
    }

    /// Checks a configuration that was changed after it was read. Lines in messages are those of
    /// its canonical form.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check::check(self).map_err(|fault| fault.located(&self.name, &self.canonical()))
    }

    /// Reads a configuration from a file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let file = path.as_ref().display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ConfigError::File { file: file.clone(), source })?;
        Self::parse(&file, &text)
    }

    /// The configuration without comments, in one order: equal for equal machines.
    pub fn canonical(&self) -> String {
        // Plain structs with string keys: serialising them cannot fail.
        toml::to_string(self).unwrap_or_default()
    }

    /// SHA-256 of the canonical form, in hexadecimal.
    pub fn hash(&self) -> String {
        let digest = Sha256::digest(self.canonical().as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first 32 bits of the hash, as devices carry it in a register.
    pub fn hash32(&self) -> u32 {
        let digest: [u8; 32] = Sha256::digest(self.canonical().as_bytes()).into();
        let [a, b, c, d, ..] = digest;
        u32::from_be_bytes([a, b, c, d])
    }
}

#[cfg(test)]
mod tests;
