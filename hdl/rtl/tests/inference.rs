//! What synthesis makes of memories and registers: memories become block RAM on every FPGA family,
//! and nothing else.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::process::Command;
use std::sync::Arc;

use bitladder_rtl::{
    Design, EmitOptions, Module, ModuleBuilder, ReadDuringWrite, address_width, uint,
};

/// One write and one read port, with first contents or without.
fn simple_dual_port(depth: usize, width: u32, init: &[u128]) -> Arc<Module> {
    let m = ModuleBuilder::new("ram");
    let clk = m.clock("clk", "clock");
    let address = uint(address_width(depth));
    let [write_at, read_at] = ["write_at", "read_at"].map(|name| m.input(name, address, "where"));
    let (we, data) = (m.input("we", uint(1), "write"), m.input("data", uint(width), "what"));
    let words = m.memory("words", uint(width), depth, ReadDuringWrite::DontCare).init(init);
    words.write(clk, we, write_at, data);
    m.drive(m.output("q", uint(width), "the word"), words.read("read_q", clk, read_at));
    m.build().unwrap()
}

/// Two ports that each read and write, on clocks of their own.
fn true_dual_port() -> Arc<Module> {
    let m = ModuleBuilder::new("ram");
    let words = m.memory("words", uint(16), 1024, ReadDuringWrite::DontCare);
    for port in ["a", "b"] {
        let name = |what: &str| format!("{port}_{what}");
        let clk = m.clock(&name("clk"), "clock");
        let at = m.input(&name("at"), uint(10), "where");
        let (we, data) =
            (m.input(&name("we"), uint(1), "write"), m.input(&name("data"), uint(16), "what"));
        words.write(clk, we, at, data);
        let read = words.read_enabled(&name("q"), clk, at, !we);
        m.drive(m.output(&name("word"), uint(16), "the word"), read);
    }
    m.build().unwrap()
}

/// The cells that a synthesis script maps Verilog to, with their counts.
fn mapped(text: &str, script: &str) -> Vec<(String, u32)> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ram.v"), text).unwrap();
    let script = format!("read_verilog ram.v; {script} -top ram; tee -q -o stat.txt stat");
    let output = Command::new("yosys").args(["-q", "-p", &script]).current_dir(&folder).output();
    let output = output.expect("yosys is not installed: apt-get install yosys");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = std::fs::read_to_string(folder.path().join("stat.txt")).unwrap();
    let lines = report.lines().skip_while(|line| !line.contains("Number of cells")).skip(1);
    let cell = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
    };
    lines.map_while(cell).collect()
}

fn cells(module: &Arc<Module>, script: &str) -> Vec<(String, u32)> {
    let design = Design::elaborate(module).unwrap();
    mapped(&design.verilog(&EmitOptions::default()).unwrap().single_file(), script)
}

/// Exactly one cell besides the sources of constants, and that cell a block RAM.
fn assert_one_block(found: &[(String, u32)], blocks: &[&str]) {
    let used = found.iter().filter(|(name, _)| name != "GND" && name != "VCC");
    let used: Vec<(&str, u32)> = used.map(|(name, count)| (name.as_str(), *count)).collect();
    assert!(matches!(used[..], [(name, 1)] if blocks.contains(&name)), "{found:?}");
}

#[test]
fn a_memory_is_one_block_on_ecp5() {
    for (depth, width, init) in [(1024, 16, &[][..]), (1024, 16, &[3, 1, 4]), (600, 18, &[])] {
        assert_one_block(&cells(&simple_dual_port(depth, width, init), "synth_ecp5"), &["DP16KD"]);
    }
}

/// What a hand-written memory maps to: its write enable is inverted once, because the mask of
/// the block is active low.
#[test]
fn a_memory_on_ice40_costs_what_a_hand_written_one_costs() {
    let by_hand = "module ram (input clk, input [7:0] wa, ra, input we, input [15:0] d,
            output reg [15:0] q);
        (* no_rw_check *) reg [15:0] words [0:255];
        always @(posedge clk) if (we) words[wa] <= d;
        always @(posedge clk) q <= words[ra];
    endmodule";
    let found = cells(&simple_dual_port(256, 16, &[]), "synth_ice40");
    assert_eq!(found, mapped(by_hand, "synth_ice40"));
    let count = |cell: &str| found.iter().find(|(name, _)| name == cell).map(|(_, count)| *count);
    assert_eq!(count("SB_RAM40_4K"), Some(1), "{found:?}");
    assert!(found.iter().all(|(name, _)| !name.starts_with("SB_DFF")), "{found:?}");
    assert!(count("SB_LUT4").unwrap_or(0) <= 1, "{found:?}");
}

#[test]
fn a_memory_is_one_block_on_gowin() {
    let found = cells(&simple_dual_port(1024, 16, &[]), "synth_gowin -noiopads");
    // Which of the names stands for the block depends on the release of Yosys.
    let blocks = ["SDPB", "SDP", "SDPX9B", "SDPX9", "DPB", "DP", "DPX9B", "DPX9"];
    assert_one_block(&found, &blocks);
}

#[test]
fn two_writing_ports_are_one_block_on_ecp5() {
    let found = cells(&true_dual_port(), "synth_ecp5");
    let blocks = found.iter().find(|(name, _)| name == "DP16KD");
    assert_eq!(blocks.map(|(_, count)| *count), Some(1), "{found:?}");
    assert!(found.iter().all(|(name, _)| name != "TRELLIS_FF"), "{found:?}");
}

#[test]
fn registers_apart_are_not_merged() {
    let flip_flops = |apart: bool| {
        let m = ModuleBuilder::new("ram");
        let clk = m.clock("clk", "clock");
        let data = m.input("data", uint(8), "what");
        for copy in ["a", "b"] {
            let reg = m.reg(&format!("{copy}_q"), uint(8), clk);
            let reg = if apart { reg.apart() } else { reg };
            reg.next(data);
            m.drive(m.output(copy, uint(8), "the same"), reg.q);
        }
        let found = cells(&m.build().unwrap(), "synth_ecp5");
        found.iter().find(|(name, _)| name == "TRELLIS_FF").map(|(_, count)| *count)
    };
    assert_eq!([flip_flops(false), flip_flops(true)], [Some(8), Some(16)]);
}
