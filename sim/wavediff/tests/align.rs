//! Bringing samples and names together.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bitladder_wavediff::report::{LengthDifference, Verdict};
use common::{diff, failure, listed, vcd};

const VARS: &str = "top.clk 1 c\ntop.a 4 a [3:0]";

/// A clock of period 10 with a value of `a` just after each rising edge.
fn clocked(values: &[&str]) -> String {
    let mut body = String::from("#0\n0c\nb0 a\n");
    for (cycle, value) in values.iter().enumerate() {
        let rise = cycle * 10 + 5;
        body += &format!("#{rise}\n1c\n#{}\nb{value} a\n#{}\n0c\n", rise + 1, rise + 5);
    }
    body += &format!("#{}\n1c\n", values.len() * 10 + 5);
    vcd(VARS, &body)
}

#[test]
fn a_clock_samples_before_its_edge_and_runs_are_joined() {
    let golden = clocked(&["0", "1", "1", "1", "10", "11"]);
    let found = clocked(&["0", "1", "101", "101", "10", "11"]);
    let report = diff(&golden, &found, "--clock clk").unwrap();
    assert_eq!(listed(&report, "top.a"), ["3+2 4'h1/4'h5"]);
    assert_eq!((report.samples, report.mismatches, report.signals[0].span), (7, 1, 2));
    let first = &report.signals[0].listed[0];
    assert_eq!((first.golden_time, first.dut_time, first.bits.as_slice()), (35, 35, &[2][..]));
    let after = diff(&golden, &found, "--clock clk --sample after").unwrap();
    assert_eq!(listed(&after, "top.a"), ["3+2 4'h1/4'h5"]);
    let falling = diff(&golden, &found, "--clock clk --edge falling").unwrap();
    assert_eq!(listed(&falling, "top.a"), ["2+2 4'h1/4'h5"]);
    let both = diff(&golden, &found, "--clock clk --edge both").unwrap();
    assert_eq!(listed(&both, "top.a"), ["5+4 4'h1/4'h5"]);
}

#[test]
fn time_compares_each_moment() {
    let golden = vcd("a 1 a", "#0\n0a\n#10\n1a\n#30\n0a\n#40\n1a");
    let found = vcd("a 1 a", "#0\n0a\n#12\n1a\n#30\n0a\n#40\n1a");
    let report = diff(&golden, &found, "").unwrap();
    assert_eq!(listed(&report, "a"), ["10+2 1/0"]);
    assert_eq!(diff(&golden, &found, "--from 12ns").unwrap().verdict, Verdict::Equal);
    assert_eq!(diff(&golden, &found, "--to 9").unwrap().verdict, Verdict::Equal);
    // The state at the start of the window counts, although nothing changes there.
    let report = diff(&golden, &found, "--from 11 --to 11").unwrap();
    assert_eq!(listed(&report, "a"), ["11+0 1/0"]);
    assert!(
        failure(&golden, &found, "--from 5ps").starts_with("5ps is not a whole number of 1 ns")
    );
}

#[test]
fn units_of_time_may_differ() {
    let golden = vcd("a 1 a", "#0\n0a\n#10\n1a\n#20\n0a");
    let found = vcd("a 1 a", "#0\n0a\n#10000\n1a\n#20001\n0a").replace("1ns", "1 ps");
    let report = diff(&golden, &found, "").unwrap();
    assert_eq!(listed(&report, "a"), ["20000+1 0/1"]);
    assert_eq!(report.time_unit.to_string(), "1 ps");
}

#[test]
fn latency_is_taken_or_found() {
    let values = ["0", "1", "10", "11", "110", "101", "111", "1", "1111", "0", "10", "1"];
    let mut late = vec!["0", "0", "0"];
    late.extend(values);
    let (golden, found) = (clocked(&values), clocked(&late));
    let report = diff(&golden, &found, "--clock clk --latency auto").unwrap();
    assert_eq!((report.latency[0].shift, report.verdict), (3, Verdict::Equal));
    let report = diff(&golden, &found, "--clock clk --latency 3").unwrap();
    assert_eq!((report.samples, report.verdict), (13, Verdict::Equal));
    assert_eq!(diff(&golden, &found, "--clock clk").unwrap().verdict, Verdict::Different);
    let early = diff(&found, &golden, "--clock clk --latency auto").unwrap();
    assert_eq!((early.latency[0].shift, early.verdict), (-3, Verdict::Equal));
    let by_time = diff(&golden, &found, "--by time --latency auto --ignore clk").unwrap();
    assert_eq!((by_time.latency[0].shift, by_time.verdict), (30, Verdict::Equal));
    let by_time = diff(&golden, &found, "--by time --latency 30ns --ignore clk").unwrap();
    assert_eq!(by_time.verdict, Verdict::Equal);
    let error = failure(&golden, &found, "--clock clk --latency 30ns");
    assert!(error.starts_with("a latency in time only fits alignment by time"), "{error}");
    let error = failure(&golden, &found, "--clock clk --latency auto --search-window 0");
    assert!(error.starts_with("no latency up to 64 leaves samples to compare"), "{error}");
}

