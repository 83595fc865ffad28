//! Runs repeat, and survive being killed.

#![allow(clippy::unwrap_used, reason = "a helper that fails should fail its test")]

mod common;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bitladder_train::checkpoint::{Checkpoint, EpochReport};
use bitladder_train::score::Score;
use bitladder_train::settings::Settings;
use bitladder_train::trainer::{Observer, Session};
use burn_tensor::Device;
use common::{Nobody, digits_path, few_digits, network, short, trained};

/// Everything a run decides, as bits.
fn bits(session: &Session<'_>) -> Vec<u32> {
    let network = session.network().unwrap();
    let numbers = |layer: &bitladder_network::FloatLayer| match &layer.op {
        bitladder_network::FloatOp::Conv { weights, bias, .. }
        | bitladder_network::FloatOp::Dense { weights, bias, .. } => {
            weights.iter().chain(bias).map(|number| number.to_bits()).collect()
        }
        _ => Vec::new(),
    };
    network.layers().iter().flat_map(numbers).collect()
}

#[test]
fn a_seed_decides_everything() {
    let data = few_digits(300);
    for formats in [&[][..], &["4"], &["binarya2"]] {
        let run = |seed| {
            let settings = Settings { seed, ..short(2, formats) };
            let session = trained(&network("digits-cnn"), settings, &data);
            (bits(&session), session.position().history.clone())
        };
        assert_eq!(run(5), run(5), "{formats:?}");
        assert_ne!(run(5).0, run(6).0, "{formats:?}");
    }
}

#[test]
fn only_layers_in_scope_change() {
    let data = few_digits(300);
    let start = network("digits-cnn");
    let settings = Settings { scope: bitladder_train::Scope::Dense, ..short(1, &[]) };
    let found = trained(&start, settings, &data).network().unwrap();
    let same = |layer: usize| start.layers()[layer].op == found.layers()[layer].op;
    let name = |layer: usize| start.layers()[layer].name.as_str();
    for layer in 0..start.layers().len() {
        assert_eq!(same(layer), !name(layer).starts_with("fc"), "{}", name(layer));
    }
}

/// Stops a run after some steps by an error that cannot be confused with a real one.
struct StopAfter(usize);

impl Observer for StopAfter {
    fn after_step(&mut self, _: usize, _: Score) {
        self.0 -= 1;
        assert_ne!(self.0, 0, "stopped here on purpose");
    }
    fn after_epoch(&mut self, _: &EpochReport) {}
}

#[test]
fn a_run_goes_on_in_the_middle_of_an_epoch() {
    let data = few_digits(300);
    let settings = || Settings { checkpoint_steps: 2, ..short(2, &["4"]) };
    let whole = trained(&network("digits-cnn"), settings(), &data);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.bin");
    let start =
        || Session::new(&network("digits-cnn"), settings(), &data, &Device::flex()).unwrap();
    let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        start().train(&path, &mut StopAfter(12)).unwrap();
    }));
    assert!(stopped.is_err());
    let found = Checkpoint::read(&path).unwrap().position;
    // 300 images are 7 steps of 48: eleven whole steps are one epoch and four.
    assert_eq!((found.epoch, found.step), (1, 4));
    let mut resumed = start();
    resumed.restore(&path).unwrap();
    resumed.train(&path, &mut Nobody).unwrap();
    assert_eq!(bits(&resumed), bits(&whole));
    assert_eq!(resumed.position().history, whole.position().history);
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bitladder-train"));
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn train(out: &Path) -> Command {
    let (data, out) = (digits_path(), out.to_owned());
    let mut command = program(&["train", "--network", "digits-cnn", "--format", "8"]);
    command.arg("--data").arg(data).arg("--out").arg(out);
    command.args(["--epochs", "3", "--batch", "32", "--rate", "0.02", "--checkpoint-steps", "1"]);
    command.args(["--calibration", "50", "--crop", "1"]);
    command
}

/// Waits until a child is in the middle of its second epoch, and kills it there.
fn kill_in_second_epoch(mut child: Child, checkpoint: &Path) -> usize {
    let patience = Instant::now();
    loop {
        let at = Checkpoint::read(checkpoint).map(|found| found.position).ok();
        if at.is_some_and(|at| at.epoch == 1 && at.step > 2) {
            break;
        }
        assert!(patience.elapsed() < Duration::from_secs(300), "the second epoch never began");
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it was killed");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    let position = Checkpoint::read(checkpoint).unwrap().position;
    assert_eq!(position.epoch, 1, "killed too late");
    position.step
}

/// What a run has reached can be kept, and repeated.
#[test]
fn a_run_can_end_before_its_last_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let (short, resumed) = (folder.path().join("short"), folder.path().join("resumed"));
    let stop = ["--stop-after", "1"];
    assert!(train(&short).args(stop).status().unwrap().success());
    let child = train(&resumed).spawn().unwrap();
    kill_in_second_epoch(child, &resumed.join("checkpoint.bin"));
    let path = resumed.to_str().unwrap();
    assert!(!program(&["resume", path, "--stop-after", "0"]).status().unwrap().success());
    assert!(program(&["resume", path]).args(stop).status().unwrap().success());
    for file in ["trained.onnx", "model.onnx", "result.json"] {
        let read = |run: &Path| std::fs::read(run.join(file)).unwrap();
        assert!(read(&short) == read(&resumed), "{file} differs");
    }
}

#[test]
fn a_killed_process_is_resumed_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    assert!(train(&whole).status().unwrap().success());
    let child = train(&killed).spawn().unwrap();
    let step = kill_in_second_epoch(child, &killed.join("checkpoint.bin"));
    // 1197 images are 38 steps of 32.
    assert!((1..38).contains(&step), "step {step} is not in the middle of an epoch");
    assert!(!killed.join("result.json").exists());
    assert!(program(&["resume", killed.to_str().unwrap()]).status().unwrap().success());
    for file in ["trained.onnx", "model.onnx", "model-qdq.onnx", "result.json", "checkpoint.bin"] {
        let read = |run: &Path| std::fs::read(run.join(file)).unwrap();
        assert!(read(&whole) == read(&killed), "{file} differs");
    }
}
