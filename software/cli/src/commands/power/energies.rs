//! The lane's energies as a model that studies take.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use bitladder_power::Measured;

const INTRODUCTION: &str = "\
# Energy of a product on our own lane (that of `sim-4x4`, fabric only) as gates of OSU's open 180 nm
# library, registers and clock pins included; wires, clock tree, glitches and memories are not.
# Written by `bitladder power --netlist --energies FILE`, explained in docs/power.md.
name = \"osu018\"
";

/// The model. The 3-bit code is left out: machines decode it to 16 bits in front of their array.
fn model(measured: &[Measured]) -> String {
    let mut text = INTRODUCTION.to_owned();
    for one in measured.iter().filter(|one| one.module == "lane" && one.products > 0) {
        // Such as `2x8 fixed`.
        let format = one.work.split_once('x').and_then(|(_, format)| format.split_once(' '));
        let Some((bits, weights)) = format.filter(|(_, weights)| *weights != "qsq") else {
            continue;
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n[[product]]\nbits = {bits}\nweights = \"{weights}\"\npicojoules = {:.1}\n",
            one.each()
        );
    }
    text
}

/// Writes the model.
pub(super) fn write(measured: &[Measured], file: &Path) -> anyhow::Result<()> {
    std::fs::write(file, model(measured)).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_power::Energy;
    use bitladder_study::energy::EnergyModel;

    #[test]
    fn studies_take_what_is_written() {
        let one = |module: &str, work: &str, products, logic| Measured {
            module: module.into(),
            work: work.into(),
            cells: 1,
            products,
            energy: Energy { registers: 0.0, logic, toggles: 1.0 },
        };
        let text = model(&[
            one("lane", "2x8 fixed", 2, 20.0),
            one("lane", "2x8 qsq", 2, 12.0),
            one("lane", "idle, operands of 2x8 move on, enables set", 0, 3.0),
            one("array of 4 x 4 lanes", "4x4 fixed", 64, 80.0),
        ]);
        let ends = "\n\n[[product]]\nbits = 8\nweights = \"fixed\"\npicojoules = 10.0\n";
        assert!(text.ends_with(&format!("name = \"osu018\"{ends}")), "{text}");
        assert!(matches!(EnergyModel::from_toml(&text, "own"), Ok(EnergyModel::Products(_))));
    }
}
