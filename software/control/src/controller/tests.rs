use super::*;
use crate::Platform;
use crate::pace::Constant;
use crate::platform::TESLA_P40;
use crate::policy::DeadlineFirst;
use crate::simulate::{Record, SimulatedMachine};

#[derive(Debug, Clone, PartialEq, Error)]
#[error("the link is down")]
struct LinkDown;

/// Fails after some blocks, or while waiting.
struct Flaky {
    requests: Vec<Request>,
    blocks: u32,
}

impl Machine for Flaky {
    type Error = LinkDown;

    fn now(&self) -> f64 {
        0.0
    }

    fn arrivals(&mut self, into: &mut Vec<Request>) {
        into.append(&mut self.requests);
    }

    fn wait(&mut self) -> Result<bool, LinkDown> {
        Err(LinkDown)
    }

    fn run(&mut self, _: &Block) -> Result<Cost, LinkDown> {
        self.blocks = self.blocks.checked_sub(1).ok_or(LinkDown)?;
        Ok(Cost { seconds: 1.0, joules: 1.0 })
    }
}

/// Always decides the same.
struct Stubborn(Option<Decision>);

impl Policy for Stubborn {
    fn name(&self) -> &str {
        "stubborn"
    }

    fn decide(&mut self, _: &View<'_>) -> Option<Decision> {
        self.0
    }
}

fn serve(policy: &mut dyn Policy, blocks: u32) -> ServeError<LinkDown> {
    let platform = Platform::from_toml(TESLA_P40, "tesla-p40.toml").unwrap();
    let mut estimates = Estimates::fixed(&platform, 1.0);
    let request = Request { id: 42, arrival: 0.0, images: 100, expected: 1.0 };
    let mut machine = Flaky { requests: vec![request], blocks };
    let size = Blocks { batch: 10, batches: 1 };
    Controller::new(policy, &mut Constant, &mut estimates, size)
        .serve(&mut machine, &mut Record::new())
        .unwrap_err()
}

#[test]
fn a_failing_machine_is_named_with_its_request() {
    let error = serve(&mut DeadlineFirst::new(), 3);
    assert_eq!(error.to_string(), "request 42: the machine failed: the link is down");
    let error = serve(&mut DeadlineFirst::new(), 10);
    assert_eq!(error.to_string(), "waiting for requests failed: the link is down");
}

#[test]
fn a_decision_for_nothing_stops_the_controller() {
    let decide = |index, precision, level| {
        let point = Point { precision, level };
        serve(&mut Stubborn(Some(Decision { index, point })), 10).to_string()
    };
    assert_eq!(
        decide(1, 0, 0),
        "policy stubborn chose request 1 of 1 at precision 0, level 0: correct the policy"
    );
    assert_eq!(
        decide(0, 2, 9),
        "policy stubborn chose request 0 of 1 at precision 2, level 9: correct the policy"
    );
    assert!(decide(0, 1, 10).contains("level 10"));
    let none = serve(&mut Stubborn(None), 10);
    assert!(matches!(none, ServeError::Decision { waiting: 1, .. }), "{none}");
}

#[test]
fn what_is_measured_reaches_the_estimates() {
    let platform = Platform::from_toml(TESLA_P40, "tesla-p40.toml").unwrap();
    let mut estimates = Estimates::learning(&platform, 1.2);
    let requests = [Request { id: 0, arrival: 0.0, images: 1000, expected: 100.0 }];
    let mut machine = SimulatedMachine::new(&platform, &requests);
    let size = Blocks { batch: 10, batches: 10 };
    Controller::new(&mut DeadlineFirst::new(), &mut Constant, &mut estimates, size)
        .serve(&mut machine, &mut Record::new())
        .unwrap();
    assert!((estimates.top_seconds(0) / platform.precisions()[0].seconds[9] - 1.0).abs() < 1e-9);
}
