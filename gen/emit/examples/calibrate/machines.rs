//! The machines that are measured: the named ones of each family, and others whose every key is
//! drawn by lot, so that no two abilities go along with each other. All of these are small, because
//! larger ones have the same parts.

use anyhow::Result;
use bitladder_machine::isa::{Mode, Operation, WeightKind};
use bitladder_machine::{Family, HostPort, LimitsConfig, MachineConfig, Multiplier};
use bitladder_spec::{Rounding, Saturation, SplitMix64};

/// The named machines, the first of each family the one that others are made of.
const NAMED: [(&str, &str); 6] = [
    ("ecp5-25.toml", include_str!("../../../configs/ecp5-25.toml")),
    ("hx8k-small.toml", include_str!("../../../configs/hx8k-small.toml")),
    ("gw2a-18.toml", include_str!("../../../configs/gw2a-18.toml")),
    ("up5k-tiny.toml", include_str!("../../../configs/up5k-tiny.toml")),
    ("up5k-int8.toml", include_str!("../../../configs/up5k-int8.toml")),
    ("ecp5-85.toml", include_str!("../../../configs/ecp5-85.toml")),
];
/// A family and multiplier, and how many machines of them.
const KINDS: [(Family, Multiplier, usize); 7] = [
    (Family::Ecp5, Multiplier::Dsp1, 12),
    (Family::Ice40, Multiplier::Mac16, 6),
    (Family::Gowin, Multiplier::Dsp1, 9),
    (Family::Ice40, Multiplier::Fabric, 6),
    (Family::Ecp5, Multiplier::Fabric, 2),
    (Family::Ecp5, Multiplier::Dsp2, 2),
    (Family::Gowin, Multiplier::Fabric, 2),
];
/// Lanes of a machine that takes long.
const LARGE: usize = 16;
const SHAPES: [(usize, usize); 8] =
    [(2, 2), (4, 2), (2, 4), (4, 4), (1, 4), (3, 2), (1, 8), (2, 8)];

/// All machines, the kinds mixed: any beginning of the list has some of each.
pub(crate) fn machines() -> Result<Vec<MachineConfig>> {
    let named = NAMED.iter().map(|(file, text)| Ok(MachineConfig::parse(file, text)?));
    let mut all: Vec<MachineConfig> = named.collect::<Result<_>>()?;
    all.extend(all.last().cloned().map(widest));
    let most = KINDS.iter().map(|(.., count)| *count).max().unwrap_or(0);
    for index in 0..most {
        for (family, multiplier, _) in KINDS.iter().filter(|(.., count)| index < *count) {
            let base = all.iter().find(|one| one.family == *family).cloned();
            all.extend(base.map(|base| drawn(base, *multiplier, index)));
        }
    }
    // The largest take longest.
    all.sort_by_key(|one| one.array.rows * one.array.columns > LARGE);
    Ok(all)
}

/// The most lanes that an LFE5U-85F has multiplier blocks for; patches are half as long, as block
/// memories run out, too.
fn widest(mut config: MachineConfig) -> MachineConfig {
    config.name = "ecp5-85-15x8".to_owned();
    (config.array.rows, config.memory.patch_words) = (15, 512);
    config
}

/// A machine drawn by lot: the first draw that is a machine.
fn drawn(mut base: MachineConfig, multiplier: Multiplier, index: usize) -> MachineConfig {
    base.name = format!("{:?}-{multiplier:?}-{index}", base.family).to_lowercase();
    base.array.multiplier = multiplier;
    (base.array.rows, base.array.columns) = SHAPES[index % SHAPES.len()];
    let seed = base.name.bytes().fold(0, |seed: u64, byte| seed.wrapping_mul(31) + u64::from(byte));
    let mut lot = Lot(SplitMix64::new(seed));
    loop {
        let mut config = base.clone();
        let small = config.family == Family::Ice40;
        lot.array(&mut config, small);
        lot.post(&mut config, small);
        lot.memory(&mut config, small);
        lot.limits(&mut config);
        if config.validate().is_ok() {
            return config;
        }
    }
}

struct Lot(SplitMix64);

