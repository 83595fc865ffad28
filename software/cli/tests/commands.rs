//! The command as its users meet it: its results.

mod common;

use common::*;
use predicates::prelude::*;

#[test]
fn inspect_shows_models_and_packages() {
    let folder = tempfile::tempdir().unwrap();
    bitladder().arg("inspect").arg(model()).assert().success().stdout(
        predicate::str::contains("8,690 parameters, 39,040 multiplications per image")
            .and(predicate::str::contains("max-pool   8x4x4")),
    );
    let view = json(bitladder().arg("inspect").arg(package(&folder)));
    assert_eq!(view["kind"], "package");
    let profiles = view["profiles"].as_array().unwrap();
    let bits: Vec<u64> = profiles.iter().map(|p| p["weight_bits"].as_u64().unwrap()).collect();
    assert_eq!(bits, [8584 * 16, 8584 * 8, 8584 * 4], "weights without the 106 biases");
    assert_eq!(view["classes"].as_array().unwrap().len(), 10);
}

#[test]
fn quantize_reports_every_tensor() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = bitladder();
    command.arg("quantize").arg(model()).args(["--format", "best=16,8"]);
    command.args(["--layer", "8:conv1=binary", "--layer", "fc1=pow2a8"]).arg("--calib");
    command.arg(digits()).arg("-o").arg(folder.path().join("mixed.blp"));
    let result = json(&mut command);
    let find = |precision: usize, name: &str| {
        let all = result["precisions"][precision]["tensors"].as_array().unwrap();
        all.iter().find(|tensor| tensor["name"] == name).unwrap().clone()
    };
    assert_eq!(result["precisions"][0]["name"], "best");
    assert_eq!(find(0, "conv1")["weights"], "fixed16");
    assert_eq!(find(1, "conv1")["weights"], "binary");
    assert_eq!(find(0, "fc1")["weights"], "pow2");
    assert_eq!(find(1, "fc1")["weights"], "pow2");
    let error = |precision, name| find(precision, name)["error"].as_f64().unwrap();
    assert!(error(0, "conv1") < 1e-3 && error(1, "conv1") > 0.05);
    assert_eq!(find(0, "image")["max"], 1.0);
    assert!(find(0, "fc2")["accumulator_bits"].as_u64().unwrap() <= 48);
    let step = &result["ladder"][0];
    assert_eq!((&step["from"], &step["to"]), (&"8".into(), &"best".into()));
    assert!(step["agreement"].as_f64().unwrap() >= 0.999);
}

#[test]
fn equal_runs_make_equal_packages() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [a, b] = folders.each_ref().map(|folder| std::fs::read(package(folder)).unwrap());
    assert!(a == b);
}

#[test]
fn eval_counts_every_image_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = bitladder();
    command.arg("eval").arg(package(&folder)).arg("--data").arg(digits());
    let result = json(command.arg("--model").arg(model()).args(["--ladder", "--threads", "1"]));
    for row in result["precisions"].as_array().unwrap() {
        assert_eq!(row["images"], 400);
        let on = |label: usize, class: usize| row["confusion"][label][class].as_u64().unwrap();
        assert_eq!((0..10).map(|class| on(class, class)).sum::<u64>(), row["correct"]);
        assert_eq!((0..100).map(|cell| on(cell / 10, cell % 10)).sum::<u64>(), 400);
    }
    assert_eq!(result["precisions"][0]["correct"], 396, "the float model's card says so");
    let rungs = result["ladder"]["rungs"].as_array().unwrap();
    let ended: u64 = rungs.iter().map(|rung| rung["ended"].as_u64().unwrap()).sum();
    assert_eq!(ended, 400, "every image is decided exactly once");
}

#[test]
fn a_limit_and_a_precision_narrow_the_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = bitladder();
    command.arg("eval").arg(package(&folder)).arg("--data").arg(digits());
    command.args(["--part", "validation", "--profile", "4", "--limit", "37"]);
    let shown = command.assert().success();
    shown.stdout(
        predicate::str::contains(" of 37")
            .and(predicate::str::contains("4: labels down, decisions across")),
    );
}

