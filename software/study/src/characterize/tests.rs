//! The whole study on the shipped digits, and verdicts on answers made up for them.

use std::path::PathBuf;

use super::*;

fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn digits() -> (Model, Sets) {
    let model = Model::read(&models().join("digits-cnn/model.onnx"), None).unwrap();
    let folder = models().join("data/digits8x8");
    let sets = Sets::load(&folder, &model.network, &Preprocess::default(), 1000).unwrap();
    (model, sets)
}

fn wanted(power: &PowerTable) -> Wanted<'_> {
    let widths = Width::defaults();
    Wanted {
        widths,
        trained: vec![],
        seed: Some(7),
        least_bar: 0.01,
        loss: 0.005,
        sure: false,
        score: Score::Logits,
        power,
        state: None,
        threads: 2,
    }
}

#[test]
fn the_digits_from_the_first_image_to_the_package() {
    let (model, sets) = digits();
    let power = PowerTable::shipped().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let wanted = Wanted { state: Some(&path), ..wanted(&power) };
    let mut steps = Vec::new();
    let mut tick = |what: &str, _| {
        if steps.last().is_none_or(|last| last != what) {
            steps.push(what.to_owned());
        }
    };
    let none = Preprocess::default();
    let (found, package) = characterize(&model, &sets, &none, &wanted, &mut tick).unwrap();
    assert_eq!(steps, ["float", "16", "8", "4", "2", "1"]);
    let bars: usize = found.histogram.bars.iter().map(|bar| bar.images).sum();
    assert_eq!(bars + found.histogram.never, found.histogram.images);
    assert!(found.float[2] >= 0.985, "{:?}", found.float);
    let recommended = found.verdict.recommended().unwrap();
    assert!(recommended.validation.loss.value <= 0.005, "{recommended:?}");
    let package = package.unwrap();
    assert_eq!(package.profiles.len(), recommended.widths.len());
    assert_eq!(package.ladder.len() + 1, package.profiles.len());
    let errors: Vec<_> = found.temperatures.iter().map(|(_, t)| (t.value, t.error_with)).collect();
    assert!(errors.iter().all(|(t, error)| *t > 0.05 && *error < 0.1), "{errors:?}");
    assert_eq!(found.calibrated_curve[0].climbed, found.curve[0].climbed);
    let first = &found.curve[0].climbed;
    assert!(first.reached[1..].iter().all(|share| *share == 0.0), "0 accepts everything");
    let last = &found.curve[found.curve.len() - 1].climbed;
    assert!(last.reached[1] > first.reached[1] && last.milliwatts > first.milliwatts);

    steps = Vec::new();
    let mut tick = |what: &str, _| steps.push(what.to_owned());
    let (again, same) = characterize(&model, &sets, &none, &wanted, &mut tick).unwrap();
    assert!(steps.iter().all(|step| step == "float"), "the widths come from the file: {steps:?}");
    assert_eq!((again.curve, same), (found.curve, Some(package)));
}

/// On the test images, by the package's own rule.
#[test]
fn the_package_climbs_as_the_study_says() {
    let (model, sets) = digits();
    let power = PowerTable::shipped().unwrap();
    for score in [Score::Logits, Score::Probability, Score::Calibrated] {
        let widths = Width::defaults()[..3].to_vec();
        let wanted = Wanted { widths, score, ..wanted(&power) };
        let none = Preprocess::default();
        let (found, package) = characterize(&model, &sets, &none, &wanted, &mut |_, _| {}).unwrap();
        let package = package.unwrap();
        assert!(!package.ladder.is_empty(), "{score:?}: without a step this proves nothing");
        let stored = package.ladder.iter().all(|step| step.confidence.is_some());
        assert_eq!(stored, score != Score::Logits);
        let correct = climbed(&package, &sets.test);
        assert_eq!(correct, found.verdict.recommended().unwrap().test.correct, "{score:?}");
        let bytes = package.to_bytes();
        assert_eq!(Package::from_bytes("digits.blp", &bytes).unwrap(), package);
    }
}

