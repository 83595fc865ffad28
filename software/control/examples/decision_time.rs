//! How long a decision takes with 1,000 requests in the queue, beside sorting them anew; and how many
//! requests a second the simulator serves, each with hundreds of decisions on its clock.
//!
//! `cargo run --release -p bitladder-control --example decision_time -- [requests]`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use bitladder_control::platform::TESLA_P40;
use bitladder_control::policy::{Pit, Slurm, SlurmWeights};
use bitladder_control::reproduce::{Scheduler, Setup};
use bitladder_control::simulate::Record;
use bitladder_control::{
    BlockTime, Decision, Estimates, Pace, Platform, Point, Policy, Progress, Queue, Request,
    TimePrice, TimePriceOptions, View,
};

const ROUNDS: usize = 2001;
/// A decision may take no longer, in microseconds.
const LIMIT: f64 = 20.0;
/// The simulator serves at least so many requests a second.
const RATE: f64 = 10_000.0;

fn main() -> Result<(), Box<dyn Error>> {
    let waiting = std::env::args().nth(1).map_or(Ok(1000), |text| text.parse::<usize>())?;
    let platform = Platform::from_toml(TESLA_P40, "tesla-p40.toml")?;
    let estimates = Estimates::fixed(&platform, 1.175);
    let queue = queue(waiting)?;
    let weights = SlurmWeights { age: 1.0, size: -0.02, expected: 0.0 };
    let options = TimePriceOptions::default();

    let naive = median(|now| sort_anew(&View { now, queue: &queue, estimates: &estimates }));
    println!("{waiting} requests wait; median of {ROUNDS} decisions");
    println!("{:<28}{naive:>9.2} us", "PIT, sorting anew");
    let mut policies: [Box<dyn Policy>; 3] = [
        Box::new(Pit::new()),
        Box::new(Slurm::top_clock(weights)),
        Box::new(TimePrice::new(options)),
    ];
    let mut slowest = 0.0f64;
    for policy in &mut policies {
        let decide = |now| policy.decide(&View { now, queue: &queue, estimates: &estimates });
        let time = median(decide);
        slowest = slowest.max(time);
        let name = policy.name();
        println!("{name:<28}{time:>9.2} us, {:.2} of sorting anew", time / naive);
    }
    let time = median(pace(&queue, &estimates, options));
    println!("{:<28}{time:>9.2} us, {:.2} of sorting anew", "time price, next clock", time / naive);
    if waiting <= 1000 && slowest.max(time) > LIMIT {
        return Err(format!("a decision takes more than {LIMIT} us").into());
    }
    simulator()
}

/// The paper's workloads, ten requests at a time.
fn simulator() -> Result<(), Box<dyn Error>> {
    let setup = Setup::paper()?;
    for scheduler in [Scheduler::Pit, Scheduler::TimePrice] {
        let (started, mut served) = (Instant::now(), 0);
        for seed in 0..400 {
            let record = setup.run(scheduler, &setup.workload.draw(seed), Record::new())?;
            served += record.completed.len();
        }
        let rate = served as f64 / started.elapsed().as_secs_f64();
        println!("{:<28}{rate:>9.0} simulated requests a second", scheduler.name());
        if rate < RATE {
            return Err(format!("the simulator serves less than {RATE} requests a second").into());
        }
    }
    Ok(())
}

/// Requests that keep every policy busy: some late, some pressed, some relaxed.
fn queue(waiting: usize) -> Result<Queue, Box<dyn Error>> {
    let mut workload = Setup::paper()?.workload;
    (workload.requests, workload.mean_gap, workload.images) = (waiting, 1.0, 100.0);
    workload.slack_factor = 700.0;
    let mut queue = Queue::new();
    for request in workload.draw(1) {
        queue.push(request);
    }
    Ok(queue)
}

/// Microseconds of the median call, each with another time.
fn median<T>(mut decide: impl FnMut(f64) -> T) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            let now = 1000.0 + round as f64 / 10.0;
            let started = Instant::now();
            black_box(decide(black_box(now)));
            started.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

/// Algorithm 1 as it is written: slack of all, then sort all.
fn sort_anew(view: &View<'_>) -> Option<Decision> {
    let slack = |request: &Request, precision: usize| {
        request.left(view.now) / (request.images as f64 * view.estimates.top_seconds(precision))
    };
    let requests = view.queue.requests().iter().enumerate();
    let mut all: Vec<(f64, usize, usize)> = requests
        .map(|(index, request)| match slack(request, 0) {
            enough if enough >= 1.0 => (enough, 0, index),
            _ => (slack(request, 1), 1, index),
        })
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (_, precision, index) = *all.first()?;
    Some(Decision { index, point: Point { precision, level: 0 } })
}

fn pace<'a>(
    queue: &'a Queue,
    estimates: &'a Estimates,
    options: TimePriceOptions,
) -> impl FnMut(f64) -> usize + 'a {
    let mut pace = TimePrice::new(options);
    let request = Request { id: u64::MAX, arrival: 0.0, images: 50_000, expected: 3000.0 };
    pace.begin();
    move |now| {
        let last = BlockTime { images: 145, batches: 1, seconds: 2.5 };
        let point = Point { precision: 0, level: 4 };
        let request = &request;
        pace.next_level(
            &last,
            &Progress { now, request, point, remaining: 40_000, queue, estimates },
        )
    }
}
