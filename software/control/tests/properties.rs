//! What must hold for every policy, pace, workload and admission rule.

use bitladder_control::pace::{Constant, CoordinatedDvfs, CoordinatedOptions};
use bitladder_control::platform::{BOARD_TEMPLATE, TESLA_P40};
use bitladder_control::policy::{DeadlineFirst, Pit, Slurm, SlurmWeights};
use bitladder_control::simulate::{Disturbance, Record, SimulatedMachine};
use bitladder_control::{
    Admission, Block, Blocks, Controller, Cost, Estimates, Listener, Machine, Pace, Platform,
    Point, Policy, Request, TimePrice, TimePriceOptions,
};
use proptest::prelude::*;

/// Hears everything, and checks the clock while it does.
#[derive(Default)]
struct Witness {
    record: Record,
    last: f64,
    admitted: Vec<Request>,
    going: Option<(u64, u64)>,
    faults: Vec<String>,
}

impl Witness {
    fn tick(&mut self, now: f64) {
        if now < self.last {
            self.faults.push(format!("time went back from {} to {now}", self.last));
        }
        self.last = now;
    }
}

impl Listener for Witness {
    fn admitted(&mut self, now: f64, request: &Request) {
        self.tick(now);
        if request.arrival > now {
            self.faults.push(format!("{request:?} was seen before it arrived, at {now}"));
        }
        self.admitted.push(*request);
    }

    fn rejected(&mut self, now: f64, request: &Request) {
        self.tick(now);
        self.record.rejected(now, request);
    }

    fn started(&mut self, now: f64, request: &Request, point: Point) {
        self.tick(now);
        self.going = Some((request.id, 0));
        self.record.started(now, request, point);
    }

    fn block(&mut self, now: f64, block: &Block, cost: Cost) {
        self.tick(now);
        if self.going != Some((block.request, block.first)) {
            self.faults.push(format!("{block:?} after {:?}", self.going));
        }
        self.going = Some((block.request, block.first + block.images));
        self.record.block(now, block, cost);
    }

    fn completed(&mut self, now: f64, request: &Request) {
        self.tick(now);
        if self.going != Some((request.id, request.images)) {
            self.faults.push(format!("{request:?} ended at {:?}", self.going));
        }
        self.record.completed(now, request);
    }
}

#[derive(Debug, Clone)]
struct Case {
    policy: usize,
    pace: usize,
    learn: bool,
    on_time_only: bool,
    blocks: Blocks,
    board: bool,
    disturbed: bool,
    requests: Vec<Request>,
}

fn cases() -> impl Strategy<Value = Case> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let blocks = (1u64..40, 1u64..5);
    let request = (0u32..60, 1u64..400, 1u32..120);
    let requests = prop::collection::vec(request, 0..12);
    (0usize..5, 0usize..3, flags, blocks, requests).prop_map(|drawn| {
        let (policy, pace, (learn, on_time_only, board, disturbed), blocks, requests) = drawn;
        let mut arrival = 0.0;
        let request = |(id, (gap, images, expected)): (u64, (u32, u64, u32))| {
            arrival += f64::from(gap) / 10.0;
            Request { id, arrival, images, expected: f64::from(expected) / 10.0 }
        };
        let requests = (0..).zip(requests).map(request).collect();
        let (batch, batches) = blocks;
        let blocks = Blocks { batch, batches };
        Case { policy, pace, learn, on_time_only, blocks, board, disturbed, requests }
    })
}

fn policy(number: usize) -> Box<dyn Policy> {
    let weights = SlurmWeights { age: 1.0, size: -0.1, expected: 0.5 };
    match number {
        0 => Box::new(Pit::new()),
        1 => Box::new(Slurm::top_clock(weights)),
        2 => Box::new(Slurm::with_dvfs(weights)),
        3 => Box::new(DeadlineFirst::new()),
        _ => Box::new(TimePrice::new(TimePriceOptions::default())),
    }
}

fn pace(number: usize) -> Box<dyn Pace> {
    match number {
        0 => Box::new(Constant),
        1 => Box::new(CoordinatedDvfs::new(CoordinatedOptions::default())),
        _ => Box::new(TimePrice::new(TimePriceOptions::default())),
    }
}

fn platform(case: &Case) -> Platform {
    let text = if case.board { BOARD_TEMPLATE } else { TESLA_P40 };
    Platform::from_toml(text, "platform").expect("the shipped platforms are valid")
}

