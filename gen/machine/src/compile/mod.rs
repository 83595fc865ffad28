//! From a quantised network to the contents of a machine's memories.
//!
//! ```text
//! QuantNetwork -> graph (reshapes resolved) -> modes -> layout, allocate -> lower -> Program
//! ```
//!
//! Whatever the machine cannot do is refused with the layer's name and what would help; what is
//! accepted gives the oracle's results to the bit.

mod allocate;
mod element;
mod error;
mod graph;
mod layout;
mod limits;
mod linear;
mod lower;
mod memories;
mod modes;
mod outside;
mod post;
mod weights;

use std::sync::Arc;

use bitladder_network::{QuantNetwork, ValueId};
use bitladder_package::Package;
use bitladder_spec::accumulator;

pub use error::CompileError;
pub use graph::Dims;
pub use layout::TensorLayout;
pub(crate) use layout::chunk_words;
pub use memories::Memories;

use crate::config::{ConfigError, MachineConfig};
use crate::isa::{DESCRIPTOR_WORDS, Descriptor, Operation};
use crate::program::{END_LAYER, LayerInfo, PackageImage, Program, ResultLayout};
use allocate::{Buffer, allocate};
use graph::Graph;
use lower::{Lowering, field};
use memories::{Builder, bad_field};

/// Compiles a network for batches of `batch` images.
pub fn compile(
    network: &QuantNetwork,
    config: &MachineConfig,
    batch: usize,
) -> Result<Program, CompileError> {
    let mut builder = Builder::new(config);
    let mut program = add_program(&mut builder, &network.name, network, batch)?;
    outside::place(&mut builder, std::slice::from_mut(&mut program))?;
    builder.check()?;
    program.memories = Arc::new(builder.contents);
    Ok(program)
}

/// Compiles all precisions of a package into one set of memories. They share activation memory;
/// changing the precision is starting another program.
pub fn compile_package(
    package: &Package,
    config: &MachineConfig,
    batch: usize,
) -> Result<PackageImage, CompileError> {
    let mut builder = Builder::new(config);
    let mut programs = Vec::new();
    for profile in &package.profiles {
        let program = add_program(&mut builder, &profile.name, &profile.network, batch);
        programs.push(program.map_err(|source| {
            let (profile, source) = (profile.name.clone(), Box::new(source));
            CompileError::Profile { profile, source }
        })?);
    }
    outside::place(&mut builder, &mut programs)?;
    builder.check()?;
    let memories = Arc::new(builder.contents);
    programs.iter_mut().for_each(|program| program.memories = memories.clone());
    Ok(PackageImage { memories, programs })
}

fn add_program(
    builder: &mut Builder,
    name: &str,
    network: &QuantNetwork,
    batch: usize,
) -> Result<Program, CompileError> {
    check_request(builder.config, network, batch)?;
    let graph = Graph::new(network)?;
    let config = builder.config;
    let (buffers, activation_groups) = place(&graph, config, batch)?;
    let result = result(&graph, config, batch)?;
    let start = builder.descriptors();
    let mut lowering = Lowering { graph: &graph, buffers: &buffers, builder, batch };
    graph.layers.iter().try_for_each(|index| lowering.layer(*index))?;
    if graph.copied {
        lowering.copy()?;
    }
    finish(builder, (name, start), &result, batch)?;
    let place_of = |value: ValueId| buffers.iter().find(|b| b.value == value);
    let inputs = 0..network.inputs.len();
    Ok(Program {
        name: name.into(),
        config: config.clone(),
        batch,
        start: start * DESCRIPTOR_WORDS,
        layers: layers(&graph, batch),
        inputs: inputs.map(|value| place_of(value).map(|buffer| buffer.layout.clone())).collect(),
        result,
        activation_groups,
        memories: Arc::default(),
    })
}

/// What must hold before anything is looked at.
fn check_request(
    config: &MachineConfig,
    network: &QuantNetwork,
    batch: usize,
) -> Result<(), CompileError> {
    if !(1..=usize::from(u16::MAX)).contains(&batch) {
        return Err(CompileError::Batch { batch });
    }
    let limit = config.limits.batch;
    if batch > limit {
        return Err(CompileError::BatchLimit { batch, limit });
    }
    let refused = |error: ConfigError| CompileError::Config { what: error.to_string() };
    config.validate().map_err(refused)?;
    network.validate(accumulator::MAX_BITS)?;
    if let Some(value) = (0..network.values()).find(|value| network.shape(*value).contains(&0)) {
        let (tensor, shape) = (network.value_name(value).to_owned(), network.shape(value).to_vec());
        return Err(CompileError::Empty { tensor, shape });
    }
    Ok(())
}

