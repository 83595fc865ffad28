//! Steps down the gradient.

use burn_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::model::{Parameter, Role, from_values, to_values};

/// How a gradient becomes a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Method {
    /// `v = momentum * v + gradient`, then `w -= rate * v`.
    Sgd {
        /// Part of the last step that is kept.
        momentum: f64,
    },
    /// Adam with its usual constants: 0.9, 0.999 and 1e-8.
    Adam,
}

const BETA: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;

/// A method and what it remembers: a speed per number, for Adam the mean square as well.
#[derive(Debug, Clone)]
pub struct Optimiser {
    method: Method,
    /// Pull of the weights (nothing else) towards zero.
    decay: f64,
    steps: u64,
    memory: Vec<[Tensor<1>; 2]>,
}

impl Optimiser {
    /// At rest.
    pub fn new(method: Method, decay: f64, parameters: &[Parameter]) -> Self {
        let zeros = |parameter: &Parameter| {
            let zeros = parameter.values.zeros_like();
            [zeros.clone(), zeros]
        };
        Self { method, decay, steps: 0, memory: parameters.iter().map(zeros).collect() }
    }

    /// Changes the parameters that have a gradient.
    pub fn step(
        &mut self,
        parameters: &mut [Parameter],
        gradients: Vec<Option<Tensor<1>>>,
        rate: f64,
    ) {
        self.steps += 1;
        for ((parameter, gradient), memory) in
            parameters.iter_mut().zip(gradients).zip(&mut self.memory)
        {
            let Some(mut gradient) = gradient else { continue };
            if parameter.role == Role::Weight && self.decay > 0.0 {
                gradient = gradient + parameter.values.clone().mul_scalar(self.decay);
            }
            let change = match self.method {
                Method::Sgd { momentum } => {
                    memory[0] = memory[0].clone().mul_scalar(momentum) + gradient;
                    memory[0].clone()
                }
                Method::Adam => adam(memory, gradient, self.steps),
            };
            parameter.values = parameter.values.clone() - change.mul_scalar(rate);
        }
    }

    /// Steps taken and all memory: what a checkpoint keeps.
    pub fn state(&self) -> (u64, Vec<Vec<f32>>) {
        (self.steps, self.memory.iter().flatten().map(to_values).collect())
    }

    /// Takes what [`Self::state`] gave; the lengths must be the same.
    pub fn set_state(&mut self, steps: u64, state: Vec<Vec<f32>>) {
        self.steps = steps;
        for (target, values) in self.memory.iter_mut().flatten().zip(state) {
            *target = from_values(values, &target.device());
        }
    }
}

fn adam(memory: &mut [Tensor<1>; 2], gradient: Tensor<1>, steps: u64) -> Tensor<1> {
    let power = steps.min(i32::MAX as u64) as i32;
    let blend = |old: &Tensor<1>, new: Tensor<1>, beta: f64| {
        old.clone().mul_scalar(beta) + new.mul_scalar(1.0 - beta)
    };
    memory[0] = blend(&memory[0], gradient.clone(), BETA[0]);
    memory[1] = blend(&memory[1], gradient.clone() * gradient, BETA[1]);
    let mean = memory[0].clone().div_scalar(1.0 - BETA[0].powi(power));
    let square = memory[1].clone().div_scalar(1.0 - BETA[1].powi(power));
    mean / square.sqrt().add_scalar(EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn_tensor::Device;

    fn parameters() -> Vec<Parameter> {
        let of = |role| Parameter {
            layer: 0,
            role,
            trainable: true,
            values: from_values(vec![2.0], &Device::flex()),
        };
        vec![of(Role::Weight), of(Role::Bias)]
    }

    fn two_steps(method: Method, decay: f64, rate: f64) -> Vec<f32> {
        let mut parameters = parameters();
        let mut optimiser = Optimiser::new(method, decay, &parameters);
        for _ in 0..2 {
            let gradient = || Some(from_values(vec![1.0], &Device::flex()));
            optimiser.step(&mut parameters, vec![gradient(), gradient()], rate);
        }
        parameters.iter().map(|parameter| to_values(&parameter.values)[0]).collect()
    }

    #[test]
    fn momentum_follows_the_formula() {
        let found = two_steps(Method::Sgd { momentum: 0.5 }, 0.25, 0.1);
        // Weight: v = 1 + 0.25 * 2 = 1.5, w = 1.85; v = 0.75 + 1 + 0.4625 = 2.2125, w = 1.62875.
        assert!((found[0] - 1.62875).abs() < 1e-6);
        // Bias, without decay: v = 1, then 1.5; w = 1.9, then 1.75.
        assert!((found[1] - 1.75).abs() < 1e-6);
    }

    #[test]
    fn adam_steps_by_its_rate() {
        // With a constant gradient mean and root of the square are both 1 after correction.
        let found = two_steps(Method::Adam, 0.0, 0.1);
        assert!((found[0] - 1.8).abs() < 1e-5 && (found[1] - 1.8).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn without_a_gradient_nothing_moves() {
        let mut parameters = parameters();
        let mut optimiser = Optimiser::new(Method::Adam, 0.1, &parameters);
        optimiser.step(&mut parameters, vec![None, None], 1.0);
        assert!(parameters.iter().all(|parameter| to_values(&parameter.values) == [2.0]));
    }
}
