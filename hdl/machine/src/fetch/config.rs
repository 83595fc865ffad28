//! Sizes of the fetch side.

use bitladder_blocks::check::within;
use bitladder_blocks::{ArrayConfig, ArrayPlan, BlockError, Drain, Family, Mode, WeightKind};
use bitladder_machine::is_large_array;
use bitladder_rtl::{ModuleBuilder, Sig, Ty, address_width, sint, uint};

use crate::check::power_of_two;

/// What the fetch side is built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchConfig {
    /// The array that is fed. Its columns are a power of two: they are also the words of a group,
    /// and a division by anything else would cost a divider.
    pub array: ArrayConfig,
    /// Groups in activation memory, 2 to 2^20.
    pub activation_groups: usize,
    /// Groups in weight memory, 2 to 2^24.
    pub weight_groups: usize,
    /// Words of the longest patch, 2 to 65,536. Each row takes twice as many words of block RAM,
    /// rounded up to a power of two; 512 fill one DP16KD of ECP5.
    pub patch_words: u32,
    /// Bits of every count of operands: `rows * step + take`, the operands of an image row.
    /// Each bit costs about five LUTs per row.
    pub operand_bits: u32,
    /// Bits of heights and widths.
    pub extent_bits: u32,
    /// Bits of counts of passes.
    pub pass_bits: u32,
    /// Whether there are several images to step through.
    pub batches: bool,
    /// Whether rows can lie without gaps between their pixels.
    pub dense: bool,
    /// Whether cycles and stalls are counted.
    pub counters: bool,
    /// Entries of parameter memory, if weights in the 3-bit code are to be decoded. Costs two
    /// registers of 13 bits and a decoder per column.
    pub scalar_entries: Option<usize>,
    /// Whether nested weights are read and narrowed: 128 flip-flops and about 60 LUT per column.
    pub nested: bool,
    /// Whether fixed weights can lose signed digits: about 350 LUT per column for three modes, and
    /// a long path from weight memory to the array.
    pub quality: bool,
    /// Whose clock cell stops the array while no layer uses it; `None` stops its registers by their
    /// enables alone, as do all families for single rows.
    pub gate: Option<Family>,
    /// Cycles from pass to pass that a steady sink needs: 0 if it keeps up with the array.
    pub pass_cycles: u32,
}

/// A checked [`FetchConfig`] with what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchPlan {
    config: FetchConfig,
    array: ArrayPlan,
}

impl FetchPlan {
    /// Checks a configuration.
    pub fn new(config: &FetchConfig) -> Result<FetchPlan, BlockError> {
        let array = ArrayPlan::new(&config.array)?;
        power_of_two("array.columns", config.array.columns, 2..=64)?;
        within("fetch.activation_groups", config.activation_groups, 2..=1 << 20)?;
        within("fetch.weight_groups", config.weight_groups, 2..=1 << 24)?;
        within("fetch.patch_words", config.patch_words, 2..=1 << 16)?;
        within("fetch.operand_bits", config.operand_bits, 8..=24)?;
        within("fetch.pass_cycles", config.pass_cycles, 0..=1 << 10)?;
        within("fetch.extent_bits", config.extent_bits, 4..=16)?;
        within("fetch.pass_bits", config.pass_bits, 4..=16)?;
        if let Some(entries) = config.scalar_entries {
            within("fetch.scalar_entries", entries, 2..=1 << 24)?;
            let plan = array.lane();
            if !plan.has(Mode::Word16) || !plan.takes(WeightKind::Fixed) {
                let modes: Vec<&str> = plan.config().modes.iter().map(|mode| mode.name()).collect();
                return Err(BlockError::Conflict {
                    key: "fetch.scalar_entries",
                    value: entries.to_string(),
                    other: "lane.modes",
                    other_value: modes.join(", "),
                    remedy: "decoded 3-bit codes are fixed 16-bit weights: add the mode 1x16 and \
                             fixed weights",
                });
            }
        }
        Ok(FetchPlan { config: config.clone(), array })
    }

    /// The configuration that was checked.
    pub fn config(&self) -> &FetchConfig {
        &self.config
    }

    /// The plan of the array.
    pub fn array(&self) -> &ArrayPlan {
        &self.array
    }

    /// Cycles from the end of a dot product to that of the next one, if the sink is steady.
    pub fn interval(&self) -> u32 {
        self.array.interval().max(self.config.pass_cycles)
    }

    /// Whether words wait behind the memories, and go on from there through two registers: what is
    /// done with some kinds of weights takes too long behind a block memory, and so do the ways of a
    /// large array. Costs 80 flip-flops per row and column, and four cycles per layer.
    pub(crate) fn staged(&self) -> bool {
        let FetchConfig { scalar_entries, nested, quality, .. } = self.config;
        let large = is_large_array(self.rows() as usize, self.columns() as usize);
        large || scalar_entries.is_some() || nested || quality
    }

