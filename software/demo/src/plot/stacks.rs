//! What each layer's cycles were good for, as bars of parts.

use std::fmt::Write;

use bitladder_device::LayerCount;

use super::{escaped, open};

const WIDTH: f64 = 720.0;
const LEFT: f64 = 92.0;
const RIGHT: f64 = 150.0;
const ROW: f64 = 24.0;
const LEGEND: f64 = 26.0;

/// The parts of a bar: what they are, and their class.
const PARTS: [(&str, &str); 8] = [
    ("array works", "part0"),
    ("element unit works", "part1"),
    ("first patches", "part2"),
    ("later patches", "part3"),
    ("results leave", "part4"),
    ("weights", "part5"),
    ("outside memory", "part6"),
    ("begin and end", "part7"),
];

fn parts(layer: &LayerCount) -> [u64; 8] {
    let of = &layer.counters;
    let known = [of.array, of.element, of.fill, of.patches, of.drain, of.weights, of.memory];
    let known = known.map(u64::from);
    let rest = layer.cycles.saturating_sub(known.iter().sum());
    let [a, b, c, d, e, f, g] = known;
    [a, b, c, d, e, f, g, rest]
}

/// A bar per layer, as long as its share of the longest one.
pub(crate) fn stacks(layers: &[LayerCount], says: &str) -> String {
    let all: Vec<[u64; 8]> = layers.iter().map(parts).collect();
    let longest = layers.iter().map(|layer| layer.cycles).max().unwrap_or(1).max(1) as f64;
    let scale = (WIDTH - LEFT - RIGHT) / longest;
    let there: Vec<usize> =
        (0..PARTS.len()).filter(|part| all.iter().any(|bar| bar[*part] > 0)).collect();
    let height = LEGEND + ROW * layers.len() as f64 + 4.0;
    let mut text = open([WIDTH, height], says) + &legend(&there);
    for (row, (layer, bar)) in layers.iter().zip(&all).enumerate() {
        let top = LEGEND + ROW * row as f64;
        let _ = writeln!(
            text,
            "<text class=\"label end\" x=\"{}\" y=\"{}\">{}</text>",
            LEFT - 8.0,
            top + 15.0,
            escaped(&layer.name)
        );
        let mut left = LEFT;
        for ((name, class), cycles) in PARTS.iter().zip(bar).filter(|(_, cycles)| **cycles > 0) {
            let width = *cycles as f64 * scale;
            let _ = writeln!(
                text,
                "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"{}\"><title>{name}: {cycles} cycles</title></rect>",
                top + 2.0,
                ROW - 6.0
            );
            left += width;
        }
        let peak = layer
            .of_peak
            .map_or(String::new(), |share| format!(", {:.0} % of peak", 100.0 * share));
        let _ = writeln!(
            text,
            "<text class=\"note\" x=\"{:.1}\" y=\"{}\">{}{peak}</text>",
            left + 6.0,
            top + 15.0,
            layer.cycles
        );
    }
    text + "</svg>\n"
}

fn legend(there: &[usize]) -> String {
    let mut text = String::new();
    let mut left = 8.0;
    for part in there {
        let (name, class) = PARTS[*part];
        let _ = writeln!(
            text,
            "<rect class=\"{class}\" x=\"{left}\" y=\"4\" width=\"12\" height=\"12\"/><text class=\"note\" x=\"{}\" y=\"14\">{name}</text>",
            left + 16.0
        );
        left += 24.0 + 6.2 * name.len() as f64;
    }
    text
}
