//! Runs the shipped LeNet on MNIST's test images through the machine's Verilog, compares every image
//! with the golden engine, and writes `docs/results/machine-mnist.md`.
//!
//! `cargo run --release -p bitladder-device --example mnist_rtl -- FOLDER [IMAGES]`
//!
//! `FOLDER` holds the IDX files of MNIST. Needs `verilator` and a C++ compiler; the first run
//! compiles the model for some minutes.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

#[path = "support/roomy.rs"]
mod roomy;

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::Instant;

use bitladder_data::{Part, load};
use bitladder_device::{Device, run, verilator};
use bitladder_flow::{Model, Samples, calibrate, make_profile};
use bitladder_golden::Engine;
use bitladder_machine::{MachineConfig, Program, compile};
use bitladder_network::QuantNetwork;
use bitladder_package::Preprocess;
use bitladder_quantize::{FormatPlan, LayerFormat, LowerOptions};
use bitladder_spec::ValueRounding;
use bitladder_verilated::BuildOptions;

type Failure = Box<dyn Error + Send + Sync>;

const BATCH: usize = 16;
const THREADS: usize = 2;
const BITS: u8 = 8;

/// The shipped LeNet in eight bits.
fn quantised(root: &Path, folder: &Path) -> Result<QuantNetwork, Failure> {
    let model = Model::read(&root.join("models/lenet-mnist/model.onnx"), None)?;
    let data = Samples::spread(&load(folder, Part::Train)?, 512);
    let samples = Samples::new(data, &model.network, &Preprocess::default())?;
    let calibration = calibrate(&model.network, &samples, THREADS, &mut |_| ())?;
    let plan = FormatPlan::uniform(LayerFormat::fixed(BITS));
    let made = make_profile("8", &model, &calibration, &plan, &LowerOptions::default())?;
    Ok(made.profile.network)
}

/// What one thread found.
#[derive(Default)]
struct Found {
    correct: usize,
    cycles: u64,
}

/// Takes batch after batch until there are none left.
fn work(
    network: &QuantNetwork,
    (program, samples): (&Program, &Samples),
    next: &AtomicUsize,
) -> Result<Found, Failure> {
    let mut device = verilator(&program.config, &BuildOptions::default())?;
    let (engine, labels) = (Engine::new(network)?, samples.labels()?);
    let mut found = Found::default();
    loop {
        let first = next.fetch_add(1, Ordering::Relaxed) * BATCH;
        if first >= samples.len() {
            return Ok(found);
        }
        // The last batch begins earlier, so that it is full; its first images are not counted.
        let start = first.min(samples.len() - BATCH);
        let batch = samples.images(start..start + BATCH);
        let batch = batch.quantized(network.inputs[0].format, ValueRounding::default());
        let outcome = run(&mut device, program, std::slice::from_ref(&batch), 1 << 32)?;
        if outcome.results != engine.run(&[batch], 1)? {
            return Err(format!("images {start} to {} differ", start + BATCH - 1).into());
        }
        found.cycles += device.counters()?.cycles;
        let right = |index: &usize| {
            labels[*index] as usize == outcome.decisions[index - start].first as usize
        };
        found.correct += (first..start + BATCH).filter(right).count();
        eprintln!("{} of {} images are equal", start + BATCH, samples.len());
    }
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder holds MNIST?")?;
    let images: usize = arguments.next().map_or(Ok(1000), |text| text.parse())?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let config = roomy::roomy(MachineConfig::read(root.join("gen/configs/ecp5-85.toml"))?);
    let network = quantised(&root, Path::new(&folder))?;
    let program = compile(&network, &config, BATCH)?;
    let test = load(Path::new(&folder), Part::Test)?.take(images.max(BATCH));
    let shapes = [network.inputs[0].shape.as_slice()];
    let samples = Samples::for_inputs(test, "lenet", &shapes, &Preprocess::default())?;
    // The first one compiles the model, so that this is not part of the time.
    verilator(&config, &BuildOptions::default())?;
    let (next, start) = (AtomicUsize::new(0), Instant::now());
    let all: Vec<Result<Found, Failure>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| work(&network, (&program, &samples), &next)))
            .collect();
        let ended = threads.into_iter().map(ScopedJoinHandle::join);
        ended.map(|found| found.unwrap_or_else(|_| Err("a thread panicked".into()))).collect()
    });
    let seconds = start.elapsed().as_secs_f64();
    let all = all.into_iter().collect::<Result<Vec<Found>, Failure>>()?;
    let (correct, cycles): (usize, u64) =
        all.iter().fold((0, 0), |sum, found| (sum.0 + found.correct, sum.1 + found.cycles));
    let count = samples.len();
    let page = format!(
        "# LeNet on MNIST through the machine's Verilog\n\nWritten by `cargo run --release -p \
         bitladder-device --example mnist_rtl -- FOLDER {count}`: the\nshipped LeNet in {BITS} bits, \
         batches of {BATCH}, on the machine `ecp5-85` with memories that hold\neverything, in \
         {THREADS} threads that each have a model made by Verilator. Every logit is that of the\n\
         golden engine, to the bit.\n\n| images | correct | cycles | cycles per image | seconds | \
         simulated cycles per second |\n|--:|--:|--:|--:|--:|--:|\n| {count} | {correct} | {cycles} | \
         {} | {seconds:.0} | {:.0} |\n",
        cycles / count as u64,
        cycles as f64 / seconds,
    );
    println!("{page}");
    std::fs::write(root.join("docs/results/machine-mnist.md"), page)?;
    Ok(())
}
