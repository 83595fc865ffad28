//! Why a network does not run on a machine.

use bitladder_network::NetworkError;
use thiserror::Error;

use crate::isa::{DescriptorError, Mode, Operation, WeightKind};

/// A network that a machine cannot run, with the layer it fails at and what would do.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CompileError {
    /// A network that does not hold together.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A configuration that was changed into one that makes no machine.
    #[error("the machine's configuration is refused: {what}")]
    Config {
        /// What is wrong with it.
        what: String,
    },
    /// A precision of a package that does not run.
    #[error("profile `{profile}`: {source}")]
    Profile {
        /// The profile.
        profile: String,
        /// What is wrong.
        source: Box<CompileError>,
    },
    /// A batch without images, or with more than can be counted.
    #[error("a batch of {batch} images: 1 to 65535 are possible")]
    Batch {
        /// Its images.
        batch: usize,
    },
    /// A batch beyond what the machine was built for.
    #[error(
        "a batch of {batch} images, `limits.batch` is {limit}: use a smaller batch or raise it"
    )]
    BatchLimit {
        /// Its images.
        batch: usize,
        /// The most there may be.
        limit: usize,
    },
    /// A number that the machine has no counter for.
    #[error(
        "layer `{layer}`: {what} is {value}, `{key}` is {bits} and ends at {}: use smaller images, \
         windows or layers, or raise it", (1u64 << .bits) - 1
    )]
    Limit {
        /// The layer.
        layer: String,
        /// What is too large.
        what: &'static str,
        /// Its value.
        value: i64,
        /// The key of the limit.
        key: &'static str,
        /// Its bits.
        bits: u8,
    },
    /// Windows with gaps, which the machine was built without.
    #[error(
        "layer `{layer}` has a dilation, `limits.dilation` is false: use windows without gaps or \
         set it"
    )]
    Dilation {
        /// The layer.
        layer: String,
    },
    /// Windows of a pool beyond its image, which the machine was built without.
    #[error(
        "layer `{layer}` has windows that reach beyond the image, `element.padding` is false: use \
         windows that fit or set it"
    )]
    Padding {
        /// The layer.
        layer: String,
    },
    /// A shift that the machine has no bits for.
    #[error(
        "layer `{layer}`, channel {channel}: shift {shift} is beyond `post.shift_bits` of {limit}: \
         quantise to narrower formats or raise it"
    )]
    Shift {
        /// The layer.
        layer: String,
        /// The channel.
        channel: usize,
        /// The shift.
        shift: u32,
        /// Bits there are.
        limit: u8,
    },
    /// A saturation that the machine was built without.
    #[error(
        "layer `{layer}` saturates by {saturation}, `post.saturations` has {available}: quantise \
         with one of these or add it"
    )]
    Saturation {
        /// The layer.
        layer: String,
        /// The saturation.
        saturation: String,
        /// Those there are.
        available: String,
    },
    /// A zero point, clamp or result too wide for the machine.
    #[error(
        "layer `{layer}`: its {what} takes {needed} bits, `{key}` is {limit}: use narrower formats \
         or raise it"
    )]
    Value {
        /// The layer.
        layer: String,
        /// What is too wide.
        what: &'static str,
        /// Bits it needs.
        needed: u8,
        /// What limits it.
        key: &'static str,
        /// Bits there are.
        limit: u8,
    },
    /// A result's clamp that a machine without clamps for results lacks.
    #[error(
        "layer `{layer}`: its result is clamped, but `post.stored_bits` is {stored} and \
         `post.value_bits` {limit}: results are clamped where both are alike"
    )]
    Unclamped {
        /// The layer.
        layer: String,
        /// Bits of clamps.
        stored: u8,
        /// Bits of results.
        limit: u8,
    },
    /// A tensor without elements.
    #[error("`{tensor}` of shape {shape:?} has no elements: there is nothing to compute")]
    Empty {
        /// The tensor.
        tensor: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// Stored integers wider than a word.
    #[error(
        "`{tensor}` holds {ty}, activation memory holds up to 16 bits: only the network's result \
         may be wider"
    )]
    Width {
        /// The tensor.
        tensor: String,
        /// Its type.
        ty: String,
    },
    /// A mode that the machine was built without.
    #[error(
        "`{tensor}` needs mode {} or wider, `array.modes` has {}: use narrower formats or add the \
         mode", .wanted.name(), names(.available.iter().map(|mode| mode.name()))
    )]
    Mode {
        /// The tensor.
        tensor: String,
        /// The narrowest mode that would do.
        wanted: Mode,
        /// The modes there are.
        available: Vec<Mode>,
    },
    /// A weight kind that the machine was built without, for weights that no other kind holds.
    #[error(
        "layer `{layer}` needs weights of kind {} in mode {}, `array.weight_kinds` has {}: use \
         another weight format or add the kind",
        .kind.name(), .mode.name(), names(.available.iter().map(|kind| kind.name()))
    )]
    Weights {
        /// The layer.
        layer: String,
        /// The kind.
        kind: WeightKind,
        /// The layer's mode.
        mode: Mode,
        /// The kinds there are.
        available: Vec<WeightKind>,
    },
    /// An image read in another shape than it lies in memory.
    #[error(
        "layer `{layer}` reads `{input}` as {wanted:?}, in memory it is {found:?} (channels, rows, \
         columns): only a fully connected layer can read an image in another shape"
    )]
    Shape {
        /// The layer.
        layer: String,
        /// What it reads.
        input: String,
        /// The shape it wants.
        wanted: [usize; 3],
        /// The shape in memory.
        found: [usize; 3],
    },
    /// An average over windows of different counts.
    #[error(
        "layer `{layer}` averages over {least} to {most} positions, the machine divides by one \
         number: choose padding or `count_padding` so that all windows count alike"
    )]
    Divisor {
        /// The layer.
        layer: String,
        /// Fewest positions of a window.
        least: usize,
        /// Most positions.
        most: usize,
    },
    /// A rounding that the machine was built without.
    #[error(
        "layer `{layer}` rounds {rounding}, `post.roundings` has {available}: quantise with one \
         of these or add it"
    )]
    Rounding {
        /// The layer.
        layer: String,
        /// The rounding.
        rounding: String,
        /// Those there are.
        available: String,
    },
    /// A layer without weights that the machine was built without.
    #[error(
        "layer `{layer}` needs operation {}, `element.operations` has {}: use another layer or add \
         it",
        .operation.name(), names(.available.iter().map(|operation| operation.name()))
    )]
    Operation {
        /// The layer.
        layer: String,
        /// What it needs.
        operation: Operation,
        /// What there is.
        available: Vec<Operation>,
    },
    /// A multiplier too wide for the machine.
    #[error(
        "layer `{layer}`, {what}: multiplier {multiplier} needs {needed} bits, {limit} are there: \
         quantise with fewer multiplier bits or raise `post.multiplier_bits`"
    )]
    Multiplier {
        /// The layer.
        layer: String,
        /// Which multiplier.
        what: String,
        /// Its value.
        multiplier: u64,
        /// Bits it needs.
        needed: u32,
        /// Bits there are.
        limit: u32,
    },
    /// A multiplier on a machine that only shifts.
    #[error(
        "layer `{layer}`, {what}: multiplier {multiplier} is no power of two, and \
         `post.multiplier_bits` 1 makes a machine that only shifts: quantise with \
         `--multiplier-bits 1` or fixed-point formats throughout, or raise `post.multiplier_bits`"
    )]
    ShiftsOnly {
        /// The layer.
        layer: String,
        /// Which multiplier.
        what: String,
        /// Its value.
        multiplier: u64,
    },
    /// A bias too wide for the machine.
    #[error(
        "layer `{layer}`: the bias of channel {channel} is {bias} with all constants folded in, \
         `post.bias_bits` is {limit}, of at most 40: use narrower formats or raise it"
    )]
    Bias {
        /// The layer.
        layer: String,
        /// The channel.
        channel: usize,
        /// The bias.
        bias: i64,
        /// Bits there are.
        limit: u8,
    },
    /// A sum too wide for the array.
    #[error(
        "layer `{layer}` needs sums of {needed} bits, `array.accumulator_bits` leaves {limit} in \
         its mode: use fewer bits for its weights or inputs, or a machine with wider sums"
    )]
    Accumulator {
        /// The layer.
        layer: String,
        /// Bits it needs.
        needed: u8,
        /// Bits there are.
        limit: u8,
    },
    /// A number beyond its descriptor field.
    #[error("layer `{layer}`: {source}")]
    Descriptor {
        /// The layer.
        layer: String,
        /// Which field.
        source: DescriptorError,
    },
    /// A memory that is too small.
    #[error(
        "layer `{layer}`: `{memory}` is {available}, {needed} are needed, {} short: {remedy}",
        needed - available
    )]
    Memory {
        /// The layer with which it overflows.
        layer: String,
        /// The key of its size.
        memory: &'static str,
        /// Its size.
        available: usize,
        /// The size needed.
        needed: usize,
        /// What would fit.
        remedy: String,
    },
}

fn names<'a>(list: impl Iterator<Item = &'a str>) -> String {
    list.collect::<Vec<_>>().join(", ")
}
