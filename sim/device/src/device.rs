//! What a host does with a machine.

use std::sync::Arc;

use bitladder_golden::IntBatch;
use bitladder_machine::{Checksum, Memories, Outcome, Program};
use bitladder_spec::decision::TopTwo;

use crate::DeviceError;
use crate::state::{Counters, Info, Memory, Status};

/// A machine, as a host sees it.
pub trait Device {
    /// What it is.
    fn info(&mut self) -> Result<Info, DeviceError>;

    /// Makes a program the one to start. Programs of one package share memories: changing from one
    /// to another of them writes nothing but the start address.
    fn load(&mut self, program: &Program) -> Result<(), DeviceError>;

    /// The program that was loaded.
    fn loaded(&self) -> Option<&Program>;

    /// Starts the program that was loaded.
    fn start(&mut self) -> Result<(), DeviceError>;

    /// Starts the layer whose descriptor begins at a word of program memory, and only that.
    fn start_layer(&mut self, address: u32) -> Result<(), DeviceError>;

    /// How the run stands.
    fn status(&mut self) -> Result<Status, DeviceError>;

    /// Waits until nothing runs any more, for a number of the machine's cycles at the most.
    fn settle(&mut self, cycles: u64) -> Result<Status, DeviceError>;

    /// Stops whatever runs, and resets everything but memories.
    fn reset(&mut self) -> Result<(), DeviceError>;

    /// Asks for one of the configuration's clocks, 0 the fastest. The machine changes to it between
    /// layers, and some cycles pass until its board has switched; [`Device::clock`] tells.
    fn set_clock(&mut self, level: u32) -> Result<(), DeviceError>;

    /// The clock in use: a place in the configuration's `clock.levels_mhz`.
    fn clock(&mut self) -> Result<u32, DeviceError>;

    /// Cycles of the last run.
    fn counters(&mut self) -> Result<Counters, DeviceError>;

    /// Cycles of the last run since its start; 0 where no cycles pass.
    fn cycles(&mut self) -> Result<u64, DeviceError> {
        Ok(self.counters()?.cycles)
    }

    /// Reads a memory from a transfer on.
    fn peek(&mut self, memory: Memory, first: usize, words: &mut [u32]) -> Result<(), DeviceError>;

    /// Writes a memory from a transfer on.
    fn poke(&mut self, memory: Memory, first: usize, words: &[u32]) -> Result<(), DeviceError>;

    /// Has the device compare what a memory holds, from its first transfer on, with a checksum.
    fn check(&mut self, checksum: &Checksum) -> Result<(), DeviceError>;

    /// Writes the inputs of a batch.
    fn set_inputs(&mut self, inputs: &[IntBatch]) -> Result<(), DeviceError> {
        let program = self.loaded().ok_or(DeviceError::NotLoaded)?.clone();
        let (wanted, found) = (program.inputs.len(), inputs.len());
        if wanted != found {
            let program = program.name;
            return Err(bitladder_machine::LoadError::Inputs { program, wanted, found }.into());
        }
        for (index, batch) in inputs.iter().enumerate() {
            let words = program.input_words(index, batch)?;
            let base = program.inputs[index].as_ref().map_or(0, |layout| layout.base);
            self.poke(Memory::Activation, base / 2, &pairs(&words))?;
        }
        Ok(())
    }

    /// Waits for the program's end, for a number of the machine's cycles at the most.
    fn wait(&mut self, cycles: u64) -> Result<(), DeviceError> {
        let Status { busy, done, fault, layer } = self.settle(cycles)?;
        match fault {
            Some(fault) => {
                let known = self.loaded().and_then(|program| program.layer_name(layer));
                let name = known.unwrap_or("unknown").to_owned();
                Err(DeviceError::Failed { fault, layer, name })
            }
            None if busy => Err(DeviceError::Timeout { cycles }),
            None if done => Ok(()),
            None => Err(DeviceError::Stopped),
        }
    }