#[test]
fn dump_writes_every_tensor_for_numpy() {
    let folder = tempfile::tempdir().unwrap();
    let package = package(&folder);
    let out = folder.path().join("tensors");
    let command = |first: &str| {
        let mut command = bitladder();
        command.arg("dump").arg(&package).arg("--data").arg(digits());
        command.args(["--first", first, "--count", "2", "--profile", "8", "-o"]).arg(&out);
        command
    };
    let result = json(&mut command("398"));
    assert_eq!(result["files"].as_array().unwrap().len(), 8);
    let logits = bitladder_data::read_npy(out.join("007_fc2.npy")).unwrap();
    assert_eq!(logits.shape, [2, 10]);
    let pixels = bitladder_data::read_npy(out.join("000_image.npy")).unwrap();
    assert_eq!(pixels.shape, [2, 1, 8, 8]);
    let message = refusal(&mut command("399"));
    assert!(message.contains("images 399 to 400 wanted, but there are only 400"), "{message}");
}

#[test]
fn compile_fills_the_memories_of_a_machine() {
    let folder = tempfile::tempdir().unwrap();
    let package = package(&folder);
    let out = folder.path().join("image");
    let mut command = bitladder();
    command.arg("compile").arg(&package).args(["--config", "sim-4x4", "--batch", "4", "-o"]);
    let result = json(command.arg(&out));
    let cycles = |precision: usize| result["precisions"][precision]["cycles"].as_u64().unwrap();
    assert!(cycles(0) > cycles(1) && cycles(1) > cycles(2), "narrower is faster");
    let used = |memory: usize| result["memories"][memory]["used"].as_u64().unwrap() as usize;
    for (name, lines, digits) in [
        ("program.hex", used(0) * bitladder_machine::isa::DESCRIPTOR_WORDS, 8),
        ("parameters.hex", used(1), 16),
        ("weights.hex", used(2), 16),
    ] {
        let text = std::fs::read_to_string(out.join(name)).unwrap();
        let (stamp, rest) = text.split_once('\n').unwrap();
        assert!(stamp.starts_with("// bitladder ") && stamp.contains("sim-4x4"), "{stamp}");
        assert_eq!(rest.lines().count(), lines, "{name}");
        assert!(rest.lines().all(|line| line.len() == digits), "{name}");
    }
    let host = std::fs::read_to_string(out.join("host.json")).unwrap();
    let host: serde_json::Value = serde_json::from_str(&host).unwrap();
    assert_eq!(host["programs"][2]["name"], "4");
    let mut shown = bitladder();
    shown.arg("compile").arg(&package).args(["--config", "up5k-tiny", "--profile", "4"]);
    shown.assert().success().stdout(predicate::str::contains("precision 4, batch 1: "));
}

#[test]
fn digits_of_weights_are_a_knob_of_every_run() {
    let folder = tempfile::tempdir().unwrap();
    let package = package(&folder);
    let correct = |quality: &[&str]| {
        let mut command = bitladder();
        command.arg("eval").arg(&package).arg("--data").arg(digits()).args(["--profile", "8"]);
        let choices = quality.iter().flat_map(|choice| ["--quality", choice]);
        json(command.args(choices))["precisions"][0]["correct"].as_u64().unwrap()
    };
    let (full, rough) = (correct(&[]), correct(&["conv1=1", "8:conv2=1", "16:fc1=1"]));
    assert!(full > rough && rough > full / 2, "{full} and {rough} correct");
    assert_eq!(correct(&["conv1=4"]), full, "eight bits have four digits");
    let mut command = bitladder();
    command.arg("simulate").arg(&package).args(["--config", "sim-4x4", "--data"]);
    command.arg(digits()).args(["--limit", "2", "--batch", "2", "--quality", "conv2=2"]);
    for row in json(&mut command)["precisions"].as_array().unwrap() {
        assert_eq!(row["differences"], 0, "{row}");
    }
}

