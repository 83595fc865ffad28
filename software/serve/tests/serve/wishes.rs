//! Deadlines, accuracy and energy.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bitladder_control::Platform;
use bitladder_control::platform::Precision;
use bitladder_golden::FloatBatch;
use bitladder_serve::{Answer, Inference, Limits, Model, ModelOptions, Pool, Refusal, Wishes};

use crate::support::{Fate, config, model, only_the_ladder, package, pixels, pool, unit};

fn inference(images: usize, wishes: Wishes) -> Inference {
    let images = FloatBatch::new(images, vec![1, 8, 8], pixels(0..images)).unwrap();
    Inference { images, wishes }
}

fn ask(pool: &Pool, images: usize, wishes: Wishes) -> Result<Answer, Refusal> {
    pool.submit(inference(images, wishes))?.blocking_recv().unwrap()
}

#[test]
fn accuracy_and_energy_choose_the_precision() {
    let pool = pool(&[Arc::new(Fate::default())], Limits::default());
    let exact = ask(&pool, 4, Wishes { accuracy_floor: Some(99.0), ..Wishes::default() }).unwrap();
    assert_eq!(exact.precision, "16");
    let costs = |name: &str| {
        let model = model(8);
        let platform = model.platform();
        let place = platform.precisions().iter().position(|p| p.name == name).unwrap();
        let level = platform.top_level();
        platform.joules(bitladder_control::Point { precision: place, level })
    };
    let budget = f64::midpoint(costs("4"), costs("8"));
    let cheap = ask(&pool, 4, Wishes { energy_budget: Some(budget), ..Wishes::default() }).unwrap();
    assert!(cheap.precision == "4" || cheap.precision == "ladder", "{}", cheap.precision);
    assert!(cheap.energy_joules < exact.energy_joules);
    let none = Wishes { accuracy_floor: Some(99.0), energy_budget: Some(1e-12), deadline: None };
    let refusal = ask(&pool, 1, none).unwrap_err();
    assert!(refusal.to_string().contains("16 has 99.00 %"), "{refusal}");
}

/// Doubtful images, and only they, get the answer of a better precision.
#[test]
fn the_ladder_climbs_image_by_image() {
    let served = model(8);
    let ladder = served.platform().precisions().iter().position(|p| p.name == "ladder");
    assert_eq!(ladder, Some(1), "the shipped digits have a ladder that pays");
    let pool = pool(&[Arc::new(Fate::default())], Limits::default());
    let answer = ask(&pool, 60, only_the_ladder(&served)).unwrap();
    assert_eq!(answer.precision, "ladder");
    let profiles: Vec<usize> = answer.verdicts.iter().map(|verdict| verdict.profile).collect();
    let climbed = profiles.iter().filter(|profile| **profile < 2).count();
    assert!(climbed > 0 && climbed < 60, "{climbed} of 60 climbed");
}

#[test]
fn a_full_queue_refuses_and_says_so() {
    let fate = Arc::new(Fate::default());
    fate.slow.store(100, Ordering::SeqCst);
    let limits = Limits { waiting_images: 10, request_images: 8, ..Limits::default() };
    let pool = pool(std::slice::from_ref(&fate), limits);
    let mut replies = Vec::new();
    let refusal = loop {
        match pool.submit(inference(5, Wishes::default())) {
            Ok(reply) => replies.push(reply),
            Err(refusal) => break refusal,
        }
        assert!(replies.len() < 100, "the queue never fills");
    };
    assert!(matches!(refusal, Refusal::Full { most: 10, .. }), "{refusal}");
    assert_eq!(refusal.http_status(), 429);
    let refusal = pool.submit(inference(9, Wishes::default())).unwrap_err();
    assert_eq!(refusal, Refusal::TooMany { images: 9, most: 8 });
    for reply in replies {
        assert_eq!(reply.blocking_recv().unwrap().unwrap().verdicts.len(), 5);
    }
}

#[test]
fn hopeless_deadlines_are_refused_at_once() {
    let fate = Arc::new(Fate::default());
    let admission = bitladder_control::Admission::OnTimeOnly;
    let pool = pool(&[fate], Limits { admission, ..Limits::default() });
    // Let the device open, and the estimates learn what a batch takes here.
    ask(&pool, 8, Wishes::default()).unwrap();
    let hurry = Wishes { deadline: Some(Duration::from_nanos(1)), ..Wishes::default() };
    assert_eq!(pool.submit(inference(8, hurry)).unwrap_err(), Refusal::NotInTime);
    let late = Wishes { deadline: Some(Duration::from_secs(60)), ..Wishes::default() };
    assert!(ask(&pool, 8, late).unwrap().on_time);
}

/// Whoever has time gets the frugal clock, whoever has not the fast one; the answer says what the
/// device used, not what was asked for.
#[test]
fn the_policy_sets_the_clock_of_the_device() {
    let platform = |name: &str, idle: f64| {
        let of = |name: &str, top1: f64, seconds: f64| {
            let (seconds, watts) = (vec![2.0 * seconds, seconds], vec![0.1, 0.4]);
            Precision { name: name.into(), top1, top5: None, seconds, watts }
        };
        let precisions = vec![of("16", 99.0, 4.0), of("8", 98.9, 2.0), of("4", 96.0, 1.0)];
        Platform::new(name, vec![25.0, 50.0], idle, precisions).unwrap()
    };
    let model = |platform| {
        let options = ModelOptions { batch: 8, accuracy: vec![], platform: Some(platform) };
        Model::new(package().clone(), &config(), &options)
    };
    let start = |fate: &Arc<Fate>| {
        let pool = Pool::start(
            model(platform("board", 0.01)).unwrap(),
            vec![unit("board", fate)],
            Limits::default(),
        );
        pool.unwrap()
    };
    let wishes = |deadline: Duration| Wishes {
        deadline: Some(deadline),
        accuracy_floor: Some(99.0),
        energy_budget: None,
    };
    // Each in a fresh pool: estimates would learn that a golden model takes no time at all.
    let free = Arc::new(Fate::default());
    let relaxed = ask(&start(&free), 4, wishes(Duration::from_secs(3600))).unwrap();
    let hurried = ask(&start(&free), 4, wishes(Duration::from_secs(6))).unwrap();
    assert_eq!((relaxed.clock_mhz, relaxed.precision.as_str()), (25.0, "16"));
    assert_eq!((hurried.clock_mhz, hurried.precision.as_str()), (50.0, "16"));
    assert_eq!(relaxed.device_seconds, 2.0 * hurried.device_seconds);
    assert!(relaxed.energy_joules < hurried.energy_joules);
    let stuck = Arc::new(Fate::default());
    stuck.one_clock.store(true, Ordering::SeqCst);
    let answer = ask(&start(&stuck), 4, wishes(Duration::from_secs(3600))).unwrap();
    assert_eq!(answer.clock_mhz, 50.0, "a board with one clock");
    assert_eq!(answer.device_seconds * 2.0, relaxed.device_seconds);
    let other =
        Platform::new("other", vec![25.0, 60.0], 0.1, platform("x", 0.1).precisions().to_vec());
    let error = model(other.unwrap()).unwrap_err().to_string();
    assert!(error.contains("it has a clock of 60 MHz, the machine's are [50, 25]"), "{error}");
}
