//! A width per layer under a budget of energy or memory.

use bitladder_quantize::{FormatPlan, LayerFormat};
use serde::Serialize;

use crate::LayerShape;
use crate::characterize::weight_bits;
use crate::energy::{EnergyError, EnergyModel};

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Budget {
    /// Picojoules per image.
    Energy,
    /// Bits of all weights.
    Memory,
}

/// One step of the search: a layer got a narrower format.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MixedStep {
    /// The layer; empty for the start.
    pub layer: String,
    /// Its format.
    pub format: String,
    /// Share of the images that are right then.
    pub accuracy: f64,
    /// The cost then.
    pub cost: f64,
}

/// Where the search ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixed {
    /// Formats of all layers.
    pub plan: FormatPlan,
    /// How it came there.
    pub steps: Vec<MixedStep>,
    /// Whether the budget is kept; if not, even the narrowest formats cost more.
    pub kept: bool,
}

/// Cost of a plan.
pub fn plan_cost(
    budget: Budget,
    model: &EnergyModel,
    layers: &[LayerShape],
    plan: &FormatPlan,
) -> Result<f64, EnergyError> {
    match budget {
        Budget::Energy => model.picojoules(layers, plan),
        Budget::Memory => {
            let bits =
                |l: &LayerShape| u64::from(weight_bits(plan.of(&l.name).weights)) * l.weights();
            Ok(layers.iter().map(bits).sum::<u64>() as f64)
        }
    }
}

/// Narrows layers one step at a time until the budget is kept: each time the layer that loses
/// least accuracy for what it saves. `formats` go from wide to narrow; `accuracy` measures a plan,
/// on images that the result is not reported on.
pub fn mix<E>(
    layers: &[LayerShape],
    formats: &[LayerFormat],
    limit: f64,
    cost: impl Fn(&FormatPlan) -> Result<f64, E>,
    mut accuracy: impl FnMut(&FormatPlan) -> Result<f64, E>,
) -> Result<Mixed, E> {
    let widest = formats.first().copied().unwrap_or(LayerFormat::fixed(16));
    let mut plan = FormatPlan::uniform(widest);
    plan.layers = layers.iter().map(|layer| (layer.name.clone(), widest)).collect();
    let mut right = accuracy(&plan)?;
    let start = MixedStep {
        layer: String::new(),
        format: widest.to_string(),
        accuracy: right,
        cost: cost(&plan)?,
    };
    let mut steps = vec![start];
    loop {
        let spent = cost(&plan)?;
        if spent <= limit {
            return Ok(Mixed { plan, steps, kept: true });
        }
        let mut best: Option<(f64, FormatPlan, MixedStep)> = None;
        for (narrower, layer, format) in narrowed(&plan, layers, formats) {
            let saved = spent - cost(&narrower)?;
            if saved <= 0.0 {
                continue;
            }
            let found = accuracy(&narrower)?;
            let price = (right - found) / saved;
            if best.as_ref().is_none_or(|(least, ..)| price < *least) {
                let cost = spent - saved;
                let step = MixedStep { layer, format: format.to_string(), accuracy: found, cost };
                best = Some((price, narrower, step));
            }
        }
        let Some((_, next, step)) = best else { return Ok(Mixed { plan, steps, kept: false }) };
        (plan, right) = (next, step.accuracy);
        steps.push(step);
    }
}

/// All plans in which one layer has the next narrower format.
fn narrowed(
    plan: &FormatPlan,
    layers: &[LayerShape],
    formats: &[LayerFormat],
) -> Vec<(FormatPlan, String, LayerFormat)> {
    let of = |layer: &LayerShape| {
        let place = formats.iter().position(|format| *format == plan.of(&layer.name))?;
        let format = *formats.get(place + 1)?;
        let mut next = plan.clone();
        next.layers.insert(layer.name.clone(), format);
        Some((next, layer.name.clone(), format))
    };
    layers.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn layers() -> [LayerShape; 2] {
        [LayerShape::dense("tender", 10, 10), LayerShape::dense("tough", 10, 10)]
    }

    /// Narrowing `tender` loses ten points a step, `tough` one.
    fn accuracy(plan: &FormatPlan) -> Result<f64, Infallible> {
        let lost = |name: &str, points: f64| match weight_bits(plan.of(name).weights) {
            16 => 0.0,
            8 => points,
            _ => 2.0 * points,
        };
        Ok(1.0 - lost("tender", 0.1) - lost("tough", 0.01))
    }

    fn cmos45() -> EnergyModel {
        EnergyModel::shipped("cmos45").unwrap().unwrap()
    }

    fn run(limit: f64) -> Mixed {
        let (layers, model) = (layers(), cmos45());
        let formats = [16, 8, 4].map(LayerFormat::fixed);
        let cost =
            |plan: &FormatPlan| Ok(plan_cost(Budget::Memory, &model, &layers, plan).unwrap());
        mix(&layers, &formats, limit, cost, accuracy).unwrap()
    }

    #[test]
    fn the_layer_that_loses_least_for_its_saving_is_narrowed() {
        let found = run(2000.0);
        assert!(found.kept);
        let taken: Vec<&str> = found.steps.iter().map(|step| step.layer.as_str()).collect();
        assert_eq!(taken, ["", "tough", "tough"]);
        let last = &found.steps[2];
        assert_eq!((last.format.as_str(), last.cost), ("4", 1600.0 + 400.0));
        assert!((last.accuracy - 0.98).abs() < 1e-12);
    }

    #[test]
    fn a_budget_that_everything_keeps_changes_nothing_and_one_nothing_keeps_is_told() {
        assert_eq!((run(3200.0).steps.len(), run(3200.0).kept), (1, true));
        let beyond = run(100.0);
        assert_eq!((beyond.steps.len(), beyond.kept), (5, false), "all layers at 4 bits");
        assert_eq!(beyond.steps[4].cost, 800.0);
    }

    #[test]
    fn energy_counts_too() {
        let (layers, model) = (layers(), cmos45());
        let of = |bits| {
            let plan = FormatPlan::uniform(LayerFormat::fixed(bits));
            plan_cost(Budget::Energy, &model, &layers, &plan).unwrap()
        };
        assert!(of(4) < of(8) && of(8) < of(16));
    }
}