    /// The result, in the network's shape.
    fn results(&mut self) -> Result<IntBatch, DeviceError> {
        let program = self.loaded().ok_or(DeviceError::NotLoaded)?.clone();
        let dims = program.result.dims;
        let mut words = vec![0; dims.pixels() * dims.channels * program.batch];
        self.peek(Memory::Result, 0, &mut words)?;
        Ok(program.read_results(&words)?)
    }

    /// The two best classes of each image; nothing where there is nothing to decide on. On a machine
    /// without what decides, the results are ranked here.
    fn decisions(&mut self) -> Result<Vec<TopTwo>, DeviceError> {
        let program = self.loaded().ok_or(DeviceError::NotLoaded)?.clone();
        if !program.result.decided {
            return Ok(Vec::new());
        }
        if program.host_decides() {
            return Ok(Program::rank(&self.results()?));
        }
        let mut words = vec![0; program.batch * bitladder_machine::isa::DECISION_WORDS];
        self.peek(Memory::Decision, 0, &mut words)?;
        Ok(program.read_decisions(&words)?)
    }
}

/// Words of 16 bits as transfers. An odd last word takes the next one along: it fills a group.
pub(crate) fn pairs(words: &[u16]) -> Vec<u32> {
    let pair = |pair: &[u16]| u32::from(pair[0]) | u32::from(*pair.get(1).unwrap_or(&0)) << 16;
    words.chunks(2).map(pair).collect()
}

/// Entries of 64 bits as transfers, the low half first.
pub(crate) fn halves(entries: &[u64]) -> Vec<u32> {
    entries.iter().flat_map(|entry| [*entry as u32, (*entry >> 32) as u32]).collect()
}

/// Whether a device already holds what a program needs, because one of the same package was loaded.
pub(crate) fn resident(loaded: Option<&Program>, program: &Program) -> bool {
    loaded.is_some_and(|loaded| Arc::ptr_eq(&loaded.memories, &program.memories))
}

/// Whether a program was compiled for a machine like this one.
pub(crate) fn suits(info: &Info, program: &Program) -> Result<(), DeviceError> {
    let (wanted, found) = (program.config.hash32(), info.config_hash);
    match found == wanted {
        true => Ok(()),
        false => Err(DeviceError::Config { program: program.name.clone(), wanted, found }),
    }
}

/// Writes what a program needs into a device's memories, and has it checked where the device can.
pub(crate) fn write_all<D: Device + ?Sized>(
    device: &mut D,
    memories: &Memories,
    checks: bool,
) -> Result<(), DeviceError> {
    device.poke(Memory::Program, 0, &memories.program)?;
    device.poke(Memory::Weight, 0, &pairs(&memories.weights))?;
    device.poke(Memory::Parameter, 0, &halves(&memories.parameters))?;
    if !memories.external.is_empty() {
        device.poke(Memory::External, 0, &pairs(&memories.external))?;
    }
    let sums = memories.checksums();
    sums.iter().filter(|_| checks).try_for_each(|sum| device.check(sum))
}

/// Cycles after which a run is stuck that should take `predicted` ones: memories outside the FPGA
/// may be slow, but not this slow.
pub fn cycle_limit(predicted: u64) -> u64 {
    const PATIENCE: u64 = 8;
    // For runs so short that loading and deciding are most of it.
    const AT_LEAST: u64 = 100_000;
    predicted.saturating_mul(PATIENCE).saturating_add(AT_LEAST)
}

/// Loads a program, runs it on a batch, and reads what it gives.
pub fn run<D: Device + ?Sized>(
    device: &mut D,
    program: &Program,
    inputs: &[IntBatch],
    cycles: u64,
) -> Result<Outcome, DeviceError> {
    device.load(program)?;
    device.set_inputs(inputs)?;
    device.start()?;
    device.wait(cycles)?;
    Ok(Outcome { results: device.results()?, decisions: device.decisions()? })
}
