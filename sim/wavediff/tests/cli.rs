//! The program: exit codes, reports and limits.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::fmt::Write as _;
use std::process::Output;

use assert_cmd::Command;
use common::{Folder, vcd};
use predicates::prelude::*;

fn wavediff(folder: &Folder, arguments: &str) -> Command {
    let mut command = Command::cargo_bin("wavediff").unwrap();
    command.current_dir(folder.path("")).args(arguments.split_whitespace());
    command
}

fn folder() -> Folder {
    let folder = Folder::new();
    let vars = "t.clk 1 c\nt.a 8 a [7:0]\nt.<odd> 1 o";
    let golden = vcd(vars, "#0\n0c\nb0 a\n0o\n#5\n1c\n#10\n0c\nb101 a\n#15\n1c\n#20\n0c\n#25\n1c");
    folder.write("golden.vcd", &golden);
    folder.write("dut.vcd", golden.replace("b101 a", "b111 a\n1o"));
    folder
}

#[test]
fn exit_codes_tell_equal_different_and_impossible() {
    let folder = folder();
    wavediff(&folder, "golden.vcd golden.vcd").assert().code(0);
    let different = wavediff(&folder, "golden.vcd dut.vcd --clock clk").assert().code(1);
    different.stdout(
        "DIFFERENT: golden.vcd (golden) and dut.vcd (other)\n\
         aligned on rising edges of clk (golden) and clk (other)\n\
         3 cycles of 3 signals compared: 2 differ, in 2 places\n\n\
         t.a: 1 place, 2 cycles in all\n  \
         cycle 1, 15 ns: expected 8'h05, found 8'h07 for 2 cycles, bit 1\n\n\
         t.<odd>: 1 place, 2 cycles in all\n  \
         cycle 1, 15 ns: expected 0, found 1 for 2 cycles, bit 0\n",
    );
    let impossible = wavediff(&folder, "golden.vcd missing.vcd").assert().code(2);
    impossible
        .stdout("")
        .stderr(predicate::str::starts_with("wavediff: missing.vcd: cannot read: "));
    wavediff(&folder, "golden.vcd").assert().code(2);
    wavediff(&folder, "golden.vcd dut.vcd --select (").assert().code(2);
    let no_stream = wavediff(&folder, "golden.vcd dut.vcd --by streams").assert().code(2);
    no_stream.stderr("wavediff: --by streams needs --payload, or [[stream]] entries in the map\n");
    let tolerance = wavediff(&folder, "golden.vcd dut.vcd --real-tolerance NaN").assert().code(2);
    tolerance.stderr("wavediff: --real-tolerance NaN is not a number from 0 up\n");
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let folder = Folder::new();
    let help = wavediff(&folder, "--help").assert().code(0);
    help.stdout(
        predicate::str::contains("Examples:").and(predicate::str::contains("Exit codes: 0")),
    );
}

#[test]
fn json_holds_all_of_the_report() {
    let folder = folder();
    let output = wavediff(&folder, "golden.vcd dut.vcd --clock clk --json").assert().code(1);
    let json: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(json["verdict"], "different");
    assert_eq!(json["position_unit"], "cycle");
    assert_eq!(json["time_unit"], "1 ns");
    let mismatch = &json["signals"][0]["listed"][0];
    assert_eq!(mismatch["position"], 1);
    assert_eq!(mismatch["golden_time"], 15);
    assert_eq!(mismatch["expected"], "8'h05");
    assert_eq!(mismatch["bits"], serde_json::json!([1]));
    let output = wavediff(&folder, "golden.vcd missing.vcd --json").assert().code(2);
    let json: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(json["verdict"], "error");
}

#[test]
fn junit_has_a_case_per_differing_signal() {
    let folder = folder();
    wavediff(&folder, "golden.vcd dut.vcd --clock clk --junit out.xml").assert().code(1);
    let xml = std::fs::read_to_string(folder.path("out.xml")).unwrap();
    assert!(xml.contains("tests=\"3\" failures=\"2\" errors=\"0\""), "{xml}");
    assert!(xml.contains("<testcase classname=\"wavediff\" name=\"1 equal signals\"/>"), "{xml}");
    assert!(xml.contains(
        "name=\"t.&lt;odd&gt;\"><failure message=\"1 mismatches, the first at cycle 1, 15 ns"
    ));
    wavediff(&folder, "golden.vcd missing.vcd --junit out.xml").assert().code(2);
    let xml = std::fs::read_to_string(folder.path("out.xml")).unwrap();
    assert!(xml.contains("<error message=\"missing.vcd: cannot read"), "{xml}");
    let write = wavediff(&folder, "golden.vcd dut.vcd --junit no/out.xml").assert().code(2);
    write.stderr(predicate::str::contains("no/out.xml: cannot write: "));
}