/// Images that are right at the end of a package's ladder.
fn climbed(package: &Package, samples: &bitladder_flow::Samples) -> usize {
    let labels = samples.labels().unwrap();
    let mut climbing: Vec<usize> = (0..samples.len()).collect();
    let mut correct = 0;
    for profile in package.profiles.iter().rev() {
        let step = package.ladder.iter().find(|step| step.from == profile.name);
        let unit = profile.network.output_format().scale.step();
        let of = |logits: &[i32]| {
            let climbs = step.is_some_and(|step| step.climbs(logits, unit));
            (bitladder_spec::decision::argmax(logits), climbs)
        };
        let decided =
            bitladder_flow::decide_by(&profile.network, samples, &climbing, 2, of).unwrap();
        let pairs: Vec<_> = climbing.iter().copied().zip(decided).collect();
        let right = |(image, (class, climbs)): &&(usize, (Option<usize>, bool))| {
            !climbs && *class == Some(usize::from(labels[*image]))
        };
        correct += pairs.iter().filter(right).count();
        climbing = pairs.iter().filter(|(_, (_, climbs))| *climbs).map(|(i, _)| *i).collect();
    }
    correct
}

/// A judge over two widths: the narrow one is right about images whose lead is above 2.
fn answers(narrow_right: impl Fn(usize) -> bool) -> Vec<Answers> {
    let scored = |correct, margin| Scored { correct, margin, ..Scored::default() };
    let wide: Vec<Scored> = (0..100).map(|_| scored(true, 50)).collect();
    let narrow: Vec<Scored> =
        (0..100).map(|image| scored(narrow_right(image), image as u64)).collect();
    let answers = |width: &str, list: Vec<Scored>| Answers {
        width: width.into(),
        step: 0.5,
        sets: [list.clone(), list.clone(), list],
        ..Answers::default()
    };
    vec![answers("16", wide), answers("4", narrow)]
}

fn verdict(answers: &[Answers], bits: &[u8], loss: f64) -> Characterization {
    verdict_when(answers, bits, loss, false)
}

fn verdict_when(answers: &[Answers], bits: &[u8], loss: f64, sure: bool) -> Characterization {
    let power = PowerTable::shipped().unwrap();
    let float = [vec![true; 100], vec![true; 100], vec![true; 100]];
    let judge = Judge { answers, bits, float: &float, power: &power, sure, score: Score::Logits };
    let wanted = Wanted { loss, sure, ..wanted(&power) };
    let histogram = Histogram::new(answers, &float);
    conclude(&judge, &wanted, histogram, [100; 3]).unwrap()
}

#[test]
fn the_smallest_threshold_that_keeps_the_loss() {
    let found = verdict(&answers(|image| image >= 10), &[16, 4], 0.0);
    assert_eq!(found.verdict.advice, Advice::ClimbTheBars);
    let ladder = found.verdict.recommended().unwrap();
    assert_eq!(ladder.threshold, Some(4.75), "between margins 9 and 10 at 0.5 each");
    assert_eq!((ladder.test.reached.as_slice(), ladder.test.correct), (&[1.0, 0.1][..], 100));
    assert!((ladder.test.milliwatts - 36.6).abs() < 1e-9);
    let looser = verdict(&answers(|image| image >= 10), &[16, 4], 0.025);
    assert_eq!(looser.verdict.recommended().unwrap().threshold, Some(3.75), "two may be lost");
    assert_eq!(looser.verdict.to_string(), "the ladder pays: climb from 4 to 16");
}

/// With a hundred images, no loss seen is no more than about five percent at most.
#[test]
fn being_sure_takes_a_higher_threshold() {
    let answers = answers(|image| image >= 10);
    let threshold = |loss, sure| {
        let found = verdict_when(&answers, &[16, 4], loss, sure).verdict;
        found.ladder.and_then(|ladder| ladder.threshold)
    };
    let (plain, sure) = (threshold(0.06, false).unwrap(), threshold(0.06, true).unwrap());
    assert!(sure > plain, "{sure} {plain}");
    assert_eq!(threshold(0.0, true), None, "a hundred images are never proof of no loss");
}

#[test]
fn ladders_that_do_not_pay_are_named() {
    // Climbing from 8 bits with nearly all images costs more than 16 bits at once.
    let found = verdict(&answers(|image| image >= 95), &[16, 8], 0.0);
    assert_eq!(
        (found.verdict.advice, found.verdict.shape),
        (Advice::OneWidth, Shape::LowestNotDominant)
    );
    assert!(found.verdict.to_string().starts_with("no ladder pays: 16 alone"));
    let same = verdict(&answers(|_| true), &[16, 8], 0.0);
    assert_eq!(same.verdict.shape, Shape::OneBar);
    assert_eq!(same.verdict.recommended().unwrap().widths, ["4"], "named 4 here");
    let mut wrong = answers(|_| false);
    wrong[0].sets[VALIDATION].iter_mut().for_each(|scored| scored.correct = false);
    let nothing = verdict(&wrong, &[16, 8], 0.5).verdict;
    assert_eq!((nothing.advice, nothing.recommended()), (Advice::Nothing, None));
    assert!(nothing.to_string().starts_with("nothing keeps the loss: allow"));
}

