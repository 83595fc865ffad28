//! Properties over random traces and damaged files.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Folder, diff, diff_files, listed};
use proptest::prelude::*;
use vcd::{IdCode, Value, VarType, Vector};

/// Values of a few signals at increasing times.
#[derive(Debug, Clone)]
struct Trace {
    widths: Vec<u32>,
    /// Time step, signal and value of each change.
    changes: Vec<(u64, usize, Vec<u8>)>,
}

const VALUES: [Value; 4] = [Value::V0, Value::V1, Value::X, Value::Z];

fn traces() -> impl Strategy<Value = Trace> {
    prop::collection::vec(1u32..70, 1..6).prop_flat_map(|widths| {
        let count = widths.len();
        let change = (0u64..4, 0..count, prop::collection::vec(0u8..4, 70));
        prop::collection::vec(change, 1..80)
            .prop_map(move |changes| Trace { widths: widths.clone(), changes })
    })
}

/// Writes a trace; `flip` inverts one bit at one change.
fn write(trace: &Trace, flip: Option<usize>) -> String {
    let mut bytes = Vec::new();
    let mut writer = vcd::Writer::new(&mut bytes);
    writer.timescale(1, vcd::TimescaleUnit::NS).unwrap();
    writer.add_module("top").unwrap();
    let ids: Vec<IdCode> = (0..)
        .zip(&trace.widths)
        .map(|(number, width)| {
            let name = format!("s{number}");
            writer.add_var(VarType::Wire, *width, &name, None).unwrap()
        })
        .collect();
    writer.upscope().unwrap();
    writer.enddefinitions().unwrap();
    let mut time = 0;
    writer.timestamp(0).unwrap();
    for (number, (step, signal, value)) in trace.changes.iter().enumerate() {
        if *step > 0 {
            time += step;
            writer.timestamp(time).unwrap();
        }
        let width = trace.widths[*signal] as usize;
        let mut bits: Vec<Value> = value[..width].iter().map(|v| VALUES[*v as usize]).collect();
        if flip == Some(number) {
            bits[0] = if bits[0] == Value::V0 { Value::V1 } else { Value::V0 };
        }
        match bits.as_slice() {
            [bit] => writer.change_scalar(ids[*signal], *bit).unwrap(),
            _ => writer.change_vector(ids[*signal], bits.iter().copied()).unwrap(),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The time of a change, and the next time at which its signal changes or the trace ends.
fn lifetime(trace: &Trace, number: usize) -> (u64, u64) {
    let mut times = trace.changes.iter().scan(0, |time, (step, signal, _)| {
        *time += step;
        Some((*time, *signal))
    });
    let times: Vec<_> = times.by_ref().collect();
    let (start, signal) = times[number];
    let next = times[number + 1..].iter().find(|(_, other)| *other == signal);
    let end = times.last().unwrap().0;
    (start, next.map_or(end, |(time, _)| *time))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_trace_equals_itself(trace in traces()) {
        let text = write(&trace, None);
        let report = diff(&text, &text, "").unwrap();
        prop_assert_eq!(report.exit_code(), 0);
        prop_assert_eq!(report.compared, trace.widths.len());
    }

    #[test]
    fn one_flipped_value_is_exactly_what_is_found(trace in traces(), pick in any::<prop::sample::Index>()) {
        let number = pick.index(trace.changes.len());
        let (start, end) = lifetime(&trace, number);
        let (golden, found) = (write(&trace, None), write(&trace, Some(number)));
        let report = diff(&golden, &found, "").unwrap();
        // A value that is replaced at the same moment was never there.
        let replaced = start == end && {
            let (_, signal, _) = &trace.changes[number];
            trace.changes[number + 1..].iter().take_while(|change| change.0 == 0)
                .any(|change| change.1 == *signal)
        };
        if replaced {
            prop_assert_eq!(report.exit_code(), 0);
        } else {
            let (_, signal, _) = &trace.changes[number];
            let name = format!("top.s{signal}");
            prop_assert_eq!(report.mismatches, 1);
            let mismatch = &report.signals[0].listed[0];
            prop_assert_eq!(mismatch.golden_time, start as i64);
            prop_assert_eq!(mismatch.span, end - start);
            prop_assert_eq!(&mismatch.bits, &vec![trace.widths[*signal] - 1]);
            prop_assert_eq!(listed(&report, &name).len(), 1);
        }
    }

    #[test]
    fn damaged_vcd_files_never_panic(
        trace in traces(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..8),
    ) {
        let good = write(&trace, None);
        let mut bytes = good.clone().into_bytes();
        for (place, byte, kind) in damage {
            let place = place.index(bytes.len());
            match kind {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => bytes.truncate(place.max(1)),
            }
        }
        let folder = Folder::new();
        let golden = folder.write("golden.vcd", &good);
        let damaged = folder.write("damaged.vcd", &bytes);
        if let Err(error) = diff_files(&golden, &damaged, "--x golden-x") {
            let message = error.to_string();
            prop_assert!(!message.is_empty() && message.len() < 4096, "{}", message);
        }
        let _ = diff_files(&damaged, &golden, "--clock s0 --latency auto");
    }

    #[test]
    fn damaged_fst_files_never_panic(
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        unpack in any::<bool>(),
    ) {
        let path = common::fixture("ghdl.fst");
        let mut bytes = std::fs::read(&path).unwrap();
        if unpack {
            bytes = common::unwrapped(&bytes);
        }
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let folder = Folder::new();
        let damaged = folder.write("damaged.fst", &bytes);
        if let Err(error) = diff_files(&path, &damaged, "") {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

#[test]
fn vectors_of_the_vcd_crate_are_what_we_think() {
    let vector: Vector = "01xz".parse().unwrap();
    assert_eq!(vector.iter().collect::<Vec<_>>(), VALUES);
}
