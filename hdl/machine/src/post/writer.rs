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

use std::sync::Arc;

use bitladder_blocks::check::{distinct, within};
use bitladder_blocks::{BlockError, Mode};
use bitladder_machine::isa::{Destination, FieldPlace, Operation, field};
use bitladder_rtl::{BIT, BundlePort, Clock, Module, ModuleBuilder, Sig, Ty, address_width, uint};

use super::bundles::{group_bundle, row_bundle};
use super::config::{ADDRESS, PostConfig};
use super::pack::{mask, pack};
use crate::check::{beyond, power_of_two};
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

/// Channels that go to result memory.
struct Channels<'m> {
    /// The column of the last one of a row.
    last: Sig<'m>,
    /// Those of this pass and the following ones of the tile.
    left: Sig<'m>,
    /// The pass ends at this edge; it is the tile's last one.
    pass_ends: Sig<'m>,
    final_pass: Sig<'m>,
}

/// `factor * value`, by shifts and additions.
fn times<'m>(m: &'m ModuleBuilder, value: Sig<'m>, factor: u32) -> Sig<'m> {
    let set = (0..32).filter(|bit| factor >> bit & 1 == 1);
    set.fold(m.lit(value.ty(), 0), |sum, bit| sum + value.shift_left(bit))
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

    /// The channel that goes to result memory, and whether the row ends with it. All that this
    /// depends on stands in registers: it is on the way of `ready` back through the lanes.
    fn channel(&self, beat: &Beat<'m>, channels: &Channels<'m>) -> (Sig<'m>, Sig<'m>) {
        let (m, columns) = (self.m, self.config.columns);
        let ty = uint(address_width(columns as usize));
        let column = m.reg("column_q", ty, self.clk).reset(self.rst | self.start, 0);
        let serial = self.port(&self.row, "serial");
        let moves = beat.valid & serial;
        let ends = match columns {
            1 => m.ones(BIT),
            _ => self.row_ends(column.q, moves, (beat.last, channels)),
        };
        let after = ends.mux(m.lit(ty, 0), column.q + 1);
        column.next(moves.mux(after, column.q));
        // In a max pool there are no rows, and nothing is serial.
        (column.q, m.named("whole", !serial | ends))
    }

    /// A register that is set where `column` is the last one of its row.
    fn row_ends(
        &self,
        column: Sig<'m>,
        moves: Sig<'m>,
        (pass_ends, channels): (Sig<'m>, &Channels<'m>),
    ) -> Sig<'m> {
        let (m, clk) = (self.m, self.clk);
        let all = self.fields.short(field::OUTPUT_CHANNELS, &self.config.reach);
        // Whether rows of the next pass have one channel. Right in all of a pass but its first
        // cycle; one that ends in that has a single channel, so it is the tile's final pass, and
        // all channels follow.
        let follow = channels.final_pass.mux(all, channels.left - self.config.columns);
        let one_follows = m.pipe("one_follows_q", follow.eq(1), clk);
        let first = m.pipe("pass_begins_q", channels.pass_ends, clk);
        let one_follows = first.mux(m.pipe("one_channel_q", all.eq(1), clk), one_follows);
        let anew = pass_ends.mux(one_follows, !channels.last.reduce_or());
        let ends = m.reg("ends_q", BIT, clk);
        let then = ends.q.mux(anew, (column + 1).eq(channels.last));
        ends.next(self.start.mux(all.eq(1), moves.mux(then, ends.q)));
        ends.q
    }

    /// Counts passes and tiles; gives whether the pass is the last, and the channels that go to
    /// result memory.
    fn progress(&self, takes: Sig<'m>, last: Sig<'m>) -> (Sig<'m>, Channels<'m>) {
        let (m, clk, start) = (self.m, self.clk, self.start);
        let ends = m.named("pass_ends", takes & last);
        // Both count down: one being left is quickly seen.
        let reach = &self.config.reach;
        let down = |name: &str, place: FieldPlace, moves: Sig<'m>, anew: Sig<'m>| {
            let left = m.reg(name, reach.ty(place), clk).enable(moves | start);
            left.next((start | anew).mux(self.fields.short(place, reach), left.q - 1));
            left.q.eq(1)
        };
        let final_pass = m.wire("final_pass", BIT);
        m.drive(final_pass, down("passes_q", field::PASSES, ends, final_pass));
        let tiles = down("tiles_q", field::TILES, ends & final_pass, m.lit(BIT, 0));
        let final_tile = !self.conv | tiles;
        let channels = self.fields.short(field::OUTPUT_CHANNELS, reach);
        let left = m.reg("left_q", channels.ty(), clk).enable(ends | start);
        let after = (start | final_pass).mux(channels, left.q - self.config.columns);
        left.next(after);
        let column = uint(address_width(self.config.columns as usize));
        let last_column = m.reg("last_column_q", column, clk).enable(ends | start);
        let most = m.lit(column, self.config.columns - 1);
        let whole = after.ge(self.config.columns);
        last_column.next(whole.mux(most, (after - 1).truncate(column.width)));
        let done = m.reg("done_q", BIT, clk).reset(self.rst | start, 0);
        done.next(done.q | (ends & final_pass & final_tile));
        m.drive(m.output("done", BIT, "everything has been written"), done.q);
        m.ignore(last_column.q);
        (final_pass, Channels { last: last_column.q, left: left.q, pass_ends: ends, final_pass })
    }

    /// The word address of the row that is offered.
    fn address(&self, takes: Sig<'m>, last: Sig<'m>, final_pass: Sig<'m>) -> Sig<'m> {
        let (m, clk) = (self.m, self.clk);
        let ty = self.config.address();
        let wide = |place: FieldPlace| self.fields.get(place).resize(ty.width);
        let ahead = |name: &str, value: Sig<'m>| m.pipe(name, value, clk);
        let columns = m.lit(ty, self.config.columns);
        let pitch = self.to_results.mux(wide(field::CLASSES), wide(field::OUTPUT_PIXEL_WORDS));
        let step = self.to_results.mux(columns, wide(field::OUTPUT_STEP));
        let none = m.lit(ty, 0);
        let by_row = ahead("by_row_q", self.conv.mux(none - pitch, pitch));
        let step = ahead("step_q", step);
        let span = ahead("span_q", times(m, pitch, self.config.rows));
        // The first address needs these, so it is made an edge after the start.
        let start = ahead("begins_q", self.start);

        let address = m.reg("address_q", ty, clk).enable(takes | start);
        let pass = m.reg("pass_first_q", ty, clk).enable((takes & last) | start);
        let tile = m.reg("tile_first_q", ty, clk);
        let tile = tile.enable((takes & last & final_pass) | start);
        let within = last.mux(final_pass.mux(tile.q, pass.q), address.q);
        let base = start.mux(wide(field::OUTPUT_BASE), within);
        let by_pass = final_pass.mux(span, step);
        let first = self.conv.mux(span + by_row, none);
        let next = m.named("next", base + start.mux(first, last.mux(by_pass, by_row)));
        [address, pass, tile].into_iter().for_each(|register| register.next(next));
        address.q
    }

    /// A register in front of the memories.
    fn send(&self, name: &str, doc: &str, value: Sig<'m>) {
        let held = self.m.pipe(&format!("{name}_q"), value, self.clk);
        self.m.drive(self.m.output(name, value.ty(), doc), held);
    }

    fn to_activations(&self, beat: &Beat<'m>, address: Sig<'m>) -> Sig<'m> {
        let (m, config) = (self.m, self.config);
        let bits = config.columns.ilog2();
        let group = address.shift_right(bits);
        let wanted = beat.valid & beat.counts & !self.to_results;
        let outside = wanted & beyond(m, group, config.activation_groups);
        let mode = self.fields.get(field::OUTPUT_MODE);
        let place = (bits > 0).then(|| address.truncate(bits));
        let all = m.ones(uint(config.columns));
        let words = self.pools.mux(all, mask(m, &config.modes, mode, place, config.columns));
        let writes = (wanted & !outside).repeat(config.columns);
        let width = address_width(config.activation_groups);
        let held = m.reg("activation_write_mask_q", words.ty(), self.clk).reset(self.rst, 0);
        held.next(words & writes);
        let out = m.output("activation_write_mask", words.ty(), "words to write");
        m.drive(out, held.q);
        self.send("activation_write_address", "the group", group.resize(width));
        let values: Vec<_> =
            (0..config.columns).map(|c| self.port(&self.row, &format!("value_{c}"))).collect();
        for (c, word) in pack(m, &config.modes, mode, &values).into_iter().enumerate() {
            let pooled = self.port(&self.group, &format!("word_{c}"));
            let word = self.pools.mux(pooled, word);
            self.send(&format!("activation_write_data_{c}"), "a word of the group", word);
        }
        outside
    }

    fn to_result_memory(&self, beat: &Beat<'m>, address: Sig<'m>, column: Sig<'m>) -> Sig<'m> {
        let (m, config) = (self.m, self.config);
        let at = address + column.zero_extend(address.width());
        let wanted = beat.valid & beat.counts & self.to_results;
        let outside = wanted & beyond(m, at, config.result_words);
        let width = address_width(config.result_words);
        let writes = m.reg("result_write_enable_q", BIT, self.clk).reset(self.rst, 0);
        writes.next(wanted & !outside);
        m.drive(m.output("result_write_enable", BIT, "write a result"), writes.q);
        self.send("result_write_address", "its place", at.resize(width));
        let value = |c: u32| self.port(&self.row, &format!("value_{c}")).as_unsigned();
        let others: Vec<_> = (0..config.columns - 1).map(|c| (u128::from(c), value(c))).collect();
        let value = m.case(column, &others, value(config.columns - 1));
        let value = value.as_signed().sign_extend(32).as_unsigned();
        self.send("result_write_data", "the result", value);
        outside
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
