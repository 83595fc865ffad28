//! A curve with points that stand out.

use std::fmt::Write;

use super::{digits, escaped, open, ticks};

const SIZE: [f64; 2] = [720.0, 340.0];
/// Room on the left, above, on the right and below.
const ROOM: [f64; 4] = [64.0, 16.0, 24.0, 44.0];

/// A labelled point; its class says how it is drawn.
pub(crate) struct Mark<'a> {
    pub(crate) at: [f64; 2],
    pub(crate) label: &'a str,
    pub(crate) class: &'a str,
}

struct Frame {
    low: [f64; 2],
    high: [f64; 2],
}

impl Frame {
    fn around(points: impl Iterator<Item = [f64; 2]>) -> Frame {
        let start = Frame { low: [f64::MAX; 2], high: [f64::MIN; 2] };
        let mut frame = points.fold(start, |frame, point| Frame {
            low: [0, 1].map(|axis| frame.low[axis].min(point[axis])),
            high: [0, 1].map(|axis| frame.high[axis].max(point[axis])),
        });
        for axis in 0..2 {
            let air = 0.06 * (frame.high[axis] - frame.low[axis]).max(1e-9);
            frame.low[axis] -= air;
            frame.high[axis] += air;
        }
        frame
    }

    fn place(&self, at: [f64; 2]) -> [f64; 2] {
        let share = |axis: usize| (at[axis] - self.low[axis]) / (self.high[axis] - self.low[axis]);
        let [width, height] = [SIZE[0] - ROOM[0] - ROOM[2], SIZE[1] - ROOM[1] - ROOM[3]];
        [ROOM[0] + share(0) * width, ROOM[1] + (1.0 - share(1)) * height]
    }

    fn grid(&self, axes: [&str; 2]) -> String {
        let mut text = String::new();
        let (right, bottom) = (SIZE[0] - ROOM[2], SIZE[1] - ROOM[3]);
        for x in ticks(self.low[0], self.high[0]) {
            let [at, _] = self.place([x, self.low[1]]);
            let _ = writeln!(
                text,
                "<path class=\"grid\" d=\"M{at:.1} {}V{bottom}\"/><text class=\"tick middle\" x=\"{at:.1}\" y=\"{}\">{}</text>",
                ROOM[1],
                bottom + 16.0,
                digits(x)
            );
        }
        for y in ticks(self.low[1], self.high[1]) {
            let [_, at] = self.place([self.low[0], y]);
            let _ = writeln!(
                text,
                "<path class=\"grid\" d=\"M{} {at:.1}H{right}\"/><text class=\"tick end\" x=\"{}\" y=\"{:.1}\">{}</text>",
                ROOM[0],
                ROOM[0] - 6.0,
                at + 4.0,
                digits(y)
            );
        }
        let [x, y] = axes.map(escaped);
        let _ = writeln!(
            text,
            "<text class=\"tick end\" x=\"{right}\" y=\"{}\">{x}</text><text class=\"tick\" x=\"4\" y=\"11\">{y}</text>",
            bottom + 34.0
        );
        text
    }
}

/// A line through points in order, and marks.
pub(crate) fn curve(line: &[[f64; 2]], marks: &[Mark], axes: [&str; 2], says: &str) -> String {
    let frame = Frame::around(line.iter().copied().chain(marks.iter().map(|mark| mark.at)));
    let mut text = open(SIZE, says) + &frame.grid(axes);
    let path: Vec<String> = line
        .iter()
        .map(|point| frame.place(*point))
        .map(|[x, y]| format!("{x:.1},{y:.1}"))
        .collect();
    let _ = writeln!(text, "<polyline class=\"line\" points=\"{}\"/>", path.join(" "));
    for mark in marks {
        let [x, y] = frame.place(mark.at);
        // Labels stay within the frame.
        let (anchor, beside) = if x > 0.7 * SIZE[0] { ("end", -9.0) } else { ("", 9.0) };
        let (class, label) = (mark.class, escaped(mark.label));
        let _ = writeln!(
            text,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/><text class=\"label {anchor}\" x=\"{:.1}\" y=\"{:.1}\">{label}</text>",
            x + beside,
            y + if mark.class == "chosen" { -12.0 } else { 18.0 }
        );
    }
    text + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_inside_and_text_is_escaped() {
        let mark = Mark { at: [1.0, 0.9], label: "a < b", class: "strong" };
        let text = curve(&[[0.0, 0.5], [2.0, 1.0]], &[mark], ["x", "y & z"], "says");
        assert!(text.contains("a &lt; b") && text.contains("y &amp; z"), "{text}");
        assert!(text.matches("<circle").count() == 1 && !text.contains("NaN"), "{text}");
    }

    #[test]
    fn a_single_point_is_a_plot_too() {
        let text = curve(&[[1.0, 1.0]], &[], ["x", "y"], "says");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
}
