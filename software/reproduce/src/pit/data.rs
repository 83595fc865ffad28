//! The CSV files: paper's values, ours and the residual.

use bitladder_control::reproduce::{Spread, Summary, figure_one, figure_three, paper, power_gaps};
use bitladder_control::simulate::{Record, Step};

use super::Results;
use crate::Files;

/// A column group of Table II: its name, digits, paper's values, and ours.
pub(crate) type Metric = (&'static str, usize, paper::Column, fn(&Summary) -> f64);

/// The columns of Table II.
pub(crate) const METRICS: [Metric; 5] = [
    ("response time (s)", 1, paper::RESPONSE, |s| s.response),
    ("top-1 (%)", 2, paper::TOP1, |s| s.top1),
    ("top-5 (%)", 2, paper::TOP5, |s| s.top5),
    ("power (W)", 2, paper::POWER, |s| s.watts),
    ("energy (J)", 1, paper::ENERGY, |s| s.joules),
];

/// The rows of Table II.
pub(crate) const STATISTICS: [&str; 4] = ["average", "min", "max", "STD"];

/// One cell of Table II.
pub(crate) struct Cell {
    pub(crate) scheduler: &'static str,
    pub(crate) metric: &'static str,
    pub(crate) statistic: &'static str,
    pub(crate) digits: usize,
    pub(crate) paper: f64,
    pub(crate) ours: f64,
}

/// All cells of Table II, ours as means over groups of ten workloads.
pub(crate) fn table_two(results: &Results) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (metric, digits, column, of) in METRICS {
        let columns = [column.slurm, column.slurm_dvfs, column.pit];
        for (runs, paper) in results.table_two.iter().zip(columns) {
            let Spread { mean, min, max, sd } = Spread::of_groups(&runs.all(of), 10);
            for ((statistic, paper), ours) in
                STATISTICS.into_iter().zip(paper).zip([mean, min, max, sd])
            {
                let scheduler = runs.scheduler.name();
                cells.push(Cell { scheduler, metric, statistic, digits, paper, ours });
            }
        }
    }
    cells
}

/// Adds all tables.
pub(crate) fn tables(results: &Results, files: &mut Files) {
    let cell = |cell: &Cell| {
        let Cell { scheduler, metric, statistic, paper, ours, .. } = cell;
        let residual = ours - paper;
        format!("{scheduler},{metric},{statistic},{paper},{ours:.3},{residual:.3}")
    };
    let rows: Vec<String> = table_two(results).iter().map(cell).collect();
    files.add_csv("table2.csv", "scheduler,metric,statistic,paper,ours,residual", &rows);
    table_three(results, files);
    table_four(results, files);
    figures(results, files);
}

fn table_three(results: &Results, files: &mut Files) {
    let rows = results.table_three.iter().zip(&results.table_three_ours).map(|(row, other)| {
        let (paper, pit, ours) = (&row.paper, &row.ours, &other.ours);
        let (low, time_price_low) = (10.0 * pit.low_share, 10.0 * ours.low_share);
        let residual = low - f64::from(paper.low);
        format!(
            "{},{},{},{low:.3},{residual:.3},{},{:.3},{},{:.3},{:.1},{:.2},{time_price_low:.3},\
             {:.3},{:.1},{:.2}",
            paper.mu,
            row.mean_gap,
            paper.low,
            paper.top1,
            pit.top1,
            paper.top5,
            pit.top5,
            pit.response,
            pit.watts,
            ours.top1,
            ours.response,
            ours.watts
        )
    });
    let header = "mu,mean_gap_s,paper_int8,pit_int8,residual_int8,paper_top1,pit_top1,paper_top5,\
        pit_top5,pit_response_s,pit_watts,time_price_int8,time_price_top1,time_price_response_s,\
        time_price_watts";
    files.add_csv("table3.csv", header, &rows.collect::<Vec<_>>());
}

fn table_four(results: &Results, files: &mut Files) {
    let gaps = power_gaps(&results.setup.platform);
    let rows = paper::TABLE_FOUR.iter().map(|network| {
        let ours = if network.name == "ResNet-V2-152" {
            format!("{:.2},{:.2}", gaps[0].percent, gaps[1].percent)
        } else {
            ",".to_owned()
        };
        let paper::Network { name, top1, top5, power_gap, mflops } = network;
        let [a, b, c, d] = [top1[0] - top1[1], top5[0] - top5[1], power_gap[0], power_gap[1]];
        format!("{name},{mflops},{a:.2},{b:.2},{c},{d},{ours}")
    });
    let header = "network,mflops,top1_loss,top5_loss,paper_gap_fp32,paper_gap_int8,\
        our_gap_fp32,our_gap_int8";
    files.add_csv("table4.csv", header, &rows.collect::<Vec<_>>());
}

fn figures(results: &Results, files: &mut Files) {
    let platform = &results.setup.platform;
    let rows = figure_one(platform, results.setup.workload.images).into_iter().map(|p| {
        let name = &platform.precisions()[p.point.precision].name;
        format!("{name},{},{:.1},{:.2},{:.0}", p.mhz, p.seconds, p.watts, p.joules)
    });
    files.add_csv("fig1.csv", "precision,mhz,seconds,watts,joules", &rows.collect::<Vec<_>>());
    let rows = figure_three(&results.table_two).into_iter().map(|five| {
        let points = five.points.map(|point| format!("{point:.4}")).join(",");
        format!("{},{points}", five.scheduler.name())
    });
    files.add_csv("fig3.csv", "scheduler,p5,p25,p50,p75,p95", &rows.collect::<Vec<_>>());
    for (name, record) in [("fig4.csv", &results.trace), ("fig4-ours.csv", &results.trace_ours)] {
        let rows: Vec<String> = changes(record)
            .into_iter()
            .map(|Step { start, request, point, .. }| {
                let mhz = platform.clocks_mhz()[point.level];
                let precision = &platform.precisions()[point.precision].name;
                format!("{start:.1},{request},{precision},{mhz}")
            })
            .collect();
        files.add_csv(name, "seconds,request,precision,mhz", &rows);
    }
}

/// The steps at which request, precision or clock level changed.
pub(crate) fn changes(record: &Record) -> Vec<Step> {
    let mut changes: Vec<Step> = Vec::new();
    for step in &record.steps {
        let same = |last: &Step| last.request == step.request && last.point == step.point;
        if !changes.last().is_some_and(same) {
            changes.push(*step);
        }
    }
    changes
}
