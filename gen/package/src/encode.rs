//! From a package to its manifest and data.

use std::collections::HashMap;

use bitladder_network::{Linear, QuantNetwork, QuantOp};
use bitladder_spec::{Span, WeightFormat};

use crate::manifest::{Blob, InputEntry, LayerEntry, LinearEntry, Manifest, OpEntry, ProfileEntry};
use crate::{Package, Profile, bits};

/// Who writes packages.
pub(crate) const GENERATOR: &str = concat!("bitladder ", env!("CARGO_PKG_VERSION"));

/// The data section while it grows. Equal blobs are stored once: profiles that share weights share
/// the bytes.
#[derive(Default)]
pub(crate) struct Data {
    pub(crate) bytes: Vec<u8>,
    known: HashMap<Vec<u8>, usize>,
}

impl Data {
    fn add(&mut self, values: impl ExactSizeIterator<Item = u64>, bits: u8) -> Blob {
        let count = values.len();
        let mut packed = Vec::new();
        bits::pack(values, bits, &mut packed);
        let end = self.bytes.len();
        let offset = *self.known.entry(packed).or_insert_with_key(|packed| {
            self.bytes.extend(packed);
            end
        });
        Blob { offset, count, bits }
    }
}

pub(crate) fn manifest(package: &Package, data: &mut Data) -> Manifest {
    Manifest {
        generator: GENERATOR.into(),
        name: package.name.clone(),
        source: package.source.clone(),
        preprocess: package.preprocess.clone(),
        classes: package.classes.clone(),
        softmax: package.softmax,
        profiles: package.profiles.iter().map(|p| profile(p, data)).collect(),
        ladder: package.ladder.clone(),
    }
}

fn profile(profile: &Profile, data: &mut Data) -> ProfileEntry {
    let network: &QuantNetwork = &profile.network;
    let inputs = network.inputs.iter().map(|input| InputEntry {
        name: input.name.clone(),
        shape: input.shape.clone(),
        format: input.format,
    });
    let layers = network.layers.iter().map(|layer| LayerEntry {
        name: layer.name.clone(),
        op: op(&layer.op, data),
        inputs: layer.inputs.clone(),
        shape: layer.shape.clone(),
        format: layer.format,
    });
    ProfileEntry {
        name: profile.name.clone(),
        accumulator_bits: profile.accumulator_bits,
        inputs: inputs.collect(),
        layers: layers.collect(),
        output: network.output,
    }
}

fn op(op: &QuantOp, data: &mut Data) -> OpEntry {
    match op {
        QuantOp::Conv { window, groups, linear } => {
            OpEntry::Conv { window: *window, groups: *groups, linear: entry(linear, data) }
        }
        QuantOp::Dense { linear } => OpEntry::Dense { linear: entry(linear, data) },
        QuantOp::MaxPool { window } => OpEntry::MaxPool { window: *window },
        QuantOp::AveragePool { window, count_padding, stage } => OpEntry::AveragePool {
            window: *window,
            count_padding: *count_padding,
            stage: stage.clone(),
        },
        QuantOp::Add { multipliers, stage } => {
            OpEntry::Add { multipliers: *multipliers, stage: stage.clone() }
        }
        QuantOp::Rescale { stage } => OpEntry::Rescale { stage: stage.clone() },
        QuantOp::Reshape => OpEntry::Reshape {},
    }
}

fn entry(linear: &Linear, data: &mut Data) -> LinearEntry {
    let weights = &linear.weights;
    let codes = weights.codes().iter().map(|code| u64::from(*code));
    let scalars = weights.scalars().iter().map(|scalar| u64::from(*scalar));
    let bias_bits = linear
        .bias
        .iter()
        .map(|bias| Span::new(*bias.min(&0), *bias.max(&0)).signed_bits())
        .max()
        .unwrap_or(1);
    LinearEntry {
        weights: weights.format(),
        quality: weights.quality(),
        shape: weights.shape(),
        codes: data.add(codes, weights.format().code_bits()),
        scalars: data.add(scalars, scalar_bits(weights.format())),
        bias: data.add(linear.bias.iter().map(|bias| *bias as u64), bias_bits),
        stage: linear.stage.clone(),
    }
}

/// Width of the stored scalars; formats without scalars store none.
pub(crate) fn scalar_bits(format: WeightFormat) -> u8 {
    match format {
        WeightFormat::Qsq { scalar_bits, .. } => scalar_bits,
        _ => 1,
    }
}
