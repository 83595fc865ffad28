//! Studies of the shipped digits: characterisation, components, fronts.

mod common;

use common::*;
use predicates::prelude::*;

fn study(command: &str) -> assert_cmd::Command {
    let mut study = bitladder();
    study.arg(command).arg(model()).arg("--data").arg(digits());
    study
}

#[test]
fn a_characterised_package_climbs_with_the_accuracy_that_was_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (package, state) = (folder.path().join("digits.blp"), folder.path().join("state.json"));
    let mut command = study("characterize");
    command.args(["--width", "16,8,4"]).arg("-o").arg(&package).arg("--state").arg(&state);
    let result = json(&mut command);
    assert_eq!(result["images"], serde_json::json!([1197, 200, 400]));
    assert_eq!(result["verdict"]["advice"], "climb-the-bars", "{}", result["advice"]);
    let ladder = &result["verdict"]["bars"];
    assert_eq!(ladder["widths"], serde_json::json!(["4", "8"]));
    assert!(ladder["test"]["milliwatts"].as_f64().unwrap() < 56.0);
    let mut eval = bitladder();
    eval.arg("eval").arg(&package).arg("--data").arg(digits()).arg("--ladder");
    assert_eq!(json(&mut eval)["ladder"]["correct"], ladder["test"]["correct"]);

    let mut other = study("characterize");
    let message = refusal(other.args(["--width", "16,4"]).arg("--state").arg(&state));
    assert!(message.contains("belongs to another model, data or choice of widths"), "{message}");
    study("characterize").args(["--width", "16,8,4"]).arg("--state").arg(&state).assert().stdout(
        predicate::str::contains("suitable: most images are served by the lowest width")
            .and(predicate::str::contains("the ladder pays: climb from 4 to 8")),
    );
}

/// Thresholds on probabilities come back from the package with the temperature they are made with.
#[test]
fn packages_climb_by_calibrated_probabilities() {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("digits.blp");
    let mut command = study("characterize");
    command.args(["--width", "16,8,4", "--score", "calibrated"]).arg("-o").arg(&package);
    let result = json(&mut command);
    let ladder = &result["verdict"]["bars"];
    let threshold = ladder["threshold"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&threshold), "{threshold}");
    let mut inspect = bitladder();
    let step = &json(inspect.arg("inspect").arg(&package))["ladder"][0];
    assert_eq!(step["confidence"]["lead"].as_f64(), Some(threshold));
    let temperatures = result["temperatures"].as_array().unwrap();
    let narrow = temperatures.iter().find(|pair| pair[0] == "4").unwrap();
    assert_eq!(step["confidence"]["temperature"], narrow[1]["value"]);
    let mut eval = bitladder();
    eval.arg("eval").arg(&package).arg("--data").arg(digits()).arg("--ladder");
    assert_eq!(json(&mut eval)["ladder"]["correct"], ladder["test"]["correct"]);
    let words = predicate::str::contains("in probability at temperature");
    bitladder().arg("inspect").arg(&package).assert().stdout(words);
}

#[test]
fn studies_refuse_what_cannot_be_studied() {
    let message = refusal(study("characterize").args(["--width", "4,8"]));
    assert!(message.contains("widths: `8` is wider than `4`"), "{message}");
    let trained = format!("5={}", model().display());
    let message = refusal(study("characterize").args(["--width", "8,4", "--trained", &trained]));
    assert!(message.contains("cannot be width `5`: the widths are 8, 4"), "{message}");
    let message = refusal(study("pca").args(["--delta", "500"]));
    assert!(message.contains("Delta = 500 selects no layer"), "{message}");
    let lenet = models().join("lenet-mnist/model.onnx");
    let message = refusal(bitladder().arg("pca").arg(lenet).arg("--data").arg(digits()));
    assert!(message.contains("[1, 8, 8]") && message.contains("[1, 28, 28]"), "{message}");
    let message = refusal(study("pareto").args(["--format", "8", "--layer", "x:conv1=4"]));
    assert!(message.contains("no format is called `x`"), "{message}");
}

#[test]
fn components_propose_a_hybrid_that_can_be_quantised() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("digits.svg");
    let result = json(study("pca").arg("--plot").arg(&svg));
    let layers = result["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 4);
    assert!(std::fs::read_to_string(svg).unwrap().contains(">conv2</text>"));
    let proposal = result["proposal"].as_str().unwrap();
    assert!(proposal.starts_with("--format hybrid=2 --layer conv1=16"), "{proposal}");
    let package = folder.path().join("hybrid.blp");
    let mut quantize = bitladder();
    quantize.arg("quantize").arg(model()).args(proposal.split(' ')).arg("--calib").arg(digits());
    quantize.arg("-o").arg(package).assert().success();
}

