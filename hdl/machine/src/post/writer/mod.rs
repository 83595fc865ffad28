//! Writer: results into activation memory, or into result memory if the layer is the last.
//!
//! Rows of values are packed in the result's mode and written as a chunk, one per cycle; groups of
//! the max pool are written as they are. Rows for result memory take a cycle for each channel,
//! and the stream waits. Addresses are counted, not multiplied: the order of rows is known. The
//! array hands out the last row of a tile first, passes within tiles; the element unit hands out
//! pixel after pixel, pass after pass. Cost: the packing multiplexers (a LUT or two per bit of a
//! group) and about 300 LUT for addresses.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | a layer begins; the first row comes two edges later at the earliest |
//! | `layer_...` | fields of the descriptor |
//! | `row` | stream: `value_<column>`, `counts` (the row is a pixel of the layer), `serial` (it counts and goes to result memory), `last` row of the pass |
//! | `group` | stream: `word_<column>`, `last` pixel of the pass; only in a max pool |
//! | `activation_write_mask`, `_address`, `_data_<column>` | a bit for each word of the group |
//! | `result_write_enable`, `_address`, `_data` | a result |
//! | `done` | everything has been written; until the next start |
//! | `outside` | an address beyond its memory: nothing was written |
//!
//! ```text
//! clk         _/~\_/~\_/~\_/~\_
//! row_valid   ~~~~~~~~~~~~~\___
//! row_last    _________/~~~\___
//! write_mask  <0 ><15><15><15><      columns = 4, 16 bits
//! done        _____________/~~~      with the last write
//! ```
//!
//! ```
//! # use bitladder_blocks::Mode;
//! # use bitladder_hdl_machine::Reach;
//! # use bitladder_hdl_machine::post::{WriterConfig, writer};
//! let config = WriterConfig {
//!     rows: 8,
//!     columns: 8,
//!     modes: vec![Mode::Word16, Mode::Word8],
//!     activation_groups: 1024,
//!     result_words: 512,
//!     value_bits: 32,
//!     reach: Reach::FULL,
//! };
//! assert_eq!(writer(&config)?.name(), "writer_r8_c8_m01_a1024_n512");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

mod memories;
mod order;

use std::sync::Arc;

use bitladder_blocks::check::{distinct, within};
use bitladder_blocks::{BlockError, Mode};
use bitladder_machine::isa::{Destination, FieldPlace, Operation, field};
use bitladder_rtl::{BIT, BundlePort, Clock, Module, ModuleBuilder, Sig, Ty, address_width, uint};

use super::bundles::{group_bundle, row_bundle};
use super::config::{ADDRESS, PostConfig};
use crate::check::power_of_two;
use crate::element::address_bits;
use crate::fields::Fields;
use crate::reach::Reach;

/// Sizes the writer is built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterConfig {
    /// Rows of the array, 1 to 128.
    pub rows: u32,
    /// Columns of the array and words of a group: a power of two up to 128.
    pub columns: u32,
    /// The modes in which results are stored.
    pub modes: Vec<Mode>,
    /// Groups of activation memory.
    pub activation_groups: usize,
    /// Words of result memory.
    pub result_words: usize,
    /// Width of results.
    pub value_bits: u32,
    /// How far programs go.
    pub reach: Reach,
}

/// The descriptor fields it reads.
pub(crate) const FIELDS: &[FieldPlace] = &[
    field::OPERATION,
    field::OUTPUT_MODE,
    field::DESTINATION,
    field::OUTPUT_BASE,
    field::OUTPUT_STEP,
    field::OUTPUT_PIXEL_WORDS,
    field::CLASSES,
    field::OUTPUT_CHANNELS,
    field::PASSES,
    field::TILES,
];

impl WriterConfig {
    /// The writer of a post unit.
    pub(crate) fn of(post: &PostConfig) -> WriterConfig {
        WriterConfig {
            rows: post.rows,
            columns: post.columns,
            modes: post.modes.clone(),
            activation_groups: post.activation_groups,
            result_words: post.result_words,
            value_bits: post.value_bits,
            reach: post.reach,
        }
    }

