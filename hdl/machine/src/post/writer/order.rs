//! Where a row goes: passes, tiles and channels are counted, and addresses with them.

use bitladder_machine::isa::{FieldPlace, field};
use bitladder_rtl::{BIT, ModuleBuilder, Sig, address_width, uint};

use super::{Beat, Writer};

/// Channels that go to result memory.
pub(super) struct Channels<'m> {
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
    /// The channel that goes to result memory, and whether the row ends with it. All that this
    /// depends on stands in registers: it is on the way of `ready` back through the lanes.
    pub(super) fn channel(&self, beat: &Beat<'m>, channels: &Channels<'m>) -> (Sig<'m>, Sig<'m>) {
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
    pub(super) fn progress(&self, takes: Sig<'m>, last: Sig<'m>) -> (Sig<'m>, Channels<'m>) {
        let (m, clk, start) = (self.m, self.clk, self.start);
        let ends = m.named("pass_ends", takes & last);
        // Both count down: one being left is seen ahead, in a register.
        let reach = &self.config.reach;
        let down = |name: &str, place: FieldPlace, moves: Sig<'m>, anew: Sig<'m>| {
            let (all, anew) = (self.fields.short(place, reach), start | anew);
            let left = m.reg(&format!("{name}_q"), all.ty(), clk).enable(moves | start);
            left.next(anew.mux(all, left.q - 1));
            let last = m.reg(&format!("last_{name}_q"), BIT, clk).enable(moves | start);
            last.next(anew.mux(all.eq(1), left.q.eq(2)));
            last.q
        };
        let final_pass = m.wire("final_pass", BIT);
        m.drive(final_pass, down("passes", field::PASSES, ends, final_pass));
        let tiles = down("tiles", field::TILES, ends & final_pass, m.lit(BIT, 0));
        let final_tile = !self.conv | tiles;
        let channels = self.fields.short(field::OUTPUT_CHANNELS, reach);
        let left = m.reg("left_q", channels.ty(), clk).enable(ends | start);
        let after = (start | final_pass).mux(channels, left.q - self.config.columns);
        left.next(after);
        let column = uint(address_width(self.config.columns as usize));
        let last_column = m.reg("last_column_q", column, clk).enable(ends | start);
        let most = m.lit(column, self.config.columns - 1);
        // Not of `after`, which comes late: two groups are left before the one that leaves another.
        let group = self.config.columns.ilog2();
        let some = |value: Sig<'m>, from: u32| match value.width() > from {
            true => value.slice(value.width() - 1, from).reduce_or(),
            false => m.lit(BIT, 0),
        };
        let whole = (start | final_pass).mux(some(channels, group), some(left.q, group + 1));
        last_column.next(whole.mux(most, (after - 1).truncate(column.width)));
        let done = m.reg("done_q", BIT, clk).reset(self.rst | start, 0);
        done.next(done.q | (ends & final_pass & final_tile));
        m.drive(m.output("done", BIT, "everything has been written"), done.q);
        m.ignore(last_column.q);
        (final_pass, Channels { last: last_column.q, left: left.q, pass_ends: ends, final_pass })
    }

    /// The word address of the row that is offered.
    pub(super) fn address(&self, takes: Sig<'m>, last: Sig<'m>, final_pass: Sig<'m>) -> Sig<'m> {
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
}
