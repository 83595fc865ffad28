//! A digits package, a server over it, devices that fail, and a client that speaks plain HTTP.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bitladder_control::{Point, TimePrice, TimePriceOptions};
use bitladder_data::{Part, load};
use bitladder_device::{Counters, Device, DeviceError, Golden, Info, Memory, Status};
use bitladder_flow::{Model as Onnx, Samples, calibrate, find_ladder, make_profile};
use bitladder_machine::{Checksum, MachineConfig, Program};
use bitladder_package::{Package, Preprocess, Source};
use bitladder_quantize::{FormatPlan, LayerFormat, LowerOptions};
use bitladder_serve::{Limits, Model, ModelOptions, Pool, Server, ServerOptions, Unit, Wishes};
use serde_json::{Value, json};

pub(crate) fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

/// The digits network at 16, 8 and 4 bits with its ladder.
pub(crate) fn package() -> &'static Package {
    static PACKAGE: OnceLock<Package> = OnceLock::new();
    PACKAGE.get_or_init(|| {
        let model = Onnx::read(&models().join("digits-cnn/model.onnx"), None).unwrap();
        let data = load(models().join("data/digits8x8"), Part::Train).unwrap();
        let samples = Samples::new(data, &model.network, &Preprocess::default()).unwrap();
        let calibration = calibrate(&model.network, &samples, 2, &mut |_| ()).unwrap();
        let profile = |name: &&str| {
            let plan = FormatPlan::uniform(name.parse::<LayerFormat>().unwrap());
            let options = LowerOptions::default();
            make_profile(name, &model, &calibration, &plan, &options).unwrap().profile
        };
        let profiles: Vec<_> = ["16", "8", "4"].iter().map(profile).collect();
        let ladder = find_ladder(&profiles, &samples, 0.999, 2, &mut |_| ()).unwrap();
        let empty = String::new;
        let source = Source { file: "model.onnx".into(), sha256: empty(), config: empty() };
        let (preprocess, softmax) = (Preprocess::default(), false);
        let classes = (0..10).map(|digit| digit.to_string()).collect();
        Package { name: "digits".into(), source, preprocess, classes, softmax, profiles, ladder }
    })
}

pub(crate) fn config() -> MachineConfig {
    let text = include_str!("../../../../gen/configs/sim-4x4.toml");
    MachineConfig::parse("sim-4x4.toml", text).unwrap()
}

/// The test images with their labels.
pub(crate) fn samples() -> Samples {
    let test = load(models().join("data/digits8x8"), Part::Test).unwrap();
    Samples::for_package(test, package(), &package().profiles[0].network).unwrap()
}

/// Pixels of some test images.
pub(crate) fn pixels(which: std::ops::Range<usize>) -> Vec<f32> {
    samples().images(which).data().to_vec()
}

/// What a device does wrong, from outside.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    /// Starts until one fails; 0 for never.
    pub(crate) fail_in: AtomicU32,
    /// It cannot be opened, and what runs fails.
    pub(crate) dead: AtomicBool,
    /// Milliseconds that each run takes.
    pub(crate) slow: AtomicU32,
    /// Its board cannot switch clocks.
    pub(crate) one_clock: AtomicBool,
}

/// A golden device with a fate.
struct Fated {
    golden: Golden,
    fate: Arc<Fate>,
}

impl Fated {
    fn gone() -> DeviceError {
        DeviceError::Timeout { cycles: 0 }
    }
}

impl Device for Fated {
    fn info(&mut self) -> Result<Info, DeviceError> {
        self.golden.info()
    }
    fn load(&mut self, program: &Program) -> Result<(), DeviceError> {
        self.golden.load(program)
    }
    fn loaded(&self) -> Option<&Program> {
        self.golden.loaded()
    }
    fn start(&mut self) -> Result<(), DeviceError> {
        std::thread::sleep(Duration::from_millis(self.fate.slow.load(Ordering::SeqCst).into()));
        let fails = self.fate.fail_in.load(Ordering::SeqCst);
        if fails > 0 {
            self.fate.fail_in.store(fails - 1, Ordering::SeqCst);
        }
        if fails == 1 || self.fate.dead.load(Ordering::SeqCst) {
            return Err(Self::gone());
        }
        self.golden.start()
    }
    fn start_layer(&mut self, address: u32) -> Result<(), DeviceError> {
        self.golden.start_layer(address)
    }
    fn status(&mut self) -> Result<Status, DeviceError> {
        self.golden.status()
    }
    fn settle(&mut self, cycles: u64) -> Result<Status, DeviceError> {
        self.golden.settle(cycles)
    }
    fn reset(&mut self) -> Result<(), DeviceError> {
        self.golden.reset()
    }
    fn set_clock(&mut self, level: u32) -> Result<(), DeviceError> {
        match self.fate.one_clock.load(Ordering::SeqCst) {
            true => Ok(()),
            false => self.golden.set_clock(level),
        }
    }
    fn clock(&mut self) -> Result<u32, DeviceError> {
        self.golden.clock()
    }
    fn counters(&mut self) -> Result<Counters, DeviceError> {
        self.golden.counters()
    }
    fn peek(&mut self, memory: Memory, first: usize, words: &mut [u32]) -> Result<(), DeviceError> {
        self.golden.peek(memory, first, words)
    }
    fn poke(&mut self, memory: Memory, first: usize, words: &[u32]) -> Result<(), DeviceError> {
        self.golden.poke(memory, first, words)
    }
    fn check(&mut self, checksum: &Checksum) -> Result<(), DeviceError> {
        self.golden.check(checksum)
    }
}