#[test]
fn refusals_say_what_to_do() {
    let (model, sets) = digits();
    let power = PowerTable::shipped().unwrap();
    let refusal = |wanted: &Wanted| {
        let none = Preprocess::default();
        characterize(&model, &sets, &none, wanted, &mut |_, _| {}).unwrap_err().to_string()
    };
    let loss = refusal(&Wanted { loss: 2.0, ..wanted(&power) });
    assert_eq!(loss, "the loss is 2; give a number from 0 to 1");
    let none = refusal(&Wanted { widths: vec![], ..wanted(&power) });
    assert_eq!(none, "widths: there are 0; give at least two different ones, the widest first");
    let mnist = Model::read(&models().join("lenet-mnist/model.onnx"), None).unwrap();
    let folder = models().join("data/digits8x8");
    let wrong = Sets::load(&folder, &mnist.network, &Preprocess::default(), 10).unwrap_err();
    assert!(wrong.to_string().contains("[1, 28, 28]"), "{wrong}");
    let few = Sets::load(&folder, &model.network, &Preprocess::default(), 10);
    assert_eq!(few.unwrap().train.len(), 10);
}

/// A width with a model of its own is that model; with the studied one nothing changes.
#[test]
fn a_width_can_have_been_trained() {
    let (model, sets) = digits();
    let power = PowerTable::shipped().unwrap();
    let of = |trained: Vec<(String, Model)>| {
        let widths = Width::defaults()[..3].to_vec();
        let wanted = Wanted { widths, trained, ..wanted(&power) };
        let none = Preprocess::default();
        characterize(&model, &sets, &none, &wanted, &mut |_, _| {}).map(|(found, _)| found.widths)
    };
    let plain = of(vec![]).unwrap();
    assert_eq!(of(vec![("4".into(), model.clone())]).unwrap(), plain);
    let mut worse = model.clone();
    // The same network with one class that always wins.
    let network = &model.network;
    let mut changed =
        bitladder_network::FloatNetwork::new("worse", network.inputs().to_vec()).unwrap();
    for layer in network.layers() {
        let mut op = layer.op.clone();
        if let bitladder_network::FloatOp::Dense { bias, outputs: 10, .. } = &mut op {
            bias[3] = 1000.0;
        }
        changed.push(layer.name.clone(), op, layer.inputs.clone()).unwrap();
    }
    changed.set_output(network.output()).unwrap();
    worse.network = changed;
    let found = of(vec![("4".into(), worse)]).unwrap();
    assert_eq!(found[..2], plain[..2], "the other widths are as they were");
    assert!(found[2].1.accuracy() < 0.2, "{:?}", found[2]);
    let refused = of(vec![("5".into(), model.clone())]).unwrap_err().to_string();
    let wanted = "`model.onnx` cannot be width `5`: the widths are 16, 8, 4; give the same network";
    assert!(refused.starts_with(wanted), "{refused}");
    let other = Model::read(&models().join("lenet-mnist/model.onnx"), None).unwrap();
    let refused = of(vec![("4".into(), other)]).unwrap_err().to_string();
    assert!(refused.contains("it maps [[1, 28, 28]] to [10], the network maps"), "{refused}");
}

#[test]
fn an_empty_histogram_is_refused() {
    let (mut model, sets) = digits();
    // The network says nothing but the last class, which no image of the first ten has.
    let input = model.network.inputs()[0].clone();
    let size = input.shape.iter().product();
    let mut network = bitladder_network::FloatNetwork::new("mute", vec![input]).unwrap();
    let shape = bitladder_network::FloatOp::Reshape { shape: vec![size] };
    let flat = network.push("flat", shape, vec![0]).unwrap();
    let mut bias = vec![0.0; 11];
    bias[10] = 1.0;
    let op = bitladder_network::FloatOp::Dense { outputs: 11, weights: vec![0.0; 11 * size], bias };
    let fc = network.push("fc", op, vec![flat]).unwrap();
    network.set_output(fc).unwrap();
    model.network = network;
    let power = PowerTable::shipped().unwrap();
    let none = Preprocess::default();
    let error = characterize(&model, &sets, &none, &wanted(&power), &mut |_, _| {}).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("network `mute`: the histogram is empty"), "{message}");
}
