//! From logits to a decision.

mod top_two;

pub use top_two::{TopTwoConfig, top_two};
