//! The widths a network is characterised at.

use bitladder_flow::Model;
use bitladder_quantize::{FormatPlan, LayerFormat, WeightScheme};
use bitladder_spec::ValueRounding;

use super::Wanted;
use crate::StudyError;

/// A width by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Width {
    /// Its name, which a package's precision gets.
    pub name: String,
    /// Its numbers.
    pub format: LayerFormat,
}

impl Width {
    /// Bits a multiplier needs for it: those of the wider factor.
    pub fn bits(&self) -> u8 {
        weight_bits(self.format.weights).max(self.format.input_bits)
    }

    /// How the network is quantised: radix points from the ranges, weights rounded at random if
    /// there is a seed.
    pub fn plan(&self, seed: Option<u64>) -> FormatPlan {
        let mut plan = FormatPlan::uniform(self.format);
        if let Some(seed) = seed {
            plan.rounding = ValueRounding::Stochastic { seed };
        }
        plan
    }

    /// 16, 8, 4, 2 and 1 bit; a single bit has binary weights.
    pub fn defaults() -> Vec<Self> {
        let fixed = [16, 8, 4, 2]
            .map(|bits| Self { name: bits.to_string(), format: LayerFormat::fixed(bits) });
        let binary = LayerFormat { weights: WeightScheme::Binary, input_bits: 1 };
        let one = Self { name: "1".into(), format: binary };
        fixed.into_iter().chain([one]).collect()
    }
}

/// Bits of a weight.
pub fn weight_bits(scheme: WeightScheme) -> u8 {
    match scheme {
        WeightScheme::Fixed { bits } | WeightScheme::Nested { bits } => bits,
        WeightScheme::PowerOfTwo => 6,
        WeightScheme::Qsq { .. } => 3,
        WeightScheme::Scalable(code) => code.code_bits(),
        // A machine multiplies by the odd integers that are stored.
        WeightScheme::Levels { bits } => bits + 1,
        WeightScheme::Ternary => 2,
        WeightScheme::Binary => 1,
    }
}

/// Refuses lists that are no ladder.
pub(super) fn check(widths: &[Width]) -> Result<(), StudyError> {
    let refuse = |problem: String| Err(StudyError::Widths { problem });
    if widths.len() < 2 {
        return refuse(format!("there are {}", widths.len()));
    }
    for (place, width) in widths.iter().enumerate() {
        if widths[..place].iter().any(|other| other.name == width.name) {
            return refuse(format!("there are two called `{}`", width.name));
        }
        if place > 0 && widths[place - 1].bits() < width.bits() {
            return refuse(format!("`{}` is wider than `{}`", width.name, widths[place - 1].name));
        }
    }
    Ok(())
}

/// Refuses models that cannot stand for a width of the network.
pub(super) fn check_trained(model: &Model, wanted: &Wanted) -> Result<(), StudyError> {
    let ends = |model: &Model| {
        let network = &model.network;
        let inputs = network.inputs().iter().map(|input| input.shape.clone());
        (inputs.collect::<Vec<_>>(), network.shape(network.output()).to_vec())
    };
    for (width, own) in &wanted.trained {
        let refuse = |problem: String| {
            Err(StudyError::Trained { width: width.clone(), file: own.file.clone(), problem })
        };
        if !wanted.widths.iter().any(|known| known.name == *width) {
            let known: Vec<&str> = wanted.widths.iter().map(|known| known.name.as_str()).collect();
            return refuse(format!("the widths are {}", known.join(", ")));
        }
        let (found, needed) = (ends(own), ends(model));
        if found != needed {
            return refuse(format!(
                "it maps {:?} to {:?}, the network maps {:?} to {:?}",
                found.0, found.1, needed.0, needed.1
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_must_fall() {
        let defaults = Width::defaults();
        check(&defaults).unwrap();
        let bits: Vec<u8> = defaults.iter().map(Width::bits).collect();
        assert_eq!(bits, [16, 8, 4, 2, 1]);
        let message = |widths: &[Width]| check(widths).unwrap_err().to_string();
        assert!(message(&defaults[..1]).starts_with("widths: there are 1; give at least two"));
        let swapped = [defaults[1].clone(), defaults[0].clone()];
        assert!(message(&swapped).starts_with("widths: `16` is wider than `8`"));
        let twice = [defaults[1].clone(), defaults[1].clone()];
        assert!(message(&twice).starts_with("widths: there are two called `8`"));
    }
}
