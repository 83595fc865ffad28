//! The decoder of the 3-bit code.

use bitladder_blocks::BlockError;
use bitladder_blocks::weights::{QsqDecoderConfig, qsq_decoder};

use super::{instance, proof};
use crate::claim::{Claim, Method};

pub(super) fn claims() -> Result<Vec<Claim>, BlockError> {
    [8, 13].into_iter().map(decoder).collect()
}

fn decoder(bits: u32) -> Result<Claim, BlockError> {
    let module = qsq_decoder(&QsqDecoderConfig { scalar_bits: bits })?;
    let body = format!(
        "{}    reg signed [3:0] factor;\n    always @(*) case (code_i)\n        1: factor = 1; 2: \
         factor = 2; 3: factor = 4; 4: factor = -1; 5: factor = -2; 6: factor = -4;\n        \
         default: factor = 0;\n    endcase\n    wire signed [31:0] scalar = scalar_i;\n    assign \
         bad_o = weight_o != factor * scalar || skip_o != (factor == 0) || no_operation_o != \
         (code_i == 7);\n",
        instance(&module, &[])
    );
    Ok(Claim {
        name: format!("3-bit decoder, scalars of {bits} bits"),
        says: "the weight is the factor of the code times the scalar; flags as stated".to_owned(),
        module,
        property: proof(&[("code_i", 3), ("scalar_i", bits)], &body),
        registers: Vec::new(),
        method: Method::Cases { edges: 0 },
    })
}