#[test]
fn views_open_at_the_first_mismatch() {
    let folder = folder();
    let output = wavediff(&folder, "golden.vcd dut.vcd --clock clk --views v").assert().code(1);
    output.stdout(predicate::str::ends_with(
        "views: v.golden.gtkw v.golden.sucl v.dut.gtkw v.dut.sucl\n",
    ));
    let gtkw = std::fs::read_to_string(folder.path("v.dut.gtkw")).unwrap();
    let lines: Vec<_> = gtkw.lines().collect();
    let dumpfile = folder.path("dut.vcd").canonicalize().unwrap();
    assert_eq!(lines[1], format!("[dumpfile] \"{}\"", dumpfile.display()));
    assert!(lines[3].contains(" 15 -1 -1"), "{gtkw}");
    assert_eq!(&lines[4..], ["@28", "t.clk", "@22", "t.a[7:0]", "@28", "t.<odd>"]);
    let sucl = std::fs::read_to_string(folder.path("v.golden.sucl")).unwrap();
    assert!(sucl.contains("variable_add t.a\n") && sucl.ends_with("cursor_set 15\n"), "{sucl}");
}

#[test]
fn the_list_is_limited_but_the_count_is_not() {
    let folder = Folder::new();
    let mut bodies = [String::new(), String::new()];
    for time in 0..1000 {
        for (body, value) in bodies.iter_mut().zip([0, 1]) {
            writeln!(body, "#{time}\nb{value}{:b} a", time % 2).unwrap();
        }
    }
    folder.write("golden.vcd", vcd("a 2 a", &bodies[0]));
    folder.write("dut.vcd", vcd("a 2 a", &bodies[1]));
    let output = wavediff(&folder, "golden.vcd dut.vcd --max 3 --json").assert().code(1);
    let json: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(json["mismatches"], 1000);
    assert_eq!(json["signals"][0]["listed"].as_array().unwrap().len(), 3);
}

/// Runs the program with so many KiB of address space.
fn within(folder: &Folder, kibibytes: u32, arguments: &str) -> Output {
    let program = assert_cmd::cargo::cargo_bin("wavediff");
    // The program comes as an argument of the script: its path may have spaces.
    let script = format!("ulimit -v {kibibytes}; exec \"$0\" {arguments}");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &script]).arg(program).env("MALLOC_ARENA_MAX", "2");
    shell.current_dir(folder.path(""));
    shell.output().unwrap()
}

#[test]
fn memory_does_not_grow_with_the_trace() {
    let folder = Folder::new();
    let mut text = vcd("t.a 64 a [63:0]\nt.b 1 b", "#0\nb0 a\n0b\n");
    for time in 1..1_500_000u64 {
        writeln!(text, "#{time}\nb{:b} a\n{}b", time.wrapping_mul(0x9e37_79b9_7f4a_7c15), time % 2)
            .unwrap();
    }
    assert!(text.len() > 100 << 20);
    folder.write("long.vcd", &text);
    // Two traces are over 200 MiB; the program itself and its threads' stacks take address space.
    let output = within(&folder, 140 << 10, "long.vcd long.vcd");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_million_signals_fit() {
    let folder = Folder::new();
    let mut text = String::from("$timescale 1ns $end\n$scope module top $end\n");
    for signal in 0..1_000_000 {
        writeln!(text, "$var wire 16 {signal:x}% register_{signal} [15:0] $end").unwrap();
    }
    text += "$upscope $end\n$enddefinitions $end\n#0\n";
    for signal in 0..1_000_000 {
        writeln!(text, "b{:b} {signal:x}%", signal % 65536).unwrap();
    }
    folder.write("golden.vcd", &text);
    folder.write("dut.vcd", format!("{text}#7\nb1 f423f%\n"));
    let output = within(&folder, 500 << 10, "golden.vcd dut.vcd");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1000000 signals compared: 1 differ"), "{text}");
    assert!(text.contains("top.register_999999: 1 place"), "{text}");
}
