//! Random requests, repeatable from a seed.

use bitladder_spec::SplitMix64;

use crate::Request;

/// How requests come: Poisson arrivals, sizes spread evenly about a mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Workload {
    /// Number of requests.
    pub requests: usize,
    /// Mean seconds between arrivals; the times between are exponentially distributed.
    pub mean_gap: f64,
    /// Mean number of images of a request.
    pub images: f64,
    /// Sizes lie between 1 - `spread` and 1 + `spread` of the mean.
    pub spread: f64,
    /// Estimated seconds per image at full precision and top clock.
    pub seconds_per_image: f64,
    /// The expected response time is this many times the estimated run time.
    pub slack_factor: f64,
}

impl Workload {
    /// The requests of a seed, in order of arrival.
    pub fn draw(&self, seed: u64) -> Vec<Request> {
        let mut rng = SplitMix64::new(seed);
        let mut arrival = 0.0;
        let draw = |id| {
            // 1 - u lies in (0, 1]: its logarithm is finite.
            arrival += -self.mean_gap * (1.0 - rng.unit()).ln();
            let size = self.images * (1.0 + self.spread * (2.0 * rng.unit() - 1.0));
            let images = size.round().max(1.0);
            let expected = self.slack_factor * images * self.seconds_per_image;
            Request { id, arrival, images: images as u64, expected }
        };
        (0..self.requests as u64).map(draw).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_asked_for_and_repeat() {
        let workload = Workload {
            requests: 20_000,
            mean_gap: 900.0,
            images: 50_000.0,
            spread: 0.11,
            seconds_per_image: 0.01,
            slack_factor: 2.0,
        };
        let requests = workload.draw(3);
        assert_eq!(requests, workload.draw(3));
        assert_ne!(requests, workload.draw(4));
        let gap = requests[19_999].arrival / 20_000.0;
        assert!((gap / 900.0 - 1.0).abs() < 0.03, "{gap}");
        let images: Vec<f64> = requests.iter().map(|r| r.images as f64).collect();
        let mean = images.iter().sum::<f64>() / 20_000.0;
        assert!((mean / 50_000.0 - 1.0).abs() < 0.003, "{mean}");
        assert!(images.iter().all(|size| (44_500.0..=55_500.0).contains(size)));
        assert!(images.iter().any(|size| *size > 55_000.0));
        for request in &requests {
            assert!((request.expected - 0.02 * request.images as f64).abs() < 1e-9);
        }
        assert!(requests.windows(2).all(|pair| pair[0].arrival <= pair[1].arrival));
    }
}
