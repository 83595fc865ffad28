//! The counters that a host reads.

use bitladder_machine::isa::register;

use super::config::ControlConfig;

/// Counters of 32 bits that the host reads: port and address.
const COUNTERS: [(&str, u32); 12] = [
    ("array_cycles", register::ARRAY_CYCLES),
    ("stall_fill", register::STALL_FILL),
    ("stall_patches", register::STALL_PATCHES),
    ("stall_drain", register::STALL_DRAIN),
    ("stall_weights", register::STALL_WEIGHTS),
    ("element_cycles", register::ELEMENT_CYCLES),
    ("decide_cycles", register::DECIDE_CYCLES),
    ("stall_memory", register::STALL_MEMORY),
    ("row_words", register::ROW_WORDS),
    ("weight_reads", register::WEIGHT_READS),
    ("activation_reads", register::ACTIVATION_READS),
    ("activation_writes", register::ACTIVATION_WRITES),
];

/// The counters of a machine: waiting for memory outside needs such memory.
pub(super) fn counters(config: &ControlConfig) -> impl Iterator<Item = (&'static str, u32)> {
    let outside = config.external.is_some();
    let all = config.counters;
    COUNTERS.into_iter().filter(move |(name, _)| all && (outside || *name != "stall_memory"))
}
