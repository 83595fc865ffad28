//! Random networks: the machine's results are the oracle's, to the bit.

mod support;

use std::collections::BTreeMap;

use bitladder_golden::generate::{Limits, random_inputs, random_network};
use bitladder_golden::{IntBatch, classify, oracle};
use bitladder_machine::{CompileError, compile, interpret};
use bitladder_network::QuantNetwork;

/// Array sizes with chunks of a word, of several words, and of less than a word.
const SIZES: [(usize, usize); 6] = [(4, 4), (3, 8), (1, 1), (7, 2), (2, 16), (8, 32)];

fn refusal(error: &CompileError) -> String {
    let text = format!("{error:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

fn compare(network: &QuantNetwork, inputs: &[IntBatch], seed: u64) -> Result<(), CompileError> {
    let (rows, columns) = SIZES[seed as usize % SIZES.len()];
    let program = compile(network, &support::roomy(rows, columns), inputs[0].images())?;
    let outcome = interpret(&program, inputs).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    let wanted = oracle::run(network, inputs, |_, _| ()).unwrap();
    assert_eq!(outcome.results, wanted, "seed {seed}, {rows} x {columns}");
    if program.result.decided {
        let decisions: Vec<_> = outcome.decisions.into_iter().map(Some).collect();
        assert_eq!(decisions, classify(&wanted), "seed {seed}");
    }
    Ok(())
}

#[test]
fn random_networks_equal_the_oracle() {
    let widths = vec![16, 8, 8, 8, 4, 4, 2, 2, 1, 1, 3, 12, 16];
    let limits = Limits { layers: 4, channels: 20, side: 7, widths, ..Limits::default() };
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut accepted = 0;
    for seed in 0..900 {
        let network = random_network(seed, &limits);
        let inputs = random_inputs(&network, 1 + seed as usize % 4, seed).unwrap();
        match compare(&network, &inputs, seed) {
            Ok(()) => accepted += 1,
            Err(error) => *refused.entry(refusal(&error)).or_default() += 1,
        }
    }
    println!("{accepted} accepted, refused: {refused:?}");
    assert!(accepted >= 200, "{accepted} accepted, refused: {refused:?}");
}
