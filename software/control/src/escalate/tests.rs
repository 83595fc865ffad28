use proptest::prelude::*;

use super::*;
use crate::pace::Constant;
use crate::platform::{BOARD_TEMPLATE, CascadeRung};
use crate::policy::Pit;
use crate::simulate::Record;
use crate::{Block, Blocks, Controller, Estimates, Machine, Platform, Request};

/// Answers from a table: margins of image i at each precision. The class tells the precision.
struct Mock {
    margins: Vec<Vec<f64>>,
    calls: Vec<(usize, Vec<u64>)>,
    now: f64,
    platform: Platform,
    requests: Vec<Request>,
    drop_answers: usize,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the cable is loose")]
struct Loose;

impl Runner for Mock {
    type Error = Loose;

    fn classify(
        &mut self,
        _request: u64,
        images: &[u64],
        point: Point,
    ) -> Result<(Vec<Answer>, Cost), Loose> {
        if images.contains(&u64::MAX) {
            return Err(Loose);
        }
        let Point { precision, .. } = point;
        self.calls.push((precision, images.to_vec()));
        let seconds = self.platform.seconds(point) * images.len() as f64;
        self.now += seconds;
        let margin = |image: &u64| self.margins[*image as usize % self.margins.len()][precision];
        let answer = |image| Answer { class: precision, margin: margin(image) };
        let answers = images.iter().skip(self.drop_answers).map(answer).collect();
        Ok((answers, Cost { seconds, joules: seconds * self.platform.watts(point) }))
    }
}

impl Machine for Mock {
    type Error = Loose;

    fn now(&self) -> f64 {
        self.now
    }

    fn arrivals(&mut self, into: &mut Vec<Request>) {
        into.append(&mut self.requests);
    }

    fn wait(&mut self) -> Result<bool, Loose> {
        Ok(!self.requests.is_empty())
    }

