//! The interpreter as a device: every result to the bit, no cycles.

use std::sync::Arc;

use bitladder_machine::isa::{DESCRIPTOR_WORDS, Descriptor, Operation, field, register};
use bitladder_machine::{
    Blind, Checksum, InterpretError, Machine, MachineConfig, Memories, Program,
};

use crate::device::{halves, pairs, resident, suits, write_all};
use crate::{Counters, Device, DeviceError, Fault, Info, Memory, Status};

/// A machine that is interpreted. A program that was started runs when it is waited for.
#[derive(Debug)]
pub struct Golden {
    config: MachineConfig,
    /// As large as the machine's, unlike those of a program.
    memories: Memories,
    machine: Machine,
    /// The machine does not have the present memories yet.
    changed: bool,
    loaded: Option<Program>,
    /// Where to start, and whether only one layer.
    pending: Option<(usize, bool)>,
    status: Status,
    clock: u32,
}

impl Golden {
    /// A machine with empty memories.
    pub fn new(config: &MachineConfig) -> Self {
        let sizes = &config.memory;
        let memories = Memories {
            program: vec![0; sizes.program_descriptors * DESCRIPTOR_WORDS],
            weights: vec![0; sizes.weight_groups * config.array.columns],
            parameters: vec![0; sizes.parameter_entries],
            // Grows with what is written: a model need not hold what nobody uses.
            external: Vec::new(),
        };
        Self {
            machine: Machine::new(config, Arc::new(memories.clone())),
            config: config.clone(),
            memories,
            changed: false,
            loaded: None,
            pending: None,
            status: Status::default(),
            clock: 0,
        }
    }

    /// Gives the machine the memories as they are now; its activations stay.
    fn refresh(&mut self) {
        if std::mem::take(&mut self.changed) {
            let activations = self.machine.activations().to_vec();
            self.machine = Machine::new(&self.config, Arc::new(self.memories.clone()));
            self.machine.activations_mut().copy_from_slice(&activations);
        }
    }

    fn begin(&mut self, start: usize, single: bool) -> Result<(), DeviceError> {
        if self.pending.is_some() {
            return Err(DeviceError::Busy);
        }
        self.refresh();
        self.pending = Some((start, single));
        self.status = Status { busy: true, ..Status::default() };
        Ok(())
    }

    /// Runs from a word of program memory on.
    fn execute(&mut self, start: usize, single: bool) -> Status {
        let mut layer = 0;
        for address in (start..).step_by(DESCRIPTOR_WORDS) {
            let words = self.memories.program.get(address..address + DESCRIPTOR_WORDS);
            let Some(words) = words.and_then(|words| words.first_chunk()) else { break };
            layer = field::LAYER.extract(words) as u32;
            let failed = |fault| Status { fault: Some(fault), layer, ..Status::default() };
            let Ok(descriptor) = Descriptor::unpack(words) else {
                return failed(Fault::BadDescriptor);
            };
            if let Err(error) = self.machine.execute(&descriptor, &mut Blind) {
                return failed(fault(&error));
            }
            let done = descriptor.operation == Operation::End;
            if done || single {
                return Status { done, layer, ..Status::default() };
            }
        }
        Status { fault: Some(Fault::Program), layer, ..Status::default() }
    }

    /// A part of a memory in transfers, or the error that it does not exist.
    fn part<T: Clone>(
        memory: Memory,
        all: &[T],
        first: usize,
        count: usize,
    ) -> Result<Vec<T>, DeviceError> {
        let last = (first + count).saturating_sub(1);
        let wrong = DeviceError::Outside { memory: memory.name(), first, last };
        all.get(first..first + count).map(<[T]>::to_vec).ok_or(wrong)
    }

    /// Lets external memory reach as far as a number of transfers, if the machine's does.
    fn extend(&mut self, transfers: usize) {
        let size = self.config.external_memory.as_ref();
        let size = size.map_or(0, |memory| memory.words() * memory.data_bits() / 16);
        let words = (2 * transfers).min(size).max(self.memories.external.len());
        self.memories.external.resize(words, 0);
    }

    fn contents(&self, memory: Memory) -> Vec<u32> {
        match memory {
            Memory::Program => self.memories.program.clone(),
            Memory::Activation => pairs(self.machine.activations()),
            Memory::Weight => pairs(&self.memories.weights),
            Memory::Parameter => halves(&self.memories.parameters),
            Memory::Result => self.machine.results().to_vec(),
            Memory::Decision => self.machine.decisions().to_vec(),
            Memory::External => pairs(&self.memories.external),
        }
    }
}

/// The error code with which hardware would stop.
fn fault(error: &InterpretError) -> Fault {
    match error {
        InterpretError::Address { .. } => Fault::Address,
        InterpretError::Saturated { .. } => Fault::Saturated,
        InterpretError::Checksum { .. } => Fault::Checksum,
        InterpretError::ProgramEnd { .. } => Fault::Program,
        // A unit would wait for operands that never come.
        InterpretError::Patch { .. } => Fault::Watchdog,
        InterpretError::Load(_)
        | InterpretError::Descriptor { .. }
        | InterpretError::Field { .. }
        | InterpretError::Code { .. } => Fault::BadDescriptor,
    }
}

