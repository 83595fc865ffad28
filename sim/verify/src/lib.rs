//! The verification kit for generated machines.
//!
//! | wanted | item |
//! |---|---|
//! | what signals should show | [`trace::golden_trace`] |
//! | benches that run without this project | [`bench::write_benches`] |
//! | tests that are known to be able to fail | [`mutate::Suite`], [`mutate::hardware`] |

pub mod bench;
pub mod mutate;
pub mod trace;
