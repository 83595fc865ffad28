//! What a machine cannot do or hold is refused, with the layer, the reason and what would help.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod features;
mod limits;
mod memories;
#[path = "../support/nets.rs"]
mod nets;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/weights.rs"]
mod weights;

use bitladder_machine::{MachineConfig, compile};
use bitladder_network::{Linear, QuantNetwork, QuantOp};
use nets::{format, network, push, stage};
use weights::linear;

fn refused(network: &QuantNetwork, config: &MachineConfig) -> String {
    compile(network, config, 1).unwrap_err().to_string()
}

fn roomy() -> MachineConfig {
    support::roomy(4, 4)
}

/// A fully connected layer over a vector of eight.
fn dense(linear: Linear) -> QuantNetwork {
    let outputs = linear.bias.len();
    let mut net = network(&[8], format(8, true));
    push(&mut net, "fc", QuantOp::Dense { linear }, &[0], &[outputs]);
    net
}

/// One with six outputs, all in 8 bits.
fn simple() -> QuantNetwork {
    dense(linear(3, 8, [6, 8, 1, 1], stage(format(8, true), 4)))
}