    /// Whether words go from memory to the array without a register between, where room is short and
    /// clocks are slow.
    pub(crate) fn unbuffered(&self) -> bool {
        let array = &self.config.array;
        let plain = array.lane.weights == [WeightKind::Fixed];
        array.drain == Drain::Short && plain && !self.staged()
    }

    /// Rows of the array.
    pub fn rows(&self) -> u32 {
        self.config.array.rows
    }

    /// Columns of the array, and words of a group.
    pub fn columns(&self) -> u32 {
        self.config.array.columns
    }

    /// The modes that exist, in the order of their codes.
    pub fn modes(&self) -> Vec<Mode> {
        Mode::ALL.into_iter().filter(|mode| self.array.lane().has(*mode)).collect()
    }

    /// Parts into which packers cut a word: the operands of the narrowest mode.
    pub(crate) fn units(&self) -> u32 {
        self.modes().iter().map(|mode| mode.parts()).max().unwrap_or(1)
    }

    /// The address of a word of activation memory.
    pub(crate) fn address(&self) -> Ty {
        uint(self.group_address().width + self.column_bits())
    }

    /// The address of a group of activation memory.
    pub(crate) fn group_address(&self) -> Ty {
        uint(address_width(self.config.activation_groups))
    }

    /// Bits that choose a word of a group.
    pub(crate) fn column_bits(&self) -> u32 {
        self.columns().ilog2()
    }

    pub(crate) fn weight_address(&self) -> Ty {
        uint(address_width(self.config.weight_groups))
    }

    pub(crate) fn scalar_address(&self) -> Ty {
        uint(address_width(self.config.scalar_entries.unwrap_or(2)))
    }

    /// A number of operands.
    pub(crate) fn operands(&self) -> Ty {
        uint(self.config.operand_bits)
    }

    /// A number of pixels or tiles: each has a word at least.
    pub(crate) fn pixels(&self) -> Ty {
        self.operands()
    }

    /// A height or width.
    pub(crate) fn extent(&self) -> Ty {
        uint(self.config.extent_bits)
    }

    /// A position within an image row, which may lie left of it: operands or pixels.
    pub(crate) fn place(&self) -> Ty {
        sint(self.config.operand_bits.max(self.config.extent_bits) + 2)
    }

    /// The number of a row, which may lie above the image.
    pub(crate) fn line(&self) -> Ty {
        sint(self.config.extent_bits + 2)
    }

    /// A number of pixels or rows from window to window.
    pub(crate) fn stride(&self) -> Ty {
        uint(self.config.extent_bits.min(8))
    }

    /// A number of passes.
    pub(crate) fn pass(&self) -> Ty {
        uint(self.config.pass_bits)
    }

    /// The distance of taps: words, or operands of a dense row.
    pub(crate) fn tap_step(&self) -> Ty {
        uint(self.address().width.max(self.config.operand_bits))
    }

    /// The number of a word of a patch.
    pub(crate) fn patch_address(&self) -> Ty {
        uint(address_width(self.config.patch_words as usize))
    }

    /// Operands of a word, zero to all.
    pub(crate) fn count(&self) -> Ty {
        uint(self.units().ilog2() + 1)
    }

    /// A position within a word: at least a bit, so that every mode has the same ports.
    pub(crate) fn offset(&self) -> Ty {
        uint(self.units().ilog2().max(1))
    }

    pub(crate) fn row_index(&self) -> Ty {
        uint(address_width(self.rows() as usize))
    }

    /// The value of the mode that the signal `mode` holds; what does not exist is not built.
    pub(crate) fn by_mode<'m>(
        &self,
        m: &'m ModuleBuilder,
        mode: Sig<'m>,
        value: impl Fn(Mode) -> Sig<'m>,
    ) -> Sig<'m> {
        m.ignore(mode);
        let modes = self.modes();
        let (last, others) = modes.split_last().expect("a checked plan has a mode");
        let arms: Vec<_> = others.iter().map(|mode| (mode.code(), value(*mode))).collect();
        m.case(mode, &arms, value(*last))
    }

    /// Starts a module whose shape depends on the sizes of this plan.
    pub(crate) fn module(&self, name: &str) -> ModuleBuilder {
        let FetchConfig { patch_words, operand_bits, extent_bits, .. } = &self.config;
        let modes: Vec<String> = self.modes().iter().map(|mode| mode.bits().to_string()).collect();
        ModuleBuilder::new(name)
            .param("r", self.rows())
            .param("c", self.columns())
            .param("m", modes.join("_"))
            .param("a", self.address().width)
            .param("k", patch_words)
            .param("n", operand_bits)
            .param("e", extent_bits)
    }
}
