//! Driving modules in the Rust simulation.

use std::collections::VecDeque;
use std::sync::Arc;

use bitladder_rtl::{Design, Module, Sim};
use bitladder_spec::SplitMix64;

/// A module in simulation, after one edge with `rst` set where it has that input.
pub(crate) struct Bench {
    pub(crate) sim: Sim,
    pub(crate) noise: SplitMix64,
}

/// The values of a stream's fields.
pub(crate) type Word = Vec<i128>;

/// One stream of a module, from the outside.
pub(crate) struct Port<'a> {
    pub(crate) name: &'a str,
    pub(crate) fields: &'a [&'a str],
    /// Chance in 8 that a cycle offers (or takes) a word.
    pub(crate) eagerness: u64,
}

impl<'a> Port<'a> {
    pub(crate) fn new(name: &'a str, fields: &'a [&'a str], eagerness: u64) -> Port<'a> {
        Port { name, fields, eagerness }
    }

    fn signal(&self, field: &str) -> String {
        format!("{}_{field}", self.name)
    }
}

impl Bench {
    pub(crate) fn new(module: &Arc<Module>) -> Bench {
        let mut sim = Sim::new(&Design::elaborate(module).unwrap()).unwrap();
        sim.scramble(99);
        if sim.input("rst").is_ok() {
            sim.set("rst", 1).unwrap();
            sim.step("clk").unwrap();
            sim.set("rst", 0).unwrap();
        }
        Bench { sim, noise: SplitMix64::new(5) }
    }

    pub(crate) fn set(&mut self, input: &str, value: i128) {
        self.sim.set_number(input, value).unwrap();
    }

    pub(crate) fn get(&mut self, output: &str) -> i128 {
        self.sim.get_number(output).unwrap()
    }

    pub(crate) fn step(&mut self) {
        self.sim.step("clk").unwrap();
    }

    fn chance(&mut self, in_eight: u64) -> bool {
        self.noise.below(8) < in_eight
    }

    /// Feeds all words, takes `wanted` words, and checks that an offered word stays as it is
    /// until it is taken.
    pub(crate) fn run(
        &mut self,
        from: &Port<'_>,
        words: &[Word],
        to: &Port<'_>,
        wanted: usize,
    ) -> Vec<Word> {
        let mut waiting: VecDeque<&Word> = words.iter().collect();
        let (mut taken, mut offering, mut held) = (Vec::new(), false, None);
        let limit = 200 * (words.len() + wanted) + 2000;
        for _ in 0..limit {
            offering |= !waiting.is_empty() && self.chance(from.eagerness);
            self.set(&from.signal("valid"), i128::from(offering));
            if let (true, Some(word)) = (offering, waiting.front()) {
                for (field, value) in from.fields.iter().zip(word.iter()) {
                    self.set(&from.signal(field), *value);
                }
            }
            let takes = self.chance(to.eagerness);
            self.set(&to.signal("ready"), i128::from(takes));
            if self.get(&to.signal("valid")) == 1 {
                let word: Word = to.fields.iter().map(|f| self.get(&to.signal(f))).collect();
                assert!(held.is_none_or(|held| held == word), "an offered word changed");
                held = (!takes).then(|| word.clone());
                if takes {
                    taken.push(word);
                }
            } else {
                assert!(held.is_none(), "an offered word was withdrawn");
            }
            if offering && self.get(&from.signal("ready")) == 1 {
                waiting.pop_front();
                offering = false;
            }
            self.step();
            if taken.len() >= wanted && waiting.is_empty() && !offering {
                return taken;
            }
        }
        panic!("{} of {wanted} words after {limit} cycles", taken.len());
    }
}
