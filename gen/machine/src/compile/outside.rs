//! Weights that do not fit: placed outside, and loaded while other layers run.
//!
//! Layers keep their place in weight memory in the order of execution, as long as half of it lasts.
//! The other half is two pages: while a layer computes with one, the next layer's weights are loaded
//! into the other. A layer that is larger than a page is cut into slices of whole passes, which are
//! layers of their own to the machine.
//!
//! ```text
//! load 0 -> page A | layers inside | load 1 -> page B | slice 0 | load 2 -> page A | slice 1 | ...
//! ```
//!
//! A load begins when the one before it is done, and a slice follows the load after its own: so it
//! finds its weights without asking.

use std::collections::HashMap;

use super::CompileError;
use super::lower::field;
use super::memories::{Builder, bad_field};
use crate::checksum::of_words;
use crate::config::MachineConfig;
use crate::isa::{DESCRIPTOR_WORDS, Descriptor, DescriptorError, Operation, WeightKind};
use crate::program::{LayerInfo, Program};

/// Where a layer's weights are: their first group as compiled, and the groups.
type Block = (u32, u32);

/// Where a block went.
#[derive(Clone, Copy)]
enum Place {
    /// First group in weight memory.
    Inside(usize),
    /// First group in external memory.
    Outside(usize),
}

/// What the two memories hold afterwards.
struct Plan<'a> {
    config: &'a MachineConfig,
    /// All weights as compiled.
    weights: &'a [u16],
    places: HashMap<Block, Place>,
    inside: Vec<u16>,
    outside: Vec<u16>,
    /// First groups of the pages, and their size.
    pages: [usize; 2],
    page: usize,
}

fn groups_of(d: &Descriptor) -> u32 {
    d.passes * d.pass_groups
}

/// The descriptors of all programs.
fn unpack(words: &[u32]) -> Result<Vec<Descriptor>, DescriptorError> {
    words.as_chunks::<DESCRIPTOR_WORDS>().0.iter().map(Descriptor::unpack).collect()
}

impl<'a> Plan<'a> {
    /// Divides weight memory; `None` if there is a pass that no page holds.
    fn new(config: &'a MachineConfig, weights: &'a [u16], all: &[Descriptor]) -> Option<Self> {
        let size = config.memory.weight_groups;
        let largest = all.iter().map(|d| d.pass_groups as usize).max().unwrap_or(0);
        let page = (size / 4).max(largest);
        let resident = size.checked_sub(2 * page)?;
        Some(Self {
            config,
            weights,
            places: HashMap::new(),
            inside: Vec::new(),
            outside: Vec::new(),
            pages: [resident, resident + page],
            page,
        })
    }

    fn words(&self, (first, groups): Block) -> &'a [u16] {
        let columns = self.config.array.columns;
        let first = first as usize * columns;
        &self.weights[first..first + groups as usize * columns]
    }

    /// Gives a layer's weights a place: inside while there is room.
    fn place(&mut self, d: &Descriptor) {
        let block = (d.weight_base, groups_of(d));
        if self.places.contains_key(&block) {
            return;
        }
        let (words, columns) = (self.words(block), self.config.array.columns);
        let place = match self.inside.len() + words.len() <= self.pages[0] * columns {
            true => {
                let place = Place::Inside(self.inside.len() / columns);
                self.inside.extend_from_slice(words);
                place
            }
            false => {
                let place = Place::Outside(self.outside.len() / columns);
                self.outside.extend_from_slice(words);
                place
            }
        };
        self.places.insert(block, place);
    }

    /// The layers that a layer becomes, each with its load if its weights are outside.
    fn slices(&self, d: &Descriptor) -> Vec<(Descriptor, Option<Descriptor>)> {
        let place = self.places.get(&(d.weight_base, groups_of(d))).copied();
        let conv = d.operation == Operation::Conv;
        match place.filter(|_| conv) {
            None => vec![(d.clone(), None)],
            Some(Place::Inside(first)) => {
                vec![(Descriptor { weight_base: field(first), ..*d }, None)]
            }
            Some(Place::Outside(first)) => {
                let step = (self.page / d.pass_groups.max(1) as usize).max(1);
                let starts = (0..d.passes as usize).step_by(step);
                starts
                    .map(|start| {
                        let slice = slice(d, start, step, self.config.array.columns);
                        let load = self.load(&slice, first + start * d.pass_groups as usize);
                        (slice, Some(load))
                    })
                    .collect()
            }
        }
    }

    /// What brings a slice's weights in, the page excepted.
    fn load(&self, slice: &Descriptor, first: usize) -> Descriptor {
        let columns = self.config.array.columns;
        let groups = groups_of(slice);
        let words = &self.outside[first * columns..][..groups as usize * columns];
        Descriptor {
            operation: Operation::Load,
            layer: slice.layer,
            input_base: field(first),
            total_pixels: groups,
            checksum: of_words(words),
            ..Descriptor::default()
        }
    }

    /// A program with its loads.
    fn program(&self, layers: &[Descriptor]) -> Vec<Descriptor> {
        let mut steps: Vec<_> = layers.iter().flat_map(|d| self.slices(d)).collect();
        let mut loads = Vec::new();
        for (slice, load) in &mut steps {
            if let Some(load) = load {
                slice.weight_base = field(self.pages[loads.len() % 2]);
                load.weight_base = slice.weight_base;
                loads.push(load.clone());
            }
        }
        let mut loads = loads.into_iter();
        let mut program: Vec<Descriptor> = loads.next().into_iter().collect();
        for (slice, load) in steps {
            if let Some(own) = load {
                // The last one waits for its load with an empty one.
                program.push(loads.next().unwrap_or(Descriptor { total_pixels: 0, ..own }));
            }
            program.push(slice);
        }
        program
    }
}

