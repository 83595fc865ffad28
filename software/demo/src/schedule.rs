//! Requests with deadlines on the machine: precision and clock change while it serves.

use bitladder_control::Platform;
use bitladder_control::reproduce::{Scheduler, Setup};
use bitladder_control::simulate::{Record, Workload};
use serde::{Deserialize, Serialize};

use crate::DemoError;

/// What the machine did from one block of images to the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Seconds.
    pub start: f64,
    /// Seconds.
    pub end: f64,
    /// Place among the precisions.
    pub precision: usize,
    /// Its clock in MHz.
    pub mhz: f64,
}

/// What a scheduler made of the requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Result {
    /// Its name.
    pub scheduler: String,
    /// Energy of all requests in joules.
    pub joules: f64,
    /// Requests that were done by their deadline.
    pub on_time: usize,
    /// Mean seconds from a request to its answer.
    pub response: f64,
    /// Mean loss of accuracy over images, in points.
    pub loss: f64,
}

/// The same requests under several schedulers, and one of them over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Requests.
    pub requests: usize,
    /// Images of a request, on average.
    pub images: u64,
    /// Names of the precisions.
    pub precisions: Vec<String>,
    /// Schedulers that change precision, and what the machine did under each.
    pub lines: Vec<(String, Vec<Span>)>,
    /// All schedulers.
    pub results: Vec<Result>,
}

/// Requests of the workload.
const REQUESTS: usize = 12;
/// Their mean size.
const IMAGES: f64 = 20_000.0;
/// Seconds between requests, in run times at full precision and top clock.
const GAP: f64 = 1.3;
/// The expected response time, in run times.
const SLACK: f64 = 2.0;
/// The seed of the workload.
const SEED: u64 = 3;
/// Decisions per request, about.
const DECISIONS: f64 = 50.0;
/// Share of the response time that the paper's governor keeps spare: without it, it ends requests
/// just too late.
const SPARE: f64 = 0.15;

/// Serves one workload with all schedulers.
pub fn schedule(platform: Platform) -> std::result::Result<Schedule, DemoError> {
    let top = platform.top_level();
    let each = platform.precisions()[0].seconds[top];
    let mut setup = Setup::paper()?;
    setup.workload = Workload {
        requests: REQUESTS,
        mean_gap: GAP * each * IMAGES,
        images: IMAGES,
        seconds_per_image: each * setup.over_estimate,
        slack_factor: SLACK,
        ..setup.workload
    };
    setup.weights.size *= each / setup.platform.precisions()[0].seconds[setup.platform.top_level()];
    setup.blocks.batch = (IMAGES / DECISIONS) as u64;
    setup.coordinated.hysteresis = SPARE;
    setup.platform = platform;
    let requests = setup.workload.draw(SEED);
    let (mut results, mut lines) = (Vec::new(), Vec::new());
    let platform = &setup.platform;
    for scheduler in Scheduler::ALL {
        let record = setup.run(scheduler, &requests, Record::with_steps())?;
        results.push(result(scheduler, &record, platform));
        if matches!(scheduler, Scheduler::Pit | Scheduler::TimePrice) {
            let spans = record.steps.iter().map(|step| span(step, platform)).collect();
            lines.push((scheduler.name().to_owned(), spans));
        }
    }
    Ok(Schedule {
        requests: REQUESTS,
        images: IMAGES as u64,
        precisions: platform.precisions().iter().map(|one| one.name.clone()).collect(),
        lines,
        results,
    })
}

fn span(step: &bitladder_control::simulate::Step, platform: &Platform) -> Span {
    Span {
        start: step.start,
        end: step.end,
        precision: step.point.precision,
        mhz: platform.clocks_mhz()[step.point.level],
    }
}

fn result(scheduler: Scheduler, record: &Record, platform: &Platform) -> Result {
    let best = platform.precisions()[0].top1;
    Result {
        scheduler: scheduler.name().into(),
        joules: record.joules(),
        on_time: record.on_time(),
        response: record.mean(bitladder_control::simulate::Completed::response),
        loss: record.mean(|done| best - platform.precisions()[done.precision].top1),
    }
}