fn put_words(to: &mut [u16], first: usize, words: &[u32]) {
    for (pair, word) in to.chunks_mut(2).skip(first).zip(words) {
        pair[0] = *word as u16;
        if let Some(high) = pair.get_mut(1) {
            *high = (*word >> 16) as u16;
        }
    }
}

fn put_halves(to: &mut [u64], first: usize, words: &[u32]) {
    for (index, word) in (first..).zip(words) {
        let shift = index % 2 * 32;
        let entry = &mut to[index / 2];
        *entry = *entry & !(0xffff_ffff << shift) | u64::from(*word) << shift;
    }
}

impl Device for Golden {
    fn info(&mut self) -> Result<Info, DeviceError> {
        let array = &self.config.array;
        let (mut modes, mut kinds) = (array.modes.clone(), array.weight_kinds.clone());
        modes.sort_unstable();
        kinds.sort_unstable();
        Ok(Info {
            rows: array.rows as u32,
            columns: array.columns as u32,
            modes,
            weight_kinds: kinds,
            accumulator_bits: array.accumulator_bits.into(),
            config_hash: self.config.hash32(),
            checks: self.config.memory.checks,
            external: self.config.external_memory.is_some(),
            timed: false,
        })
    }

    fn load(&mut self, program: &Program) -> Result<(), DeviceError> {
        if !resident(self.loaded.as_ref(), program) {
            let info = self.info()?;
            suits(&info, program)?;
            write_all(self, &program.memories, info.checks)?;
        }
        self.loaded = Some(program.clone());
        Ok(())
    }

    fn loaded(&self) -> Option<&Program> {
        self.loaded.as_ref()
    }

    fn start(&mut self) -> Result<(), DeviceError> {
        let start = self.loaded.as_ref().ok_or(DeviceError::NotLoaded)?.start;
        self.begin(start, false)
    }

    fn start_layer(&mut self, address: u32) -> Result<(), DeviceError> {
        self.begin(address as usize, true)
    }

    fn status(&mut self) -> Result<Status, DeviceError> {
        Ok(self.status)
    }

    fn settle(&mut self, _cycles: u64) -> Result<Status, DeviceError> {
        if let Some((start, single)) = self.pending.take() {
            self.status = self.execute(start, single);
            // Loads have changed it.
            self.memories.weights.copy_from_slice(self.machine.weights());
        }
        Ok(self.status)
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        self.pending = None;
        (self.status, self.clock) = (Status::default(), 0);
        Ok(())
    }

    fn check(&mut self, checksum: &Checksum) -> Result<(), DeviceError> {
        let memory = Memory::from_code(checksum.memory).filter(|_| self.config.memory.checks);
        let Some(memory) = memory else {
            let address = register::CONTROL;
            return Err(crate::BusError::Refused { address, write: true }.into());
        };
        let words = Self::part(memory, &self.contents(memory), 0, checksum.transfers)?;
        match crc32fast::hash(&words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>())
            == checksum.crc
        {
            true => Ok(()),
            false => Err(DeviceError::Corrupt { memory: memory.name() }),
        }
    }

    fn set_clock(&mut self, level: u32) -> Result<(), DeviceError> {
        let levels = self.config.clock.levels_mhz.len();
        if level as usize >= levels {
            return Err(DeviceError::Clock { level, levels });
        }
        self.clock = level;
        Ok(())
    }

    fn clock(&mut self) -> Result<u32, DeviceError> {
        Ok(self.clock)
    }

    fn counters(&mut self) -> Result<Counters, DeviceError> {
        Ok(Counters::default())
    }

    fn peek(&mut self, memory: Memory, first: usize, words: &mut [u32]) -> Result<(), DeviceError> {
        if self.pending.is_some() {
            return Err(DeviceError::Busy);
        }
        let part = Self::part(memory, &self.contents(memory), first, words.len())?;
        words.copy_from_slice(&part);
        Ok(())
    }

    fn poke(&mut self, memory: Memory, first: usize, words: &[u32]) -> Result<(), DeviceError> {
        if self.pending.is_some() {
            return Err(DeviceError::Busy);
        }
        if memory == Memory::External {
            self.extend(first + words.len());
        }
        Self::part(memory, &self.contents(memory), first, words.len())?;
        match memory {
            Memory::Program => {
                self.memories.program[first..first + words.len()].copy_from_slice(words);
            }
            Memory::Activation => put_words(self.machine.activations_mut(), first, words),
            Memory::Weight => put_words(&mut self.memories.weights, first, words),
            Memory::Parameter => put_halves(&mut self.memories.parameters, first, words),
            Memory::External => put_words(&mut self.memories.external, first, words),
            // Units write these, nobody else.
            Memory::Result | Memory::Decision => {
                let address = register::WINDOW_DATA;
                return Err(crate::BusError::Refused { address, write: true }.into());
            }
        }
        self.changed |= memory != Memory::Activation;
        Ok(())
    }
}
