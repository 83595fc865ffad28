//! Line, step and box charts as SVG.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 50.0;

/// Colours that stay apart in print and for the colour-blind.
pub(crate) const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

/// A chart under construction.
pub(crate) struct Chart {
    x: (f64, f64),
    y: (f64, f64),
    body: String,
    legend: usize,
}

impl Chart {
    /// Axes with labels. `x` and `y` are the ranges shown.
    pub(crate) fn new(title: &str, labels: [&str; 2], x: (f64, f64), y: (f64, f64)) -> Self {
        let mut chart = Self { x, y, body: String::new(), legend: 0 };
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        chart.text((LEFT, TOP - 14.0), "start", title);
        chart.text(((LEFT + right) / 2.0, HEIGHT - 10.0), "middle", labels[0]);
        let middle = (TOP + bottom) / 2.0;
        let turned = format!(r#" transform="rotate(-90 16 {middle})""#);
        chart.text_with((16.0, middle), "middle", labels[1], &turned);
        chart.push(&format!(
            r##"<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#333"/>"##
        ));
        for value in ticks(y) {
            let at = chart.at_y(value);
            chart.push(&format!(r##"<path d="M{LEFT} {at:.1}H{right}" stroke="#ddd"/>"##));
            chart.text((LEFT - 6.0, at + 4.0), "end", &short(value));
        }
        chart
    }

    /// Numbers along the x axis.
    pub(crate) fn x_ticks(mut self) -> Self {
        for value in ticks(self.x) {
            let at = self.at_x(value);
            self.text((at, HEIGHT - BOTTOM + 16.0), "middle", &short(value));
        }
        self
    }

    /// A line through points, with its name in the legend.
    pub(crate) fn line(&mut self, points: &[(f64, f64)], colour: &str, name: &str, dashed: bool) {
        let path: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{:.1} {:.1}", self.at_x(*x), self.at_y(*y)))
            .collect();
        let dash = if dashed { r#" stroke-dasharray="5 4""# } else { "" };
        let path = path.join("L");
        self.push(&format!(
            r#"<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5"{dash}/>"#
        ));
        self.legend(colour, name);
    }

    /// A shaded band between two places of the x axis.
    pub(crate) fn band(&mut self, from: f64, to: f64, colour: &str) {
        let (from, to) = (self.at_x(from), self.at_x(to));
        let (width, height) = (to - from, HEIGHT - BOTTOM - TOP);
        self.push(&format!(
            r#"<rect x="{from:.1}" y="{TOP}" width="{width:.1}" height="{height}" fill="{colour}"/>"#
        ));
    }

    /// A box from the second to the fourth point with whiskers to the outer ones.
    pub(crate) fn five(&mut self, x: f64, points: [f64; 5], colour: &str, name: &str) {
        let at = self.at_x(x);
        let [low, first, median, third, high] = points.map(|value| self.at_y(value));
        let (left, right) = (at - 28.0, at + 28.0);
        self.push(&format!(
            r#"<path d="M{at:.1} {low:.1}V{first:.1}M{at:.1} {third:.1}V{high:.1}" stroke="{colour}"/>"#
        ));
        self.push(&format!(
            r#"<rect x="{left:.1}" y="{third:.1}" width="56" height="{:.1}" fill="{colour}" fill-opacity="0.25" stroke="{colour}"/>"#,
            first - third
        ));
        self.push(&format!(
            r#"<path d="M{left:.1} {median:.1}H{right:.1}" stroke="{colour}" stroke-width="2"/>"#
        ));
        self.text((at, HEIGHT - BOTTOM + 16.0), "middle", name);
    }

    /// A coloured mark and a name at the right.
    pub(crate) fn legend(&mut self, colour: &str, name: &str) {
        let (x, y) = (WIDTH - RIGHT + 12.0, TOP + 6.0 + 20.0 * self.legend as f64);
        self.push(&format!(
            r#"<rect x="{x}" y="{:.1}" width="12" height="12" fill="{colour}"/>"#,
            y - 6.0
        ));
        self.text((x + 18.0, y + 4.0), "start", name);
        self.legend += 1;
    }

    /// The whole picture.
    pub(crate) fn svg(self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n{}</svg>\n",
            self.body
        )
    }

    fn at_x(&self, value: f64) -> f64 {
        LEFT + (value - self.x.0) / (self.x.1 - self.x.0) * (WIDTH - RIGHT - LEFT)
    }

    fn at_y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - (value - self.y.0) / (self.y.1 - self.y.0) * (HEIGHT - BOTTOM - TOP)
    }

    fn push(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    fn text(&mut self, at: (f64, f64), anchor: &str, text: &str) {
        self.text_with(at, anchor, text, "");
    }

    fn text_with(&mut self, (x, y): (f64, f64), anchor: &str, text: &str, more: &str) {
        let text = bitladder_study::svg::escaped(text);
        // Writing to a string cannot fail.
        let _ = writeln!(
            self.body,
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}"{more}>{text}</text>"#
        );
    }
}

/// Four to ten round numbers in a range.
fn ticks((low, high): (f64, f64)) -> Vec<f64> {
    let rough = (high - low) / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(power);
    let (first, last) = ((low / step).ceil() as i64, (high / step + 1e-9).floor() as i64);
    (first..=last).map(|tick| tick as f64 * step).collect()
}

fn short(value: f64) -> String {
    if value.abs() >= 10_000.0 {
        format!("{}k", value / 1000.0)
    } else {
        format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}
