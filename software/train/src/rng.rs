//! The one source of randomness: SplitMix64, small enough to re-implement anywhere.

/// Steele, Lea and Flood's SplitMix64.
///
/// Every random choice of the trainer comes from here, so a seed fixes a run on any platform.
#[derive(Debug, Clone)]
pub struct SplitMix64 {
    state: u64,
}

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl SplitMix64 {
    /// A generator that starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A generator for one purpose (an epoch, a sample, a layer), independent of the others.
    pub fn derived(seed: u64, stream: &[u64]) -> Self {
        let mix =
            |state, &part: &u64| Self::new(state ^ part.wrapping_mul(GOLDEN_GAMMA)).next_u64();
        Self::new(stream.iter().fold(Self::new(seed).next_u64(), mix))
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from 0 to `bound - 1`: the upper half of the 128-bit product of `bound`
    /// with the next number. The bias, below `bound / 2^64`, does not matter here.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A number in `[-limit, limit)` with 24 random bits.
    pub fn symmetric(&mut self, limit: f32) -> f32 {
        let unit = (self.next_u64() >> 40) as f32 / (1u32 << 24) as f32;
        (2.0 * unit - 1.0) * limit
    }

    /// Shuffles in place (Fisher-Yates from the last element down).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_published_sequence() {
        let mut rng = SplitMix64::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| rng.next_u64()).collect();
        assert_eq!(
            first,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn a_shuffle_keeps_every_item_and_depends_on_the_seed() {
        let shuffled = |seed| {
            let mut items: Vec<usize> = (0..100).collect();
            SplitMix64::new(seed).shuffle(&mut items);
            items
        };
        let mut sorted = shuffled(1);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
    }

    #[test]
    fn derived_streams_differ() {
        let first = |stream: &[u64]| SplitMix64::derived(7, stream).next_u64();
        assert_ne!(first(&[0]), first(&[1]));
        assert_ne!(first(&[0, 1]), first(&[1, 0]));
    }

    #[test]
    fn symmetric_stays_in_its_limits() {
        let mut rng = SplitMix64::new(3);
        let values: Vec<f32> = (0..1000).map(|_| rng.symmetric(0.5)).collect();
        assert!(values.iter().all(|value| (-0.5..0.5).contains(value)));
        assert!(values.iter().any(|&value| value < -0.45));
        assert!(values.iter().any(|&value| value > 0.45));
    }
}
