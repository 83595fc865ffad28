//! The verification kit for generated machines.
//!
//! | wanted | item |
//! |---|---|
//! | what signals should show | [`trace::golden_trace`] |
//! | benches that run without this project | [`bench::write_benches`] |
//! | the netlist of a machine, running what the machine runs | [`netlist::write_netlist`] |
//! | what runs in Verilator reach | [`coverage::Coverage`] |
//! | tests that are known to be able to fail | [`mutate::Suite`], [`mutate::hardware`] |

pub mod bench;
pub mod coverage;
pub mod mutate;
pub mod netlist;
pub mod trace;
