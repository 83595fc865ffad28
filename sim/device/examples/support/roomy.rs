//! A machine that holds LeNet.

use bitladder_machine::MachineConfig;

/// What LeNet needs at 16 bits.
pub(crate) fn roomy(mut config: MachineConfig) -> MachineConfig {
    config.memory.activation_groups = 1 << 16;
    config.memory.weight_groups = 1 << 16;
    config.memory.parameter_entries = 1 << 11;
    config.memory.patch_words = 1 << 10;
    config.memory.result_words = 1 << 10;
    config
}