#[test]
fn extreme_numbers_leave_nothing_to_compare() {
    let trace = clocked(&["0", "1", "10"]);
    for options in [
        "--latency -9223372036854775808",
        "--latency 9223372036854775807",
        "--skip 18446744073709551615",
        "--skip 18446744073709551615 --latency 9",
        "--from 9223372036854775807",
        "--to=-1",
    ] {
        for by in ["--clock clk", "--clock clk --payload top.a", "--by time"] {
            let error = failure(&trace, &trace, &format!("{by} {options}"));
            let expected = match by.contains("time") && options.contains("skip") {
                true => "--skip counts samples; by time, use --from",
                false => "so nothing was compared",
            };
            assert!(error.contains(expected), "{by} {options}: {error}");
        }
    }
    let error = failure(&trace, &trace, "--clock clk --latency auto --skip 18446744073709551615");
    assert!(error.contains("leaves samples to compare"), "{error}");
}

#[test]
fn a_shorter_trace_is_a_difference_unless_the_latency_explains_it() {
    let (long, short) = (clocked(&["0", "1", "1", "1"]), clocked(&["0", "1"]));
    let report = diff(&long, &short, "--clock clk").unwrap();
    assert_eq!((report.verdict, report.mismatches), (Verdict::Different, 0));
    let expected = LengthDifference { what: "clock".into(), golden: 5, dut: 3, gave_up: false };
    assert_eq!(report.lengths, [expected]);
    assert_eq!(diff(&short, &long, "--clock clk").unwrap().lengths.len(), 1);
    let ignored = diff(&long, &short, "--clock clk --tail ignore").unwrap();
    assert_eq!(ignored.verdict, Verdict::Equal);
    let shifted = diff(&long, &short, "--clock clk --latency -2").unwrap();
    assert!(shifted.lengths.is_empty(), "{shifted:?}");
    // By time, what one trace still changes after the other's end is seen as well.
    let report = diff(&clocked(&["0", "1", "10"]), &short, "--ignore clk").unwrap();
    assert_eq!(listed(&report, "top.a"), ["26+9 4'h2/4'h1"]);
}

fn stream(words: &[(&str, &str, &str)]) -> String {
    let vars = "s.clk 1 c\ns.valid 1 v\ns.ready 1 r\ns.data 8 d [7:0]";
    let mut body = String::from("#0\n0c\n");
    for (cycle, (valid, ready, data)) in words.iter().enumerate() {
        let low = cycle * 10;
        body += &format!("#{low}\n0c\n{valid}v\n{ready}r\nb{data} d\n#{}\n1c\n", low + 5);
    }
    vcd(vars, &body)
}

const STREAM: &str = "--clock clk --valid s.valid --ready s.ready --payload s.data";

#[test]
fn the_nth_transaction_meets_the_nth() {
    let golden = stream(&[("1", "1", "1"), ("1", "1", "10"), ("1", "1", "11")]);
    let stalled = stream(&[
        ("0", "1", "1111"),
        ("1", "0", "1"),
        ("1", "1", "1"),
        ("x", "1", "1001"),
        ("1", "1", "10"),
        ("1", "1", "111"),
    ]);
    let report = diff(&golden, &stalled, STREAM).unwrap();
    assert_eq!(listed(&report, "s.data"), ["2+1 8'h03/8'h07"]);
    assert_eq!((report.samples, report.signals[0].listed[0].dut_time), (3, 55));
    let shorter = stream(&[("1", "1", "1"), ("1", "1", "10")]);
    let report = diff(&golden, &shorter, STREAM).unwrap();
    assert_eq!((report.lengths[0].golden, report.lengths[0].dut), (3, 2));
    let late = stream(&[("1", "1", "0"), ("1", "1", "1"), ("1", "1", "10"), ("1", "1", "11")]);
    let found = diff(&golden, &late, &format!("{STREAM} --latency auto")).unwrap();
    assert_eq!((found.latency[0].shift, found.verdict), (1, Verdict::Equal));
}

#[test]
fn a_stream_that_never_fires_is_no_success() {
    let golden = stream(&[("0", "1", "1")]);
    let error = failure(&golden, &golden, STREAM);
    assert_eq!(
        error,
        "golden.vcd and dut.vcd: no stream has a transaction in both traces, so nothing was \
         compared; see the clock, the window and the latency"
    );
    let error = failure(&golden, &golden, "--by clock --clock s.valid");
    assert!(error.contains("the clocks have no edge in common"), "{error}");
}

