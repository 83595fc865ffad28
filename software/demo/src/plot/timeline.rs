//! Precision as background and clock as a line, over time.

use std::fmt::Write;

use super::{digits, escaped, open, ticks};
use crate::schedule::Span;

const SIZE: [f64; 2] = [720.0, 210.0];
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 40.0;

/// A time line; `end` is the last second shown.
pub(crate) fn timeline(spans: &[Span], precisions: &[String], end: f64, says: &str) -> String {
    let fastest = spans.iter().map(|span| span.mhz).fold(1e-9, f64::max);
    let x = |seconds: f64| LEFT + seconds / end * (SIZE[0] - LEFT - RIGHT);
    let y = |mhz: f64| SIZE[1] - BOTTOM - mhz / (1.08 * fastest) * (SIZE[1] - TOP - BOTTOM);
    let mut text = open(SIZE, says) + &legend(precisions);
    for (start, stop, precision) in blocks(spans) {
        let _ = writeln!(
            text,
            "<rect class=\"tone{}\" x=\"{:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            precision % 6,
            x(start),
            (x(stop) - x(start)).max(0.5),
            SIZE[1] - TOP - BOTTOM
        );
    }
    let mut line = String::new();
    let mut last: Option<&Span> = None;
    for span in spans {
        let (from, to, level) = (x(span.start), x(span.end), y(span.mhz));
        let joined = last.is_some_and(|last| (span.start - last.end).abs() < 1e-6 * end);
        let _ = match joined {
            true => write!(line, "V{level:.1}H{to:.1}"),
            false => write!(line, "M{from:.1} {level:.1}H{to:.1}"),
        };
        last = Some(span);
    }
    let _ = writeln!(text, "<path class=\"line\" d=\"{line}\"/>");
    for mhz in ticks(0.0, fastest) {
        let _ = writeln!(
            text,
            "<text class=\"tick end\" x=\"{}\" y=\"{:.1}\">{}</text>",
            LEFT - 6.0,
            y(mhz) + 4.0,
            digits(mhz)
        );
    }
    for seconds in ticks(0.0, end) {
        let _ = writeln!(
            text,
            "<text class=\"tick middle\" x=\"{:.1}\" y=\"{}\">{}</text>",
            x(seconds),
            SIZE[1] - BOTTOM + 16.0,
            digits(seconds)
        );
    }
    let (right, low) = (SIZE[0] - RIGHT, SIZE[1] - 6.0);
    let _ = writeln!(
        text,
        "<text class=\"tick end\" x=\"{right}\" y=\"{low}\">seconds</text><text class=\"tick\" x=\"4\" y=\"{}\">MHz</text>",
        TOP - 6.0
    );
    text + "</svg>\n"
}

/// Neighbouring spans of one precision as one block.
fn blocks(spans: &[Span]) -> Vec<(f64, f64, usize)> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for span in spans {
        match blocks.last_mut() {
            Some(last) if last.2 == span.precision && span.start - last.1 < 1e-9 => {
                last.1 = span.end
            }
            _ => blocks.push((span.start, span.end, span.precision)),
        }
    }
    blocks
}

fn legend(precisions: &[String]) -> String {
    let mut text = String::new();
    let mut left = LEFT + 60.0;
    for (place, name) in precisions.iter().enumerate() {
        let _ = writeln!(
            text,
            "<rect class=\"tone{}\" x=\"{left}\" y=\"6\" width=\"14\" height=\"14\"/><text class=\"note\" x=\"{}\" y=\"17\">{}</text>",
            place % 6,
            left + 19.0,
            escaped(name)
        );
        left += 40.0 + 8.0 * name.len() as f64;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_one_precision_are_one_block() {
        let span = |start, end, precision| Span { start, end, precision, mhz: 10.0 };
        let spans = [span(0.0, 1.0, 0), span(1.0, 2.0, 0), span(2.0, 3.0, 1), span(5.0, 6.0, 1)];
        assert_eq!(blocks(&spans), [(0.0, 2.0, 0), (2.0, 3.0, 1), (5.0, 6.0, 1)]);
    }
}
