//! Queues: against a shift register, for all time, from any content of their memory.

use bitladder_blocks::BlockError;
use bitladder_blocks::memory::{FifoConfig, fifo};

use super::{instance, proof};
use crate::claim::{Claim, Method};

pub(super) fn claims() -> Result<Vec<Claim>, BlockError> {
    [(1, 1), (2, 2), (2, 3), (2, 4), (2, 5)]
        .into_iter()
        .map(|(width, depth)| claim(width, depth))
        .collect()
}

fn claim(width: u32, depth: usize) -> Result<Claim, BlockError> {
    let module = fifo(&FifoConfig { width, depth })?;
    let body = format!(
        "    reg start = 1;\n    always @(posedge clk_i) start <= 0;\n    wire rst = rst_i[0] | \
         start;\n{}    // Words from the oldest on, in bits from 0 up.\n    reg [{most}:0] words;\n    \
         reg [7:0] held = 0;\n    reg [1:0] waits = 0;\n    wire push = in_valid_i[0] && \
         in_ready_o;\n    wire pop = out_valid_o && out_ready_i[0];\n    wire [{most}:0] rest = pop \
         ? words >> {width} : words;\n    wire [7:0] kept = held - pop;\n    always @(posedge \
         clk_i) begin\n        held <= rst ? 0 : kept + push;\n        words <= push ? rest & \
         ~({{{most_bits}{{1'b1}}}} << kept * {width}) | ({most_bits}'d0 + in_data_i) << kept * \
         {width} : rest;\n        waits <= rst || out_valid_o || held == 0 ? 0 : waits + 1;\n    \
         end\n    assign bad_o = !start && (in_ready_o != (held != {depth}) || level_o != held || \
         (out_valid_o && (held == 0 || out_data_o != words[{word}:0])) || waits == 2);\n",
        instance(&module, &[("rst", "rst")]),
        most = width as usize * depth - 1,
        most_bits = width as usize * depth,
        word = width - 1,
    );
    let inputs = [("rst_i", 1), ("in_valid_i", 1), ("in_data_i", width), ("out_ready_i", 1)];
    Ok(Claim {
        name: format!("queue of {depth} words of {width} bits"),
        says: "words leave in order, none is lost or made up, and none waits for more than two \
               edges at an empty output"
            .to_owned(),
        module,
        property: proof(&inputs, &body),
        registers: Vec::new(),
        method: Method::AllTime,
    })
}
