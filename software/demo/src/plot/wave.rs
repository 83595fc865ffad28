//! Signals over cycles: lines for bits, boxes for numbers.

use std::fmt::Write;

use super::{escaped, open};
use crate::wave::{Excerpt, Signal};

const WIDTH: f64 = 920.0;
const LEFT: f64 = 200.0;
const ROW: f64 = 26.0;
const HEAD: f64 = 22.0;

/// An excerpt of a waveform.
pub(crate) fn wave(excerpt: &Excerpt, says: &str) -> String {
    let cycles = excerpt.signals.first().map_or(0, |signal| signal.values.len());
    let step = (WIDTH - LEFT - 4.0) / cycles.max(1) as f64;
    let mut text = open([WIDTH, HEAD + ROW * excerpt.signals.len() as f64], says);
    for cycle in (0..cycles).step_by(4) {
        let x = LEFT + cycle as f64 * step;
        let _ = writeln!(
            text,
            "<path class=\"grid\" d=\"M{x:.1} {HEAD}V{}\"/><text class=\"tick\" x=\"{x:.1}\" y=\"14\">{}</text>",
            HEAD + ROW * excerpt.signals.len() as f64,
            excerpt.first + cycle
        );
    }
    for (row, signal) in excerpt.signals.iter().enumerate() {
        let top = HEAD + ROW * row as f64;
        let _ = writeln!(
            text,
            "<text class=\"label end\" x=\"{}\" y=\"{}\">{}<title>{}</title></text>",
            LEFT - 8.0,
            top + 17.0,
            escaped(&signal.name),
            escaped(&signal.meaning)
        );
        text += &match signal.width {
            1 => bit(signal, top, step),
            _ => number(signal, top, step),
        };
    }
    text + "</svg>\n"
}

fn bit(signal: &Signal, top: f64, step: f64) -> String {
    let (high, low) = (top + 5.0, top + ROW - 5.0);
    let mut path = String::new();
    for (cycle, value) in signal.values.iter().enumerate() {
        let y = if *value == Some(1) { high } else { low };
        let (from, to) = (LEFT + cycle as f64 * step, LEFT + (cycle + 1) as f64 * step);
        let _ = match cycle {
            0 => write!(path, "M{from:.1} {y}H{to:.1}"),
            _ => write!(path, "V{y}H{to:.1}"),
        };
    }
    format!("<path class=\"line\" d=\"{path}\"/>\n")
}

/// Equal values next to each other share a box, with the number in it if there is room.
fn number(signal: &Signal, top: f64, step: f64) -> String {
    let mut text = String::new();
    let mut start = 0;
    for end in 1..=signal.values.len() {
        if end < signal.values.len() && signal.values[end] == signal.values[start] {
            continue;
        }
        let (x, width) = (LEFT + start as f64 * step, (end - start) as f64 * step);
        let _ = writeln!(
            text,
            "<rect class=\"box\" x=\"{:.1}\" y=\"{}\" width=\"{:.1}\" height=\"{}\" rx=\"3\"/>",
            x + 0.5,
            top + 4.0,
            width - 1.0,
            ROW - 8.0
        );
        let value = signal.values[start].map_or("?".to_owned(), |value| format!("{value:x}"));
        if 7.0 * value.len() as f64 <= width {
            let _ = writeln!(
                text,
                "<text class=\"value middle\" x=\"{:.1}\" y=\"{}\">{value}</text>",
                x + width / 2.0,
                top + 17.0
            );
        }
        start = end;
    }
    text
}
