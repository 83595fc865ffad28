//! Clients that fetch their answers later, whatever happens to the server meanwhile.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

use bitladder_spec::SplitMix64;
use serde_json::Value;

use crate::clients::{Golden, Tally, draw};
use crate::server::Server;
use crate::support::{Reply, try_http};

/// Jobs of a client that may be open.
const OPEN: usize = 6;
/// Time for the last jobs after the end.
const GRACE: Duration = Duration::from_secs(120);

/// An accepted job.
struct Job {
    number: String,
    id: String,
    images: Range<usize>,
}

/// Submits jobs and fetches their answers until the time is over and all are done.
pub(crate) fn ask(server: &Server, golden: &Golden, client: u64, seed: u64, end: Instant) -> Tally {
    let (mut noise, mut tally) = (SplitMix64::new(seed), Tally::default());
    let mut open: VecDeque<Job> = VecDeque::new();
    let mut submitted = 0;
    while Instant::now() < end || !open.is_empty() {
        if Instant::now() >= end + GRACE {
            let lost = open.iter().map(|job| format!("job {} was never done", job.number));
            tally.wrong.extend(lost);
            break;
        }
        if Instant::now() < end && open.len() < OPEN {
            submitted += 1;
            let (images, mut wish) = draw(&mut noise);
            // A job has no client that waits.
            if let Some(wish) = wish.as_object_mut() {
                wish.remove("deadline_ms");
            }
            let id = format!("j{client}-{submitted}");
            let body = golden.question(&id, &images, &wish);
            // A cut reply leaves open whether the job was taken; nobody was promised anything.
            let path = "/v2/models/digits/jobs";
            let reply = try_http(server.life().address, "POST", path, "", &body);
            if let Some(number) = reply.ok().and_then(|reply| accepted(&reply)) {
                tally.jobs_accepted += 1;
                open.push_back(Job { number, id, images });
            }
        }
        if let Some(job) = open.pop_front()
            && !settled(server, golden, &job, &mut tally)
        {
            open.push_back(job);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    tally
}

fn accepted(reply: &Reply) -> Option<String> {
    (reply.status == 202).then(|| reply.json()["id"].as_str().unwrap().to_owned())
}

fn get(server: &Server, method: &str, job: &Job) -> Option<Reply> {
    let path = format!("/v2/jobs/{}", job.number);
    try_http(server.life().address, method, &path, "", b"").ok()
}

/// Whether a job has come to its end.
fn settled(server: &Server, golden: &Golden, job: &Job, tally: &mut Tally) -> bool {
    let Some(reply) = get(server, "GET", job) else { return false };
    if reply.status != 200 {
        tally.wrong.push(format!("job {}: status {}: it was lost", job.number, reply.status));
        return true;
    }
    let standing: Value = reply.json();
    match standing["state"].as_str() {
        Some("waiting") => return false,
        Some("done") => {
            let sound = golden.check(&job.id, &job.images, &standing["answer"]);
            tally.wrong.extend(sound.err());
            tally.jobs_done += 1;
        }
        // Its devices failed too often: said in words.
        Some("failed") => tally.jobs_failed += 1,
        _ => tally.wrong.push(format!("job {}: {standing}", job.number)),
    }
    forget(server, job, tally);
    true
}

/// Removes a job; what was removed does not come again.
fn forget(server: &Server, job: &Job, tally: &mut Tally) {
    let removed = |reply: &Reply| [204, 404].contains(&reply.status);
    for _ in 0..200 {
        if get(server, "DELETE", job).is_some_and(|reply| removed(&reply)) {
            if get(server, "GET", job).is_some_and(|reply| reply.status == 200) {
                tally.wrong.push(format!("job {} came again", job.number));
            }
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    tally.wrong.push(format!("job {} cannot be removed", job.number));
}
