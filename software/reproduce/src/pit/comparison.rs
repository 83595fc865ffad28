//! The section on our own policy.

use bitladder_control::reproduce::{WorkloadRuns, wins};

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
    gaps(results, page);
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