/// Some passes of a layer as a layer of its own.
fn slice(d: &Descriptor, start: usize, step: usize, columns: usize) -> Descriptor {
    let (start, columns) = (start as u32, columns as u32);
    let passes = (step as u32).min(d.passes - start);
    let results = d.destination == crate::isa::Destination::Results;
    let output_step = if results { columns } else { d.output_step };
    let left = d.output_channels - start * columns;
    Descriptor {
        passes,
        parameter_base: d.parameter_base + start * columns,
        scalar_base: d.scalar_base + start * scalar_entries(d, columns),
        output_base: d.output_base + start * output_step,
        output_channels: left.min(passes * columns),
        ..*d
    }
}

/// Entries of scalars that a pass uses.
fn scalar_entries(d: &Descriptor, columns: u32) -> u32 {
    if d.weight_kind != WeightKind::Qsq {
        return 0;
    }
    let sets = d.kernel_height * d.kernel_width * d.channels.div_ceil(d.vector_length.max(1));
    sets * columns.div_ceil(4)
}

/// The layer a descriptor belongs to.
fn name(layers: &[LayerInfo], d: &Descriptor) -> String {
    let own = layers.iter().find(|layer| layer.index == d.layer as usize);
    own.map_or_else(|| "end".into(), |layer| layer.name.clone())
}

/// Moves weights outside, if the machine has such memory and needs it.
pub(super) fn place(builder: &mut Builder, programs: &mut [Program]) -> Result<(), CompileError> {
    let config = builder.config;
    let fits = builder.weight_groups() <= config.memory.weight_groups;
    let Some(external) = config.external_memory.as_ref().filter(|_| !fits) else { return Ok(()) };
    let refused = |source| bad_field("load", source);
    let weights = std::mem::take(&mut builder.contents.weights);
    let all = unpack(&builder.contents.program).map_err(refused)?;
    let convs: Vec<Descriptor> =
        all.iter().filter(|d| d.operation == Operation::Conv).cloned().collect();
    let Some(mut plan) = Plan::new(config, &weights, &convs) else {
        builder.contents.weights = weights;
        return Ok(());
    };
    convs.iter().for_each(|d| plan.place(d));
    let (needed, available) =
        (plan.outside.len() / config.array.columns, external.groups(config.array.columns));
    if needed > available {
        let remedy = "use narrower weights, fewer precisions, or a larger memory".into();
        let (layer, memory) =
            (name(&programs[0].layers, &convs[convs.len() - 1]), "external_memory");
        return Err(CompileError::Memory { layer, memory, available, needed, remedy });
    }
    builder.clear_program();
    for program in programs {
        let layers = &all[program.start / DESCRIPTOR_WORDS..];
        let end = layers.iter().position(|d| d.operation == Operation::End);
        program.start = builder.contents.program.len();
        for d in plan.program(&layers[..=end.unwrap_or(layers.len() - 1)]) {
            let watchdog = crate::cycles::watchdog(&d, config);
            builder.push(&name(&program.layers, &d), &Descriptor { watchdog, ..d })?;
        }
    }
    (builder.contents.weights, builder.contents.external) = (plan.inside, plan.outside);
    Ok(())
}
