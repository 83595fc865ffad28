use proptest::prelude::*;

use super::*;
use crate::platform::{BOARD_TEMPLATE, TESLA_P40};
use crate::{Platform, Queue};

fn estimates(file: &str) -> Estimates {
    Estimates::fixed(&Platform::from_toml(file, "platform").unwrap(), 1.0)
}

/// Requests for `share` of the seconds that 50,000 images take at full precision and top clock.
fn request(id: u64, arrival: f64, share: f64) -> Request {
    Request { id, arrival, images: 50_000, expected: share * 740.7 }
}

fn decide(policy: &mut TimePrice, now: f64, requests: &[Request]) -> (u64, Point) {
    let (mut queue, estimates) = (Queue::new(), estimates(TESLA_P40));
    requests.iter().for_each(|request| queue.push(*request));
    let view = View { now, queue: &queue, estimates: &estimates };
    let Decision { index, point } = policy.decide(&view).unwrap();
    (queue.requests()[index].id, point)
}

fn exact() -> TimePrice {
    TimePrice::new(TimePriceOptions { reserve: 0.0, ..TimePriceOptions::default() })
}

#[test]
fn a_relaxed_queue_runs_at_full_precision_and_the_most_frugal_clock() {
    let (_, point) = decide(&mut exact(), 0.0, &[request(0, 0.0, 10.0)]);
    // Not the lowest clock: at 632 MHz the same work takes less energy than at 544 MHz.
    assert_eq!(point, Point { precision: 0, level: 1 });
    let estimates = estimates(TESLA_P40);
    let joules = |level| estimates.joules(Point { precision: 0, level });
    assert!((0..10).all(|level| joules(level) >= joules(1)));
}

#[test]
fn pressure_raises_the_clock_first_and_then_lowers_the_precision() {
    let point = |share| decide(&mut exact(), 0.0, &[request(0, 0.0, share)]).1;
    let points: Vec<Point> = [1.5, 1.25, 1.17, 1.0, 0.92].map(point).to_vec();
    let precisions: Vec<usize> = points.iter().map(|point| point.precision).collect();
    assert_eq!(precisions, [0, 0, 0, 1, 1]);
    assert!(points[1].level > points[0].level && points[2].level > points[1].level, "{points:?}");
    assert!(points[4].level > points[3].level, "{points:?}");
}

#[test]
fn those_behind_press_on_those_before() {
    let alone = decide(&mut exact(), 0.0, &[request(0, 0.0, 2.0)]).1;
    let crowd = [request(0, 0.0, 2.0), request(1, 0.0, 2.2), request(2, 0.0, 2.8)];
    let (id, pressed) = decide(&mut exact(), 0.0, &crowd);
    assert_eq!((id, alone.precision), (0, 0));
    assert_eq!(pressed.precision, 1, "PIT would run it at full precision: its own slack is 2");
}

#[test]
fn late_requests_wait_until_their_patience_ends() {
    // 0.5 of a run time is never enough: request 0 is late from the start.
    let requests = [request(0, 0.0, 0.5), request(1, 0.0, 2.0)];
    assert_eq!(decide(&mut exact(), 0.0, &requests).0, 1);
    let later = [request(0, 0.0, 0.5), request(1, 1500.0, 2.0)];
    let (id, point) = decide(&mut exact(), 1500.0, &later);
    assert_eq!((id, point.precision), (0, 1));
    assert_eq!(decide(&mut exact(), 1400.0, &later).0, 1);
}

#[test]
fn with_only_late_requests_the_first_runs_cheaply() {
    let (id, point) = decide(&mut exact(), 0.0, &[request(0, 0.0, 0.5), request(1, 0.0, 0.6)]);
    assert_eq!(id, 0);
    let estimates = estimates(TESLA_P40);
    let joules = |level| estimates.joules(Point { precision: 1, level });
    assert!((0..10).all(|level| joules(level) >= joules(point.level)));
}

#[test]
fn the_pace_follows_what_is_measured_and_who_arrives() {
    let estimates = estimates(TESLA_P40);
    let request = request(0, 0.0, 1.25);
    let next = |slower: f64, queue: &Queue| {
        let mut pace = exact();
        pace.begin();
        let point = Point { precision: 0, level: 2 };
        let seconds = 1000.0 * estimates.seconds(point) * slower;
        let block = BlockTime { images: 1000, batches: 1, seconds };
        let (now, remaining) = (seconds, 49_000);
        let request = &request;
        let estimates = &estimates;
        pace.next_level(&block, &Progress { now, request, point, remaining, queue, estimates })
    };
    let nobody = Queue::new();
    let usual = next(1.0, &nobody);
    assert!(next(1.1, &nobody) > usual);
    assert!(next(0.8, &nobody) < usual);
    let mut urgent = Queue::new();
    urgent.push(Request { id: 1, arrival: 0.0, images: 50_000, expected: 1420.0 });
    assert!(next(1.0, &urgent) > usual);
}

#[test]
fn more_premium_keeps_more_precision() {
    let options = |premium| TimePriceOptions { premium, reserve: 0.0, patience: 4.0 };
    let precision = |premium| {
        decide(&mut TimePrice::new(options(premium)), 0.0, &[request(0, 0.0, 1.03)]).1.precision
    };
    assert_eq!((precision(1.5), precision(10.0)), (1, 0));
    // Without a premium low precision pays for itself, even in a relaxed queue.
    let frugal = decide(&mut TimePrice::new(options(0.9)), 0.0, &[request(0, 0.0, 10.0)]).1;
    assert_eq!(frugal.precision, 1);
}

