use crate::menu::{Choice, Menu};
use crate::{BlockTime, Estimates, Pace, Point, Policy, Progress, Request, View};
use super::Decision;

/// Knobs
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prudence {
    /// premium
    pub premium: f64,
    /// reserve
    pub reserve: f64,
    /// floor
    pub floor: f64,
}

impl Default for Prudence {
    fn default() -> Self {
        Self { premium: 1.5, reserve: 0.02, floor: 0.0 }
    }
}

/// Policy
#[derive(Debug, Clone)]
pub struct TimePrice {
    prudence: Prudence,
    menu: Option<Menu>,
    measured: f64,
    blocks: u64,
}

impl TimePrice {
    /// new
    pub fn new(prudence: Prudence) -> Self {
        Self { prudence, menu: None, measured: 1.0, blocks: 0 }
    }

    fn menu(&mut self, estimates: &Estimates) -> &Menu {
        if !self.menu.as_ref().is_some_and(|m| m.is_current(estimates)) {
            self.menu = Some(Menu::new(estimates, self.prudence.premium));
        }
        self.menu.as_ref().unwrap()
    }
}

/// budget
fn budget(now: f64, start: f64, requests: impl Iterator<Item = Request>, fastest: f64) -> (f64, Option<usize>) {
    let (mut images, mut budget, mut head) = (start, f64::INFINITY, None);
    for (index, request) in requests.enumerate() {
        let left = request.left(now);
        let with = images + request.images as f64;
        if left < with * fastest {
            continue;
        }
        images = with;
        head = head.or(Some(index));
        budget = budget.min(left / with);
    }
    (budget, head)
}

impl Policy for TimePrice {
    fn name(&self) -> &str {
        "time price"
    }
    fn decide(&mut self, view: &View<'_>) -> Option<Decision> {
        let Prudence { reserve, floor, .. } = self.prudence;
        let requests = view.queue.requests();
        if requests.is_empty() {
            return None;
        }
        let menu = self.menu(view.estimates);
        let fastest = menu.fastest() ;
        let (b, head) = budget(view.now, 0.0, requests.iter().copied(), fastest);
        let Some(index) = head else {
            let p = view.estimates.precisions() - 1;
            return Some(Decision { index: 0, point: Point { precision: p, level: menu.level_at(p, floor) } });
        };
        let b = b * (1.0 - reserve);
        let (fast, slow) = menu.around(b);
        let images = requests[index].images as f64;
        let rest = || requests.iter().copied().enumerate().filter(|(i, _)| *i != index).map(|(_, r)| r);
        let count = |t: f64| {
            let (mut n, mut cum) = (0, 0.0);
            for r in rest() {
                let with = cum + r.images as f64;
                if r.left(view.now + t) >= with * fastest * (1.0 + reserve) { n += 1; cum = with; }
            }
            n
        };
        let own = |c: &Choice| images * c.seconds <= requests[index].left(view.now) * (1.0 - reserve);
        let choice = if fast.point.precision == slow.point.precision {
            fast
        } else if own(&slow) && count(images * slow.seconds) >= count(images * fast.seconds) {
            slow
        } else {
            fast
        };
        let price = menu.price(b).max(floor);
        let level = menu.level_at(choice.point.precision, price).max(choice.point.level);
        Some(Decision { index, point: Point { level, ..choice.point } })
    }
}

impl Pace for TimePrice {
    fn begin(&mut self) {
        self.measured = 1.0;
        self.blocks = 0;
    }
    fn next_level(&mut self, last: &BlockTime, progress: &Progress<'_>) -> usize {
        let Prudence { reserve, floor, .. } = self.prudence;
        let ratio = last.seconds / (last.images as f64 * progress.estimates.seconds(progress.point));
        self.blocks += 1;
        self.measured += (ratio - self.measured) / (self.blocks.min(10) as f64);
        let measured = self.measured;
        let menu = self.menu(progress.estimates);
        let precision = progress.point.precision;
        let remaining = progress.remaining as f64 * measured;
        let own = progress.request.left(progress.now) * (1.0 - reserve) / remaining;
        let (b, _) = budget(progress.now, remaining, progress.queue.requests().iter().copied(), menu.fastest());
        let top = progress.estimates.top_seconds(precision);
        let own_ok = own >= top;
        let b = b.min(if own_ok { own } else { f64::INFINITY });
        let price = menu.price(b * (1.0 - reserve)).max(floor);
        let mut level = menu.level_at(precision, price);
        if own_ok {
            level = level.max(menu.level_within(precision, own));
        }
        // rest feasible
        let mut need = f64::INFINITY;
        let mut cum = 0.0;
        for r in progress.queue.requests() {
            let with = cum + r.images as f64;
            let left = r.left(progress.now) * (1.0 - reserve);
            if left < remaining * top + with * menu.fastest() { continue; }
            cum = with;
            need = need.min((left - with * menu.fastest()) / remaining);
        }
        level.max(menu.level_within(precision, need))
    }
}
