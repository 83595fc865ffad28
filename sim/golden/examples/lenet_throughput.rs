//! How fast the engine runs LeNet at 8 bits, and how much faster than the oracle.
//!
//! ```sh
//! cargo run --release -p bitladder-golden --example lenet_throughput -- models/lenet-mnist/model.onnx
//! ```
//!
//! With a second argument, a file of 28x28 images as 32-bit floats, it serves
//! `testbenches/bench/lenet_vs_onnxruntime.py` instead: it reads commands from standard input
//! (`time BATCH RUNS`, `integers BATCH RUNS`, `classes`) and answers each with one line.

#![allow(clippy::print_stdout, reason = "an example that reports")]

use std::hint::black_box;
use std::io::BufRead;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bitladder_golden::{Engine, FloatBatch, IntBatch, KernelChoice, classify, float, oracle};
use bitladder_network::{Declared, FloatNetwork, FloatOp, Input, QuantNetwork, Window};
use bitladder_onnx_proto::{Message, ModelProto};
use bitladder_quantize::{Calibration, FormatPlan, LayerFormat, LowerOptions, quantize};
use bitladder_spec::SplitMix64;

const SIDE: usize = 28;
const PIXELS: usize = SIDE * SIDE;
/// Images the formats are chosen from.
const CALIBRATION: usize = 100;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(model) = arguments.first() else { bail!("give the path of LeNet's model.onnx") };
    let model = std::fs::read(model).with_context(|| format!("cannot read {model}"))?;
    let network = lenet(&ModelProto::decode(model.as_slice())?)?;
    let images = match arguments.get(1) {
        Some(path) => read_images(path)?,
        None => blobs(CALIBRATION)?,
    };
    let bench = Bench::new(&network, images)?;
    if arguments.len() > 1 { bench.serve() } else { bench.report() }
}

/// The network of `models/lenet-mnist`, from its weights.
fn lenet(model: &ModelProto) -> Result<FloatNetwork> {
    let graph = model.graph.as_ref().context("the model has no graph")?;
    let values = |name: String| -> Result<Vec<f32>> {
        let tensor = graph.find_initializer(&name);
        Ok(tensor.with_context(|| format!("the model has no `{name}`"))?.f32_values()?)
    };
    let conv = |name: &str, outputs| -> Result<FloatOp> {
        let (weights, bias) = (values(format!("{name}.weight"))?, values(format!("{name}.bias"))?);
        Ok(FloatOp::Conv { window: Window::square(5), groups: 1, outputs, weights, bias })
    };
    let dense = |name: &str, outputs| -> Result<FloatOp> {
        let (weights, bias) = (values(format!("{name}.weight"))?, values(format!("{name}.bias"))?);
        Ok(FloatOp::Dense { outputs, weights, bias })
    };
    let pool = || FloatOp::MaxPool { window: Window::square(2).stride(2) };
    let input = Input { name: "image".into(), shape: vec![1, SIDE, SIDE] };
    let mut network = FloatNetwork::new("lenet", vec![input])?;
    let mut last = 0;
    for (name, op) in [
        ("conv1", conv("conv1", 20)?),
        ("relu1", FloatOp::relu()),
        ("pool1", pool()),
        ("conv2", conv("conv2", 50)?),
        ("relu2", FloatOp::relu()),
        ("pool2", pool()),
        ("flatten", FloatOp::Reshape { shape: vec![800] }),
        ("fc1", dense("fc1", 500)?),
        ("relu3", FloatOp::relu()),
        ("fc2", dense("fc2", 10)?),
    ] {
        last = network.push(name, op, vec![last])?;
    }
    Ok(network)
}

fn read_images(path: &str) -> Result<FloatBatch> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {path}"))?;
    let data: Vec<f32> = bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let images = data.len() / PIXELS;
    FloatBatch::new(images, vec![1, SIDE, SIDE], data)
        .with_context(|| format!("{path} must hold whole 28x28 images of 32-bit floats"))
}

