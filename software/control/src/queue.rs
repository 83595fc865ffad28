//! Requests that wait, kept in the order of their deadlines.

use crate::Request;

/// Waiting requests, the earliest deadline first; of equal ones the earliest arrival, then the
/// smallest id.
///
/// Kept in order at each arrival, so that no decision has to sort.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Queue {
    requests: Vec<Request>,
}

impl Queue {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a request in its place.
    pub fn push(&mut self, request: Request) {
        let place = self.requests.partition_point(|other| due_order(other, &request).is_lt());
        self.requests.insert(place, request);
    }

    /// Takes the request at `index` out; `None` if there is none.
    pub fn take(&mut self, index: usize) -> Option<Request> {
        (index < self.requests.len()).then(|| self.requests.remove(index))
    }

    /// The requests, earliest deadline first.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.requests.len()
    }
}

fn due_order(a: &Request, b: &Request) -> std::cmp::Ordering {
    a.deadline()
        .total_cmp(&b.deadline())
        .then(a.arrival.total_cmp(&b.arrival))
        .then(a.id.cmp(&b.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pushes_and_takes_keep_the_order(
            steps in prop::collection::vec((0u8..20, 1u8..20, prop::option::of(0usize..8)), 1..60)
        ) {
            let (mut queue, mut model) = (Queue::new(), Vec::new());
            for (id, (arrival, expected, take)) in (0..).zip(steps) {
                let (arrival, expected) = (f64::from(arrival), f64::from(expected));
                let request = Request { id, arrival, images: 1, expected };
                queue.push(request);
                model.push(request);
                model.sort_by(due_order);
                if let Some(index) = take {
                    let wanted = (index < model.len()).then(|| model.remove(index));
                    prop_assert_eq!(queue.take(index), wanted);
                }
                prop_assert_eq!(queue.requests(), &model[..]);
                prop_assert_eq!((queue.len(), queue.is_empty()), (model.len(), model.is_empty()));
            }
        }
    }
}
