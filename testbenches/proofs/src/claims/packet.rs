//! The packet receiver against a reader of whole frames.

use bitladder_blocks::BlockError;
use bitladder_blocks::io::{PacketFormat, packet_rx};

use super::{instance_with, proof};
use crate::claim::{Claim, Method};

/// The receiver's registers, as they are called in its netlist, and in `packet_registers.v`.
const REGISTERS: [(&str, &str); 11] = [
    ("state_q", "state_q"),
    ("checks_q", "checks_q"),
    ("pause_q", "pause_q"),
    ("crc_q", "crc_q"),
    ("index_q", "index_q"),
    ("length_q", "length_q"),
    ("kind_q", "kind_q"),
    ("sequence_q", "sequence_q"),
    ("shown_q", "shown_q"),
    ("buffer[0]", "buffer_0"),
    ("buffer[1]", "buffer_1"),
];

const FORMAT: PacketFormat =
    PacketFormat { start: 0xa5, length_bytes: 1, max_payload: 2, timeout: 3 };

pub(super) fn claims() -> Result<Vec<Claim>, BlockError> {
    let module = packet_rx(FORMAT)?;
    let body = format!(
        "    reg start = 1;\n    always @(posedge clk_i) start <= 0;\n{}{}{}",
        instance_with(&module, &[("rst", "start")], &REGISTERS),
        include_str!("packet_reader.v"),
        include_str!("packet_registers.v")
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
        registers: REGISTERS.map(|(register, _)| register).to_vec(),
        method: Method::AllTime,
    }])
}