fn layers(graph: &Graph, batch: usize) -> Vec<LayerInfo> {
    let network = graph.network;
    let info = |index: usize| LayerInfo {
        index,
        name: network.layers[index].name.clone(),
        macs: network.macs(index) * batch as u64,
    };
    let mut layers: Vec<LayerInfo> = graph.layers.iter().map(|index| info(*index)).collect();
    if graph.copied {
        let name = network.value_name(network.output).to_owned();
        layers.push(LayerInfo { index: network.layers.len(), name, macs: 0 });
    }
    layers
}

/// Modes, layouts and places of all tensors in activation memory, and the groups they take.
fn place(
    graph: &Graph,
    config: &MachineConfig,
    batch: usize,
) -> Result<(Vec<Buffer>, usize), CompileError> {
    let storage = modes::storage(graph, config)?;
    let layouts: Vec<(ValueId, TensorLayout)> = storage
        .into_iter()
        .map(|(value, storage)| {
            let (name, ty) = (graph.network.value_name(value), graph.network.format(value).ty);
            let columns = config.array.columns;
            (value, TensorLayout::new(name, graph.dims[value], ty, columns, storage))
        })
        .collect();
    let groups = |batch: usize| {
        let (buffers, peak) = allocate(graph, layouts.clone(), batch);
        (buffers, peak.words / config.array.columns, peak.step)
    };
    let available = config.memory.activation_groups;
    let (buffers, needed, step) = groups(batch);
    if needed <= available {
        return Ok((buffers, needed));
    }
    let fitting = (1..batch).rev().find(|batch| groups(*batch).1 <= available);
    let remedy = match fitting {
        Some(batch) => format!("a batch of {batch} would fit"),
        None => "use narrower activations or a machine with more of it".into(),
    };
    let layer = graph.layers.get(step).map_or("copy", |index| &graph.network.layers[*index].name);
    let (layer, memory) = (layer.to_owned(), "memory.activation_groups");
    Err(CompileError::Memory { layer, memory, available, needed, remedy })
}

/// The result's layout, if it fits.
fn result(
    graph: &Graph,
    config: &MachineConfig,
    batch: usize,
) -> Result<ResultLayout, CompileError> {
    let network = graph.network;
    let dims = graph.dims[graph.result()];
    let (shape, format) = (network.shape(network.output).to_vec(), network.output_format());
    let decided = dims.pixels() == 1;
    let layout = ResultLayout { shape, dims, format, decided };
    let per_image = dims.pixels() * dims.channels;
    let memory = &config.memory;
    let mut limits =
        vec![("memory.result_words", per_image * batch, memory.result_words, per_image)];
    if decided && memory.decision_images > 0 {
        limits.push(("memory.decision_images", batch, memory.decision_images, 1));
    }
    for (memory, needed, available, each) in limits {
        if needed > available {
            let remedy = match available / each.max(1) {
                0 => "use a machine with more of it".into(),
                batch => format!("a batch of {batch} would fit"),
            };
            let layer = network.value_name(network.output).to_owned();
            return Err(CompileError::Memory { layer, memory, available, needed, remedy });
        }
    }
    Ok(layout)
}

/// The end of a program.
fn finish(
    builder: &mut Builder,
    (program, start): (&str, usize),
    result: &ResultLayout,
    batch: usize,
) -> Result<(), CompileError> {
    let decides = result.decided && builder.config.memory.decision_images > 0;
    let classes = if decides { field(result.dims.channels) } else { 0 };
    let images = field(batch);
    let (operation, layer) = (Operation::End, END_LAYER);
    let end = Descriptor { operation, layer, images, classes, ..Descriptor::default() };
    builder.push("end", &end)?;
    let words = &mut builder.contents.program[start * DESCRIPTOR_WORDS..];
    for words in words.as_chunks_mut::<DESCRIPTOR_WORDS>().0 {
        let fault = |source| bad_field("end", source);
        let mut descriptor = Descriptor::unpack(words).map_err(fault)?;
        descriptor.watchdog = crate::cycles::watchdog(&descriptor, builder.config);
        limits::cycles(program, &descriptor, builder.config)?;
        *words = descriptor.pack().map_err(fault)?;
    }
    Ok(())
}
