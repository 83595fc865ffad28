//! The orderings and averages of the PIT paper, and our policy against it, over 400 workloads.

use bitladder_control::reproduce::{
    Scheduler, Setup, Summary, WorkloadRuns, figure_one, figure_three, frontier, gap_to_optimum,
    least_joules, paper, power_gaps, sensitivity, wins, workload_runs,
};

const SEEDS: std::ops::Range<u64> = 0..400;

fn runs(learn: bool) -> [WorkloadRuns; 5] {
    let setup = Setup { learn, ..Setup::paper().expect("the paper's platform is valid") };
    let runs = workload_runs(&setup, &Scheduler::ALL, SEEDS).expect("a simulation does not fail");
    runs.try_into().expect("one set of runs per scheduler")
}

/// Share of the workloads in which something holds for SLURM, SLURM_DVFS and PIT.
fn share(runs: &[WorkloadRuns; 5], holds: impl Fn(&Summary, &Summary, &Summary) -> bool) -> f64 {
    let [slurm, dvfs, pit, ..] = runs;
    let workloads = slurm.summaries.iter().zip(&dvfs.summaries).zip(&pit.summaries);
    workloads.filter(|((s, d), p)| holds(s, d, p)).count() as f64 / slurm.summaries.len() as f64
}

#[test]
fn table_two_orders_and_averages() {
    let runs = runs(false);
    assert!(share(&runs, |s, d, p| p.watts < d.watts && d.watts < s.watts) >= 0.95);
    assert!(share(&runs, |s, d, p| p.joules < d.joules && d.joules < s.joules) >= 0.95);
    assert!(share(&runs, |_, d, p| p.response <= d.response) >= 0.95);
    let [slurm, dvfs, pit, ..] = runs;
    let near = |found: f64, printed: [f64; 4], tolerance: f64| {
        let off = (found / printed[0] - 1.0).abs();
        assert!(off <= tolerance, "{found} is {off} away from {}", printed[0]);
    };
    near(slurm.mean(|s| s.watts), paper::POWER.slurm, 0.001);
    near(dvfs.mean(|s| s.watts), paper::POWER.slurm_dvfs, 0.02);
    near(pit.mean(|s| s.watts), paper::POWER.pit, 0.01);
    near(slurm.mean(|s| s.joules), paper::ENERGY.slurm, 0.005);
    near(dvfs.mean(|s| s.joules), paper::ENERGY.slurm_dvfs, 0.01);
    near(pit.mean(|s| s.joules), paper::ENERGY.pit, 0.015);
    near(slurm.mean(|s| s.response), paper::RESPONSE.slurm, 0.05);
    near(dvfs.mean(|s| s.response), paper::RESPONSE.slurm_dvfs, 0.03);
    near(pit.mean(|s| s.response), paper::RESPONSE.pit, 0.05);
    near(pit.mean(|s| s.top1), paper::TOP1.pit, 0.002);
}

#[test]
fn pit_saves_what_the_paper_says() {
    let [slurm, dvfs, pit, ours, _] = runs(false);
    let saving = |low: &WorkloadRuns, high: &WorkloadRuns| {
        1.0 - low.mean(|s| s.joules) / high.mean(|s| s.joules)
    };
    assert!(saving(&pit, &dvfs) >= 0.12);
    // The averages of Table II differ by 20.7 %. "Up to 28 %" is the best workload, 28.2 %; the
    // fitted powers put ours at 27.1 %, all of it INT8 near the top clock.
    assert!(saving(&pit, &slurm) >= 0.207);
    let best = |runs: &WorkloadRuns| {
        let pairs = runs.summaries.iter().zip(&slurm.summaries);
        pairs.map(|(low, high)| 1.0 - low.joules / high.joules).fold(0.0, f64::max)
    };
    assert!(best(&pit) >= 0.27, "PIT's best workload saves {}", best(&pit));
    assert!(best(&ours) >= 0.28, "our best workload saves {}", best(&ours));
    assert!(saving(&ours, &slurm) >= 0.22 && saving(&ours, &dvfs) >= 0.14);
}

/// More than PIT at less loss, and nearly all of what any policy could.
#[test]
fn what_no_policy_can_save_at_the_loss_of_pit() {
    let setup = Setup::paper().unwrap();
    let [slurm, _, pit, ours, _] = runs(false);
    let full = slurm.mean(|s| s.joules);
    let loss = |runs: &WorkloadRuns| 70.65 - runs.mean(|s| s.top1);
    let most = |loss: f64| 1.0 - least_joules(&setup, loss, SEEDS) / full;
    // With PIT's loss no policy saves 28 % on average, whatever becomes of deadlines ...
    assert!(most(loss(&pit)) < 0.24, "{}", most(loss(&pit)));
    // ... nor with a loss of 0.9 points.
    assert!(most(0.9) < 0.28 && most(0.95) > 0.28);
    let saved = |runs: &WorkloadRuns| 1.0 - runs.mean(|s| s.joules) / full;
    assert!(saved(&ours) > 0.955 * most(loss(&ours)), "{} of {}", saved(&ours), most(loss(&ours)));
    assert!(saved(&pit) < 0.9 * most(loss(&pit)));
}

