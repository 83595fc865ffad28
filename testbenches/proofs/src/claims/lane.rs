//! Every mode of every multiplier: one word through an array of one lane gives the sum of its
//! products. The word may come after anything: registers hold what they like before the reset.

use bitladder_blocks::{
    ArrayConfig, ArrayPlan, BlockError, Dataflow, Drain, Family, LaneConfig, Mode, Multiplier,
    WeightKind, array,
};

use super::{instance, phase, proof};
use crate::claim::{Claim, Method};

const MULTIPLIERS: [(Family, Multiplier); 4] = [
    (Family::Ecp5, Multiplier::Fabric),
    (Family::Ecp5, Multiplier::OneDsp),
    (Family::Ecp5, Multiplier::TwoDsp),
    (Family::Ice40, Multiplier::Mac16),
];

/// The word whose products are looked at enters at this edge; the reset is before it.
const ENTERS: u32 = 2;

pub(super) fn claims() -> Result<Vec<Claim>, BlockError> {
    let pairs = MULTIPLIERS.into_iter().flat_map(|one| Mode::ALL.map(|mode| (one, mode)));
    pairs.map(|((family, multiplier), mode)| claim(family, multiplier, mode)).collect()
}

fn claim(family: Family, multiplier: Multiplier, mode: Mode) -> Result<Claim, BlockError> {
    let lane = LaneConfig {
        family,
        multiplier,
        modes: Mode::ALL.to_vec(),
        weights: vec![WeightKind::Fixed],
        reduction: 1,
        accumulator_bits: None,
    };
    let (dataflow, drain) = (Dataflow::Broadcast, Drain::Bus);
    let plan = ArrayPlan::new(&ArrayConfig { lane, rows: 1, columns: 1, dataflow, drain })?;
    let module = array(&plan)?;
    let edges = (ENTERS + plan.latency()) as usize;
    let mode_code = mode.code().to_string();
    let enters = format!("phase == {ENTERS}");
    let placed = instance(
        &module,
        &[
            ("rst", "phase == 0"),
            ("row_enable", "1'b1"),
            ("column_enable", "1'b1"),
            ("result_ready", "1'b1"),
            ("mode", &mode_code),
            ("weights", "0"),
            ("valid", &enters),
            ("last", &enters),
        ],
    );
    let body = format!(
        "{}{placed}{}    assign bad_o = !(result_valid_o && result_0_o == sum && \
         !result_saturated_0_o);\n",
        phase(edges),
        sum(mode)
    );
    Ok(Claim {
        name: format!("lane {family} {}: {}", multiplier.name(), mode.name()),
        says: "one word gives the sum of its products".to_owned(),
        module,
        property: proof(&[("a_0_i", 16), ("w_0_i", 16)], &body),
        registers: Vec::new(),
        method: Method::Cases { edges },
    })
}

/// What the contract says of a word, in plain Verilog.
fn sum(mode: Mode) -> String {
    let bits = mode.bits();
    let term = |at: u32| {
        let part = |name: &str| format!("{name}[{}:{}]", (at + 1) * bits - 1, at * bits);
        match bits {
            // A set bit is +1, a clear one -1: equal bits have the product +1.
            1 => format!("(a_0_i[{at}] == w_0_i[{at}] ? 32'sd1 : -32'sd1)"),
            _ => format!("$signed({}) * $signed({})", part("a_0_i"), part("w_0_i")),
        }
    };
    let terms: Vec<String> = (0..16 / bits).map(term).collect();
    format!("    wire signed [31:0] sum = {};\n", terms.join(" + "))
}
