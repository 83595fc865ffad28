//! The signals around the first row of results that leaves the array.

use std::fs::File;
use std::io::{BufReader, BufWriter};

use bitladder_device::{Device, cycle_limit, rust_sim};
use bitladder_golden::IntBatch;
use bitladder_machine::{Program, cycles};
use serde::{Deserialize, Serialize};
use vcd::{Command, IdCode, Parser, Value};

use crate::DemoError;

/// What is shown: the signal of the machine's top, and what it means.
const SHOWN: [(&str, &str); 9] = [
    ("core_activation_enable", "activations are read"),
    ("core_weight_enable", "weights are read"),
    ("core_weight_group", "which group of weights"),
    ("core_result_valid", "a row of sums leaves the array"),
    ("core_result_row", "which row"),
    ("core_result_0", "sum of column 0"),
    ("back_activation_write_mask", "words that are written"),
    ("back_activation_write_address", "where to"),
    ("back_activation_write_data_0", "the word of column 0"),
];
/// The clock's name.
const CLOCK: &str = "clk_i";
/// What the excerpt is around: a place in [`SHOWN`].
const AROUND: usize = 3;
/// Cycles before it and altogether.
const BEFORE: usize = 6;
const CYCLES: usize = 24;

/// A signal over the excerpt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Its name in the RTL.
    pub name: String,
    /// What it means.
    pub meaning: String,
    /// Its bits.
    pub width: u32,
    /// Its value in each cycle; none where it is not known.
    pub values: Vec<Option<u64>>,
}

/// Some cycles of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Excerpt {
    /// The first cycle, from the program's start.
    pub first: usize,
    /// The signals.
    pub signals: Vec<Signal>,
}

/// Runs a batch in the Rust simulation with its waveform written, and cuts the excerpt out.
pub fn excerpt(program: &Program, batch: IntBatch) -> Result<Excerpt, DemoError> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("run.vcd");
    let mut device = rust_sim(&program.config)?;
    device.load(program)?;
    device.set_inputs(&[batch])?;
    let sim = device.bus().pins().sim();
    sim.trace(BufWriter::new(File::create(&path)?))
        .map_err(bitladder_device::BackendError::from)?;
    device.start()?;
    device.wait(cycle_limit(cycles(program, &program.config)?.cycles))?;
    let sim = device.bus().pins().sim();
    sim.end_trace().map_err(bitladder_device::BackendError::from)?;
    cut(BufReader::new(File::open(&path)?))
}

fn number(bits: &vcd::Vector) -> Option<u64> {
    bits.iter().try_fold(0, |number: u64, bit| match bit {
        Value::V0 => Some(number << 1),
        Value::V1 => Some(number << 1 | 1),
        Value::X | Value::Z => None,
    })
}

/// Values at each rising edge of the clock, around the first cycle in which [`AROUND`] is set.
fn cut(trace: impl std::io::BufRead) -> Result<Excerpt, DemoError> {
    let mut parser = Parser::new(trace);
    let header = parser.parse_header()?;
    let top = header.items.iter().find_map(|item| match item {
        vcd::ScopeItem::Scope(scope) => Some(scope.identifier.clone()),
        _ => None,
    });
    let top = top.ok_or(DemoError::Signal { name: CLOCK })?;
    let find = |name: &'static str| {
        header.find_var(&[top.as_str(), name]).ok_or(DemoError::Signal { name })
    };
    let clock = find(CLOCK)?.code;
    let mut codes: Vec<(IdCode, u32)> = Vec::new();
    for (name, _) in SHOWN {
        let var = find(name)?;
        codes.push((var.code, var.size));
    }
    let mut now: Vec<Option<u64>> = vec![None; SHOWN.len()];
    let mut cycles: Vec<Vec<Option<u64>>> = Vec::new();
    let (mut cycle, mut found) = (0, None);
    for command in parser {
        let (code, value) = match command? {
            Command::ChangeScalar(code, value) => {
                if code == clock && value == Value::V1 {
                    found = found.or((now[AROUND] == Some(1)).then_some(cycle));
                    cycles.push(now.clone());
                    cycle += 1;
                    if found.is_some_and(|found| cycle + BEFORE >= found + CYCLES) {
                        break;
                    }
                }
                (code, number(&vcd::Vector::from(vec![value])))
            }
            Command::ChangeVector(code, bits) => (code, number(&bits)),
            _ => continue,
        };
        for (place, _) in codes.iter().enumerate().filter(|(_, known)| known.0 == code) {
            now[place] = value;
        }
    }
    let first = found.unwrap_or_default().saturating_sub(BEFORE);
    let signal = |place: usize| Signal {
        name: SHOWN[place].0.into(),
        meaning: SHOWN[place].1.into(),
        width: codes[place].1,
        values: cycles.iter().skip(first).take(CYCLES).map(|values| values[place]).collect(),
    };
    Ok(Excerpt { first, signals: (0..SHOWN.len()).map(signal).collect() })
}
