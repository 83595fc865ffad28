//! What the tests share.

use bitladder_machine::MachineConfig;

/// The complete machine for simulation, with room for everything and another array.
pub(crate) fn roomy(rows: usize, columns: usize) -> MachineConfig {
    let text = include_str!("../../../configs/sim-4x4.toml");
    let mut config = MachineConfig::parse("sim-4x4.toml", text).expect("the file is valid");
    (config.array.rows, config.array.columns) = (rows, columns);
    config.post.lanes = columns;
    config.array.accumulator_bits = 48;
    config.post.multiplier_bits = 17;
    config.memory.activation_groups = 1 << 17;
    config.memory.weight_groups = 1 << 17;
    config.memory.parameter_entries = 1 << 18;
    config.memory.program_descriptors = 1 << 12;
    config.memory.result_words = 1 << 18;
    config.memory.decision_images = 1 << 10;
    config.memory.patch_words = 1 << 14;
    config
}
