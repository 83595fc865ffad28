//! Decisions over result memory.

use bitladder_hdl_machine::Reach;
use bitladder_hdl_machine::decide::{DecideConfig, decide};
use bitladder_machine::isa::{DECISION_WORDS, Descriptor, decision};
use bitladder_spec::SplitMix64;
use bitladder_spec::decision::top_two;

use crate::support::Bench;

pub(crate) fn configs() -> Vec<DecideConfig> {
    vec![
        DecideConfig { result_words: 200, images: 12, logit_bits: 32, reach: Reach::FULL },
        DecideConfig { result_words: 64, images: 64, logit_bits: 32, reach: Reach::FULL },
    ]
}

/// Scans the memory; gives the words written, by address, and the cycles taken.
pub(crate) fn run(
    bench: &mut Bench,
    logits: &[i32],
    images: u32,
    classes: u32,
) -> (Vec<Option<u32>>, usize) {
    bench.layer(&Descriptor { images, classes, ..Descriptor::default() });
    bench.set("start", 1);
    bench.step();
    bench.set("start", 0);
    let mut table = vec![None; images as usize * DECISION_WORDS];
    for cycle in 0..2000 {
        if bench.is("done") {
            return (table, cycle);
        }
        assert!(!bench.is("outside"));
        if bench.is("decision_write_enable") {
            let at = bench.get("decision_write_address") as usize;
            assert!(table[at].is_none(), "a word twice");
            table[at] = Some(bench.get("decision_write_data") as u32);
        }
        let read = bench.is("read_enable").then(|| bench.get("read_address") as usize);
        bench.step();
        if let Some(at) = read {
            bench.set("result", i128::from(logits[at] as u32));
        }
    }
    panic!("never done");
}

fn check(bench: &mut Bench, logits: &[i32], images: u32, classes: u32) {
    let (table, cycles) = run(bench, logits, images, classes);
    for (image, entry) in table.chunks(DECISION_WORDS).enumerate() {
        let words: Vec<u32> = entry.iter().map(|word| word.unwrap()).collect();
        let scores = &logits[image * classes as usize..(image + 1) * classes as usize];
        let top = top_two(scores).unwrap();
        let second = top.second.map_or(0xffff, |(class, _)| class as i64);
        assert_eq!(decision::FIRST.extract(&words), top.first as i64, "{scores:?}");
        assert_eq!(decision::SECOND.extract(&words), second, "{scores:?}");
        assert_eq!(decision::MARGIN.extract(&words), top.margin().unwrap_or(0), "{scores:?}");
        let logit = decision::FIRST_LOGIT.extract(&words) as u32 as i32;
        assert_eq!(logit, top.first_logit, "{scores:?}");
    }
    let limit = images * (classes + 3) + 3;
    assert!(cycles <= limit as usize, "{cycles} cycles, {limit} should do");
}

#[test]
fn decisions_are_those_of_the_contract() {
    for (seed, config) in (1..).zip(configs()) {
        let mut bench = Bench::new(&decide(&config).unwrap(), seed);
        let mut noise = SplitMix64::new(seed);
        for round in 0..80 {
            let classes = 1 + noise.below(14) as u32;
            let most = (config.result_words as u32 / classes).min(config.images as u32);
            let images = 1 + noise.below(most.into()) as u32;
            let pick = |noise: &mut SplitMix64| match round % 3 {
                0 => noise.below(4) as i32 - 2,
                1 => [i32::MIN, i32::MAX, 0, -1][noise.below(4) as usize],
                _ => noise.next_u64() as i32,
            };
            let logits: Vec<i32> = (0..config.result_words).map(|_| pick(&mut noise)).collect();
            check(&mut bench, &logits, images, classes);
        }
    }
}

#[test]
fn what_does_not_fit_is_reported() {
    let config = configs().swap_remove(0);
    for (images, classes) in [(13, 2), (2, 101)] {
        let mut bench = Bench::new(&decide(&config).unwrap(), 1);
        bench.layer(&Descriptor { images, classes, ..Descriptor::default() });
        bench.set("start", 1);
        bench.step();
        bench.set("start", 0);
        let mut reported = false;
        for _ in 0..300 {
            reported |= bench.is("outside");
            assert!(!bench.is("read_enable") || bench.get("read_address") < 200);
            bench.step();
        }
        assert!(reported, "{images} images of {classes} classes");
    }
}

#[test]
fn bad_configurations_are_refused() {
    let text = |result_words, images| {
        let (logit_bits, reach) = (32, Reach::FULL);
        let config = DecideConfig { result_words, images, logit_bits, reach };
        decide(&config).unwrap_err().to_string()
    };
    assert_eq!(text(0, 1), "`decide.result_words` = 0 is out of range: 1 to 16777216");
    assert_eq!(text(9, 65_537), "`decide.images` = 65537 is out of range: 1 to 65536");
}
