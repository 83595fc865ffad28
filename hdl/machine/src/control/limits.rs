//! What a descriptor's fields may hold on a machine: checked word by word as they arrive, so that
//! only the bits that units use need registers.

use bitladder_machine::isa::{Destination, FieldPlace, Operation, field};
use bitladder_rtl::{BIT, ModuleBuilder, Sig};

use super::config::ControlConfig;
use super::descriptor::ty_of;
use crate::check::above;
use crate::element::count_bits;

/// Allowed values of a field.
pub(super) enum Allowed {
    /// From one number to another.
    Range(u64, u64),
    /// These codes.
    Codes(Vec<u32>),
}

/// Which error code a wrong value gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// `bad-descriptor`.
    Field,
    /// `address`.
    Address,
}

/// A limit of one field, for descriptors of some operations.
pub(super) struct Limit {
    pub(super) place: FieldPlace,
    operations: Vec<Operation>,
    allowed: Allowed,
    pub(super) fault: Fault,
    /// Only descriptors with this destination.
    destination: Option<Destination>,
}

use Operation::{Add, AveragePool, Conv, MaxPool, Rescale};

const LAYERS: &[Operation] = &[Conv, MaxPool, AveragePool, Add, Rescale];
const WINDOWS: &[Operation] = &[Conv, MaxPool, AveragePool];
const ELEMENT: &[Operation] = &[MaxPool, AveragePool, Add, Rescale];
const POOLS: &[Operation] = &[MaxPool, AveragePool];
const POST: &[Operation] = &[Conv, AveragePool, Add, Rescale];

/// Only what was built can be chosen.
fn codes(config: &ControlConfig) -> Vec<Limit> {
    let limit = |place, operations: &[Operation], codes: &[u32]| Limit {
        place,
        operations: operations.to_vec(),
        allowed: Allowed::Codes(codes.to_vec()),
        fault: Fault::Field,
        destination: None,
    };
    let output = limit(field::OUTPUT_MODE, LAYERS, &config.modes);
    let views = [(field::NESTED, config.nested), (field::QUALITY, config.quality)];
    let absent = views.into_iter().filter(|(_, there)| !there);
    let mut all: Vec<Limit> = absent.map(|(place, _)| limit(place, &[Conv], &[0])).collect();
    all.extend([
        limit(field::MODE, LAYERS, &config.modes),
        limit(field::WEIGHT_KIND, &[Conv], &config.weight_kinds),
        limit(field::ROUNDING, POST, &config.roundings),
        limit(field::SATURATION, POST, &config.saturations),
        // Nothing is packed for result memory.
        Limit { destination: Some(Destination::Activations), ..output },
    ]);
    all
}

/// The first address of everything lies within its memory.
fn addresses(config: &ControlConfig) -> Vec<Limit> {
    let limit = |place, operations: &[Operation], size: usize, destination| Limit {
        place,
        operations: operations.to_vec(),
        allowed: Allowed::Range(0, size as u64 - 1),
        fault: Fault::Address,
        destination,
    };
    let words = config.activation_groups * config.columns as usize;
    let (activations, results) = (Destination::Activations, Destination::Results);
    let mut all = vec![
        limit(field::INPUT_BASE, LAYERS, words, None),
        limit(field::SECOND_BASE, &[Add], words, None),
        limit(field::WEIGHT_BASE, &[Conv], config.weight_groups, None),
        limit(field::PARAMETER_BASE, POST, config.parameter_entries, None),
        limit(field::OUTPUT_BASE, LAYERS, words, Some(activations)),
        limit(field::OUTPUT_BASE, LAYERS, config.result_words, Some(results)),
    ];
    if let Some(external) = &config.external {
        // A load of nothing may name the end.
        let load = &[Operation::Load];
        all.push(limit(field::INPUT_BASE, load, external.groups() + 1, None));
        all.push(limit(field::WEIGHT_BASE, load, config.weight_groups + 1, None));
    }
    if config.decodes() {
        // Layers without scalars may name the end of those there are.
        all.push(limit(field::SCALAR_BASE, &[Conv], config.parameter_entries + 1, None));
    }
    all
}

fn limit(place: FieldPlace, operations: &[Operation], lo: u64, hi: u64) -> Limit {
    Limit {
        place,
        operations: operations.to_vec(),
        allowed: Allowed::Range(lo, hi),
        fault: Fault::Field,
        destination: None,
    }
}

/// The largest value of a field.
fn whole(place: FieldPlace) -> u64 {
    place.range().1 as u64
}

/// Sizes of images and windows: none is 0, none is larger than what counts it.
fn geometry(config: &ControlConfig) -> Vec<Limit> {
    let extent = (1 << config.extent_bits) - 1;
    let mut all: Vec<Limit> = [
        (field::INPUT_HEIGHT, LAYERS),
        (field::INPUT_WIDTH, LAYERS),
        (field::OUTPUT_HEIGHT, LAYERS),
        (field::OUTPUT_WIDTH, LAYERS),
        (field::KERNEL_HEIGHT, WINDOWS),
        (field::KERNEL_WIDTH, WINDOWS),
    ]
    .map(|(place, operations)| limit(place, operations, 1, extent))
    .into();
    all.extend([field::PAD_TOP, field::PAD_LEFT].map(|place| limit(place, WINDOWS, 0, extent)));
    let reach = &config.reach;
    let strides = [field::STRIDE_Y, field::STRIDE_X];
    all.extend(strides.map(|place| limit(place, WINDOWS, 1, reach.most(place))));
    let gap = if reach.dilation { whole(field::DILATION_X) } else { 1 };
    all.extend([field::DILATION_Y, field::DILATION_X].map(|place| limit(place, WINDOWS, 1, gap)));
    if !reach.dilation {
        all.push(limit(field::TAPS_APART, &[Conv], 0, 0));
    }
    let pixels = (1 << config.operand_bits) - 1;
    all.push(limit(field::TOTAL_PIXELS, LAYERS, 1, pixels.min(whole(field::TOTAL_PIXELS))));
    if !reach.dense {
        all.push(limit(field::PIXEL_WORDS, &[Conv], 1, whole(field::PIXEL_WORDS)));
    }
    let many = [field::IMAGES, field::PASSES];
    all.extend(many.map(|place| limit(place, LAYERS, 1, reach.most(place))));
    all
}

