//! Argmax and top two against the contract's decision.

use bitladder_blocks::decide::{TopTwoConfig, top_two};
use bitladder_spec::{SplitMix64, decision};

use crate::support::{Bench, Port, Word};
use crate::verilog::{Case, after_reset};

const FIELDS: [&str; 6] = ["first", "first_logit", "second", "second_logit", "margin", "decided"];

pub(crate) fn cases() -> Vec<Case> {
    [(32, 10, true), (6, 3, true), (8, 1000, false), (3, 1, true)]
        .map(|(logit_bits, max_classes, runner_up)| {
            top_two(&TopTwoConfig { logit_bits, max_classes, runner_up }).unwrap()
        })
        .map(|module| after_reset(module, 400))
        .to_vec()
}

fn words(images: &[Vec<i32>]) -> Vec<Word> {
    let word = |logit: i32, last: bool| vec![i128::from(logit), i128::from(last)];
    let image = |image: &Vec<i32>| {
        let last = image.len() - 1;
        let words = image.iter().enumerate().map(|(class, logit)| word(*logit, class == last));
        words.collect::<Vec<_>>()
    };
    images.iter().flat_map(image).collect()
}

fn images() -> Vec<Vec<i32>> {
    let mut noise = SplitMix64::new(6);
    let mut images = vec![
        vec![i32::MIN, i32::MAX],
        vec![i32::MAX, i32::MIN, i32::MIN],
        vec![5; 10],
        vec![i32::MIN; 4],
        vec![3, 7, 7, 7],
        vec![-1],
        vec![4, 3],
    ];
    for _ in 0..400 {
        // Narrow logits tie often.
        let (classes, narrow) = (1 + noise.below(12), noise.below(2) == 0);
        let logit = |noise: &mut SplitMix64| match narrow {
            true => noise.below(4) as i32 - 2,
            false => noise.next_u64() as i32,
        };
        images.push((0..classes).map(|_| logit(&mut noise)).collect());
    }
    images
}

#[test]
fn decisions_are_the_contracts() {
    let images = images();
    let config = TopTwoConfig { logit_bits: 32, max_classes: 12, runner_up: true };
    let mut bench = Bench::new(&top_two(&config).unwrap());
    let out = Port::new("out", &FIELDS, 6);
    let found =
        bench.run(&Port::new("in", &["logit", "last"], 7), &words(&images), &out, images.len());
    for (image, found) in images.iter().zip(found) {
        let top = decision::top_two(image).unwrap();
        assert_eq!(found[..2], [top.first as i128, top.first_logit.into()], "{image:?}");
        assert_eq!(found[5], i128::from(top.second.is_some()), "{image:?}");
        if let (Some((class, logit)), Some(margin)) = (top.second, top.margin()) {
            assert_eq!(found[2..5], [class as i128, logit.into(), margin.into()], "{image:?}");
        }
    }
}

#[test]
fn argmax_alone_is_the_same_winner() {
    let images = images();
    let config = TopTwoConfig { logit_bits: 32, max_classes: 12, runner_up: false };
    let module = top_two(&config).unwrap();
    assert_eq!(module.name(), "argmax_l32_c12");
    let mut bench = Bench::new(&module);
    let out = Port::new("out", &["first"], 8);
    let found =
        bench.run(&Port::new("in", &["logit", "last"], 8), &words(&images), &out, images.len());
    for (image, found) in images.iter().zip(found) {
        assert_eq!(Some(found[0] as usize), decision::argmax(image), "{image:?}");
    }
}

#[test]
fn bad_sizes_are_refused() {
    let text = |config: TopTwoConfig| top_two(&config).unwrap_err().to_string();
    let bits = text(TopTwoConfig { logit_bits: 33, max_classes: 2, runner_up: true });
    assert_eq!(bits, "`top_two.logit_bits` = 33 is out of range: 2 to 32");
    let classes = text(TopTwoConfig { logit_bits: 32, max_classes: 0, runner_up: true });
    assert_eq!(classes, "`top_two.max_classes` = 0 is out of range: 1 to 65536");
}