    /// A word of either memory, with room to see that it lies beyond.
    pub(crate) fn address(&self) -> Ty {
        let results = address_width(self.result_words) + 1;
        let bits = address_bits(self.columns, self.activation_groups).max(results);
        uint(bits.min(ADDRESS.width))
    }

    fn validate(&self) -> Result<(), BlockError> {
        power_of_two("writer.columns", self.columns, 1..=128)?;
        within("writer.rows", self.rows, 1..=128)?;
        distinct("writer.modes", &self.modes)?;
        let groups = (1 << ADDRESS.width) / u64::from(self.columns);
        within("writer.activation_groups", self.activation_groups as u64, 1..=groups)?;
        within("writer.result_words", self.result_words as u64, 1..=1 << ADDRESS.width)
    }
}

/// What the parts of the writer share.
struct Writer<'a, 'm> {
    m: &'m ModuleBuilder,
    config: &'a WriterConfig,
    clk: Clock<'m>,
    rst: Sig<'m>,
    start: Sig<'m>,
    fields: Fields<'m>,
    row: BundlePort<'m>,
    group: BundlePort<'m>,
    /// The layer is a convolution, or a max pool.
    conv: Sig<'m>,
    pools: Sig<'m>,
    to_results: Sig<'m>,
}

/// The row or group that is offered.
struct Beat<'m> {
    valid: Sig<'m>,
    counts: Sig<'m>,
    last: Sig<'m>,
}

impl<'m> Writer<'_, 'm> {
    fn port(&self, port: &BundlePort<'m>, name: &str) -> Sig<'m> {
        port.get(name).expect("the writer placed the field")
    }

    fn beat(&self) -> Beat<'m> {
        let of =
            |name: &str| self.pools.mux(self.port(&self.group, name), self.port(&self.row, name));
        let counts = self.pools | self.port(&self.row, "counts");
        Beat { valid: self.m.named("beat", of("valid")), counts, last: of("last") }
    }
}

/// Builds the writer.
pub fn writer(config: &WriterConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let modes: String = config.modes.iter().map(|mode| mode.code().to_string()).collect();
    let m = ModuleBuilder::new("writer").param("r", config.rows).param("c", config.columns);
    let m = m.param("m", modes).param("a", config.activation_groups);
    let m = m.param("n", config.result_words).doc("Writes results to memory.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "a layer begins");
    let fields = Fields::place(&m, FIELDS);
    let row = m.sink("row", &row_bundle(config.columns, config.value_bits));
    let group = m.sink("group", &group_bundle(config.columns));
    let is = |operation: Operation| fields.get(field::OPERATION).eq(operation.code());
    let (conv, pools) = (is(Operation::Conv), m.pipe("pools_q", is(Operation::MaxPool), clk));
    let to_results = fields.get(field::DESTINATION).eq(Destination::Results.code());
    let w = Writer { m: &m, config, clk, rst, start, fields, row, group, conv, pools, to_results };
    let beat = w.beat();
    let takes = m.wire("takes", BIT);
    let (final_pass, channels) = w.progress(takes, beat.last);
    let (column, whole) = w.channel(&beat, &channels);
    m.drive(takes, beat.valid & whole);
    // Whatever it is in a max pool: then there are no rows.
    m.drive(w.port(&w.row, "ready"), whole);
    m.drive(w.port(&w.group, "ready"), pools);
    let address = w.address(takes, beat.last, final_pass);
    let outside = w.to_activations(&beat, address) | w.to_result_memory(&beat, address, column);
    let held = m.reg("outside_q", BIT, clk).reset(rst, 0);
    held.next(outside);
    m.drive(m.output("outside", BIT, "an address beyond its memory"), held.q);
    Ok(m.build()?)
}
