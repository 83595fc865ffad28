//! Files that open viewers at the first mismatch.

use std::fmt::Write as _;
use std::path::{Path, absolute};

use crate::report::{PositionUnit, Report, TraceView};

/// Signals that a view shows at most, besides clocks and handshakes.
const MAX_SIGNALS: usize = 24;
/// Cycles that a view shows.
const CYCLES: f64 = 40.0;
/// Width of a window in dots, roughly.
const DOTS: f64 = 1000.0;

/// One file for a viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// What to add to the name that the user gave: `.golden.gtkw` and so on.
    pub suffix: &'static str,
    /// The file's text.
    pub text: String,
}

/// Save files for GTKWave and command files for Surfer, for both traces; none without mismatch.
pub fn views(report: &Report) -> Vec<View> {
    let Some((_, first)) = report.first() else { return Vec::new() };
    // A cycle's length, judged by when the mismatch happened.
    let cycle = match report.position_unit {
        PositionUnit::Time => first.golden_time as f64 / CYCLES,
        _ => first.golden_time as f64 / (first.position + 1) as f64,
    };
    let views = report.views.iter().zip([first.golden_time, first.dut_time]);
    let suffixes = [(".golden.gtkw", ".golden.sucl"), (".dut.gtkw", ".dut.sucl")];
    let mut files = Vec::new();
    for ((view, time), (gtkwave_suffix, surfer_suffix)) in views.zip(suffixes) {
        let time = time / view.factor;
        let cycle = cycle / view.factor as f64;
        let text = gtkwave(view, time, cycle);
        files.push(View { suffix: gtkwave_suffix, text });
        files.push(View { suffix: surfer_suffix, text: surfer(view, time) });
    }
    files
}

fn full_path(file: &str) -> String {
    absolute(Path::new(file)).map_or_else(|_| file.to_owned(), |path| path.display().to_string())
}

fn gtkwave(view: &TraceView, time: i64, cycle: f64) -> String {
    let mut text = String::from("[*] written by bitladder wavediff: the first mismatch\n");
    let shown = cycle.max(1.0) * CYCLES;
    let zoom = -(shown / DOTS).log2();
    let start = (time as f64 - shown / 2.0).max(0.0) as i64;
    // Writing to a string cannot fail.
    let _ = writeln!(text, "[dumpfile] \"{}\"", full_path(&view.file));
    let _ = writeln!(text, "[timestart] {start}");
    // Zoom, the primary marker, and 26 named markers that are not set.
    let _ = writeln!(text, "*{zoom:.6} {time}{}", " -1".repeat(26));
    for name in &view.controls {
        let _ = writeln!(text, "@28\n{name}");
    }
    for name in view.signals.iter().take(MAX_SIGNALS) {
        let format = if name.ends_with(']') && name.contains(':') { "@22" } else { "@28" };
        let _ = writeln!(text, "{format}\n{name}");
    }
    text
}

fn surfer(view: &TraceView, time: i64) -> String {
    let mut text = String::from("# written by bitladder wavediff: the first mismatch\n");
    let _ = writeln!(text, "load_file {}", full_path(&view.file));
    let names = view.controls.iter().chain(view.signals.iter().take(MAX_SIGNALS));
    // Command files have no way to quote these two.
    for name in names.filter(|name| !name.contains(['#', ';'])) {
        let _ = writeln!(text, "variable_add {}", without_range(name));
    }
    let _ = writeln!(text, "zoom_fit\ncursor_set {time}");
    text
}

/// Surfer names vectors without their range.
fn without_range(name: &str) -> &str {
    match name.rsplit_once('[') {
        Some((base, range)) if range.contains(':') => base,
        _ => name,
    }
}
