//! Fixed weights on their way to the array lose signed digits.

use bitladder_blocks::csd::{CsdTruncateConfig, csd_truncate};
use bitladder_blocks::{BlockError, Mode};
use bitladder_rtl::{ModuleBuilder, Sig};

use super::config::FetchPlan;
use super::layer::Layer;

/// The fields of a layer that are read.
pub(crate) const FIELDS: &[&str] = &["mode", "quality"];

/// A word whose operands keep the layer's digits. With quality 0, which is that of all other kinds
/// of weights, it is the word itself.
pub(crate) fn kept<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    layer: &Layer<'m>,
    (column, word): (u32, Sig<'m>),
) -> Result<Sig<'m>, BlockError> {
    let digits = layer.get("quality");
    let mut of_modes = Vec::new();
    for mode in plan.modes().into_iter().filter(|mode| *mode != Mode::Binary) {
        let bits = mode.bits();
        let module = csd_truncate(&CsdTruncateConfig { weight_bits: bits })?;
        let operand = |part: u32| {
            let name = format!("quality_{column}_{bits}_{part}");
            let placed = m.instance(&name, &module);
            placed.connect("weight", word.bits(part * bits, bits).as_signed());
            placed.connect("digits", digits);
            placed.out("kept").as_unsigned()
        };
        let operands: Vec<Sig<'m>> = (0..mode.parts()).rev().map(operand).collect();
        of_modes.push((mode, m.cat(&operands)));
    }
    let value = |mode: Mode| of_modes.iter().find(|(of, _)| *of == mode).map(|(_, value)| *value);
    let chosen = plan.by_mode(m, layer.get("mode"), |mode| value(mode).unwrap_or(word));
    Ok(digits.reduce_or().mux(chosen, word))
}
