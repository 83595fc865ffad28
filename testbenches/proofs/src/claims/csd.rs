//! Signed digits: the recoder is canonic, and multipliers at full quality are exact.

use bitladder_blocks::BlockError;
use bitladder_blocks::csd::{
    CsdMultiplierConfig, CsdRecoderConfig, CsdSerialConfig, Gating, csd_multiplier, csd_recoder,
    csd_serial,
};

use super::{instance, phase, proof};
use crate::claim::{Claim, Method};

pub(super) fn claims() -> Result<Vec<Claim>, BlockError> {
    let mut claims = vec![recoder(8)?, recoder(16)?];
    for bits in [8, 16] {
        for gating in [Gating::None, Gating::Enables] {
            claims.push(parallel(bits, gating)?);
        }
    }
    claims.push(serial(8)?);
    Ok(claims)
}

fn recoder(bits: u32) -> Result<Claim, BlockError> {
    let module = csd_recoder(&CsdRecoderConfig { weight_bits: bits })?;
    let body = format!(
        "{}    wire [{}:0] used = positive_o | negative_o;\n    wire [31:0] weight = \
         $signed(weight_i);\n    assign bad_o = |(positive_o & negative_o) || |(used & used >> 1) \
         || 32'd0 + positive_o - negative_o != weight;\n",
        instance(&module, &[]),
        bits - 1
    );
    Ok(Claim {
        name: format!("csd recoder, {bits} bits"),
        says: "the digits add up to the weight, and of two neighbours one is 0".to_owned(),
        module,
        property: proof(&[("weight_i", bits)], &body),
        registers: Vec::new(),
        method: Method::Cases { edges: 0 },
    })
}

/// A product enters at edge 1, and stands at the output `edges` later.
fn multiplier(
    name: String,
    module: std::sync::Arc<bitladder_rtl::Module>,
    bits: u32,
    edges: usize,
) -> Claim {
    let digits = format!("{}'d{}", (bits / 2).ilog2() + 1, bits / 2);
    let dropped = format!("{}'d0", bits.ilog2() + 1);
    let placed = instance(
        &module,
        &[
            ("rst", "phase == 0"),
            ("in_valid", "phase == 1"),
            ("out_ready", "1'b0"),
            ("digits", &digits),
            ("dropped_lsbs", &dropped),
        ],
    );
    let body = format!(
        "{}{placed}    wire signed [{}:0] exact = $signed(in_weight_i) * \
         $signed(in_activation_i);\n    assign bad_o = !(out_valid_o && out_product_o == exact);\n",
        phase(edges),
        2 * bits - 1
    );
    Claim {
        name,
        says: "with all digits the product is exact".to_owned(),
        module,
        property: proof(&[("in_weight_i", bits), ("in_activation_i", bits)], &body),
        registers: Vec::new(),
        method: Method::Cases { edges },
    }
}

fn parallel(bits: u32, gating: Gating) -> Result<Claim, BlockError> {
    let config = CsdMultiplierConfig { weight_bits: bits, activation_bits: bits, gating };
    let gated = if gating == Gating::None { "not gated" } else { "gated" };
    let name = format!("csd multiplier, {bits} x {bits}, {gated}");
    Ok(multiplier(name, csd_multiplier(&config)?, bits, 3))
}

fn serial(bits: u32) -> Result<Claim, BlockError> {
    let config = CsdSerialConfig { weight_bits: bits, activation_bits: bits };
    // One edge to take the word, and one for each digit.
    let edges = 2 + bits as usize / 2;
    Ok(multiplier(format!("csd serial, {bits} x {bits}"), csd_serial(&config)?, bits, edges))
}
