//! Synthesises the back end's modules for ECP5 and writes `docs/results/machine-back-end.md`.
//!
//! `cargo run --release -p bitladder-hdl-machine --example synth_back_end`
//!
//! Needs `yosys` in `PATH`; takes some minutes.

#![allow(clippy::print_stdout, reason = "a command")]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use bitladder_blocks::Mode;
use bitladder_hdl_machine::Reach;
use bitladder_hdl_machine::back_end::{BackEndConfig, back_end};
use bitladder_hdl_machine::decide::{DecideConfig, decide};
use bitladder_hdl_machine::element::{
    ElementConfig, RatioConfig, WalkConfig, element_unit, ratio, walk,
};
use bitladder_hdl_machine::post::{
    ParameterFetchConfig, PostConfig, PostLaneConfig, WriterConfig, parameter_fetch, post,
    post_lane, writer,
};
use bitladder_machine::isa::Operation;
use bitladder_rtl::{Module, cosim};
use bitladder_spec::{Rounding, Saturation};

const INTRO: &str = "# The back end on ECP5

Written by `cargo run --release -p bitladder-hdl-machine --example synth_back_end`: Yosys'
`synth_ecp5 -nowidelut`, before placement. (Without `-nowidelut` Yosys 0.23 trades area for depth: two
to three times the LUTs.) Eight columns and rows, modes of 16, 8 and 4 bits, sums of 38 bits,
multipliers of 16 bits unless said otherwise. A LUT is a LUT4; a CCU2C counts as two.

| module | LUT | FF | DSP |
|---|---|---|---|
";

const MODES: [Mode; 3] = [Mode::Word16, Mode::Word8, Mode::Word4];

/// A name in the table, and what it stands for.
type Entry = (&'static str, Arc<Module>);

fn post_config(multiplier_bits: u32) -> PostConfig {
    PostConfig {
        rows: 8,
        columns: 8,
        lanes: 8,
        modes: MODES.to_vec(),
        accumulator_bits: 38,
        multiplier_bits,
        shift_bits: 6,
        bias_bits: 40,
        value_bits: 32,
        stored_bits: 32,
        chunks: true,
        turns: false,
        roundings: vec![Rounding::HalfUp, Rounding::HalfEven],
        saturations: vec![Saturation::Saturate, Saturation::Symmetric, Saturation::Wrap],
        activation_groups: 4096,
        parameter_entries: 2048,
        result_words: 1024,
        reach: Reach::FULL,
    }
}

fn element_config(operations: &[Operation], multiplier_bits: u32) -> ElementConfig {
    ElementConfig {
        columns: 8,
        modes: MODES.to_vec(),
        operations: operations.to_vec(),
        sum_multipliers: multiplier_bits > 1,
        multiplier_bits,
        dividers: 1,
        activation_groups: 4096,
        reach: Reach::FULL,
        direct: false,
        far: false,
        padding: true,
    }
}

const EVERY: [Operation; 4] =
    [Operation::MaxPool, Operation::AveragePool, Operation::Add, Operation::Rescale];

/// Parameters, lanes, writer.
fn post_entries() -> Result<Vec<Entry>, Box<dyn Error>> {
    let lane = |multiplier_bits, saturations: &[Saturation]| PostLaneConfig {
        saturations: saturations.to_vec(),
        ..post_config(multiplier_bits).lane()
    };
    let [limits, all] = [&[Saturation::Saturate][..], &post_config(1).saturations];
    let (bias_bits, value_bits, reach) = (40, 32, Reach::FULL);
    let (columns, multiplier_bits, entries, far) = (8, 16, 2048, false);
    let fetch = ParameterFetchConfig { columns, multiplier_bits, bias_bits, entries, reach, far };
    let write = WriterConfig {
        rows: 8,
        columns: 8,
        modes: MODES.to_vec(),
        activation_groups: 4096,
        result_words: 1024,
        value_bits,
        reach,
    };
    Ok(vec![
        ("`parameter_fetch`", parameter_fetch(&fetch)?),
        ("`post_lane`, shift only, no wrapping", post_lane(&lane(1, limits))?),
        ("`post_lane`, shift only", post_lane(&lane(1, all))?),
        ("`post_lane`, no wrapping", post_lane(&lane(16, limits))?),
        ("`post_lane`", post_lane(&lane(16, all))?),
        ("`writer`", writer(&write)?),
        ("`post`, shift only", post(&post_config(1))?),
        ("`post`", post(&post_config(16))?),
    ])
}

/// Everything without weights, the decision, and all together.
fn other_entries() -> Result<Vec<Entry>, Box<dyn Error>> {
    let back = |bits, lanes| BackEndConfig {
        post: PostConfig { lanes, ..post_config(bits) },
        element: element_config(&EVERY, bits),
    };
    let (modes, reach) = (MODES.to_vec(), Reach::FULL);
    let walks = WalkConfig {
        columns: 8,
        modes,
        activation_groups: 4096,
        reach,
        pools_only: false,
        padding: true,
    };
    let decides = DecideConfig { result_words: 1024, images: 64, logit_bits: 32, reach };
    Ok(vec![
        ("`walk`", walk(&walks)?),
        ("`ratio`", ratio(&RatioConfig { multiplier_bits: 16 })?),
        ("`element_unit`, max pool", element_unit(&element_config(&EVERY[..1], 16))?),
        ("`element_unit`, average pool", element_unit(&element_config(&EVERY[1..2], 16))?),
        ("`element_unit`, shift only", element_unit(&element_config(&EVERY, 1))?),
        ("`element_unit`", element_unit(&element_config(&EVERY, 16))?),
        ("`decide`", decide(&decides)?),
        ("`back_end`, shift only, two lanes", back_end(&back(1, 2))?),
        ("`back_end`, shift only", back_end(&back(1, 8))?),
        ("`back_end`, two lanes", back_end(&back(16, 2))?),
        ("`back_end`", back_end(&back(16, 8))?),
    ])
}

fn main() -> Result<(), Box<dyn Error>> {
    let filter: Vec<String> = std::env::args().skip(1).collect();
    let mut page = INTRO.to_owned();
    for (name, module) in [post_entries()?, other_entries()?].concat() {
        if !filter.is_empty() && !filter.iter().any(|text| name.contains(text.as_str())) {
            continue;
        }
        let cells = cosim::cells(&module, "synth_ecp5 -nowidelut")?;
        let (luts, registers, multipliers) =
            (cells.luts(), cells.registers(), cells.of(&["MULT18X18D"]));
        let row = format!("| {name} | {luts} | {registers} | {multipliers} |");
        println!("{row}");
        writeln!(page, "{row}")?;
    }
    if filter.is_empty() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/results");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("machine-back-end.md"), page)?;
    }
    Ok(())
}
