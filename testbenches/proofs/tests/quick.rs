//! The claims that take seconds: they hold, and each fails on mutants. Needs `yosys`, as the other
//! hardware tests do; `./x prove` decides all claims.

#![allow(clippy::unwrap_used, reason = "a test")]

use bitladder_proofs::claim::Mutants;
use bitladder_proofs::{Claim, Method, claims};

const MUTANTS: Mutants = Mutants { count: 8, enough: 1, seed: 1 };

fn check(text: &str, count: usize) {
    let all = claims::all().unwrap();
    let chosen: Vec<&Claim> = all.iter().filter(|claim| claim.name.contains(text)).collect();
    assert_eq!(chosen.len(), count, "claims named `{text}`");
    for claim in chosen {
        let verdict = claim.decide(2, MUTANTS).unwrap();
        assert_eq!(verdict.failure, None, "{}", claim.name);
        assert!(verdict.refuted > 0, "{}: no mutant fails", claim.name);
    }
}

#[test]
fn signed_digits_are_canonic() {
    check("csd recoder", 2);
}

#[test]
fn codes_of_three_bits_are_decoded() {
    check("3-bit decoder", 2);
}

#[test]
fn short_queues_keep_words_in_order() {
    check("queue of 2 words", 1);
}

#[test]
fn signed_digit_products_are_exact() {
    check("csd multiplier, 8 x 8", 2);
}

#[test]
fn a_claim_that_is_wrong_fails_with_the_case() {
    let mut all = claims::all().unwrap().into_iter();
    let mut claim = all.find(|claim| claim.name == "csd recoder, 8 bits").unwrap();
    claim.property = claim.property.replace("!= weight", "== weight");
    assert!(matches!(claim.method, Method::Cases { .. }));
    let failure = claim.decide(2, MUTANTS).unwrap().failure.unwrap();
    assert!(failure.starts_with("it fails for the inputs 0x"), "{failure}");
}
