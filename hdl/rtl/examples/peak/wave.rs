//! Waveforms as text.

use std::error::Error;

use bitladder_rtl::Sim;

/// Characters per cycle.
const CELL: usize = 6;

/// Runs the peak detector on a few samples and draws its signals: one line each, the values
/// before the rising edge of each cycle.
pub(crate) fn wave(sim: &mut Sim) -> Result<String, Box<dyn Error>> {
    let stimuli = [(1, 0, 0), (0, 1, 5), (0, 1, -9), (0, 0, 60), (0, 1, 41), (0, 1, 17), (1, 0, 0)];
    let signals = ["clear_i", "valid_i", "x_i", "larger", "margin_o", "peak_q"];
    let mut lines = signals.map(|name| format!("{name:<9}"));
    let mut last = signals.map(|_| None);
    for (clear, valid, x) in stimuli {
        sim.set("clear", clear)?;
        sim.set("valid", valid)?;
        sim.set_number("x", x)?;
        for (index, name) in signals.iter().enumerate() {
            let (value, width) = (sim.get_number(name)?, sim.signal(name)?.ty().width);
            lines[index].push_str(&cell(last[index], value, width));
            last[index] = Some(value);
        }
        sim.step("clk")?;
    }
    let edges: String = (0..stimuli.len()).map(|cycle| format!("{cycle:<CELL$}")).collect();
    let text = [&[format!("{:<9}{edges}", "cycle")], &lines[..]].concat();
    Ok(text.iter().map(|line| format!("{}\n", line.trim_end())).collect())
}

/// One cycle of one signal: a level for a bit, a value where it changes for a word.
fn cell(last: Option<i128>, value: i128, width: u32) -> String {
    let changed = last.is_some_and(|last| last != value);
    match (width, value, changed) {
        (1, 0, true) => format!("\\{}", "_".repeat(CELL - 1)),
        (1, 0, false) => "_".repeat(CELL),
        (1, _, true) => format!("/{}", "~".repeat(CELL - 1)),
        (1, _, false) => "~".repeat(CELL),
        (_, value, _) if changed || last.is_none() => format!("|{value:^width$}", width = CELL - 1),
        _ => " ".repeat(CELL),
    }
}
