//! The machine word by word, without cycles: the definition RTL is compared with.
//!
//! [`Machine`] holds the memories; [`interpret`] loads a program's inputs, runs it and reads the
//! results. Everything happens in the machine's order and on the machine's words: streamer, row
//! packers, patches, lanes, post, writer, element unit, decisions.

mod array;
mod decide;
mod element;
mod error;
mod load;
mod memory;
mod observer;
mod operands;
mod packer;
mod post;
mod streamer;

use std::sync::Arc;

use bitladder_golden::IntBatch;
use bitladder_spec::decision::TopTwo;

pub use error::InterpretError;
pub use observer::{Blind, LanePlace, Observer, Step};

pub(crate) use streamer::{Run, parts, runs};

use crate::compile::Memories;
use crate::config::MachineConfig;
use crate::isa::{DECISION_WORDS, DESCRIPTOR_WORDS, Descriptor, Operation, field};
use crate::program::{LoadError, Program};

/// A machine's memories and what works on them.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    config: MachineConfig,
    memories: Arc<Memories>,
    activations: Vec<u16>,
    results: Vec<u32>,
    decisions: Vec<u32>,
}

/// What a program gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The result, in the network's shape.
    pub results: IntBatch,
    /// The two best classes of each image, where the machine decides.
    pub decisions: Vec<TopTwo>,
}

/// Runs a program on a batch.
pub fn interpret(program: &Program, inputs: &[IntBatch]) -> Result<Outcome, InterpretError> {
    interpret_observed(program, inputs, &mut Blind)
}

/// Runs a program on a batch and shows what happens inside.
pub fn interpret_observed(
    program: &Program,
    inputs: &[IntBatch],
    observer: &mut dyn Observer,
) -> Result<Outcome, InterpretError> {
    let mut machine = Machine::new(&program.config, program.memories.clone());
    machine.load(program, inputs)?;
    machine.run(program.start, observer)?;
    machine.outcome(program)
}

impl Machine {
    /// A machine with loaded program, weight and parameter memory; the others are zero.
    pub fn new(config: &MachineConfig, memories: Arc<Memories>) -> Self {
        let memory = &config.memory;
        Self {
            activations: vec![0; memory.activation_groups * config.array.columns],
            results: vec![0; memory.result_words],
            decisions: vec![0; memory.decision_images * DECISION_WORDS],
            config: config.clone(),
            memories,
        }
    }

    /// Writes a program's inputs into activation memory.
    pub fn load(&mut self, program: &Program, inputs: &[IntBatch]) -> Result<(), InterpretError> {
        let (wanted, found) = (program.inputs.len(), inputs.len());
        if wanted != found {
            let program = program.name.clone();
            return Err(LoadError::Inputs { program, wanted, found }.into());
        }
        for (index, batch) in inputs.iter().enumerate() {
            let words = program.input_words(index, batch)?;
            let base = program.inputs[index].as_ref().map_or(0, |layout| layout.base);
            for (address, word) in (base..).zip(words) {
                self.write(0, address as i64, word)?;
            }
        }
        Ok(())
    }

    /// Runs the program that begins at a word of program memory.
    pub fn run(&mut self, start: usize, observer: &mut dyn Observer) -> Result<(), InterpretError> {
        let memories = self.memories.clone();
        let size = memories.program.len();
        for address in (start..size).step_by(DESCRIPTOR_WORDS) {
            let Some(words) = memories.program[address..].first_chunk() else { break };
            let descriptor = Descriptor::unpack(words)
                .map_err(|source| InterpretError::Descriptor { address, source })?;
            self.execute(&descriptor, observer)?;
            if descriptor.operation == Operation::End {
                return Ok(());
            }
        }
        Err(InterpretError::ProgramEnd { size })
    }

    /// Does what one descriptor says: a layer alone, to compare with one unit of the RTL.
    pub fn execute(
        &mut self,
        descriptor: &Descriptor,
        observer: &mut dyn Observer,
    ) -> Result<(), InterpretError> {
        plausible(descriptor)?;
        match descriptor.operation {
            Operation::End => self.decide(descriptor),
            Operation::Conv => self.conv(descriptor, observer),
            Operation::MaxPool => self.max_pool(descriptor, observer),
            Operation::AveragePool => self.average_pool(descriptor, observer),
            Operation::Add | Operation::Rescale => self.sum(descriptor, observer),
            Operation::Load => self.load_weights(descriptor),
        }
    }

    /// What a program left in result memory and decision table.
    pub fn outcome(&self, program: &Program) -> Result<Outcome, InterpretError> {
        let results = program.read_results(&self.results)?;
        let decisions = match program.host_decides() {
            true => Program::rank(&results),
            false => program.read_decisions(&self.decisions)?,
        };
        Ok(Outcome { results, decisions })
    }

    /// Activation memory, word by word.
    pub fn activations(&self) -> &[u16] {
        &self.activations
    }

    /// Activation memory, to be written from outside.
    pub fn activations_mut(&mut self) -> &mut [u16] {
        &mut self.activations
    }

    /// Result memory.
    pub fn results(&self) -> &[u32] {
        &self.results
    }

    /// The decision table.
    pub fn decisions(&self) -> &[u32] {
        &self.decisions
    }
}

/// Counts that nothing can be divided by.
fn plausible(d: &Descriptor) -> Result<(), InterpretError> {
    let counts = [
        (field::OUTPUT_HEIGHT, d.output_height),
        (field::OUTPUT_WIDTH, d.output_width),
        (field::CHANNELS, d.channels),
    ];
    let zero = counts.into_iter().find(|(_, value)| *value == 0);
    match zero.filter(|_| !matches!(d.operation, Operation::End | Operation::Load)) {
        Some((field, value)) => {
            Err(InterpretError::Field { layer: d.layer, field: field.name, value })
        }
        None => Ok(()),
    }
}
