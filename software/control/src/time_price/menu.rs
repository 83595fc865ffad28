//! What a second is worth: operating points as a trade of time against energy and accuracy.

use crate::{Estimates, Point};

/// One operating point with its costs per image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    pub(super) point: Point,
    pub(super) seconds: f64,
    /// Joules beyond those of idling, plus what the lost accuracy is worth in joules.
    pub(super) cost: f64,
}

/// All points, and those among them that are best at some price of time.
#[derive(Debug, Clone)]
pub(super) struct Menu {
    revision: u64,
    levels: usize,
    all: Vec<Choice>,
    /// The lower convex hull of (seconds, cost), fast to slow; its last choice costs least.
    hull: Vec<Choice>,
}

impl Menu {
    /// The menu with lost accuracy at [`lost_image_price`].
    pub(super) fn new(estimates: &Estimates, premium: f64) -> Self {
        let lost_image = lost_image_price(estimates, premium);
        let choice = |point: Point| Choice {
            point,
            seconds: estimates.seconds(point),
            cost: estimates.extra_joules(point)
                + lost_image * estimates.loss(point.precision).max(0.0),
        };
        let all: Vec<Choice> = estimates.points().map(choice).collect();
        let hull = lower_hull(&all);
        Self { revision: estimates.revision(), levels: estimates.levels(), all, hull }
    }

    /// Whether it was made from these very estimates.
    pub(super) fn is_current(&self, estimates: &Estimates) -> bool {
        self.revision == estimates.revision()
    }

    /// Number of precisions.
    pub(super) fn precisions(&self) -> usize {
        self.all.len() / self.levels
    }

    /// Seconds per image at the fastest point.
    pub(super) fn fastest(&self) -> f64 {
        self.hull[0].seconds
    }

    /// The two neighbours on the hull between which a budget of seconds per image lies: the
    /// faster and the slower one, the same one at either end.
    pub(super) fn around(&self, budget: f64) -> (Choice, Choice) {
        let slower = self.hull.partition_point(|choice| choice.seconds <= budget);
        let last = self.hull.len() - 1;
        (self.hull[slower.saturating_sub(1)], self.hull[slower.min(last)])
    }

    /// What saving a second is worth at a budget, in joules: the slope of the hull there.
    pub(super) fn price(&self, budget: f64) -> f64 {
        let (faster, slower) = self.around(budget);
        if faster.point != slower.point {
            (faster.cost - slower.cost) / (slower.seconds - faster.seconds)
        } else if budget < self.fastest() {
            f64::INFINITY
        } else {
            0.0
        }
    }

    /// The level of a precision at which cost plus time at `price` is least.
    pub(super) fn level_at(&self, precision: usize, price: f64) -> usize {
        let choices = self.of(precision);
        let key = |choice: &Choice| {
            if price.is_finite() { choice.cost + price * choice.seconds } else { choice.seconds }
        };
        let best = choices.iter().min_by(|a, b| key(a).total_cmp(&key(b)));
        best.map_or(0, |choice| choice.point.level)
    }

    /// The cheapest level of a precision that takes at most `budget` seconds per image; its
    /// fastest one if none does.
    pub(super) fn level_within(&self, precision: usize, budget: f64) -> usize {
        let choices = self.of(precision);
        let fits = choices.iter().filter(|choice| choice.seconds <= budget);
        let cheapest = fits.min_by(|a, b| a.cost.total_cmp(&b.cost));
        cheapest.map_or_else(|| self.level_at(precision, f64::INFINITY), |c| c.point.level)
    }

    /// The choices of one precision, slow to fast clock.
    fn of(&self, precision: usize) -> &[Choice] {
        &self.all[precision * self.levels..(precision + 1) * self.levels]
    }
}

/// What an image lost to low precision is worth, in joules: `premium` times the most energy (beyond
/// that of idling) that stepping down from full precision saves per lost image. With a premium above 1, no step pays
/// for its energy alone.
pub fn lost_image_price(estimates: &Estimates, premium: f64) -> f64 {
    let mut least = vec![f64::INFINITY; estimates.precisions()];
    for point in estimates.points() {
        least[point.precision] = least[point.precision].min(estimates.extra_joules(point));
    }
    let saved_per_loss = (1..least.len())
        .filter(|precision| estimates.loss(*precision) > 0.0)
        .map(|precision| (least[0] - least[precision]) / estimates.loss(precision));
    premium * saved_per_loss.fold(0.0, f64::max)
}

/// The lower left convex hull, from the fastest choice to the cheapest.
fn lower_hull(all: &[Choice]) -> Vec<Choice> {
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| a.seconds.total_cmp(&b.seconds).then(a.cost.total_cmp(&b.cost)));
    let mut hull: Vec<Choice> = Vec::new();
    for choice in sorted {
        if hull.last().is_some_and(|last| choice.cost >= last.cost) {
            continue; // slower and no cheaper
        }
        while hull.len() >= 2 && lies_above(hull[hull.len() - 2], hull[hull.len() - 1], choice) {
            hull.pop();
        }
        hull.push(choice);
    }
    hull
}

/// Whether `middle` lies on or above the line from `left` to `right`.
fn lies_above(left: Choice, middle: Choice, right: Choice) -> bool {
    let slope = (right.cost - left.cost) / (right.seconds - left.seconds);
    middle.cost >= left.cost + slope * (middle.seconds - left.seconds)
}