pub(crate) fn unit(name: &str, fate: &Arc<Fate>) -> Unit {
    let (fate, options) = (fate.clone(), TimePriceOptions::default());
    Unit {
        name: name.into(),
        open: Box::new(move || {
            if fate.dead.load(Ordering::SeqCst) {
                return Err("nobody answers".into());
            }
            Ok(Box::new(Fated { golden: Golden::new(&config()), fate: fate.clone() }))
        }),
        policy: Box::new(TimePrice::new(options)),
        pace: Box::new(TimePrice::new(options)),
    }
}

pub(crate) fn model(batch: usize) -> Model {
    let accuracy =
        [("16", 99.0), ("8", 98.9), ("4", 96.0)].map(|(name, top1)| (name.into(), top1)).into();
    let options = ModelOptions { batch, accuracy, platform: None };
    Model::new(package().clone(), &config(), &options).unwrap()
}

/// Wishes that nothing but the ladder fulfils.
pub(crate) fn only_the_ladder(served: &Model) -> Wishes {
    let platform = served.platform();
    let point = Point { precision: 1, level: platform.top_level() };
    let (floor, most) = (platform.precisions()[1].top1, platform.joules(point) * 1.001);
    Wishes { accuracy_floor: Some(floor), energy_budget: Some(most), deadline: None }
}

pub(crate) fn pool(fates: &[Arc<Fate>], limits: Limits) -> Pool {
    let units = fates.iter().enumerate().map(|(i, fate)| unit(&format!("golden{i}"), fate));
    Pool::start(model(8), units.collect(), limits).unwrap()
}

pub(crate) fn options() -> ServerOptions {
    let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
    ServerOptions {
        http: free,
        grpc: Some(free),
        token: None,
        tls: None,
        most_bytes: 1 << 20,
        jobs: None,
        grace: Duration::from_secs(5),
    }
}

pub(crate) async fn server(fates: &[Arc<Fate>], limits: Limits, options: &ServerOptions) -> Server {
    Server::start(pool(fates, limits), options).await.unwrap()
}

/// The server answers or refuses in less, whatever devices do.
const LONGEST: Duration = Duration::from_secs(120);

/// An answer over HTTP.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap().to_owned()
    }
}

/// Sends one request and reads until the server closes.
pub(crate) fn http(
    address: SocketAddr,
    method: &str,
    path: &str,
    head: &str,
    body: &[u8],
) -> Reply {
    try_http(address, method, path, head, body).unwrap()
}

/// As [`http`]; an error if the server is not there, or goes before it has answered.
pub(crate) fn try_http(
    address: SocketAddr,
    method: &str,
    path: &str,
    head: &str,
    body: &[u8],
) -> std::io::Result<Reply> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LONGEST))?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    // A server that refuses early may close before it has read everything.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    if let Err(error) = read
        && error.kind() == std::io::ErrorKind::WouldBlock
    {
        return Err(std::io::Error::other(format!("no answer within {LONGEST:?}")));
    }
    let cut = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(cut)?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer[end + 4..].to_vec();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
    });
    if length.is_some_and(|length| body.len() < length) {
        return Err(cut());
    }
    Ok(Reply { status, head, body })
}

/// The JSON of a request for some test images.
pub(crate) fn question(which: std::ops::Range<usize>, parameters: &Value) -> Vec<u8> {
    let count = which.len();
    json!({
        "id": "q",
        "parameters": parameters,
        "inputs": [{
            "name": "image", "shape": [count, 1, 8, 8], "datatype": "FP32",
            "data": pixels(which),
        }],
    })
    .to_string()
    .into_bytes()
}
