//! What does not work does not toggle.

use bitladder_device::{Bus, Device, PinBus, Pins, RustSim, rust_sim};
use bitladder_golden::generate::random_inputs;
use bitladder_golden::oracle;
use bitladder_machine::isa::register;
use bitladder_machine::{Program, compile};
use bitladder_network::{Linear, QuantInput, QuantLayer, QuantNetwork, QuantOp};
use bitladder_spec::{IntType, OutputStage, SplitMix64, TensorFormat, WeightFormat, Weights};

use crate::backends;

const ROWS: usize = 4;
const COLUMNS: usize = 4;

/// A fully connected layer of random weights: images are rows of the array.
fn network() -> QuantNetwork {
    let mut draw = SplitMix64::new(3);
    let values: Vec<i32> = (0..8 * 160).map(|_| draw.below(255) as i32 - 127).collect();
    let format = WeightFormat::Fixed { bits: 8 };
    let weights = Weights::from_values(format, [8, 160, 1, 1], &values, vec![]).unwrap();
    let linear = Linear { weights, bias: vec![0; 8], stage: OutputStage::raw() };
    let bytes = TensorFormat::fixed(IntType::new(8, true).unwrap(), 0);
    let result = TensorFormat::fixed(IntType::ACCUMULATOR, 0);
    let (name, op) = ("fc".to_owned(), QuantOp::Dense { linear });
    QuantNetwork {
        name: "rows".into(),
        inputs: vec![QuantInput { name: "image".into(), shape: vec![160], format: bytes }],
        layers: vec![QuantLayer { name, op, inputs: vec![0], shape: vec![8], format: result }],
        output: 1,
    }
}

/// Bits of a row's lanes that changed, in the cycles with and without the condition.
#[derive(Default, Clone, Copy)]
struct Flips {
    idle: u32,
    working: u32,
}

/// Steps through a run; the last rows may be idle once the last tile is alone. All are while the
/// machine waits or reads descriptors.
fn flips(pins: &mut PinBus<RustSim>, cycles: usize) -> ([Flips; ROWS], Flips) {
    let lane = |row: usize, column: usize| {
        ["sum_q", "term_q"].map(|name| format!("core.array.lane_{row}_{column}.{name}"))
    };
    let sim = pins.pins().sim();
    let lanes: Vec<(usize, _)> = (0..ROWS)
        .flat_map(|row| {
            (0..COLUMNS).flat_map(move |column| lane(row, column)).map(move |p| (row, p))
        })
        .map(|(row, path)| (row, sim.signal(&path).unwrap()))
        .collect();
    let busy = sim.signal("core.results.busy_o").unwrap();
    let last = sim.signal("core.results.last_tile_o").unwrap();
    let (mut rows, mut waiting) = ([Flips::default(); ROWS], Flips::default());
    let mut now = (false, false);
    for _ in 0..cycles {
        let sim = pins.pins().sim();
        // Enables stand in registers: they follow a cycle later.
        let (works, alone) = now;
        now = (sim.read(busy) == 1, sim.read(last) == 1);
        let before: Vec<u128> = lanes.iter().map(|(_, signal)| sim.read(*signal)).collect();
        pins.pins().step(1).unwrap();
        let sim = pins.pins().sim();
        for ((row, signal), old) in lanes.iter().zip(before) {
            let changed = (sim.read(*signal) ^ old).count_ones();
            match (works, alone) {
                (true, true) => rows[*row].idle += changed,
                (true, false) => rows[*row].working += changed,
                (false, _) => waiting.idle += changed,
            }
        }
    }
    (rows, waiting)
}

fn start(program: &Program, pins: &mut PinBus<RustSim>) {
    pins.write32(register::PROGRAM_START, program.start as u32).unwrap();
    pins.write32(register::CONTROL, 1 << register::CONTROL_START_BIT).unwrap();
}

#[test]
fn idle_rows_and_idle_arrays_stand_still() {
    let (network, config) = (network(), backends::config());
    let mut device = rust_sim(&config).unwrap();
    // Seven images: the second tile leaves one row idle; six leave two.
    for (images, busy_rows) in [(7, 3), (6, 2), (8, 4)] {
        let program = compile(&network, &config, images).unwrap();
        let inputs = random_inputs(&network, images, 9).unwrap();
        device.load(&program).unwrap();
        device.set_inputs(&inputs).unwrap();
        start(&program, device.bus());
        let (rows, waiting) = flips(device.bus(), 900);
        for (row, flips) in rows.iter().enumerate() {
            assert!(flips.working > 20, "row {row} works in the first tile: {}", flips.working);
            match row < busy_rows {
                true => assert!(flips.idle > 20, "{images} images, row {row}: {}", flips.idle),
                false => assert_eq!(flips.idle, 0, "{images} images, row {row}"),
            }
        }
        // What stands still is wiped when a layer starts.
        let bits = (ROWS * COLUMNS) as u32 * 40;
        assert!(waiting.idle <= bits, "{} bits moved without a layer", waiting.idle);
        device.wait(10_000).unwrap();
        let results = device.results().unwrap();
        assert_eq!(results, oracle::run(&network, &inputs, |_, _| ()).unwrap());
    }
}