#[test]
fn a_stream_that_runs_away_is_given_up_and_reported() {
    let word = |count: usize| vec![("1", "1", "1"); count];
    let golden = stream(&word(70_000));
    let mut slow = vec![("0", "1", "1"); 140_000];
    slow.extend(word(10));
    // Another stream keeps both traces moving side by side.
    let map = "version = 1\n[[stream]]\nname = \"slow\"\nclock = \"clk\"\nvalid = \"s.valid\"\n\
               payload = [\"s.data\"]\n[[stream]]\nname = \"all\"\nclock = \"clk\"\n\
               payload = [\"s.data\"]\n";
    let folder = common::Folder::new();
    let map = folder.write("map.toml", map);
    let report = diff(&golden, &stream(&slow), &format!("--map {}", map.display())).unwrap();
    let slow = report.lengths.iter().find(|length| length.what == "slow").unwrap();
    assert!(slow.gave_up, "{slow:?}");
}

#[test]
fn split_vectors_meet_whole_ones() {
    let whole = vcd("top.a 3 a [2:0]", "#0\nb0 a\n#5\nb110 a\n#9\nb1 a");
    let bits = vcd(
        "top.a[0] 1 0\ntop.a[2] 1 2\ntop.a[1] 1 1",
        "#0\n00\n01\n02\n#5\n12\n11\n#9\n02\n01\n10",
    );
    assert_eq!(diff(&whole, &bits, "").unwrap().verdict, Verdict::Equal);
    assert_eq!(diff(&bits, &whole, "--select top.a$").unwrap().verdict, Verdict::Equal);
    let halves = vcd("top.a 2 h [2:1]\ntop.a 1 l [0:0]", "#0\nb0 h\n0l\n#5\nb11 h\n#9\nb0 h\n1l");
    let wrong = halves.replace("b11 h", "b10 h");
    assert_eq!(diff(&bits, &halves, "").unwrap().verdict, Verdict::Equal);
    let report = diff(&bits, &wrong, "").unwrap();
    assert_eq!(listed(&report, "top.a"), ["5+4 3'h6/3'h4"]);
    assert_eq!(report.signals[0].golden, "top.a[2:0]");
    let up = vcd("top.a 3 a [0:2]", "#0\nb0 a\n#5\nb011 a\n#9\nb100 a");
    assert_eq!(diff(&up, &bits, "").unwrap().verdict, Verdict::Equal);
}

#[test]
fn aliases_are_compared_once_and_named_once() {
    let golden = vcd("t.a 1 a\nt.b 1 a\nt.c 1 a", "#0\n0a\n#5\n1a");
    let found = vcd("t.a 1 a\nt.b 1 a\nt.c 1 a", "#0\n0a\n#5\n0a\n#6\n1a");
    let report = diff(&golden, &found, "").unwrap();
    assert_eq!((report.compared, report.signals.len(), report.signals[0].aliases), (1, 1, 2));
}

#[test]
fn policies_decide_on_unknown_bits() {
    let golden = vcd("a 2 a", "#0\nb0 a\n#1\nbx1 a\n#2\nbz a\n#3\nb11 a");
    let found = vcd("a 2 a", "#0\nb0 a\n#1\nb01 a\n#2\nb0 a\n#3\nb11 a");
    let places = |policy: &str| diff(&golden, &found, &format!("--x {policy}")).unwrap().mismatches;
    assert_eq!((places("strict"), places("golden-x"), places("two-state")), (2, 1, 0));
    let unknown = vcd("a 2 a", "#0\nbx a\n#1\nbx a");
    let error = failure(&unknown, &found, "--x golden-x");
    assert_eq!(
        error,
        "golden.vcd: every compared golden value was x, which counts as don't care, so nothing \
         was compared"
    );
}

#[test]
fn reals_are_compared_as_numbers() {
    let real = |body: &str| vcd("r 64 r", body).replace("$var wire", "$var real");
    let golden = real("#0\nr1.5 r\n#5\nr2e3 r");
    assert_eq!(diff(&golden, &real("#0\nr1.50 r\n#5\nr2000 r"), "").unwrap().mismatches, 0);
    let close = real("#0\nr1.5 r\n#5\nr2001 r");
    assert_eq!(listed(&diff(&golden, &close, "").unwrap(), "r"), ["5+0 2000/2001"]);
    assert_eq!(diff(&golden, &close, "--real-tolerance 0.001").unwrap().mismatches, 0);
}
