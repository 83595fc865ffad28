//! What a bench does at the register bus, and what it must see.

use std::fmt::Write;
use std::sync::Arc;

use bitladder_golden::IntBatch;
use bitladder_machine::isa::{DECISION_WORDS, ISA_VERSION, memory, register};
use bitladder_machine::{Machine, Memories, Program};

use super::BenchError;

/// What register `id` holds: `BLDR`.
const ID: u32 = 0x424c_4452;
/// An address that has no register.
const NOWHERE: u32 = 0xf8;

/// One step of a bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vector {
    /// Write a register.
    Write {
        /// Its byte address.
        address: u32,
        /// What.
        data: u32,
    },
    /// Read a register and compare.
    Read {
        /// Its byte address.
        address: u32,
        /// Bits that are compared.
        mask: u32,
        /// What they must be.
        data: u32,
    },
    /// Read a register until it is as it should be.
    Poll {
        /// Its byte address.
        address: u32,
        /// Bits that are compared.
        mask: u32,
        /// What they become.
        data: u32,
    },
    /// Write a register; the bus must refuse it.
    Refused {
        /// The byte address.
        address: u32,
    },
}

impl Vector {
    /// As a line of the file: kind, address, mask, data.
    pub fn line(self) -> String {
        let (kind, address, mask, data) = match self {
            Vector::Write { address, data } => (1, address, u32::MAX, data),
            Vector::Read { address, mask, data } => (2, address, mask, data),
            Vector::Poll { address, mask, data } => (3, address, mask, data),
            Vector::Refused { address } => (4, address, 0, 0),
        };
        format!("{kind:02x}_{address:02x}_{mask:08x}_{data:08x}")
    }
}

/// A program and the batches to run it on, one after the other.
#[derive(Debug, Clone)]
pub struct Run {
    /// The program. Memories are loaded again where those of the one before are others.
    pub program: Program,
    /// For each batch, the inputs.
    pub batches: Vec<Vec<IntBatch>>,
}

/// Collects vectors.
struct Writer(Vec<Vector>);

impl Writer {
    fn write(&mut self, address: u32, data: u32) {
        self.0.push(Vector::Write { address, data });
    }

    fn read(&mut self, address: u32, data: u32) {
        self.0.push(Vector::Read { address, mask: u32::MAX, data });
    }

    fn window(&mut self, memory: u32, first: usize) {
        self.write(register::WINDOW_SELECT, memory);
        self.write(register::WINDOW_ADDRESS, first as u32);
    }

    fn poke(&mut self, memory: u32, first: usize, words: impl IntoIterator<Item = u32>) {
        self.window(memory, first);
        words.into_iter().for_each(|word| self.write(register::WINDOW_DATA, word));
    }

    fn compare(&mut self, memory: u32, words: &[u32]) {
        self.window(memory, 0);
        words.iter().for_each(|word| self.read(register::WINDOW_DATA, *word));
    }

    fn load(&mut self, memories: &Memories) {
        self.poke(memory::PROGRAM, 0, memories.program.iter().copied());
        self.poke(memory::WEIGHT, 0, pairs(&memories.weights));
        let halves = memories.parameters.iter().flat_map(|e| [*e as u32, (*e >> 32) as u32]);
        self.poke(memory::PARAMETER, 0, halves);
    }

    fn run(&mut self, program: &Program, inputs: &[IntBatch]) -> Result<(), BenchError> {
        let config = &program.config;
        let mut machine = Machine::new(config, program.memories.clone());
        machine.load(program, inputs)?;
        for (index, batch) in inputs.iter().enumerate() {
            let words = program
                .input_words(index, batch)
                .map_err(bitladder_machine::InterpretError::from)?;
            let base = program.inputs[index].as_ref().map_or(0, |layout| layout.base);
            self.poke(memory::ACTIVATION, base / 2, pairs(&words));
        }
        machine.run(program.start, &mut bitladder_machine::Blind)?;
        self.write(register::PROGRAM_START, program.start as u32);
        self.write(register::CONTROL, 1 << register::CONTROL_START_BIT);
        let (busy, done) = (1 << register::STATUS_BUSY_BIT, 1 << register::STATUS_DONE_BIT);
        self.0.push(Vector::Poll { address: register::STATUS, mask: busy, data: 0 });
        let error = ((1 << register::STATUS_ERROR_WIDTH) - 1) << register::STATUS_ERROR_BIT;
        let mask = busy | done | error;
        self.0.push(Vector::Read { address: register::STATUS, mask, data: done });
        let dims = program.result.dims;
        let results = dims.pixels() * dims.channels * program.batch;
        self.compare(memory::RESULT, &machine.results()[..results]);
        if program.result.decided && !program.host_decides() {
            let words = program.batch * DECISION_WORDS;
            self.compare(memory::DECISION, &machine.decisions()[..words]);
        }
        Ok(())
    }
}

/// Words of 16 bits as transfers.
fn pairs(words: &[u16]) -> Vec<u32> {
    let pair = |pair: &[u16]| u32::from(pair[0]) | u32::from(*pair.get(1).unwrap_or(&0)) << 16;
    words.chunks(2).map(pair).collect()
}

/// The vectors of some runs: identity, refusals, memories, and for each batch inputs, start, end,
/// results and decisions as the interpreter gives them.
pub fn vectors(runs: &[Run]) -> Result<Vec<Vector>, BenchError> {
    let first = runs.first().ok_or(BenchError::Nothing)?;
    let config = &first.program.config;
    let mut writer = Writer(Vec::new());
    writer.read(register::ID, ID);
    writer.read(register::ISA_VERSION, ISA_VERSION);
    writer.read(register::CONFIG_HASH, config.hash32());
    writer.0.push(Vector::Refused { address: register::ID });
    writer.0.push(Vector::Refused { address: NOWHERE });
    let mut loaded: Option<&Arc<Memories>> = None;
    for run in runs {
        let memories = &run.program.memories;
        if !loaded.is_some_and(|loaded| Arc::ptr_eq(loaded, memories)) {
            writer.load(memories);
            loaded = Some(memories);
        }
        for inputs in &run.batches {
            writer.run(&run.program, inputs)?;
        }
    }
    Ok(writer.0)
}

/// The file that the benches read, and `$readmemh` does, too.
pub fn file(vectors: &[Vector]) -> String {
    let mut text =
        String::from("// kind (1 write, 2 read, 3 poll, 4 refused, 0 end)_address_mask_data\n");
    for vector in vectors {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", vector.line());
    }
    text.push_str("00_00_00000000_00000000\n");
    text
}