#[test]
fn simulate_compares_every_image_with_the_golden_model() {
    let folder = tempfile::tempdir().unwrap();
    let package = package(&folder);
    let simulate = |backend: &str| {
        let mut command = bitladder();
        command.arg("simulate").arg(&package).args(["--config", "sim-4x4", "--data"]);
        command.arg(digits()).args(["--limit", "3", "--batch", "2", "--backend", backend]);
        command
    };
    for backend in ["golden", "rust"] {
        let result = json(&mut simulate(backend));
        let rows = result["precisions"].as_array().unwrap();
        assert_eq!(rows.len(), 3);
        for row in rows {
            assert_eq!((&row["images"], &row["differences"]), (&3.into(), &0.into()), "{row}");
        }
        let cycles = |row: usize| rows[row]["cycles"].as_u64().unwrap();
        match backend {
            "golden" => assert_eq!(cycles(0), 0, "it has no clock"),
            _ => assert!(cycles(0) > cycles(1) && cycles(1) > cycles(2)),
        }
    }
    let vcd = folder.path().join("run.vcd");
    let mut traced = simulate("rust");
    traced.args(["--profile", "4", "--vcd"]).arg(&vcd).assert().success();
    let text = std::fs::read_to_string(&vcd).unwrap();
    assert!(
        text.contains("$enddefinitions") && text.contains("$scope module sequencer"),
        "{}",
        text.len()
    );
    let message = refusal(simulate("golden").arg("--vcd").arg(&vcd));
    assert!(message.contains("--vcd: the golden model has no signals"), "{message}");
}

#[test]
fn simulate_counts_the_cycles_of_each_layer() {
    let folder = tempfile::tempdir().unwrap();
    let package = package(&folder);
    let simulate = |backend: &str| {
        let mut command = bitladder();
        command.arg("simulate").arg(&package).args(["--config", "sim-4x4", "--data"]);
        command.arg(digits()).args(["--limit", "2", "--batch", "2", "--profile", "8"]);
        command.args(["--layers", "--backend", backend]);
        command
    };
    let result = json(&mut simulate("rust"));
    let precision = &result["precisions"][0];
    let layers = precision["layers"].as_array().unwrap();
    let number = |value: &serde_json::Value| value.as_u64().unwrap();
    for layer in layers {
        let (found, model) = (number(&layer["cycles"]), number(&layer["predicted_cycles"]));
        assert!(found.abs_diff(model) <= 30 + model / 50, "{layer}");
        let works = number(&layer["counters"]["array"]) + number(&layer["counters"]["element"]);
        assert!(works > 0 && works < found, "{layer}");
    }
    let all: u64 = layers.iter().map(|layer| number(&layer["cycles"])).sum();
    let run = number(&precision["cycles"]);
    assert!(all.abs_diff(run) < run / 20, "{all} in layers, {run} in one run");
    let message = refusal(&mut simulate("golden"));
    assert!(message.contains("--layers: the golden model counts no cycles"), "{message}");
}

#[test]
fn wavediff_keeps_its_own_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let trace = |name: &str, value: u8| {
        let path = folder.path().join(name);
        let text = format!(
            "$timescale 1ns $end\n$scope module top $end\n$var wire 1 ! a $end\n$upscope $end\n\
             $enddefinitions $end\n#0\n0!\n#5\n{value}!\n#9\n"
        );
        std::fs::write(&path, text).unwrap();
        path
    };
    let (golden, same, other) = (trace("g.vcd", 1), trace("s.vcd", 1), trace("o.vcd", 0));
    let diff = |dut: &std::path::Path| {
        let mut command = bitladder();
        command.arg("wavediff").arg(&golden).arg(dut);
        command
    };
    diff(&same).assert().code(0);
    diff(&other).assert().code(1).stdout(predicate::str::contains("top.a"));
    diff(&folder.path().join("none.vcd")).assert().code(2);
    let help = bitladder().args(["wavediff", "--help"]).assert().code(0);
    help.stdout(predicate::str::contains("bitladder wavediff"));
}

#[test]
fn every_shell_gets_completions_and_every_command_help() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = bitladder().args(["completions", shell]).assert().success();
        assert!(script.get_output().stdout.len() > 1000, "{shell}");
    }
    for command in ["inspect", "quantize", "eval", "dump", "compile", "simulate"] {
        let help = bitladder().args([command, "--help"]).assert().success();
        help.stdout(predicate::str::contains("Example").and(predicate::str::contains("--json")));
    }
}
