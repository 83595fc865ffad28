//! The best that could have been done, for a few requests known in advance.

use thiserror::Error;

use crate::{Estimates, Point, Request};

/// More requests than this take too long to search.
pub const MOST_REQUESTS: usize = 6;

/// Why there is no optimum.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OptimumError {
    /// The search grows with the factorial of the requests.
    #[error("{found} requests are too many to search all plans; give at most {MOST_REQUESTS}")]
    TooMany {
        /// Number of requests.
        found: usize,
    },
}

/// One request in a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Planned {
    /// Id of the request.
    pub request: u64,
    /// Precision and the slower clock level it runs at.
    pub point: Point,
    /// Share of its images that run one level higher.
    pub higher: f64,
    /// When it starts.
    pub start: f64,
    /// When it is done.
    pub finish: f64,
}

/// A plan with the fewest late requests and, among those, the least cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimum {
    /// Number of late requests.
    pub late: usize,
    /// Joules beyond those of idling, plus lost images at their price.
    pub cost: f64,
    /// The plan, in order of execution.
    pub plan: Vec<Planned>,
}

/// Searches all orders and operating points of a few requests that are known in advance.
///
/// A request runs uninterrupted at one precision, and at one clock or half at it and half at the
/// next; `lost_image` is the price of a lost image (see [`crate::lost_image_price`]). Partial plans
/// over the same requests are dropped when another one ends no later, with no more late requests,
/// for no higher cost: nothing that follows could tell them apart.
pub fn optimum(
    estimates: &Estimates,
    requests: &[Request],
    lost_image: f64,
) -> Result<Optimum, OptimumError> {
    if requests.len() > MOST_REQUESTS {
        return Err(OptimumError::TooMany { found: requests.len() });
    }
    let ways = ways(estimates, lost_image);
    let mut fronts: Vec<Vec<Partial>> = vec![Vec::new(); 1 << requests.len()];
    fronts[0].push(Partial { finish: f64::NEG_INFINITY, late: 0, cost: 0.0, step: None });
    for done in 1..fronts.len() {
        let last = |request: &usize| done >> request & 1 == 1;
        let candidates = (0..requests.len()).filter(last).flat_map(|index| {
            let before = done & !(1 << index);
            extended(&fronts[before], before, index, &requests[index], &ways)
        });
        fronts[done] = not_dominated(candidates.collect());
    }
    Ok(best(&fronts, requests, &ways))
}

/// A way to run images, per image.
#[derive(Debug, Clone, Copy)]
struct Way {
    point: Point,
    higher: f64,
    seconds: f64,
    cost: f64,
}

/// How a partial plan came from a shorter one.
#[derive(Debug, Clone, Copy)]
struct Step {
    before: usize,
    label: usize,
    request: usize,
    way: usize,
}

#[derive(Debug, Clone, Copy)]
struct Partial {
    finish: f64,
    late: usize,
    cost: f64,
    step: Option<Step>,
}

/// All points and the midpoints between neighbouring clocks, without those that are both slower
/// and dearer than another.
fn ways(estimates: &Estimates, lost_image: f64) -> Vec<Way> {
    let cost = |point: Point| {
        estimates.extra_joules(point) + lost_image * estimates.loss(point.precision).max(0.0)
    };
    let mut ways = Vec::new();
    for point in estimates.points() {
        let (seconds, here) = (estimates.seconds(point), cost(point));
        ways.push(Way { point, higher: 0.0, seconds, cost: here });
        if point.level + 1 < estimates.levels() {
            let next = Point { level: point.level + 1, ..point };
            let seconds = (seconds + estimates.seconds(next)) / 2.0;
            ways.push(Way { point, higher: 0.5, seconds, cost: (here + cost(next)) / 2.0 });
        }
    }
    ways.sort_by(|a, b| a.seconds.total_cmp(&b.seconds).then(a.cost.total_cmp(&b.cost)));
    let mut least = f64::INFINITY;
    ways.retain(|way| {
        let cheaper = way.cost < least;
        least = least.min(way.cost);
        cheaper
    });
    ways
}

fn extended(
    front: &[Partial],
    before: usize,
    index: usize,
    request: &Request,
    ways: &[Way],
) -> Vec<Partial> {
    let mut longer = Vec::with_capacity(front.len() * ways.len());
    for (label, partial) in front.iter().enumerate() {
        let start = partial.finish.max(request.arrival);
        for (way, choice) in ways.iter().enumerate() {
            let finish = start + choice.seconds * request.images as f64;
            let late = partial.late + usize::from(finish > request.deadline());
            let cost = partial.cost + choice.cost * request.images as f64;
            let step = Some(Step { before, label, request: index, way });
            longer.push(Partial { finish, late, cost, step });
        }
    }
    longer
}

fn not_dominated(mut all: Vec<Partial>) -> Vec<Partial> {
    all.sort_by(|a, b| {
        a.finish.total_cmp(&b.finish).then(a.late.cmp(&b.late)).then(a.cost.total_cmp(&b.cost))
    });
    // The least cost seen so far with at most so many late requests.
    let mut least = [f64::INFINITY; MOST_REQUESTS + 1];
    all.retain(|partial| {
        if partial.cost >= least[partial.late] {
            return false;
        }
        for slot in &mut least[partial.late..] {
            *slot = slot.min(partial.cost);
        }
        true
    });
    all
}

fn best(fronts: &[Vec<Partial>], requests: &[Request], ways: &[Way]) -> Optimum {
    let nothing = Partial { finish: 0.0, late: 0, cost: 0.0, step: None };
    let order = |a: &&Partial, b: &&Partial| a.late.cmp(&b.late).then(a.cost.total_cmp(&b.cost));
    let end = fronts.last().and_then(|front| front.iter().min_by(order)).unwrap_or(&nothing);
    let (mut plan, mut at) = (Vec::new(), end);
    while let Some(Step { before, label, request, way }) = at.step {
        let (request, way) = (&requests[request], ways[way]);
        let start = at.finish - way.seconds * request.images as f64;
        let Way { point, higher, .. } = way;
        plan.push(Planned { request: request.id, point, higher, start, finish: at.finish });
        at = &fronts[before][label];
    }
    plan.reverse();
    Optimum { late: end.late, cost: end.cost, plan }
}

#[cfg(test)]
mod tests;
