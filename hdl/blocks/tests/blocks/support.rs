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
#[derive(Clone, Copy)]
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

/// Offers words to a stream, each until it is taken.
pub(crate) struct Feeder<'a> {
    port: Port<'a>,
    pub(crate) waiting: VecDeque<Word>,
    offering: bool,
}

impl<'a> Feeder<'a> {
    pub(crate) fn new(port: Port<'a>, words: &[Word]) -> Feeder<'a> {
        Feeder { port, waiting: words.iter().cloned().collect(), offering: false }
    }

    /// Before the edge: sets the stream's inputs.
    pub(crate) fn offer(&mut self, bench: &mut Bench) {
        self.offering |= !self.waiting.is_empty() && bench.chance(self.port.eagerness);
        bench.set(&self.port.signal("valid"), i128::from(self.offering));
        if let (true, Some(word)) = (self.offering, self.waiting.front()) {
            for (field, value) in self.port.fields.iter().zip(word) {
                bench.set(&self.port.signal(field), *value);
            }
        }
    }

    /// Still before the edge, with all inputs set: true if the word moves.
    pub(crate) fn settle(&mut self, bench: &mut Bench) -> bool {
        let moves = self.offering && bench.get(&self.port.signal("ready")) == 1;
        if moves {
            self.waiting.pop_front();
            self.offering = false;
        }
        moves
    }
}

/// Takes words from a stream, and checks that an offered word stays as it is until it is taken.
pub(crate) struct Collector<'a> {
    port: Port<'a>,
    pub(crate) taken: Vec<Word>,
    held: Option<Word>,
    takes: bool,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(port: Port<'a>) -> Collector<'a> {
        Collector { port, taken: Vec::new(), held: None, takes: false }
    }

    /// Before the edge: sets the stream's input.
    pub(crate) fn open(&mut self, bench: &mut Bench) {
        self.takes = bench.chance(self.port.eagerness);
        bench.set(&self.port.signal("ready"), i128::from(self.takes));
    }

    /// Still before the edge, with all inputs set: takes the word if there is one.
    pub(crate) fn settle(&mut self, bench: &mut Bench) {
        let (held, name) = (self.held.take(), self.port.name);
        if bench.get(&self.port.signal("valid")) == 0 {
            assert!(held.is_none(), "{name}: an offered word was withdrawn");
            return;
        }
        let word: Word =
            self.port.fields.iter().map(|field| bench.get(&self.port.signal(field))).collect();
        assert!(held.is_none_or(|held| held == word), "{name}: an offered word changed");
        match self.takes {
            true => self.taken.push(word),
            false => self.held = Some(word),
        }
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

    pub(crate) fn chance(&mut self, in_eight: u64) -> bool {
        self.noise.below(8) < in_eight
    }

    /// One cycle of streams.
    pub(crate) fn cycle(&mut self, from: &mut [Feeder<'_>], to: &mut [Collector<'_>]) {
        self.watched(from, to, &[], &mut []);
    }

    /// One cycle of streams that counts the cycles in which some outputs are set.
    pub(crate) fn watched(
        &mut self,
        from: &mut [Feeder<'_>],
        to: &mut [Collector<'_>],
        flags: &[&str],
        counts: &mut [i128],
    ) {
        from.iter_mut().for_each(|feeder| feeder.offer(self));
        to.iter_mut().for_each(|collector| collector.open(self));
        to.iter_mut().for_each(|collector| collector.settle(self));
        for feeder in from {
            feeder.settle(self);
        }
        for (count, flag) in counts.iter_mut().zip(flags) {
            *count += self.get(flag);
        }
        self.step();
    }

    /// Feeds all words of one stream and takes `wanted` words of another.
    pub(crate) fn run(
        &mut self,
        from: &Port<'_>,
        words: &[Word],
        to: &Port<'_>,
        wanted: usize,
    ) -> Vec<Word> {
        let mut from = [Feeder::new(*from, words)];
        let mut to = [Collector::new(*to)];
        let limit = 200 * (words.len() + wanted) + 2000;
        for _ in 0..limit {
            self.cycle(&mut from, &mut to);
            if to[0].taken.len() >= wanted && from[0].waiting.is_empty() {
                return std::mem::take(&mut to[0].taken);
            }
        }
        panic!("{} of {wanted} words after {limit} cycles", to[0].taken.len());
    }
}
