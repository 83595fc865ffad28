use super::*;
use crate::Platform;
use crate::platform::BOARD_TEMPLATE;
use proptest::prelude::*;

fn board() -> Estimates {
    let platform = Platform::from_toml(BOARD_TEMPLATE, "board-template.toml").unwrap();
    Estimates::fixed(&platform, 1.0)
}

/// All orders and all ways, one by one: the specification of the search.
fn one_by_one(requests: &[Request], ways: &[Way], now: f64) -> (usize, f64) {
    let mut best = (usize::MAX, f64::INFINITY);
    if requests.is_empty() {
        return (0, 0.0);
    }
    for index in 0..requests.len() {
        let mut rest = requests.to_vec();
        let request = rest.remove(index);
        for way in ways {
            let finish = now.max(request.arrival) + way.seconds * request.images as f64;
            let (late, cost) = one_by_one(&rest, ways, finish);
            let late = late + usize::from(finish > request.deadline());
            let cost = cost + way.cost * request.images as f64;
            if late < best.0 || (late == best.0 && cost < best.1) {
                best = (late, cost);
            }
        }
    }
    best
}

/// Points and midpoints, none left out.
fn all_ways(estimates: &Estimates, lost_image: f64) -> Vec<Way> {
    let mut all = Vec::new();
    for point in estimates.points() {
        let cost = |p: Point| estimates.extra_joules(p) + lost_image * estimates.loss(p.precision);
        let seconds = estimates.seconds(point);
        all.push(Way { point, higher: 0.0, seconds, cost: cost(point) });
        if point.level < 2 {
            let next = Point { level: point.level + 1, ..point };
            let seconds = (seconds + estimates.seconds(next)) / 2.0;
            let cost = (cost(point) + cost(next)) / 2.0;
            all.push(Way { point, higher: 0.5, seconds, cost });
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn equals_trying_everything(
        drawn in prop::collection::vec((0u8..10, 50u64..150, 1u8..12), 0..4),
        lost_image in 0.0f64..1.0,
    ) {
        let estimates = board();
        let requests: Vec<Request> = (0..).zip(&drawn).map(|(id, (arrival, images, expected))| {
            let (arrival, expected) = (f64::from(*arrival) / 4.0, f64::from(*expected) / 4.0);
            Request { id, arrival, images: *images, expected }
        }).collect();
        let found = optimum(&estimates, &requests, lost_image).unwrap();
        let ways = all_ways(&estimates, lost_image);
        let (late, cost) = one_by_one(&requests, &ways, f64::NEG_INFINITY);
        prop_assert_eq!(found.late, late);
        prop_assert!((found.cost - cost).abs() < 1e-9, "{} instead of {cost}", found.cost);
        prop_assert_eq!(found.plan.len(), requests.len());
        for pair in found.plan.windows(2) {
            prop_assert!(pair[0].finish <= pair[1].start + 1e-9);
        }
    }
}

#[test]
fn a_crowd_is_refused() {
    let request = Request { id: 0, arrival: 0.0, images: 1, expected: 1.0 };
    assert_eq!(
        optimum(&board(), &[request; 7], 0.0).unwrap_err().to_string(),
        "7 requests are too many to search all plans; give at most 6"
    );
}
