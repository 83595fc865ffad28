//! Traces as simulators write them. Icarus Verilog and Verilator must be installed; the traces of
//! GHDL are committed, made by `fixtures/ghdl.sh`.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::path::PathBuf;

use bitladder_wavediff::Report;
use bitladder_wavediff::report::Verdict;
use common::{Folder, diff_files, fixture, listed, run};

/// Simulates the bench with Icarus and returns the trace.
fn icarus(folder: &Folder, name: &str, parameters: &[&str], options: &[&str]) -> PathBuf {
    let (bench, mac) = (fixture("bench.v"), fixture("mac.v"));
    let (bench, mac) = (bench.to_str().unwrap(), mac.to_str().unwrap());
    let program = format!("{name}.vvp");
    let parameters = parameters.iter().map(|parameter| format!("-Pbench.{parameter}"));
    let parameters: Vec<_> = parameters.collect();
    let mut compile = vec!["-g2012", "-o", &program];
    compile.extend(parameters.iter().map(String::as_str));
    compile.extend([bench, mac]);
    run("iverilog", "iverilog", folder, &compile);
    let file = format!("+file={name}");
    let mut simulate = vec!["-n", &program];
    simulate.extend(options.iter().filter(|option| option.starts_with('-')));
    simulate.push(&file);
    simulate.extend(options.iter().filter(|option| option.starts_with('+')));
    run("vvp", "iverilog", folder, &simulate);
    folder.path(name)
}

/// Simulates the bench with Verilator and returns the trace.
fn verilator(folder: &Folder, name: &str, trace: &str, parameters: &[&str]) -> PathBuf {
    let (bench, mac) = (fixture("bench.v"), fixture("mac.v"));
    let parameters: Vec<_> = parameters.iter().map(|parameter| format!("-G{parameter}")).collect();
    let mut compile = vec!["--binary", "--timing", "-Wno-fatal", "--top-module", "bench", trace];
    compile.extend(["-CFLAGS", "-O0", "--Mdir", name, "-o", "sim"]);
    compile.extend(parameters.iter().map(String::as_str));
    compile.extend([bench.to_str().unwrap(), mac.to_str().unwrap()]);
    run("verilator", "verilator", folder, &compile);
    let trace = format!("{name}.trace");
    let program = folder.path(name).join("sim");
    run(program.to_str().unwrap(), "verilator", folder, &[&format!("+file={trace}")]);
    folder.path(&trace)
}

fn places(report: &Report) -> Vec<(&str, u64)> {
    report.signals.iter().map(|signal| (signal.name.as_str(), signal.mismatches)).collect()
}

// The bench's own string holds the file's name.
const NAMES: &str = "--ignore bench.file$";

#[test]
fn icarus_vcd_and_fst_agree_and_a_fault_is_found() {
    let folder = Folder::new();
    let golden = icarus(&folder, "golden.vcd", &[], &[]);
    let fst = icarus(&folder, "golden.fst", &[], &["-fst"]);
    let report = diff_files(&golden, &fst, NAMES).unwrap();
    assert_eq!(report.verdict, Verdict::Equal, "{report:?}");
    assert!(report.compared >= 15 && report.samples > 400, "{report:?}");
    let faulty = icarus(&folder, "faulty.fst", &["BUG_AT=50"], &["-fst"]);
    let options = "--ignore ^file$ --clock clk --golden-prefix bench --dut-prefix bench";
    let report = diff_files(&golden, &faulty, options).unwrap();
    let acc = report.signals.iter().find(|signal| signal.name == "dut.acc").unwrap();
    let first = &acc.listed[0];
    assert_eq!((first.position, first.bits.as_slice()), (55, &[3][..]), "{report:?}");
    assert!(report.signals.iter().all(|signal| signal.name != "dut.count"));
}

#[test]
fn stalls_and_latency_disappear_between_transactions() {
    let folder = Folder::new();
    let golden = icarus(&folder, "golden.vcd", &["CYCLES=150"], &[]);
    let stalled = icarus(&folder, "stalled.vcd", &["CYCLES=223"], &["+stall"]);
    let stream = "--clock bench.clk --valid bench.out_valid --ready bench.ready \
                  --payload bench.out_data";
    let report = diff_files(&golden, &stalled, stream).unwrap();
    assert_eq!(report.mismatches, 0, "{report:?}");
    assert!(report.samples > 140, "{report:?}");
    let late = icarus(&folder, "late.fst", &["CYCLES=150", "LATENCY=3"], &["-fst"]);
    let options = "--clock bench.clk --select bench.out_data --latency auto";
    let report = diff_files(&golden, &late, options).unwrap();
    assert_eq!((report.latency[0].shift, report.mismatches), (3, 0), "{report:?}");
}

#[test]
fn verilator_vcd_and_fst_agree_with_icarus() {
    let folder = Folder::new();
    let golden = icarus(&folder, "golden.vcd", &[], &[]);
    let vcd = verilator(&folder, "vcd", "--trace", &[]);
    let fst = verilator(&folder, "fst", "--trace-fst", &[]);
    let options = "--ignore bench.file$ --dut-prefix TOP --clock bench.clk --x golden-x";
    for found in [&vcd, &fst] {
        let report = diff_files(&golden, found, options).unwrap();
        assert_eq!(report.verdict, Verdict::Equal, "{report:?}");
        assert!(report.compared >= 15 && report.samples > 190, "{report:?}");
    }
    assert_eq!(diff_files(&vcd, &fst, "--ignore file$").unwrap().verdict, Verdict::Equal);
    let faulty = verilator(&folder, "faulty", "--trace-fst", &["BUG_AT=20"]);
    let report = diff_files(&golden, &faulty, &format!("{options} --select acc$")).unwrap();
    assert_eq!(places(&report).len(), 1);
    assert_eq!(report.signals[0].listed[0].position, 25, "{report:?}");
}

#[test]
fn ghdl_vcd_and_fst_agree_with_each_other_and_with_verilog() {
    let (vcd, fst) = (fixture("ghdl.vcd"), fixture("ghdl.fst"));
    // GHDL's FST has no top scope, one bit for integers and no values for reals.
    let error = diff_files(&vcd, &fst, "--golden-prefix bench").unwrap_err().to_string();
    assert!(error.contains("'bench.cycle' (32 bits in golden, 1 bit in the other)"), "{error}");
    let report = diff_files(&vcd, &fst, "--golden-prefix bench --ignore cycle|level").unwrap();
    assert_eq!((report.verdict, report.compared), (Verdict::Equal, 6), "{report:?}");
    let folder = Folder::new();
    let verilog = icarus(&folder, "mac.vcd", &["CYCLES=59"], &[]);
    let options = "--golden-prefix bench.dut --dut-prefix bench --select ^acc$ --clock bench.clk";
    let report = diff_files(&verilog, &vcd, &format!("{options} --tail ignore")).unwrap();
    assert_eq!((report.verdict, report.samples), (Verdict::Equal, 59), "{report:?}");
    let faulty = icarus(&folder, "faulty.vcd", &["CYCLES=59", "BUG_AT=7"], &[]);
    let report = diff_files(&faulty, &vcd, &format!("{options} --tail ignore --max 1")).unwrap();
    assert_eq!(listed(&report, "acc").len(), 1);
    assert_eq!(report.signals[0].listed[0].bits, [3]);
}
