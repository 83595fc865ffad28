//! Other shares of images climb the ladder than its calibration saw.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bitladder_control::escalate::DriftOptions;
use bitladder_data::{Part, load};
use bitladder_flow::Samples;
use bitladder_golden::FloatBatch;
use bitladder_serve::watch::RungSnapshot;
use bitladder_serve::{Inference, Limits, Model, ModelOptions, Pool};
use serde_json::Value;

use crate::support::{
    Fate, config, http, model, models, only_the_ladder, options, package, pool, server, unit,
};

/// The images that calibrated the ladder.
fn calibration() -> Samples {
    let train = load(models().join("data/digits8x8"), Part::Train).unwrap();
    Samples::for_package(train, package(), &package().profiles[0].network).unwrap()
}

/// Asks the ladder about images, each changed in its own way.
fn ask(pool: &Pool, samples: &Samples, change: impl Fn(f32) -> f32) {
    let wishes = only_the_ladder(pool.model());
    for first in (0..samples.len()).step_by(200) {
        let count = 200.min(samples.len() - first);
        let pixels = samples.images(first..first + count);
        let pixels = pixels.data().iter().map(|pixel| change(*pixel)).collect();
        let images = FloatBatch::new(count, vec![1, 8, 8], pixels).unwrap();
        let answer = pool.submit(Inference { images, wishes }).unwrap();
        assert_eq!(answer.blocking_recv().unwrap().unwrap().precision, "ladder");
    }
}

fn narrowest(pool: &Pool) -> RungSnapshot {
    pool.snapshot().ladder[0].clone()
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Of all tests: there is one log for the threads of a process.
    fn start() -> Self {
        let log = Self::default();
        let writer = log.clone();
        let made = tracing_subscriber::fmt().json().flatten_event(true);
        made.with_writer(move || writer.clone()).init();
        log
    }

    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Faded digits: everywhere a watcher may look it says so, and nothing was said before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_unlike_those_of_the_calibration_are_noticed() {
    let log = Log::start();
    let server = server(&[Arc::new(Fate::default())], Limits::default(), &options()).await;
    let checked = tokio::task::block_in_place(|| {
        let (pool, samples) = (server.pool(), calibration());
        ask(pool, &samples, |pixel| pixel);
        let calm = narrowest(pool);
        assert_eq!((calm.precision.as_str(), calm.reached), ("4", samples.len() as u64));
        assert_eq!((calm.warnings_up, calm.warnings_down, calm.drift), (0, 0, None));
        let share = calm.climbed as f64 / calm.reached as f64;
        assert_eq!(Some(share), calm.calibrated, "the very images that were counted");
        ask(pool, &samples, |pixel| 0.4 * pixel);
        narrowest(pool)
    });
    assert!(checked.warnings_up > 0 && checked.warnings_down == 0, "{checked:?}");
    let said = checked.drift.unwrap().message;
    assert!(said.contains("calibrate the thresholds again"), "{said}");
    let warns = |line: &Value| line["message"] == "the ladder drifts" && line["precision"] == "4";
    let warnings: Vec<Value> = log.lines().into_iter().filter(warns).collect();
    assert_eq!(warnings.len(), 1, "a drift that lasts is logged once a minute");
    assert_eq!(warnings[0]["level"], "WARN");
    let seen = warnings[0]["seen"].as_str().unwrap();
    assert!(seen.contains("images climbed, calibration saw"), "{seen}");
    let address = server.http;
    let get = move |path: &str| http(address, "GET", path, "", b"");
    let (metrics, status) =
        tokio::task::spawn_blocking(move || (get("/metrics"), get("/status.json"))).await.unwrap();
    let metrics = String::from_utf8(metrics.body.clone()).unwrap();
    let count = |direction: &str| {
        let start = format!(
            "bitladder_ladder_drift_warnings_total{{precision=\"4\",direction=\"{direction}\"}} "
        );
        let line = metrics.lines().find_map(|line| line.strip_prefix(start.as_str())).unwrap();
        line.parse::<f64>().unwrap()
    };
    assert_eq!((count("up"), count("down")), (checked.warnings_up as f64, 0.0));
    assert_eq!(status.json()["now"]["ladder"][0]["drift"]["message"], said.as_str());
    server.stop().await;
}

#[test]
fn packages_that_do_not_tell_are_served_unwatched() {
    let mut old = package().clone();
    old.ladder.iter_mut().for_each(|step| step.passage = None);
    let accuracy = [("16", 99.0), ("8", 98.9), ("4", 96.0)];
    let accuracy = accuracy.map(|(name, top1)| (name.into(), top1)).into();
    let options = ModelOptions { batch: 8, accuracy, platform: None };
    let model = Model::new(old, &config(), &options).unwrap();
    let units = vec![unit("golden", &Arc::new(Fate::default()))];
    let pool = Pool::start(model, units, Limits::default()).unwrap();
    assert!(pool.snapshot().ladder.is_empty());
}

#[test]
fn limits_that_no_monitor_can_keep_are_refused() {
    let drift = DriftOptions { odds_ratio: 1.0, ..DriftOptions::default() };
    let units = vec![unit("golden", &Arc::new(Fate::default()))];
    let error = Pool::start(model(8), units, Limits { drift, ..Limits::default() }).err().unwrap();
    assert!(error.to_string().contains("odds_ratio is 1"), "{error}");
    let usual = pool(&[Arc::new(Fate::default())], Limits::default());
    assert_eq!(usual.snapshot().ladder.len(), 2, "two rungs that images climb from");
}
