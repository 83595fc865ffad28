//! The median of the last few measurements.

/// How many measurements are kept: half of them may be wild, and a lasting change is followed
/// after half of them too.
const WINDOW: usize = 15;
/// With fewer than this, a point has too little of its own to go by.
const SETTLED: usize = 3;

/// A sliding window that knows its median.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecentMedian {
    in_order_of_time: Vec<f64>,
    in_order_of_size: Vec<f64>,
    oldest: usize,
}

impl RecentMedian {
    /// Adds a measurement; the oldest one leaves a full window.
    pub(crate) fn add(&mut self, value: f64) {
        if self.in_order_of_time.len() < WINDOW {
            self.in_order_of_time.push(value);
        } else {
            let leaving = std::mem::replace(&mut self.in_order_of_time[self.oldest], value);
            self.oldest = (self.oldest + 1) % WINDOW;
            let place = self.place(leaving);
            self.in_order_of_size.remove(place);
        }
        let place = self.place(value);
        self.in_order_of_size.insert(place, value);
    }

    /// The median; the lower one of an even number; `None` without measurements.
    pub(crate) fn median(&self) -> Option<f64> {
        self.in_order_of_size.get(self.in_order_of_size.len().saturating_sub(1) / 2).copied()
    }

    /// Whether there are enough measurements to trust.
    pub(crate) fn is_settled(&self) -> bool {
        self.in_order_of_size.len() >= SETTLED
    }

    fn place(&self, value: f64) -> usize {
        self.in_order_of_size.partition_point(|other| *other < value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_sorting_the_last_values(values in prop::collection::vec(0u8..30, 1..80)) {
            let mut window = RecentMedian::default();
            prop_assert_eq!(window.median(), None);
            for end in 1..=values.len() {
                window.add(f64::from(values[end - 1]));
                let mut last = values[end.saturating_sub(WINDOW)..end].to_vec();
                last.sort_unstable();
                prop_assert_eq!(window.median(), Some(f64::from(last[(last.len() - 1) / 2])));
                prop_assert_eq!(window.is_settled(), end >= SETTLED);
            }
        }
    }
}
