use proptest::prelude::*;

use super::*;
use crate::platform::{BOARD_TEMPLATE, TESLA_P40};
use crate::{Platform, Request};

fn estimates(file: &str) -> Estimates {
    Estimates::fixed(&Platform::from_toml(file, "platform").unwrap(), 1.0)
}

fn request(id: u64, arrival: f64, images: u64, expected: f64) -> Request {
    Request { id, arrival, images, expected }
}

/// Id, precision and level chosen from these requests.
fn choose(
    policy: &mut dyn Policy,
    estimates: &Estimates,
    now: f64,
    requests: &[Request],
) -> (u64, usize, usize) {
    let mut queue = Queue::new();
    requests.iter().for_each(|request| queue.push(*request));
    let decision = policy.decide(&View { now, queue: &queue, estimates }).unwrap();
    let Point { precision, level } = decision.point;
    (queue.requests()[decision.index].id, precision, level)
}

#[test]
fn with_slack_for_all_pit_runs_the_least_slack_at_full_precision() {
    let estimates = estimates(TESLA_P40);
    // Run times 740.7 and 74.07 s; slacks (1400 - 100) / 740.7 = 1.76 and 120 / 74.07 = 1.62.
    let requests = [request(0, 0.0, 50_000, 1400.0), request(1, 50.0, 5000, 170.0)];
    assert_eq!(choose(&mut Pit::new(), &estimates, 100.0, &requests), (1, 0, 0));
}

#[test]
fn only_requests_without_slack_lose_precision_and_may_still_wait() {
    let estimates = estimates(TESLA_P40);
    // Request 0 has slack 700 / 740.7 < 1, and at INT8 700 / 665.9 = 1.051. Request 1 has 1.02 at
    // full precision: so it runs first, and as it is.
    let requests = [request(0, 0.0, 50_000, 700.0), request(1, 0.0, 5000, 75.56)];
    assert_eq!(choose(&mut Pit::new(), &estimates, 0.0, &requests), (1, 0, 0));
    // With a little less time it needs INT8 too, which then leaves it more slack than request 0.
    let requests = [request(0, 0.0, 50_000, 700.0), request(1, 0.0, 5000, 74.0)];
    assert_eq!(choose(&mut Pit::new(), &estimates, 0.0, &requests), (0, 1, 0));
}

#[test]
fn late_requests_go_first_in_pit() {
    let estimates = estimates(TESLA_P40);
    let requests = [request(0, 0.0, 5000, 100.0), request(1, 900.0, 50_000, 670.0)];
    assert_eq!(choose(&mut Pit::new(), &estimates, 1000.0, &requests), (0, 1, 0));
}

#[test]
fn ties_go_to_the_earliest_arrival_and_then_the_smallest_id() {
    let estimates = estimates(TESLA_P40);
    let requests = [request(0, 5.0, 100, 20.0), request(1, 0.0, 100, 25.0)];
    assert_eq!(choose(&mut Pit::new(), &estimates, 6.0, &requests).0, 1);
    let requests = [request(7, 5.0, 100, 20.0), request(3, 5.0, 100, 20.0)];
    assert_eq!(choose(&mut Pit::new(), &estimates, 6.0, &requests).0, 3);
}

#[test]
fn with_three_precisions_pit_takes_the_first_that_suffices() {
    let estimates = estimates(BOARD_TEMPLATE);
    let precision =
        |expected| choose(&mut Pit::new(), &estimates, 0.0, &[request(0, 0.0, 100, expected)]).1;
    // 100 images take 1, 0.5 and 0.25 s at the top clock.
    assert_eq!([1.0, 0.99, 0.5, 0.49, 0.25, 0.1].map(precision), [0, 1, 1, 2, 2, 2]);
}

#[test]
fn slurm_weighs_age_size_and_expectation() {
    let estimates = estimates(TESLA_P40);
    let requests = [request(0, 0.0, 300, 50.0), request(1, 10.0, 100, 20.0)];
    let chosen = |age, size, expected| {
        let weights = SlurmWeights { age, size, expected };
        choose(&mut Slurm::top_clock(weights), &estimates, 12.0, &requests)
    };
    assert_eq!(chosen(1.0, 0.0, 0.0), (0, 0, 9));
    assert_eq!(chosen(1.0, -0.06, 0.0), (1, 0, 9));
    assert_eq!(chosen(0.0, 0.0, -1.0), (1, 0, 9));
    let weights = SlurmWeights { age: 1.0, size: 0.0, expected: 0.0 };
    assert_eq!(choose(&mut Slurm::with_dvfs(weights), &estimates, 12.0, &requests), (0, 0, 0));
}

#[test]
fn an_empty_queue_has_no_next_request() {
    let (queue, estimates) = (Queue::new(), estimates(TESLA_P40));
    let view = View { now: 0.0, queue: &queue, estimates: &estimates };
    let weights = SlurmWeights { age: 1.0, size: 0.0, expected: 0.0 };
    assert_eq!(Pit::new().decide(&view), None);
    assert_eq!(Slurm::top_clock(weights).decide(&view), None);
    assert_eq!(DeadlineFirst::new().decide(&view), None);
}

/// Algorithm 1 line by line, with sorting.
fn algorithm_one(now: f64, requests: &[Request], estimates: &Estimates) -> (u64, usize) {
    let slack = |r: &Request, precision: usize| {
        (r.expected - (now - r.arrival)) / (r.images as f64 * estimates.top_seconds(precision))
    };
    let mut all: Vec<(f64, usize, Request)> =
        requests.iter().map(|request| (slack(request, 0), 0, *request)).collect();
    for entry in &mut all {
        if entry.0 < 1.0 {
            *entry = (slack(&entry.2, 1), 1, entry.2);
        }
    }
    let order = |a: &(f64, usize, Request), b: &(f64, usize, Request)| {
        a.0.total_cmp(&b.0).then(a.2.arrival.total_cmp(&b.2.arrival)).then(a.2.id.cmp(&b.2.id))
    };
    all.sort_by(order);
    (all[0].2.id, all[0].1)
}

proptest! {
    #[test]
    fn pit_is_algorithm_one(
        drawn in prop::collection::vec((0u32..100, 1u64..9, 1u32..200), 1..12),
    ) {
        let estimates = estimates(TESLA_P40);
        let requests: Vec<Request> = (0..).zip(drawn).map(|(id, (arrival, size, expected))| {
            request(id, f64::from(arrival), size * 1000, f64::from(expected))
        }).collect();
        let (id, precision, level) = choose(&mut Pit::new(), &estimates, 100.0, &requests);
        prop_assert_eq!((id, precision), algorithm_one(100.0, &requests, &estimates));
        prop_assert_eq!(level, 0);
    }
}