impl Lot {
    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.0.below(all.len() as u64) as usize].clone()
    }

    /// True once in so many times.
    fn one_in(&mut self, times: u64) -> bool {
        self.0.below(times) == 0
    }

    fn array(&mut self, config: &mut MachineConfig, small: bool) {
        use WeightKind::{Fixed, PowerOfTwo, Qsq, Ternary};
        let narrow = vec![Mode::Word8, Mode::Word4];
        let all = [&[Mode::Word16][..], &narrow].concat();
        let array = &mut config.array;
        array.modes = if small || self.one_in(4) { narrow } else { all };
        let wide = array.modes.contains(&Mode::Word16);
        array.weight_kinds = match wide {
            true => self.of(&[
                vec![Fixed],
                vec![Fixed, Ternary],
                vec![Fixed, PowerOfTwo, Ternary],
                vec![Fixed, PowerOfTwo, Ternary, Qsq],
            ]),
            false => self.of(&[vec![Fixed], vec![Fixed, Ternary]]),
        };
        array.accumulator_bits = if small { self.of(&[24, 28]) } else { self.of(&[36, 42]) };
        array.nested = !small && self.one_in(3);
        array.quality = !small && self.one_in(6);
    }

    fn post(&mut self, config: &mut MachineConfig, small: bool) {
        use Operation::{Add, AveragePool, MaxPool, Rescale};
        let post = &mut config.post;
        post.multiplier_bits = if small || self.one_in(3) { 1 } else { 16 };
        post.lanes = self.of(&[1, 2, config.array.columns]).min(config.array.columns);
        post.roundings =
            self.of(&[vec![Rounding::HalfUp], vec![Rounding::HalfUp, Rounding::HalfEven]]);
        let every = vec![Saturation::Saturate, Saturation::Symmetric, Saturation::Wrap];
        post.saturations = self.of(&[vec![Saturation::Saturate], every]);
        (post.shift_bits, post.bias_bits, post.value_bits) = if small {
            self.of(&[(5, 20, 24), (5, 24, 16), (6, 32, 32)])
        } else {
            self.of(&[(6, 40, 32), (6, 32, 24), (5, 24, 16)])
        };
        config.element.operations = match small {
            true => vec![MaxPool],
            false => self.of(&[
                vec![MaxPool],
                vec![MaxPool, AveragePool],
                vec![MaxPool, AveragePool, Add, Rescale],
            ]),
        };
        config.element.padding = self.one_in(2);
    }

    fn memory(&mut self, config: &mut MachineConfig, small: bool) {
        let memory = &mut config.memory;
        if small {
            memory.single_port = false;
            memory.activation_groups = self.of(&[256, 512]);
            memory.weight_groups = self.of(&[512, 1024]);
            memory.program_descriptors = self.of(&[7, 12]);
            memory.result_words = self.of(&[16, 64]);
        } else {
            memory.activation_groups = self.of(&[1024, 2048, 4096]);
            memory.weight_groups = self.of(&[2048, 4096, 8192]);
            memory.parameter_entries = self.of(&[512, 1024]);
            memory.patch_words = self.of(&[256, 512]);
        }
        memory.decision_images = self.of(&[0, 1, 4]);
        memory.checks = self.one_in(2);
        memory.shared_words = self.one_in(2);
        memory.readback = memory.checks || self.one_in(2);
    }

    fn limits(&mut self, config: &mut MachineConfig) {
        let bits = self.of(&[(65_535, 16, 24, 16, 64), (16, 8, 16, 10, 32), (1, 6, 10, 8, 24)]);
        let (batch, extent_bits, operand_bits, channel_bits, cycle_bits) = bits;
        config.limits = LimitsConfig {
            batch,
            extent_bits,
            operand_bits,
            channel_bits,
            cycle_bits,
            checked: self.one_in(2),
            dense: self.one_in(2),
            dilation: self.one_in(2),
        };
        config.host.port = self.of(&[HostPort::Bus, HostPort::Uart, HostPort::UartBus]);
        config.host.counters = self.one_in(2);
        config.post.stored_bits = self.of(&[17, 32]);
    }
}
