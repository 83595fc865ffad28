//! Three precisions, three clocks and power while idle: the policies on the board template.

use bitladder_control::pace::{CoordinatedDvfs, CoordinatedOptions};
use bitladder_control::platform::BOARD_TEMPLATE;
use bitladder_control::policy::Pit;
use bitladder_control::simulate::{Record, SimulatedMachine, Workload};
use bitladder_control::{
    Blocks, Controller, Estimates, Machine, Pace, Platform, Policy, Request, TimePrice,
    TimePriceOptions,
};

/// What runs came to: joules with idling to the end of the comparison, images lost to low
/// precision, requests on time.
#[derive(Default)]
struct Total {
    joules: f64,
    lost: f64,
    on_time: usize,
}

/// Every run is compared up to this time, in seconds.
const END: f64 = 300.0;

impl Total {
    fn add(
        &mut self,
        platform: &Platform,
        requests: &[Request],
        policy: &mut dyn Policy,
        pace: &mut dyn Pace,
    ) {
        let mut estimates = Estimates::fixed(platform, 1.0);
        let mut machine = SimulatedMachine::new(platform, requests);
        let mut record = Record::new();
        Controller::new(policy, pace, &mut estimates, Blocks { batch: 1, batches: 1 })
            .serve(&mut machine, &mut record)
            .expect("a simulated machine does not fail");
        assert!(machine.now() < END, "the run outlasts the comparison");
        let idle = machine.idle_joules() + (END - machine.now()) * platform.idle_watts();
        self.joules += record.joules() + idle;
        self.lost += record.mean(|done| platform.loss(done.precision) * done.request.images as f64);
        self.on_time += record.on_time();
    }
}

#[test]
fn with_few_coarse_clocks_our_policy_keeps_deadlines_and_accuracy_at_little_energy() {
    let platform =
        Platform::from_toml(BOARD_TEMPLATE, "board-template.toml").expect("the template is valid");
    let options = TimePriceOptions::default();
    for mean_gap in [1.3, 2.0, 4.0] {
        let workload = Workload {
            requests: 20,
            mean_gap,
            images: 100.0,
            spread: 0.5,
            seconds_per_image: 0.01,
            slack_factor: 2.0,
        };
        let (mut pit, mut ours) = (Total::default(), Total::default());
        for seed in 0..100 {
            let requests = workload.draw(seed);
            let mut dvfs = CoordinatedDvfs::new(CoordinatedOptions::default());
            pit.add(&platform, &requests, &mut Pit::new(), &mut dvfs);
            let mut pace = TimePrice::new(options);
            ours.add(&platform, &requests, &mut TimePrice::new(options), &mut pace);
        }
        assert!(ours.on_time > 1950, "gap {mean_gap}: {} of 2000 on time", ours.on_time);
        assert!(ours.on_time > 4 * pit.on_time, "gap {mean_gap}: PIT {}", pit.on_time);
        assert!(ours.lost < 0.4 * pit.lost, "gap {mean_gap}: {} {}", ours.lost, pit.lost);
        assert!(ours.joules < 1.015 * pit.joules, "gap {mean_gap}: {}", ours.joules / pit.joules);
    }
}
