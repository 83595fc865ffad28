//! Clients that wait for their answers, and what they check.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bitladder_flow::{Decision, decide};
use bitladder_spec::SplitMix64;
use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{package, pixels, samples, try_http};

/// Images that requests are made of.
const IMAGES: usize = 120;

/// What the golden model says about the images, in each precision.
pub(crate) struct Golden {
    pixels: Vec<f32>,
    decisions: Vec<(String, Vec<Decision>)>,
}

impl Golden {
    pub(crate) fn new() -> Self {
        let (numbers, samples) = ((0..IMAGES).collect::<Vec<_>>(), samples());
        let decisions = package().profiles.iter().map(|profile| {
            let decisions = decide(&profile.network, &samples, &numbers, 2).unwrap();
            (profile.name.clone(), decisions)
        });
        Self { pixels: pixels(0..IMAGES), decisions: decisions.collect() }
    }

    /// A request for some images with a number of its own.
    pub(crate) fn question(
        &self,
        id: &str,
        images: &std::ops::Range<usize>,
        wish: &Value,
    ) -> Vec<u8> {
        let size = self.pixels.len() / IMAGES;
        let data = &self.pixels[images.start * size..images.end * size];
        let shape = [images.len(), 1, 8, 8];
        let input = json!({"name": "image", "shape": shape, "datatype": "FP32", "data": data});
        json!({"id": id, "parameters": wish, "inputs": [input]}).to_string().into_bytes()
    }

    /// What is wrong with an answer.
    pub(crate) fn check(
        &self,
        id: &str,
        images: &std::ops::Range<usize>,
        answer: &Value,
    ) -> Result<(), String> {
        if answer["id"] != id {
            return Err(format!("{id} got the answer to {}", answer["id"]));
        }
        let outputs = answer["outputs"].as_array().ok_or("an answer without outputs")?;
        let data = |name: &str| outputs.iter().find(|output| output["name"] == name);
        let list = |name: &str| data(name).and_then(|output| output["data"].as_array());
        let (classes, precisions) = list("class").zip(list("precision")).ok_or("no classes")?;
        if classes.len() != images.len() || precisions.len() != images.len() {
            return Err(format!("{id}: {} classes for {} images", classes.len(), images.len()));
        }
        for ((image, class), precision) in images.clone().zip(classes).zip(precisions) {
            let golden = self.decisions.iter().find(|(name, _)| precision == name.as_str());
            let golden = golden.ok_or_else(|| format!("{id}: unknown precision {precision}"))?;
            if golden.1[image].class.map(|class| class as u64) != class.as_u64() {
                return Err(format!("{id}: image {image} is {class} at {precision}: wrong"));
            }
        }
        Ok(())
    }
}

/// What clients saw.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) sent: u64,
    pub(crate) answered: u64,
    pub(crate) images: u64,
    /// Refused in words, by status.
    pub(crate) refused: BTreeMap<u16, u64>,
    /// Cut because the server was ending.
    pub(crate) cut: u64,
    pub(crate) jobs_accepted: u64,
    pub(crate) jobs_done: u64,
    pub(crate) jobs_failed: u64,
    pub(crate) wrong: Vec<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.answered += other.answered;
        self.images += other.images;
        self.cut += other.cut;
        self.jobs_accepted += other.jobs_accepted;
        self.jobs_done += other.jobs_done;
        self.jobs_failed += other.jobs_failed;
        for (status, count) in &other.refused {
            *self.refused.entry(*status).or_default() += count;
        }
        self.wrong.extend(other.wrong.iter().cloned());
    }
}

/// Some images, and wishes of all kinds.
pub(crate) fn draw(noise: &mut SplitMix64) -> (std::ops::Range<usize>, Value) {
    let count = 1 + noise.below(4) as usize;
    let first = noise.below((IMAGES - count) as u64) as usize;
    let wishes = [
        json!({}),
        json!({"accuracy_floor": 99.0}),
        json!({"accuracy_floor": 98.0, "deadline_ms": 2000}),
        json!({"deadline_ms": 20}),
    ];
    (first..first + count, wishes[noise.below(4) as usize].clone())
}

/// Asks until the time is over.
pub(crate) fn ask(server: &Server, golden: &Golden, client: u64, seed: u64, end: Instant) -> Tally {
    let (mut noise, mut tally) = (SplitMix64::new(seed), Tally::default());
    while Instant::now() < end {
        let life = server.life();
        let (images, wish) = draw(&mut noise);
        let id = format!("c{client}-{}", tally.sent);
        tally.sent += 1;
        let body = golden.question(&id, &images, &wish);
        let reply = try_http(life.address, "POST", "/v2/models/digits/infer", "", &body);
        match reply {
            Ok(reply) if reply.status == 200 => {
                let sound = serde_json::from_slice(&reply.body)
                    .map_err(|error| format!("{id}: {error}"))
                    .and_then(|answer| golden.check(&id, &images, &answer));
                tally.wrong.extend(sound.err());
                tally.answered += 1;
                tally.images += images.len() as u64;
            }
            Ok(reply) if [429, 503, 504].contains(&reply.status) => {
                *tally.refused.entry(reply.status).or_default() += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(reply) => {
                let text = String::from_utf8_lossy(&reply.body).into_owned();
                tally.wrong.push(format!("{id}: status {}: {text}", reply.status));
            }
            Err(error) => {
                let now = server.life();
                if now.number == life.number && !now.ending {
                    tally.wrong.push(format!("{id} was lost: {error}"));
                }
                tally.cut += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    tally
}