/// Bright discs on black: grey values spread as in pictures of digits.
fn blobs(images: usize) -> Result<FloatBatch> {
    let mut random = SplitMix64::new(1);
    let mut data = vec![0f32; images * PIXELS];
    for image in data.chunks_exact_mut(PIXELS) {
        for _ in 0..4 {
            let [x, y] = [0; 2].map(|_| 6.0 + 16.0 * random.unit());
            for (at, pixel) in image.iter_mut().enumerate() {
                let (dx, dy) = ((at % SIDE) as f64 - x, (at / SIDE) as f64 - y);
                let light = (1.5 - (dx.hypot(dy) - 2.0).max(0.0)).clamp(0.0, 1.0);
                *pixel = pixel.max(light as f32);
            }
        }
    }
    Ok(FloatBatch::new(images, vec![1, SIDE, SIDE], data)?)
}

struct Bench {
    network: QuantNetwork,
    engine: Engine,
    images: FloatBatch,
}

impl Bench {
    fn new(network: &FloatNetwork, images: FloatBatch) -> Result<Self> {
        let mut calibration = Calibration::new(network);
        let sample = part(&images, CALIBRATION)?;
        float::run(network, &[sample], 1, |value, batch| {
            calibration.observe(value, batch.data()).map_err(anyhow::Error::from)
        })?;
        let plan = FormatPlan::uniform(LayerFormat::fixed(8));
        let options = LowerOptions::default();
        let network =
            quantize(network, &Declared::default(), &calibration, &plan, &options)?.network;
        Ok(Self { engine: Engine::new(&network)?, network, images })
    }

    fn integers(&self, images: &FloatBatch) -> IntBatch {
        images.quantized_for(&self.network)
    }

    /// Float images to float logits.
    fn infer(&self, images: &FloatBatch) -> Result<FloatBatch> {
        let logits = self.engine.run(&[self.integers(images)], 1)?;
        Ok(logits.dequantized(self.network.output_format()))
    }

    fn serve(&self) -> Result<()> {
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["time", batch, runs] => {
                    let images = part(&self.images, batch.parse()?)?;
                    println!("{}", seconds(runs.parse()?, || self.infer(&images))?);
                }
                ["integers", batch, runs] => {
                    let images = [self.integers(&part(&self.images, batch.parse()?)?)];
                    let run = || Ok(self.engine.run(&images, 1)?);
                    println!("{}", seconds(runs.parse()?, run)?);
                }
                ["classes"] => {
                    let logits = self.engine.run(&[self.integers(&self.images)], 1)?;
                    let classes = classify(&logits).into_iter().flatten();
                    let classes: Vec<String> = classes.map(|c| c.first.to_string()).collect();
                    println!("{}", classes.join(" "));
                }
                _ => bail!("unknown command `{line}`"),
            }
        }
        Ok(())
    }

    fn report(&self) -> Result<()> {
        println!("LeNet, 8 bits, one thread, images per second (medians of 21 rounds)");
        for batch in [1, 64] {
            let images = [self.integers(&part(&self.images, batch)?)];
            let oracle = median(3, || Ok(oracle::run(&self.network, &images, |_, _| {})?))?;
            println!("batch {batch:2}  oracle       {:9.0}", batch as f64 / oracle);
            for choice in KernelChoice::available() {
                let engine = Engine::with_kernel(&self.network, choice)?;
                let time = median(21, || Ok(engine.run(&images, 1)?))?;
                let (name, rate) = (choice.name(), batch as f64 / time);
                println!("batch {batch:2}  {name:<12} {rate:9.0}   oracle x {:.0}", oracle / time);
            }
        }
        Ok(())
    }
}

/// The first images, over and over if there are too few.
fn part(images: &FloatBatch, count: usize) -> Result<FloatBatch> {
    let data = images.data().iter().copied().cycle().take(count * images.size()).collect();
    Ok(FloatBatch::new(count, images.shape().to_vec(), data)?)
}

/// Mean time of a run.
fn seconds<T>(runs: u32, mut run: impl FnMut() -> Result<T>) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..runs {
        black_box(run()?);
    }
    Ok(start.elapsed().as_secs_f64() / f64::from(runs))
}

/// Median over rounds that last long enough for the clock.
fn median<T>(rounds: usize, mut run: impl FnMut() -> Result<T>) -> Result<f64> {
    let once = seconds(1, &mut run)?;
    let runs = (Duration::from_millis(30).as_secs_f64() / once).ceil() as u32;
    let times: Result<Vec<f64>> = (0..rounds).map(|_| seconds(runs, &mut run)).collect();
    let mut times = times?;
    times.sort_by(f64::total_cmp);
    Ok(times[rounds / 2])
}
