//! From a model in training to the integer network that a package would hold.

use std::collections::BTreeMap;

use bitladder_flow::{FlowError, Samples, calibrate};
use bitladder_network::{Declared, FloatNetwork, FloatOp, NetworkError, fold_batch_norms};
use bitladder_quantize::{
    FormatPlan, Formats, LowerOptions, Lowered, QuantizeError, choose_formats, lower,
};
use bitladder_spec::SpecError;

use crate::coding::{Coded, code, settled};
use crate::format::TrainFormat;
use crate::model::with_ops;

/// A network that cannot be trained in the formats asked for.
#[derive(Debug, thiserror::Error)]
pub enum QuantiseError {
    /// Weights that the coding cannot take.
    #[error("layer `{layer}`: {source}")]
    Coding {
        /// The layer.
        layer: String,
        /// What the numeric contract says.
        source: SpecError,
    },
    /// What the quantiser refuses.
    #[error(transparent)]
    Quantize(#[from] QuantizeError),
    /// What calibration refuses.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// A network that does not hold together once its norms are folded.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// Which layer gets which format.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Plan {
    /// For layers not named below.
    pub default: TrainFormat,
    /// Layers with a format of their own, by name.
    pub layers: BTreeMap<String, TrainFormat>,
}

impl Plan {
    /// The format of a layer.
    pub fn of(&self, layer: &str) -> TrainFormat {
        self.layers.get(layer).copied().unwrap_or(self.default)
    }

    /// What the quantiser is to be asked for.
    pub fn format_plan(&self) -> FormatPlan {
        let own = self.layers.iter().map(|(name, format)| (name.clone(), format.layer_format()));
        FormatPlan { layers: own.collect(), ..FormatPlan::uniform(self.default.layer_format()) }
    }
}

/// A network in integers, and the float network it stands for.
#[derive(Debug, Clone)]
pub struct Quantised {
    /// Norms folded, weights as their codes stand for them: what is exported.
    pub network: FloatNetwork,
    /// Weights that are exported as integers because no coding of the quantiser gives them.
    pub declared: Declared,
    /// The formats of all values and weights.
    pub formats: Formats,
    /// The network in integers.
    pub lowered: Lowered,
    /// Fraction bits of two's complement weights, by the layer's name.
    pub radix: BTreeMap<String, i16>,
}

/// Codes the weights, learns the ranges of values from the samples and lowers the network: the
/// same steps, on the same numbers, as quantising the exported network.
///
/// Two's complement weights keep the radix points in `held`: a new search would sometimes move
/// one, and all weights of the layer would jump. The exported weights lie on the grid, so whoever
/// quantises them again finds it, or a finer one with the same numbers.
pub fn quantise(
    network: &FloatNetwork,
    plan: &Plan,
    samples: &Samples,
    held: &BTreeMap<String, i16>,
    threads: usize,
) -> Result<Quantised, QuantiseError> {
    let folded = fold_batch_norms(network)?;
    let mut coded = BTreeMap::new();
    for (index, layer) in folded.layers().iter().enumerate() {
        if let Some((shape, values)) = weights_of(&folded, index) {
            let held = held.get(&layer.name).copied();
            let format = plan.of(&layer.name);
            let found = code(values, shape, format.coding, held)
                .and_then(|coded| settled(coded, shape, format.layer_format().weights));
            let named = |source| QuantiseError::Coding { layer: layer.name.clone(), source };
            coded.insert(index, found.map_err(named)?);
        }
    }
    let network = with_ops(&folded, |index, op| {
        if let FloatOp::Conv { weights, .. } | FloatOp::Dense { weights, .. } = op
            && let Some(coded) = coded.get(&index)
        {
            weights.clone_from(&coded.values);
        }
    })?;
    let of = |(index, coded): (&usize, &Coded)| Some((*index, coded.declared.clone()?));
    let declared =
        Declared { weights: coded.iter().filter_map(of).collect(), ..Declared::default() };
    let calibration = calibrate(&network, samples, threads, &mut |_| {})?;
    let formats = choose_formats(&network, &declared, &calibration, &plan.format_plan())?;
    let lowered = lower(&network, &formats, &LowerOptions::default())?;
    let name = |index: &usize| network.layers()[*index].name.clone();
    let radix = coded.iter().filter_map(|(index, c)| Some((name(index), c.radix?))).collect();
    Ok(Quantised { network, declared, formats, lowered, radix })
}

/// Shape `[outputs, inputs, height, width]` and values of a layer's weights.
pub(crate) fn weights_of(network: &FloatNetwork, layer: usize) -> Option<([usize; 4], &[f32])> {
    let layer = &network.layers()[layer];
    let inputs = network.shape(layer.inputs[0])[0];
    match &layer.op {
        FloatOp::Conv { window, groups, outputs, weights, .. } => {
            let [height, width] = window.kernel;
            Some(([*outputs, inputs / groups, height, width], weights))
        }
        FloatOp::Dense { outputs, weights, .. } => Some(([*outputs, inputs, 1, 1], weights)),
        _ => None,
    }
}