    fn run(&mut self, block: &Block) -> Result<Cost, Loose> {
        let images: Vec<u64> = (block.first..block.first + block.images).collect();
        self.classify(block.request, &images, block.point).map(|(_, cost)| cost)
    }
}

fn mock<M: Into<Vec<f64>>>(margins: Vec<M>) -> Mock {
    let platform = Platform::from_toml(BOARD_TEMPLATE, "board-template.toml").unwrap();
    let margins = margins.into_iter().map(Into::into).collect();
    Mock { margins, calls: vec![], now: 0.0, platform, requests: vec![], drop_answers: 0 }
}

fn ladder() -> Ladder {
    let rung = |precision, threshold| Rung { precision, threshold };
    Ladder::new(vec![rung(2, 0.5), rung(1, 0.3)], 0).unwrap()
}

#[test]
fn only_doubtful_images_climb_and_the_widest_answer_counts() {
    let mut runner = mock(vec![
        [0.0, 0.0, 0.5],      // sure at the narrowest: equal to the threshold is enough
        [0.0, 0.9, 0.49],     // sure at the second
        [0.01, 0.1, 0.2],     // never sure
        [0.9, f64::NAN, 0.0], // no number is no certainty
    ]);
    let outcome = climb(&ladder(), &mut runner, 0, &[3, 2, 1, 0], 1).unwrap();
    let widths: Vec<usize> = outcome.committed.iter().map(|c| c.width).collect();
    assert_eq!(widths, [2, 2, 1, 0]);
    let classes: Vec<usize> = outcome.committed.iter().map(|c| c.answer.class).collect();
    assert_eq!(classes, [0, 0, 1, 2]);
    assert_eq!(outcome.committed[1].answer.margin, 0.01);
    assert_eq!(outcome.reached, [4, 3, 2]);
    assert_eq!(runner.calls, [(2, vec![3, 2, 1, 0]), (1, vec![3, 2, 1]), (0, vec![3, 2])]);
    let seconds = 4.0 * 0.005 + 3.0 * 0.01 + 2.0 * 0.02;
    assert!((outcome.cost.seconds - seconds).abs() < 1e-12);
    let joules = 4.0 * 0.005 * 0.134 + 3.0 * 0.01 * 0.14 + 2.0 * 0.02 * 0.145;
    assert!((outcome.cost.joules - joules).abs() < 1e-12);
}

proptest! {
    #[test]
    fn a_batch_decides_as_single_images_do(
        margins in prop::collection::vec(prop::array::uniform3(0.0f64..1.0), 1..20),
        thresholds in prop::array::uniform2(0.0f64..1.0),
    ) {
        let [low, high] = thresholds;
        let rungs = vec![Rung { precision: 2, threshold: low }, Rung { precision: 1, threshold: high }];
        let ladder = Ladder::new(rungs, 0).unwrap();
        let images: Vec<u64> = (0..margins.len() as u64).collect();
        let mut runner = mock(margins);
        let together = climb(&ladder, &mut runner, 0, &images, 0).unwrap();
        for image in &images {
            let alone = climb(&ladder, &mut runner, 0, &[*image], 0).unwrap();
            prop_assert_eq!(alone.committed[0], together.committed[*image as usize]);
        }
        let mean = together.committed.iter().map(|c| c.width + 1).sum::<usize>();
        prop_assert_eq!(together.reached.iter().sum::<usize>(), mean);
    }
}

#[test]
fn a_threshold_of_zero_accepts_everything() {
    let ladder = Ladder::new(vec![Rung { precision: 2, threshold: 0.0 }], 0).unwrap();
    let outcome = climb(&ladder, &mut mock(vec![[0.0; 3]]), 0, &[0, 1], 0).unwrap();
    assert_eq!(outcome.reached, [2, 0]);
    assert_eq!((ladder.len(), ladder.is_empty()), (2, false));
}

#[test]
fn no_images_ask_for_nothing() {
    let mut runner = mock(vec![[0.0; 3]]);
    let outcome = climb(&ladder(), &mut runner, 0, &[], 0).unwrap();
    assert_eq!((outcome.committed.len(), runner.calls.len()), (0, 0));
}

#[test]
fn energies_of_the_paper_follow_from_the_escalated_shares() {
    // Envision at 8 and 16 bit, and the shares behind the savings printed for two networks.
    for (escalated, saving) in [(0.3149, 49.2), (0.6429, 16.4), (0.0, 80.69)] {
        let energy = relative_energy(&[(0.056, 1.0), (0.290, escalated)]).unwrap();
        let found = 100.0 * (1.0 - energy);
        assert!((found - saving).abs() < 0.05, "{escalated}: {found} instead of {saving}");
    }
    assert_eq!(relative_energy(&[]), None);
    // Three widths: every one counts with the share that reaches it.
    let energy = relative_energy(&[(0.0076, 1.0), (0.056, 0.5), (0.290, 0.1)]).unwrap();
    assert!((energy - (0.0076 + 0.028 + 0.029) / 0.290).abs() < 1e-12);
}

#[test]
fn the_model_equals_what_climbing_accounts_at_equal_throughput() {
    let text = "name = \"Envision\"\nclocks_mhz = [200]\n\
        precision = [\n\
        { name = \"16\", top1 = 57.0, cost.kind = \"measured\", cost.seconds_per_image = [0.0213], cost.watts = [0.290] },\n\
        { name = \"8\", top1 = 53.0, cost.kind = \"measured\", cost.seconds_per_image = [0.0213], cost.watts = [0.056] },\n\
        ]";
    let mut runner = mock((0..1000).map(|i| [1.0, f64::from(i) / 1000.0]).collect::<Vec<_>>());
    runner.platform = Platform::from_toml(text, "envision.toml").unwrap();
    let ladder = Ladder::new(vec![Rung { precision: 1, threshold: 0.3149 }], 0).unwrap();
    let images: Vec<u64> = (0..1000).collect();
    let outcome = climb(&ladder, &mut runner, 0, &images, 0).unwrap();
    let escalated = outcome.reached[1] as f64 / 1000.0;
    assert_eq!(escalated, 0.315);
    let model = relative_energy(&[(0.056, 1.0), (0.290, escalated)]).unwrap();
    let all_wide = 1000.0 * 0.0213 * 0.290;
    assert!((outcome.cost.joules / all_wide - model).abs() < 1e-12);
}

#[test]
fn a_scheduler_serves_a_cascade_as_a_precision() {
    // Half of the images are below 0.5 at 4 bit, which is precision 3 once the cascade is 0.
    let mut runner =
        mock((0..10).map(|i| [f64::NAN, 1.0, 1.0, f64::from(i) / 10.0]).collect::<Vec<_>>());
    let rung = |precision, reached| CascadeRung { precision, reached };
    let rungs = [rung(2, 1.0), rung(1, 0.5)];
    let platform = runner.platform.with_cascade(0, "4 then 8 bit", 98.9, &rungs).unwrap();
    runner.platform = platform.clone();
    runner.requests =
        (0..3).map(|id| Request { id, arrival: 0.0, images: 100, expected: 2.0 }).collect();
    let ladder = Ladder::new(vec![Rung { precision: 3, threshold: 0.5 }], 2).unwrap();
    let mut reached = vec![];
    let sink = |_: &Block, outcome: &Outcome| reached.push(outcome.reached.clone());
    let mut machine = EscalatingMachine::new(runner, ladder, 0, sink);
    let mut estimates = Estimates::fixed(&platform, 1.0);
    let mut record = Record::new();
    let blocks = Blocks { batch: 10, batches: 1 };
    Controller::new(&mut Pit::new(), &mut Constant, &mut estimates, blocks)
        .serve(&mut machine, &mut record)
        .unwrap();
    // The first is served as a cascade, and takes what the platform expects of one. The others
    // have no time left for it and step down to plain 4 bit.
    let precisions: Vec<usize> = record.completed.iter().map(|done| done.precision).collect();
    assert_eq!(precisions, [0, 3, 3]);
    let expected = 100.0 * platform.seconds(Point { precision: 0, level: 0 });
    assert!((record.completed[0].run_seconds - expected).abs() < 1e-9);
    assert_eq!(reached, vec![vec![10, 5]; 10]);
}

#[test]
fn failures_name_the_precision() {
    let mut runner = mock(vec![[0.0, 1.0, 0.0]]);
    let error = climb(&ladder(), &mut runner, 0, &[u64::MAX], 0).unwrap_err().to_string();
    assert_eq!(error, "precision 2: the cable is loose");
    runner.drop_answers = 1;
    let error = climb(&ladder(), &mut runner, 0, &[1, 2], 0).unwrap_err().to_string();
    assert_eq!(
        error,
        "precision 2: the runner gave 1 answer(s) for 2 image(s); it must give one for each, in \
         order"
    );
}

#[test]
fn impossible_ladders_are_refused() {
    let rung = |precision, threshold| Rung { precision, threshold };
    let error = |rungs: &[Rung]| Ladder::new(rungs.to_vec(), 0).unwrap_err().to_string();
    assert_eq!(
        error(&[rung(1, 0.5), rung(2, 0.5)]),
        "rung 0: precision 1 is followed by precision 2, which is no better (0 is the best); \
         order the rungs from narrow to wide"
    );
    assert!(error(&[rung(0, 0.5)]).starts_with("rung 0: precision 0 is followed by precision 0"));
    assert_eq!(
        error(&[rung(2, 0.1), rung(1, -0.5)]),
        "rung 1: threshold -0.5; give a finite number, 0 to accept every answer"
    );
    assert!(error(&[rung(1, f64::NAN)]).contains("threshold NaN"));
}
