//! Which formats are worth having: accuracy against what it costs, as in paper 004.

use serde::Serialize;

/// What accuracy is bought with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cost {
    /// Picojoules per image.
    Energy,
    /// Bits of all weights.
    Memory,
    /// Cycles of a machine per image.
    Cycles,
}

impl Cost {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Energy, Self::Memory, Self::Cycles];
}

/// A format with its accuracy and costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Share of images that are right.
    pub accuracy: f64,
    /// Picojoules per image.
    pub energy: f64,
    /// Bits of all weights.
    pub memory: u64,
    /// Cycles per image, where a machine runs it.
    pub cycles: Option<u64>,
    /// Costs by which another format is better or equal in cost and accuracy, and better in one.
    pub dominated: Vec<Cost>,
}

impl Candidate {
    /// A cost as a number, if it is known.
    pub fn cost(&self, cost: Cost) -> Option<f64> {
        match cost {
            Cost::Energy => Some(self.energy),
            Cost::Memory => Some(self.memory as f64),
            Cost::Cycles => self.cycles.map(|cycles| cycles as f64),
        }
    }
}

/// Fills in by which costs each candidate is dominated. Those whose cost is unknown neither
/// dominate by it nor are dominated.
pub fn mark_dominated(candidates: &mut [Candidate]) {
    let points = |cost: Cost| -> Vec<Option<(f64, f64)>> {
        candidates.iter().map(|c| c.cost(cost).map(|value| (value, c.accuracy))).collect()
    };
    let all = Cost::ALL.map(|cost| (cost, points(cost)));
    for (place, candidate) in candidates.iter_mut().enumerate() {
        let dominated = |points: &[Option<(f64, f64)>]| {
            points[place].is_some_and(|own| points.iter().flatten().any(|p| better(*p, own)))
        };
        let costs = all.iter().filter(|(_, points)| dominated(points));
        candidate.dominated = costs.map(|(cost, _)| *cost).collect();
    }
}

/// Whether a point (cost, accuracy) leaves no reason for another.
fn better((cost, accuracy): (f64, f64), (other_cost, other_accuracy): (f64, f64)) -> bool {
    cost <= other_cost
        && accuracy >= other_accuracy
        && (cost < other_cost || accuracy > other_accuracy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidate(accuracy: f64, energy: f64, memory: u64, cycles: Option<u64>) -> Candidate {
        Candidate { name: "x".into(), accuracy, energy, memory, cycles, dominated: vec![] }
    }

    #[test]
    fn domination_is_told_per_cost() {
        let mut all = [
            candidate(0.99, 16.0, 160, Some(100)),
            candidate(0.99, 8.0, 160, None),
            candidate(0.95, 4.0, 40, Some(100)),
            candidate(0.90, 5.0, 30, Some(50)),
        ];
        mark_dominated(&mut all);
        assert_eq!(all[0].dominated, [Cost::Energy]);
        assert_eq!(all[1].dominated, [], "equal memory at equal accuracy is no worse");
        assert_eq!(all[2].dominated, [Cost::Cycles]);
        assert_eq!(all[3].dominated, [Cost::Energy]);
    }

    proptest! {
        #[test]
        fn the_front_rises_with_cost(points in prop::collection::vec((0.0f64..1.0, 0u64..50), 1..20)) {
            let mut all: Vec<Candidate> =
                points.iter().map(|(a, m)| candidate(*a, 1.0, *m, None)).collect();
            mark_dominated(&mut all);
            let mut front: Vec<&Candidate> =
                all.iter().filter(|c| !c.dominated.contains(&Cost::Memory)).collect();
            prop_assert!(!front.is_empty());
            front.sort_by_key(|c| c.memory);
            for pair in front.windows(2) {
                let equal = pair[0].memory == pair[1].memory && pair[0].accuracy == pair[1].accuracy;
                prop_assert!(equal || pair[1].accuracy > pair[0].accuracy);
            }
        }
    }
}
