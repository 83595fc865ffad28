//! What a run in Verilator reached: its `coverage.dat`, over all instances of a module together.

use std::collections::BTreeMap;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A statement or one of its branches was run.
    Line,
    /// A bit of a signal changed.
    Toggle,
}

/// A place in the Verilog.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The module.
    pub module: String,
    /// What is counted.
    pub kind: Kind,
    /// The line of its file.
    pub line: usize,
    /// The signal's bit, or the branch.
    pub what: String,
}

/// Points reached, of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Reached at least once.
    pub reached: usize,
    /// All.
    pub points: usize,
}

impl Tally {
    fn add(&mut self, reached: bool) {
        self.reached += usize::from(reached);
        self.points += 1;
    }
}

/// How often each point was reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    counts: BTreeMap<Point, u64>,
}

/// A point and its count, from a line of the file.
fn point(line: &str) -> Option<(Point, u64)> {
    let (keys, count) = line.strip_prefix("C '")?.rsplit_once("' ")?;
    let pairs = keys.split('\u{1}').filter_map(|pair| pair.split_once('\u{2}'));
    let keys: BTreeMap<&str, &str> = pairs.collect();
    let (page, module) = keys.get("page")?.split_once('/')?;
    let kind = match page {
        "v_toggle" => Kind::Toggle,
        "v_line" | "v_branch" => Kind::Line,
        _ => return None,
    };
    let (line, what) = (keys.get("l")?.parse().ok()?, (*keys.get("o")?).to_owned());
    // Several points can begin in a line.
    let what = match kind {
        Kind::Toggle => what,
        Kind::Line => format!("{what} at column {}", keys.get("n").unwrap_or(&"0")),
    };
    Some((Point { module: module.to_owned(), kind, line, what }, count.trim().parse().ok()?))
}

impl Coverage {
    /// Reads a file; lines that are no points are left out.
    pub fn read(text: &str) -> Coverage {
        let mut coverage = Coverage::default();
        for (point, count) in text.lines().filter_map(point) {
            *coverage.counts.entry(point).or_default() += count;
        }
        coverage
    }

    /// Lines and bits of each module.
    pub fn modules(&self) -> BTreeMap<&str, [Tally; 2]> {
        let mut modules: BTreeMap<&str, [Tally; 2]> = BTreeMap::new();
        for (point, count) in &self.counts {
            let tallies = modules.entry(&point.module).or_default();
            tallies[point.kind as usize].add(*count > 0);
        }
        modules
    }

    /// Lines and bits in all.
    pub fn total(&self) -> [Tally; 2] {
        let mut all = [Tally::default(); 2];
        for (point, count) in &self.counts {
            all[point.kind as usize].add(*count > 0);
        }
        all
    }

    /// What was never reached.
    pub fn unreached(&self) -> impl Iterator<Item = &Point> {
        self.counts.iter().filter(|(_, count)| **count == 0).map(|(point, _)| point)
    }

    /// Signals with bits that never changed: module, signal, and how many of its bits.
    pub fn still_signals(&self) -> BTreeMap<(&str, &str), usize> {
        let mut signals = BTreeMap::new();
        for point in self.unreached().filter(|point| point.kind == Kind::Toggle) {
            let signal = point.what.split('[').next().unwrap_or_default();
            *signals.entry((point.module.as_str(), signal)).or_default() += 1;
        }
        signals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(page: &str, line: &str, what: &str, place: &str, count: u32) -> String {
        let keys =
            [("f", "m.v"), ("l", line), ("n", "3"), ("page", page), ("o", what), ("h", place)];
        let keys = keys.map(|(key, value)| format!("\u{1}{key}\u{2}{value}")).concat();
        format!("C '{keys}' {count}\n")
    }

    #[test]
    fn instances_count_together_and_what_is_never_reached_is_named() {
        let text = [
            "# SystemC::Coverage-3\n".to_owned(),
            line("v_toggle/add", "4", "sum_q[0]", "top.a", 0),
            line("v_toggle/add", "4", "sum_q[0]", "top.b", 7),
            line("v_toggle/add", "4", "sum_q[1]", "top.a", 0),
            line("v_branch/add", "9", "else", "top.a", 0),
            line("v_line/top", "9", "block", "top", 2),
            line("v_user/top", "9", "cover", "top", 2),
        ];
        let coverage = Coverage::read(&text.concat());
        let tally = |reached, points| Tally { reached, points };
        assert_eq!(coverage.total(), [tally(1, 2), tally(1, 2)]);
        assert_eq!(coverage.modules()["add"], [tally(0, 1), tally(1, 2)]);
        assert_eq!(coverage.still_signals(), [(("add", "sum_q"), 1)].into());
        let names: Vec<_> = coverage.unreached().map(|point| point.what.as_str()).collect();
        assert_eq!(names, ["else at column 3", "sum_q[1]"]);
    }
}
