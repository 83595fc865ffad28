//! Waveforms: the dump has our names, our hierarchy, the right widths and the right values.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};

use bitladder_rtl::{BlackBox, Design, ModuleBuilder, Sim, SimError, sint, uint};
use vcd::{Command, IdCode, ScopeItem, Value};

/// Two accumulators of different width, one of them on a gated clock.
fn design() -> Design {
    let adder = |width: u32| {
        let m = ModuleBuilder::new("accumulator").param("w", width);
        let clk = m.clock("clk", "clock");
        let x = m.input("x", sint(5), "what to add");
        let sum = m.reg("sum_q", sint(width), clk);
        sum.next(sum.q + m.named("extended", x.extend(width)));
        m.drive(m.output("sum", sint(width), "the sum"), sum.q);
        m.build().unwrap()
    };
    let gate = BlackBox::new("GATE", "a clock gate").clock("I").input("E", uint(1));
    let gate = gate.clock_output("O").clock_rule("O", "I", Some(("E", true)));
    let m = ModuleBuilder::new("top");
    let clk = m.clock("clk", "clock");
    let (x, en) = (m.input("x", sint(5), "number"), m.input("en", uint(1), "let the clock pass"));
    let gate = m.black_box("u_gate", &gate.into()).clock("I", clk).connect("E", en);
    let gated = gate.clock_out("O");
    for (name, width, clock) in [("narrow", 9, clk), ("wide", 100, gated)] {
        let placed = m.instance(name, &adder(width)).clock("clk", clock).connect("x", x);
        m.drive(m.output(name, sint(width), "a sum"), placed.out("sum"));
    }
    Design::elaborate(&m.build().unwrap()).unwrap()
}

/// A parsed dump: width of every path, and its values after each time stamp.
struct Dump {
    widths: HashMap<String, u32>,
    samples: Vec<(u64, HashMap<String, u128>)>,
}

fn bits(values: impl Iterator<Item = Value>) -> u128 {
    values.fold(0, |all, value| all << 1 | u128::from(value == Value::V1))
}

fn parse(path: &std::path::Path) -> Dump {
    let mut parser = vcd::Parser::new(BufReader::new(File::open(path).unwrap()));
    let header = parser.parse_header().unwrap();
    assert_eq!(header.timescale, Some((1, vcd::TimescaleUnit::NS)));
    let mut codes: HashMap<IdCode, Vec<String>> = HashMap::new();
    let mut widths = HashMap::new();
    let mut open: Vec<(String, &[ScopeItem])> = vec![(String::new(), &header.items[..])];
    while let Some((prefix, items)) = open.pop() {
        for item in items {
            match item {
                ScopeItem::Scope(scope) => {
                    open.push((format!("{prefix}{}.", scope.identifier), &scope.items[..]));
                }
                ScopeItem::Var(var) => {
                    let path = format!("{prefix}{}", var.reference);
                    widths.insert(path.clone(), var.size);
                    codes.entry(var.code).or_default().push(path);
                }
                _ => {}
            }
        }
    }
    let mut now = HashMap::new();
    let mut samples: Vec<(u64, HashMap<String, u128>)> = Vec::new();
    for command in parser {
        let (code, value) = match command.unwrap() {
            Command::Timestamp(time) => {
                samples.push((time, now.clone()));
                continue;
            }
            Command::ChangeScalar(code, value) => (code, bits([value].into_iter())),
            Command::ChangeVector(code, vector) => (code, bits(vector.iter())),
            _ => continue,
        };
        for path in &codes[&code] {
            now.insert(path.clone(), value);
            samples.last_mut().unwrap().1.insert(path.clone(), value);
        }
    }
    Dump { widths, samples }
}

#[test]
fn a_dump_holds_what_the_simulation_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.vcd");
    let mut sim = Sim::new(&design()).unwrap();
    let shown = ["top.x_i", "top.narrow_o", "top.narrow.extended", "top.wide.sum_q"];
    let mut expected = Vec::new();
    sim.trace(BufWriter::new(File::create(&path).unwrap())).unwrap();
    for cycle in 0..40 {
        sim.set_number("x", (cycle * 7) % 32 - 16).unwrap();
        let enable = u128::from(cycle % 3 != 0);
        sim.set("en", enable).unwrap();
        let before = shown.map(|path| sim.get(path).unwrap());
        sim.step("clk").unwrap();
        expected.push((before, shown.map(|path| sim.get(path).unwrap()), enable));
    }
    sim.end_trace().unwrap();

    let dump = parse(&path);
    for (path, width) in
        [("top.clk_i", 1), ("top.x_i", 5), ("top.narrow.sum_o", 9), ("top.wide.extended", 100)]
    {
        assert_eq!(dump.widths.get(path), Some(&width), "{path}");
    }
    let at = |time: u64| &dump.samples.iter().rev().find(|(at, _)| *at == time).unwrap().1;
    for (cycle, (before, after, enable)) in (0u64..).zip(expected) {
        let (start, edge) = (at(cycle * 10), at(cycle * 10 + 5));
        assert_eq!(shown.map(|path| start[path]), before, "before edge {cycle}");
        assert_eq!(shown.map(|path| edge[path]), after, "after edge {cycle}");
        assert_eq!([start["top.clk_i"], edge["top.clk_i"]], [0, 1]);
        assert_eq!([start["top.wide.clk_i"], edge["top.wide.clk_i"]], [0, enable]);
    }
}

#[test]
fn the_same_run_gives_the_same_dump() {
    let run = || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.vcd");
        let mut sim = Sim::new(&design()).unwrap();
        sim.trace(File::create(&path).unwrap()).unwrap();
        for cycle in 0..10 {
            sim.set("x", cycle).unwrap();
            sim.step("clk").unwrap();
        }
        sim.end_trace().unwrap();
        std::fs::read_to_string(path).unwrap()
    };
    let text = run();
    assert_eq!(text, run());
    assert!(text.contains("$var wire 100 "), "{text}");
    assert!(text.contains(" sum_q [99:0] $end"), "{text}");
}

/// A disk that is full.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("no space left"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_failing_writer_is_an_error() {
    let mut sim = Sim::new(&design()).unwrap();
    let error = sim.trace(Full).unwrap_err();
    assert_eq!(error, SimError::Trace { reason: "no space left".into() });
    assert_eq!(
        error.to_string(),
        "the trace could not be written: no space left; `end_trace` stops it"
    );
    sim.step("clk").unwrap();
}
