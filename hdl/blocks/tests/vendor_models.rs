//! The models of vendor cells against the vendor's library as Yosys ships it: the parameters must
//! mean what the model says.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::Path;
use std::process::Command;

use bitladder_blocks::{Drain, Family, LaneConfig, LanePlan, Mode, Multiplier, WeightKind, lane};
use bitladder_rtl::{Cells, Design, Direction, EmitOptions};

fn run(folder: &Path, tool: &str, args: &[&str]) -> String {
    let output = Command::new(tool).args(args).current_dir(folder).output();
    let output = output.expect("a tool is missing: apt-get install yosys iverilog");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The definition of a cell in the library that comes with Yosys.
fn library_cell(library: &str, cell: &str) -> String {
    let path = std::env::var_os("PATH").unwrap();
    let yosys = std::env::split_paths(&path).map(|folder| folder.join("yosys"));
    let yosys = yosys
        .filter(|tool| tool.is_file())
        .find_map(|tool| Some(tool.parent()?.parent()?.to_owned()));
    let yosys = yosys.expect("yosys: apt-get install yosys");
    let text = std::fs::read_to_string(yosys.join("share/yosys").join(library)).unwrap();
    let text = &text[text.find(&format!("module {cell} ")).unwrap()..];
    text[..text.find("endmodule").unwrap() + "endmodule".len()].to_owned()
}

/// Both designs side by side with random inputs, counting different results.
fn bench(design: &Design) -> String {
    let top = design.top().name();
    let mut bench = String::from("`timescale 1ns/1ps\nmodule bench;\n");
    let mut pins = [String::new(), String::new()];
    let mut random = String::new();
    for port in design.top().ports() {
        let (name, range) = (&port.name, format!("[{}:0]", port.ty.width - 1));
        if port.direction == Direction::Output {
            bench.push_str(&format!("wire {range} ours_{name}, theirs_{name};\n"));
            pins[0].push_str(&format!(".{name}(ours_{name}),"));
            pins[1].push_str(&format!(".{name}(theirs_{name}),"));
            continue;
        }
        bench.push_str(&format!("reg {range} {name} = 0;\n"));
        pins.iter_mut().for_each(|pins| pins.push_str(&format!(".{name}({name}),")));
        match name.as_str() {
            "clk_i" => {}
            "rst_i" => random.push_str("rst_i = cycle < 12;\n"),
            "enable_i" => random.push_str("enable_i = cycle < 12 || $random % 8 != 0;\n"),
            _ => random.push_str(&format!("{name} = {{$random, $random}};\n")),
        }
    }
    for (side, pins) in ["Models", "Primitives"].iter().zip(&pins) {
        let pins = pins.trim_end_matches(',');
        bench.push_str(&format!("{top}_{side} {side} ({pins});\n"));
    }
    bench.push_str(&format!(
        "integer cycle, wrong = 0;\ninitial begin\nfor (cycle = 0; cycle < 4000; cycle = cycle + 1) \
         begin\n{random}#4 clk_i = 1; #4 clk_i = 0; #2;\nif (cycle > 40 && ours_result_o !== \
         theirs_result_o) wrong = wrong + 1;\nend\n$display(\"%0d wrong, last %h\", wrong, \
         ours_result_o);\n$finish;\nend\nendmodule\n"
    ));
    bench
}

/// Runs a design with the `cell` of the library beside the same design with our models.
fn compare(design: &Design, cell: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let text = |cells| {
        let emitted = design.verilog(&EmitOptions { cells, ..EmitOptions::default() }).unwrap();
        let stubs = if cells == Cells::Models { emitted.stubs.clone() } else { None };
        let files = stubs.iter().chain(&emitted.files);
        let text: String = files.map(|file| file.text.clone()).collect();
        text.replace(&emitted.top, &format!("{}_{cells:?}", emitted.top))
    };
    let (ours, theirs) = (text(Cells::Models), text(Cells::Primitives));
    let bench = bench(design);
    for (name, text) in
        [("ours.v", ours.as_str()), ("theirs.v", &theirs), ("bench.v", &bench), ("cell.v", cell)]
    {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let args = ["-g2012", "-o", "run", "-s", "bench", "ours.v", "theirs.v", "cell.v", "bench.v"];
    run(folder.path(), "iverilog", &args);
    run(folder.path(), "vvp", &["-n", "run"])
}

#[test]
fn sb_mac16_is_configured_as_the_model_says() {
    let cell = library_cell("ice40/cells_sim.v", "SB_MAC16");
    let full = [Mode::Word16, Mode::Word8, Mode::Word4];
    for (multiplier, modes) in [
        (Multiplier::Mac16, &full[..]),
        (Multiplier::Mac16, &full[1..]),
        (Multiplier::OneDsp, &full),
    ] {
        let config = LaneConfig {
            family: Family::Ice40,
            multiplier,
            modes: modes.to_vec(),
            weights: vec![WeightKind::Fixed],
            reduction: 100,
            accumulator_bits: None,
        };
        let module = lane(&LanePlan::new(&config).unwrap(), Drain::Bus).unwrap();
        let printed = compare(&Design::elaborate(&module).unwrap(), &cell);
        assert!(printed.starts_with("0 wrong, last "), "{printed}");
        let last = printed.trim().rsplit(' ').next().unwrap();
        assert!(last.chars().all(|digit| digit.is_ascii_hexdigit()), "undefined: {printed}");
        assert!(last.chars().any(|digit| digit != '0'), "nothing happened: {printed}");
    }
}

/// Our models of the cells that Yosys has no behaviour for; netlists are simulated with them.
const OURS: [&str; 3] = [
    include_str!("../../../sim/verify/models/multiplier.v"),
    include_str!("../../../sim/verify/models/ecp5.v"),
    include_str!("../../../sim/verify/models/gowin.v"),
];

fn lane_of(family: Family, multiplier: Multiplier) -> Design {
    let config = LaneConfig {
        family,
        multiplier,
        modes: vec![Mode::Word16, Mode::Word8, Mode::Word4],
        weights: vec![WeightKind::Fixed],
        reduction: 100,
        accumulator_bits: None,
    };
    let module = lane(&LanePlan::new(&config).unwrap(), Drain::Bus).unwrap();
    Design::elaborate(&module).unwrap()
}

#[test]
fn models_of_multipliers_do_what_lanes_expect_and_broken_ones_do_not() {
    // The vendors' files name the memory, too.
    let memory = include_str!("../../../sim/verify/models/memory.v");
    let cells = format!("{memory}{}", OURS.concat());
    for (family, multiplier) in [
        (Family::Ecp5, Multiplier::OneDsp),
        (Family::Ecp5, Multiplier::TwoDsp),
        (Family::Gowin, Multiplier::OneDsp),
    ] {
        let design = lane_of(family, multiplier);
        let printed = compare(&design, &cells);
        assert!(printed.starts_with("0 wrong, last "), "{family:?} {multiplier:?}: {printed}");
        let broken = cells.replace("product_q[35:0]", "(product_q[35:0] ^ 36'h200)");
        assert_ne!(broken, cells);
        let printed = compare(&design, &broken);
        assert!(!printed.starts_with("0 wrong"), "{family:?} {multiplier:?}: {printed}");
    }
}
