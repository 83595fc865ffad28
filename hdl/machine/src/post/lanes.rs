//! The lanes, each with its share of the columns.
//!
//! Where there are fewer lanes than columns, a row stays at the input while its columns take turns,
//! and the values of the first turns wait in registers for those of the last one.

use bitladder_blocks::BlockError;
use bitladder_machine::isa::{FieldPlace, parameter};
use bitladder_rtl::{BIT, BundlePort, Instance, Sig, address_width, uint};

use super::config::{MAX_SHIFT, SHIFT_BITS};
use super::lane::post_lane;
use super::unit::{Parameters, Unit, get};

/// What a lane gets with a sum.
pub(super) struct Entry<'m> {
    sum: Sig<'m>,
    bias: Sig<'m>,
    multiplier: Option<Sig<'m>>,
    shift: Sig<'m>,
}

/// How rows go through the lanes.
pub(super) struct Taken<'m> {
    /// The lanes move: always, but in layers that go to result memory.
    pub(super) free: Sig<'m>,
    /// The row that is offered has its last turn.
    pub(super) last_turn: Sig<'m>,
    /// A row leaves them.
    pub(super) leaves: Sig<'m>,
}

impl<'m> Unit<'_, 'm> {
    /// What enters a lane for a column.
    pub(super) fn entry(
        &self,
        column: u32,
        ports: &[BundlePort<'m>; 2],
        parameters: Parameters<'m>,
        divided: Sig<'m>,
    ) -> Entry<'m> {
        let (m, wide) = (self.m, self.config.lane().sum_bits);
        let of = |port: &BundlePort<'m>| get(port, &format!("sum_{column}")).sign_extend(wide);
        let array = of(&ports[0]);
        let sum = match self.config.chunks {
            true => self.conv.mux(array, of(&ports[1])),
            false => array,
        };
        if self.config.turns {
            let of = |place: FieldPlace, bits| parameters.data.bits(place.offset(), bits);
            let bias = of(parameter::BIAS, self.config.bias_bits).as_signed();
            let shift = of(parameter::SHIFT, SHIFT_BITS);
            return Entry { sum, bias, multiplier: None, shift };
        }
        let parameters = parameters.placed;
        let shift = parameters.out(&format!("shift_{column}"));
        // Shifts near the largest one leave nothing of a quotient: two more make no difference.
        let most = m.lit(uint(SHIFT_BITS), MAX_SHIFT);
        let more = shift.gt(MAX_SHIFT - 2).mux(most, shift + 2);
        let multiplier = self.config.lane().multiplies().then(|| {
            let factor = parameters.out(&format!("multiplier_{column}"));
            let out = m.output(&format!("factor_{column}"), factor.ty(), "multiplier of the pass");
            m.drive(out, factor);
            divided.mux(m.lit(factor.ty(), 1), factor)
        });
        let bias = parameters.out(&format!("bias_{column}"));
        Entry {
            sum,
            bias,
            multiplier,
            shift: if self.config.chunks { divided.mux(more, shift) } else { shift },
        }
    }

    /// Two bits that go along with each row, which the lanes do not carry: those of the row that
    /// stands at the exit an edge later. They want a register of their own there, because the writer's
    /// readiness hangs on them: a row is longer in the lanes than that register is behind.
    pub(super) fn tags(&self, push: Sig<'m>, pop: Sig<'m>, tag: Sig<'m>) -> Sig<'m> {
        let (m, clk, rst) = (self.m, self.clk, self.rst);
        let depth = self.config.lane().latency().next_power_of_two();
        let place = uint(depth.ilog2());
        let turn = |name: &str, moves: Sig<'m>| {
            let at = m.reg(name, place, clk).reset(rst, 0).enable(moves);
            at.next(at.q + 1);
            at.q
        };
        let (head, tail) = (turn("tag_head_q", pop), turn("tag_tail_q", push));
        let held: Vec<Sig<'m>> = (0..depth)
            .map(|index| {
                let held = m.reg(&format!("tag_{index}_q"), tag.ty(), clk);
                held.enable(push & tail.eq(index)).next(tag);
                held.q
            })
            .collect();
        let following: Vec<Sig<'m>> =
            held.iter().cycle().skip(1).take(held.len()).copied().collect();
        pop.mux(m.select(head, &following), m.select(head, &held))
    }

    /// Counts turns where `moves` is set; the number of the turn, and whether it is the last.
    fn turn(&self, name: &str, moves: Sig<'m>) -> (Sig<'m>, Sig<'m>) {
        let (m, share) = (self.m, self.config.share());
        if share == 1 {
            return (m.lit(BIT, 0), m.ones(BIT));
        }
        let turn = m.reg(name, uint(address_width(share as usize)), self.clk);
        let turn = turn.reset(self.rst, 0).enable(moves);
        turn.next(turn.q + 1);
        (turn.q, turn.q.eq(share - 1))
    }

    /// The entry of the column whose turn it is.
    fn chosen(&self, turn: Sig<'m>, entries: &[Entry<'m>]) -> Entry<'m> {
        let choose = |part: &dyn Fn(&Entry<'m>) -> Sig<'m>| match entries {
            [only] => part(only),
            all => self.m.select(turn, &all.iter().map(part).collect::<Vec<_>>()),
        };
        let multiplies = entries[0].multiplier.is_some();
        Entry {
            sum: choose(&|entry| entry.sum),
            bias: choose(&|entry| entry.bias),
            multiplier: multiplies
                .then(|| choose(&|entry| entry.multiplier.unwrap_or(entry.shift))),
            shift: choose(&|entry| entry.shift),
        }
    }

    /// A lane with its constants.
    fn lane(&self, first: u32, go: Sig<'m>, entry: &Entry<'m>) -> Result<Instance<'m>, BlockError> {
        let module = post_lane(&self.config.lane())?;
        let placed = self.m.instance(&format!("lane_{first}"), &module).clock("clk", self.clk);
        placed.connect("rst", self.rst).connect("in_valid", go).connect("in_sum", entry.sum);
        let shift = entry.shift.truncate(self.config.shift_bits);
        placed.connect("in_bias", entry.bias).connect("in_shift", shift);
        if let Some(multiplier) = entry.multiplier {
            placed.connect("in_multiplier", multiplier);
        }
        Ok(placed)
    }

    /// Gives the writer the values of a lane's columns: those of the first turns, which wait in
    /// registers, with the one of the last.
    fn gather(
        &self,
        writer: Instance<'m>,
        (first, value): (u32, Sig<'m>),
        (leaves, turn): (Sig<'m>, Sig<'m>),
    ) {
        let last = self.config.share() - 1;
        for at in 0..last {
            let (name, mine) = (format!("kept_{}_q", first + at), leaves & turn.eq(at));
            let kept = self.m.kept(&name, value, mine, self.clk);
            writer.connect(&format!("row_value_{}", first + at), kept);
        }
        writer.connect(&format!("row_value_{}", first + last), value);
    }

    /// The lanes between `go` (a row is offered) and the writer.
    pub(super) fn lanes(
        &self,
        go: Sig<'m>,
        entry: impl Fn(u32) -> Entry<'m>,
        (parameters, writer): (Parameters<'m>, Instance<'m>),
    ) -> Result<Taken<'m>, BlockError> {
        let (m, share) = (self.m, self.config.share());
        let [free, leaves, taken] =
            ["lanes_free", "value_leaves", "value_taken"].map(|name| m.wire(name, BIT));
        let (turn, last_turn) = self.turn("turn_q", go & free);
        if self.config.turns {
            parameters.placed.connect("take", go & free).connect("row_ends", last_turn);
        }
        let (out_turn, out_last) = self.turn("out_turn_q", leaves & taken);
        m.drive(taken, !out_last | writer.out("row_ready"));
        let constants = self.constants();
        for first in (0..self.config.columns).step_by(share as usize) {
            let entries: Vec<_> = (first..first + share).map(&entry).collect();
            let placed = self.lane(first, go, &self.chosen(turn, &entries))?;
            for (name, value) in &constants {
                placed.connect(name, *value);
            }
            placed.connect("out_ready", taken);
            let value = placed.out("out_data");
            self.gather(writer, (first, value), (leaves, out_turn));
            // All lanes move together: one of them speaks for all.
            match first {
                0 => {
                    m.drive(free, placed.out("in_ready"));
                    m.drive(leaves, placed.out("out_valid"));
                }
                _ => drop(placed.ignore("in_ready").ignore("out_valid")),
            }
        }
        let row = m.named("row_leaves", leaves & out_last);
        writer.connect("row_valid", row);
        Ok(Taken { free, last_turn, leaves: row })
    }
}
