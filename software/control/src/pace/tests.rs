use super::*;
use crate::Platform;
use crate::platform::TESLA_P40;

struct Bench {
    queue: Queue,
    estimates: Estimates,
    request: Request,
}

impl Bench {
    fn new() -> Self {
        let platform = Platform::from_toml(TESLA_P40, "tesla-p40.toml").unwrap();
        let request = Request { id: 0, arrival: 0.0, images: 1000, expected: 100.0 };
        Self { queue: Queue::new(), estimates: Estimates::fixed(&platform, 1.0), request }
    }

    fn progress(&self, now: f64, level: usize, remaining: u64) -> Progress<'_> {
        let point = Point { precision: 0, level };
        let Self { queue, estimates, request } = self;
        Progress { now, request, point, remaining, queue, estimates }
    }
}

fn block(seconds: f64) -> BlockTime {
    BlockTime { images: 100, batches: 1, seconds }
}

#[test]
fn the_clock_goes_up_when_late_and_down_when_not_within_its_limits() {
    let bench = Bench::new();
    let next = |seconds, level| {
        let mut pace = CoordinatedDvfs::new(CoordinatedOptions::default());
        pace.next_level(&block(seconds), &bench.progress(10.0, level, 900))
    };
    // 10 s have passed, 900 images remain: exactly 10 s per 100 images would do.
    assert_eq!(next(10.1, 4), 5);
    assert_eq!(next(10.0, 4), 3);
    assert_eq!(next(10.1, 9), 9);
    assert_eq!(next(9.0, 0), 0);
}

#[test]
fn hysteresis_keeps_the_clock_near_the_goal() {
    let bench = Bench::new();
    let options = CoordinatedOptions { hysteresis: 0.05, ..CoordinatedOptions::default() };
    let next = |seconds| {
        let mut pace = CoordinatedDvfs::new(options);
        pace.next_level(&block(seconds), &bench.progress(10.0, 4, 900))
    };
    assert_eq!([10.1, 9.9, 9.5, 9.4].map(next), [5, 4, 4, 3]);
}

#[test]
fn the_pace_is_an_average_over_the_last_batches() {
    let bench = Bench::new();
    let options = CoordinatedOptions { average: 3, ..CoordinatedOptions::default() };
    let mut pace = CoordinatedDvfs::new(options);
    let mut next = |seconds| pace.next_level(&block(seconds), &bench.progress(10.0, 4, 900));
    assert_eq!(next(4.0), 3);
    assert_eq!(next(13.0), 3); // average 8.5
    assert_eq!(next(13.1), 5); // average 10.03
    assert_eq!(next(4.0), 5); // the first 4 has left: 10.03
    assert_eq!(next(12.0), 3); // 9.7
    pace.begin();
    let next = pace.next_level(&block(10.5), &bench.progress(10.0, 4, 900));
    assert_eq!(next, 5, "the batches of another request still count");
}

#[test]
fn a_block_of_many_batches_fills_the_average() {
    let bench = Bench::new();
    let mut pace = CoordinatedDvfs::new(CoordinatedOptions::default());
    let long = BlockTime { images: 1000, batches: 10, seconds: 40.0 };
    assert_eq!(pace.next_level(&long, &bench.progress(10.0, 4, 900)), 3);
    let late = BlockTime { images: 1000, batches: 10, seconds: 101.0 };
    assert_eq!(pace.next_level(&late, &bench.progress(10.0, 4, 900)), 5);
}

#[test]
fn a_constant_pace_stays() {
    let bench = Bench::new();
    Constant.begin();
    assert_eq!(Constant.next_level(&block(1e9), &bench.progress(10.0, 4, 900)), 4);
}
