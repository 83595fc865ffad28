//! What the machine was meant to reach, next to what it does.

use std::error::Error;
use std::path::Path;

use bitladder_device::{Counters, count_layers, run, verilator};
use bitladder_golden::generate::random_inputs;
use bitladder_machine::isa::Mode;
use bitladder_machine::{MachineConfig, compile, interpret, precision_change_cycles};
use bitladder_network::{Linear, QuantInput, QuantLayer, QuantNetwork, QuantOp};
use bitladder_spec::{IntType, OutputStage, SplitMix64, TensorFormat, WeightFormat, Weights};
use bitladder_verilated::BuildOptions;

/// Sums over the layers of one precision.
#[derive(Default)]
pub(crate) struct Measured {
    /// Of the whole run.
    pub(crate) cycles: u64,
    /// That the network asks for.
    pub(crate) macs: u64,
    /// Of convolutions: cycles, multiplications asked for.
    conv: (u64, u64),
    /// Cycles in which the array took a word, and words multiplied for pixels.
    array: (u64, u64),
    mode: Mode,
}

impl Measured {
    /// Adds a layer.
    pub(crate) fn add(&mut self, name: &str, mode: Mode, counters: &Counters, macs: u64) {
        if macs == 0 {
            return;
        }
        self.mode = mode;
        self.array.0 += u64::from(counters.array);
        self.array.1 += u64::from(counters.row_words);
        if name.starts_with("conv") {
            self.conv.0 += counters.cycles;
            self.conv.1 += macs;
        }
    }

    /// Multiplications per cycle and lane while the array works, of rows that are pixels.
    fn per_lane(&self, rows: usize) -> f64 {
        let done = self.array.1 * self.mode.parts() as u64;
        done as f64 / (self.array.0 * rows as u64) as f64
    }

    fn share(&self, (cycles, macs): (u64, u64), config: &MachineConfig) -> f64 {
        let peak = cycles * config.array.peak_macs(self.mode) as u64;
        100.0 * macs as f64 / peak as f64
    }
}

/// A fully connected layer of single bits.
fn bits() -> Result<QuantNetwork, Box<dyn Error>> {
    let mut draw = SplitMix64::new(1);
    let signs: Vec<i32> = (0..16 * 1024).map(|_| 1 - 2 * draw.below(2) as i32).collect();
    let weights = Weights::from_values(WeightFormat::Binary, [16, 1024, 1, 1], &signs, vec![])?;
    let linear = Linear { weights, bias: vec![0; 16], stage: OutputStage::raw() };
    let bit = TensorFormat::fixed(IntType::new(1, false)?, 0);
    let (name, shape) = ("fc".to_owned(), vec![16]);
    let format = TensorFormat::fixed(IntType::ACCUMULATOR, 0);
    let op = QuantOp::Dense { linear };
    Ok(QuantNetwork {
        name: "bits".into(),
        inputs: vec![QuantInput { name: "image".into(), shape: vec![1024], format: bit }],
        layers: vec![QuantLayer { name, op, inputs: vec![0], shape, format }],
        output: 1,
    })
}

/// Multiplications per cycle and lane of single bits, on `sim-4x4`.
pub(crate) fn binary(root: &Path) -> Result<f64, Box<dyn Error>> {
    let config = MachineConfig::read(root.join("gen/configs/sim-4x4.toml"))?;
    let (network, images) = (bits()?, 8);
    let program = compile(&network, &config, images)?;
    let inputs = random_inputs(&network, images, 1)?;
    let mut device = verilator(&config, &BuildOptions::default())?;
    if run(&mut device, &program, &inputs, 1 << 24)? != interpret(&program, &inputs)? {
        return Err("single bits: results differ from the interpreter's".into());
    }
    let mut measured = Measured::default();
    let counters = count_layers(&mut device, 1 << 24)?;
    measured.add("fc", program.descriptors()?[0].mode, &counters[0], program.layers[0].macs);
    Ok(measured.per_lane(config.array.rows))
}

/// The table; precisions are those of 16, 8 and 4 bits.
pub(crate) fn table(all: [&Measured; 3], binary: f64, config: &MachineConfig) -> String {
    let rows = config.array.rows;
    let [wide, middle, narrow] = all;
    let [one, two, four] = all.map(|measured| measured.per_lane(rows));
    let ratio = |a: &Measured, b: &Measured| a.cycles as f64 / b.cycles as f64;
    let whole = |measured: &Measured| (measured.cycles, measured.macs);
    format!(
        "## What was wanted\n\nMultiplications per cycle and lane while the array works: a lane is one \
         multiplier. Single bits\nare those of a layer of 1024 inputs on `sim-4x4`, batch 8.\n\n\
         | | wanted | measured |\n|---|--:|--:|\n\
         | multiplications per cycle and lane, 16 bits | 1 | {one:.2} |\n\
         | 8 bits | 2 | {two:.2} |\n| 4 bits | 4 | {four:.2} |\n| single bits | 16 | {binary:.2} |\n\
         | LeNet's convolutions in 8 bits, of peak | 85 % | {:.1} % |\n\
         | whole LeNet in 8 bits, of peak | 75 % | {:.1} % |\n\
         | 8 bits over 16, whole network | 1.8 | {:.2} |\n| 4 bits over 8 | 1.8 | {:.2} |\n\
         | cycles of a change of precision | 100 | {} |\n",
        middle.share(middle.conv, config),
        middle.share(whole(middle), config),
        ratio(wide, middle),
        ratio(middle, narrow),
        precision_change_cycles(),
    )
}
