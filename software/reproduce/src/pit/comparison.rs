//! The section on our own policy.

use bitladder_control::reproduce::{FrontierRow, WorkloadRuns, least_joules, wins};

use super::report::line;
use super::{LONG_WORKLOADS, Results, WORKLOADS};

/// Appends the section.
pub(crate) fn section(results: &Results, page: &mut String) {
    line(page, "\n## Our policy on the same workloads\n");
    line(
        page,
        "Means over workloads. \"On time\" is the share of requests done in their expected response \
         time, \"with grace\" within\n1 % more (PIT's governor aims at the deadline itself and often \
         misses it by a little). \"Wins\" are the shares of\nworkloads with less energy, no lower \
         accuracy, at least as many on time, and all three at once.\n",
    );
    line(
        page,
        "| workloads | scheduler | energy (J) | top-1 loss | INT8 | on time | with grace | response (s) | wins |",
    );
    line(page, "|---|---|---|---|---|---|---|---|---|");
    let groups = [
        (format!("{WORKLOADS} x 10, run times over-estimated by 17.5 %"), &results.table_two),
        (format!("{WORKLOADS} x 10, run times learned"), &results.learning),
        (format!("{WORKLOADS} x 10, learned, +-10 % and 1 % stalls of 10 x"), &results.disturbed),
        (format!("{LONG_WORKLOADS} x 1000, over-estimated"), &results.long),
    ];
    for (name, runs) in &groups {
        group(name, runs, page);
    }
    line(page, "\n![The clock under our policy](fig4-ours.svg)");
    energy(results, page);
    gaps(results, page);
}

/// What is saved, by whom, and what nobody could save more.
fn energy(results: &Results, page: &mut String) {
    line(page, "\n## Saved energy and what it costs in accuracy\n");
    line(
        page,
        "Mean over the 400 workloads with over-estimated run times. \"At most\" is what no policy can \
         exceed at that loss of\naccuracy: every request at the most frugal clock of its precision, \
         deadlines or not, the largest ones at INT8. The\nlast rows are our policy over its knob.\n",
    );
    line(page, "| | saved against SLURM | at most | against SLURM_DVFS | top-1 loss | on time |");
    line(page, "|---|---|---|---|---|---|");
    let [slurm, dvfs, ..] = &results.table_two[..] else { return };
    let full = [slurm, dvfs].map(|runs| runs.mean(|s| s.joules));
    line(page, "| paper, averages | 20.7 % | - | 12.2 % | 0.48 | - |");
    line(page, "| paper, best workload (\"up to 28 %\") | 28.2 % | - | - | - | - |");
    for runs in &results.table_two[2..4] {
        let loss = 70.65 - runs.mean(|s| s.top1);
        let row = Spent {
            joules: runs.mean(|s| s.joules),
            least: least_joules(&results.setup, loss, 0..WORKLOADS),
            loss,
            on_time: runs.mean(|s| s.on_time),
        };
        let name = runs.scheduler.name();
        energy_row(name, full, &row, page);
        let pairs = runs.summaries.iter().zip(&slurm.summaries);
        let best = pairs.map(|(low, high)| 1.0 - low.joules / high.joules).fold(0.0, f64::max);
        let best = format!("| {name}, best workload | {:.1} % | - | - | - | - |", 100.0 * best);
        line(page, &best);
    }
    for row in &results.frontier {
        let FrontierRow { premium, joules, loss, on_time, least_joules: least, .. } = *row;
        let spent = Spent { joules, least, loss, on_time };
        energy_row(&format!("time price, `premium` {premium}"), full, &spent, page);
    }
}

/// Means per request, with the least energy that is possible at the loss.
struct Spent {
    joules: f64,
    least: f64,
    loss: f64,
    on_time: f64,
}

fn energy_row(name: &str, [slurm, dvfs]: [f64; 2], spent: &Spent, page: &mut String) {
    let saved = |joules: f64, of: f64| 100.0 * (1.0 - joules / of);
    let Spent { joules, least, loss, on_time } = *spent;
    let text = format!(
        "| {name} | {:.1} % | {:.1} % | {:.1} % | {loss:.3} | {:.1} % |",
        saved(joules, slurm),
        saved(least, slurm),
        saved(joules, dvfs),
        100.0 * on_time
    );
    line(page, &text);
}

fn group(name: &str, runs: &[WorkloadRuns], page: &mut String) {
    let pit = runs.iter().find(|runs| runs.scheduler.name() == "PIT");
    for runs in runs {
        let wins = pit.filter(|_| runs.scheduler.name() == "time price").map(|pit| {
            let wins = wins(runs, pit);
            let shares = [wins.joules, wins.accuracy, wins.on_time, wins.all];
            shares.map(|share| format!("{:.0} %", 100.0 * share)).join(", ")
        });
        let text = format!(
            "| {name} | {} | {:.0} | {:.3} | {:.1} % | {:.1} % | {:.1} % | {:.0} | {} |",
            runs.scheduler.name(),
            runs.mean(|s| s.joules),
            (70.65 - runs.mean(|s| s.top1)).max(0.0),
            100.0 * runs.mean(|s| s.low_share),
            100.0 * runs.mean(|s| s.on_time),
            100.0 * runs.mean(|s| s.nearly_on_time),
            runs.mean(|s| s.response),
            wins.unwrap_or_default()
        );
        line(page, &text);
    }
}

fn gaps(results: &Results, page: &mut String) {
    line(page, "\n## Gap to the optimum\n");
    line(
        page,
        "The optimum knows all arrivals and true run times, and searches every order, precision, \
         clock and half-way clock:\nfewest late requests first, then least cost (energy, and lost \
         images at the price our policy uses). The excess of\ncost is over the workloads in which no \
         more requests were late than in the optimum; their share is the last column.\n",
    );
    line(
        page,
        "| requests | run times | scheduler | late at best | late | excess of cost | of the workloads |",
    );
    line(page, "|---|---|---|---|---|---|---|");
    for (requests, scheduler, exact, gap) in &results.gaps {
        let estimates = if *exact { "exact" } else { "over-estimated" };
        let text = format!(
            "| {requests} | {estimates} | {} | {:.1} % | {:.1} % | {:.2} % | {:.0} % |",
            scheduler.name(),
            100.0 * gap.late_at_best,
            100.0 * gap.late,
            100.0 * gap.cost,
            100.0 * gap.comparable
        );
        line(page, &text);
    }
}
