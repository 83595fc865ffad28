//! The row packer.

use bitladder_blocks::Mode;
use bitladder_hdl_machine::fetch::row_packer;
use bitladder_rtl::Sim;
use bitladder_spec::SplitMix64;

use super::{operand, plan, set, sim};
use crate::shapes;

/// A packer, and the words that it wrote.
struct Packer {
    sim: Sim,
    mode: Mode,
    words: Vec<(u128, u16)>,
}

impl Packer {
    /// One edge with control; `data` are the operands of the chunk whose control came an edge before.
    fn step(&mut self, data: u16) {
        self.sim.set("data", data.into()).unwrap();
        if self.sim.get("write_o").unwrap() == 1 {
            let word = self.sim.get("word_o").unwrap();
            self.words.push((word, self.sim.get("write_data_o").unwrap() as u16));
        }
        self.sim.step("clk").unwrap();
    }

    fn set(&mut self, inputs: &[(&str, u64)]) {
        set(&mut self.sim, inputs);
    }

    /// One edge with the place of the chunk to come.
    fn at(&mut self, place: u64, data: u16) {
        self.set(&[("valid", 0), ("place", place)]);
        self.step(data);
    }

    /// A part of some runs of `length` operands from `first` on; gives the operands of the window.
    fn part(
        &mut self,
        noise: &mut SplitMix64,
        [first, length, from, to]: [u64; 4],
        active: bool,
    ) -> Vec<u16> {
        let (mut taken, mut data) = (Vec::new(), 0);
        for _ in 0..1 + noise.below(4) {
            let mut place = first;
            while place < first + length {
                let most = u64::from(self.mode.parts()).min(first + length - place);
                let valid = noise.below(4) > 0;
                let count = 1 + noise.below(most);
                self.at(place, data);
                self.set(&[("valid", valid.into()), ("count", count), ("flush", 0)]);
                self.set(&[("active", active.into())]);
                self.step(noise.next_u64() as u16);
                data = noise.next_u64() as u16;
                if valid {
                    let inside = |index: &u64| (from..to).contains(&(place + index));
                    let new = (0..count).filter(inside);
                    taken.extend(new.map(|index| operand(self.mode, data, index as u32)));
                    place += count;
                }
            }
        }
        self.at(first, data);
        self.set(&[("valid", 1), ("count", 0), ("flush", 1)]);
        self.step(0);
        self.set(&[("valid", 0), ("flush", 0)]);
        self.step(0);
        if active { taken } else { Vec::new() }
    }
}

/// One part with a random window against the words it must give.
fn round(packer: &mut Packer, noise: &mut SplitMix64) {
    let from = noise.below(30);
    let to = from + 1 + noise.below(25);
    packer.set(&[("layer_mode", packer.mode.code() as u64), ("valid", 0)]);
    packer.set(&[("load", 1), ("load_first", from), ("load_end", to)]);
    packer.step(0);
    packer.set(&[("load", 0)]);
    packer.words.clear();
    let first = noise.below(from + 1);
    let length = to - first + noise.below(9);
    let active = noise.below(5) > 0;
    let taken = packer.part(noise, [first, length, from, to], active);
    let bits = packer.mode.bits();
    let word = |chunk: &[u16]| {
        let each = chunk.iter().enumerate();
        each.fold(0, |word, (index, operand)| word | operand << (index as u32 * bits))
    };
    let words = taken.chunks(packer.mode.parts() as usize).map(word);
    let wanted: Vec<(u128, u16)> = (0..).zip(words).collect();
    assert_eq!(packer.words, wanted, "{:?} [{from}, {to})", packer.mode);
}

#[test]
fn the_packer_takes_its_window_of_every_run() {
    for config in [shapes::binary(), shapes::full(), shapes::wide(), shapes::systolic()] {
        let plan = plan(&config);
        let mut noise = SplitMix64::new(2);
        let sim = sim(&row_packer(&plan).unwrap());
        let mut packer = Packer { sim, mode: Mode::Word16, words: Vec::new() };
        for index in 0..200 {
            packer.mode = plan.modes()[index % plan.modes().len()];
            round(&mut packer, &mut noise);
        }
    }
}
