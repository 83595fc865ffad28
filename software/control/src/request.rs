//! What users ask for.

/// A request: a number of images to classify, due some time after it arrives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request {
    /// Names the request; unique within a run.
    pub id: u64,
    /// When it was submitted, in seconds.
    pub arrival: f64,
    /// Number of images (the paper's NI).
    pub images: u64,
    /// Expected response time in seconds (the paper's ExRT), counted from the arrival.
    pub expected: f64,
}

impl Request {
    /// When it is due.
    pub fn deadline(&self) -> f64 {
        self.arrival + self.expected
    }

    /// Time left until it is due; negative when it is late.
    pub fn left(&self, now: f64) -> f64 {
        self.deadline() - now
    }

    /// Time spent in the queue (the paper's TQ), if it still is there.
    pub fn queued(&self, now: f64) -> f64 {
        now - self.arrival
    }
}
