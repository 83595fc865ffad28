//! The packet receiver against a reader of whole frames.

use bitladder_blocks::BlockError;
use bitladder_blocks::io::{PacketFormat, packet_rx};

use super::{instance, proof};
use crate::claim::{Claim, Method};

/// Two frames, the longer ones handed out.
const CYCLES: usize = 24;

const FORMAT: PacketFormat =
    PacketFormat { start: 0xa5, length_bytes: 1, max_payload: 2, timeout: 3 };

pub(super) fn claims() -> Result<Vec<Claim>, BlockError> {
    let module = packet_rx(FORMAT)?;
    let body = format!(
        "    reg start = 1;\n    always @(posedge clk_i) start <= 0;\n{}{}",
        instance(&module, &[("rst", "start")]),
        include_str!("packet_reader.v")
    );
    let inputs =
        [("in_valid_i", 1), ("in_data_i", 8), ("header_ready_i", 1), ("payload_ready_i", 1)];
    Ok(vec![Claim {
        name: "packet receiver".to_owned(),
        says: "headers, payloads and error flags are those of a reader that counts the bytes of a \
               frame, keeps them, and divides by the checksum's polynomial bit by bit"
            .to_owned(),
        module,
        property: proof(&inputs, &body),
        method: Method::Cycles { most: CYCLES },
    }])
}