/// Serves a case; returns the witness, with blocks kept, and the joules spent idle.
fn serve(case: &Case) -> (Witness, f64) {
    let platform = platform(case);
    let mut estimates = if case.learn {
        Estimates::learning(&platform, 1.1)
    } else {
        Estimates::fixed(&platform, 1.1)
    };
    let disturbance = Disturbance { spread: 0.1, stalls: 0.1, stall_factor: 5.0, seed: 9 };
    let mut machine = SimulatedMachine::new(&platform, &case.requests);
    if case.disturbed {
        machine = machine.disturbed(disturbance);
    }
    let mut witness = Witness { record: Record::with_steps(), ..Witness::default() };
    let admission = if case.on_time_only { Admission::OnTimeOnly } else { Admission::Everything };
    let (mut policy, mut pace) = (policy(case.policy), pace(case.pace));
    Controller::new(&mut *policy, &mut *pace, &mut estimates, case.blocks)
        .with_admission(admission)
        .serve(&mut machine, &mut witness)
        .expect("a simulated machine does not fail");
    assert!(machine.now() >= witness.last);
    (witness, machine.idle_joules())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_request_is_served_once_or_turned_away(case in cases()) {
        let (witness, _) = serve(&case);
        prop_assert_eq!(witness.faults, Vec::<String>::new());
        let record = witness.record;
        let served = record.completed.iter().map(|done| done.request.id);
        let mut ids: Vec<u64> = served.chain(record.rejected.iter().map(|r| r.id)).collect();
        ids.sort_unstable();
        prop_assert_eq!(ids, (0..case.requests.len() as u64).collect::<Vec<_>>());
        prop_assert_eq!(record.completed.len(), witness.admitted.len());
        if !case.on_time_only {
            prop_assert!(record.rejected.is_empty());
        }
    }

    #[test]
    fn the_machine_never_idles_while_someone_waits(case in cases()) {
        let (witness, _) = serve(&case);
        let mut free_since = 0.0;
        for done in &witness.record.completed {
            // Whoever is still to be served, and was admitted, had not arrived while it idled.
            let waiting = witness.record.completed.iter().filter(|other| other.start >= done.start);
            let earliest = waiting.map(|w| w.request.arrival).fold(f64::INFINITY, f64::min);
            prop_assert!((done.start - f64::max(free_since, earliest)).abs() < 1e-9);
            prop_assert!((done.finish - done.start - done.run_seconds).abs() < 1e-6);
            free_since = done.finish;
        }
    }

    #[test]
    fn energy_is_the_integral_of_power(case in cases()) {
        let platform = platform(&case);
        let (witness, idle_joules) = serve(&case);
        let record = witness.record;
        // Power as a function of time, from the steps alone.
        let running: f64 = record.steps.iter().map(|s| (s.end - s.start) * platform.watts(s.point)).sum();
        prop_assert!((running - record.joules()).abs() < 1e-6 * (1.0 + running));
        for pair in record.steps.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start + 1e-9, "two steps at once");
        }
        let busy: f64 = record.completed.iter().map(|done| done.run_seconds).sum();
        let end = record.completed.last().map_or(0.0, |done| done.finish);
        // A request that is turned away may be the last to end the idling.
        let last_rejected = record.rejected.iter().map(|r| r.arrival).fold(0.0, f64::max);
        let idle = end.max(last_rejected) - busy;
        prop_assert!((idle * platform.idle_watts() - idle_joules).abs() < 1e-6 * (1.0 + idle));
        let images: u64 = record.completed.iter().map(|done| done.request.images).sum();
        let size = case.blocks.batch * case.blocks.batches;
        let blocks: u64 =
            record.completed.iter().map(|done| done.request.images.div_ceil(size)).sum();
        prop_assert_eq!(record.completed.iter().map(|done| done.blocks).sum::<u64>(), blocks);
        prop_assert_eq!(record.steps.len() as u64, blocks);
        prop_assert!(images >= blocks);
    }

    #[test]
    fn admitted_requests_are_on_time_when_run_as_fast_as_promised(case in cases()) {
        // At the fastest point, in order of deadlines, with true estimates: nobody admitted is late.
        let platform = platform(&case);
        let fastest = Point { precision: platform.precisions().len() - 1, level: platform.top_level() };
        let mut estimates = Estimates::fixed(&platform, 1.0);
        let mut machine = SimulatedMachine::new(&platform, &case.requests);
        let mut record = Record::new();
        Controller::new(&mut Fastest(fastest), &mut Constant, &mut estimates, case.blocks)
            .with_admission(Admission::OnTimeOnly)
            .serve(&mut machine, &mut record)
            .unwrap();
        for done in &record.completed {
            prop_assert!(done.finish <= done.request.deadline() + 1e-9, "{done:?}");
        }
    }

    #[test]
    fn our_policy_keeps_what_admission_promises(case in cases()) {
        // With true estimates the clock may be wrong for one block at most.
        let platform = platform(&case);
        let mut estimates = Estimates::fixed(&platform, 1.0);
        let mut machine = SimulatedMachine::new(&platform, &case.requests);
        let mut record = Record::new();
        let mut policy = TimePrice::new(TimePriceOptions::default());
        let mut pace = TimePrice::new(TimePriceOptions::default());
        Controller::new(&mut policy, &mut pace, &mut estimates, case.blocks)
            .with_admission(Admission::OnTimeOnly)
            .serve(&mut machine, &mut record)
            .unwrap();
        let slowest = platform.seconds(Point { precision: 0, level: 0 });
        let block = slowest * (case.blocks.batch * case.blocks.batches) as f64;
        for done in &record.completed {
            prop_assert!(done.finish <= done.request.deadline() + block, "{done:?}");
        }
    }
}

/// Earliest deadline first at one point.
struct Fastest(Point);

impl Policy for Fastest {
    fn name(&self) -> &str {
        "fastest"
    }

    fn decide(&mut self, _: &bitladder_control::View<'_>) -> Option<bitladder_control::Decision> {
        Some(bitladder_control::Decision { index: 0, point: self.0 })
    }
}
