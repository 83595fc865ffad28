use super::*;
use crate::platform::BOARD_TEMPLATE;
use crate::{Platform, Queue};

/// 100 images take 0.25 s at the fastest point of the board.
fn request(id: u64, expected: f64) -> Request {
    Request { id, arrival: 0.0, images: 100, expected }
}

fn admits(running: Option<(u64, Point)>, waiting: &[f64], expected: f64) -> bool {
    let platform = Platform::from_toml(BOARD_TEMPLATE, "board-template.toml").unwrap();
    let estimates = Estimates::fixed(&platform, 1.0);
    let mut queue = Queue::new();
    for (id, expected) in (0..).zip(waiting) {
        queue.push(request(id, *expected));
    }
    let view = View { now: 0.0, queue: &queue, estimates: &estimates };
    let fresh = request(99, expected);
    assert!(Admission::Everything.admits(&view, running, &fresh));
    Admission::OnTimeOnly.admits(&view, running, &fresh)
}

#[test]
fn a_request_needs_time_of_its_own() {
    assert!(admits(None, &[], 0.26));
    assert!(!admits(None, &[], 0.24));
    // Behind one that is due earlier.
    assert!(admits(None, &[0.3], 0.51));
    assert!(!admits(None, &[0.3], 0.49));
}

#[test]
fn a_request_must_not_make_others_late() {
    assert!(admits(None, &[0.6], 0.3));
    assert!(!admits(None, &[0.4], 0.3));
    // Two waiting are on time at 0.25 and 0.5; a third before them would delay the second to 0.75.
    assert!(!admits(None, &[0.6, 0.7], 0.3));
    assert!(admits(None, &[0.6, 0.76], 0.3));
}

#[test]
fn those_that_are_late_anyway_do_not_count() {
    // The second waits for the first, is due at 0.4 and thus late already.
    assert!(admits(None, &[0.4, 0.4], 1.0));
    assert!(!admits(None, &[0.4, 0.4], 0.6), "its own time starts after both");
}

#[test]
fn what_runs_keeps_its_precision_but_may_speed_up() {
    // 50 images at 16 bit take 0.5 s at the top clock, and 2 s at the present one.
    let running = Some((50, Point { precision: 0, level: 0 }));
    assert!(admits(running, &[], 0.76));
    assert!(!admits(running, &[], 0.74));
}
