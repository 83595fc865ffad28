//! The time-price policy: our own, better than PIT on the same inputs.
//!
//! Deadlines make machine time scarce, and scarcity has a price. From the queue follows how many
//! seconds an image may take on average until the tightest deadline: the budget. On the lower
//! hull of (time, cost) over all precisions and clocks the budget picks a slope, joules per second
//! saved. Every choice - precision at dispatch, clock after each block - then minimises cost plus
//! time at that one price. So precision and clock are traded against each other rather than one
//! after the other, a relaxed queue runs at the most frugal clock (which is seldom the lowest
//! one), and low precision is used only where it buys time for less than a faster clock does.
//!
//! Requests that cannot be on time any more no longer press on others: they run when all others
//! are done or when their patience ends.

mod menu;
mod outlook;
#[cfg(test)]
mod tests;

use crate::policy::{Decision, Policy, View};
use crate::{BlockTime, Estimates, Pace, Point, Progress, Request};
use menu::Menu;
pub use menu::lost_image_price;
use outlook::Outlook;

/// Knobs of [`TimePrice`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimePriceOptions {
    /// What an image lost to low precision costs, as a multiple of the most energy that stepping
    /// down saves per lost image. Above 1, low precision never pays for its energy alone; the
    /// more, the faster the clock gets before precision gives way.
    pub premium: f64,
    /// Share of the time left within which predictions may err: budgets are so much shorter, and a
    /// deadline missed by less on paper is hurried for rather than given up.
    pub reserve: f64,
    /// A late request goes first once it has waited this many times its expected response time.
    pub patience: f64,
}

impl Default for TimePriceOptions {
    fn default() -> Self {
        Self { premium: 1.5, reserve: 0.005, patience: 4.0 }
    }
}

/// Chooses request, precision and clock as a [`Policy`], and keeps choosing the clock as a
/// [`Pace`]. Use one for each role.
#[derive(Debug, Clone)]
pub struct TimePrice {
    options: TimePriceOptions,
    menu: Option<Menu>,
    slower: Slower,
}

/// How much slower than estimated the running request is.
#[derive(Debug, Clone, Copy, Default)]
struct Slower {
    ratio: f64,
    blocks: u32,
}

impl Slower {
    /// The mean of the first ten blocks, then an average that forgets.
    fn add(&mut self, ratio: f64) {
        self.blocks = (self.blocks + 1).min(10);
        self.ratio += (ratio - self.ratio) / f64::from(self.blocks);
    }
}

impl TimePrice {
    /// A policy or pace with these knobs.
    pub fn new(options: TimePriceOptions) -> Self {
        Self { options, menu: None, slower: Slower::default() }
    }

    fn menu(&mut self, estimates: &Estimates) -> &Menu {
        let premium = self.options.premium;
        let current = self.menu.take().filter(|menu| menu.is_current(estimates));
        self.menu.insert(current.unwrap_or_else(|| Menu::new(estimates, premium)))
    }
}

impl Policy for TimePrice {
    fn name(&self) -> &str {
        "time price"
    }

    fn decide(&mut self, view: &View<'_>) -> Option<Decision> {
        let TimePriceOptions { reserve, patience, .. } = self.options;
        let menu = self.menu(view.estimates);
        let requests = view.queue.requests();
        let outlook = Outlook { now: view.now, reserve, fastest: menu.fastest() };
        let plan = outlook.plan(0.0, requests);
        let impatient = |late: &usize| {
            let request = &requests[*late];
            request.queued(view.now) > patience * request.expected
        };
        let late = plan.first_late;
        match (late.filter(impatient), plan.first_on_time, late) {
            (Some(index), _, _) | (None, None, Some(index)) => {
                Some(Decision { index, point: hurried(menu) })
            }
            (None, Some(index), _) => {
                let request = &requests[index];
                let others = requests.iter().enumerate().filter(|(i, _)| *i != index);
                let others = others.map(|(_, request)| request);
                Some(Decision { index, point: point(menu, &outlook, plan.budget, request, others) })
            }
            (None, None, None) => None,
        }
    }
}

/// A late request has nothing to gain from accuracy: the cheapest precision at its most frugal
/// clock makes room soon.
fn hurried(menu: &Menu) -> Point {
    let precision = menu.precisions() - 1;
    Point { precision, level: menu.level_at(precision, 0.0) }
}

/// Precision and clock of a request that can be on time.
fn point<'a>(
    menu: &Menu,
    outlook: &Outlook,
    budget: f64,
    request: &Request,
    others: impl Iterator<Item = &'a Request>,
) -> Point {
    let (fast, slow) = menu.around(budget);
    let images = request.images as f64;
    let chosen = if fast.point.precision == slow.point.precision {
        fast
    } else {
        // The budget lies between two precisions: the better one is right as long as the others
        // can still make up for it.
        let spare = outlook
            .spare(images * fast.seconds, others)
            .min(outlook.prudent(request.left(outlook.now)));
        if images * slow.seconds <= spare { slow } else { fast }
    };
    let level = menu.level_at(chosen.point.precision, menu.price(budget));
    Point { level: level.max(chosen.point.level), ..chosen.point }
}

impl Pace for TimePrice {
    fn begin(&mut self) {
        self.slower = Slower::default();
    }

    fn next_level(&mut self, last: &BlockTime, progress: &Progress<'_>) -> usize {
        let Progress { now, request, point, estimates, .. } = *progress;
        let estimated = last.images as f64 * estimates.seconds(point);
        self.slower.add(last.seconds / estimated);
        // As many images at the estimated speed would take as long.
        let images = progress.remaining as f64 * self.slower.ratio;
        let reserve = self.options.reserve;
        let menu = self.menu(estimates);
        let outlook = Outlook { now, reserve, fastest: menu.fastest() };
        let at_top = images * estimates.top_seconds(point.precision);
        let left = request.left(now);
        // A request that is late whatever the clock leaves the word to those behind it.
        let own =
            if outlook.hopeful(left) >= at_top { outlook.prudent(left) } else { f64::INFINITY };
        let others = progress.queue.requests();
        let spare = outlook.spare(at_top, others.iter());
        let budget = outlook.plan(images, others).budget.min(own / images);
        let by_price = menu.level_at(point.precision, menu.price(budget));
        by_price.max(menu.level_within(point.precision, own.min(spare) / images))
    }
}