/// The element unit counts no further than its tensors can reach.
fn walked(config: &ControlConfig) -> Vec<Limit> {
    let counted = (1 << count_bits(config.columns, config.activation_groups)) - 1;
    let mut all = Vec::new();
    if counted < (1 << config.extent_bits) - 1 {
        let extents = [field::OUTPUT_HEIGHT, field::OUTPUT_WIDTH];
        all.extend(extents.map(|place| limit(place, ELEMENT, 1, counted)));
        let windows =
            [field::INPUT_HEIGHT, field::INPUT_WIDTH, field::KERNEL_HEIGHT, field::KERNEL_WIDTH];
        all.extend(windows.map(|place| limit(place, POOLS, 1, counted)));
        let pads = [field::PAD_TOP, field::PAD_LEFT];
        all.extend(pads.map(|place| limit(place, POOLS, 0, counted)));
    }
    let many = [field::IMAGES, field::PASSES].into_iter();
    let few = many.filter(|place| counted < config.reach.most(*place));
    all.extend(few.map(|place| limit(place, ELEMENT, 1, counted)));
    all
}

/// Counts of work: none is 0 where that would never end, none is larger than what counts it.
fn counts(config: &ControlConfig) -> Vec<Limit> {
    let operands = (1 << config.operand_bits) - 1;
    let steps = [field::STEP, field::TAP_STEP, field::LEAD_OPERANDS, field::ROW_OPERANDS];
    let mut all: Vec<Limit> = steps.map(|place| limit(place, &[Conv], 0, operands)).into();
    let cycles = (1u64 << config.cycle_bits.min(field::WATCHDOG.width)) - 1;
    let every = &[Conv, MaxPool, AveragePool, Add, Rescale, Operation::Load, Operation::End];
    all.extend([
        limit(field::WATCHDOG, every, 0, cycles),
        limit(field::CHANNELS, &[Conv], 1, operands.min(whole(field::CHANNELS))),
        limit(field::TAKE, &[Conv], 1, operands),
        limit(field::TILES, &[Conv], 1, operands.min(whole(field::TILES))),
        limit(field::LAST_ROWS, &[Conv], 1, u64::from(config.rows)),
        limit(field::PATCH_WORDS, &[Conv], 1, u64::from(config.patch_words)),
        limit(field::OUTPUT_BITS, POST, 1, 32),
        limit(field::OUTPUT_CHANNELS, POST, 1, config.reach.most(field::OUTPUT_CHANNELS)),
        limit(field::CLASSES, POST, 0, config.reach.most(field::CLASSES)),
        limit(field::CLASSES, &[Operation::End], 0, config.reach.most(field::CLASSES)),
        limit(field::IMAGES, &[Operation::End], 0, config.reach.most(field::IMAGES)),
        limit(field::DIVISOR, &[AveragePool], 1, whole(field::DIVISOR)),
    ]);
    all
}

/// Every limit of a machine.
pub(super) fn limits(config: &ControlConfig) -> Vec<Limit> {
    [codes(config), addresses(config), geometry(config), walked(config), counts(config)]
        .into_iter()
        .flatten()
        .collect()
}

impl Limit {
    /// One bit: the field's value, which may be wider than what is allowed, is not allowed. `None`
    /// if every value is.
    fn violated<'m>(&self, m: &'m ModuleBuilder, value: Sig<'m>) -> Option<Sig<'m>> {
        let most = value.ty().mask();
        match &self.allowed {
            Allowed::Codes(codes) => {
                let all = (0..=most).all(|code| codes.contains(&(code as u32)));
                let none = m.lit(BIT, 0);
                let known = codes.iter().fold(none, |known, code| known | value.eq(*code));
                (!all).then_some(!known)
            }
            Allowed::Range(lo, hi) => {
                let low = (*lo > 0).then(|| !above(m, value, lo - 1));
                let high = (u128::from(*hi) < most).then(|| above(m, value, *hi));
                match (low, high) {
                    (Some(low), Some(high)) => Some(low | high),
                    (low, high) => low.or(high),
                }
            }
        }
    }

    /// One bit: the word that arrives violates the limit. `word` is its contents, `operation` and
    /// `destination` are those of its descriptor.
    pub(super) fn broken<'m>(
        &self,
        m: &'m ModuleBuilder,
        word: Sig<'m>,
        operation: Sig<'m>,
        destination: Sig<'m>,
    ) -> Option<Sig<'m>> {
        let value = word.bits(self.place.bit, self.place.width);
        debug_assert!(!ty_of(&self.place).signed, "limits are of numbers without a sign");
        let violated = self.violated(m, value)?;
        let none = m.lit(BIT, 0);
        let uses = self.operations.iter().fold(none, |uses, op| uses | operation.eq(op.code()));
        let applies = match self.destination {
            Some(wanted) => uses & destination.eq(wanted.code()),
            None => uses,
        };
        Some(violated & applies)
    }
}