#[test]
fn the_knob_trades_accuracy_for_energy_close_to_what_is_possible() {
    let rows = frontier(&Setup::paper().unwrap(), &[1.0, 1.1, 1.3, 1.5, 2.0, 3.0], 0..200).unwrap();
    for pair in rows.windows(2) {
        assert!(pair[0].joules < pair[1].joules && pair[0].loss > pair[1].loss, "{pair:?}");
    }
    for row in rows {
        assert!((1.0..1.03).contains(&(row.joules / row.least_joules)), "{row:?}");
        assert!(row.on_time > 0.8, "{row:?}");
    }
}

/// 28 % on average takes nearly all requests at low precision, for PIT's machine as for ours.
#[test]
fn our_policy_saves_28_percent_on_average_where_accuracy_may_go() {
    let mut setup = Setup::paper().unwrap();
    setup.time_price.premium = 1.0;
    let runs = workload_runs(&setup, &Scheduler::ALL, SEEDS).unwrap();
    let [slurm, dvfs, pit, ours, _] = runs.try_into().expect("one set of runs per scheduler");
    let saving = |high: &WorkloadRuns| 1.0 - ours.mean(|s| s.joules) / high.mean(|s| s.joules);
    assert!(saving(&slurm) >= 0.28, "{} against full precision", saving(&slurm));
    assert!(saving(&dvfs) >= 0.12, "{} against SLURM_DVFS", saving(&dvfs));
    assert!(ours.mean(|s| s.low_share) > 0.99);
    assert!(ours.mean(|s| s.on_time) > pit.mean(|s| s.on_time) + 0.2);
}

#[test]
fn our_policy_beats_pit_in_energy_accuracy_and_deadlines() {
    for learn in [false, true] {
        let [_, _, pit, ours, _] = runs(learn);
        assert!(ours.mean(|s| s.joules) < 0.995 * pit.mean(|s| s.joules), "learn {learn}");
        let loss = |runs: &WorkloadRuns| 70.65 - runs.mean(|s| s.top1);
        assert!(loss(&ours) < 0.95 * loss(&pit), "learn {learn}");
        assert!(ours.mean(|s| s.on_time) > pit.mean(|s| s.on_time) + 0.2, "learn {learn}");
        let grace = |runs: &WorkloadRuns| runs.mean(|s| s.nearly_on_time);
        assert!(grace(&ours) > grace(&pit), "learn {learn}");
        assert!(ours.mean(|s| s.response) < pit.mean(|s| s.response), "learn {learn}");
        let wins = wins(&ours, &pit);
        assert!(wins.on_time >= 0.99, "learn {learn}: {wins:?}");
        assert!(wins.joules >= 0.7 && wins.accuracy >= 0.7 && wins.all >= 0.5, "{wins:?}");
    }
}

#[test]
fn table_three_needs_less_low_precision_as_arrivals_relax() {
    let rows = sensitivity(&Setup::paper().unwrap(), Scheduler::Pit, 0..200).unwrap();
    for pair in rows.windows(2) {
        let (tight, relaxed) = (&pair[0].ours, &pair[1].ours);
        assert!(tight.low_share > relaxed.low_share, "{pair:?}");
        assert!(tight.top1 < relaxed.top1, "{pair:?}");
        // Fig. 5: response time and power fall too.
        assert!(tight.response > relaxed.response && tight.watts > relaxed.watts, "{pair:?}");
    }
    let first = &rows[0];
    assert_eq!((first.paper.mu, first.mean_gap), (2000.0, 460.0));
    assert!((first.ours.low_share * 10.0 - f64::from(first.paper.low)).abs() < 1.0);
}

#[test]
fn table_four_gaps_follow_from_the_fitted_powers() {
    let gaps = power_gaps(&Setup::paper().unwrap().platform);
    let [.., resnet] = paper::TABLE_FOUR;
    for (gap, printed) in gaps.iter().zip(resnet.power_gap) {
        assert!((gap.percent - printed).abs() < 0.1, "{gap:?} instead of {printed}");
    }
}

#[test]
fn figure_one_shows_a_most_frugal_clock_above_the_lowest() {
    let platform = Setup::paper().unwrap().platform;
    let sweep = figure_one(&platform, 50_000.0);
    assert_eq!(sweep.len(), 20);
    let frugal = |precision: usize| {
        let of = sweep.iter().filter(|p| p.point.precision == precision);
        of.min_by(|a, b| a.joules.total_cmp(&b.joules)).unwrap().mhz
    };
    assert_eq!((frugal(0), frugal(1)), (632.0, 835.0));
}

#[test]
fn figure_three_puts_pit_between_the_slurms() {
    let setup = Setup::paper().unwrap();
    let runs = workload_runs(&setup, &Scheduler::ALL[..3], 0..100).unwrap();
    let [slurm, dvfs, pit] = figure_three(&runs).try_into().unwrap();
    assert!(slurm.points[2] < pit.points[2] && pit.points[2] < dvfs.points[2]);
    for five in [slurm, dvfs, pit] {
        assert!(five.points.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(five.points[4] <= 1.0);
    }
}

#[test]
fn the_gap_to_the_optimum_is_smaller_than_that_of_pit() {
    let mut setup = Setup::paper().unwrap();
    setup.workload.requests = 4;
    let ours = gap_to_optimum(&setup, Scheduler::TimePrice, 0..100).unwrap();
    let pit = gap_to_optimum(&setup, Scheduler::Pit, 0..100).unwrap();
    assert_eq!(ours.late_at_best, pit.late_at_best);
    assert!(ours.late >= ours.late_at_best && ours.late < 0.75 * pit.late, "{ours:?} {pit:?}");
    assert!((0.0..0.04).contains(&ours.cost), "{ours:?}");
}
