//! A module with a memory port, its requests, and a memory behind it.

use std::collections::VecDeque;
use std::sync::Arc;

use bitladder_memory_models::{MemoryModel, Violation};
use bitladder_rtl::Module;
use bitladder_spec::SplitMix64;

use crate::support::Bench;

/// A burst that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Burst {
    pub(super) address: usize,
    pub(super) words: Vec<u64>,
    pub(super) write: bool,
}

/// A module with a memory port, and a memory behind it.
pub(super) struct Rig<M> {
    pub(super) bench: Bench,
    pub(super) model: M,
    inputs: Vec<u64>,
    noise: SplitMix64,
    to_write: VecDeque<u64>,
    offers: bool,
    pub(super) read: Vec<u64>,
    pub(super) errors: usize,
    pub(super) cycles: u64,
}

impl<M: MemoryModel> Rig<M> {
    pub(super) fn new(module: &Arc<Module>, model: M, seed: u64) -> Rig<M> {
        let inputs = vec![0; model.inputs().len()];
        Rig {
            bench: Bench::new(module),
            model,
            inputs,
            noise: SplitMix64::new(seed),
            to_write: VecDeque::new(),
            offers: false,
            read: Vec::new(),
            errors: 0,
            cycles: 0,
        }
    }

    fn seen(&mut self) -> Vec<u64> {
        let names = self.model.outputs();
        names.iter().map(|name| self.bench.sim.get(&format!("{name}_o")).unwrap() as u64).collect()
    }

    /// One cycle; the words to write are offered with pauses.
    fn cycle(&mut self) -> Result<(), Violation> {
        self.offers |= !self.to_write.is_empty() && self.noise.below(4) > 0;
        self.bench.set("port_write_valid", self.offers.into());
        let word = self.to_write.front().copied().unwrap_or(0);
        self.bench.set("port_write_data", word.into());
        let outputs = self.seen();
        self.model.drive(&outputs, &mut self.inputs);
        for (name, value) in self.model.inputs().iter().zip(&self.inputs) {
            self.bench.sim.set(&format!("{name}_i"), u128::from(*value)).unwrap();
        }
        let outputs = self.seen();
        self.model.edge(&outputs)?;
        if self.offers && self.bench.get("port_write_ready") == 1 {
            self.to_write.pop_front();
            self.offers = false;
        }
        if self.bench.get("port_read_valid") == 1 {
            self.read.push(self.bench.get("port_read_data") as u64);
        }
        self.errors += self.bench.get("port_error") as usize;
        self.bench.step();
        self.cycles += 1;
        Ok(())
    }

    /// Asks for a burst.
    pub(super) fn ask(&mut self, burst: &Burst) -> Result<(), Violation> {
        self.bench.set("port_valid", 1);
        self.bench.set("port_write", burst.write.into());
        self.bench.set("port_address", burst.address as i128);
        self.bench.set("port_length", burst.words.len() as i128 - 1);
        if burst.write {
            self.to_write.extend(&burst.words);
        }
        for _ in 0..100_000 {
            let ready = self.bench.get("port_ready") == 1;
            self.cycle()?;
            if ready {
                self.bench.set("port_valid", 0);
                return Ok(());
            }
        }
        panic!("no request is taken");
    }

    /// Waits for everything that was asked for.
    pub(super) fn finish(&mut self) -> Result<(), Violation> {
        for _ in 0..100_000 {
            if self.bench.get("port_idle") == 1 && self.to_write.is_empty() {
                return Ok(());
            }
            self.cycle()?;
        }
        panic!("it never ends");
    }

    /// Bursts in a row, each word read compared with what was written last.
    pub(super) fn traffic(&mut self, bursts: &[Burst]) -> Result<(), Violation> {
        let mut wanted = Vec::new();
        let mut memory = vec![0; self.model.words().len()];
        for burst in bursts {
            let part = &mut memory[burst.address..burst.address + burst.words.len()];
            match burst.write {
                true => part.copy_from_slice(&burst.words),
                false => wanted.extend_from_slice(part),
            }
            self.ask(burst)?;
            if self.noise.below(8) == 0 {
                let pause = self.noise.below(700);
                (0..pause).try_for_each(|_| self.cycle())?;
            }
        }
        self.finish()?;
        assert_eq!(self.read, wanted);
        assert_eq!(self.errors, 0);
        Ok(())
    }
}

/// Bursts over a few places, so that reads meet what was written.
pub(super) fn bursts(seed: u64, size: usize, bits: u32, longest: u64) -> Vec<Burst> {
    let mut noise = SplitMix64::new(seed);
    let bases: Vec<usize> =
        (0..4).map(|_| noise.below(size as u64 - 2 * longest) as usize).collect();
    (0..40)
        .map(|_| {
            let count = 1 + noise.below(longest) * noise.below(2);
            let address = bases[noise.below(4) as usize] + noise.below(longest) as usize;
            let count = count.min((size - address) as u64);
            let words = (0..count).map(|_| noise.below(1 << bits)).collect();
            Burst { address, words, write: noise.below(2) == 0 }
        })
        .collect()
}
