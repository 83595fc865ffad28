//! The tables and figures of the PIT paper, and our policy on its workloads.

use bitladder_control::reproduce::{
    FrontierRow, Gap, ReproduceError as PitError, Scheduler, SensitivityRow, Setup, WorkloadRuns,
    frontier, gap_to_optimum, sensitivity, workload_runs,
};
use bitladder_control::simulate::{Disturbance, Record};

mod chart;
mod comparison;
mod data;
mod plots;
mod report;

use crate::{Files, ReproduceError};

/// Workloads of Table II and III.
const WORKLOADS: u64 = 400;
/// Workloads of many requests.
const LONG_WORKLOADS: u64 = 20;
/// The workload whose clock is drawn in Fig. 4.
const TRACED: u64 = 3;

/// Everything that is reported.
struct Results {
    setup: Setup,
    table_two: Vec<WorkloadRuns>,
    learning: Vec<WorkloadRuns>,
    disturbed: Vec<WorkloadRuns>,
    long: Vec<WorkloadRuns>,
    table_three: Vec<SensitivityRow>,
    table_three_ours: Vec<SensitivityRow>,
    trace: Record,
    trace_ours: Record,
    gaps: Vec<(usize, Scheduler, bool, Gap)>,
    frontier: Vec<FrontierRow>,
}

/// What a lost image may cost, from nothing beyond the energy that it saves to twice the default.
const PREMIUMS: [f64; 7] = [1.0, 1.1, 1.3, 1.5, 1.75, 2.0, 3.0];

const BOTH: [Scheduler; 2] = [Scheduler::Pit, Scheduler::TimePrice];

/// All files, under `pit/`.
pub(crate) fn files() -> Result<Files, ReproduceError> {
    let results = run()?;
    let mut files = Files::default();
    data::tables(&results, &mut files);
    plots::figures(&results, &mut files);
    files.add("README.md", report::markdown(&results));
    Ok(files)
}

fn run() -> Result<Results, PitError> {
    let setup = Setup::paper()?;
    let table_two = workload_runs(&setup, &Scheduler::ALL, 0..WORKLOADS)?;
    let learn = Setup { learn: true, ..setup.clone() };
    let disturbance = Disturbance { spread: 0.1, stalls: 0.01, stall_factor: 10.0, seed: 1 };
    let disturb = Setup { disturbance: Some(disturbance), ..learn.clone() };
    let mut long = setup.clone();
    long.workload.requests = 1000;
    let drawn = setup.workload.draw(TRACED);
    let trace = |scheduler| setup.run(scheduler, &drawn, Record::with_steps());
    Ok(Results {
        learning: workload_runs(&learn, &BOTH, 0..WORKLOADS)?,
        disturbed: workload_runs(&disturb, &BOTH, 0..WORKLOADS)?,
        long: workload_runs(&long, &BOTH, 0..LONG_WORKLOADS)?,
        table_three: sensitivity(&setup, Scheduler::Pit, 0..WORKLOADS)?,
        table_three_ours: sensitivity(&setup, Scheduler::TimePrice, 0..WORKLOADS)?,
        trace: trace(Scheduler::Pit)?,
        trace_ours: trace(Scheduler::TimePrice)?,
        gaps: gaps(&setup)?,
        frontier: frontier(&setup, &PREMIUMS, 0..WORKLOADS)?,
        table_two,
        setup,
    })
}

/// Gaps to the optimum, with over-estimated and with exact run times.
fn gaps(setup: &Setup) -> Result<Vec<(usize, Scheduler, bool, Gap)>, PitError> {
    let mut gaps = Vec::new();
    for (requests, workloads) in [(4, 200), (5, 100), (6, 40)] {
        for exact in [false, true] {
            let mut setup = setup.clone();
            setup.workload.requests = requests;
            setup.over_estimate = if exact { 1.0 } else { setup.over_estimate };
            for scheduler in BOTH {
                let gap = gap_to_optimum(&setup, scheduler, 0..workloads)?;
                gaps.push((requests, scheduler, exact, gap));
            }
        }
    }
    Ok(gaps)
}
