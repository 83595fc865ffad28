//! The signals of a golden trace, by the names they have in the RTL.

use bitladder_hdl_machine::top;
use bitladder_machine::MachineConfig;
use bitladder_machine::isa::{DECISION_WORDS, field, register};

use super::Level;
use super::event::Stream;

/// A signal: its path below the machine, and its width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signal {
    pub(super) path: String,
    pub(super) width: u32,
    /// The column whose value it is.
    pub(super) column: Option<usize>,
}

/// A stream and its signals.
#[derive(Debug, Clone)]
pub(super) struct StreamSignals {
    pub(super) stream: Stream,
    pub(super) name: &'static str,
    pub(super) valid: &'static str,
    pub(super) ready: Option<&'static str>,
    pub(super) payload: Vec<Signal>,
}

/// All signals of a machine's trace.
#[derive(Debug, Clone)]
pub(super) struct Signals {
    /// The scope of the machine.
    pub(super) scope: String,
    pub(super) streams: Vec<StreamSignals>,
    pub(super) columns: usize,
}

/// Helpers for annotations: they are in golden traces only.
pub(super) const LAYER: &str = "golden.layer";
/// The tile.
pub(super) const TILE: &str = "golden.tile";
/// The lane of a column: `row * columns + column`.
pub(super) fn lane(column: usize) -> String {
    format!("golden.lane_{column}")
}

/// Bits that number `size` places, as the RTL counts them.
fn bits(size: usize) -> u32 {
    bitladder_rtl::address_width(size)
}

fn one(path: &str, width: u32) -> Signal {
    Signal { path: path.into(), width, column: None }
}

/// A signal per column.
fn each(columns: usize, name: impl Fn(usize) -> String, width: u32) -> Vec<Signal> {
    let of = |column| Signal { path: name(column), width, column: Some(column) };
    (0..columns).map(of).collect()
}

impl Signals {
    pub(super) fn of(config: &MachineConfig, level: Level) -> Signals {
        let mut streams = vec![begin(), end()];
        if level == Level::Tile {
            streams.push(pass(config));
        } else {
            streams.extend([sums(config), rows(config), groups(config)]);
        }
        streams.extend([results(config), decisions(config)]);
        let scope = top::machine_name(config);
        Signals { scope, streams, columns: config.array.columns }
    }
}

fn begin() -> StreamSignals {
    let fields = field::ALL.iter();
    let payload = fields.map(|f| one(&format!("control.layer_{}_o", f.name), f.width)).collect();
    StreamSignals {
        stream: Stream::Begin,
        name: "layer begin",
        valid: "control.begin_o",
        ready: None,
        payload,
    }
}

fn end() -> StreamSignals {
    StreamSignals {
        stream: Stream::End,
        name: "layer end",
        valid: "control.sequencer.over",
        ready: None,
        payload: vec![one("control.sequencer.layer_q", register::STATUS_LAYER_WIDTH)],
    }
}

fn sum_signals(config: &MachineConfig) -> Vec<Signal> {
    let width = config.array.accumulator_bits.into();
    each(config.array.columns, |c| format!("core.result_{c}_o"), width)
}

fn pixel(config: &MachineConfig) -> Signal {
    one("core.result_pixel_o", top::pixel_bits(config))
}

fn pass(config: &MachineConfig) -> StreamSignals {
    let mut payload = vec![one("core.result_pass_o", 16), pixel(config)];
    payload.extend(sum_signals(config));
    StreamSignals {
        stream: Stream::Pass,
        name: "end of pass",
        valid: "core.results.set_end",
        ready: None,
        payload,
    }
}

fn sums(config: &MachineConfig) -> StreamSignals {
    let mut payload = vec![
        one("core.result_row_o", bits(config.array.rows)),
        one("core.result_pass_o", 16),
        pixel(config),
        one("core.result_wanted_o", 1),
    ];
    payload.extend(sum_signals(config));
    StreamSignals {
        stream: Stream::Sums,
        name: "rows of sums",
        valid: "core.result_valid_o",
        ready: Some("core.result_ready_i"),
        payload,
    }
}

const WRITER: &str = "back.post.writer";

fn rows(config: &MachineConfig) -> StreamSignals {
    let mut payload = vec![
        one("back.post.writer.row_counts_i", 1),
        one("back.post.writer.row_last_i", 1),
        one("back.post.writer.address_q", top::row_address_bits(config)),
    ];
    let name = |c| format!("{WRITER}.row_value_{c}_i");
    payload.extend(each(config.array.columns, name, 32));
    StreamSignals {
        stream: Stream::Rows,
        name: "rows of results",
        valid: "back.post.writer.row_valid_i",
        ready: Some("back.post.writer.row_ready_o"),
        payload,
    }
}

fn groups(config: &MachineConfig) -> StreamSignals {
    let mut payload = vec![one("back.post.writer.group_last_i", 1)];
    let name = |c| format!("{WRITER}.group_word_{c}_i");
    payload.extend(each(config.array.columns, name, 16));
    StreamSignals {
        stream: Stream::Groups,
        name: "pooled groups",
        valid: "back.post.writer.group_valid_i",
        ready: Some("back.post.writer.group_ready_o"),
        payload,
    }
}

fn results(config: &MachineConfig) -> StreamSignals {
    StreamSignals {
        stream: Stream::Results,
        name: "result memory",
        valid: "back.post.writer.result_write_enable_o",
        ready: None,
        payload: vec![
            one("back.post.writer.result_write_address_o", bits(config.memory.result_words)),
            one("back.post.writer.result_write_data_o", 32),
        ],
    }
}

fn decisions(config: &MachineConfig) -> StreamSignals {
    let words = config.memory.decision_images * DECISION_WORDS;
    StreamSignals {
        stream: Stream::Decisions,
        name: "decision table",
        valid: "decide.decision_write_enable_o",
        ready: None,
        payload: vec![
            one("decide.decision_write_address_o", bits(words)),
            one("decide.decision_write_data_o", 32),
        ],
    }
}
