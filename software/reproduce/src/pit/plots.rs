//! The SVG files.

use bitladder_control::Platform;
use bitladder_control::reproduce::{SensitivityRow, figure_one, figure_three};
use bitladder_control::simulate::Record;

use super::Results;
use super::chart::{COLOURS, Chart};
use super::data::changes;
use crate::Files;

/// Adds all figures.
pub(crate) fn figures(results: &Results, files: &mut Files) {
    let platform = &results.setup.platform;
    files.add("fig1.svg", energies(platform, results.setup.workload.images));
    files.add("fig3.svg", responses(results));
    files.add("fig4.svg", clock("Fig. 4: PIT", &results.trace, platform));
    files.add("fig4-ours.svg", clock("Time price, same workload", &results.trace_ours, platform));
    files.add("fig5.svg", sensitivity(&results.table_three, &results.table_three_ours));
}

fn energies(platform: &Platform, images: f64) -> String {
    let sweep = figure_one(platform, images);
    let most = sweep.iter().map(|point| point.joules / 1000.0).fold(0.0, f64::max);
    let labels = ["clock (MHz)", "energy (kJ)"];
    let title = "Fig. 1: energy of 50,000 images (fitted)";
    let mut chart = Chart::new(title, labels, (500.0, 1550.0), (40.0, most + 2.0)).x_ticks();
    for (index, precision) in platform.precisions().iter().enumerate() {
        let of = sweep.iter().filter(|point| point.point.precision == index);
        let points: Vec<(f64, f64)> = of.map(|point| (point.mhz, point.joules / 1000.0)).collect();
        chart.line(&points, COLOURS[index % COLOURS.len()], &precision.name, false);
    }
    chart.svg()
}

fn responses(results: &Results) -> String {
    let labels = ["", "response / longest of the workload"];
    let title = "Fig. 3: response times (5, 25, 50, 75, 95 %)";
    let mut chart = Chart::new(title, labels, (0.0, 4.0), (0.0, 1.05));
    for (index, five) in figure_three(&results.table_two[..4]).into_iter().enumerate() {
        chart.five(index as f64 + 0.5, five.points, COLOURS[index], five.scheduler.name());
    }
    chart.svg()
}

/// The clock over time, on a background that shows the precision.
fn clock(title: &str, record: &Record, platform: &Platform) -> String {
    const SHADES: [&str; 2] = ["#eef3fb", "#f8dcc4"];
    let end = record.completed.last().map_or(1.0, |done| done.finish);
    let labels = ["time (s)", "clock (MHz)"];
    let mut chart = Chart::new(title, labels, (0.0, end), (500.0, 1600.0)).x_ticks();
    for done in &record.completed {
        chart.band(done.start, done.finish, SHADES[done.precision.min(1)]);
    }
    let changes = changes(record);
    let ends = changes.iter().skip(1).map(|change| change.start).chain([end]);
    let mut points = Vec::new();
    for (change, end) in changes.iter().zip(ends) {
        let mhz = platform.clocks_mhz()[change.point.level];
        points.extend([(change.start, mhz), (end, mhz)]);
    }
    chart.line(&points, COLOURS[1], "clock", false);
    for (shade, precision) in SHADES.iter().zip(platform.precisions()) {
        chart.legend(shade, &precision.name);
    }
    chart.svg()
}

fn sensitivity(pit: &[SensitivityRow], ours: &[SensitivityRow]) -> String {
    let labels = ["mean time between arrivals (paper's mu)", "response (s), 40 x power (W)"];
    let title = "Fig. 5: response time and power as arrivals relax";
    let mut chart = Chart::new(title, labels, (2000.0, 6000.0), (1200.0, 3000.0)).x_ticks();
    for (index, (rows, name)) in [(pit, "PIT"), (ours, "time price")].into_iter().enumerate() {
        let points = |of: fn(&SensitivityRow) -> f64| -> Vec<(f64, f64)> {
            rows.iter().map(|row| (row.paper.mu, of(row))).collect()
        };
        let colour = COLOURS[index];
        chart.line(&points(|row| row.ours.response), colour, &format!("{name}, response"), false);
        chart.line(&points(|row| 40.0 * row.ours.watts), colour, &format!("{name}, power"), true);
    }
    chart.svg()
}