#[test]
fn a_machine_that_idles_cheaply_races_and_one_that_idles_dearly_paces() {
    let level = |idle: &str| {
        let text = TESLA_P40.replace("idle_watts = 0.0", idle);
        Menu::new(&estimates(&text), 1.5).level_at(1, 0.0)
    };
    let levels = ["idle_watts = 0.0", "idle_watts = 20.0", "idle_watts = 50.0"].map(level);
    assert_eq!(levels, [3, 1, 0]);
}

#[test]
fn an_equally_accurate_low_precision_is_simply_better() {
    let text = TESLA_P40.replace("top1 = 69.37", "top1 = 70.65");
    let menu = Menu::new(&estimates(&text), 1.5);
    let precisions: Vec<usize> =
        (1..30).map(|budget| menu.around(f64::from(budget) * 1e-3).0.point.precision).collect();
    assert!(precisions.iter().all(|precision| *precision == 1), "{precisions:?}");
}

#[test]
fn estimates_that_change_change_the_menu() {
    let platform = Platform::from_toml(BOARD_TEMPLATE, "board-template.toml").unwrap();
    let mut estimates = Estimates::learning(&platform, 1.0);
    let mut policy = TimePrice::new(TimePriceOptions::default());
    let before = policy.menu(&estimates).fastest();
    for _ in 0..20 {
        estimates.observe(Point { precision: 2, level: 2 }, 100, 0.5, 0.096);
    }
    assert_eq!(policy.menu(&estimates).fastest(), 2.0 * before);
}

/// Who can be on time when the machine is busy for `ahead` seconds and then takes one second per
/// image: place in the queue, time of completion, and when it is due.
fn reachable(requests: &[Request], ahead: f64) -> Vec<(usize, f64, f64)> {
    let mut busy = ahead;
    let mut kept = vec![];
    for (index, request) in requests.iter().enumerate() {
        let done = busy + request.images as f64;
        if done <= request.expected {
            busy = done;
            kept.push((index, busy, request.expected));
        }
    }
    kept
}

proptest! {
    #[test]
    fn the_hull_is_the_best_answer_to_every_price(price in 0.0f64..200.0, premium in 0.1f64..4.0) {
        let estimates = estimates(TESLA_P40);
        let menu = Menu::new(&estimates, premium);
        let lost = lost_image_price(&estimates, premium);
        let paid = |point: Point| {
            let loss = lost * estimates.loss(point.precision);
            estimates.extra_joules(point) + loss + price * estimates.seconds(point)
        };
        let least = estimates.points().map(paid).fold(f64::INFINITY, f64::min);
        let hull = (0..4000).map(|budget| menu.around(f64::from(budget) * 1e-5).0.point);
        let best = hull.map(paid).fold(f64::INFINITY, f64::min);
        prop_assert!((best - least).abs() < 1e-9);
        for precision in 0..2 {
            let level = menu.level_at(precision, price);
            let here = paid(Point { precision, level });
            let others = (0..10).map(|level| paid(Point { precision, level }));
            prop_assert!(others.fold(f64::INFINITY, f64::min) >= here - 1e-12);
        }
    }

    #[test]
    fn the_price_falls_as_the_budget_grows(low in 0.0f64..0.03, more in 0.0f64..0.01) {
        let menu = Menu::new(&estimates(TESLA_P40), 1.5);
        prop_assert!(menu.price(low) >= menu.price(low + more));
        let (fast, slow) = menu.around(low);
        prop_assert!(fast.seconds <= slow.seconds && fast.cost >= slow.cost);
        let level = menu.level_within(0, low);
        let seconds = estimates(TESLA_P40).seconds(Point { precision: 0, level });
        prop_assert!(seconds <= low || level == 9);
    }

    #[test]
    fn plans_keep_every_deadline_they_count_on(
        drawn in prop::collection::vec((1u64..50, 1u32..300), 1..20),
        ahead in 0.0f64..50.0,
    ) {
        let outlook = Outlook { now: 0.0, reserve: 0.0, fastest: 1.0 };
        let mut queue = Queue::new();
        for (id, (images, expected)) in (0..).zip(drawn) {
            queue.push(Request { id, arrival: 0.0, images, expected: f64::from(expected) });
        }
        let requests = queue.requests();
        let plan = outlook.plan(ahead, requests);
        let spare = outlook.spare(ahead, requests.iter());
        let kept = reachable(requests, ahead);
        let late = (0..requests.len()).find(|index| kept.iter().all(|(kept, ..)| kept != index));
        prop_assert_eq!(plan.first_on_time, kept.first().map(|(index, ..)| *index));
        prop_assert_eq!(plan.first_late, late);
        // The budget is the most, and the spare time too: all are on time, and one only just.
        let tightest = |left: &dyn Fn(f64, f64) -> f64| {
            kept.iter().map(|(_, done, due)| left(*done, *due)).fold(f64::INFINITY, f64::min)
        };
        let (at_budget, at_spare) = (
            tightest(&|done, due| due - done * plan.budget),
            tightest(&|done, due| due - (done - ahead) - spare),
        );
        if kept.is_empty() {
            prop_assert!(plan.budget.is_infinite() && spare.is_infinite());
        } else {
            prop_assert!(at_budget.abs() < 1e-6 && at_spare.abs() < 1e-6);
        }
    }
}
