//! The element unit's first stages: the walk, and the memory that it reads.

use bitladder_blocks::BlockError;
use bitladder_machine::isa::Operation;
use bitladder_rtl::{BIT, Instance, Reg, Sig};

use super::unit::{Tap, Unit};
use super::walk::{self, WalkConfig, walk};
use crate::check::beyond;

/// A tap of the walk.
struct Step<'m> {
    tap: Tap<'m>,
    /// It lies inside the image.
    inside: Sig<'m>,
    /// Its word.
    address: Sig<'m>,
}

/// A tap whose group has been read.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'m> {
    pub(super) tap: Tap<'m>,
    /// It lies inside the image: the group counts.
    pub(super) inside: Sig<'m>,
    /// It is a tap, and inside.
    pub(super) counts: Sig<'m>,
    /// Where in the group its chunk lies; nothing if a group is one word.
    pub(super) place: Option<Sig<'m>>,
}

impl<'m> Unit<'_, 'm> {
    /// A register in front of the memory's port, of its own enable.
    fn keep(&self, name: &str, value: Sig<'m>, when: Sig<'m>) -> Sig<'m> {
        self.m.kept(name, value, when, self.clk)
    }

    fn walk(&self) -> Result<Instance<'m>, BlockError> {
        let config = self.config;
        let module = walk(&WalkConfig {
            columns: config.columns,
            modes: config.modes.clone(),
            activation_groups: config.activation_groups,
            reach: config.reach,
            pools_only: config.operations == [Operation::MaxPool],
            padding: config.padding,
        })?;
        let placed = self.m.instance("walk", &module).clock("clk", self.clk);
        self.fields.connect(placed, walk::FIELDS);
        Ok(placed.connect("rst", self.rst))
    }

    /// The walk and the memory's read port, which move on where `moves`, or `walks`, is set; gives the tap whose
    /// group stands at the memory.
    fn read(
        &self,
        start: Sig<'m>,
        [moves, walks]: [Sig<'m>; 2],
    ) -> Result<Arrival<'m>, BlockError> {
        let (m, config) = (self.m, self.config);
        let placed = self.walk()?.connect("start", start).connect("advance", walks);
        let step = self.step(placed, start, moves);
        self.ask(&step, moves);
        let Step { tap, inside, address } = step;
        let bits = config.column_bits();
        m.drive(m.output("busy", BIT, "taps are left"), tap.valid | placed.out("valid"));
        // In mode `word16` a chunk is a whole group.
        let parts = config.modes.iter().any(|mode| mode.parts() > 1);
        let keep = |name: &str, value| self.keep(name, value, moves);
        let place =
            (bits > 0 && parts && config.sums()).then(|| keep("place_1_q", address.truncate(bits)));
        let valid = m.reg("valid_1_q", BIT, self.clk).reset(self.rst, 0).enable(moves);
        valid.next(tap.valid);
        let tap = Tap {
            valid: valid.q,
            first: keep("first_1_q", tap.first),
            last: keep("last_1_q", tap.last),
            pass_end: keep("pass_end_1_q", tap.pass_end),
        };
        let inside = keep("inside_1_q", inside);
        Ok(Arrival { tap, inside, counts: tap.valid & inside, place })
    }

    /// The memory's port: the group of a tap that lies inside.
    fn ask(&self, step: &Step<'m>, moves: Sig<'m>) {
        let config = self.config;
        let group = step.address.shift_right(config.column_bits());
        let reads = step.tap.valid & step.inside & moves;
        let outside = beyond(self.m, group, config.activation_groups);
        self.m.outputs(&[
            ("read_enable", reads, "read at this edge"),
            ("read_address", group.resize(config.group_address().width), "the group"),
            ("outside", reads & outside, "an address beyond the memory"),
        ]);
    }

    /// What the walk gives, in registers where there is more to the unit than a max pool.
    fn step(&self, walk: Instance<'m>, start: Sig<'m>, moves: Sig<'m>) -> Step<'m> {
        let names = ["first", "last", "pass_end", "inside", "address"];
        let valid = walk.out("valid");
        let step = |valid, [first, last, pass_end, inside, address]: [Sig<'m>; 5]| Step {
            tap: Tap { valid, first, last, pass_end },
            inside,
            address,
        };
        if !self.config.sums() {
            return step(valid, names.map(|name| walk.out(name)));
        }
        let there = self.m.reg("there_q", BIT, self.clk).reset(self.rst | start, 0).enable(moves);
        there.next(valid);
        let held = |name| self.keep(&format!("tap_{name}_q"), walk.out(name), moves);
        step(there.q, names.map(held))
    }

    /// What comes with the group at the memory, or with the one that the spare register keeps.
    fn chosen(
        &self,
        (spare, moves): (Option<Reg<'m>>, Sig<'m>),
        name: &str,
        value: Sig<'m>,
    ) -> Sig<'m> {
        let Some(spare) = spare else { return value };
        spare.q.mux(self.keep(&format!("spare_{name}_q"), value, moves), value)
    }

    /// The stage behind the memory. Where post may stall the unit, a spare register keeps the group
    /// that stands at the memory: so walk and memory hear of it an edge later, and `ready` need not
    /// come all the way back through post to the memory's port.
    pub(super) fn arrive(
        &self,
        start: Sig<'m>,
        words: Vec<Sig<'m>>,
    ) -> Result<(Arrival<'m>, Vec<Sig<'m>>), BlockError> {
        let m = self.m;
        let stalls = self.config.sums() && !self.config.direct;
        let spare = stalls.then(|| m.reg("spare_q", BIT, self.clk).reset(self.rst | start, 0));
        let moves = spare.map_or(self.advance, |spare| m.named("fetches", !spare.q));
        // The walk has a copy of its own where it is far away.
        let copy = spare
            .filter(|_| self.config.far)
            .map(|_| m.reg("spare_walk_q", BIT, self.clk).reset(self.rst | start, 0).apart());
        let at = self.read(start, [moves, copy.map_or(moves, |copy| !copy.q)])?;
        if self.config.direct {
            let counts = at.tap.valid & at.inside;
            return Ok((Arrival { counts, ..at }, words));
        }
        let chosen = |name: &str, value| self.chosen((spare, moves), name, value);
        let valid = spare.map_or(at.tap.valid, |spare| spare.q | at.tap.valid);
        for spare in spare.iter().chain(&copy) {
            spare.next(!self.advance & valid);
        }
        let here = Tap {
            valid,
            first: chosen("first", at.tap.first),
            last: chosen("last", at.tap.last),
            pass_end: chosen("pass_end", at.tap.pass_end),
        };
        let inside = chosen("inside", at.inside);
        let counts = m.reg("counts_2_q", BIT, self.clk).reset(self.rst, 0).enable(self.advance);
        counts.next(valid & inside);
        m.ignore(counts.q);
        let inside = self.hold("inside_2_q", inside);
        let place = at.place.map(|place| self.hold("place_2_q", chosen("place", place)));
        let group = |(c, word): (usize, Sig<'m>)| {
            self.hold(&format!("group_{c}_q"), chosen(&format!("group_{c}"), word))
        };
        let words = words.into_iter().enumerate().map(group).collect();
        Ok((Arrival { tap: self.next(2, here), inside, counts: counts.q, place }, words))
    }
}
