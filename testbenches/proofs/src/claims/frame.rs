//! The frame receiver of the link against a reader of bytes.

use bitladder_blocks::BlockError;
use bitladder_blocks::link::{LinkConfig, frame_rx};

use super::{instance_with, proof};
use crate::claim::{Claim, Method};

/// The receiver's registers, in its netlist and in `frame_reader.v`.
const REGISTERS: [&str; 7] =
    ["left_q", "zero_due_q", "count_q", "begun_q", "long_q", "earlier_q", "crc_q"];

/// Packets of 18 words at the most: everything but widths is as in larger ones.
const CONFIG: LinkConfig =
    LinkConfig { packet_bytes: 128, window: 2, address_bits: 6, status: 0x14, config_hash: 1 };

pub(super) fn claims() -> Result<Vec<Claim>, BlockError> {
    let module = frame_rx(&CONFIG)?;
    let most = 4 * (CONFIG.packet_bytes / 4 - 14);
    let body = format!(
        "    localparam COUNT = 6, MOST = {most}, LAST = 31;\n    \
         reg start = 1;\n    always @(posedge clk_i) start <= 0;\n    \
         wire rst = start || reset_i[0];\n{}{}",
        instance_with(&module, &[("rst", "rst")], &REGISTERS.map(|name| (name, name))),
        include_str!("frame_reader.v"),
    );
    let inputs = [("in_valid_i", 1), ("in_data_i", 8), ("free_i", 1), ("reset_i", 1)];
    Ok(vec![Claim {
        name: "frame receiver".to_owned(),
        says: "words, good packets and dropped frames are those of a reader that takes the bytes \
               between zeros apart as COBS says, counts them, and divides by the checksum's \
               polynomial bit by bit"
            .to_owned(),
        module,
        property: proof(&inputs, &body),
        registers: REGISTERS.to_vec(),
        method: Method::AllTime,
    }])
}
