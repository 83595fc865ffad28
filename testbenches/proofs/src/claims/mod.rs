//! The claims.

mod csd;
mod fifo;
mod frame;
mod lane;
mod weights;

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{Direction, Module};

use crate::claim::Claim;

/// All claims.
pub fn all() -> Result<Vec<Claim>, BlockError> {
    let groups = [lane::claims()?, csd::claims()?, weights::claims()?, fifo::claims()?];
    Ok(groups.into_iter().flatten().chain(frame::claims()?).collect())
}

/// A register that counts the edges from the start up to `most`.
fn phase(most: usize) -> String {
    format!(
        "    reg [7:0] phase = 0;\n    always @(posedge clk_i) if (phase != {most}) phase <= phase \
         + 1;\n"
    )
}

/// The instance of the module: the ports named get these expressions, outputs get wires of their
/// own names.
fn instance(module: &Arc<Module>, inputs: &[(&str, &str)]) -> String {
    instance_with(module, inputs, &[])
}

/// The same, with registers of the module connected that the claim looks at.
fn instance_with(
    module: &Arc<Module>,
    inputs: &[(&str, &str)],
    registers: &[(&str, &str)],
) -> String {
    let (mut wires, mut pins) = (String::new(), Vec::new());
    for port in module.ports() {
        let name = &port.name;
        match port.direction {
            Direction::Output | Direction::ClockOutput => {
                let signed = if port.ty.signed { "signed " } else { "" };
                wires.push_str(&format!("    wire {signed}[{}:0] {name};\n", port.ty.width - 1));
                pins.push(format!(".{name}({name})"));
            }
            Direction::Input | Direction::ClockInput => {
                let wanted = inputs.iter().find(|(input, _)| *input == port.base);
                let value = wanted.map_or(name.as_str(), |(_, value)| value);
                pins.push(format!(".{name}({value})"));
            }
        }
    }
    pins.extend(registers.iter().map(|(register, wire)| format!(".\\{register} ({wire})")));
    format!("{wires}    dut dut ({});\n", pins.join(", "))
}

/// The module `proof` with these inputs beside the clock, each with its range.
fn proof(inputs: &[(&str, u32)], body: &str) -> String {
    let inputs: String =
        inputs.iter().map(|(name, bits)| format!("    input [{}:0] {name},\n", bits - 1)).collect();
    format!("module proof (\n    input clk_i,\n{inputs}    output bad_o\n);\n{body}endmodule\n")
}