#[test]
fn fronts_mark_what_is_not_worth_having() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("front.svg");
    let mut command = study("pareto");
    command.args(["--format", "16,8,4", "--config", "ecp5-25", "--plot"]).arg(&svg);
    let result = json(&mut command);
    let formats = result["formats"].as_array().unwrap();
    let cost = |place: usize, what: &str| formats[place][what].as_f64().unwrap();
    assert!(cost(0, "energy") > cost(1, "energy") && cost(1, "energy") > cost(2, "energy"));
    assert!(cost(0, "cycles") >= cost(1, "cycles") && cost(1, "cycles") >= cost(2, "cycles"));
    let dominated = &formats[0]["dominated"];
    assert_eq!(cost(0, "accuracy"), cost(1, "accuracy"), "8 bits are as good as 16");
    assert!(dominated.as_array().unwrap().iter().any(|cost| cost == "energy"), "{dominated}");
    assert!(std::fs::read_to_string(svg).unwrap().contains(">8</text>"));
}

/// Two sizes, here one network with two names, compete on one front.
#[test]
fn networks_of_several_sizes_share_a_front() {
    let mut command = study("pareto");
    command.args(["--format", "8,4", "--energies", "tile65", "--also"]).arg(model());
    let result = json(&mut command);
    let formats = result["formats"].as_array().unwrap();
    let names: Vec<&str> = formats.iter().map(|f| f["name"].as_str().unwrap()).collect();
    let wanted = ["8", "4", "8", "4"].map(|format| format!("/{format}"));
    assert!(names.iter().zip(&wanted).all(|(name, end)| name.ends_with(end)), "{names:?}");
    assert!(names[2].contains("(model.onnx, 2)"), "{names:?}");
    assert_eq!(formats[0]["energy"], formats[2]["energy"]);
    let refused = refusal(study("pareto").args(["--energies", "steam"]));
    assert!(
        refused.contains("`steam` is none of cmos45, envision, tile65, dram, osu018"),
        "{refused}"
    );
}

#[test]
fn thresholds_are_searched_layer_by_layer() {
    let mut search = bitladder();
    search.arg("search").arg(model()).args(["--delta", "150,200", "--gamma", "20,40"]);
    let result = json(search.arg("--data").arg(digits()));
    let layers = result["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 4);
    for layer in layers {
        let format = layer["format"].as_str().unwrap();
        assert!(format.starts_with("qsq.c16.o4.d"), "{format}");
        assert!(layer["error"].as_f64() >= layer["error_of_nearest"].as_f64(), "{layer}");
    }
    assert!(result["accuracy"].as_f64().unwrap() > 0.8, "{result}");
    let message = refusal(bitladder().arg("search").arg(model()).args(["--code", "pow2"]));
    assert!(message.contains("only codes like `qsq.c16.o4`"), "{message}");
}

#[test]
fn tables_are_reproduced_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let reproduce = |more: &[&str]| {
        let mut command = bitladder();
        command.arg("reproduce").args(more).arg("-o").arg(folder.path());
        command
    };
    let result = json(&mut reproduce(&["003-table-3", "004-table-4"]));
    assert_eq!(result["made"][0]["printed"], 57);
    assert_eq!(result["made"][0]["compared"], 40);
    let page = std::fs::read_to_string(folder.path().join("004-table-4.md")).unwrap();
    assert!(page.contains("| LeNet, MNIST | float | energy (uJ) | 60.74 |"), "{page}");
    reproduce(&["003-table-3", "--check"]).assert().success();
    std::fs::write(folder.path().join("003-table-3.csv"), "").unwrap();
    let message = refusal(&mut reproduce(&["003-table-3", "--check"]));
    assert!(message.contains("out of date") && message.contains("003-table-3.csv"), "{message}");
    let message = refusal(&mut reproduce(&["table-3"]));
    assert!(message.contains("nothing is called `table-3`; there are pit"), "{message}");
    let list = bitladder().args(["reproduce", "--list"]).output().unwrap();
    assert!(String::from_utf8(list.stdout).unwrap().contains("002-figure-11"));
}

#[test]
fn layers_share_a_budget() {
    let result = json(study("mix").args(["--memory", "6", "--format", "16,8,4"]));
    let steps = result["steps"].as_array().unwrap();
    let cost = |step: &serde_json::Value| step["cost"].as_f64().unwrap();
    assert!(cost(&steps[steps.len() - 1]) <= 6.0 * 8192.0, "{result}");
    assert!(cost(&steps[steps.len() - 2]) > 6.0 * 8192.0, "no step too many: {result}");
    assert!(result["test"].as_f64().unwrap() > 0.97, "{result}");
    let message = refusal(study("mix").args(["--energy", "0.001", "--format", "8,4"]));
    assert!(message.contains("the budget is too small: the narrowest formats take"), "{message}");
}
