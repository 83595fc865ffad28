//! Machines with memory outside, and networks that need it.

use bitladder_machine::{BusMemory, ExternalMemory, MachineConfig, SdramChip};
use bitladder_network::{Linear, QuantInput, QuantLayer, QuantNetwork, QuantOp, Window};
use bitladder_spec::{
    IntType, OutputStage, Requant, SplitMix64, TensorFormat, WeightFormat, Weights,
};

/// Cycles that are more than enough for everything here.
pub(crate) const ENOUGH: u64 = 10_000_000;

/// A chip of 2 MB that wakes up soon.
pub(crate) fn sdram() -> ExternalMemory {
    ExternalMemory::Sdram(SdramChip {
        row_bits: 11,
        column_bits: 8,
        cas_latency: 2,
        inverted_clock: false,
        activate_ns: 15,
        precharge_ns: 15,
        row_active_ns: 42,
        row_cycle_ns: 60,
        refresh_ns: 60,
        write_recovery_ns: 12,
        mode_ns: 12,
        refresh_ms: 16,
        power_up_us: 20,
    })
}

pub(crate) fn axi4(data_bits: usize) -> ExternalMemory {
    ExternalMemory::Axi4(BusMemory { data_bits, words: 1 << 18 })
}

pub(crate) fn wishbone(pipelined: bool) -> ExternalMemory {
    let bus = BusMemory { data_bits: 32, words: 1 << 18 };
    match pipelined {
        false => ExternalMemory::Wishbone(bus),
        true => ExternalMemory::WishbonePipelined(bus),
    }
}

/// The machine for simulation with weight memory for a fraction of a network, and memory outside.
pub(crate) fn config(memory: ExternalMemory) -> MachineConfig {
    let text = include_str!("../../../../gen/configs/sim-4x4.toml");
    let mut config = MachineConfig::parse("sim-4x4.toml", text).unwrap();
    config.memory.weight_groups = 110;
    config.memory.program_descriptors = 200;
    config.external_memory = Some(memory);
    config
}

/// Weights of so many bits, and a stage that brings sums back to the type's range.
fn linear(draw: &mut SplitMix64, bits: u8, shape: [usize; 4], last: bool) -> Linear {
    let half = 1i64 << (bits - 1);
    let mut weight = || draw.below(2 * half as u64) as i64 - half;
    let values: Vec<i32> = (0..shape.iter().product()).map(|_| weight() as i32).collect();
    let bias = (0..shape[0]).map(|_| weight() * half).collect();
    let ty = IntType::new(bits, true).unwrap();
    let requant = vec![Requant::new(3, bits + 2).unwrap()];
    let stage = match last {
        true => OutputStage::raw(),
        false => OutputStage { requant, ty, clamp: ty.span(), ..OutputStage::raw() },
    };
    let format = WeightFormat::Fixed { bits };
    let weights = Weights::from_values(format, shape, &values, vec![]).unwrap();
    Linear { weights, bias, stage }
}

/// A network of a width whose weights take several times the machine's weight memory.
pub(crate) fn large_network(bits: u8) -> QuantNetwork {
    let mut draw = SplitMix64::new(bits.into());
    let format = TensorFormat::fixed(IntType::new(bits, true).unwrap(), 0);
    let input = QuantInput { name: "image".into(), shape: vec![4, 4, 4], format };
    let name = format!("large-{bits}");
    let mut network = QuantNetwork { name, inputs: vec![input], layers: vec![], output: 0 };
    let mut push = |name: &str, op: QuantOp, shape: &[usize], format: TensorFormat| {
        let inputs = vec![network.values() - 1];
        let layer = QuantLayer { name: name.into(), op, inputs, shape: shape.into(), format };
        network.layers.push(layer);
        network.output = network.values() - 1;
    };
    let mut weights = |shape, last| linear(&mut draw, bits, shape, last);
    let conv = QuantOp::Conv {
        window: Window::square(3),
        groups: 1,
        linear: weights([8, 4, 3, 3], false),
    };
    push("conv", conv, &[8, 2, 2], format);
    push("flatten", QuantOp::Reshape, &[32], format);
    push("wide", QuantOp::Dense { linear: weights([48, 32, 1, 1], false) }, &[48], format);
    push("narrow", QuantOp::Dense { linear: weights([40, 48, 1, 1], false) }, &[40], format);
    let logits = TensorFormat::fixed(IntType::ACCUMULATOR, 0);
    push("logits", QuantOp::Dense { linear: weights([10, 40, 1, 1], true) }, &[10], logits);
    network
}
