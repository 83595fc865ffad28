//! A network's numbers on the device that trains them.

use bitladder_network::{FloatNetwork, FloatOp, NetworkError};
use burn_tensor::{Device, Tensor, TensorData};

use crate::definitions::norm_of;
use crate::rng::SplitMix64;

/// Random streams of the initial weights begin with this number.
const INITIAL_STREAM: u64 = 0;

/// What a trained number is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A weight of a convolution or fully connected layer.
    Weight,
    /// A bias.
    Bias,
    /// A factor of a batch norm.
    Gamma,
    /// An offset of a batch norm.
    Beta,
}

/// Numbers of one role in one layer.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// The layer, by its place in the network.
    pub layer: usize,
    /// What they are for.
    pub role: Role,
    /// Whether training may change them.
    pub trainable: bool,
    /// The numbers, row-major.
    pub values: Tensor<1>,
}

/// Mean and variance that a batch norm has seen, for use outside training.
#[derive(Debug, Clone)]
pub struct Running {
    /// The layer, by its place in the network.
    pub layer: usize,
    /// Running mean of each channel.
    pub mean: Tensor<1>,
    /// Running variance of each channel.
    pub variance: Tensor<1>,
}

/// Which layers training may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// All of them.
    #[default]
    All,
    /// The fully connected ones.
    Dense,
}

/// A network in training: its structure, and its numbers in single precision.
#[derive(Debug, Clone)]
pub struct Model {
    network: FloatNetwork,
    device: Device,
    parameters: Vec<Parameter>,
    running: Vec<Running>,
}

impl Model {
    /// Takes over a network with its numbers.
    pub fn new(network: FloatNetwork, device: &Device) -> Self {
        let (mut parameters, mut running) = (Vec::new(), Vec::new());
        for (layer, found) in network.layers().iter().enumerate() {
            let tensor = |values: &[f32]| from_values(values.to_vec(), device);
            let mut add = |role, values: &[f32], trainable| {
                parameters.push(Parameter { layer, role, trainable, values: tensor(values) });
            };
            match &found.op {
                FloatOp::Conv { weights, bias, .. } | FloatOp::Dense { weights, bias, .. } => {
                    add(Role::Weight, weights, true);
                    // The norm would take the mean, and the bias with it, out again.
                    add(Role::Bias, bias, norm_of(&network, layer).is_none());
                }
                FloatOp::BatchNorm(norm) => {
                    add(Role::Gamma, &norm.gamma, true);
                    add(Role::Beta, &norm.beta, true);
                    let (mean, variance) = (tensor(&norm.mean), tensor(&norm.variance));
                    running.push(Running { layer, mean, variance });
                }
                _ => {}
            }
        }
        Self { network, device: device.clone(), parameters, running }
    }

    /// Draws all weights anew: uniform, with the variance that keeps a signal's size through a
    /// ReLU (He); biases become zero.
    pub fn initialise(&mut self, seed: u64) {
        for parameter in &mut self.parameters {
            let (FloatOp::Conv { outputs, weights, .. } | FloatOp::Dense { outputs, weights, .. }) =
                &self.network.layers()[parameter.layer].op
            else {
                continue;
            };
            if parameter.role == Role::Bias {
                parameter.values = from_values(vec![0.0; *outputs], &self.device);
                continue;
            }
            let inputs = weights.len() / (*outputs).max(1);
            let limit = (6.0 / inputs.max(1) as f32).sqrt();
            let mut rng = SplitMix64::derived(seed, &[INITIAL_STREAM, parameter.layer as u64]);
            let values = weights.iter().map(|_| rng.symmetric(limit)).collect();
            parameter.values = from_values(values, &self.device);
        }
    }

    /// Lets training change only part of the layers.
    pub fn restrict(&mut self, scope: Scope) {
        for parameter in &mut self.parameters {
            let dense = matches!(self.network.layers()[parameter.layer].op, FloatOp::Dense { .. });
            parameter.trainable &= scope == Scope::All || dense;
        }
    }

    /// The structure; its numbers are those it was made with, see [`Self::to_network`].
    pub fn network(&self) -> &FloatNetwork {
        &self.network
    }

    /// Where the numbers are.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// All numbers that training may change.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The same, to be changed.
    pub fn parameters_mut(&mut self) -> &mut [Parameter] {
        &mut self.parameters
    }

    /// What the batch norms have seen.
    pub fn running(&self) -> &[Running] {
        &self.running
    }

    /// The same, to be changed.
    pub fn running_mut(&mut self) -> &mut [Running] {
        &mut self.running
    }

    /// Place of a layer's numbers in [`Self::parameters`].
    pub fn place(&self, layer: usize, role: Role) -> Option<usize> {
        self.parameters.iter().position(|found| found.layer == layer && found.role == role)
    }

    fn values(&self, layer: usize, role: Role) -> Vec<f32> {
        self.place(layer, role).map(|at| to_values(&self.parameters[at].values)).unwrap_or_default()
    }

    /// The network with its numbers as they are now.
    pub fn to_network(&self) -> Result<FloatNetwork, NetworkError> {
        with_ops(&self.network, |layer, op| match op {
            FloatOp::Conv { weights, bias, .. } | FloatOp::Dense { weights, bias, .. } => {
                *weights = self.values(layer, Role::Weight);
                *bias = self.values(layer, Role::Bias);
            }
            FloatOp::BatchNorm(norm) => {
                norm.gamma = self.values(layer, Role::Gamma);
                norm.beta = self.values(layer, Role::Beta);
                if let Some(seen) = self.running.iter().find(|seen| seen.layer == layer) {
                    norm.mean = to_values(&seen.mean);
                    norm.variance = to_values(&seen.variance);
                }
            }
            _ => {}
        })
    }

    /// All numbers one after the other, running statistics last: what a checkpoint keeps.
    pub fn state(&self) -> Vec<Vec<f32>> {
        let running = self.running.iter().flat_map(|seen| [&seen.mean, &seen.variance]);
        let parameters = self.parameters.iter().map(|parameter| &parameter.values);
        parameters.chain(running).map(to_values).collect()
    }

    /// Takes numbers in the order of [`Self::state`]; their lengths must be the same.
    pub fn set_state(&mut self, state: Vec<Vec<f32>>) {
        let running = self.running.iter_mut().flat_map(|seen| [&mut seen.mean, &mut seen.variance]);
        let parameters = self.parameters.iter_mut().map(|parameter| &mut parameter.values);
        for (target, values) in parameters.chain(running).zip(state) {
            *target = from_values(values, &self.device);
        }
    }
}

/// The same network with operations changed in place.
pub(crate) fn with_ops(
    network: &FloatNetwork,
    mut change: impl FnMut(usize, &mut FloatOp),
) -> Result<FloatNetwork, NetworkError> {
    let mut changed = FloatNetwork::new(network.name(), network.inputs().to_vec())?;
    for (index, layer) in network.layers().iter().enumerate() {
        let mut op = layer.op.clone();
        change(index, &mut op);
        changed.push(layer.name.clone(), op, layer.inputs.clone())?;
    }
    changed.set_output(network.output())?;
    Ok(changed)
}

/// Numbers on a device.
pub(crate) fn from_values(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let length = values.len();
    Tensor::from_data(TensorData::new(values, [length]), device)
}

/// Numbers of a device.
pub(crate) fn to_values<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    // Every tensor here is made of f32 numbers.
    tensor.to_data().convert::<f32>().try_into_vec().unwrap_or_default()
}
